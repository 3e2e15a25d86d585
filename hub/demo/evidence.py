"""What the retailer holds in its hands afterwards, compared with what it ordered. Nothing here asks the hub."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from hub.errors import HubError
from hub.flow.hub import Hub
from hub.model import (
    Acknowledgment,
    DespatchAdvice,
    Invoice,
    Order,
    OrderLine,
    OrderResponse,
    OrderResponseLine,
    decode_document,
)
from hub.store.documents import DocumentRow
from hub.store.message_items import MessageFilter, list_messages

Kind = TypeVar("Kind", Acknowledgment, OrderResponse, DespatchAdvice, Invoice)


class DidNotHold(HubError):
    """A step of the demo did not come out as it should."""

    code = "HUB-540"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One document that came back, with the message it came in."""

    row: DocumentRow
    raw: bytes


def received(retailer: Hub, message: str, *, answers: DocumentRow, number: str = "") -> Received | None:
    """The document of this type (and number) that answers what was sent, or None while it has not come. Raises `DidNotHold` if it is held."""
    with retailer.read() as view:
        page = list_messages(view.connection, MessageFilter(direction="in", message=message), limit=50)
        for item in page.items:
            if item["type"] is None:
                continue
            row = view.documents.get(item["id"])
            if number and row.number != number:
                continue
            if row.state == "held" and row.error:
                raise DidNotHold(f"the {message} is held: {row.error['message']}", str(row.error.get("hint", "")))
            if row.answers == answers.id and row.state == "done":
                return Received(row=row, raw=view.payload(row.message_id))
    return None


def check_acknowledgment(found: Received, sent: DocumentRow, *, code: str) -> str:
    """Hold a 997 or CONTRL against what was sent; what it says in a few words. Raises `DidNotHold`."""
    answer = document_of(found, Acknowledgment)
    spoken = [(group, each) for group in answer.groups for each in group.messages if each.control_number == sent.control_number]
    if not spoken:
        raise DidNotHold(
            f"the {answer.kind} does not speak of message {sent.control_number}", "this is our bug; please report it"
        )
    group, verdict = spoken[0]
    same("its verdict", "accepted", verdict.verdict)
    same("its code", code, verdict.code)
    if answer.kind == "997":
        same("the group it answers", sent.group_number, group.control_number)
    else:
        same("the interchange it answers", sent.interchange_number, answer.interchange)
    return f"{sent.type} {sent.control_number} is accepted"


def check_response(found: Received, order: Order) -> str:
    """Hold an 855 or ORDRSP against the order, line by line; what it says in a few words. Raises `DidNotHold`."""
    response = document_of(found, OrderResponse)
    same("the order it answers", order.number, response.order_number)
    same("what it says of the order", "accepted", response.status)
    answered = {line.order_line: line for line in response.lines}
    same("the lines it answers", [line.number for line in order.lines], list(answered))
    for line in order.lines:
        _check_line(line, answered[line.number])
    return f"all {len(order.lines)} lines accepted as ordered"


def check_lights(sent: DocumentRow) -> str:
    """All three lights of what was sent must burn. Raises `DidNotHold`."""
    for light in ("delivery", "syntax", "business"):
        same(f"the {light} light of the {sent.type}", "ok", getattr(sent, light))
    return "delivery, syntax, business: ok, ok, ok"


def _check_line(ordered: OrderLine, answered: OrderResponseLine) -> None:
    name = f"line {ordered.number}"
    same(f"{name}: what becomes of it", "accepted", answered.status)
    same(f"{name}: quantity", ordered.quantity, answered.quantity)
    same(f"{name}: unit", ordered.unit, answered.unit)
    if answered.price is not None:
        same(f"{name}: price", ordered.price, answered.price)
    same(f"{name}: item ids", _ids(ordered), _ids(answered))


def _ids(line: OrderLine | OrderResponseLine) -> set[tuple[str, str]]:
    item = line.item
    return set() if item is None else {(each.scheme, each.value) for each in item.ids}


def document_of(found: Received, kind: type[Kind]) -> Kind:
    """What came back, as the canonical document it should be; raises `DidNotHold`."""
    document = decode_document(found.row.canonical or b"")
    if not isinstance(document, kind):
        raise DidNotHold(f"the {found.row.type} was read as something else", "this is our bug; please report it")
    return document


def same(what: str, wanted: object, found: object) -> None:
    """Raise `DidNotHold` with both values where they differ; decimals are compared as numbers."""
    if isinstance(wanted, Decimal) and isinstance(found, Decimal) and wanted == found:
        return
    if wanted != found:
        raise DidNotHold(f"{what} should be {wanted} and is {found}", "this is our bug; please report it")
