"""Price lists and stock tables: what automatic confirmation compares an order with. YAML under `mappings/prices` and `mappings/stock`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, TypeAlias

from pydantic import Field

from hub.config import Document, check
from hub.diagnostics import Diagnostic
from hub.model import Item
from hub.routing.options import Block

LISTS: Mapping[str, str] = MappingProxyType({"prices": "price list", "stock": "stock table"})
"""What an agreement may name under `tables:` beside the tables of its guide, and what that is called."""

_Amount = Annotated[Decimal, Field(ge=0, max_digits=18)]
_Above = Annotated[Decimal, Field(gt=0, max_digits=18)]


class PriceFile(Block):
    """What an item costs: `price` for `per` units, net. `usual` is the quantity that is usually ordered on a line."""

    price: _Amount
    per: _Above = Decimal(1)
    unit: Annotated[str, Field(min_length=2, max_length=3)] | None = None
    usual: _Above | None = None


class PriceListFile(Block):
    """A price list. The key of a row is any id of the item: GTIN, the buyer's or our own."""

    prices: str
    title: str = ""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["USD", "EUR"])]
    rows: Annotated[dict[str, PriceFile], Field(min_length=1)]


class StockFile(Block):
    """How much is there, in the unit that the item is ordered in. The key of a row is any id of the item."""

    stock: str
    title: str = ""
    rows: dict[str, _Amount] = Field(default_factory=dict)


PriceList: TypeAlias = PriceListFile
StockTable: TypeAlias = StockFile


def rows_of(item: Item | None, rows: Mapping[str, object]) -> tuple[str, ...]:
    """The keys of a list that the ids of an item lead to; several where its ids mean different rows."""
    return tuple(dict.fromkeys(each for each in _ids(item) if each in rows))


def read_price_list(document: Document, name: str = "") -> tuple[PriceList | None, list[Diagnostic]]:
    """A price list, or every mistake in it; `name` is what its path calls it."""
    checked = check(document, PriceListFile)
    found = list(checked.diagnostics)
    if checked.value is not None:
        found += _misnamed(document, "prices", checked.value.prices, name)
    return checked.value, found


def read_stock_table(document: Document, name: str = "") -> tuple[StockTable | None, list[Diagnostic]]:
    """A stock table, or every mistake in it."""
    checked = check(document, StockFile)
    found = list(checked.diagnostics)
    if checked.value is not None:
        found += _misnamed(document, "stock", checked.value.stock, name)
    return checked.value, found


def _misnamed(document: Document, kind: str, calls_itself: str, name: str) -> Iterator[Diagnostic]:
    if name and calls_itself != name:
        message = f'the {LISTS[kind]} "{name}" calls itself "{calls_itself}"'
        yield document.diagnostic("CFG-343", message, (kind,), hint="a list is named by its path")


def _ids(item: Item | None) -> Iterator[str]:
    """Every id of an item as a row may be keyed; a GTIN also without the zeros that fill it up to fourteen digits."""
    if item is None:
        return
    for each in (item.supplier_id, item.gtin, item.buyer_id, item.manufacturer_id):
        if each:
            yield each
    if item.gtin:
        yield from (item.gtin[cut:] for cut in (1, 2, 6) if item.gtin.startswith("0" * cut))
    yield from (each.value for each in item.ids if each.scheme not in {"lot", "serial", "colour", "size"})
