"""The seller's answer to an order or to a change of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

from hub.model.common import (
    AllowanceCharge,
    DateTimePeriod,
    Echo,
    Extension,
    Item,
    Note,
    Part,
    Party,
    Price,
    Reference,
    Requested,
    Schedule,
    Source,
    Terms,
    Totals,
)


class OrderResponseLine(Part, frozen=True, kw_only=True):
    """One outcome of one ordered line; a line with several outcomes stands several times with the same `order_line`.

    `action` is what the change asked for, where a change is answered.
    """

    number: str | None = None
    order_line: str | None = None
    status: Literal["accepted", "changed", "backordered", "rejected", "substituted"] | None = None
    status_code: str | None = None
    changed: tuple[Literal["quantity", "price", "date", "item", "unit", "other"], ...] = ()
    reason: str | None = None
    action: Literal["add", "change", "cancel", "unchanged"] | None = None
    action_code: str | None = None
    quantity_left: Decimal | None = None
    quantity: Decimal | None = None
    ordered_quantity: Decimal | None = None
    unit: str | None = None
    price: Decimal | None = None
    price_base_quantity: Decimal | None = None
    price_base_unit: str | None = None
    prices: tuple[Price, ...] = ()
    item: Item | None = None
    substitute: Item | None = None
    delivery_on: dt.date | None = None
    ship_on: dt.date | None = None
    schedule: tuple[Schedule, ...] = ()
    references: tuple[Reference, ...] = ()
    notes: tuple[Note, ...] = ()
    echo: Echo | None = None


class OrderResponse(Part, frozen=True, kw_only=True, tag_field="type", tag="order_response"):
    """855 or ORDRSP. `answers` says what it answers; `detail_follows` marks a receipt that decides nothing yet."""

    number: str | None = None
    order_number: str | None = None
    order_issued_on: dt.date | None = None
    release: str | None = None
    change_sequence: str | None = None
    purpose: Literal["original", "cancellation", "change", "replace", "confirmation", "duplicate", "copy", "other"] | None = (
        None
    )
    purpose_code: str | None = None
    answers: Literal["order", "order_change"] | None = None
    issued_on: dt.date | None = None
    issued_time: str | None = None
    status: Literal["accepted", "changed", "rejected"] | None = None
    status_code: str | None = None
    detail_follows: bool | None = None
    reason: str | None = None
    currency: str | None = None
    buyer: Party | None = None
    supplier: Party | None = None
    ship_to: Party | None = None
    bill_to: Party | None = None
    ship_from: Party | None = None
    parties: tuple[Party, ...] = ()
    requested: Requested | None = None
    dates: tuple[DateTimePeriod, ...] = ()
    references: tuple[Reference, ...] = ()
    delivery_terms: Terms | None = None
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    notes: tuple[Note, ...] = ()
    lines: tuple[OrderResponseLine, ...] = ()
    totals: Totals | None = None
    echo: Echo | None = None
    extensions: tuple[Extension, ...] = ()
    source: Source | None = None
