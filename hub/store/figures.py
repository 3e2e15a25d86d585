"""The few numbers a supervisor asks the store for."""

from __future__ import annotations

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from hub.store.columns import fixed
from hub.store.tables import job


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
