"""API keys: `prefix.secret`, of which only the SHA-256 of the 256-bit secret is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hub.errors import NotFound, Refused
from hub.store.instants import rfc3339
from hub.store.tables import api_key

SCOPES = (
    "orders:read",
    "orders:write",
    "orders:approve",
    "documents:write",
    "messages:read",
    "events:read",
    "catalogue:write",
    "admin",
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Who calls, and what the caller may do."""

    id: str
    name: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether the key carries `scope`; `admin` carries all."""
        return scope in self.scopes or "admin" in self.scopes


class Keys:
    """The rows of `api_key`, inside one transaction."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def create(self, name: str, scopes: tuple[str, ...], *, expires_at: int | None = None) -> str:
        """Make a key and return it: the only time that it can be seen. Raises `Refused` for an unknown scope."""
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            raise Refused(f"no such scope: {', '.join(unknown) or '(none given)'}", f"scopes are {', '.join(SCOPES)}")
        prefix = f"edi_{secrets.token_hex(6)}"
        secret = secrets.token_urlsafe(32)
        row = {"id": prefix, "name": name, "secret_sha256": _hash(secret), "scopes": " ".join(scopes)}
        self._connection.execute(insert(api_key), {**row, "created_at": self._now, "expires_at": expires_at})
        return f"{prefix}.{secret}"

    def find(self, presented: str) -> ApiKey | None:
        """The key that was presented, or None where it is unknown, wrong, expired or revoked."""
        prefix, _, secret = presented.partition(".")
        row = self._connection.execute(select(api_key).where(api_key.c.id == prefix)).one_or_none()
        expected = row.secret_sha256 if row is not None else _hash("")
        if not hmac.compare_digest(expected, _hash(secret)) or row is None or not secret:
            return None
        if row.revoked_at is not None or (row.expires_at is not None and row.expires_at < self._now):
            return None
        return ApiKey(row.id, row.name, frozenset(row.scopes.split()))

    def used(self, key_id: str) -> None:
        """Note that the key was used now."""
        self._connection.execute(update(api_key).where(api_key.c.id == key_id).values(used_at=self._now))

    def list(self) -> list[dict[str, Any]]:
        """Every key without its secret, oldest first."""
        rows = self._connection.execute(select(api_key).order_by(api_key.c.created_at, api_key.c.id))
        instants = ("created", "used", "expires", "revoked")
        return [
            {"id": row.id, "name": row.name, "scopes": row.scopes}
            | {name: rfc3339(getattr(row, f"{name}_at")) for name in instants}
            for row in rows
        ]

    def revoke(self, name: str) -> None:
        """End every key of this name or id; raises `NotFound`."""
        mine = (api_key.c.name == name) | (api_key.c.id == name)
        live = api_key.c.revoked_at.is_(None)
        if self._connection.execute(update(api_key).where(mine & live).values(revoked_at=self._now)).rowcount == 0:
            raise NotFound(f"no live key {name}", "list them with `edihub key list`")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
