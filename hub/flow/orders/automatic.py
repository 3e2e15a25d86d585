"""Confirming an order by itself: what every guard says, and what is agreed for goods that are not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub.flow.hub import Hub
from hub.flow.orders.guards import held_by, objections, shortage_said, shortages
from hub.flow.orders.life import ANSWERED
from hub.flow.orders.matrix import Matrix, line_id
from hub.flow.orders.outcomes import Outcome, Outcomes, outcomes_of
from hub.flow.orders.terms import Terms
from hub.model import Order, OrderResponseLine

_SHORT = "not enough in stock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the hub does with an order by itself. Without `outcomes` nothing: a person decides, `held` says why."""

    status: str = ""
    reason: str = ""
    events: tuple[str, ...] = ()
    outcomes: Outcomes | None = None
    told_why: str = ""
    held: dict[str, Any] | None = None


def plan(order: Order, matrix: Matrix, terms: Terms, hub: Hub) -> Plan:
    """What automatic confirmation makes of an order. Raises `ConfigError` where a price list or stock table cannot be read."""
    objected = objections(order, terms, hub)
    short = shortages(order, terms, hub)
    policy = terms.orders.on_shortage
    if short and policy == "hold":
        objected += shortage_said(order, short)
    if objected:
        return Plan(held=held_by(objected))
    if not short:
        return _of("confirmed", outcomes_of(order, matrix, (), "accepted"), "confirmed by agreement")
    return _despite(order, matrix, short, "backordered" if policy != "reject" else "rejected", is_whole=policy == "backorder")


def _despite(order: Order, matrix: Matrix, short: Mapping[str, Decimal], rest: Outcome, *, is_whole: bool) -> Plan:
    """What is agreed where goods are missing: all of it waits, or what is there is confirmed and the rest waits or is refused."""
    said = [] if is_whole else _outcomes(order, short, rest)
    outcomes = outcomes_of(order, matrix, said, "accepted")
    if not is_whole and outcomes.promises_anything:
        return _of("confirmed", outcomes, f"confirmed by agreement, as far as there is: {_SHORT}")
    if rest == "rejected":
        return _of("cancelled", outcomes_of(order, matrix, (), "rejected"), f"rejected by agreement: {_SHORT}")
    return _of("stock_unavailable", outcomes_of(order, matrix, (), "backordered"), f"back-ordered by agreement: {_SHORT}")


def _outcomes(order: Order, short: Mapping[str, Decimal], rest: Outcome) -> list[OrderResponseLine]:
    said = []
    for place, line in enumerate(order.lines, 1):
        name = line_id(line, place)
        if name in short and line.quantity is not None:
            there = short[name]
            missing = OrderResponseLine(order_line=name, status=rest, quantity=line.quantity - there)
            ready = OrderResponseLine(order_line=name, status="accepted", quantity=there)
            said += [ready, missing] if there else [missing]
    return said


def _of(status: str, outcomes: Outcomes, reason: str) -> Plan:
    events = ANSWERED[status].events if status != "cancelled" else ("rejected", "cancelled")
    return Plan(
        status=status,
        reason=reason,
        events=events,
        outcomes=outcomes,
        told_why="" if status == "confirmed" else _SHORT,
    )
