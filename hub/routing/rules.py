"""Rules about orders: which need approval, and which status one begins in. Plain YAML under a site's `mappings/rules`.

The first rule that fits decides, in the order of files and of rules in a file. Nothing is shipped switched on: a rule is a site's
own. What rules compare is exact: decimals, dates, text, never a float.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from hub.model import Order
from hub.model.order import OrderKind
from hub.routing.conditions import Condition, ConditionFile, holds
from hub.routing.options import Block

_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", examples=["b2b-over-10000-ron"])]


class RuleFile(Block):
    """What every rule says: its name, whom it is for (nothing said: everybody), and when it holds."""

    rule: _Name
    title: str = ""
    channels: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    kinds: tuple[OrderKind, ...] = ()
    when: ConditionFile | None = None


class ApprovalRuleFile(RuleFile):
    """An order that fits waits until the `approver` (a role, for people to read) approves it."""

    approver: str = ""


class StatusRuleFile(RuleFile):
    """An order that fits begins in this status and goes on only when somebody takes it on."""

    status: str


class RuleCaseFile(Block):
    """A case of a rule file: an order (as much of it as matters), where it came from, and what the rules must say.

    `rule` names the rule that decides; absent: none does. `status` is asked only where it is given.
    """

    case: str
    order: dict[str, Any] = Field(default_factory=dict)
    channel: str = "edi"
    partner: str = ""
    agreement: str = ""
    test: Literal["true", "false"] = "false"
    currency: str = ""
    approval: Literal["pending", "not_required"] = "not_required"
    rule: str = ""
    status: str = ""


class RulesFile(Block):
    """A whole rule file."""

    rules: str
    title: str = ""
    approval: tuple[ApprovalRuleFile, ...] = ()
    status: tuple[StatusRuleFile, ...] = ()
    tests: tuple[RuleCaseFile, ...] = ()


_DIGITS = 60
"""More than any price times any quantity has."""
Facts: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule with its condition compiled. `approver` belongs to a rule of approval, `status` to one of status."""

    name: str
    title: str
    channels: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    when: Condition | None = None
    approver: str = ""
    status: str = ""

    def fits(self, facts: Facts) -> bool:
        """Whether the rule is for this order and holds. An order that names no kind is a standalone one."""
        return (
            (not self.channels or facts["channel"] in self.channels)
            and (not self.partners or facts["partner"] in self.partners)
            and (not self.kinds or (facts["order"].kind or "standalone") in self.kinds)
            and (self.when is None or holds(self.when, facts))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All rules of a site, in their order."""

    approval: tuple[Rule, ...] = ()
    status: tuple[Rule, ...] = field(default=())

    def approval_rule(self, facts: Facts) -> Rule | None:
        """The rule by which an order needs approval, or None."""
        return _first(self.approval, facts)

    def status_rule(self, facts: Facts) -> Rule | None:
        """The rule that says in which status an order begins, or None."""
        return _first(self.status, facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where an order came from. `currency` is what its amounts are in where it does not say."""

    channel: str
    partner: str = ""
    agreement: str = ""
    test: bool = False
    currency: str = ""


def facts_of(order: Order, where: Where, *, approval: str = "not_required", status: str = "draft") -> Facts:
    """What rules may ask about: the order, where it came from, what it is worth."""
    return {
        "order": order,
        "channel": where.channel,
        "partner": where.partner,
        "agreement": where.agreement,
        "test": where.test,
        "approval": approval,
        "status": status,
        "amount": worth(order),
        "currency": order.currency or where.currency or None,
    }


def worth(order: Order) -> Decimal | None:
    """What an order comes to, net of tax: the sum of its lines, or its stated total where that is more or a line has no price.

    The lines are what will be invoiced, so that a total that is stated too low hides nothing. None where neither is known.
    """
    stated = None if order.totals is None else order.totals.amount
    total = Decimal(0)
    with localcontext() as context:
        context.prec = _DIGITS
        for line in order.lines:
            if line.price is None or line.quantity is None:
                return stated
            total += line.price * line.quantity / (line.price_base_quantity or 1)
    if not order.lines:
        return stated
    return total if stated is None else max(total, stated)


def _first(rules: Iterable[Rule], facts: Facts) -> Rule | None:
    return next((each for each in rules if each.fits(facts)), None)
