"""The two orders that the demo retailer sends, as canonical documents: its guides write them as X12 and as EDIFACT."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hub.model import Address, Item, ItemId, Order, OrderLine, Party, PartyId, Requested, Totals


def acme_order(number: str, today: dt.date) -> Order:
    """Three lines for a store, to be written as an X12 850."""
    lines = (
        _line("1", "100 EA", "12.50", _upc("076123400003", "WIDGET-001", "Blue widget")),
        _line("2", "24 XCS", "89.90", _upc("614141007349", "CASE-24", "Case of sprockets")),
        _line("3", "7.5 KGM", "3.20", _upc("036000291452", "NUT-KG", "Loose nuts")),
    )
    return Order(
        number=number,
        purpose="original",
        kind="standalone",
        issued_on=today,
        currency="USD",
        buyer=Party(name="ACME STORES", ids=(PartyId(value="ACME01", scheme="mutual", code="ZZ"),)),
        supplier=Party(name="EDIHUB", ids=(PartyId(value="100042", scheme="supplier", code="91"),)),
        ship_to=Party(
            name="ACME STORE 0042",
            ids=(PartyId(value="0042", scheme="buyer", code="92"),),
            address=Address(street="1 MAIN ST", city="BENTONVILLE", region="AR", postal_code="72712", country="US"),
        ),
        requested=Requested(delivery_on=today + dt.timedelta(days=7)),
        lines=lines,
        totals=Totals(line_count=3),
    )


def belmart_order(number: str, today: dt.date) -> Order:
    """Two lines between GS1 locations, to be written as an EDIFACT ORDERS."""
    lines = (
        _line("1", "48 H87", "4.25", _gtin("5412345000037", "Chocolate, dark, 200 g")),
        _line("2", "12 H87", "31.00", _gtin("5412345000044", "Coffee, beans, 1 kg")),
    )
    return Order(
        number=number,
        purpose="original",
        issued_on=today,
        currency="EUR",
        buyer=Party(ids=(PartyId(value="5412345000013", scheme="gln", code="9"),)),
        supplier=Party(ids=(PartyId(value="5412345000020", scheme="gln", code="9"),)),
        requested=Requested(delivery_on=today + dt.timedelta(days=5)),
        lines=lines,
        totals=Totals(line_count=2),
    )


def _line(number: str, quantity: str, price: str, item: Item) -> OrderLine:
    amount, unit = quantity.split()
    return OrderLine(number=number, quantity=Decimal(amount), unit=unit, price=Decimal(price), item=item)


def _upc(upc: str, ours: str, text: str) -> Item:
    ids = (ItemId(value=upc, scheme="upc", code="UP"), ItemId(value=ours, scheme="supplier", code="VN"))
    return Item(ids=ids, description=text)


def _gtin(gtin: str, text: str) -> Item:
    return Item(ids=(ItemId(value=gtin, scheme="gtin", code="EN"),), description=text)
