"""What a change of an order does, inside the transaction that makes it so: applied, kept for a person, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.errors import HeldForOperator
from hub.flow.clocks.own import start_deadlines
from hub.flow.hub import Hub
from hub.flow.issue import Draft, issue
from hub.flow.orders.approval import reassess, tell_pending
from hub.flow.orders.change import Asking, Plan, change_key, named, plan_change
from hub.flow.orders.changing import Changed
from hub.flow.orders.repeats import is_repeated
from hub.flow.sound import doubt_about
from hub.model import OrderChange, encode_document
from hub.store.documents import DocumentRow
from hub.store.orders import CANCELLED, OrderRow
from hub.store.transaction import Transaction

_DOUBTS = frozenset({"BUS-308", "BUS-321", "BUS-322", "BUS-323"})
"""Reasons to hold an order that a change may mend (`hub.flow.sound`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A change and who decided about it why: the partner's own agreement, or a person. `row` is the document that asks."""

    row: DocumentRow
    change: OrderChange
    by: str
    reason: str = ""


def take_change(tx: Transaction, asking: Asking, plan: Plan, hub: Hub) -> None:
    """Do what was planned, after looking again where the order moved meanwhile; raises `HeldForOperator` with a BUS code."""
    row = asking.row
    if not asking.as_order and is_repeated(tx, row, change_key(asking), asking.content_sha256, asking.duplicates):
        return
    if not asking.as_order:
        tx.documents.set(row.id, business_key=change_key(asking), content_sha256=asking.content_sha256)
    present = None if plan.order is None else tx.orders.with_key(plan.order.order_key)
    if plan.order is None or present is None or present.revision != plan.order.revision:
        plan = plan_change(tx, asking, hub)
    if plan.verdict == "copy":
        _keep_copy(tx, asking, plan)
    elif plan.verdict == "unknown":
        _refuse_unknown(tx, asking, plan, hub)
    elif plan.verdict == "wait":
        _let_wait(tx, asking, plan)
    elif plan.verdict == "reject":
        _refuse(tx, asking, plan, hub)
    else:
        _settle(tx, asking, plan, state="done")
        enact(tx, Decided(row=row, change=asking.change, by=row.partner), plan, hub)


def enact(tx: Transaction, decided: Decided, plan: Plan, hub: Hub) -> None:
    """Write the changed order with its history and events, and queue the answers."""
    row, change, by, reason = decided.row, decided.change, decided.by, decided.reason
    order, changed = plan.order, plan.changed
    assert order is not None
    assert changed is not None
    status = CANCELLED if changed.is_cancelled else order.status
    what = "cancelled by the buyer" if changed.is_cancelled else f"changed by the buyer{named(change)}: {summary(changed)}"
    values: dict[str, Any] = {"canonical": encode_document(changed.order), "matrix": changed.matrix}
    values |= _held_after(order, changed, hub)
    approval = reassess(order, changed.order, hub)
    values |= approval.values()
    tell_pending(tx, order, approval)
    tx.orders.move(order, status, actor=by, reason=f"{what}; {reason}" if reason else what, **values)
    if status != order.status:
        tx.audit.status_changed(order.id, actor=by, before=order.status, after=status, reason=what)
    tx.audit.order_changed(order.id, actor=by, change=row.id, what="applied", reason=reason or what)
    tx.changes.write(_record(row, change, plan, "applied", at=tx.now, by=by, reason=reason))
    if not changed.is_cancelled:
        start_deadlines(tx, order.id, row, changed.order.requested, hub)
    if changed.is_cancelled or change.purpose == "replace":
        tx.changes.supersede(order.id, but=row.id, reason=what)
    event = "order.cancelled" if changed.is_cancelled else "order.changed"
    data = {**data_of(row, change, order), "lines": changed.told(), "actor": by}
    tx.events.tell(event, order=order.id, message=row.message_id, test=row.test, data=data)
    if not changed.is_cancelled:
        start_deadlines(tx, order.id, row, changed.order.requested, hub)
    send(tx, plan.drafts, row, order, hub)


def reject(tx: Transaction, decided: Decided, plan: Plan, hub: Hub) -> None:
    """Write down that a change is not made, tell it, and queue the answers."""
    row, change, by, reason = decided.row, decided.change, decided.by, decided.reason
    order = plan.order
    assert order is not None
    error = None if plan.doubt is None else plan.doubt.as_error()
    tx.changes.write(_record(row, change, plan, "rejected", at=tx.now, by=by, reason=reason))
    tx.audit.order_changed(order.id, actor=by, change=row.id, what="rejected", reason=reason)
    data = {**data_of(row, change, order), "reason": reason, "actor": by, **({"error": error} if error else {})}
    tx.events.tell("order.change_rejected", order=order.id, message=row.message_id, test=row.test, data=data)
    send(tx, plan.drafts, row, order, hub)


def send(tx: Transaction, drafts: Sequence[Draft], row: DocumentRow, order: OrderRow | None, hub: Hub) -> None:
    """Queue the answers to a change."""
    for made in drafts:
        issue(tx, made, hub, test=row.test, order_id=None if order is None else order.id, answers=row)


def summary(changed: Changed, *, most: int = 3) -> str:
    """The change in a few words, for the order's history."""
    words = [_words(each) for each in changed.told() if each["action"] != "unchanged"]
    more = f" and {len(words) - most} more lines" if len(words) > most else ""
    return ", ".join(words[:most]) + more if words else "the header"


def data_of(row: DocumentRow, change: OrderChange, order: OrderRow) -> dict[str, Any]:
    """What every event of a change says."""
    return {
        "number": order.number,
        "partner": order.partner,
        "document_id": row.id,
        "change_number": change.number,
        "change_sequence": change.change_sequence,
    }


def _keep_copy(tx: Transaction, asking: Asking, plan: Plan) -> None:
    _settle(tx, asking, plan, state="done")
    row, change = asking.row, asking.change
    data = {"document_id": row.id, "number": change.order_number, "purpose": change.purpose}
    order_id = None if plan.order is None else plan.order.id
    tx.events.tell("document.copy_received", order=order_id, message=row.message_id, test=row.test, data=data)


def _refuse_unknown(tx: Transaction, asking: Asking, plan: Plan, hub: Hub) -> None:
    assert plan.doubt is not None
    if not plan.drafts:
        raise HeldForOperator(plan.doubt.message, plan.doubt.hint, code=plan.doubt.code)
    _settle(tx, asking, plan, state="rejected")
    tx.audit.rejected(asking.row.id, code=plan.doubt.code, message=plan.doubt.message)
    row, error = asking.row, plan.doubt.as_error()
    data = {"document_id": row.id, "type": row.type, "number": asking.change.order_number, "error": error}
    tx.events.tell("document.rejected", message=asking.row.message_id, test=asking.row.test, data=data)
    send(tx, plan.drafts, asking.row, None, hub)


def _let_wait(tx: Transaction, asking: Asking, plan: Plan) -> None:
    row, change, order = asking.row, asking.change, plan.order
    assert order is not None
    assert plan.doubt is not None
    assert plan.changed is not None
    _settle(tx, asking, plan, state="done")
    tx.changes.write(_record(row, change, plan, "pending"))
    tx.audit.order_changed(order.id, actor=row.partner, change=row.id, what="pending", reason=plan.doubt.message)
    if change.purpose in {"cancellation", "replace"}:
        tx.changes.supersede(order.id, but=row.id, reason="overtaken by a later document")
    data = {**data_of(row, change, order), "reason": plan.doubt.message, "lines": plan.changed.told()}
    tx.events.tell("order.change_requested", order=order.id, message=row.message_id, test=row.test, data=data)


def _refuse(tx: Transaction, asking: Asking, plan: Plan, hub: Hub) -> None:
    """Answered, not applied; where no answer is agreed a person has to tell the buyer."""
    assert plan.doubt is not None
    if not plan.drafts:
        raise HeldForOperator(plan.doubt.message, plan.doubt.hint, code=plan.doubt.code)
    _settle(tx, asking, plan, state="rejected")
    reject(tx, Decided(row=asking.row, change=asking.change, by="hub", reason=plan.doubt.message), plan, hub)


def _settle(tx: Transaction, asking: Asking, plan: Plan, *, state: str) -> None:
    error = plan.doubt.as_error() if plan.doubt is not None and state == "rejected" else None
    order_id = None if plan.order is None else plan.order.id
    tx.documents.settle(asking.row.id, state, order_id=order_id, error=error, **asking.said)


def _held_after(order: OrderRow, changed: Changed, hub: Hub) -> dict[str, Any]:
    """An order that was held for what its lines did not say goes on once they say it; one that is cancelled waits for nobody."""
    if changed.is_cancelled:
        return {"held": None}
    if order.held is not None and order.held.get("code") in _DOUBTS:
        return {"held": doubt_about(changed.order, hub.library)}
    return {}


def _record(row: DocumentRow, change: OrderChange, plan: Plan, state: str, **decided: Any) -> dict[str, Any]:
    assert plan.order is not None
    assert plan.changed is not None
    names = {"at": "decided_at", "by": "decided_by", "reason": "reason"}
    return {
        "id": row.id,
        "order_id": plan.order.id,
        "number": change.number or "",
        "sequence": change.change_sequence or "",
        "purpose": change.purpose or "change",
        "state": state,
        "lines": plan.changed.told(),
        "problem": None if plan.doubt is None else plan.doubt.as_error(),
        **{names[name]: value for name, value in decided.items()},
    }


def _words(told: dict[str, Any]) -> str:
    line, before, after = told["line"], told.get("before", {}), told.get("after", {})
    if told["action"] == "add":
        return f"line {line} added ({after.get('quantity', 'no quantity')} {after.get('unit', '')})".replace(" )", ")")
    if told["action"] == "cancel":
        return f"line {line} cancelled"
    names = [name for name in ("quantity", "unit", "price", "delivery_on", "ship_on") if before.get(name) != after.get(name)]
    parts = [f"{name.replace('_', ' ')} {before.get(name, 'none')} to {after.get(name, 'none')}" for name in names]
    return f"line {line} " + (" and ".join(parts) or "details")
