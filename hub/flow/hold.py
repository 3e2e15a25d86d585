"""Hold an order and let it go on: who did it and why stays in its history."""

from __future__ import annotations

from hub.errors import Refused
from hub.flow.hub import Hub
from hub.store.orders import DRAFT, ON_HOLD

_HOLDABLE = frozenset({DRAFT, 1, 2, 3, 15, 16})


def hold_order(order_id: str, hub: Hub, *, actor: str, reason: str) -> None:
    """Stop an order before anything more happens to it; raises `NotFound`, or `Refused` once it was shipped or ended."""
    with hub.transaction() as tx:
        order = tx.orders.get(order_id)
        if order.status not in _HOLDABLE:
            raise Refused("an order that was shipped or ended cannot be held", "look at its status", code="BUS-320")
        error = {"code": "BUS-321", "message": reason, "hint": "release it when the reason is gone", "who": "operator"}
        tx.orders.move(order, ON_HOLD, actor=actor, reason=reason, held={**error, "before": order.status})
        tx.audit.status_changed(order.id, actor=actor, before=order.status, after=ON_HOLD, reason=reason)
        data = {"number": order.number, "reason": reason}
        tx.events.tell("order.held", order=order.id, test=order.test, data=data)


def release_order(order_id: str, hub: Hub, *, actor: str, reason: str = "") -> None:
    """Let a held order go on where it stopped; raises `NotFound`, or `Refused` when it is not held."""
    with hub.transaction() as tx:
        order = tx.orders.get(order_id)
        if order.held is None and order.status != ON_HOLD:
            raise Refused("the order is not held", "look at its status", code="BUS-322")
        before = (order.held or {}).get("before", order.status if order.status != ON_HOLD else DRAFT)
        tx.orders.move(order, before, actor=actor, reason=reason or "released", held=None)
        tx.audit.released(order.id, actor=actor, reason=reason)
        tx.events.tell("order.released", order=order.id, test=order.test, data={"number": order.number, "reason": reason})
