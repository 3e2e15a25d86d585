"""A buyer asks for a change of an order: it is applied, waits for a person, or is rejected; the partner is told as agreed.

The document that asks is evidence and stays as it came. What may be done by itself is what the agreement leaves to us
(`confirm: automatic`) and what harms nobody: nothing of the line has left, nothing else waits, nothing contradicts itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.errors import Refused
from hub.flow.hub import Hub
from hub.flow.issue import Draft
from hub.flow.orders.answering import document_of
from hub.flow.orders.approval import reassess
from hub.flow.orders.change_answer import Verdict, change_drafts
from hub.flow.orders.changed_lines import Doubt
from hub.flow.orders.changing import Changed, apply_change
from hub.flow.orders.guards import objections, shortage_said, shortages
from hub.flow.orders.matrix import count
from hub.flow.orders.terms import terms_of
from hub.flow.sound import doubt_about
from hub.flow.statuses import status_table
from hub.model import OrderChange
from hub.routing.options import Duplicates
from hub.store.changes import ChangeRow
from hub.store.documents import DocumentRow
from hub.store.encoding import to_json
from hub.store.orders import STATUSES, OrderRow
from hub.store.transaction import Transaction

_OVER = frozenset({"delivered", "refund", "return", "return_pending", "partial_return", "partial_refund", "failed"})
_UNDERWAY = frozenset({"shipping", "paid", "ready"})
_UNLOOKED_AT = frozenset({"draft", "processing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A change on its way in. `is_automatic`: the agreement leaves harmless changes to us. `as_order`: it came as an order."""

    row: DocumentRow
    change: OrderChange
    content_sha256: str
    duplicates: Duplicates = field(default_factory=Duplicates)
    is_automatic: bool = False
    as_order: bool = False
    rejects_unknown: bool = False
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done with a change, and the answers written for it. `order` is None where we have no such order."""

    verdict: Literal["apply", "wait", "reject", "unknown", "copy"]
    order: OrderRow | None = None
    changed: Changed | None = None
    doubt: Doubt | None = None
    drafts: Sequence[Draft] = ()


def plan_change(view: Transaction, asking: Asking, hub: Hub) -> Plan:
    """Look at the order and decide; nothing is written. Raises `HeldForOperator` where an answer cannot be written."""
    change, row = asking.change, asking.row
    order = _order_of(view, asking)
    if change.purpose in {"duplicate", "copy"}:
        return Plan(verdict="copy", order=order)
    if order is None:
        unknown = _unknown(asking)
        drafts = (
            change_drafts(row, change, Verdict(accepted=False, reason=unknown.message), hub) if asking.rejects_unknown else []
        )
        return Plan(verdict="unknown", doubt=unknown, drafts=drafts)
    document = document_of(order)
    changed = apply_change(document, order.matrix, change, is_promised=is_promised(order))
    problem = _too_late(order, change, hub) or changed.problem
    if problem is not None:
        told = Verdict(accepted=False, reason=problem.message, order=document, changed=changed)
        drafts = change_drafts(row, change, told, hub)
        return Plan(verdict="reject", order=order, changed=changed, doubt=problem, drafts=drafts)
    question = _question(view, order, asking, changed, hub)
    if question is not None:
        return Plan(verdict="wait", order=order, changed=changed, doubt=question)
    # the confirmation to come answers a replacement; nothing else would ever answer a cancellation
    is_silent = asking.as_order and not asking.is_automatic and not changed.is_cancelled
    told = Verdict(accepted=True, order=document, changed=changed)
    drafts = [] if is_silent else change_drafts(row, change, told, hub)
    return Plan(verdict="apply", order=order, changed=changed, drafts=drafts)


def is_promised(order: OrderRow) -> bool:
    """Whether anything of the order was confirmed to the buyer."""
    return any(count(row, "confirmed") for row in order.matrix)


def change_key(asking: Asking) -> str:
    """What makes two documents the same change: whose, which order, which number, sequence, date and function."""
    row, change = asking.row, asking.change
    issued = None if change.issued_on is None else change.issued_on.isoformat()
    numbers = [change.number, change.order_number, change.release, change.change_sequence]
    key = [row.partner, "order_change", row.test, *numbers, issued, change.purpose_code]
    # changes without a number of their own are told apart by what they say
    has_number = bool(change.change_sequence) or change.number not in {None, change.order_number}
    return to_json(key if has_number else [*key, asking.content_sha256])


def _order_of(view: Transaction, asking: Asking) -> OrderRow | None:
    """The order of this partner with the number that is named, test apart from production."""
    order = view.orders.numbered(asking.change.order_number or "", asking.row.partner)
    return order if order is not None and order.test == asking.row.test else None


def _unknown(asking: Asking) -> Doubt:
    word = "cancels" if asking.change.purpose == "cancellation" else "changes"
    code = "BUS-304" if asking.as_order else "BUS-400"
    message = f"it {word} order {asking.change.order_number or 'without a number'}, which we do not have"
    return Doubt(code=code, message=message, hint="find the order, then replay")


def _too_late(order: OrderRow, change: OrderChange, hub: Hub) -> Doubt | None:
    """Why nothing of the order can be changed any more, or None."""
    status = STATUSES[order.status]
    if status == "cancelled" and change.purpose != "cancellation":
        return Doubt(code="BUS-415", message=f"order {order.number} is cancelled", hint="the buyer may order again")
    if status in _OVER:
        what = "was delivered" if status == "delivered" else f"is {status.replace('_', ' ')}"
        return Doubt(code="BUS-404", message=f"order {order.number} {what} already")
    if change.purpose == "cancellation" and status != "cancelled":
        try:
            status_table(hub).demand(status, "cancelled", by_person=True)
        except Refused as refused:
            message = f"order {order.number} cannot be cancelled: {refused.message}"
            return Doubt(code="BUS-404", message=message, hint="what has left can only come back: ask the buyer for a return")
    return None


def _question(view: Transaction, order: OrderRow, asking: Asking, changed: Changed, hub: Hub) -> Doubt | None:
    """Why a person must decide, or None: the change is harmless and the agreement leaves it to us."""
    status, change = STATUSES[order.status], asking.change
    if status == "cancelled":
        return None
    if asking.as_order and status in _UNLOOKED_AT:
        return None
    found = _out_of_turn(view.changes.of_order(order.id), asking) or changed.question
    if found is not None:
        return found
    hint = "accept or reject it: `edihub order change`, or POST .../changes/DOCUMENT/accept"
    if status in _UNDERWAY:
        what = "part of it may have left" if status == "shipping" else f"it is {status}"
        return Doubt(code="BUS-416", message=f"order {order.number} is being delivered: {what}", hint=hint)
    if not changed.is_cancelled and (order.held is not None or status == "on_hold"):
        return Doubt(code="BUS-417", message=f"order {order.number} is held itself", hint=hint)
    if not changed.is_cancelled and (doubt := doubt_about(changed.order, hub.library)) is not None:
        return Doubt(code="BUS-418", message=f"as changed, {doubt['message']}", hint=hint)
    if not changed.is_cancelled and (found := _guarded(order, changed, hub)) is not None:
        return found
    if not asking.is_automatic:
        word = "to be cancelled" if changed.is_cancelled else "to be changed"
        return Doubt(code="BUS-419", message=f"the buyer asks for order {order.number} {word}{named(change)}", hint=hint)
    return None


def _guarded(order: OrderRow, changed: Changed, hub: Hub) -> Doubt | None:
    """What the guards of automatic confirmation, or a rule of approval, say of the order as changed that they did not say before."""
    terms, before, after = terms_of(order, hub), document_of(order), changed.order
    if after.lines == before.lines:
        return None
    known = [each["message"] for each in objections(before, terms, hub)]
    said = [*objections(after, terms, hub), *shortage_said(after, shortages(after, terms, hub))]
    first = next((each for each in said if each["message"] not in known), None)
    if first is not None:
        return Doubt(
            code=first["code"], message=f"as changed, {first['message']}", hint="settle it, then accept or reject the change"
        )
    if order.approval != "pending" and reassess(order, after, hub).state == "pending":
        message = f"as changed, order {order.number} needs approval"
        return Doubt(code="BUS-427", message=message, hint="accept the change, then have the order approved; or reject it")
    return None


def _out_of_turn(before: list[ChangeRow], asking: Asking) -> Doubt | None:
    """An older change after a newer one, a second one of the same number, or one while another still waits."""
    others = [each for each in before if each.id != asking.row.id]
    hint = "compare the two, then accept or reject it"
    mine = asking.change.change_sequence or ""
    for each in others:
        if mine.isdigit() and each.sequence.isdigit() and int(each.sequence) >= int(mine):
            same = int(each.sequence) == int(mine)
            said = (
                f"change {mine} was received before, with other content"
                if same
                else f"change {mine} comes after change {each.sequence}"
            )
            return Doubt(code="BUS-402", message=said, hint=hint)
        if asking.change.number not in {None, asking.change.order_number} and each.number == asking.change.number:
            message = f"change {each.number} was received before, with other content"
            return Doubt(code="BUS-402", message=message, hint=hint)
    if asking.change.purpose in {"cancellation", "replace"}:
        return None
    waiting = next((each for each in others if each.state == "pending"), None)
    if waiting is None:
        return None
    return Doubt(code="BUS-414", message="an earlier change of the order still waits", hint="decide that one first")


def named(change: OrderChange) -> str:
    """The change in brackets, where it has a number of its own."""
    number = change.change_sequence or (change.number if change.number != change.order_number else None)
    return f" (change {number})" if number else ""
