"""What a partner sends is held against its own lines: only what can be told, and by how far."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hub.flow.sums import differences
from hub.model import AllowanceCharge, Extension, Invoice, InvoiceLine, InvoiceTotals, Order, OrderLine, Totals
from hub.routing.options import Tolerances

STRICT = Tolerances()


def line(quantity: str = "3", price: str | None = "0.333", **more) -> OrderLine:
    return OrderLine(quantity=Decimal(quantity), price=None if price is None else Decimal(price), **more)


def order(*lines: OrderLine, total: str, **more) -> Order:
    return Order(number="1", lines=lines, totals=Totals(amount=Decimal(total)), **more)


def told(document: Order | Invoice, tolerances: Tolerances = STRICT) -> list[tuple[str, str]]:
    return [(found.code, found.severity) for found in differences(document, tolerances)]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (order(line(), total="1.00"), []),  # 0.999: the partner rounded
        (order(line(), line(), total="2.00"), []),
        (
            order(line(price="1.005", quantity="1"), line(price="1.005", quantity="1"), total="2.02"),
            [],
        ),  # both lines rounded up
        (order(line(price="1.005", quantity="1"), line(price="1.005", quantity="1"), total="2.03"), [("BUS-326", "error")]),
        (order(line(), total="1.10"), [("BUS-326", "error")]),
        (order(line(price=None), total="9"), []),
        (order(line(price_base_unit="KGM", unit="EA"), total="9"), []),
        (order(line(price="5", price_base_quantity=Decimal(10)), total="1.50"), []),
        (order(line(), total="9", allowances_charges=(AllowanceCharge(charge=True, amount=Decimal(1)),)), []),
        (order(line(), total="9", extensions=(Extension(at="PO1[1]/SAC[1]", segment_index=4, elements=()),)), []),
        (order(line(), total="9", extensions=(Extension(at="PWK[1]", segment_index=4, elements=()),)), [("BUS-326", "error")]),
    ],
)
def test_an_order_total_is_compared_only_where_its_lines_can_tell(document: Order, found: list[tuple[str, str]]) -> None:
    assert told(document) == found


def test_the_tolerance_parts_a_warning_from_what_is_held() -> None:
    document = order(line(price="1"), total="3.25")
    assert told(document, Tolerances(total=Decimal("0.25"))) == [("BUS-326", "warning")]
    assert told(document, Tolerances(total=Decimal("0.24"))) == [("BUS-326", "error")]
    counted = Order(number="1", lines=(line(),), totals=Totals(line_count=3))
    assert told(counted, Tolerances(count=2)) == [("BUS-325", "warning")]
    assert told(counted, Tolerances(count=1)) == [("BUS-325", "error")]


def test_an_invoice_is_compared_with_its_charges_tax_and_prepayment() -> None:
    lines = (InvoiceLine(number="1", amount=Decimal("20.00")), InvoiceLine(number="2", amount=Decimal("10.00")))
    totals = InvoiceTotals(lines_amount=Decimal("30.00"), tax_amount=Decimal("6.72"), payable_amount=Decimal("38.71"))
    charge = AllowanceCharge(charge=True, amount=Decimal("2.00"))
    right = Invoice(number="1", lines=lines, totals=totals, allowances_charges=(charge,), prepaid_amount=Decimal("0.01"))
    assert told(right) == []
    wrong = Invoice(number="1", lines=lines[:1], totals=totals, allowances_charges=(charge,))
    assert [found.message for found in differences(wrong, STRICT)] == [
        "the sum of the lines is 30.00, and its parts give 20.00",
        "the amount to pay is 38.71, and its parts give 28.72",
    ]


def test_an_invoice_whose_tax_nobody_added_up_is_not_judged() -> None:
    lines = (InvoiceLine(number="1", amount=Decimal(20), taxes=()),)
    billed_back = AllowanceCharge(charge=True, amount=Decimal(1), settlement="bill_back")
    totals = InvoiceTotals(payable_amount=Decimal(99))
    assert told(Invoice(number="1", lines=lines, totals=totals, allowances_charges=(billed_back,))) == []
    assert told(Invoice(number="1", lines=lines, totals=totals)) == [("BUS-326", "error")]
