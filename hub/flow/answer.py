"""What we answer an order with: the canonical response, echoing letter for letter what the buyer sent."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from hub.flow.orders.outcomes import Outcomes
from hub.model import Order, OrderResponse


def receipt_of(order: Order, *, number: str, today: dt.date) -> OrderResponse:
    """The response that says only that an order was received, and that detail follows."""
    return _response(order, number=number, today=today, detail_follows=True)


def response_to(
    order: Order, outcomes: Outcomes, *, number: str, today: dt.date, reason: str | None = None, replaces: bool = False
) -> OrderResponse:
    """The response that says what becomes of every line of an order.

    `number` is our own number of the response; `today` the date in the partner's time zone; `replaces` says that an earlier
    answer holds no longer.
    """
    purpose: Literal["original", "replace"] = "replace" if replaces else "original"
    return _response(
        order,
        number=number,
        today=today,
        purpose=purpose,
        status=outcomes.verdict,
        reason=reason,
        lines=outcomes.lines,
    )


def _response(order: Order, *, number: str, today: dt.date, **said: object) -> OrderResponse:
    values: dict[str, object] = {"purpose": "original", **said}
    return OrderResponse(
        number=number,
        order_number=order.number,
        order_issued_on=order.issued_on,
        release=order.release,
        answers="order",
        issued_on=today,
        currency=order.currency,
        buyer=order.buyer,
        supplier=order.supplier,
        ship_to=order.ship_to,
        bill_to=order.bill_to,
        requested=order.requested,
        references=order.references,
        echo=order.echo,
        **values,  # type: ignore[arg-type]
    )
