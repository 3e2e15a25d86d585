"""Where each subscriber of our events stands: the last event it is done with, its failures, and who is telling it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgres
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from hub.store.clock_tables import subscriber
from hub.store.events import last_cursor
from hub.store.instants import SECOND

LEASE = 90 * SECOND
_FAR = 25 * 3600 * SECOND
"""Nothing waits as long as this: what does was written before a clock was set back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One row."""

    name: str
    cursor: int
    state: str
    failures: int
    failing_since: int | None
    due_at: int
    delivered_at: int | None
    error: str | None


_NAMES = tuple(Subscriber.__dataclass_fields__)
_COLUMNS = tuple(subscriber.c[name] for name in _NAMES)


class Subscribers:
    """The rows of `subscriber`, inside one transaction."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def find(self, name: str) -> Subscriber | None:
        """A subscriber, None before it was first met."""
        row = self._connection.execute(select(*_COLUMNS).where(subscriber.c.name == name)).one_or_none()
        return None if row is None else _of(row)

    def meet(self, name: str, *, cursor: int | None = None) -> Subscriber:
        """A subscriber; one that is new begins with what happens from now on, unless a cursor is given."""
        values = {"name": name, "cursor": last_cursor(self._connection) if cursor is None else cursor}
        upsert = upsert_sqlite if self._connection.dialect.name == "sqlite" else upsert_postgres
        self._connection.execute(upsert(subscriber).values(values).on_conflict_do_nothing())
        found = self.find(name)
        assert found is not None
        return found

    def claim(self, name: str, token: str) -> Subscriber | None:
        """Be the one who tells a subscriber, for the time of a lease; None where another is, or its pause is not over."""
        lease = update(subscriber).where(subscriber.c.name == name, self._is_free(), self._is_due())
        taken = self._connection.execute(lease.values(lease_token=token, lease_until=self._now + LEASE))
        return self.find(name) if taken.rowcount == 1 else None

    def is_claimable(self, name: str) -> bool:
        """Whether `claim` would succeed now; writes nothing."""
        wanted = select(subscriber.c.name).where(subscriber.c.name == name, self._is_free(), self._is_due())
        return self._connection.scalar(wanted) is not None

    def advance(self, name: str, token: str, cursor: int, *, delivered: bool) -> bool:
        """Everything up to a cursor is done with; False where the lease was lost, and nothing is written."""
        values: dict[str, Any] = {"cursor": cursor, "lease_until": self._now + LEASE}
        if delivered:
            values |= {"state": "ok", "failures": 0, "failing_since": None, "due_at": 0, "error": None}
            values["delivered_at"] = self._now
        return self._write(name, token, values)

    def failed(self, name: str, token: str, error: str, *, due_at: int, is_failing: bool) -> bool:
        """An attempt failed; the next is at `due_at`, of whoever claims it then."""
        values: dict[str, Any] = {
            "failures": subscriber.c.failures + 1,
            "failing_since": func.coalesce(subscriber.c.failing_since, self._now),
            "due_at": due_at,
            "error": error,
            "lease_token": "",
            "lease_until": None,
        }
        if is_failing:
            values["state"] = "failing"
        return self._write(name, token, values)

    def release(self, name: str, token: str) -> None:
        """Let others tell it."""
        self._write(name, token, {"lease_token": "", "lease_until": None})

    def rewind(self, name: str, cursor: int) -> None:
        """Tell a subscriber again from a cursor on, at once; whoever is telling it now finds its lease lost."""
        values = {"cursor": cursor, "due_at": 0, "lease_token": "", "lease_until": None}
        self._connection.execute(update(subscriber).where(subscriber.c.name == name).values(values))

    def _write(self, name: str, token: str, values: dict[str, Any]) -> bool:
        mine = and_(subscriber.c.name == name, subscriber.c.lease_token == token)
        return self._connection.execute(update(subscriber).where(mine).values(values)).rowcount == 1

    def _is_free(self) -> ColumnElement[bool]:
        until = subscriber.c.lease_until
        return or_(until.is_(None), until <= self._now, until > self._now + _FAR)

    def _is_due(self) -> ColumnElement[bool]:
        return or_(subscriber.c.due_at <= self._now, subscriber.c.due_at > self._now + _FAR)


def _of(row: Any) -> Subscriber:
    return Subscriber(**{name: getattr(row, name) for name in _NAMES})
