"""What becomes of an order that has just come, before anybody looked at it: the status it begins in, and the answers it gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.errors import HubError
from hub.flow.answer import receipt_of, response_to
from hub.flow.answers import Origin, answer_drafts, response_number
from hub.flow.hub import Hub
from hub.flow.issue import Draft
from hub.flow.orders import matrix as lines
from hub.flow.orders.life import ANSWERED, Said
from hub.flow.orders.matrix import Matrix
from hub.flow.orders.outcomes import Outcomes, outcomes_of
from hub.flow.sound import doubt_about
from hub.model import Order, OrderResponse
from hub.routing.site import Agreement
from hub.store.orders import DRAFT, STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an order begins with. `decided` are the answers that say so, `receipts` those that say only that it came."""

    status: str
    reason: str
    matrix: Matrix
    held: dict[str, Any] | None = None
    receipts: Sequence[Draft] = ()
    decided: Sequence[Draft] = ()
    told: list[dict[str, Any]] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The number of the status."""
        return STATUSES.index(self.status)


def judge(order: Order, agreement: Agreement | None, origin: Origin, hub: Hub) -> Judgement:
    """Judge an order that arrived; whatever stands in its way becomes the reason that it waits in draft."""
    doubt = None if order.purpose == "cancellation" else doubt_about(order, hub.library)
    matrix = lines.build(order, is_confirmed=False)
    waiting = Judgement(status=STATUSES[DRAFT], reason="received", matrix=matrix, held=doubt)
    if doubt is not None or agreement is None:
        return waiting
    try:
        receipts = answer_drafts(
            origin,
            ("received",),
            lambda today: receipt_of(order, number=response_number(origin.document), today=today),
            hub,
        )
        if agreement.confirm != "automatic":
            return Judgement(status=waiting.status, reason=waiting.reason, matrix=matrix, receipts=receipts)
        outcomes = outcomes_of(order, matrix, (), "accepted")
        return Judgement(
            status="confirmed",
            reason="confirmed by agreement",
            matrix=outcomes.apply(matrix),
            receipts=receipts,
            decided=_decided(order, outcomes, ANSWERED["confirmed"], origin, hub, is_first=not receipts),
        )
    except HubError as failure:
        error = {"code": failure.code, "message": failure.message, "hint": failure.hint, "who": "operator"}
        return Judgement(status=waiting.status, reason=waiting.reason, matrix=matrix, held=error)


def _decided(order: Order, outcomes: Outcomes, said: Said, origin: Origin, hub: Hub, *, is_first: bool) -> list[Draft]:
    number = response_number(origin.document, 0 if is_first else 1)

    def write(today: Any) -> OrderResponse:
        return response_to(order, outcomes, number=number, today=today)

    return answer_drafts(origin, said.events, write, hub)
