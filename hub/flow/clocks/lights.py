"""Answers a partner owes us: receipts, functional acknowledgments, business answers. And ours to leave: acknowledgments.

At three quarters of its time a light that waits is warned about, once; at its deadline it turns to overdue, once. An answer that
comes later still turns it on, and its reason says how late.
"""

from __future__ import annotations

from hub.flow.clocks.deadlines import in_words
from hub.flow.hub import Hub
from hub.store.documents import DocumentRow, Light
from hub.store.instants import rfc3339
from hub.store.transaction import Transaction

BATCH = 200


def watch_lights(hub: Hub) -> int:
    """Warn of every light that is due soon and turn every one that is late; how many turned to overdue."""
    moved = 0
    while True:
        with hub.read() as view:
            if not view.documents.ticking(limit=1):
                return moved
        with hub.transaction() as tx:
            ticking = tx.documents.ticking(limit=BATCH)
            moved += sum(_tick(tx, row, light) for row, light in ticking)


def _tick(tx: Transaction, row: DocumentRow, light: Light) -> bool:
    """Warn or turn one light; whether it turned."""
    due: int | None = getattr(row, f"{light}_due")
    if due is not None and tx.now < due:
        if tx.documents.warned(row, light):
            _tell(tx, row, light, "document.due_soon", {"due_at": rfc3339(due), "left": in_words(due - tx.now)})
        return False
    reason = _REASONS[light] if row.kind != "acknowledgment" else "our acknowledgment did not leave in time"
    if not tx.documents.move(row, light, "overdue", reason):
        return False
    tx.audit.lit(row.id, light=light, state="overdue", reason=reason)
    _tell(tx, row, light, "document.overdue", {"due_at": rfc3339(due), "reason": reason})
    return True


_REASONS: dict[Light, str] = {
    "delivery": "no proof of delivery by the deadline of the agreement",
    "syntax": "no syntax answer by the deadline of the agreement",
    "business": "no business answer by the deadline of the agreement",
}


def _tell(tx: Transaction, row: DocumentRow, light: Light, event: str, more: dict[str, str | None]) -> None:
    data: dict[str, str | None] = {
        "document_id": row.id,
        "kind": row.kind,
        "type": row.type,
        "light": light,
        "number": row.number,
    }
    data |= {"partner": row.partner, "agreement": row.agreement, **more}
    tx.events.tell(event, order=row.order_id, message=row.message_id, test=row.test, data=data)
