"""The clock of a store that several machines share: the database's, so that leases do not depend on who has the right time."""

from __future__ import annotations

import time

from sqlalchemy import Connection, text

_ASK = text("select (extract(epoch from clock_timestamp()) * 1000000)::bigint")


class ServerClock:
    """The database's time between two askings, carried on by this machine's monotonic clock: a jump of the wall clock moves nothing."""

    def __init__(self, connection: Connection) -> None:
        self._ahead = 0
        self.adjust(connection)

    def __call__(self) -> int:
        """Microseconds since 1970."""
        return time.monotonic_ns() // 1000 + self._ahead

    def adjust(self, connection: Connection) -> None:
        """Ask the database again: clocks drift."""
        before = time.monotonic_ns() // 1000
        told = int(connection.execute(_ASK).scalar_one())
        after = time.monotonic_ns() // 1000
        self._ahead = told - (before + after) // 2
