"""Deadlines that pass: an answer that should be here turns its light to overdue, once, with an alert."""

from __future__ import annotations

from hub.flow.hub import Hub


def watch_deadlines(hub: Hub) -> int:
    """Mark every answer whose deadline has passed; how many lights moved. A late answer still turns the light on."""
    with hub.read() as view:
        is_late = bool(view.documents.overdue(limit=1))
    if not is_late:
        return 0
    moved = 0
    with hub.transaction() as tx:
        for row, light in tx.documents.overdue():
            reason = f"no {light} answer by the deadline of the agreement"
            if tx.documents.move(row, light, "overdue", reason):
                moved += 1
                tx.audit.lit(row.id, light=light, state="overdue", reason=reason)
                data = {"document_id": row.id, "light": light, "number": row.number, "partner": row.partner}
                tx.events.tell("document.overdue", order=row.order_id, message=row.message_id, test=row.test, data=data)
    return moved
