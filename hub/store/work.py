"""Work for people that no other row says by itself, and what people marked as handled.

A thing is open at most once per subject, kind and code. What other rows already say (a held document, a failed light) is listed from
them (`hub.store.work_list`); a row here of the same subject and kind stands in for it, open with more to say or handled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sqlalchemy import Connection, select, update

from hub.store.encoding import to_json
from hub.store.ids import IdMaker
from hub.store.return_tables import work_item
from hub.store.statements import insert_row

Told = Literal[
    "answer_differs",
    "business_failed",
    "contradiction",
    "objection",
    "receipt_difference",
    "rejected_untold",
    "syntax_errors",
    "syntax_failed",
]
"""What something that a person is told of by a row here may be."""
Shown = Literal[
    "business_overdue",
    "change_pending",
    "delivery_failed",
    "delivery_overdue",
    "document_held",
    "document_quarantined",
    "message_dead",
    "message_held",
    "message_quarantined",
    "order_held",
    "syntax_overdue",
]
"""What other rows say by themselves, apart from what is among `Told` too."""
KINDS: tuple[str, ...] = (*get_args(Told), *get_args(Shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something a person has to look at: about what, since which document, what is wrong and what to do."""

    kind: Told | Shown
    subject: str
    code: str
    message: str
    hint: str
    who: str = "operator"
    partner: str = ""
    order_id: str | None = None
    document_id: str | None = None
    test: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)


class Work:
    """The rows of `work_item`, inside one transaction."""

    def __init__(self, connection: Connection, ids: IdMaker, now: int) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now

    def open(self, task: Task) -> str | None:
        """Open an item; its id, or None where one of this subject, kind and code is open already."""
        same = (work_item.c.subject == task.subject, work_item.c.kind == task.kind, work_item.c.code == task.code)
        known = select(work_item.c.id).where(*same, work_item.c.handled_at.is_(None))
        if self._connection.scalar(known) is not None:
            return None
        item_id = self._ids.new("wrk")
        insert_row(self._connection, work_item, {"id": item_id, **_columns(task), "opened_at": self._now})
        return item_id

    def close(self, subject: str, kind: str, *, note: str) -> int:
        """The condition has passed: close what is open about it; how many."""
        mine = (work_item.c.subject == subject, work_item.c.kind == kind, work_item.c.handled_at.is_(None))
        values = {"handled_at": self._now, "handled_by": "hub", "note": note}
        return self._connection.execute(update(work_item).where(*mine), values).rowcount

    def handle(self, item_id: str, *, by: str, note: str) -> bool:
        """A person dealt with an item; False where it is not open."""
        mine = (work_item.c.id == item_id, work_item.c.handled_at.is_(None))
        values = {"handled_at": self._now, "handled_by": by, "note": note}
        return self._connection.execute(update(work_item).where(*mine), values).rowcount == 1

    def handle_shown(self, task: Task, *, since: int, by: str, note: str) -> str:
        """A person dealt with what another row says; it is shown again where it happens again. The new row's id."""
        item_id = self._ids.new("wrk")
        done = {"opened_at": since, "handled_at": self._now, "handled_by": by, "note": note}
        insert_row(self._connection, work_item, {"id": item_id, **_columns(task), **done})
        return item_id


def _columns(task: Task) -> dict[str, Any]:
    names = ("kind", "subject", "code", "message", "hint", "who", "partner", "order_id", "document_id", "test")
    return {name: getattr(task, name) for name in names} | {"detail": to_json(dict(task.detail))}
