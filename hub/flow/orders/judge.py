"""What becomes of an order that has just come, before anybody looked at it: the status it begins in, and the answers it gets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub.errors import HubError
from hub.flow.answer import receipt_of, response_to
from hub.flow.answers import Origin, answer_drafts, response_number
from hub.flow.hub import Hub
from hub.flow.issue import Draft
from hub.flow.orders import matrix as lines
from hub.flow.orders.approval import NOT_REQUIRED, Approval, assess
from hub.flow.orders.automatic import Plan, plan
from hub.flow.orders.matrix import Matrix
from hub.flow.orders.terms import Terms
from hub.flow.sound import doubt_about, reason
from hub.flow.statuses import status_table
from hub.model import Order, OrderResponse
from hub.routing.rules import Where, facts_of
from hub.routing.site import Agreement
from hub.store.orders import STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an order begins with. `is_ruled`: a rule of the site says so, and nothing decides further. `decided` are the answers that say so, `receipts` those that say only that it came."""

    status: str
    reason: str
    matrix: Matrix
    approval: Approval = NOT_REQUIRED
    held: dict[str, Any] | None = None
    is_ruled: bool = False
    receipts: Sequence[Draft] = ()
    decided: Sequence[Draft] = ()
    told: list[dict[str, Any]] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The number of the status."""
        return STATUSES.index(self.status)

    @property
    def is_decided(self) -> bool:
        """Whether it was decided without anybody."""
        return bool(self.told) or self.status == "confirmed"

    def stopped(self, order: Order, held: dict[str, Any]) -> Judgement:
        """The same order left to a person after all: in draft, with the reason, and no more answered than that it came."""
        matrix = lines.build(order, is_confirmed=False)
        return replace(self, status="draft", reason="received", matrix=matrix, held=held, decided=(), told=[])


def judge(order: Order, agreement: Agreement | None, origin: Origin, hub: Hub) -> Judgement:
    """Judge an order that came by an agreement; whatever stands in its way becomes the reason that it waits in draft."""
    name, currency = ("", "") if agreement is None else (agreement.id, agreement.orders.currency)
    where = Where(channel="edi", partner=origin.partner, agreement=name, test=origin.test, currency=currency)
    doubt = None if order.purpose == "cancellation" else doubt_about(order, hub.library)
    return weigh(order, agreement, where, origin, hub, doubt=doubt)


def weigh(
    order: Order, terms: Terms | None, where: Where, origin: Origin, hub: Hub, *, doubt: dict[str, Any] | None = None
) -> Judgement:
    """Judge an order from wherever it came. `terms` are None where nothing is agreed, `doubt` is what is wrong with it."""
    table = status_table(hub)
    waiting = Judgement(status=table.initial, reason="received", matrix=lines.build(order, is_confirmed=False), held=doubt)
    rules = hub.site.rules
    if rules.approval or rules.status:
        waiting = _by_rules(waiting, order, where, hub)
    if doubt is not None or terms is None:
        return waiting
    try:
        waiting = replace(waiting, receipts=_receipts(order, origin, hub))
        if terms.confirm != "automatic" or waiting.approval.state == "pending" or waiting.is_ruled:
            return waiting
        planned = plan(order, waiting.matrix, terms, hub)
        return _planned(waiting, planned, order, origin, hub)
    except HubError as failure:
        error = reason(failure.code, failure.message, failure.hint)
        return replace(waiting, held=error, receipts=())


def _by_rules(waiting: Judgement, order: Order, where: Where, hub: Hub) -> Judgement:
    """What the site's rules say: the first status, and whether somebody must approve."""
    facts = facts_of(order, where, status=waiting.status)
    judged = replace(waiting, approval=assess(facts, hub))
    rule = hub.site.rules.status_rule(facts)
    if rule is None:
        return judged
    why = rule.title or f"rule {rule.name}"
    held = judged.held
    if rule.status == "on_hold" and held is None:
        held = reason("BUS-366", why, "look at the order, then release it")
    return replace(judged, status=rule.status, reason=f"received; {why}", held=held, is_ruled=True)


def _receipts(order: Order, origin: Origin, hub: Hub) -> list[Draft]:
    number = response_number(origin.document)

    def write(today: dt.date) -> OrderResponse:
        return receipt_of(order, number=number, today=today)

    return answer_drafts(origin, ("received",), write, hub)


def _planned(waiting: Judgement, planned: Plan, order: Order, origin: Origin, hub: Hub) -> Judgement:
    """The judgement that a plan makes, with its answer written."""
    if planned.outcomes is None:
        return replace(waiting, held=planned.held)
    outcomes = planned.outcomes
    number = response_number(origin.document, len(waiting.receipts[:1]))

    def write(today: dt.date) -> OrderResponse:
        return response_to(order, outcomes, number=number, today=today, reason=planned.told_why or None)

    return replace(
        waiting,
        status=planned.status,
        reason=planned.reason,
        matrix=outcomes.apply(waiting.matrix),
        decided=answer_drafts(origin, planned.events, write, hub),
        told=[] if outcomes.usual == "accepted" else outcomes.told(),
    )
