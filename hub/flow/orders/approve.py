"""Approve an order that a rule stopped, or refuse it: the decision of a person, kept with who, when and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hub.errors import Refused
from hub.flow.answer import response_to
from hub.flow.answers import Origin, answer_drafts, origin_of, response_number
from hub.flow.hub import Hub
from hub.flow.orders.act import Act
from hub.flow.orders.answering import Before, before_of, document_of, speak
from hub.flow.orders.automatic import plan
from hub.flow.orders.due import due_on
from hub.flow.orders.given import Given
from hub.flow.orders.life import REJECTED, Action, event_of
from hub.flow.orders.terms import terms_of
from hub.flow.statuses import status_table
from hub.store.instants import rfc3339
from hub.store.orders import STATUSES, OrderRow

DECISIONS: frozenset[Action] = frozenset({"approve", "reject"})


def prepare_decision(
    action: Action, order_id: str, *, hub: Hub, actor: str, reason: str = "", given: Given | None = None
) -> Act:
    """Check that the order waits for approval. A refusal cancels it; an approval confirms it where nothing else kept the hub from it.

    Raises `NotFound`, `Refused` BUS-355 where nothing waits for a decision, BUS-351 where the order is past cancelling, and
    `HeldForOperator` when the answer to the partner cannot be written.
    """
    with hub.read() as view:
        order = view.orders.get(order_id)
        before = before_of(view, order)
    if order.approval != "pending":
        said = order.approval.replace("_", " ")
        raise Refused(f"order {order.number} waits for no approval: {said}", "nothing needs to be decided", code="BUS-355")
    act = _decision(action, order, hub, actor=actor, reason=reason)
    if action == "approve":
        return _go_on(act, before, hub)
    status_table(hub).demand(STATUSES[order.status], "cancelled", by_person=True)
    spoken = speak(order, REJECTED, given or Given(), before=before, reason=reason, hub=hub)
    values = {**act.values, "matrix": spoken.matrix, "held": None}
    return replace(act, after="cancelled", values=values, drafts=spoken.drafts)


def _decision(action: Action, order: OrderRow, hub: Hub, *, actor: str, reason: str) -> Act:
    verdict = "approved" if action == "approve" else "rejected"
    decided = {"by": actor, "at": rfc3339(hub.database.now()), **({"reason": reason} if reason else {})}
    return Act(
        action=action,
        order=order,
        after=STATUSES[order.status],
        actor=actor,
        reason=f"{verdict}: {reason}" if reason else f"{verdict} by {actor}",
        event=f"order.{verdict}",
        values={"approval": verdict, "approval_detail": {**(order.approval_detail or {}), **decided}},
    )


def _go_on(act: Act, before: Before, hub: Hub) -> Act:
    """What automatic confirmation does with an order whose approval was all that it lacked."""
    order, terms, table = act.order, terms_of(act.order, hub), status_table(hub)
    is_untouched = order.held is None and STATUSES[order.status] == table.initial
    if terms.confirm != "automatic" or not is_untouched:
        return act
    document = document_of(order)
    planned = plan(document, order.matrix, terms, hub)
    if planned.outcomes is None:
        return replace(act, values={**act.values, "held": planned.held})
    outcomes, number = planned.outcomes, response_number(order.source_document or order.id, before.responses)
    origin = Origin(partner=order.partner) if before.source is None else origin_of(before.source)

    def write(today: Any) -> Any:
        return response_to(document, outcomes, number=number, today=today, reason=planned.told_why or None)

    return replace(
        act,
        after=planned.status,
        reason=f"{act.reason}; {planned.reason}",
        values={**act.values, "matrix": outcomes.apply(order.matrix)},
        told=[] if outcomes.usual == "accepted" else outcomes.told(),
        drafts=answer_drafts(origin, planned.events, write, hub),
        also=(event_of(planned.status), *due_on(planned.status, terms)),
    )
