"""What a person or the ERP does to an order: confirm, hold, release, cancel; each by the status table, each telling the partner what is agreed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from hub.errors import Conflict, NotFound, Refused
from hub.flow.answer import Decision, response_to
from hub.flow.answers import RESPONSES, response_number
from hub.flow.hub import Hub
from hub.flow.issue import Draft, draft, issue
from hub.flow.merge import matrix_of
from hub.flow.outbound import nearest
from hub.flow.statuses import status_table
from hub.model import Order, decode_document
from hub.store.orders import DRAFT, STATUSES, OrderRow
from hub.store.transaction import Transaction

Action = Literal["confirm", "hold", "release", "cancel"]

_AFTER: dict[Action, str] = {"confirm": "confirmed", "hold": "on_hold", "cancel": "cancelled"}
_EVENTS: dict[Action, str] = {
    "confirm": "order.confirmed",
    "hold": "order.held",
    "release": "order.released",
    "cancel": "order.cancelled",
}
_DECISIONS: dict[Action, tuple[str, Decision]] = {"confirm": ("confirmed", "confirmed"), "cancel": ("cancelled", "rejected")}
"""The event that agreements wait for, and what the response then says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing to do to one order, checked and with its answers written, before the transaction that does it."""

    action: Action
    order: OrderRow
    after: str
    actor: str
    reason: str
    drafts: tuple[Draft, ...] = field(default=())


def prepare_act(action: Action, order_id: str, *, hub: Hub, actor: str, reason: str = "") -> Act:
    """Check that the order may take this step; raises `NotFound` or `Refused`, and `HeldForOperator` when an answer cannot be written."""
    with hub.read() as view:
        order = view.orders.get(order_id)
        before_hold = _before_hold(view, order) if action == "release" else ""
        standard, version = _origin(view, order)
    before = STATUSES[order.status]
    after = before_hold if action == "release" else _AFTER[action]
    _guard(action, order, before, after, hub)
    drafts = _answers(action, order, (standard, version), hub, reason=reason)
    return Act(action=action, order=order, after=after, actor=actor, reason=reason or f"{action} by {actor}", drafts=drafts)


def carry_out(tx: Transaction, act: Act, hub: Hub) -> None:
    """Change the status, tell it, and queue the answers; raises `Conflict` when the order changed since it was looked at."""
    order = tx.orders.get(act.order.id)
    if order.revision != act.order.revision:
        raise Conflict(f"order {order.number} was changed meanwhile", "look at it again, then repeat", code="HUB-409")
    after = STATUSES.index(act.after)
    if act.action == "confirm":
        tx.orders.set(order, matrix=matrix_of(_document(order), is_confirmed=True))
        order = tx.orders.get(order.id)
    tx.orders.move(order, after, actor=act.actor, reason=act.reason, **_held(act))
    tx.audit.status_changed(order.id, actor=act.actor, before=order.status, after=after, reason=act.reason)
    data = {"number": order.number, "partner": order.partner, "reason": act.reason, "actor": act.actor}
    tx.events.tell(_EVENTS[act.action], order=order.id, test=order.test, data=data)
    source = tx.documents.get(order.source_document) if order.source_document else None
    for answer in act.drafts:
        issue(tx, answer, hub, test=order.test, order_id=order.id, answers=source)


def _guard(action: Action, order: OrderRow, before: str, after: str, hub: Hub) -> None:
    if action == "release":
        if order.held is None and before != "on_hold":
            raise Refused(f"order {order.number} is not held", "nothing needs to be released", code="BUS-314")
        if before != after:
            status_table(hub).demand(before, after, by_person=True)
        return
    if action == "confirm" and order.held is not None:
        raise Refused(f"order {order.number} is held: {order.held['message']}", "release it first", code="BUS-315")
    status_table(hub).demand(before, after, by_person=True)


def _before_hold(view: Transaction, order: OrderRow) -> str:
    """The status an order returns to: the one it was held in."""
    if STATUSES[order.status] != "on_hold":
        return STATUSES[order.status]
    for entry in reversed(view.orders.history(order.id)):
        if entry.after == order.status:
            return STATUSES[DRAFT if entry.before is None else entry.before]
    raise NotFound(f"order {order.number} has no history", "report it with the order's id")


def _held(act: Act) -> dict[str, object]:
    """What is written about the hold itself: a reason while it lasts, nothing afterwards."""
    if act.action == "hold":
        return {"held": {"code": "BUS-320", "message": act.reason, "hint": "release it when it may go on", "who": "operator"}}
    return {"held": None} if act.action in {"release", "cancel"} else {}


def _answers(action: Action, order: OrderRow, origin: tuple[str, str], hub: Hub, *, reason: str) -> tuple[Draft, ...]:
    if action not in _DECISIONS:
        return ()
    event, decision = _DECISIONS[action]
    said = (reason or None) if decision == "rejected" else None
    made = []
    triggered = [each for each in hub.site.triggered(order.partner, event) if each.message in RESPONSES]
    for agreement in nearest(triggered, standard=origin[0], version=origin[1]):
        if agreement.guide:
            today = hub.now().astimezone(ZoneInfo(agreement.time_zone)).date()
            number = response_number(order.source_document or order.id)
            answer = response_to(_document(order), decision, number=number, today=today, reason=said)
            made.append(draft(answer, agreement, hub))
    return tuple(made)


def _origin(view: Transaction, order: OrderRow) -> tuple[str, str]:
    """Standard and version the order came in; both empty for what came over the API."""
    if not order.source_document:
        return "", ""
    source = view.documents.get(order.source_document)
    return source.standard, source.version


def _document(order: OrderRow) -> Order:
    document = decode_document(order.canonical)
    assert isinstance(document, Order)
    return document
