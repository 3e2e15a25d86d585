"""Fixtures for whoever tests on a store: every test that asks for `database_url` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.store.database import Database
from hub.testing.databases import PostgresServer, SqliteFiles, postgres_server
from hub.testing.servers import QueueServer, queue_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the session."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    """A migrated SQLite file to copy."""
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_files").fresh(tmp_path / "db")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    address = server.fresh()
    yield address
    server.drop(address)


class Clock:
    """A clock that only moves when it is told to; starts on 24 September 2026."""

    def __init__(self) -> None:
        self.micros = 1_790_244_000_000_000

    def __call__(self) -> int:
        return self.micros

    def forward(self, *, seconds: float = 0, days: float = 0) -> None:
        """Let time pass."""
        self.micros += int((seconds + days * 86_400) * 1_000_000)


@pytest.fixture
def clock() -> Clock:
    """A clock in the test's hands."""
    return Clock()


@pytest.fixture
def database(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Database]:
    """An open store on each kind of database."""
    opened = Database(url=database_url, blobs=tmp_path / "payloads", clock=clock)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def queue() -> Iterator[QueueServer]:
    """One Valkey for the session."""
    with queue_server() as server:
        yield server


@dataclass(frozen=True, slots=True)
class Stage:
    """What a hub runs on: its database and, where several processes share it, its queue."""

    database_url: str
    queue_url: str = ""


@pytest.fixture(params=["sqlite", "postgres", "postgres+queue"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Every combination that a hub runs on in production."""
    if request.param == "sqlite":
        yield Stage(request.getfixturevalue("sqlite_files").fresh(tmp_path / "db"))
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    address = server.fresh()
    has_queue = request.param == "postgres+queue"
    yield Stage(address, request.getfixturevalue("queue").url if has_queue else "")
    server.drop(address)
