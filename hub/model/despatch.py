"""What left the warehouse, package by package."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hub.model.common import (
    DateTimePeriod,
    Echo,
    Extension,
    Item,
    Note,
    Part,
    Party,
    Quantity,
    Reference,
    Source,
)


class Carrier(Part, frozen=True, kw_only=True):
    """Who carries it and under which numbers."""

    name: str | None = None
    scac: str | None = None
    gln: str | None = None
    mode: str | None = None
    tracking_number: str | None = None
    bill_of_lading: str | None = None
    pro_number: str | None = None
    trailer: str | None = None
    seals: tuple[str, ...] = ()
    routing: str | None = None


class PackedItem(Part, frozen=True, kw_only=True):
    """A quantity of one ordered line inside a package."""

    number: str | None = None
    order_number: str | None = None
    order_line: str | None = None
    order_issued_on: dt.date | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    ordered_quantity: Decimal | None = None
    ordered_unit: str | None = None
    quantities: tuple[Quantity, ...] = ()
    item: Item | None = None
    lot: str | None = None
    serials: tuple[str, ...] = ()
    best_before: dt.date | None = None
    dates: tuple[DateTimePeriod, ...] = ()
    references: tuple[Reference, ...] = ()
    notes: tuple[Note, ...] = ()
    echo: Echo | None = None


class Package(Part, frozen=True, kw_only=True):
    """One logistic unit; `parent` is the id of the unit it stands on. `sscc` has eighteen digits, no application identifier."""

    id: str | None = None
    parent: str | None = None
    kind: str | None = None
    kind_code: str | None = None
    count: int | None = None
    sscc: str | None = None
    sscc_to: str | None = None
    sscc_count: int | None = None
    weight: Decimal | None = None
    weight_unit: str | None = None
    volume: Decimal | None = None
    volume_unit: str | None = None
    length: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None
    dimension_unit: str | None = None
    order_number: str | None = None
    store: Party | None = None
    references: tuple[Reference, ...] = ()
    items: tuple[PackedItem, ...] = ()


class DespatchTotals(Part, frozen=True, kw_only=True):
    """Sums over the shipment."""

    packages: int | None = None
    line_count: int | None = None
    quantity: Decimal | None = None
    weight: Decimal | None = None
    net_weight: Decimal | None = None
    weight_unit: str | None = None
    volume: Decimal | None = None
    volume_unit: str | None = None


class DespatchAdvice(Part, frozen=True, kw_only=True, tag_field="type", tag="despatch_advice"):
    """856 or DESADV. `items` are goods that stand in no package."""

    number: str | None = None
    purpose: str | None = None
    purpose_code: str | None = None
    structure: str | None = None
    order_numbers: tuple[str, ...] = ()
    orders: tuple[Reference, ...] = ()
    issued_on: dt.date | None = None
    issued_time: str | None = None
    despatched_on: dt.date | None = None
    despatched_at: str | None = None
    delivery_on: dt.date | None = None
    delivery_time: str | None = None
    supplier: Party | None = None
    buyer: Party | None = None
    ship_from: Party | None = None
    ship_to: Party | None = None
    bill_to: Party | None = None
    parties: tuple[Party, ...] = ()
    carrier: Carrier | None = None
    references: tuple[Reference, ...] = ()
    dates: tuple[DateTimePeriod, ...] = ()
    notes: tuple[Note, ...] = ()
    totals: DespatchTotals | None = None
    packages: tuple[Package, ...] = ()
    items: tuple[PackedItem, ...] = ()
    extensions: tuple[Extension, ...] = ()
    source: Source | None = None
