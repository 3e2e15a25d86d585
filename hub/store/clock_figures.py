"""The numbers of the clocks that a supervisor asks for; each condition is that of a partial index."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from hub.store.clock_tables import OPEN_DEADLINE, order_deadline
from hub.store.columns import fixed
from hub.store.documents import LIGHTS
from hub.store.tables import document


def due_soon(connection: Connection) -> list[tuple[str, str, int]]:
    """Lights that wait and were warned about, by light and whether they are test."""
    found: list[tuple[str, str, int]] = []
    for light in LIGHTS:
        is_warned = document.c[f"{light}_next"] == document.c[f"{light}_due"]
        waiting = select(document.c.test, func.count()).where(document.c[light] == fixed("waiting"), is_warned)
        rows = connection.execute(waiting.group_by(document.c.test).order_by(document.c.test))
        found += [(light, str(bool(row[0])).lower(), row[1]) for row in rows]
    return found


def order_deadlines(connection: Connection) -> list[tuple[str, str, str, int]]:
    """What we owe and is due soon or overdue: duty, state, whether it is test, how many."""
    columns = (order_deadline.c.kind, order_deadline.c.state, order_deadline.c.test)
    pressing = select(*columns, func.count()).where(OPEN_DEADLINE, order_deadline.c.state != "running")
    rows = connection.execute(pressing.group_by(*columns).order_by(*columns))
    return [(row[0], row[1], str(bool(row[2])).lower(), row[3]) for row in rows]
