"""An invoice as the ERP gives it, completed from the orders it bills: parties, terms, prices, items, and the buyer's own words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from hub.errors import Refused
from hub.flow.orders.despatch_fill import merged_item
from hub.flow.orders.matrix import plain
from hub.flow.orders.subjects import Subject, meant
from hub.flow.orders.totals import add_up, goods_amount
from hub.flow.orders.units import converted, ratio
from hub.model import Invoice, InvoiceLine, OrderLine
from hub.routing.options import Tolerances

ZERO = Decimal(0)
PRICED = frozenset({"invoice", "self_billed"})
"""Kinds that bill what was confirmed at its price; the others put right what was billed."""
_CLOSE = Decimal("0.000001")
"""Two prices that differ by less than this part of themselves are the same one, rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """What a line was promised to cost: the price, for how many, in which unit."""

    price: Decimal
    per: Decimal
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """A completed invoice that adds up, and what it bills by order id and line, in the unit of the line."""

    document: Invoice
    quantities: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)


def billed_orders(given: Invoice) -> Iterator[str | None]:
    """Every order number an invoice mentions."""
    yield given.order_number
    yield from (each.value for each in given.references if each.type == "order")
    yield from (line.order_number for line in given.lines)


def complete(
    given: Invoice,
    subjects: Sequence[Subject],
    promised: Mapping[str, Mapping[str, Promised]],
    *,
    now: dt.datetime,
    tolerances: Tolerances,
) -> Billed:
    """Fill in what the ERP may leave out, and add it up; `promised` are the prices by order id and line.

    Raises `Refused`: BUS-370, BUS-371, BUS-377 and BUS-379 for goods that are on no line, BUS-378 for a unit that cannot be
    counted in the line's, BUS-380 for a quantity that is none, BUS-390 and BUS-391 for what does not add up, BUS-393 for another
    currency, BUS-394 for another price.
    """
    first = subjects[0].order
    currency = given.currency or first.currency
    for subject in subjects:
        if subject.order.currency is not None and currency != subject.order.currency:
            message = f"order {subject.number} is in {subject.order.currency}, the invoice in {currency}"
            raise Refused(message, "bill in the currency of the order", code="BUS-393")
    counted: dict[str, dict[str, Decimal]] = {}
    is_priced = (given.kind or "invoice") in PRICED
    lines = []
    for place, each in enumerate(given.lines, 1):
        subject = meant(subjects, each.order_number, f"line {place}")
        name, line = subject.line(each.order_line or (each.number if each.item is None else None), each.item, f"line {place}")
        price = promised.get(subject.row.id, {}).get(name)
        filled, quantity = _line(each, line, price, name=name, place=place, subject=subject)
        if is_priced:
            _demand_price(filled, quantity, price, tolerances.price, name)
        of_order = counted.setdefault(subject.row.id, {})
        of_order[name] = of_order.get(name, ZERO) + quantity
        lines.append(filled)
    document = msgspec.structs.replace(
        given,
        kind=given.kind or "invoice",
        purpose=given.purpose or "original",
        order_number=given.order_number or subjects[0].number,
        order_issued_on=given.order_issued_on or first.issued_on,
        release=given.release or first.release,
        issued_on=given.issued_on or now.date(),
        currency=currency,
        supplier=given.supplier or first.supplier,
        buyer=given.buyer or first.buyer,
        ship_to=given.ship_to or first.ship_to,
        bill_to=given.bill_to or first.bill_to,
        ship_from=given.ship_from or first.ship_from,
        payment_terms=given.payment_terms or first.payment_terms,
        lines=tuple(lines),
    )
    return Billed(document=add_up(document, tolerances.total), quantities=counted)


def _line(
    given: InvoiceLine, line: OrderLine, promised: Promised | None, *, name: str, place: int, subject: Subject
) -> tuple[InvoiceLine, Decimal]:
    """The line with what it may leave out, and how much of the order line it bills."""
    if given.quantity is None or given.quantity <= 0:
        shown = "no quantity" if given.quantity is None else f"the quantity {plain(given.quantity)}"
        hint = "bill more than nothing; what goes back is a credit note with positive quantities"
        raise Refused(f"line {name} has {shown}", hint, code="BUS-380")
    filled, quantity = _counted(given, line, name)
    item, is_other = merged_item(line.item, given.item)
    echo = line.echo
    if echo is not None and is_other:
        echo = msgspec.structs.replace(echo, ids=())
    if filled.price is None and promised is not None and not filled.prices:
        per = promised.per if promised.per != 1 else None
        unit = promised.unit if promised.unit != filled.unit else None
        filled = msgspec.structs.replace(filled, price=promised.price, price_base_quantity=per, price_base_unit=unit)
    filled = msgspec.structs.replace(
        filled,
        number=given.number or str(place),
        order_number=subject.number,
        order_line=line.number or name,
        item=item,
        echo=echo,
    )
    return filled, quantity


def _counted(given: InvoiceLine, line: OrderLine, name: str) -> tuple[InvoiceLine, Decimal]:
    """The line in the unit of the order, and its quantity there; goods by weight stay as weighed, and say beside it what was counted."""
    quantity = given.quantity or ZERO
    if given.unit is None or line.unit is None or given.unit == line.unit:
        return msgspec.structs.replace(given, unit=line.unit or given.unit), quantity
    found = converted(quantity, given.unit, line.unit, line)
    if found is not None:
        price = given.price
        scale = ratio(given.unit, line.unit, line)
        if price is not None and scale is not None and given.price_base_unit in {None, given.unit}:
            price = price * scale[1] / scale[0]
        return msgspec.structs.replace(given, quantity=found, unit=line.unit, price=price, price_base_unit=None), found
    beside = next((each.quantity for each in given.quantities if each.unit == line.unit), None)
    if beside is None:
        message = f"line {name} is ordered in {line.unit}, and {given.unit} cannot be counted in it"
        hint = f"say beside it how many {line.unit} it is: quantities: [{{type: shipped, quantity: ..., unit: {line.unit}}}]"
        raise Refused(message, hint, code="BUS-378")
    return given, beside


def _demand_price(filled: InvoiceLine, quantity: Decimal, promised: Promised | None, tolerance: Decimal, name: str) -> None:
    """The price is the confirmed one, within the tolerance; compared by what one ordered unit costs."""
    if promised is None or filled.price is None:
        return
    if promised.unit == (filled.price_base_unit or filled.unit):
        billed = filled.price / (filled.price_base_quantity or Decimal(1))
    else:
        amount = goods_amount(filled)
        if amount is None:
            return
        billed = amount / quantity
    agreed = promised.price / promised.per
    if abs(billed - agreed) > agreed * max(tolerance / 100, _CLOSE):
        within = f", and {plain(tolerance)} % are tolerated" if tolerance else ""
        shown, wanted = (plain(each.quantize(_CLOSE)) for each in (billed, agreed))
        message = f"line {name}: the price is {shown}, it was confirmed at {wanted}{within}"
        hint = "bill the confirmed price, or let tolerances.price of the agreement allow for it"
        raise Refused(message, hint, code="BUS-394", detail={"line": name})


def demand_shape(given: Invoice, tolerances: Tolerances) -> None:
    """What every invoice must say; raises `Refused` BUS-388 and BUS-392."""
    if given.purpose not in {None, "original"}:
        raise Refused(f"its purpose is {given.purpose}", "an invoice is told once, as original", code="BUS-375")
    kind = given.kind or "invoice"
    precedes = [each for each in given.references if each.type == "preceding_invoice" and each.value]
    if kind in {"credit_note", "corrective"} and not precedes:
        hint = 'add {"type": "preceding_invoice", "value": NUMBER} to its references'
        raise Refused(f"the {kind.replace('_', ' ')} does not say which invoice it puts right", hint, code="BUS-388")
    if given.lines:
        return
    if not given.allowances_charges:
        raise Refused("the invoice bills nothing", "name its lines, or its charges", code="BUS-392")
    if not tolerances.charges_only:
        hint = "bill goods, or let tolerances.charges_only of the agreement allow freight alone"
        raise Refused("the invoice bills charges without goods", hint, code="BUS-392")
