"""PostgreSQL: a thread's transactions inside `together` commit without waiting for the disk, and wait once at its end.

PostgreSQL's death can lose the last of them, never one and keep a later one: its log is written in order, so whatever waits for the
disk waits for all that committed before it, whoever did. Hence the rules by which nothing leaves the hub that may still be lost:

- Outside `together` a transaction is on the disk when its block is left, and with it all that it saw, even where it wrote nothing.
- Outside `together` a look is left when all that it saw is on the disk.
- Inside, a transaction `at_once` is on the disk when its block is left. What is sent to a far side was claimed outside, so that the
  message is on the disk before its job is known; that it was sent may be lost, and then it is sent again, as after any crash.

Whoever commits late gives its locks back at once: those who wait for them (control numbers of one pair) do not wait for the disk.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from hub.errors import TransientError
from hub.store.exchange import BEGIN_LOOK, Answer, Exchange, exchange_of

MOST = 16
"""Blocks at a time. Each has a connection of its own from its first statement to its end, while it waits for a far side too, so these
are none of the pool's; they are kept for the next block."""

_LATE = b"SET synchronous_commit TO off"
_IN_TIME = b"SET LOCAL synchronous_commit TO DEFAULT"
# a standby that is waited for may lack what is on the disk here
_IS_OPEN = b"current_setting('synchronous_standby_names') <> '' OR pg_current_wal_flush_lsn() < "
# a commit waits for the disk only where its transaction wrote something
_MARK = b"SELECT pg_logical_emit_message(true, 'edihub', '') WHERE pg_current_xact_id_if_assigned() IS NULL AND "
_MARK += b"(" + _IS_OPEN + b"pg_current_wal_insert_lsn())"
_SEEN = b"SELECT pg_current_wal_insert_lsn()::text"
_IS_SEEN_OPEN = b"SELECT " + _IS_OPEN + b"$1::text::pg_lsn"


class _Block:
    """What one thread does inside `together`."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.failure: BaseException | None = None


class LateCommits:
    """The transactions and looks of a shared store. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: deque[Connection] = deque()
        self._room = threading.BoundedSemaphore(MOST)
        self._mine = threading.local()

    @contextmanager
    def together(self) -> Iterator[None]:
        """This thread's transactions inside the block are on the disk once it is left.

        Where too many have such a block, this one's transactions are as those outside. Raises `TransientError` when they may not be on
        the disk: some of them, from one on, are undone.
        """
        if self._block() is not None:
            raise RuntimeError("together inside together")
        if not self._room.acquire(blocking=False):
            yield
            return
        block = self._mine.block = _Block()
        try:
            yield
        finally:
            self._mine.block = None
            try:
                self._wait(block)
            finally:
                self._room.release()

    @contextmanager
    def transaction(self, *, at_once: bool) -> Iterator[Connection]:
        """A connection in a transaction, for `commit` to end; undone when the block raises."""
        block = self._block()
        with self._connection(block) as connection:
            exchange = exchange_of(connection)
            exchange.begin()
            if block is not None and at_once:
                exchange.later(_IN_TIME)
            yield connection

    def commit(self, connection: Connection) -> None:
        """End a transaction: what it still has to say goes with the COMMIT."""
        exchange_of(connection).commit(b"" if self._block() else _MARK)
        connection.commit()

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A connection that sees the tables as of one moment."""
        block = self._block()
        seen: list[Answer] = []
        with self._connection(block) as connection:
            exchange = exchange_of(connection)
            exchange.begin(BEGIN_LOOK)
            if block is None:
                exchange.later(_SEEN, told=seen.append)
            yield connection
            if seen:
                self._wait_for(exchange, seen[0])
            else:
                exchange.commit()
            connection.commit()

    def close(self) -> None:
        """Let go of the connections."""
        with suppress(IndexError):
            while True:
                _drop(self._kept.pop())

    def _block(self) -> _Block | None:
        return getattr(self._mine, "block", None)

    @contextmanager
    def _connection(self, block: _Block | None) -> Iterator[Connection]:
        """The connection of a block, else one for now; what it has not committed is undone when the block raises."""
        if block is None:
            with self._engine.connect() as connection, self._undoing(connection):
                yield connection
            return
        if block.connection is None:
            block.connection = self._take()
        connection = block.connection
        try:
            with self._undoing(connection):
                yield connection
        except BaseException as failure:
            if connection.invalidated:
                # what it committed may be lost with its server: nobody in this block may believe to be durable
                block.failure, block.connection = failure, None
                connection.close()
            raise

    def _take(self) -> Connection:
        try:
            return self._kept.pop()
        except IndexError:
            connection = self._engine.connect()
        try:
            with self._undoing(connection):
                # it commits late from now on: it never goes back to the others
                connection.detach()
                exchange = exchange_of(connection)
                exchange.ask(_LATE)
                exchange.commit()
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _undoing(self, connection: Connection) -> Iterator[None]:
        """What raises is undone; where the connection broke, neither it nor any of those made before is used again."""
        try:
            yield
        except BaseException:
            driver: Any = None if connection.invalidated else connection.connection.dbapi_connection
            with suppress(DBAPIError, connection.dialect.loaded_dbapi.Error):
                if driver is not None:
                    exchange_of(connection).rollback()
                connection.rollback()
            if driver is not None and driver.closed and not connection.invalidated:
                with suppress(DBAPIError):
                    # from the failure of this SQLAlchemy learns that its pool is of no use
                    connection.exec_driver_sql("SELECT 1")
            if connection.invalidated:
                self.close()
            raise

    def _wait_for(self, exchange: Exchange, seen: Answer) -> None:
        """End a look, and wait until the disk has what it saw."""
        ((place,),) = seen.rows()
        is_open: list[Answer] = []
        exchange.later(_IS_SEEN_OPEN, [place], is_open.append)
        exchange.commit()
        if is_open[0].rows() == [(True,)]:
            exchange.begin()
            exchange.ask(_MARK)
            exchange.commit()

    def _wait(self, block: _Block) -> None:
        """Until what a block committed, and what it saw, is on the disk."""
        connection = block.connection
        if connection is not None:
            try:
                with self._undoing(connection):
                    exchange = exchange_of(connection)
                    exchange.begin()
                    exchange.later(_IN_TIME)
                    exchange.later(_MARK)
                    exchange.commit()
            except DBAPIError as failure:
                block.failure = failure
            if block.failure is not None:
                _drop(connection)
            else:
                self._kept.append(connection)
        if block.failure is not None:
            raise TransientError(f"the commit failed: {block.failure}", "try again") from block.failure


def _drop(connection: Connection) -> None:
    """Close a connection that is none of the pool's."""
    with suppress(DBAPIError):
        connection.close()
