"""Requests that were refused at an edge: nothing of them is kept but a row of the audit trail, which is read here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from hub.store.encoding import from_json
from hub.store.instants import rfc3339
from hub.store.tables import audit_event

_REFUSED = "request.refused"


def list_refusals(connection: Connection, subjects: Sequence[str], *, limit: int, before: str = "") -> list[dict[str, Any]]:
    """The refusals of these connections, newest first, `""` being those that no connection is known for.

    `before` is the id of the last one of the page before. Each connection is asked by itself, along its index: a list of many
    would be sorted as a whole for every page.
    """
    rows: list[Row[Any]] = []
    for subject in subjects:
        wanted = select(audit_event.c.id, audit_event.c.at, audit_event.c.subject, audit_event.c.detail)
        wanted = wanted.where(audit_event.c.subject == subject, audit_event.c.type == _REFUSED)
        if before:
            wanted = wanted.where(audit_event.c.id < before)
        rows += connection.execute(wanted.order_by(audit_event.c.id.desc()).limit(limit))
    rows.sort(key=lambda row: row.id, reverse=True)
    return [
        {"id": row.id, "at": rfc3339(row.at), "subject": row.subject, "detail": from_json(row.detail)} for row in rows[:limit]
    ]


def count_refusals(connection: Connection, subjects: Sequence[str], *, since: int, most: int) -> int:
    """How many there are since an instant in microseconds, counted up to `most`."""
    found = 0
    for subject in subjects:
        wanted = select(audit_event.c.id).where(
            audit_event.c.subject == subject, audit_event.c.type == _REFUSED, audit_event.c.at >= since
        )
        found += connection.scalar(select(func.count()).select_from(wanted.limit(most - found).subquery())) or 0
        if found >= most:
            break
    return found
