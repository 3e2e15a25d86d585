"""A change that a buyer asks for and that waits: accepted, whole or in part, or rejected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from hub.flow.orders.change_decision import Choice, carry_out_change_decision, prepare_change_decision
from hub.flow.orders.change_decision import Said as Decided
from hub.store.transaction import Transaction
from hub.web.endpoint import Answer, Asked, Endpoint
from hub.web.once import key_of, once, stored
from hub.web.resources import OrderResource

Reason = Annotated[str, Meta(max_length=500, description="Why; the buyer is told.")]
Line = Annotated[str, Meta(min_length=1, max_length=35)]


class Rejecting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a change is rejected."""

    reason: Reason = ""


class Accepting(Rejecting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a change is accepted, and which of its lines; none named: all of them."""

    lines: Annotated[list[Line], Meta(max_length=1000)] = []


def _deciding(choice: Choice) -> Callable[[Asked], Answer]:
    def handle(asked: Asked) -> Answer:
        order_id, document_id = asked.path["id"], asked.path["document"]
        route = f"{choice} change {order_id} {document_id}"
        key = key_of(asked)
        if key and (before := stored(asked, route, key)) is not None:
            return before
        body = asked.body
        said = Decided() if body is None else Decided(reason=body.reason, lines=getattr(body, "lines", ()))
        decision = prepare_change_decision(choice, order_id, document_id, hub=asked.hub, actor=asked.caller.name, said=said)

        def write(tx: Transaction) -> tuple[int, str]:
            carry_out_change_decision(tx, decision, asked.hub)
            return 200, order_id

        return once(asked, route, key, write)

    return handle


def _endpoint(choice: Choice, body: type[msgspec.Struct], summary: str) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"/api/v1/orders/{{id}}/changes/{{document}}/{choice}",
        scope="orders:write",
        name=f"{choice}_change",
        summary=summary,
        handler=_deciding(choice),
        body=body,
        is_body_optional=True,
        takes_key=True,
        answers={200: OrderResource},
        refusals=(409,),
    )


CHANGES = (
    _endpoint(
        "accept", Accepting, "Make a change that the buyer asks for, whole or some lines of it; the partner is told as agreed."
    ),
    _endpoint("reject", Rejecting, "Refuse a change that the buyer asks for; the partner is told as agreed."),
)
