"""Stock as a partner reports it."""

from __future__ import annotations

import datetime as dt

from hub.model.common import DateTimePeriod, Echo, Extension, Item, Note, Part, Party, Price, Quantity, Reference, Source


class InventoryLine(Part, frozen=True, kw_only=True):
    """One item's quantities at one place."""

    number: str | None = None
    item: Item | None = None
    location: Party | None = None
    quantities: tuple[Quantity, ...] = ()
    prices: tuple[Price, ...] = ()
    dates: tuple[DateTimePeriod, ...] = ()
    references: tuple[Reference, ...] = ()
    notes: tuple[Note, ...] = ()
    echo: Echo | None = None


class InventoryReport(Part, frozen=True, kw_only=True, tag_field="type", tag="inventory_report"):
    """846 or INVRPT."""

    number: str | None = None
    purpose: str | None = None
    purpose_code: str | None = None
    kind: str | None = None
    currency: str | None = None
    issued_on: dt.date | None = None
    issued_time: str | None = None
    buyer: Party | None = None
    supplier: Party | None = None
    warehouse: Party | None = None
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[DateTimePeriod, ...] = ()
    notes: tuple[Note, ...] = ()
    lines: tuple[InventoryLine, ...] = ()
    extensions: tuple[Extension, ...] = ()
    source: Source | None = None
