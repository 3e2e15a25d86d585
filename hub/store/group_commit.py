"""One writing connection shared by all threads: each transaction is apart, all that wait together pay for one fsync."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine

from hub.errors import TransientError

MEMBERS = 64
SECONDS = 0.01
"""How long a group that somebody waits for stays open at most, whoever may still come."""
REST_SECONDS = 0.006
"""From the end of one commit to the next: while the disk writes nobody else does, and what comes meanwhile shares its commit."""
LEFT_OPEN_SECONDS = 0.05
"""How long one that nobody waits for stays open: another process that wants to write waits as long."""


class _Group:
    """The transactions that one COMMIT makes durable."""

    def __init__(self) -> None:
        self.members = 0
        self.done = threading.Event()
        self.failure: BaseException | None = None
        self.opened = time.monotonic()
        self.is_awaited = False
        self.is_left_open = False
        self.has_closer = False


class GroupCommit:
    """Runs `with transaction()` bodies of many threads one after another on one connection and commits them in groups.

    A body runs alone: it sees everything that ran before it. It is undone alone, by its savepoint, when it raises. The block is
    left only after the group's COMMIT returned; when that fails, every member of the group gets a `TransientError`.
    Bodies must be short and never wait for one another. Inside `together` a thread waits once, for all its transactions.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._error: type[Exception] = engine.dialect.loaded_dbapi.Error
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._owner: int | None = None
        self._connection: Connection | None = None
        self._group: _Group | None = None
        self._mine = threading.local()
        self._rested_at = 0.0
        self._left_open = threading.Event()
        self._closer: threading.Thread | None = None
        self._is_closed = False

    @contextmanager
    def together(self) -> Iterator[None]:
        """This thread's transactions inside the block are durable once it is left, not one by one.

        Others may make them durable sooner; what commits is always everything up to some point. Raises `TransientError` when a
        commit failed: what was done since the last good one is undone.
        """
        if getattr(self._mine, "groups", None) is not None:
            raise RuntimeError("together inside together")
        groups: list[_Group] = []
        self._mine.groups = groups
        try:
            yield
        finally:
            self._mine.groups = None
            for group in groups:
                self._wait(group)

    @contextmanager
    def transaction(self, *, at_once: bool = False) -> Iterator[Connection]:
        """A connection inside a transaction of its own; durable once the block is left, or that of `together` around it.

        With `at_once` it is durable once the block is left in any case, and with it all that was done before.
        """
        if self._owner == threading.get_ident():
            raise RuntimeError("a transaction inside a transaction")
        groups: list[_Group] | None = None if at_once else getattr(self._mine, "groups", None)
        self._take_turn()
        group: _Group | None = None
        try:
            connection, group = self._join()
            yield from self._body(connection, group)
        finally:
            if group is not None and groups is None:
                group.is_awaited = True
            self._leave(may_stay_open=groups is not None)
        if groups is None:
            self._wait(group)
        elif group not in groups:
            groups.append(group)

    def close(self) -> None:
        """Commit what is open and let go of the connection."""
        self._is_closed = True
        self._left_open.set()
        if self._closer is not None:
            self._closer.join()
        with self._turn:
            if self._group is not None:
                self._commit(self._group)
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _take_turn(self) -> None:
        with self._count:
            self._waiting += 1
        try:
            self._turn.acquire()
        finally:
            with self._count:
                self._waiting -= 1
        self._owner = threading.get_ident()

    def _join(self) -> tuple[Connection, _Group]:
        if self._connection is None:
            self._connection = self._engine.connect()
        if self._group is None:
            try:
                # on the driver itself: SQLAlchemy's own bookkeeping of a transaction costs ten times as much
                self._driver("BEGIN IMMEDIATE")
            except self._error as failure:
                self._connection.invalidate()
                self._connection.close()
                self._connection = None
                raise TransientError(f"the database is busy or gone: {failure}", "try again") from failure
            self._group = _Group()
        return self._connection, self._group

    def _driver(self, statement: str) -> None:
        assert self._connection is not None
        driver: Any = self._connection.connection.dbapi_connection
        driver.execute(statement)

    def _body(self, connection: Connection, group: _Group) -> Iterator[Connection]:
        # the first member of a group needs no savepoint: it alone is undone by undoing the group
        alone = group.members == 0
        if not alone:
            self._driver("SAVEPOINT member")
        try:
            yield connection
            if not alone:
                self._driver("RELEASE member")
        except BaseException:
            self._undo(group, alone=alone)
            raise
        group.members += 1

    def _undo(self, group: _Group, *, alone: bool) -> None:
        if alone:
            self._rollback()
            self._group = None
            return
        try:
            self._driver("ROLLBACK TO member")
            self._driver("RELEASE member")
        except self._error as failure:
            # a full disk undoes the whole transaction by itself: nobody in the group may believe to be durable
            self._rollback()
            self._group = None
            group.failure = failure
            group.done.set()

    def _rollback(self) -> None:
        # where the database undid the transaction by itself there is nothing left to undo
        with suppress(self._error):
            self._driver("ROLLBACK")

    def _leave(self, *, may_stay_open: bool) -> None:
        group = self._group
        try:
            if group is None or (self._waiting > 0 and not self._is_full(group)):
                pass
            elif may_stay_open and group.members < MEMBERS:
                # also one that is old: the thread that closes it waits for the disk while this one goes on
                self._close_later(group)
            elif self._rest() <= 0 or group.members >= MEMBERS:
                self._commit(group)
        finally:
            self._owner = None
            self._turn.release()

    def _rest(self) -> float:
        """Seconds until the next commit may begin."""
        return self._rested_at - time.monotonic()

    def _is_full(self, group: _Group) -> bool:
        longest = SECONDS if group.is_awaited else LEFT_OPEN_SECONDS
        return group.members >= MEMBERS or time.monotonic() - group.opened > longest

    def _close_later(self, group: _Group) -> None:
        """Whoever left the group open may be long at work before its next transaction: a thread sees to it that it ends."""
        if group.is_left_open:
            return
        group.is_left_open = True
        if self._closer is None:
            self._closer = threading.Thread(target=self._close_groups, name="commit", daemon=True)
            self._closer.start()
        self._left_open.set()

    def _close_groups(self) -> None:
        while not self._is_closed:
            self._left_open.wait()
            self._left_open.clear()
            group = self._group
            while group is not None and not group.done.wait(LEFT_OPEN_SECONDS) and not self._is_closed:
                self._close_group(group)

    def _close_group(self, group: _Group) -> None:
        """Commit a group, unless somebody did."""
        if group.done.is_set():
            return
        with self._turn:
            if self._group is group:
                self._commit(group)

    def _commit(self, group: _Group) -> None:
        self._group = None
        try:
            self._driver("COMMIT")
        except BaseException as failure:  # noqa: BLE001  boundary: whatever it was, every member is told, none is acknowledged
            group.failure = failure
            self._rollback()
        self._rested_at = time.monotonic() + REST_SECONDS
        group.done.set()

    def _wait(self, group: _Group | None) -> None:
        """Until a group is durable. The first to wait commits it once the rest is over, if nobody else has; the others only wait."""
        if group is None:
            return
        is_closer, group.has_closer = not group.has_closer, True
        while not group.done.wait(max(self._rest(), 0.0005) if is_closer else LEFT_OPEN_SECONDS):
            if self._turn.acquire(timeout=0.05):
                try:
                    if self._group is group:
                        self._commit(group)
                finally:
                    self._turn.release()
        if group.failure is not None:
            raise TransientError(f"the commit failed: {group.failure}", "free disk space, then try again") from group.failure
