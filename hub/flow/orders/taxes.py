"""The tax breakdown of an invoice (EN 16931 BG-23): one row for each kind, category and rate, computed or held against what was given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeAlias, TypeVar

import msgspec

from hub.errors import Refused
from hub.flow.orders.matrix import plain
from hub.flow.orders.money import Money
from hub.model import AllowanceCharge, Invoice, InvoiceLine, LineTax, TaxSubtotal

ZERO = Decimal(0)
UNSETTLED = frozenset({"bill_back", "information"})
"""Allowances and charges that are told, and paid elsewhere: they are in no sum."""
_VAT = frozenset({"S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B"})
"""Categories of EN 16931 (UN/ECE 5305), all of them of value added tax."""
_UNTAXED = frozenset({"Z", "E", "AE", "K", "G", "O"})
"""Categories whose rate is nothing (BR-Z-05 and its sisters)."""

Rate: TypeAlias = tuple[str | None, str | None, Decimal | None]
"""Category, kind of tax and percent: what one row of the breakdown is about."""
_Tax = TypeVar("_Tax", LineTax, TaxSubtotal)


def taxes_of(line: InvoiceLine) -> tuple[LineTax, ...]:
    """How a line is taxed, wherever it says so; several taxes stand side by side."""
    return tuple(line.taxes or ((line.tax,) if line.tax is not None else ()))


def sound_tax(tax: LineTax, amount: Decimal, money: Money, name: str) -> LineTax:
    """A line's tax with its kind; raises `Refused` BUS-390 where its amount is another, BUS-391 where its rate cannot be."""
    tax = _sound(tax, name)
    if tax.amount is None or tax.percent is None:
        return tax
    due = money.round(amount * tax.percent / 100)
    how = f"{plain(amount)} x {plain(tax.percent)} %"
    return msgspec.structs.replace(tax, amount=money.settled(tax.amount, due, f"{name}: tax", how=how, is_rounded=True))


def counts(extra: AllowanceCharge) -> bool:
    """Whether an allowance or charge is in the sums."""
    return extra.charge is not None and extra.settlement not in UNSETTLED


def breakdown(
    invoice: Invoice, lines: Sequence[InvoiceLine], extras: Sequence[AllowanceCharge], money: Money
) -> tuple[TaxSubtotal, ...]:
    """One row for each rate; given rows are held against it. Raises `Refused` BUS-390 and BUS-391."""
    given = [_sound(each, "the tax breakdown") for each in invoice.taxes]
    bases = _bases(given, lines, extras)
    if bases is None:
        return tuple(_given(each, money) for each in given)
    reasons = {_rate_of(tax): tax.exemption_reason for line in lines for tax in line.taxes if tax.exemption_reason}
    rows = [_row(rate, money.round(base), _taken(given, rate), reasons.get(rate), money) for rate, base in bases.items()]
    if given:
        message = f"the tax breakdown has {_named(_rate_of(given[0]))}, which no line is taxed by"
        raise Refused(message, "correct the lines or the breakdown", code="BUS-390")
    return tuple(rows)


def _sound(tax: _Tax, name: str) -> _Tax:
    """The tax with its kind and its rate, where its category says them."""
    if tax.category in _UNTAXED:
        if tax.percent:
            message = f"{name}: category {tax.category} is taxed at {plain(tax.percent)} %"
            raise Refused(message, "its rate is 0; use category S for a rate", code="BUS-391")
        tax = msgspec.structs.replace(tax, percent=Decimal(0) if tax.percent is None else tax.percent)
    elif tax.category == "S" and tax.percent is None:
        raise Refused(f"{name}: category S has no percent", "say the rate", code="BUS-391")
    return msgspec.structs.replace(tax, type="VAT") if tax.type is None and tax.category in _VAT else tax


def _bases(
    given: Sequence[TaxSubtotal], lines: Sequence[InvoiceLine], extras: Sequence[AllowanceCharge]
) -> dict[Rate, Decimal] | None:
    """The taxable amount of each rate; None where neither lines nor charges say how they are taxed."""
    said = [tuple(_rate_of(tax) for tax in line.taxes) for line in lines]
    taxed = [each for each in extras if counts(each)]
    usual = None if any(said) or len(given) != 1 or given[0].percent is None else (_rate_of(given[0]),)
    if usual is None and not any(said) and not any(each.tax for each in taxed):
        return None
    bases: dict[Rate, Decimal] = {}
    for line, rates in zip(lines, said, strict=True):
        if not rates and usual is None:
            name = line.order_line or line.number
            raise Refused(f"line {name} does not say how it is taxed, other lines do", "give it a `tax`", code="BUS-391")
        _add(bases, rates or usual or (), line.amount or ZERO)
    everywhere = usual or (said[0] if len(set(said)) == 1 else ())
    for extra in taxed:
        rates = (_rate_of(_sound(extra.tax, extra.reason or "a charge")),) if extra.tax is not None else everywhere
        if not rates:
            hint = f"give it a `tax` of its own: {'the lines have several' if any(said) else 'other charges have one'}"
            raise Refused(f"{extra.reason or 'an allowance or charge'} does not say how it is taxed", hint, code="BUS-391")
        _add(bases, rates, (extra.amount or ZERO) * (1 if extra.charge else -1))
    return bases


def _add(bases: dict[Rate, Decimal], rates: Iterable[Rate], amount: Decimal) -> None:
    for rate in rates:
        bases[rate] = bases.get(rate, ZERO) + amount


def _rate_of(tax: LineTax | TaxSubtotal) -> Rate:
    return tax.category, tax.type, None if tax.percent is None else Decimal(plain(tax.percent))


def _taken(left: list[TaxSubtotal], rate: Rate) -> TaxSubtotal | None:
    """The given row of a rate; one that says less than the rate is of it too."""
    for each in left:
        if all(mine is None or mine == theirs for mine, theirs in zip(_rate_of(each), rate, strict=True)):
            left.remove(each)
            return each
    return None


def _row(rate: Rate, base: Decimal, given: TaxSubtotal | None, reason: str | None, money: Money) -> TaxSubtotal:
    category, kind, percent = rate
    row = given or TaxSubtotal()
    name = f"the tax at {_named(rate)}"
    taxable = money.settled(row.taxable_amount, base, f"{name}: taxable_amount", how="its lines, allowances and charges")
    due = money.round(taxable * (percent or ZERO) / 100)
    how = f"{plain(taxable)} x {plain(percent or ZERO)} %"
    return msgspec.structs.replace(
        row,
        category=category,
        type=kind,
        percent=percent if row.percent is None else row.percent,
        taxable_amount=taxable,
        amount=money.settled(row.amount, due, f"{name}: amount", how=how, is_rounded=True),
        exemption_reason=row.exemption_reason or reason,
    )


def _given(tax: TaxSubtotal, money: Money) -> TaxSubtotal:
    """A row that no line answers for: a sales tax on the whole."""
    name = f"the tax at {_named(_rate_of(tax))}"
    if tax.percent is None or tax.taxable_amount is None:
        if tax.amount is None:
            raise Refused(f"{name} has no amount", "give it one, or what it is computed from", code="BUS-391")
        return msgspec.structs.replace(tax, amount=money.settled(tax.amount, money.round(tax.amount), name))
    due = money.round(tax.taxable_amount * tax.percent / 100)
    how = f"{plain(tax.taxable_amount)} x {plain(tax.percent)} %"
    return msgspec.structs.replace(tax, amount=money.settled(tax.amount, due, f"{name}: amount", how=how, is_rounded=True))


def _named(rate: Rate) -> str:
    category, kind, percent = rate
    words = [kind, category, None if percent is None else f"{plain(percent)} %"]
    return " ".join(each for each in words if each) or "no rate"
