"""What an ERP writes over the API: an order, and what is to be done with one. Each request has one effect, however often it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hub.errors import Conflict, InputError
from hub.flow.orders.act import carry_out
from hub.flow.orders.given import Confirming, Given, given_in
from hub.flow.orders.life import Action
from hub.flow.orders.steps import prepare_step
from hub.flow.place import natural_key, place, prepare
from hub.model import Order
from hub.store.transaction import Transaction
from hub.web.endpoint import Answer, Asked, Endpoint
from hub.web.once import key_of, once, stored
from hub.web.resources import OrderResource, StatusSlug

PLACE = "create_order"


class Moving(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The status to move to, and why."""

    to: StatusSlug
    reason: Annotated[str, Meta(max_length=500)] = ""


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why something is done; it stands in the order's history."""

    reason: Annotated[str, Meta(max_length=500)] = ""


NEEDED = ("lines", "number", "buyer")


def _place(asked: Asked) -> Answer:
    if all(getattr(asked.body, name) in (None, "", ()) for name in NEEDED):
        raise InputError(
            "the order says nothing: it has no line, no number and no buyer - at `$.lines`, `$.number`, `$.buyer`",
            "give at least one of them; an order that lacks the others is kept and held",
            code="BUS-305",
        )
    placing = prepare(asked.body, asked.raw, hub=asked.hub, actor=asked.caller.name)
    key = key_of(asked) or natural_key(asked.body)
    try:
        return once(asked, PLACE, key, lambda tx: (201, place(tx, placing, asked.hub, actor=asked.caller.name)))
    except Conflict as conflict:
        if asked.key or conflict.code != "HUB-422":
            raise
        named = f"external id {placing.external_id}" if placing.external_id else f"number {placing.number}"
        raise Conflict(
            f"an order of the same origin with the {named} was placed before, with another body",
            "repeat it as it was, send a new number, or change that order through its own address",
            code="HUB-435",
        ) from conflict


def _acting(action: Action) -> Callable[[Asked], Answer]:
    def handle(asked: Asked) -> Answer:
        order_id = asked.path["id"]
        key = key_of(asked)
        if key and (before := stored(asked, f"{action} {order_id}", key)) is not None:
            return before
        act = prepare_step(
            action, order_id, hub=asked.hub, actor=asked.caller.name, reason=_reason(asked.body), given=_given(asked.body)
        )

        def write(tx: Transaction) -> tuple[int, str]:
            carry_out(tx, act, asked.hub)
            return 200, order_id

        return once(asked, f"{action} {order_id}", key, write)

    return handle


def _reason(body: Any) -> str:
    return (body.reason or "") if body is not None else ""


def _given(body: Any) -> Given:
    if isinstance(body, Moving):
        return Given(to=body.to)
    return given_in(body if isinstance(body, Confirming) else None)


def _action(action: Action, summary: str, *, body: Any = Said, scope: str = "orders:write") -> Endpoint:
    is_move = action == "move"
    return Endpoint(
        method="POST",
        path=f"/api/v1/orders/{{id}}/{'status' if is_move else action}",
        scope=scope,
        name=f"{action}_order",
        summary=summary,
        handler=_acting(action),
        body=body,
        is_body_optional=not is_move,
        takes_key=True,
        answers={200: OrderResource},
        refusals=(409,),
    )


_CREATE = Endpoint(
    method="POST",
    path="/api/v1/orders",
    scope="orders:write",
    name=PLACE,
    summary="Place a canonical order. One from an unknown partner is accepted and held.",
    handler=_place,
    body=Order,
    body_needs=NEEDED,
    takes_key=True,
    answers={201: OrderResource},
)
WRITES = (
    _CREATE,
    replace(_CREATE, path="/omni_sales/orders", is_alias=True),
    _action("confirm", "Confirm an order, whole or line by line; the partner is answered as agreed.", body=Confirming),
    _action("hold", "Stop an order until a person decides."),
    _action("release", "Let a held order go on from where it was."),
    _action("cancel", "Give an order up; the partner is told as agreed."),
    _action("approve", "Approve an order that waits for it.", scope="orders:approve"),
    _action(
        "reject", "Refuse an order that waits for approval: it is cancelled, and the partner told.", scope="orders:approve"
    ),
    _action("backorder", "Let an order wait for goods; the partner is told what waits.", body=Confirming),
    _action("ready", "The goods are reserved and wait for picking."),
    _action("paid", "The order was paid in full."),
    _action("delivered", "The carrier or the buyer confirmed receipt."),
    _action("move", "Take an order to any status that the table allows.", body=Moving),
)
