"""Whether an order may go on at all: nobody holds it, and nobody's approval is missing."""

from __future__ import annotations

from hub.errors import Refused
from hub.store.orders import OrderRow


def demand_free(order: OrderRow, doing: str) -> None:
    """Refuse to promise anything on an order that waits for a person; `doing` says what was asked for (`be confirmed`).

    Raises `Refused`: BUS-315 while it is held, BUS-353 while its approval is pending, BUS-354 once that was refused.
    """
    if order.held is not None:
        raise Refused(f"order {order.number} is held: {order.held['message']}", "release it first", code="BUS-315")
    demand_approval(order, doing)


def demand_approval(order: OrderRow, doing: str) -> None:
    """Refuse where an approval is missing; raises `Refused` BUS-353 or BUS-354."""
    if order.approval == "pending":
        hint = "have it approved first: `edihub order approve ID`, or POST .../approve with a key that may"
        raise Refused(f"order {order.number} waits for approval and cannot {doing}", hint, code="BUS-353")
    if order.approval == "rejected":
        hint = "its approval was refused; the buyer may order again"
        raise Refused(f"order {order.number} was not approved and cannot {doing}", hint, code="BUS-354")
