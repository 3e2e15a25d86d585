"""What a person or the ERP does to an order: each step by the status table, each telling the partner what is agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.errors import Conflict, NotFound, Refused
from hub.flow.hub import Hub
from hub.flow.issue import Draft, issue
from hub.flow.orders.answering import Spoken, before_of, speak
from hub.flow.orders.due import due_on
from hub.flow.orders.given import Given
from hub.flow.orders.life import AFTER, ANSWERED, Action, event_of
from hub.flow.orders.standing import demand_approval, demand_free
from hub.flow.orders.terms import terms_of
from hub.flow.statuses import status_table
from hub.store.orders import DRAFT, STATUSES, OrderRow
from hub.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing to do to one order, checked and with its answers written, before the transaction that does it.

    `also` are further events to tell: what somebody else has to do now.
    """

    action: Action
    order: OrderRow
    after: str
    actor: str
    reason: str
    event: str
    values: dict[str, Any] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    drafts: Sequence[Draft] = ()
    also: Sequence[str] = ()


def prepare_act(
    action: Action,
    order_id: str,
    *,
    hub: Hub,
    actor: str,
    reason: str = "",
    given: Given | None = None,
) -> Act:
    """Check that the order may take this step, on the word of a person or of a system that has a name; nothing is written.

    `given` says more: what becomes of the lines, or the status to `move` to. Raises `NotFound`, `Refused` with a BUS code, and
    `HeldForOperator` when an answer cannot be written.
    """
    given = given or Given()
    with hub.read() as view:
        order = view.orders.get(order_id)
        before, after = STATUSES[order.status], _after(action, view, order, given)
        past = before_of(view, order)
    _guard(action, order, before, after, hub)
    said = ANSWERED.get(after)
    spoken = Spoken()
    if said is not None and action != "release":
        spoken = speak(order, said, given, before=past, reason=reason, hub=hub)
    elif given.lines:
        hint = "confirm and backorder say what becomes of lines"
        raise Refused(f"becoming {after} says nothing of lines", hint, code="BUS-357")
    values = {} if spoken.matrix is None else {"matrix": spoken.matrix}
    return Act(
        action=action,
        order=order,
        after=after,
        actor=actor,
        reason=reason or f"{action if action != 'move' else after} by {actor}",
        event="order.released" if action == "release" else event_of(after),
        values={**values, **_held(action, after, order, reason)},
        told=spoken.told,
        drafts=spoken.drafts,
        also=due_on(after, terms_of(order, hub)) if before != after and action != "release" else (),
    )


def carry_out(tx: Transaction, act: Act, hub: Hub) -> None:
    """Change the status, tell it, and queue the answers; raises `Conflict` when the order changed since it was looked at."""
    order = tx.orders.get(act.order.id)
    if order.revision != act.order.revision:
        raise Conflict(f"order {order.number} was changed meanwhile", "look at it again, then repeat", code="HUB-409")
    after = STATUSES.index(act.after)
    tx.orders.move(order, after, actor=act.actor, reason=act.reason, **act.values)
    tx.audit.status_changed(order.id, actor=act.actor, before=order.status, after=after, reason=act.reason)
    data: dict[str, Any] = {"number": order.number, "partner": order.partner, "reason": act.reason, "actor": act.actor}
    data |= {"from": STATUSES[order.status], "to": act.after}
    if act.told:
        data["lines"] = act.told
    tx.events.tell(act.event, order=order.id, test=order.test, data=data)
    for event in act.also:
        tx.events.tell(event, order=order.id, test=order.test, data={"number": order.number, "partner": order.partner})
    source = tx.documents.get(order.source_document) if order.source_document else None
    for answer in act.drafts:
        issue(tx, answer, hub, test=order.test, order_id=order.id, answers=source)


def _after(action: Action, view: Transaction, order: OrderRow, given: Given) -> str:
    if action == "release":
        return _before_hold(view, order)
    return given.to if action == "move" else AFTER[action]


def _guard(action: Action, order: OrderRow, before: str, after: str, hub: Hub) -> None:
    table = status_table(hub)
    if action == "release":
        if order.held is None and before != "on_hold":
            raise Refused(f"order {order.number} is not held", "nothing needs to be released", code="BUS-314")
        if before != after:
            table.demand(before, after, by_person=True)
        return
    if after in table.statuses and table.statuses[after].is_guarded and before != after:
        doing = f"become {after}"
        # a person who decides on what a guard of ours stopped, or takes an order off hold, needs not release it first
        is_decision = is_doubt(order) or (before == "on_hold" and _is_stopped(order))
        (demand_approval if is_decision else demand_free)(order, doing)
    table.demand(before, after, by_person=True)


def is_doubt(order: OrderRow) -> bool:
    """Whether the order waits only for a person to decide what a guard would not: confirming it is that decision."""
    return order.held is not None and bool(order.held.get("guard"))


def _is_stopped(order: OrderRow) -> bool:
    """Whether the order is held by its status alone, which a person or a rule gave it."""
    return order.held is None or order.held["code"] in {"BUS-320", "BUS-366"}


def _before_hold(view: Transaction, order: OrderRow) -> str:
    """The status an order returns to: the one it was held in."""
    if STATUSES[order.status] != "on_hold":
        return STATUSES[order.status]
    for entry in reversed(view.orders.history(order.id)):
        if entry.after == order.status and entry.before != order.status:
            return STATUSES[DRAFT if entry.before is None else entry.before]
    raise NotFound(f"order {order.number} has no history", "report it with the order's id")


def _held(action: Action, after: str, order: OrderRow, reason: str) -> dict[str, Any]:
    """What is written about the hold itself: a reason while it lasts, nothing afterwards."""
    if after == "on_hold" and action != "release":
        said = reason or "held by hand"
        return {"held": {"code": "BUS-320", "message": said, "hint": "release it when it may go on", "who": "operator"}}
    is_decided = is_doubt(order) and after in ANSWERED
    is_over = action == "release" or after == "cancelled" or is_decided or STATUSES[order.status] == "on_hold"
    return {"held": None} if is_over else {}
