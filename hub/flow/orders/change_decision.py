"""A person accepts or rejects a change that waits, whole or in part; the buyer is told as agreed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hub.errors import Conflict, NotFound, Refused
from hub.flow.hub import Hub
from hub.flow.orders.answering import document_of
from hub.flow.orders.change import Plan, is_promised
from hub.flow.orders.change_answer import Verdict, change_drafts
from hub.flow.orders.change_effects import Decided, enact, reject
from hub.flow.orders.changing import Changed, apply_change, as_change
from hub.model import Order, OrderChange, decode_document
from hub.store.documents import DocumentRow
from hub.store.orders import STATUSES, OrderRow
from hub.store.transaction import Transaction

Choice: TypeAlias = Literal["accept", "reject"]
_CLOSED = frozenset({"cancelled", "delivered", "refund", "return", "partial_refund", "partial_return", "return_pending"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Why, and which lines of the change are accepted; none named: all of them."""

    reason: str = ""
    lines: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDecision:
    """A decision, checked and with its answers written, before the transaction that makes it."""

    choice: Choice
    plan: Plan
    decided: Decided


def prepare_change_decision(
    choice: Choice, order_id: str, document_id: str, *, hub: Hub, actor: str, said: Said
) -> ChangeDecision:
    """Check that the change waits and, where it is accepted, that it can still be made. An empty `document_id` means the only one.

    Raises `NotFound`, `Refused` BUS-426 for a change that waits no more, the code of whatever stands against it, and
    `HeldForOperator` when the answer cannot be written.
    """
    with hub.read() as view:
        order = view.orders.get(order_id)
        row, change = _waiting(view, order, document_id)
    document = document_of(order)
    whole = apply_change(document, order.matrix, change, is_promised=is_promised(order))
    decided = Decided(row=row, change=change, by=actor, reason=said.reason)
    if choice == "reject":
        told = Verdict(accepted=False, reason=said.reason, order=document, changed=whole)
        plan = Plan(verdict="reject", order=order, changed=whole, drafts=change_drafts(row, change, told, hub))
        return ChangeDecision(choice=choice, plan=plan, decided=decided)
    changed = whole
    if said.lines:
        _demand_lines(whole, said.lines)
        changed = apply_change(document, order.matrix, change, is_promised=is_promised(order), only=said.lines)
    _demand_possible(order, changed, is_whole=not said.lines)
    told = Verdict(accepted=True, reason=said.reason, order=document, changed=changed)
    plan = Plan(verdict="apply", order=order, changed=changed, drafts=change_drafts(row, change, told, hub))
    return ChangeDecision(choice=choice, plan=plan, decided=decided)


def carry_out_change_decision(tx: Transaction, decision: ChangeDecision, hub: Hub) -> None:
    """Make the decision; raises `Conflict` when the order or the change moved since it was looked at."""
    plan = decision.plan
    assert plan.order is not None
    order = tx.orders.with_key(plan.order.order_key)
    is_same = order is not None and order.revision == plan.order.revision
    if not is_same or tx.changes.get(decision.decided.row.id).state != "pending":
        raise Conflict(f"order {plan.order.number} was changed meanwhile", "look at it again, then repeat", code="HUB-409")
    (enact if decision.choice == "accept" else reject)(tx, decision.decided, plan, hub)


def _waiting(view: Transaction, order: OrderRow, document_id: str) -> tuple[DocumentRow, OrderChange]:
    if not document_id:
        waiting = [each.id for each in view.changes.of_order(order.id) if each.state == "pending"]
        if len(waiting) != 1:
            hint = f"say which: {', '.join(waiting)}" if waiting else "nothing needs to be decided"
            raise Refused(f"order {order.number}: {len(waiting) or 'no'} changes wait", hint, code="BUS-426")
        document_id = waiting[0]
    found = view.changes.get(document_id)
    if found.order_id != order.id:
        raise NotFound(f"order {order.number} has no change {document_id}", "look at the order: it lists the changes asked for")
    if found.state != "pending":
        raise Refused(f"the change was {found.state} before", "nothing needs to be decided", code="BUS-426")
    row = view.documents.get(document_id)
    document = decode_document(row.canonical or b"")
    if isinstance(document, Order):
        return row, as_change(document)
    assert isinstance(document, OrderChange)
    return row, document


def _demand_lines(changed: Changed, wanted: Collection[str]) -> None:
    known = {each.line for each in changed.lines}
    for line in wanted:
        if line not in known:
            hint = f"its lines: {', '.join(sorted(known))[:120]}"
            raise Refused(f"the change says nothing of line {line}", hint, code="BUS-405")


def _demand_possible(order: OrderRow, changed: Changed, *, is_whole: bool) -> None:
    status = STATUSES[order.status]
    if status in _CLOSED:
        raise Refused(f"order {order.number} is {status.replace('_', ' ')}", "reject the change", code="BUS-404")
    for each in changed.lines:
        problem = each.problem
        # what was left out on purpose stands in nobody's way
        if problem is not None and (is_whole or problem.code != "BUS-413"):
            raise Refused(problem.message, "reject the change, or accept its other lines", code=problem.code)
