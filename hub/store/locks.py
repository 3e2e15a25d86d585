"""A named lock until the end of the transaction: needed on PostgreSQL only, SQLite has one writer."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

from hub.store.exchange import exchange_of

_LOCK = b"select pg_advisory_xact_lock($1::bigint)"


def lock(connection: Connection, name: str) -> None:
    """Have what follows wait until no other transaction holds the lock `name`, then hold it until this one ends."""
    if connection.dialect.name == "postgresql":
        digest = hashlib.sha256(name.encode()).digest()
        exchange_of(connection).lock(_LOCK, int.from_bytes(digest[:8], "big", signed=True))
