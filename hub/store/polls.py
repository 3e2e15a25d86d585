"""Where each poller stands: its cursor, and how often it failed in a row."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert_postgres
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from hub.store.tables import poll_cursor


@dataclass(frozen=True, slots=True)
class PollState:
    """What is known of one connection's polling."""

    cursor: str | None = None
    failures: int = 0
    error: str | None = None


class Polls:
    """The rows of `poll_cursor`, inside one transaction."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def state(self, connection: str) -> PollState:
        """The state of one connection; the empty one before its first poll."""
        row = self._connection.execute(select(poll_cursor).where(poll_cursor.c.connection == connection)).one_or_none()
        return PollState() if row is None else PollState(row.cursor, row.failures, row.error)

    def write(self, connection: str, state: PollState) -> None:
        """Write the state after a poll."""
        values = {"cursor": state.cursor, "failures": state.failures, "error": state.error}
        values |= {"polled_at": self._now, "due_at": self._now}
        upsert = upsert_sqlite if self._connection.dialect.name == "sqlite" else upsert_postgres
        row = upsert(poll_cursor).values(connection=connection, **values)
        self._connection.execute(row.on_conflict_do_update(index_elements=["connection"], set_=values))
