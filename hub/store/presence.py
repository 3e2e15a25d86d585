"""Which processes of a shared store live: each holds a lock by its name for as long as its connection lasts.

PostgreSQL lets go of it the moment a process dies, so that what the dead one had at work need not wait for its leases to run out.
A lock that is missing proves little by itself: after a restart of PostgreSQL everybody's is, for some seconds. So it must be
missing for a while.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from hub.errors import TransientError

ABSENT_SECONDS = 8.0
_HOLD = text("select pg_try_advisory_lock(:key)")
_IS_FREE = text("select pg_try_advisory_xact_lock_shared(:key)")


class Presence:
    """The presence of one process, and its view of the others."""

    def __init__(self, engine: Engine, owner: str) -> None:
        self._engine = engine
        self._owner = owner
        self._connection: Connection | None = None
        self._absent: dict[str, float] = {}

    def hold(self) -> None:
        """Be seen: called every few seconds, since the connection may be lost. Raises `TransientError`."""
        try:
            if self._connection is None:
                connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                if not connection.execute(_HOLD, {"key": _key(self._owner)}).scalar():
                    connection.close()  # somebody is looking for us at this very moment: the next time, then
                    return
                self._connection = connection
            else:
                self._connection.execute(text("select 1"))
        except DBAPIError as failure:
            self.let_go()
            raise TransientError("the database did not take it: our presence is unknown", "try again") from failure

    def let_go(self) -> None:
        """Be seen no more."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # not back into the pool: the lock belongs to the connection
            connection.invalidate()
            connection.close()

    def gone(self, connection: Connection, owners: Iterable[str]) -> set[str]:
        """Those of `owners` who have not been there for a while."""
        now = time.monotonic()
        free = {each for each in owners if each != self._owner and connection.execute(_IS_FREE, {"key": _key(each)}).scalar()}
        self._absent = {each: self._absent.get(each, now) for each in free}
        return {each for each, since in self._absent.items() if now - since >= ABSENT_SECONDS}


def _key(owner: str) -> int:
    return int.from_bytes(hashlib.sha256(f"presence {owner}".encode()).digest()[:8], "big", signed=True)
