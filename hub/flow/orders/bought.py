"""What a seller sends about an order of ours (855, 856, 810 and their sisters): it joins the chain of the order that we sent."""

from __future__ import annotations

from collections.abc import Iterable

from hub.errors import HeldForOperator
from hub.flow.hub import Hub
from hub.flow.match import shine
from hub.flow.orders.arrival import Arrival, is_known
from hub.flow.orders.despatch_fill import named_orders
from hub.flow.work import open_work
from hub.model import DespatchAdvice, Invoice, OrderResponse
from hub.store.documents import DocumentRow, Lamp
from hub.store.transaction import Transaction
from hub.store.work import Task

_LAMPS: dict[str | None, Lamp] = {"accepted": "ok", "changed": "ok", "rejected": "failed"}


def take_response(tx: Transaction, arrival: Arrival[OrderResponse], _hub: Hub) -> None:
    """Move the business light of the order, or of the change, that we sent; raises `HeldForOperator` BUS-310 where we sent none.

    A response that decides nothing yet leaves the light as it is. A seller's changes are accepted with a work item: somebody must
    see them.
    """
    row, answer = arrival.row, arrival.document
    sent = _asked(tx, row, answer)
    if sent is None:
        raise HeldForOperator(
            f"it answers order {answer.order_number}, which we did not send", "find the order, then replay", code="BUS-310"
        )
    if is_known(tx, arrival, answer.order_number, answer.change_sequence):
        return
    lamp = None if answer.detail_follows else _LAMPS.get(answer.status, "ok")
    said = f"{row.type}: {answer.status or 'answered'}" + (f", {answer.reason}" if answer.reason else "")
    if lamp is not None:
        shine(tx, sent, "business", lamp, said)
    tx.documents.settle(row.id, "done", answers=sent.id, order_id=sent.order_id, error=None)
    data = {"document_id": row.id, "kind": "order_response", "number": answer.number, "order_number": answer.order_number}
    tx.events.tell(
        "document.received", order=sent.order_id, message=row.message_id, test=row.test, data={**data, "status": answer.status}
    )
    if answer.status in {"changed", "rejected"}:
        _open(tx, row, sent, answer)


def take_goods(tx: Transaction, arrival: Arrival[DespatchAdvice], _hub: Hub) -> None:
    """A despatch advice for an order of ours; raises `HeldForOperator` BUS-337 where we sent none that it names."""
    advice = arrival.document
    named = [*named_orders(advice), *(each.value for each in advice.references if each.type == "order")]
    _join(tx, arrival, [each for each in named if each], "announces goods")


def take_bill(tx: Transaction, arrival: Arrival[Invoice], _hub: Hub) -> None:
    """An invoice for an order of ours; raises `HeldForOperator` BUS-337 where we sent none that it names."""
    bill = arrival.document
    named = [bill.order_number, *(each.value for each in bill.references if each.type == "order")]
    named += [line.order_number for line in bill.lines]
    _join(tx, arrival, [each for each in named if each], "is the bill")


def _join(
    tx: Transaction, arrival: Arrival[DespatchAdvice] | Arrival[Invoice], named: Iterable[str], what: str
) -> None:  # fmt: skip
    row, document = arrival.row, arrival.document
    numbers = list(dict.fromkeys(named))
    found = (tx.documents.numbered(each, partner=row.partner, kind="order", direction="out") for each in numbers)
    sent = next((each for each in found if each is not None), None)
    if sent is None:
        message = f"it {what} for order {', '.join(numbers[:3]) or 'without a number'}, which we did not send"
        raise HeldForOperator(message, "find the order, then replay; or discard it", code="BUS-337")
    if is_known(tx, arrival, *numbers):
        return
    tx.documents.settle(row.id, "done", answers=sent.id, order_id=sent.order_id, error=None)
    kind = str(document.__struct_config__.tag)
    data = {
        "document_id": row.id,
        "kind": kind,
        "number": document.number,
        "order_number": sent.number,
        "order_numbers": numbers,
    }
    tx.events.tell("document.received", order=sent.order_id, message=row.message_id, test=row.test, data=data)


def _asked(tx: Transaction, row: DocumentRow, answer: OrderResponse) -> DocumentRow | None:
    """The change that is answered, else the order: the newest of its number."""
    number = answer.order_number or ""
    revisions = [each.value for each in answer.references if each.type == "purchase_order_revision" and each.value]
    if answer.answers == "order_change" or revisions:
        for each in (*revisions, number):
            change = tx.documents.numbered(each, partner=row.partner, kind="order_change", direction="out")
            if change is not None:
                return change
    return tx.documents.numbered(number, partner=row.partner, kind="order", direction="out")


def _open(tx: Transaction, row: DocumentRow, sent: DocumentRow, answer: OrderResponse) -> None:
    lines = [
        {"line": each.order_line, "status": each.status, "reason": each.reason}
        for each in answer.lines
        if each.status not in {None, "accepted"}
    ]
    is_failed = answer.status == "rejected"
    open_work(
        tx,
        Task(
            kind="business_failed" if is_failed else "answer_differs",
            subject=sent.id,
            code="BUS-338" if is_failed else "BUS-339",
            message=f"{row.partner} {'rejects' if is_failed else 'changes'} our order {sent.number}"
            + (f": {answer.reason}" if answer.reason else ""),
            hint="order elsewhere or agree with the seller, then mark it as handled",
            partner=row.partner,
            order_id=sent.order_id,
            document_id=row.id,
            test=row.test,
            detail={"lines": lines},
        ),
    )
