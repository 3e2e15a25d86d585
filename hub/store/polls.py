"""Where each poller stands, when it is due, and who polls it: a row per connection, leased, so that no two processes ever poll one folder."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgres
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from hub.store.endpoint_tables import poll_cursor
from hub.store.instants import SECOND
from hub.store.jobs import LeaseLost

LEASE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class PollState:
    """What is known of one connection's polling: its cursor, how often it failed in a row, and how."""

    cursor: str | None = None
    failures: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class PollTurn:
    """One leased poll."""

    connection: str
    state: PollState
    token: str


class Polls:
    """The rows of `poll_cursor`, inside one transaction."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def state(self, connection: str) -> PollState:
        """The state of one connection; the empty one before its first poll."""
        row = self._connection.execute(select(poll_cursor).where(poll_cursor.c.connection == connection)).one_or_none()
        return PollState() if row is None else PollState(row.cursor, row.failures, row.error)

    def failures(self) -> dict[str, int]:
        """How often in a row the polls of each connection failed."""
        return {row[0]: row[1] for row in self._connection.execute(select(poll_cursor.c.connection, poll_cursor.c.failures))}

    def enrol(self, connections: Iterable[str]) -> None:
        """Give every connection its row; a new one is due at once."""
        insert = upsert_sqlite if self._connection.dialect.name == "sqlite" else upsert_postgres
        for name in sorted(connections):
            row = insert(poll_cursor).values(connection=name, due_at=self._now)
            self._connection.execute(row.on_conflict_do_nothing(index_elements=["connection"]))

    def hasten(self, connections: Iterable[str]) -> None:
        """Make connections due now: whoever starts a hub does not wait for yesterday's schedule."""
        names = poll_cursor.c.connection.in_(list(connections))
        later = and_(names, poll_cursor.c.due_at > self._now)
        self._connection.execute(update(poll_cursor).where(later).values(due_at=self._now))

    def next_due(self, connections: Iterable[str]) -> int | None:
        """When the next of these falls due that nobody polls at present; None where all are at work."""
        names = poll_cursor.c.connection.in_(list(connections))
        found: int | None = self._connection.scalar(select(func.min(poll_cursor.c.due_at)).where(names, self._is_free()))
        return found

    def claim(self, connections: Iterable[str], owner: str, *, limit: int) -> list[PollTurn]:
        """Lease up to `limit` of these that are due, the longest waiting first."""
        names = poll_cursor.c.connection.in_(list(connections))
        due = select(poll_cursor.c.connection).where(names, poll_cursor.c.due_at <= self._now, self._is_free())
        rows = due.order_by(poll_cursor.c.due_at).limit(limit).with_for_update(skip_locked=True)
        wanted = list(self._connection.scalars(rows))
        if not wanted:
            return []
        token = secrets.token_hex(8)
        until = self._now + LEASE_SECONDS * SECOND
        leased = (
            update(poll_cursor)
            .where(poll_cursor.c.connection.in_(wanted))
            .values(lease_owner=owner, lease_token=token, lease_until=until)
            .returning(poll_cursor.c.connection, poll_cursor.c.cursor, poll_cursor.c.failures, poll_cursor.c.error)
        )
        rows_leased = sorted(self._connection.execute(leased))
        return [PollTurn(row.connection, PollState(row.cursor, row.failures, row.error), token) for row in rows_leased]

    def finish(self, turn: PollTurn, after: PollState, *, due_at: int) -> None:
        """Write what a poll came to and when the next is due; raises `LeaseLost` when somebody else polls it by now."""
        mine = and_(poll_cursor.c.connection == turn.connection, poll_cursor.c.lease_token == turn.token)
        values = {"cursor": after.cursor, "failures": after.failures, "error": after.error, "polled_at": self._now}
        done = update(poll_cursor).where(mine).values(due_at=due_at, lease_owner="", lease_token="", lease_until=None, **values)
        if self._connection.execute(done).rowcount != 1:
            raise LeaseLost(f"another process polls {turn.connection} by now", "nothing: what was taken is stored")

    def extend(self, tokens: Iterable[str]) -> None:
        """Prolong the leases of polls that are still at work (the heartbeat)."""
        until = self._now + LEASE_SECONDS * SECOND
        mine = poll_cursor.c.lease_token.in_(list(tokens))
        self._connection.execute(update(poll_cursor).where(mine).values(lease_until=until))

    def release(self, owner: str) -> None:
        """Give back what this owner leased (an orderly stop)."""
        mine = poll_cursor.c.lease_owner == owner
        self._connection.execute(update(poll_cursor).where(mine).values(lease_owner="", lease_token="", lease_until=None))

    def owners(self) -> set[str]:
        """Who polls something."""
        leased = select(poll_cursor.c.lease_owner).where(poll_cursor.c.lease_owner != "").distinct()
        return set(self._connection.scalars(leased))

    def void(self, keep_owner: str) -> None:
        """At the start of an embedded hub every lease of an earlier boot is void at once."""
        others = and_(poll_cursor.c.lease_owner != keep_owner, poll_cursor.c.lease_owner != "")
        self._connection.execute(update(poll_cursor).where(others).values(lease_owner="", lease_token="", lease_until=None))

    def _is_free(self) -> ColumnElement[bool]:
        return or_(poll_cursor.c.lease_until.is_(None), poll_cursor.c.lease_until < self._now)
