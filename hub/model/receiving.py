"""What the buyer received of a shipment."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hub.model.common import DateTimePeriod, Echo, Extension, Item, Note, Part, Party, Quantity, Reference, Source


class ReceivingLine(Part, frozen=True, kw_only=True):
    """One line received: what came, what was damaged, short or returned, and why."""

    number: str | None = None
    order_number: str | None = None
    order_line: str | None = None
    despatch_number: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    accepted: Decimal | None = None
    damaged: Decimal | None = None
    short: Decimal | None = None
    over: Decimal | None = None
    shipped: Decimal | None = None
    returned: Decimal | None = None
    reason: str | None = None
    reason_code: str | None = None
    quantities: tuple[Quantity, ...] = ()
    item: Item | None = None
    sscc: str | None = None
    references: tuple[Reference, ...] = ()
    dates: tuple[DateTimePeriod, ...] = ()
    notes: tuple[Note, ...] = ()
    echo: Echo | None = None


class ReceivingAdvice(Part, frozen=True, kw_only=True, tag_field="type", tag="receiving_advice"):
    """861 or RECADV; `kind_code` is the kind of advice as the standard says it (BRA04)."""

    number: str | None = None
    purpose: str | None = None
    purpose_code: str | None = None
    kind_code: str | None = None
    order_numbers: tuple[str, ...] = ()
    despatch_number: str | None = None
    issued_on: dt.date | None = None
    issued_time: str | None = None
    received_on: dt.date | None = None
    buyer: Party | None = None
    supplier: Party | None = None
    ship_to: Party | None = None
    ship_from: Party | None = None
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[DateTimePeriod, ...] = ()
    notes: tuple[Note, ...] = ()
    lines: tuple[ReceivingLine, ...] = ()
    extensions: tuple[Extension, ...] = ()
    source: Source | None = None
