"""The two orders that the demo retailer sends, as canonical documents: its guides write them as X12 and as EDIFACT."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hub.model import Address, Item, ItemId, Order, OrderLine, Party, PartyId, Requested, Totals


def acme_order(number: str, today: dt.date) -> Order:
    """Three lines for a store, to be written as an X12 850."""
    lines = (
        _upc_line("1", "100", "EA", "12.50", "076123400003", "WIDGET-001", "Blue widget"),
        _upc_line("2", "24", "XCS", "89.90", "614141007349", "CASE-24", "Case of sprockets"),
        _upc_line("3", "7.5", "KGM", "3.20", "036000291452", "NUT-KG", "Loose nuts"),
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
        _gtin_line("1", "48", "4.25", "5412345000037", "Chocolate, dark, 200 g"),
        _gtin_line("2", "12", "31.00", "5412345000044", "Coffee, beans, 1 kg"),
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


def _upc_line(number: str, quantity: str, unit: str, price: str, upc: str, ours: str, text: str) -> OrderLine:  # noqa: PLR0913, PLR0917 - a row of a table
    item = Item(
        ids=(ItemId(value=upc, scheme="upc", code="UP"), ItemId(value=ours, scheme="supplier", code="VN")), description=text
    )
    return OrderLine(number=number, quantity=Decimal(quantity), unit=unit, price=Decimal(price), item=item)


def _gtin_line(number: str, quantity: str, price: str, gtin: str, text: str) -> OrderLine:
    item = Item(ids=(ItemId(value=gtin, scheme="gtin", code="EN"),), description=text)
    return OrderLine(number=number, quantity=Decimal(quantity), unit="H87", price=Decimal(price), item=item)
