"""Engines for both databases: SQLite with a durable WAL, PostgreSQL through psycopg 3."""

from __future__ import annotations

import importlib
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import Pool, StaticPool

FIXED_SQLITE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""Releases with the repair of the WAL-reset race, which can drop committed pages; anything from the first on has it."""


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
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "mmap_size=268435456"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.execute("PRAGMA wal_autocheckpoint=4000" if writer else "PRAGMA query_only=ON")
        cursor.close()

    return engine


def postgres_engine(url: str, *, pool_size: int = 8) -> Engine:
    """A pool of PostgreSQL connections; the database's own synchronous commit makes a commit durable."""
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=16,
        pool_pre_ping=True,
        pool_timeout=10,
    )
