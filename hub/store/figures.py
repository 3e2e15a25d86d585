"""The few numbers a supervisor asks the store for; a condition in text is that of a partial index, which a parameter would not use."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from hub.store.columns import fixed
from hub.store.endpoint_tables import endpoint_state
from hub.store.instants import SECOND
from hub.store.tables import LIGHT_WRONG, document, job, message

LATEST = 2000
_LIGHTS = ("delivery", "syntax", "business")


def answers(connection: Connection) -> bool:
    """Whether the database answers at all."""
    try:
        return connection.scalar(select(1)) == 1
    except SQLAlchemyError:
        return False


def backlog(connection: Connection, lane: str, most: int) -> tuple[int, int | None]:
    """How many jobs of a lane are ready, counted up to `most`, and when the one that is due longest fell due."""
    ready = select(job.c.due_at).where(job.c.lane == lane, job.c.state == fixed("ready")).order_by(job.c.due_at).limit(most)
    row = connection.execute(select(func.count(), func.min(ready.subquery().c.due_at))).one()
    return row[0], row[1]


def count_jobs(connection: Connection) -> list[tuple[str, str, int]]:
    """How much work is there, by lane and state."""
    counted = select(job.c.lane, job.c.state, func.count()).group_by(job.c.lane, job.c.state).order_by(job.c.lane, job.c.state)
    return [(row[0], row[1], row[2]) for row in connection.execute(counted)]


def oldest_jobs(connection: Connection, now: int) -> list[tuple[str, float]]:
    """For how many seconds the oldest due work of each lane has been waiting; 0 where none is."""
    found = []
    for lane in ("process", "deliver"):
        due = select(job.c.due_at).where(job.c.lane == lane, job.c.state == "ready", job.c.due_at <= now)
        first = connection.scalar(due.order_by(job.c.due_at).limit(1))
        found.append((lane, 0.0 if first is None else (now - first) / SECOND))
    return found


def unsettled_messages(connection: Connection) -> list[tuple[str, str, str, int]]:
    """Messages that something must still happen to, by direction, state and whether they are test."""
    columns = (message.c.direction, message.c.state, message.c.test)
    waiting = select(*columns, func.count()).where(text("state not in ('done', 'delivered')"))
    rows = connection.execute(waiting.group_by(*columns).order_by(*columns))
    return [(row[0], row[1], str(bool(row[2])).lower(), row[3]) for row in rows]


def waiting_documents(connection: Connection) -> list[tuple[str, str, int]]:
    """Documents that wait, by state and whether they are test."""
    waiting = (
        select(document.c.state, document.c.test, func.count())
        .where(text("state not in ('done', 'sent')"))
        .group_by(document.c.state, document.c.test)
        .order_by(document.c.state, document.c.test)
    )
    return [(row[0], str(bool(row[1])).lower(), row[2]) for row in connection.execute(waiting)]


def lights(connection: Connection) -> list[tuple[str, str, str, int]]:
    """Documents by light and state: what waits, and what went wrong."""
    found: list[tuple[str, str, str, int]] = []
    for name in _LIGHTS:
        light = document.c[name]
        counted = select(light, document.c.test, func.count()).group_by(light, document.c.test)
        # each condition is that of a partial index
        for rows in (counted.where(light == fixed("waiting")), counted.where(light.in_(("failed", "overdue")), LIGHT_WRONG)):
            found += [(name, row[0], str(bool(row[1])).lower(), row[2]) for row in connection.execute(rows)]
    return sorted(found)


def delivery_seconds(connection: Connection) -> dict[str, list[float]]:
    """How long each of the latest delivered documents took from the outbox to its proof, by connection; test is not counted."""
    latest = (
        select(document.c.id, document.c.message_id, document.c.created_at, document.c.delivery_at)
        .where(document.c.direction == "out", document.c.delivery == "ok", document.c.delivery_at.is_not(None))
        .where(document.c.test.is_(False))
        .order_by(document.c.id.desc())
        .limit(LATEST)
        .subquery()
    )
    rows = select(message.c.connection, latest.c.created_at, latest.c.delivery_at).join(
        latest, latest.c.message_id == message.c.id
    )
    found: dict[str, list[float]] = defaultdict(list)
    for row in connection.execute(rows):
        found[row.connection].append((row.delivery_at - row.created_at) / SECOND)
    return found


def endpoint_states(connection: Connection) -> dict[str, tuple[bool, int]]:
    """Connections that failed of late: whether they are suspended, and how often in a row they failed."""
    rows = connection.execute(select(endpoint_state.c.connection, endpoint_state.c.breaker, endpoint_state.c.failures))
    return {row.connection: (row.breaker != "closed", row.failures) for row in rows}
