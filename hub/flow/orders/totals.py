"""What an invoice adds up to, by the rules of EN 16931: line amounts, the tax breakdown, the document's totals.

Every amount is rounded half up to the minor unit of the currency (EN 16931 6.5, BR-DEC): a line once, a tax once per category and
rate (BR-CO-17), never a sum of rounded parts by another way. What is missing is computed; what was given and is another number is
refused with both numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext

import msgspec

from hub.errors import Refused
from hub.flow.orders.matrix import plain
from hub.flow.orders.money import Money
from hub.flow.orders.taxes import UNSETTLED, breakdown, counts, sound_tax, taxes_of
from hub.flow.orders.units import converted
from hub.model import AllowanceCharge, Invoice, InvoiceLine, InvoiceTotals, OrderLine

ZERO = Decimal(0)


def add_up(invoice: Invoice, tolerance: Decimal) -> Invoice:
    """The invoice with every amount that it may leave out; raises `Refused` BUS-390 or BUS-391 where it does not add up."""
    money = Money(invoice.currency, tolerance)
    lines = tuple(_line(line, money) for line in invoice.lines)
    extras = tuple(
        _extra(each, money, f"allowance or charge {place}") for place, each in enumerate(invoice.allowances_charges, 1)
    )
    lines_amount = sum((line.amount or ZERO for line in lines), ZERO)
    allowances = _sum(extras, is_charge=False)
    charges = _sum(extras, is_charge=True)
    exclusive = lines_amount - allowances + charges
    taxes = breakdown(invoice, lines, extras, money)
    tax = sum((each.amount or ZERO for each in taxes), ZERO) if taxes else None
    given = invoice.totals or InvoiceTotals()
    totals = _totals(invoice, given, money, (lines_amount, allowances, charges, exclusive, tax))
    if extras or given.allowances_amount is not None or given.charges_amount is not None:
        totals = msgspec.structs.replace(
            totals,
            allowances_amount=money.settled(given.allowances_amount, money.round(allowances), "totals.allowances_amount"),
            charges_amount=money.settled(given.charges_amount, money.round(charges), "totals.charges_amount"),
        )
    return msgspec.structs.replace(invoice, lines=lines, allowances_charges=extras, taxes=taxes, totals=totals)


def _totals(
    invoice: Invoice, given: InvoiceTotals, money: Money, sums: tuple[Decimal, Decimal, Decimal, Decimal, Decimal | None]
) -> InvoiceTotals:
    lines_amount, allowances, charges, exclusive, tax = sums
    net = money.settled(
        given.tax_exclusive_amount,
        money.round(exclusive),
        "totals.tax_exclusive_amount",
        how=f"lines {plain(lines_amount)} - allowances {plain(allowances)} + charges {plain(charges)}",
    )
    tax_amount = None if tax is None and given.tax_amount is None else money.settled(
        given.tax_amount, money.round(tax or ZERO), "totals.tax_amount", how="the sum of the tax breakdown"
    )  # fmt: skip
    gross = net + (tax_amount or ZERO)
    inclusive = money.settled(
        given.tax_inclusive_amount, gross, "totals.tax_inclusive_amount", how=f"net {plain(net)} + tax {plain(gross - net)}"
    )
    prepaid = _one_of(invoice.prepaid_amount, given.prepaid_amount)
    rounding = given.rounding_amount or ZERO
    payable = inclusive - (prepaid or ZERO) + rounding
    if given.line_count is not None and given.line_count != len(invoice.lines):
        message = f"totals.line_count is {given.line_count}, there are {len(invoice.lines)} lines"
        raise Refused(message, "correct it, or leave it out and it is computed", code="BUS-390")
    return msgspec.structs.replace(
        given,
        line_count=len(invoice.lines),
        quantity=_quantity(invoice, given),
        lines_amount=money.settled(given.lines_amount, money.round(lines_amount), "totals.lines_amount", how="the sum of the lines"),
        tax_exclusive_amount=net,
        tax_amount=tax_amount,
        tax_inclusive_amount=inclusive,
        prepaid_amount=prepaid,
        payable_amount=money.settled(given.payable_amount, money.round(payable), "totals.payable_amount", how=_payable_how(inclusive, prepaid, rounding)),
    )  # fmt: skip


def _payable_how(inclusive: Decimal, prepaid: Decimal | None, rounding: Decimal) -> str:
    less = f" - {plain(prepaid)} prepaid" if prepaid else ""
    return f"{plain(inclusive)} with tax{less}" + (f" + {plain(rounding)} rounding" if rounding else "")


def _one_of(invoice: Decimal | None, totals: Decimal | None) -> Decimal | None:
    """What was prepaid may stand in two places, and is one amount."""
    if invoice is not None and totals is not None and invoice != totals:
        message = f"prepaid_amount is {plain(invoice)}, totals.prepaid_amount {plain(totals)}"
        raise Refused(message, "say it once", code="BUS-390")
    return invoice if totals is None else totals


def _quantity(invoice: Invoice, given: InvoiceTotals) -> Decimal | None:
    if given.quantity is None:
        return None
    total = sum((line.quantity or ZERO for line in invoice.lines), ZERO)
    if total != given.quantity:
        message = f"totals.quantity is {plain(given.quantity)}, the lines add up to {plain(total)}"
        raise Refused(message, "correct it, or leave it out", code="BUS-390")
    return given.quantity


def _line(line: InvoiceLine, money: Money) -> InvoiceLine:
    name = f"line {line.order_line or line.number}"
    extras = tuple(_extra(each, money, f"{name}: an allowance or charge") for each in line.allowances_charges)
    added = _sum(extras, is_charge=True) - _sum(extras, is_charge=False)
    taxes = taxes_of(line)
    goods = goods_amount(line)
    if goods is None:
        if line.amount is None:
            hint = "give the line a price, or its amount"
            raise Refused(f"{name}: there is no price to compute its amount with", hint, code="BUS-391")
        amount = money.settled(line.amount, money.round(line.amount), f"{name}: amount")
    else:
        how = f"{plain(line.quantity or ZERO)} x {plain(line.price or ZERO)}" + (f", {plain(added)} added" if added else "")
        amount = money.settled(line.amount, money.round(goods + added), f"{name}: amount", how=how, is_rounded=True)
    checked = tuple(sound_tax(each, amount, money, name) for each in taxes)
    return msgspec.structs.replace(line, amount=amount, allowances_charges=extras, taxes=checked, tax=None)


def goods_amount(line: InvoiceLine | OrderLine) -> Decimal | None:
    """Quantity times price, before rounding; None where it cannot be told."""
    if line.price is None or line.quantity is None:
        return None
    quantity: Decimal | None = line.quantity
    basis = line.price_base_unit
    if basis and line.unit and basis != line.unit:
        counted = next((each.quantity for each in line.quantities if each.unit == basis), None)
        quantity = counted if counted is not None else converted(line.quantity, line.unit, basis)
    if quantity is None or line.price_base_quantity == 0:
        return None
    with localcontext() as context:
        context.prec = 60
        return quantity * line.price / (line.price_base_quantity or Decimal(1))


def _extra(extra: AllowanceCharge, money: Money, what: str) -> AllowanceCharge:
    """An allowance or charge with its amount."""
    if extra.charge is None and extra.settlement not in UNSETTLED and not extra.indicator:
        raise Refused(f"{what} does not say which of the two it is", "`charge: true` or `charge: false`", code="BUS-391")
    computed: Decimal | None = None
    if extra.percent is not None and extra.base_amount is not None:
        computed = money.round(extra.base_amount * extra.percent / 100)
    elif extra.rate is not None and extra.quantity is not None:
        computed = money.round(extra.rate * extra.quantity)
    if computed is None and extra.amount is None and counts(extra):
        raise Refused(f"{what} has no amount", "give it one, or a percent with its base_amount", code="BUS-391")
    if extra.amount is not None and extra.amount < 0:
        raise Refused(f"{what} is {plain(extra.amount)}", "turn it into the other of the two", code="BUS-391")
    if computed is None:
        amount = None if extra.amount is None else money.settled(extra.amount, money.round(extra.amount), what)
    else:
        amount = money.settled(extra.amount, computed, what, is_rounded=True)
    return msgspec.structs.replace(extra, amount=amount)


def _sum(extras: Iterable[AllowanceCharge], *, is_charge: bool) -> Decimal:
    return sum((each.amount or ZERO for each in extras if counts(each) and each.charge is is_charge), ZERO)
