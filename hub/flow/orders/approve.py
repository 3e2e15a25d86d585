"""Approve an order that a rule stopped, or refuse it: the decision of a person, kept with who, when and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hub.errors import Refused
from hub.flow.hub import Hub
from hub.flow.orders.act import Act
from hub.flow.orders.answering import before_of, speak
from hub.flow.orders.given import Given
from hub.flow.orders.life import REJECTED, Action
from hub.flow.statuses import status_table
from hub.store.orders import STATUSES, OrderRow

DECISIONS: frozenset[Action] = frozenset({"approve", "reject"})


def prepare_decision(
    action: Action, order_id: str, *, hub: Hub, actor: str, reason: str = "", given: Given | None = None
) -> Act:
    """Check that the order waits for approval; a refusal cancels it, and its answer to the partner is written here.

    Raises `NotFound`, `Refused` BUS-355 where nothing waits for a decision, BUS-351 where the order is past cancelling, and
    `HeldForOperator` when the answer cannot be written.
    """
    with hub.read() as view:
        order = view.orders.get(order_id)
        before = before_of(view, order)
    if order.approval != "pending":
        said = order.approval.replace("_", " ")
        raise Refused(f"order {order.number} waits for no approval: {said}", "nothing needs to be decided", code="BUS-355")
    if action == "approve":
        return _act(action, order, actor=actor, reason=reason, after=STATUSES[order.status], values={})
    status_table(hub).demand(STATUSES[order.status], "cancelled", by_person=True)
    spoken = speak(order, REJECTED, given or Given(), before=before, reason=reason, hub=hub)
    values = {"matrix": spoken.matrix, "held": None}
    act = _act(action, order, actor=actor, reason=reason, after="cancelled", values=values)
    return replace(act, drafts=spoken.drafts)


def _act(action: Action, order: OrderRow, *, actor: str, reason: str, after: str, values: dict[str, Any]) -> Act:
    verdict = "approved" if action == "approve" else "rejected"
    return Act(
        action=action,
        order=order,
        after=after,
        actor=actor,
        reason=f"{verdict}: {reason}" if reason else f"{verdict} by {actor}",
        event=f"order.{verdict}",
        values={**values, "approval": verdict},
    )
