"""What the buyer is told about a change that was asked for: accepted, accepted in part, or rejected; 865, 855 or ORDRSP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from hub.flow.answers import answer_drafts, origin_of, response_number
from hub.flow.hub import Hub
from hub.flow.issue import Draft
from hub.flow.orders.changed_lines import LineChange
from hub.flow.orders.changing import Changed
from hub.model import Note, Order, OrderChange, OrderResponse, OrderResponseLine, Reference, Requested, Schedule
from hub.store.documents import DocumentRow

ANSWERS = frozenset({"865", "855", "ORDRSP"})
EVENT = "changed"
"""What an agreement waits for that answers changes, whether they are accepted or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is said of a change. `order` and `changed` are None where the order is not known."""

    accepted: bool
    reason: str = ""
    order: Order | None = None
    changed: Changed | None = None


def change_drafts(row: DocumentRow, change: OrderChange, verdict: Verdict, hub: Hub) -> list[Draft]:
    """The answers that the agreements owe, written; none where nothing is agreed. An 865 goes before an 855.

    Raises `HeldForOperator` where an answer cannot be written.
    """
    agreed = {each.message for each in hub.site.triggered(row.partner, EVENT)}
    messages = ANSWERS - {"855"} if "865" in agreed else ANSWERS

    def write(today: dt.date) -> OrderResponse:
        return answer_to_change(row, change, verdict, today=today)

    return answer_drafts(origin_of(row), (EVENT,), write, hub, messages=messages)


def answer_to_change(row: DocumentRow, change: OrderChange, verdict: Verdict, *, today: dt.date) -> OrderResponse:
    """The canonical answer: every line of the change with its outcome, the buyer's ids and units letter for letter."""
    order = verdict.order
    lines = () if verdict.changed is None else tuple(_lines(verdict))
    reason = verdict.reason or None
    is_x12 = row.standard == "x12"
    return OrderResponse(
        number=response_number(row.id),
        order_number=change.order_number,
        order_issued_on=(order.issued_on if order is not None else None) or change.order_issued_on or change.issued_on,
        release=change.release,
        change_sequence=change.change_sequence,
        purpose="original",
        answers="order_change",
        issued_on=today,
        status=_status(verdict, lines),
        reason=None if is_x12 else reason,
        notes=(Note(type="general", text=reason),) if is_x12 and reason else (),
        currency=order.currency if order is not None else change.currency,
        buyer=order.buyer if order is not None else change.buyer,
        supplier=order.supplier if order is not None else change.supplier,
        ship_to=order.ship_to if order is not None else change.ship_to,
        references=tuple(_references(change)),
        lines=lines,
        echo=change.echo,
    )


def _status(verdict: Verdict, lines: tuple[OrderResponseLine, ...]) -> Literal["accepted", "changed", "rejected"]:
    if not verdict.accepted:
        return "rejected"
    return "changed" if any(each.status == "rejected" for each in lines) else "accepted"


def _lines(verdict: Verdict) -> Iterable[OrderResponseLine]:
    assert verdict.changed is not None
    asked = [each for each in verdict.changed.lines if each.asked is not None]
    for place, each in enumerate(asked, 1):
        yield _line(each, place, accepted=verdict.accepted and each.problem is None)


def _line(made: LineChange, place: int, *, accepted: bool) -> OrderResponseLine:
    asked = made.asked
    assert asked is not None
    shown = made.after or made.before or asked
    requested = asked.requested or Requested()
    only = asked.schedule[0] if len(asked.schedule) == 1 else Schedule()
    is_delivered = accepted and made.action != "cancel"
    return OrderResponseLine(
        number=str(place),
        order_line=made.line,
        action=made.action,
        action_code=asked.action_code,
        status="accepted" if accepted else "rejected",
        reason=None if made.problem is None else made.problem.message,
        quantity=shown.quantity if is_delivered else None,
        ordered_quantity=asked.quantity,
        quantity_left=asked.quantity_left,
        unit=asked.unit or shown.unit,
        price=asked.price if asked.price is not None else shown.price,
        price_base_quantity=shown.price_base_quantity,
        price_base_unit=shown.price_base_unit,
        item=asked.item or shown.item,
        delivery_on=requested.delivery_on or only.delivery_on if is_delivered else None,
        ship_on=requested.ship_on or only.ship_on if is_delivered else None,
        echo=asked.echo or shown.echo,
    )


def _references(change: OrderChange) -> Iterable[Reference]:
    """The change that is answered, where it has a number of its own beside the order's."""
    if change.number and change.number != change.order_number:
        yield Reference(type="purchase_order_revision", value=change.number, issued_on=change.issued_on)
