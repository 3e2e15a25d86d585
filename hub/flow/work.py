"""Work for people: opened where something needs one, handled by one, gone by itself where the condition passes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub.errors import Refused
from hub.store.instants import to_micros
from hub.store.transaction import Transaction
from hub.store.work import Task
from hub.store.work_list import get_work


def open_work(tx: Transaction, task: Task) -> None:
    """Open a work item and tell it; one that is open already is not told again."""
    item_id = tx.work.open(task)
    if item_id is None:
        return
    tx.audit.work_opened(task.subject, kind=task.kind, code=task.code, message=task.message)
    data = {"work_id": item_id, "kind": task.kind, "code": task.code, "message": task.message, "subject": task.subject}
    tx.events.tell("work.opened", order=task.order_id, test=task.test, data=data)


def handle_work(tx: Transaction, item_id: str, *, actor: str, reason: str) -> dict[str, Any]:
    """Mark an item as handled, with who and why; the item as it is then.

    What other rows say (a held document, a failed light) is listed again once it happens again. Raises `NotFound`, `Refused` BUS-344
    for what was handled before, BUS-343 where no reason is given.
    """
    if not reason.strip():
        raise Refused("no reason is given", "say what was done about it", code="BUS-343")
    item = get_work(tx.connection, item_id)
    if item["handled_at"] is not None:
        raise Refused(
            f"it was handled by {item['handled_by']} at {item['handled_at']}", "nothing is left to do", code="BUS-344"
        )
    if item["id"].startswith("wrk_"):
        tx.work.handle(item_id, by=actor, note=reason)
        done = item_id
    else:
        names = ("kind", "subject", "code", "message", "hint", "who", "order_id", "document_id", "test")
        task = Task(**{name: item[name] for name in names}, partner=item["partner"] or "")
        done = tx.work.handle_shown(task, since=to_micros(datetime.fromisoformat(item["opened_at"])), by=actor, note=reason)
    tx.audit.work_handled(item["subject"], kind=item["kind"], actor=actor, reason=reason)
    data = {"work_id": item_id, "kind": item["kind"], "code": item["code"], "subject": item["subject"]}
    data |= {"actor": actor, "reason": reason}
    tx.events.tell("work.handled", order=item["order_id"], test=item["test"], data=data)
    return get_work(tx.connection, done)
