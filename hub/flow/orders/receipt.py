"""What a buyer received of what we sent (861, RECADV): counts per line, the light of the despatch advice, differences for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hub.errors import HeldForOperator, Refused
from hub.flow.hub import Hub
from hub.flow.match import shine
from hub.flow.orders import matrix as counts
from hub.flow.orders.arrival import Arrival, is_known
from hub.flow.orders.life import event_of
from hub.flow.orders.matrix import Matrix, count, plain
from hub.flow.orders.received import Sent, difference, sent_of
from hub.flow.orders.subjects import Subject, subject_of
from hub.flow.orders.units import converted
from hub.flow.statuses import status_table
from hub.flow.work import open_work
from hub.model import OrderLine, ReceivingAdvice, ReceivingLine
from hub.store.documents import DocumentRow
from hub.store.orders import STATUSES, OrderRow
from hub.store.transaction import Transaction
from hub.store.work import Task

ZERO = Decimal(0)
_TAKEN = frozenset({None, "original", "replace", "confirmation"})


@dataclass(slots=True, kw_only=True)
class Counted:
    """What an advice says of one order: quantities by line, and the differences in words."""

    subject: Subject
    received: dict[str, Decimal] = field(default_factory=dict)
    returned: dict[str, Decimal] = field(default_factory=dict)
    differences: list[dict[str, Any]] = field(default_factory=list)


def take_receipt(tx: Transaction, arrival: Arrival[ReceivingAdvice], hub: Hub) -> None:
    """Count what arrived; raises `HeldForOperator` BUS-330 for a correction, BUS-331 where nothing it names is ours."""
    row, advice = arrival.row, arrival.document
    if advice.purpose in {"duplicate", "copy"}:
        tx.documents.settle(row.id, "done", error=None)
        return
    if is_known(tx, arrival, advice.despatch_number):
        return
    _demand_first(tx, row, advice)
    despatch = _despatch_of(tx, row, advice)
    counted = _counted(tx, row, advice, despatch)
    differences = [each for one in counted.values() for each in one.differences]
    for each in counted.values():
        _write(tx, row, advice, each, hub)
    orders = [each.subject.row for each in counted.values()]
    answers = None if despatch is None else despatch.row.id
    tx.documents.settle(row.id, "done", order_id=orders[0].id, answers=answers, error=None)
    tx.units.link(row.id, [each.id for each in orders[1:]])
    if despatch is not None:
        _light(tx, row, despatch, counted, differences)
    if differences:
        _open(tx, row, advice, orders, differences)


def _demand_first(tx: Transaction, row: DocumentRow, advice: ReceivingAdvice) -> None:
    """What corrects or withdraws an advice that was counted is for a person: the counts stand."""
    before = tx.documents.numbered(
        advice.number or "", partner=row.partner, kind="receiving_advice", direction="in", but=row.id
    )
    is_counted = before is not None and before.state == "done"
    if advice.purpose not in _TAKEN or is_counted:
        what = f"corrects receiving advice {advice.number}" if is_counted else f"is a {advice.purpose} of a receiving advice"
        hint = "compare the two; what differs is set with a return or a credit note, then discard it"
        raise HeldForOperator(f"it {what}, which was counted already", hint, code="BUS-330")


def _despatch_of(tx: Transaction, row: DocumentRow, advice: ReceivingAdvice) -> Sent | None:
    """The despatch advice that is answered: by its number, else the only one of the order that still waits."""
    numbers = [advice.despatch_number, *(line.despatch_number for line in advice.lines)]
    for number in dict.fromkeys(each for each in numbers if each):
        found = tx.documents.numbered(number, partner=row.partner, kind="despatch_advice", direction="out")
        if found is not None:
            return sent_of(found)
    for number in advice.order_numbers:
        order = tx.orders.numbered(number, row.partner)
        sent = [] if order is None else [each for each in tx.documents.of_order(order.id) if _is_open_despatch(each)]
        if len(sent) == 1:
            return sent_of(sent[0])
    return None


def _is_open_despatch(each: DocumentRow) -> bool:
    return each.kind == "despatch_advice" and each.direction == "out" and each.business not in {"ok", "failed"}


def _counted(tx: Transaction, row: DocumentRow, advice: ReceivingAdvice, despatch: Sent | None) -> dict[str, Counted]:
    """By order id; raises `HeldForOperator` where no order of ours is meant."""
    found: dict[str, Counted] = {}
    sole = advice.order_numbers[0] if len(set(advice.order_numbers)) == 1 else None
    for line in advice.lines:
        order = _order_of(tx, row, line.order_number or sole, despatch)
        if order is None:
            named = line.order_number or sole or advice.despatch_number or "nothing"
            hint = "find the order, then replay"
            raise HeldForOperator(f"it says what was received of {named}, which we do not have", hint, code="BUS-331")
        if order.id not in found:
            found[order.id] = Counted(subject=subject_of(tx, order))
        _count(found[order.id], line, despatch)
    if not found:
        raise HeldForOperator("it names no line that was received", "ask the buyer, then discard it", code="BUS-331")
    for each in found.values():
        each.differences += _beyond(each)
    return found


def _beyond(counted: Counted) -> list[dict[str, Any]]:
    """The lines of which more has been received by now than ever left, where nothing was said of them yet."""
    said = {each["line"] for each in counted.differences}
    found = []
    for name, quantity in counted.received.items():
        row = counts.row_of(counted.subject.row.matrix, name)
        shipped, received = count(row, "shipped"), count(row, "received") + quantity
        if received > shipped and name not in said:
            over = plain(received - shipped)
            text = f"line {name}: received {plain(received)} in all, shipped {plain(shipped)}, {over} over"
            found.append({"line": name, "text": text, "shipped": plain(shipped), "received": plain(received), "over": over})
    return found


def _order_of(tx: Transaction, row: DocumentRow, number: str | None, despatch: Sent | None) -> OrderRow | None:
    if number:
        order = tx.orders.numbered(number, row.partner)
    elif despatch is not None and despatch.row.order_id is not None:
        order = tx.orders.get(despatch.row.order_id)
    else:
        return None
    return order if order is not None and order.test == row.test else None


def _count(into: Counted, line: ReceivingLine, despatch: Sent | None) -> None:
    subject, what = into.subject, f"line {line.number or line.order_line or '?'}"
    try:
        name, ordered = _line_of(subject, line, what)
        quantity, returned = (_in_unit(each, line, ordered, what) for each in (line.quantity, line.returned))
    except Refused as refused:
        error = {"line": line.order_line or line.number, "text": refused.message, "code": refused.code}
        into.differences.append(error)
        return
    into.received[name] = into.received.get(name, ZERO) + max(ZERO, quantity)
    back = _returnable(into, name, returned)
    if back:
        into.returned[name] = into.returned.get(name, ZERO) + back
    found = difference(line, name, quantity, despatch, subject)
    if found is not None:
        into.differences.append(found)
    if returned > back:
        text = f"line {name}: {plain(returned)} are said to come back, more than was shipped"
        into.differences.append({"line": name, "text": text, "code": "BUS-333"})


def _line_of(subject: Subject, line: ReceivingLine, what: str) -> tuple[str, OrderLine]:
    """The line by its id, else by its item: a receiving advice may number its lines anew."""
    try:
        return subject.line(line.order_line, line.item, what)
    except Refused:
        if line.order_line is None or line.item is None:
            raise
        return subject.line(None, line.item, what)


def _in_unit(quantity: Decimal | None, line: ReceivingLine, ordered: OrderLine, what: str) -> Decimal:
    if quantity is None:
        return ZERO
    if line.unit is None or ordered.unit is None:
        return quantity
    found = converted(quantity, line.unit, ordered.unit, ordered)
    if found is None:
        message = f"{what}: received in {line.unit}, ordered in {ordered.unit}"
        raise Refused(message, "ask the buyer how many that is", code="BUS-332")
    return found


def _returnable(into: Counted, name: str, returned: Decimal) -> Decimal:
    row = counts.row_of(into.subject.row.matrix, name)
    left = count(row, "shipped") - count(row, "returned") - into.returned.get(name, ZERO)
    return max(ZERO, min(returned, left))


def _write(tx: Transaction, row: DocumentRow, advice: ReceivingAdvice, counted: Counted, hub: Hub) -> None:
    """The order after an advice: counts, and its status where the table allows the step."""
    order = tx.orders.with_key(counted.subject.row.order_key) or counted.subject.row
    matrix = counts.add(counts.add(order.matrix, "received", counted.received), "returned", counted.returned)
    lines = {name: plain(quantity) for name, quantity in counted.received.items()}
    tx.audit.counted(order.id, document=row.id, what="received", lines=lines)
    data: dict[str, Any] = {"number": order.number, "partner": order.partner, "document_id": row.id, "received": lines}
    data |= {"returned": {name: plain(quantity) for name, quantity in counted.returned.items()}}
    data |= {"differences": counted.differences}
    tx.events.tell("order.goods_received", order=order.id, message=row.message_id, test=row.test, data=data)
    before, after = STATUSES[order.status], _status_after(matrix, counted)
    if after and status_table(hub).answer(before, after) == "allowed":
        reason = f"receiving advice {advice.number}"
        tx.orders.move(order, STATUSES.index(after), actor=row.partner, reason=reason, matrix=matrix)
        code = STATUSES.index(after)
        tx.audit.status_changed(order.id, actor=row.partner, before=order.status, after=code, reason=reason)
        moved = {"number": order.number, "partner": order.partner, "reason": reason, "from": before, "to": after}
        tx.events.tell(event_of(after), order=order.id, message=row.message_id, test=row.test, data=moved)
        return
    tx.orders.set(order, matrix=matrix)


def _status_after(matrix: Matrix, counted: Counted) -> str:
    """Delivered once everything confirmed has left and is there; a return that is announced waits for a decision."""
    if counted.returned:
        return "return_pending"
    is_there = all(count(row, "received") >= count(row, "shipped") for row in matrix)
    return "delivered" if is_there and counts.is_all_shipped(matrix) and not counted.differences else ""


def _light(
    tx: Transaction, row: DocumentRow, despatch: Sent, counted: dict[str, Counted], differences: Sequence[dict[str, Any]]
) -> None:  # fmt: skip
    """The despatch advice's business light: ok once every line of it is there, failed where something differs."""
    if differences:
        more = f" and {len(differences) - 1} more" if len(differences) > 1 else ""
        shine(tx, despatch.row, "business", "failed", f"{row.type}: {differences[0]['text']}{more}")
        return
    by_number = {each.subject.number: each.received for each in counted.values()}
    if all(line in by_number.get(order, {}) for order, line in despatch.lines(next(iter(by_number)))):
        shine(tx, despatch.row, "business", "ok", f"{row.type}: received in full")


def _open(
    tx: Transaction,
    row: DocumentRow,
    advice: ReceivingAdvice,
    orders: Sequence[OrderRow],
    differences: Sequence[dict[str, Any]],
) -> None:
    shown = "; ".join(str(each["text"]) for each in differences[:3])
    open_work(
        tx,
        Task(
            kind="receipt_difference",
            subject=row.id,
            code="BUS-334",
            message=f"receiving advice {advice.number} of order {orders[0].number}: {shown}",
            hint="agree with the buyer: send what is short, take back what is over, or credit it; then mark it as handled",
            partner=row.partner,
            order_id=orders[0].id,
            document_id=row.id,
            test=row.test,
            detail={"differences": list(differences)},
        ),
    )
