"""The answer an order gets when its status says something to the buyer: outcomes, line matrix and response, from one decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hub.errors import Refused
from hub.flow.answer import response_to
from hub.flow.answers import Origin, answer_drafts, origin_of, response_number
from hub.flow.hub import Hub
from hub.flow.issue import Draft
from hub.flow.orders.given import Given
from hub.flow.orders.life import Said
from hub.flow.orders.matrix import Matrix
from hub.flow.orders.outcomes import Outcomes, outcomes_of
from hub.model import Order, OrderResponse, decode_document
from hub.store.documents import DocumentRow
from hub.store.orders import OrderRow
from hub.store.transaction import Transaction

HEADER = (
    "number", "issued_on", "issued_time", "reason", "notes", "dates", "requested", "delivery_terms", "ship_from", "parties",
    "allowances_charges", "totals",
)  # fmt: skip
"""What a response that was given may say for itself; everything else repeats the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What follows from it: the new matrix (None: as it is), the outcomes as the event tells them, the drafts to send."""

    matrix: Matrix | None = None
    told: list[dict[str, Any]] = field(default_factory=list)
    drafts: Sequence[Draft] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What was before: the document the order came in, how many responses to it were written, and how many of them decided."""

    source: DocumentRow | None
    responses: int
    decisions: int


def before_of(view: Transaction, row: OrderRow) -> Before:
    """Look it up."""
    source = view.documents.get(row.source_document) if row.source_document else None
    responses, decisions = view.documents.responses_to(row.id)
    return Before(source=source, responses=responses, decisions=decisions)


def speak(row: OrderRow, said: Said, given: Given, *, before: Before, reason: str, hub: Hub) -> Spoken:
    """Work out what an order's new status means for its lines and what the partner is told.

    An order confirmed again as it stands is not answered again. Raises `Refused` BUS-356 and BUS-357, and `HeldForOperator` where
    the response cannot be written.
    """
    order = document_of(row)
    outcomes = outcomes_of(order, row.matrix, given.lines, said.usual)
    _demand_sense(row, said, outcomes, given)
    matrix = outcomes.apply(row.matrix)
    is_news = matrix != row.matrix or said.usual != "accepted" or bool(given.lines) or not before.decisions
    origin = Origin(partner=row.partner) if before.source is None else origin_of(before.source)
    drafts: list[Draft] = []
    if is_news:
        number = response_number(row.source_document or row.id, before.responses)
        # Why an order is confirmed is for our own history; why it is not, the buyer is told.
        why = reason if reason and said.usual != "accepted" else None

        def write(today: Any) -> OrderResponse:
            answer = response_to(order, outcomes, number=number, today=today, reason=why, replaces=bool(before.decisions))
            return _as_given(answer, given.response)

        drafts = answer_drafts(origin, said.events, write, hub)
    return Spoken(matrix=matrix, told=outcomes.told() if given.lines else [], drafts=drafts)


def document_of(row: OrderRow) -> Order:
    """The order as it stands now."""
    document = decode_document(row.canonical)
    assert isinstance(document, Order)
    return document


def _demand_sense(row: OrderRow, said: Said, outcomes: Outcomes, given: Given) -> None:
    """A confirmation promises something, and a response that was given says what its lines say."""
    if said.usual == "accepted" and given.lines and not outcomes.promises_anything:
        waits = any(each.status == "backordered" for each in outcomes.lines)
        hint = f"{'backorder' if waits else 'cancel'} the order instead"
        raise Refused(f"order {row.number}: no line would be delivered", hint, code="BUS-357")
    if said.usual != "accepted" and outcomes.promises_anything and given.lines:
        hint = "confirm it with the same lines instead"
        raise Refused(f"order {row.number}: some of it would be delivered", hint, code="BUS-357")
    response = given.response
    if response is None:
        return
    if response.order_number not in {None, row.number}:
        message = f"the response answers order {response.order_number}, this is order {row.number}"
        raise Refused(message, "send it to the order it answers", code="BUS-357")
    if response.status not in {None, outcomes.verdict}:
        message = f"the response says {response.status}, its lines make it {outcomes.verdict}"
        raise Refused(message, "leave `status` out, or let the lines say the same", code="BUS-357")


def _as_given(answer: OrderResponse, given: OrderResponse | None) -> OrderResponse:
    if given is None:
        return answer
    said = {name: value for name in HEADER if (value := getattr(given, name)) not in (None, ())}
    return msgspec.structs.replace(answer, **said)
