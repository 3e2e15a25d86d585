"""An order and a change to it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

from hub.model.common import (
    AllowanceCharge,
    Contact,
    DateTimePeriod,
    Echo,
    Extension,
    Item,
    LineTax,
    Note,
    Pack,
    Part,
    Party,
    PaymentTerm,
    Price,
    Quantity,
    Reference,
    Requested,
    Schedule,
    Source,
    Terms,
    Totals,
)

OrderPurpose = Literal[
    "original", "cancellation", "change", "replace", "confirmation", "duplicate", "copy", "provisional", "other"
]
OrderKind = Literal["standalone", "blanket", "release", "drop_ship", "rush", "consignment", "call_off", "sample", "other"]


class OrderLine(Part, frozen=True, kw_only=True):
    """One line. `number` is the partner's; a line that came without gets its position. `components` are the parts of a pre-pack."""

    number: str | None = None
    position: int | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    price: Decimal | None = None
    price_base_quantity: Decimal | None = None
    price_base_unit: str | None = None
    prices: tuple[Price, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    amount: Decimal | None = None
    item: Item | None = None
    pack: Pack | None = None
    requested: Requested | None = None
    dates: tuple[DateTimePeriod, ...] = ()
    ship_to: Party | None = None
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    taxes: tuple[LineTax, ...] = ()
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    notes: tuple[Note, ...] = ()
    schedule: tuple[Schedule, ...] = ()
    parent: str | None = None
    components: tuple[OrderLine, ...] = ()
    echo: Echo | None = None


class OrderBody(Part, frozen=True, kw_only=True):
    """What an order and its change have in common."""

    number: str | None = None
    purpose: OrderPurpose | None = None
    purpose_code: str | None = None
    kind: OrderKind | None = None
    kind_code: str | None = None
    release: str | None = None
    issued_on: dt.date | None = None
    issued_time: str | None = None
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
    contacts: tuple[Contact, ...] = ()
    delivery_terms: Terms | None = None
    payment_terms: tuple[PaymentTerm, ...] = ()
    notes: tuple[Note, ...] = ()
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[LineTax, ...] = ()
    totals: Totals | None = None
    echo: Echo | None = None
    extensions: tuple[Extension, ...] = ()
    source: Source | None = None


class Order(OrderBody, frozen=True, kw_only=True, tag_field="type", tag="order"):
    """A purchase order, from any channel."""

    lines: tuple[OrderLine, ...] = ()


class OrderChangeLine(OrderLine, frozen=True, kw_only=True):
    """A line of a change: what to do (`action`) and the new values; `sequence` numbers the change's own lines."""

    action: Literal["add", "change", "cancel", "unchanged"] | None = None
    action_code: str | None = None
    sequence: str | None = None
    quantity_left: Decimal | None = None


class OrderChange(OrderBody, frozen=True, kw_only=True, tag_field="type", tag="order_change"):
    """A buyer's change of an order it sent before; `order_number` names that order."""

    order_number: str | None = None
    order_issued_on: dt.date | None = None
    change_sequence: str | None = None
    lines: tuple[OrderChangeLine, ...] = ()
