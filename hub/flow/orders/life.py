"""The steps of an order's life that have a name: where each leads, what is told, and what the partner is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from hub.flow.orders.outcomes import Usual

Action: TypeAlias = Literal[
    "confirm", "hold", "release", "cancel", "approve", "reject", "backorder", "ready", "paid", "delivered", "move"
]
ACTIONS: tuple[Action, ...] = get_args(Action)

AFTER: Mapping[Action, str] = MappingProxyType(
    {
        "confirm": "confirmed",
        "hold": "on_hold",
        "cancel": "cancelled",
        "reject": "cancelled",
        "backorder": "stock_unavailable",
        "ready": "ready",
        "paid": "paid",
        "delivered": "delivered",
    }
)
"""The status that an action leads to; `move` names its own, `release` leads back, `approve` stays."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a response says of an order that comes into a status: the outcome of a line that nobody spoke of."""

    usual: Usual
    events: tuple[str, ...]


ANSWERED: Mapping[str, Said] = MappingProxyType(
    {
        "confirmed": Said("accepted", ("confirmed",)),
        "stock_unavailable": Said("backordered", ("backordered",)),
        "cancelled": Said("rejected", ("cancelled",)),
    }
)
"""The statuses that change what the buyer was promised, so that the line matrix and the response follow."""
REJECTED = Said("rejected", ("rejected", "cancelled"))
"""An order that nobody approved is cancelled: an agreement that waits for either says so, once."""

_WORDS = {
    "on_hold": "held",
    "stock_unavailable": "backordered",
    "refund": "refunded",
    "return": "returned",
    "partial_return": "partially_returned",
    "partial_refund": "partially_refunded",
}


def event_of(status: str) -> str:
    """The event that tells of an order that came into a status: `order.confirmed`, `order.held`."""
    return f"order.{_WORDS.get(status, status)}"
