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
from hub.store.engine import driver_errors, finishing, one_moment

KEPT = 16
"""Connections that are kept for the next block: to take one from the pool and give it back costs as much as three statements."""

_LATE = "SET synchronous_commit TO off"
_IN_TIME = "SET LOCAL synchronous_commit TO DEFAULT"
# a standby that is waited for may lack what is on the disk here
_IS_OPEN = "current_setting('synchronous_standby_names') <> '' or pg_current_wal_flush_lsn() < "
# a commit waits for the disk only where its transaction wrote something
_MARK = f"SELECT pg_logical_emit_message(true, 'edihub', '') WHERE {_IS_OPEN} pg_current_wal_insert_lsn()"
_MARK_IF_UNWRITTEN = f"{_MARK.replace('WHERE ', 'WHERE pg_current_xact_id_if_assigned() IS NULL AND (')})"
_SEEN = "SELECT pg_current_wal_insert_lsn()"
_IS_SEEN_OPEN = f"SELECT {_IS_OPEN} %s::pg_lsn"


class _Block:
    """What one thread does inside `together`."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.has_written = False
        self.failure: BaseException | None = None


class LateCommits:
    """The transactions and looks of a shared store. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: deque[Connection] = deque()
        self._mine = threading.local()

    @contextmanager
    def together(self) -> Iterator[None]:
        """This thread's transactions inside the block are on the disk once it is left.

        Raises `TransientError` when they may not be: some of them, from one on, are undone.
        """
        if self._block() is not None:
            raise RuntimeError("together inside together")
        block = self._mine.block = _Block()
        try:
            yield
        finally:
            self._mine.block = None
            self._wait(block)

    @contextmanager
    def transaction(self, *, at_once: bool) -> Iterator[Connection]:
        """A connection in a transaction, for `finishing` to end; undone when the block raises."""
        block = self._block()
        if block is None:
            with self._engine.connect() as connection:
                yield connection
            return
        with self._of_block(block) as connection:
            block.has_written = True
            if at_once:
                _driver(connection).execute(_IN_TIME)
            yield connection

    @contextmanager
    def finishing(self, connection: Connection) -> Iterator[None]:
        """The last statements of a transaction and its COMMIT, in one exchange."""
        with finishing(connection):
            yield
            if self._block() is None:
                _driver(connection).execute(_MARK_IF_UNWRITTEN)

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A connection that sees the tables as of one moment."""
        block = self._block()
        if block is not None:
            with self._of_block(block) as connection:
                one_moment(connection, is_on=True)
                try:
                    yield connection
                finally:
                    one_moment(connection, is_on=False)
                    connection.commit()
            return
        with self._engine.connect() as connection:
            one_moment(connection, is_on=True)
            try:
                with driver_errors(connection):
                    (seen,) = _driver(connection).execute(_SEEN).fetchone()
                yield connection
            finally:
                one_moment(connection, is_on=False)
                connection.commit()
            with driver_errors(connection):
                (is_open,) = _driver(connection).execute(_IS_SEEN_OPEN, (seen,)).fetchone()
                if is_open:
                    _driver(connection).execute(_MARK)
                _driver(connection).commit()

    def close(self) -> None:
        """Let go of the connections."""
        while self._kept:
            _drop(self._kept.pop())

    def _block(self) -> _Block | None:
        return getattr(self._mine, "block", None)

    @contextmanager
    def _of_block(self, block: _Block) -> Iterator[Connection]:
        if block.connection is None:
            block.connection = self._take()
        connection = block.connection
        try:
            yield connection
        except BaseException as failure:
            with suppress(connection.dialect.loaded_dbapi.Error, DBAPIError):
                connection.rollback()
                _driver(connection).rollback()
            if _is_broken(connection):
                # what it committed may be lost with its server: nobody in this block may believe to be durable
                block.failure, block.connection = failure, None
                _drop(connection)
            raise

    def _take(self) -> Connection:
        try:
            return self._kept.pop()
        except IndexError:
            connection = self._engine.connect()
        with driver_errors(connection):
            _driver(connection).execute(_LATE)
            _driver(connection).commit()
        return connection

    def _wait(self, block: _Block) -> None:
        """Until what a block committed is on the disk."""
        connection = block.connection
        if connection is not None:
            try:
                if block.has_written:
                    with driver_errors(connection), _driver(connection).pipeline():
                        _driver(connection).execute(_IN_TIME)
                        _driver(connection).execute(_MARK)
                        _driver(connection).commit()
            except DBAPIError as failure:
                block.failure = failure
            if _is_broken(connection) or len(self._kept) >= KEPT:
                _drop(connection)
            else:
                self._kept.append(connection)
        if block.failure is not None:
            raise TransientError(f"the commit failed: {block.failure}", "try again") from block.failure


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _is_broken(connection: Connection) -> bool:
    return bool(connection.invalidated or connection.closed or _driver(connection) is None or _driver(connection).closed)


def _drop(connection: Connection) -> None:
    """Close a connection that is not to go back into the pool: it would commit late for others."""
    if not connection.closed:
        connection.invalidate()
        connection.close()
