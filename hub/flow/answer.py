"""What we answer an order with: the canonical response, echoing letter for letter what the buyer sent."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from hub.model import Order, OrderLine, OrderResponse, OrderResponseLine

Decision = Literal["received", "confirmed", "rejected"]

_STATUS: dict[str, Literal["accepted", "rejected"]] = {"confirmed": "accepted", "rejected": "rejected"}


def response_to(order: Order, decision: Decision, *, number: str, today: dt.date, reason: str | None = None) -> OrderResponse:
    """The response that confirms or rejects a whole order, or says that it was received and detail follows.

    `number` is our own number of the response; `today` the date in the partner's time zone.
    """
    is_receipt = decision == "received"
    status = None if is_receipt else _STATUS[decision]
    return OrderResponse(
        number=number,
        order_number=order.number,
        order_issued_on=order.issued_on,
        release=order.release,
        purpose="original",
        answers="order",
        issued_on=today,
        status=status,
        detail_follows=True if is_receipt else None,
        reason=reason,
        currency=order.currency,
        buyer=order.buyer,
        supplier=order.supplier,
        ship_to=order.ship_to,
        bill_to=order.bill_to,
        requested=order.requested,
        references=order.references,
        lines=() if status is None else tuple(_line(line, status, place) for place, line in enumerate(order.lines, 1)),
        echo=order.echo,
    )


def _line(line: OrderLine, status: Literal["accepted", "rejected"], place: int) -> OrderResponseLine:
    requested = line.requested
    return OrderResponseLine(
        number=str(place),
        order_line=line.number,
        status=status,
        quantity=line.quantity,
        ordered_quantity=line.quantity,
        unit=line.unit,
        price=line.price,
        price_base_quantity=line.price_base_quantity,
        price_base_unit=line.price_base_unit,
        item=line.item,
        delivery_on=None if requested is None else requested.delivery_on,
        ship_on=None if requested is None else requested.ship_on,
        echo=line.echo,
    )
