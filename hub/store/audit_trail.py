"""The audit trail as it is read: the story of one subject, or the whole trail by pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from hub.store.encoding import from_json
from hub.store.instants import rfc3339
from hub.store.tables import audit_event, audit_seal


def trail_of(connection: Connection, subjects: Sequence[str], *, limit: int = 500) -> list[dict[str, Any]]:
    """What happened to these ids, oldest first."""
    found = select(audit_event).where(audit_event.c.subject.in_(list(subjects))).order_by(audit_event.c.id).limit(limit)
    return [
        {
            "id": row.id,
            "at": rfc3339(row.at),
            "type": row.type,
            "subject": row.subject,
            "actor": row.actor,
            "detail": from_json(row.detail),
            "sealed_in": row.sealed_in,
        }
        for row in connection.execute(found)
    ]


def count_trail(connection: Connection) -> tuple[int, int, int]:
    """How many events there are, how many of them are sealed, and how many seals."""
    events = connection.scalar(select(func.count()).select_from(audit_event)) or 0
    sealed = connection.scalar(select(func.count()).where(audit_event.c.sealed_in.is_not(None))) or 0
    seals = connection.scalar(select(func.count()).select_from(audit_seal)) or 0
    return events, sealed, seals
