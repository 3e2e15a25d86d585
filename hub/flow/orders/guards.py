"""What keeps an order from being confirmed by itself: prices, quantities, items, size, stock, a twin. Each is said with its cure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hub.flow.hub import Hub
from hub.flow.orders.answering import document_of
from hub.flow.orders.matrix import line_id, plain
from hub.flow.orders.terms import Terms, price_list, stock_table
from hub.flow.orders.units import ratio
from hub.flow.sound import reason
from hub.model import Order, OrderLine
from hub.routing.options import Largest
from hub.routing.price_lists import PriceFile, PriceList, StockTable, rows_of
from hub.routing.rules import worth
from hub.store.orders import STATUSES, OrderRow
from hub.store.transaction import Transaction

LISTED = 20
_DECIDE = "then confirm the order, or cancel it"


def objections(order: Order, terms: Terms, hub: Hub) -> list[dict[str, Any]]:
    """Every reason why a person must look at an order before it is confirmed; empty where there is none.

    Without a price list prices, items and usual quantities are not looked at. Raises `ConfigError` where a list cannot be read.
    """
    found = list(_size(order, terms.orders.largest, terms.orders.currency))
    prices = price_list(terms, hub)
    if prices is not None:
        for place, line in enumerate(order.lines, 1):
            found += _against_list(order, line, line_id(line, place), prices, terms)
    return found


def held_by(objected: list[dict[str, Any]]) -> dict[str, Any]:
    """The reason an order is held with: the first, and beside it all of them. A person may confirm it as it is."""
    first = dict(objected[0])
    if len(objected) > 1:
        first["message"] = f"{first['message']}; and {len(objected) - 1} more"
        first["all"] = [{name: each[name] for name in ("code", "message")} for each in objected[:LISTED]]
    return {**first, "guard": True}


def shortages(order: Order, terms: Terms, hub: Hub) -> dict[str, Decimal]:
    """What is there of every line that the stock table has too little of, by line. An item it does not know is not looked at."""
    stock = stock_table(terms, hub)
    return {} if stock is None else _short(order, stock)


def shortage_said(order: Order, short: dict[str, Decimal]) -> list[dict[str, Any]]:
    """The shortages as reasons to hold an order."""
    lines = {line_id(line, place): line for place, line in enumerate(order.lines, 1)}
    hint = f"wait for goods (backorder) or confirm what is there, {_DECIDE.removeprefix('then ')}"
    return [
        reason("BUS-362", f"line {name}: {plain(lines[name].quantity or Decimal(0))} ordered, {plain(there)} in stock", hint)
        for name, there in short.items()
    ]


def twin_of(tx: Transaction, order: Order, partner: str, *, test: bool) -> dict[str, Any] | None:
    """The reason to stop at an order whose partner sent another of the same number and release, or None.

    Numbers come round again, so that this alone refuses nothing.
    """
    for other in tx.orders.same_number(order.number or "", partner, test=test):
        if STATUSES[other.status] != "cancelled" and document_of(other).release == order.release:
            return held_by([_twin(order, other)])
    return None


def _twin(order: Order, other: OrderRow) -> dict[str, Any]:
    issued = document_of(other).issued_on
    dated = "without a date" if issued is None else f"of {issued.isoformat()}"
    message = f"order {order.number} may be here twice: {other.id} {dated} has the same number"
    return reason("BUS-364", message, f"ask the buyer whether both are meant, {_DECIDE}")


def _size(order: Order, largest: Largest, currency: str) -> Iterator[dict[str, Any]]:
    hint = f"ask whether it is meant, {_DECIDE}; `orders: {{largest: ...}}` says what is usual"
    if largest.lines is not None and len(order.lines) > largest.lines:
        yield reason("BUS-363", f"{len(order.lines)} lines, usual are up to {largest.lines}", hint)
    if largest.quantity is not None:
        for place, line in enumerate(order.lines, 1):
            if line.quantity is not None and line.quantity > largest.quantity:
                name, quantity = line_id(line, place), plain(line.quantity)
                yield reason("BUS-363", f"line {name}: {quantity} ordered, usual are up to {plain(largest.quantity)}", hint)
    if largest.amount is None:
        return
    amount = worth(order)
    if amount is not None and currency and order.currency not in {None, currency}:
        yield reason("BUS-365", f"it is in {order.currency}, what is usual is known in {currency}", f"look at it, {_DECIDE}")
    elif amount is not None and amount > largest.amount:
        said = f"it comes to {plain(amount)} {order.currency or currency}".rstrip()
        yield reason("BUS-363", f"{said}, usual is up to {plain(largest.amount)}", hint)


def _against_list(order: Order, line: OrderLine, name: str, prices: PriceList, terms: Terms) -> Iterator[dict[str, Any]]:
    keys = rows_of(line.item, prices.rows)
    if not keys:
        hint = f"add it to mappings/prices/{prices.prices}.yaml, {_DECIDE}"
        yield reason("BUS-359", f"line {name}: {_item(line)} is not in the price list", hint)
        return
    rows = [prices.rows[key] for key in keys]
    if any(row != rows[0] for row in rows):
        hint = f"correct the list or ask the buyer, {_DECIDE}"
        yield reason("BUS-365", f"line {name}: its item numbers mean {' and '.join(keys)} of the price list", hint)
        return
    yield from _price(order, line, name, rows[0], prices, terms)
    yield from _quantity(line, name, rows[0], terms)


def _price(
    order: Order, line: OrderLine, name: str, row: PriceFile, prices: PriceList, terms: Terms
) -> Iterator[dict[str, Any]]:
    if line.price is None:
        return
    currency, unit = order.currency or terms.orders.currency or prices.currency, line.price_base_unit or line.unit
    if currency != prices.currency:
        hint = f"compare by hand, {_DECIDE}"
        yield reason("BUS-365", f"line {name}: its price is in {currency}, the price list in {prices.currency}", hint)
        return
    scale = ratio(unit, row.unit, line) if row.unit is not None and unit is not None else (Decimal(1), Decimal(1))
    if scale is None:
        hint = f"compare by hand, {_DECIDE}"
        yield reason("BUS-365", f"line {name}: its price is for {unit}, the price list's for {row.unit}", hint)
        return
    per = line.price_base_quantity or Decimal(1)
    offered = Fraction(line.price) / Fraction(per)
    listed = Fraction(row.price) / Fraction(row.per) * Fraction(scale[0]) / Fraction(scale[1])
    if abs(offered - listed) * 100 > listed * Fraction(terms.tolerances.price):
        each = f"{_for(row.price, row.per)} {prices.currency}{_of(row.unit if scale[0] != scale[1] else None)}"
        message = f"line {name}: {_for(line.price, per)} {currency}, the price list says {each}"
        yield reason("BUS-360", message, f"settle the price with the buyer, {_DECIDE}")


def _quantity(line: OrderLine, name: str, row: PriceFile, terms: Terms) -> Iterator[dict[str, Any]]:
    tolerance = terms.tolerances.quantity
    if row.usual is None or tolerance is None or line.quantity is None:
        return
    if abs(line.quantity - row.usual) * 100 > row.usual * tolerance:
        message = f"line {name}: {plain(line.quantity)} ordered, usual is {plain(row.usual)} within {plain(tolerance)} %"
        yield reason("BUS-361", message, f"ask whether it is meant, {_DECIDE}")


def _short(order: Order, stock: StockTable) -> dict[str, Decimal]:
    """What is there for each line that is short; lines of one item share its stock, the first come first."""
    left: dict[str, Decimal] = {}
    short: dict[str, Decimal] = {}
    for place, line in enumerate(order.lines, 1):
        keys = rows_of(line.item, stock.rows)
        if not keys or line.quantity is None:
            continue
        there = left.get(keys[0], stock.rows[keys[0]])
        taken = min(there, line.quantity)
        left[keys[0]] = there - taken
        if taken < line.quantity:
            short[line_id(line, place)] = taken
    return short


def _for(price: Decimal, per: Decimal) -> str:
    return plain(price) if per == 1 else f"{plain(price)} for {plain(per)}"


def _of(unit: str | None) -> str:
    return f" a {unit}" if unit else ""


def _item(line: OrderLine) -> str:
    item = line.item
    known = None if item is None else item.supplier_id or item.gtin or item.buyer_id
    return f"item {known}" if known else "what it orders"
