"""What we owe on an order: a response, the goods, the invoice, each by its deadline.

A deadline runs from the arrival of the document that asks, for the despatch from the requested ship date where there is one. It is
looked at when it comes to its warning or its end and whenever its order changed, so that whatever fulfils it does: a document
that leaves, or counts in the line matrix that the ERP told us.
"""

from __future__ import annotations

from datetime import timedelta

from hub.flow.clocks.calendar import clock_time, local_instant
from hub.flow.clocks.deadlines import calendar_of, deadline, in_words
from hub.flow.hub import Hub
from hub.flow.orders import matrix
from hub.model import OrderResponse, decode_document
from hub.model.common import Requested
from hub.routing.options import Due
from hub.store.deadlines import DeadlineRow, Duty
from hub.store.documents import DocumentRow
from hub.store.instants import rfc3339, to_micros
from hub.store.orders import CANCELLED
from hub.store.transaction import Transaction

_OVER = frozenset({CANCELLED, 10})
"""Statuses in which nothing is owed any more: cancelled, failed."""
_DELIVERED = frozenset({4, 5, 14})
"""Statuses that say the goods have left: shipping, delivered, paid."""


def start_deadlines(tx: Transaction, order_id: str, row: DocumentRow, requested: Requested | None, hub: Hub) -> None:
    """Let what the agreement of a document says run for its order: an order, or a change that asks anew.

    What an earlier document of the order set no longer runs; `requested` are the dates of the order as it is now.
    """
    agreement = hub.site.agreements.get(row.agreement)
    due = Due() if agreement is None else agreement.due
    spans: dict[Duty, timedelta | None] = {"response": due.response, "despatch": due.despatch, "invoice": due.invoice}
    if not any(span is not None for span in spans.values()):
        return
    tx.deadlines.void(order_id, but=row.id)
    arrived = tx.messages.get(row.message_id).created_at
    for kind, span in spans.items():
        if span is not None:
            start = max(arrived, _ship_instant(requested, row.partner, hub)) if kind == "despatch" else arrived
            ends = deadline(start, span, row.partner, hub)
            tx.deadlines.start(
                kind,
                # what leaves before the requested day fulfils it as well
                start_at=arrived,
                warn_at=ends.warn,
                due_at=ends.due,
                order_id=order_id,
                document_id=row.id,
                partner=row.partner,
                test=row.test,
            )


def watch_own_deadlines(hub: Hub) -> int:
    """Warn of, mark and close what we owe; how much became overdue."""
    with hub.read() as view:
        rows = list(view.deadlines.to_look_at())
    overdue = 0
    for start in range(0, len(rows), 100):
        with hub.transaction() as tx:
            overdue += sum(_look(tx, row) for row in rows[start : start + 100])
    return overdue


def _look(tx: Transaction, row: DeadlineRow) -> bool:
    """Decide about one deadline; whether it became overdue."""
    if row.status in _OVER:
        tx.deadlines.move(row, "void")
        return False
    met_at = _met_at(tx, row)
    if met_at is not None:
        _close(tx, row, met_at)
        return False
    data = {"number": row.number, "partner": row.partner, "due_at": rfc3339(row.due_at), "document_id": row.document_id}
    if row.state != "overdue" and row.due_at <= tx.now:
        if tx.deadlines.move(row, "overdue"):
            tx.audit.order_overdue(row.order_id, duty=row.kind, due_at=row.due_at)
            tx.events.tell(f"order.{row.kind}_overdue", order=row.order_id, test=row.test, data=data)
            return True
    elif row.state == "running" and row.next_at <= tx.now:
        if tx.deadlines.move(row, "due_soon"):
            left = {"left": in_words(row.due_at - tx.now)}
            tx.events.tell(f"order.{row.kind}_due_soon", order=row.order_id, test=row.test, data=data | left)
    else:
        tx.deadlines.looked_at(row)
    return False


def _close(tx: Transaction, row: DeadlineRow, met_at: int) -> None:
    is_late = met_at > row.due_at
    if tx.deadlines.move(row, "late" if is_late else "met") and is_late:
        late = {"due_at": rfc3339(row.due_at), "late_by": in_words(met_at - row.due_at)}
        data = {"number": row.number, "partner": row.partner, "document_id": row.document_id, **late}
        tx.events.tell(f"order.{row.kind}_late", order=row.order_id, test=row.test, data=data)


def _met_at(tx: Transaction, row: DeadlineRow) -> int | None:
    """When the duty was fulfilled; None where it is not."""
    written = tx.deadlines.fulfilled_by(row)
    if row.kind == "response":
        return next((at for at, canonical in written if _decides(canonical)), None)
    left = matrix.to_ship if row.kind == "despatch" else matrix.to_invoice
    done = "shipped" if row.kind == "despatch" else "invoiced"
    is_begun = any(matrix.count(each, done) for each in row.matrix)  # type: ignore[arg-type]  # both are columns
    is_done = is_begun and not any(left(each) for each in row.matrix)
    if row.kind == "despatch":
        is_done = is_done or (row.status in _DELIVERED and not is_begun)
    if not is_done:
        return None
    return written[-1][0] if written else row.updated_at


def _decides(canonical: bytes) -> bool:
    """Whether a response says anything yet: one that only confirms the receipt does not."""
    if not canonical:
        return True
    response = decode_document(canonical)
    return not (isinstance(response, OrderResponse) and response.detail_follows)


def _ship_instant(requested: Requested | None, partner: str, hub: Hub) -> int:
    """The beginning of the requested ship date where the partner is, in microseconds; 0 where it asked for none."""
    day = None if requested is None else requested.ship_on or requested.ship_not_after
    if requested is None or day is None:
        return 0
    said = requested.ship_time if requested.ship_on is not None else requested.ship_not_after_time
    clock = clock_time(said[:5]) if said and len(said) >= 5 else timedelta(0)
    _, zone = calendar_of(partner, hub)
    return to_micros(local_instant(day, clock, zone))
