"""One store, two databases: open it, begin transactions, read."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.errors import TransientError
from hub.store.blobs import Blobs
from hub.store.doorbell import Doorbell, ThreadDoorbell
from hub.store.engine import postgres_engine, sqlite_bare_engine, sqlite_engine
from hub.store.group_commit import GroupCommit
from hub.store.ids import IdMaker
from hub.store.late_commit import LateCommits
from hub.store.migrate import ensure_current
from hub.store.presence import Presence
from hub.store.server_clock import ServerClock
from hub.store.transaction import Transaction

READERS = 8
"""Connections to SQLite that are kept for the next look."""


def system_micros() -> int:
    """The clock of this machine in microseconds since 1970."""
    return time.time_ns() // 1000


class Database:
    """The store of one site. Safe to share between threads; close it to let go of every connection."""

    def __init__(
        self, *, url: str, blobs: Path, clock: Callable[[], int] = system_micros, bell: Doorbell | None = None
    ) -> None:
        """Open and, where needed, migrate. `url` is `sqlite:///FILE` or `postgresql://...`; `blobs` a folder for large payloads."""
        self.url = url
        self.blobs = Blobs(blobs)
        self.bell: Doorbell = bell or ThreadDoorbell()
        self._clock: Callable[[], int] = clock
        self._ids = IdMaker()
        blobs.mkdir(parents=True, exist_ok=True)
        self.is_embedded = url.startswith("sqlite:")
        self._writer: GroupCommit | LateCommits
        self._mine = threading.local()
        self._readers: deque[Connection] = deque()
        if self.is_embedded:
            file = Path(url.removeprefix("sqlite:///"))
            file.parent.mkdir(parents=True, exist_ok=True)
            migrating = sqlite_engine(file, writer=True)
            try:
                ensure_current(migrating)
            finally:
                migrating.dispose()
            self._write_engine = sqlite_bare_engine(file, writer=True)
            self._read_engine: Engine = sqlite_bare_engine(file, writer=False)
            self._writer = GroupCommit(self._write_engine)
        else:
            self._write_engine = self._read_engine = postgres_engine(url)
            self._writer = LateCommits(self._write_engine)
            try:
                ensure_current(self._write_engine)
                if clock is system_micros:
                    with self._write_engine.connect() as connection:
                        self._clock = ServerClock(connection)
            except BaseException as failure:
                self._write_engine.dispose()
                if isinstance(failure, DBAPIError) and _is_gone(failure):
                    raise _gone(failure) from failure
                raise

    def now(self) -> int:
        """Now, in microseconds since 1970."""
        return self._clock()

    def new_id(self, prefix: str) -> str:
        """An id for a row that is still to be written; see `hub.store.ids`."""
        return self._ids.new(prefix)

    def fault(self) -> str:
        """Why the database does not answer; empty while it does."""
        try:
            with self.read() as view:
                view.connection.exec_driver_sql("select 1")
        except TransientError as failure:
            return failure.message
        return ""

    def presence(self, owner: str) -> Presence | None:
        """By what the processes of a shared store know of each other; None where there is one alone."""
        return None if self.is_embedded else Presence(self._write_engine, owner)

    def adjust_clock(self) -> None:
        """Ask a shared database for its time again; a clock that was given, or is this machine's, stays as it is."""
        if isinstance(self._clock, ServerClock):
            with self._write_engine.connect() as connection:
                self._clock.adjust(connection)
                connection.rollback()

    @contextmanager
    def transaction(self, *, at_once: bool = False) -> Iterator[Transaction]:
        """One transaction: durable once the block is left, undone when it raises; then the bells are rung.

        Inside `together` it is durable once that block is left, unless it must be so `at_once`: before something leaves the hub.

        Raises `TransientError` when the database went away, is full or chose this transaction as a deadlock's victim: repeat the whole block.
        """
        lanes: set[str] = set()
        try:
            with self._writer.transaction(at_once=at_once) as connection:
                tx = Transaction(connection, ids=self._ids, blobs=self.blobs, now=self._clock())
                yield tx
                lanes = tx.flush()
                if isinstance(self._writer, LateCommits):
                    self._writer.commit(connection)
        except (DBAPIError, PoolTimeout) as failure:
            if _is_gone(failure):
                raise _gone(failure) from failure
            raise
        later: set[str] | None = getattr(self._mine, "lanes", None)
        if later is not None:
            later |= lanes
        elif lanes:
            self.bell.ring(lanes)

    @contextmanager
    def together(self) -> Iterator[None]:
        """This thread's transactions inside the block share their commits, and are durable once the block is left.

        Each is still undone alone when it raises, and seen by those after it. For work that nobody outside hears of before the
        end: bells are rung then. On PostgreSQL others see each as soon as its own block is left. Raises `TransientError` when a
        commit failed: some of the transactions, from one of them on, are undone.
        """
        lanes: set[str] = set()
        self._mine.lanes = lanes
        try:
            with self._writer.together():
                yield
        finally:
            self._mine.lanes = None
            if lanes:
                self.bell.ring(lanes)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """The same tables for looking only, as of one moment; what is written through it is undone or refused.

        Once the block is left, all that was seen is durable; inside `together` only with that block.
        """
        try:
            with self._look() as connection:
                yield Transaction(connection, ids=self._ids, blobs=self.blobs, now=self._clock())
        except (DBAPIError, PoolTimeout) as failure:
            if _is_gone(failure):
                raise _gone(failure) from failure
            raise

    def close(self) -> None:
        """Commit what is open and let go of every connection."""
        self.bell.close()
        self._writer.close()
        while self._readers:
            self._readers.pop().close()
        self._write_engine.dispose()
        self._read_engine.dispose()

    def _look(self) -> AbstractContextManager[Connection]:
        return self._writer.look() if isinstance(self._writer, LateCommits) else self._look_embedded()

    @contextmanager
    def _look_embedded(self) -> Iterator[Connection]:
        """A connection to look with. They are kept at hand: to take one from the pool and give it back costs more than a look."""
        try:
            kept = self._readers.pop()
        except IndexError:
            kept = self._read_engine.connect()
        is_sound = True
        try:
            # on the driver itself: SQLAlchemy's own way costs ten times as much, and every delivery looks
            driver: Any = kept.connection.dbapi_connection
            driver.execute("BEGIN")
            try:
                yield kept
            finally:
                driver.execute("ROLLBACK")
        except DBAPIError:
            is_sound = False
            raise
        finally:
            if kept.in_transaction():
                kept.rollback()
            if is_sound and len(self._readers) < READERS:
                self._readers.append(kept)
            else:
                kept.close()


def _is_gone(failure: DBAPIError | PoolTimeout) -> bool:
    """Whether it is the database that failed, not what was asked of it."""
    return isinstance(failure, (OperationalError, PoolTimeout)) or failure.connection_invalidated


def _gone(failure: DBAPIError | PoolTimeout) -> TransientError:
    why = failure.orig if isinstance(failure, DBAPIError) else failure
    return TransientError(f"the database did not take it: {why}", "try again")
