"""Whether an order needs a person's approval, by the rules of the site; asked when it comes and again when it changes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub.flow.hub import Hub
from hub.flow.orders.terms import where_of
from hub.model import Order
from hub.routing.rules import Facts, Rule, facts_of, worth
from hub.store.orders import STATUSES, OrderRow
from hub.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Not required, pending by a rule, or decided; `detail` is what the order keeps of it."""

    state: str = "not_required"
    detail: dict[str, Any] | None = None

    def values(self) -> dict[str, Any]:
        """The columns of an order that say so."""
        return {"approval": self.state, "approval_detail": self.detail}


NOT_REQUIRED = Approval()


def assess(facts: Facts, hub: Hub) -> Approval:
    """What the rules say of an order nobody has decided on."""
    rule = hub.site.rules.approval_rule(facts)
    return NOT_REQUIRED if rule is None else Approval(state="pending", detail=_asked(rule, facts))


def reassess(row: OrderRow, after: Order, hub: Hub) -> Approval:
    """What the rules say of an order as it is after a change.

    A refusal stands. An approval stands as long as no other rule speaks and the order does not come to more than was approved.
    """
    if row.approval == "rejected":
        return _present(row)
    facts = facts_of(after, where_of(row, hub), approval=row.approval, status=STATUSES[row.status])
    rule = hub.site.rules.approval_rule(facts)
    if rule is None:
        return _present(row) if row.approval == "approved" else NOT_REQUIRED
    if row.approval == "approved" and _is_covered(row.approval_detail or {}, rule, worth(after)):
        return _present(row)
    return Approval(state="pending", detail=_asked(rule, facts))


def tell_pending(tx: Transaction, row: OrderRow, approval: Approval) -> None:
    """Tell that an order needs approval now that needed none before."""
    if approval.state == "pending" and row.approval != "pending":
        data = {"number": row.number, "partner": row.partner, **(approval.detail or {})}
        tx.events.tell("order.approval_needed", order=row.id, test=row.test, data=data)


def _present(row: OrderRow) -> Approval:
    return Approval(state=row.approval, detail=row.approval_detail)


def _is_covered(detail: dict[str, Any], rule: Rule, amount: Decimal | None) -> bool:
    approved = detail.get("amount")
    if detail.get("rule") != rule.name or (amount is None) != (approved is None):
        return False
    return amount is None or amount <= Decimal(str(approved))


def _asked(rule: Rule, facts: Facts) -> dict[str, Any]:
    amount = facts["amount"]
    said = {"rule": rule.name, "title": rule.title, "approver": rule.approver, "currency": facts["currency"]}
    detail = {name: value for name, value in said.items() if value}
    return detail if amount is None else {**detail, "amount": format(amount, "f")}
