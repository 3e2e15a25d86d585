"""Engines for both databases: SQLite with a durable WAL, PostgreSQL through psycopg 3."""

from __future__ import annotations

import importlib
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.pool import Pool, StaticPool

from hub.store.exchange import install

FIXED_SQLITE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""Releases with the repair of the WAL-reset race, which can drop committed pages; anything from the first on has it."""

_MAPPED = f"mmap_size={64 << 20}"
"""What each connection maps of the file counts as memory of this process; of a database of 500 MB more made no look-up faster."""

_CACHED = f"PRAGMA cache_size=-{4 << 10}"
"""What the writing connection keeps of the file: of the usual 2 MB, a group of commits drops pages that the next order needs."""


def sqlite_module() -> ModuleType:
    """`pysqlite3`, which carries a repaired SQLite, where its wheel exists; else the standard library's."""
    try:
        return importlib.import_module("pysqlite3")
    except ImportError:
        return sqlite3


def has_wal_reset_bug(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite can lose committed pages when a checkpoint on one connection meets a commit on another."""
    if version >= FIXED_SQLITE[0]:
        return False
    return not any(version[:2] == fixed[:2] and version >= fixed for fixed in FIXED_SQLITE[1:])


def sqlite_engine(file: Path, *, writer: bool) -> Engine:
    """An engine that begins and ends transactions in SQLAlchemy's way; a reading one can write nothing."""
    engine = _sqlite(file, writer=writer, poolclass=StaticPool if writer else None)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # the driver never begins by itself; a writer takes its lock at once, so that no upgrade can fail half-way
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def sqlite_bare_engine(file: Path, *, writer: bool) -> Engine:
    """An engine whose user begins and ends transactions on the driver's connection: the one writer, or a pool of readers."""
    return _sqlite(file, writer=writer, poolclass=StaticPool if writer else None, isolation_level="AUTOCOMMIT")


def _sqlite(file: Path, *, writer: bool, poolclass: type[Pool] | None, **options: Any) -> Engine:
    arguments: dict[str, Any] = {"check_same_thread": False, "timeout": 10.0, "isolation_level": None}
    pool: dict[str, Any] = {"pool_size": 4, "max_overflow": 16} if poolclass is None else {"poolclass": poolclass}
    engine = create_engine(f"sqlite:///{file}", module=sqlite_module(), connect_args=arguments, **pool, **options)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        # FULL: a commit that returned is on the disk; NORMAL would lose the last acknowledged commits with the power
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", _MAPPED):
            cursor.execute(f"PRAGMA {pragma}")
        if writer:
            cursor.execute(_CACHED)
        # 16 MB of log before it is copied over: with four times as much an order cost 3 % less, and a caller waited 200 ms for it
        cursor.execute("PRAGMA wal_autocheckpoint=4000" if writer else "PRAGMA query_only=ON")
        cursor.close()

    return engine


_LIVES = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""How the system finds out that a server is not there any more (libpq's names: seconds, a count, milliseconds)."""


def postgres_engine(url: str, *, pool_size: int = 8) -> Engine:
    """A pool of PostgreSQL connections; the database's own synchronous commit makes a commit durable.

    Connections are not asked whether they live before each use, which would be one exchange in six: the first that is found dead
    discards them all, and the step that found it is repeated. A server that vanishes without a word is given up within half a minute,
    unless the URL says otherwise.
    """
    address = make_url(url.replace("postgresql://", "postgresql+psycopg://", 1))
    engine = create_engine(
        address,
        pool_size=pool_size,
        max_overflow=16,
        pool_timeout=10,
        # the driver would forget all that it prepared, and all that was prepared besides, whenever a transaction is undone
        connect_args={
            "prepare_threshold": None,
            **{name: value for name, value in _LIVES.items() if name not in address.query},
        },
    )
    install(engine)
    return engine
