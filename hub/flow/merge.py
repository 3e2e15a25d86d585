"""An order that arrived, merged into the orders we have: new, repeated, copied, replaced or cancelled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from hub.errors import HeldForOperator
from hub.flow.clocks.own import start_deadlines
from hub.flow.hub import Hub
from hub.flow.orders.begin import Arrived, begin
from hub.flow.orders.change import Asking, plan_change
from hub.flow.orders.change_effects import take_change
from hub.flow.orders.changing import as_change
from hub.flow.orders.guards import twin_of
from hub.flow.orders.judge import Judgement
from hub.model import Order
from hub.model.order import OrderPurpose
from hub.routing.options import Duplicates
from hub.store.documents import DocumentRow
from hub.store.encoding import to_json
from hub.store.orders import OrderRow
from hub.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An order on its way in: the stored document it came in, its content's hash, and what was judged of it.

    `is_automatic`: the agreement leaves to us what harms nobody. `said` are the columns of the document that tell what was read.
    """

    row: DocumentRow
    order: Order
    content_sha256: str
    channel: str
    duplicates: Duplicates
    judgement: Judgement
    is_automatic: bool = False
    said: dict[str, Any] = field(default_factory=dict)


def merge_order(tx: Transaction, incoming: Incoming, hub: Hub) -> None:
    """Give an order its place among the orders; raises `HeldForOperator` with a BUS code when a person must decide."""
    order, row = incoming.order, incoming.row
    if not order.number:
        raise HeldForOperator("the order has no number", "ask the buyer, or complete it by hand", code="BUS-301")
    if order.purpose in {"duplicate", "copy"}:
        _copy(tx, incoming)
        return
    if order.purpose == "cancellation":
        _change(tx, incoming, "cancellation", hub)
        return
    key = business_key(incoming)
    first = tx.documents.with_business_key(key, but=row.id)
    if first is not None and _is_repetition(tx, incoming, first):
        return
    incoming.said.update(business_key=key, content_sha256=incoming.content_sha256)
    if _present(tx, incoming) is not None:
        _change(tx, incoming, "replace", hub)
        return
    _create(tx, incoming, hub)


def business_key(incoming: Incoming) -> str:
    """Partner, type, number, release, date and function: two documents with the same key claim to be the same."""
    return _business_key(incoming.order, incoming.row)


def look_ahead(tx: Transaction, row: DocumentRow, order: Order) -> None:
    """Lock what `is_new` locks, and have at hand what it and the making of a new order ask for."""
    tx.documents.ahead_of_business_key(_business_key(order, row), but=row.id)
    tx.orders.ahead_of(order_key(order, row.partner, test=row.test), order.number or "", row.partner)


def is_new(tx: Transaction, row: DocumentRow, order: Order) -> bool:
    """Whether we have no such order; what `merge_order` locks is locked from here on, before any control number is taken."""
    tx.documents.lock_business_key(_business_key(order, row))
    return tx.orders.with_key(order_key(order, row.partner, test=row.test)) is None


def _business_key(order: Order, row: DocumentRow) -> str:
    issued = None if order.issued_on is None else order.issued_on.isoformat()
    return to_json([row.partner, row.kind or "order", row.test, order.number, order.release, issued, order.purpose_code])


def order_key(order: Order, partner: str, *, test: bool, channel: str = "edi") -> str:
    """What makes an order the same order: whose it is, its number, release and date; test apart from production."""
    issued = None if order.issued_on is None else order.issued_on.isoformat()
    return to_json([channel, partner, test, order.number, order.release, issued])


def _create(tx: Transaction, incoming: Incoming, hub: Hub) -> None:
    order, row, judgement = incoming.order, incoming.row, incoming.judgement
    if judgement.is_decided and (twin := twin_of(tx, order, row.partner, test=row.test)) is not None:
        judgement = judgement.stopped(order, twin)
    order_id = tx.orders.add(
        actor="hub",
        reason=judgement.reason,
        matrix=judgement.matrix,
        held=judgement.held,
        order_key=order_key(order, row.partner, test=row.test),
        number=order.number,
        channel=incoming.channel,
        partner=row.partner,
        agreement=row.agreement,
        test=row.test,
        status=judgement.code,
        canonical=incoming.said["canonical"],
        source_document=row.id,
        **judgement.approval.values(),
    )
    tx.documents.settle(row.id, "done", order_id=order_id, error=None, **incoming.said)
    start_deadlines(tx, order_id, row, order.requested, hub)
    data = {"number": order.number, "partner": row.partner, "document_id": row.id}
    terms = hub.site.agreements.get(row.agreement)
    arrived = Arrived(order_id=order_id, message_id=row.message_id, test=row.test, data=data, terms=terms, source=row)
    begin(tx, arrived, judgement, hub)


def _is_repetition(tx: Transaction, incoming: Incoming, first: DocumentRow) -> bool:
    """Whether the document is answered as a repetition of `first`; False where the agreement wants it processed as a change."""
    row, policy = incoming.row, incoming.duplicates.business
    is_same = tx.documents.content_of(first.id) == incoming.content_sha256
    if is_same and policy != "hold":
        tx.documents.settle(row.id, "duplicate", duplicate_of=first.id, order_id=first.order_id, error=None, **incoming.said)
        tx.audit.duplicated(row.id, of=first.id, level="business")
        data = {"document_id": row.id, "duplicate_of": first.id, "number": incoming.order.number}
        tx.events.tell("document.duplicate", order=first.order_id, message=row.message_id, test=row.test, data=data)
        if policy == "answer":
            _answer_again(tx, first)
        return True
    if policy == "accept":
        return False
    said = "the same content" if is_same else "other content"
    raise HeldForOperator(
        f"order {incoming.order.number} was received before, with {said}",
        "discard it, or replay after setting `duplicates: {business: answer}` (same content) or `accept` (a new version)",
        code="BUS-302" if is_same else "BUS-303",
        detail={"first": first.id},
    )


def _answer_again(tx: Transaction, first: DocumentRow) -> None:
    """Send the stored response to the first document once more, the same bytes under the same numbers."""
    if first.order_id is None:
        return
    for each in tx.documents.of_order(first.order_id):
        if each.direction == "out" and each.answers == first.id and not tx.jobs.is_pending(each.message_id):
            message = tx.messages.get(each.message_id)
            tx.jobs.add("deliver", "deliver", message.id, resource=message.connection)


def _copy(tx: Transaction, incoming: Incoming) -> None:
    row = incoming.row
    original = tx.orders.numbered(incoming.order.number or "", row.partner)
    order_id = None if original is None else original.id
    tx.documents.settle(row.id, "done", order_id=order_id, error=None, **incoming.said)
    data = {"document_id": row.id, "number": incoming.order.number, "purpose": incoming.order.purpose}
    tx.events.tell("document.copy_received", order=order_id, message=row.message_id, test=row.test, data=data)


def _change(tx: Transaction, incoming: Incoming, purpose: OrderPurpose, hub: Hub) -> None:
    """What came as an order and cancels or replaces one we have: a change of it, by the rules for changes."""
    change = msgspec.structs.replace(as_change(incoming.order), purpose=purpose)
    asking = Asking(
        row=incoming.row,
        change=change,
        content_sha256=incoming.content_sha256,
        duplicates=incoming.duplicates,
        is_automatic=incoming.is_automatic,
        as_order=True,
        said=incoming.said,
    )
    take_change(tx, asking, plan_change(tx, asking, hub), hub)


def _present(tx: Transaction, incoming: Incoming) -> OrderRow | None:
    """The order that is meant: of the same number, release and date; a replacement may have a date of its own."""
    order, row = incoming.order, incoming.row
    present = tx.orders.with_key(order_key(order, row.partner, test=row.test))
    if present is None and order.purpose == "replace":
        named = tx.orders.numbered(order.number or "", row.partner)
        return named if named is not None and named.test == row.test else None
    return present
