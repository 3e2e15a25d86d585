"""Whether what a partner sent adds up: its count of lines and its totals against its own lines.

A difference within the agreement's tolerance is a warning, beyond it the document is held. Only what can be told is compared:
where a line has no price, or an amount came that the guide does not read, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from hub.edi.findings import Finding, Severity
from hub.flow.orders.money import Money
from hub.flow.orders.totals import goods_amount
from hub.model import AllowanceCharge, Document, Extension, Invoice, InvoiceLine, InvoiceTotals, Order, OrderLine
from hub.routing.options import Tolerances

ZERO = Decimal(0)


def differences(document: Document, tolerances: Tolerances) -> list[Finding]:
    """The count and the totals of an order or invoice that its lines do not bear out: BUS-325 and BUS-326."""
    if not isinstance(document, Order | Invoice):
        return []
    return [*_count(document, tolerances.count), *_amounts(document, tolerances.total)]


def _count(document: Order | Invoice, tolerance: int) -> Iterator[Finding]:
    said, found = document.totals.line_count if document.totals else None, len(document.lines)
    if said is None or said == found:
        return
    hint = "ask the partner whether lines were lost; a difference that is usual goes into `tolerances: {count: ...}`"
    message = f"the document says {said} lines, and has {found}"
    yield _finding("BUS-325", message, hint, str(said), is_beyond=abs(said - found) > tolerance)


def _amounts(document: Order | Invoice, tolerance: Decimal) -> Iterator[Finding]:
    if document.totals is None or not document.lines or any(_is_money(each) for each in document.extensions):
        return
    money = Money(document.currency)
    for name, said, found, roundings in _told(document):
        difference = abs(said - found)
        if difference <= money.smallest * roundings / 2:
            continue
        message = f"{name} is {said:f}, and its parts give {money.round(found):f}"
        hint = "ask the partner which of the two holds; a difference that is usual goes into `tolerances: {total: ...}`"
        yield _finding("BUS-326", message, hint, f"{said:f}", is_beyond=difference > tolerance)


def _is_money(extension: Extension) -> bool:
    """Whether a segment that no entry read may carry an amount of the document."""
    return extension.at.rpartition("/")[2].partition("[")[0] in _MONEY


_MONEY = frozenset({"ALC", "MOA", "TAX", "PCD", "SAC", "TXI", "AMT", "ITA", "CTP", "PRI", "CAD"})


def _told(document: Order | Invoice) -> Iterator[tuple[str, Decimal, Decimal, int]]:
    """Each total, what its parts give, and how many roundings lie between the two."""
    parts = [_line(line) for line in document.lines]
    if any(part is None for part in parts):
        return
    goods = sum((part[0] for part in parts if part), ZERO)
    roundings = sum(part[1] for part in parts if part)
    if isinstance(document, Order):
        if document.totals and document.totals.amount is not None and not document.allowances_charges:
            yield "the total", document.totals.amount, goods, roundings
        return
    totals = document.totals or InvoiceTotals()
    if totals.lines_amount is not None:
        yield "the sum of the lines", totals.lines_amount, goods, roundings
    extras, tax = _extras(document.allowances_charges), _tax(document)
    if totals.payable_amount is None or extras is None or tax is None:
        return
    prepaid = document.prepaid_amount or totals.prepaid_amount or ZERO
    due = goods + extras + tax - prepaid + (totals.rounding_amount or ZERO)
    yield "the amount to pay", totals.payable_amount, due, roundings


def _line(line: OrderLine | InvoiceLine) -> tuple[Decimal, int] | None:
    """What a line comes to, and 1 where that is the product of a multiplication that nobody rounded yet."""
    if line.amount is not None:
        return line.amount, 0
    if line.allowances_charges or line.price_base_unit not in {None, line.unit}:
        return None
    goods = goods_amount(line)
    return None if goods is None else (goods, 1)


def _extras(extras: Iterable[AllowanceCharge]) -> Decimal | None:
    total = ZERO
    for each in extras:
        if each.charge is None or each.amount is None or each.settlement is not None:
            return None
        total += each.amount if each.charge else -each.amount
    return total


def _tax(document: Invoice) -> Decimal | None:
    """The tax of an invoice as it says it; None where only its lines are taxed and nobody adds that up."""
    if document.totals is not None and document.totals.tax_amount is not None:
        return document.totals.tax_amount
    amounts = [each.amount for each in document.taxes]
    if amounts:
        return None if None in amounts else sum((each for each in amounts if each is not None), ZERO)
    return None if any(line.taxes or line.tax for line in document.lines) else ZERO


def _finding(code: str, message: str, hint: str, value: str, *, is_beyond: bool) -> Finding:
    severity: Severity = "error" if is_beyond else "warning"
    return Finding(code=code, severity=severity, layer="business", message=message, hint=hint, who="operator", value=value[:99])
