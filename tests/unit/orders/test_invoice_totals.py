"""What an invoice adds up to: computed where it was left out, refused with both numbers where it was given and is another."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Refused
from hub.flow.orders.totals import add_up
from hub.model import Invoice, InvoiceTotals

VAT = {"category": "S", "percent": "21"}


def invoice(**members: Any) -> Invoice:
    return msgspec.convert({"type": "invoice", "number": "I1", "currency": "RON", **members}, Invoice, strict=False)


def line(quantity: str, price: str | None, **more: Any) -> dict[str, Any]:
    return {"order_line": "1", "quantity": quantity, "unit": "H87", **({} if price is None else {"price": price}), **more}


def totals(*, tolerance: str = "0", **members: Any) -> InvoiceTotals:
    found = add_up(invoice(**members), Decimal(tolerance)).totals
    assert found is not None
    return found


def refused(*, tolerance: str = "0", **members: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as refusal:
        add_up(invoice(**members), Decimal(tolerance))
    return refusal.value.code, refusal.value.message


def test_everything_that_was_left_out_is_computed_in_the_order_of_en_16931() -> None:
    found = add_up(
        invoice(
            lines=[line("2", "10.00", tax=VAT), line("3", "3.335", tax={"category": "S", "percent": "9"})],
            allowances_charges=[{"charge": False, "amount": "1.05", "reason": "Discount", "tax": VAT}],
            prepaid_amount="0.01",
        ),
        Decimal(0),
    )
    assert [each.amount for each in found.lines] == [Decimal("20.00"), Decimal("10.01")]
    assert [(each.percent, each.taxable_amount, each.amount, each.type) for each in found.taxes] == [
        (Decimal(21), Decimal("18.95"), Decimal("3.98"), "VAT"),
        (Decimal(9), Decimal("10.01"), Decimal("0.90"), "VAT"),
    ]
    assert found.totals == InvoiceTotals(
        line_count=2,
        lines_amount=Decimal("30.01"),
        allowances_amount=Decimal("1.05"),
        charges_amount=Decimal("0.00"),
        tax_exclusive_amount=Decimal("28.96"),
        tax_amount=Decimal("4.88"),
        tax_inclusive_amount=Decimal("33.84"),
        prepaid_amount=Decimal("0.01"),
        payable_amount=Decimal("33.83"),
    )


@pytest.mark.parametrize(
    ("quantity", "price", "base", "amount"),
    [("1", "0.005", "1", "0.01"), ("1", "0.0049", "1", "0.00"), ("3", "10", "100", "0.30"), ("7", "1.115", "1", "7.81")],
)
def test_a_line_is_rounded_once_half_up(quantity: str, price: str, base: str, amount: str) -> None:
    assert totals(lines=[line(quantity, price, price_base_quantity=base)]).lines_amount == Decimal(amount)


@pytest.mark.parametrize(("currency", "payable"), [("JPY", "34"), ("RON", "33.50"), ("KWD", "33.500")])
def test_amounts_have_the_decimals_of_their_currency(currency: str, payable: str) -> None:
    assert str(totals(currency=currency, lines=[line("5", "6.7")]).payable_amount) == payable


def test_the_tax_is_rounded_once_per_rate_and_not_per_line() -> None:
    lines = [line("1", "0.33", tax=VAT) for _ in range(3)]
    assert totals(lines=lines).tax_amount == Decimal("0.21")


@pytest.mark.parametrize(
    ("given_totals", "said"),
    [
        ({"lines_amount": "20.01"}, "totals.lines_amount is 20.01, it should be 20 (the sum of the lines)"),
        ({"tax_amount": "4.19"}, "totals.tax_amount is 4.19, it should be 4.2 (the sum of the tax breakdown)"),
        ({"tax_inclusive_amount": "24"}, "totals.tax_inclusive_amount is 24, it should be 24.2 (net 20 + tax 4.2)"),
        ({"payable_amount": "24.19"}, "totals.payable_amount is 24.19, it should be 24.2 (24.2 with tax)"),
        ({"line_count": 2}, "totals.line_count is 2, there are 1 lines"),
        ({"quantity": "3"}, "totals.quantity is 3, the lines add up to 2"),
        ({"charges_amount": "1"}, "totals.charges_amount is 1, it should be 0"),
    ],
)
def test_a_given_total_that_is_another_number_is_refused_with_both(given_totals: dict[str, Any], said: str) -> None:
    assert refused(lines=[line("2", "10", tax=VAT)], totals=given_totals) == ("BUS-390", said)


def test_no_tolerance_mends_a_sum_and_one_allows_for_a_rounding() -> None:
    odd = [line("3", "3.333", amount="10.01")]
    assert refused(lines=odd)[0] == "BUS-390"
    assert totals(lines=odd, tolerance="0.01").payable_amount == Decimal("10.01")
    assert refused(lines=odd, totals={"payable_amount": "10.00"}, tolerance="0.01")[0] == "BUS-390"


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (
            {"lines": [line("2", "10", tax=VAT)], "taxes": [{"category": "S", "percent": "21", "amount": "4.21"}]},
            "the tax at VAT S 21 %: amount is 4.21, it should be 4.2 (20 x 21 %)",
        ),
        (
            {"lines": [line("2", "10", tax=VAT)], "taxes": [{"category": "S", "percent": "9", "amount": "1.80"}]},
            "the tax breakdown has VAT S 9 %, which no line is taxed by",
        ),
        (
            {"lines": [line("2", "10", tax={**VAT, "amount": "4.00"})]},
            "line 1: tax is 4, it should be 4.2 (20 x 21 %)",
        ),
        ({"lines": [line("1", "10")], "taxes": [{"percent": "5", "taxable_amount": "10", "amount": "1"}]}, "the tax at 5 %: amount is 1, it should be 0.5 (10 x 5 %)"),
    ],
)  # fmt: skip
def test_a_tax_that_does_not_add_up_is_refused_with_the_numbers(members: dict[str, Any], said: str) -> None:
    assert refused(**members) == ("BUS-390", said)


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"lines": [line("1", None)]}, "no price"),
        ({"lines": [line("1", "1", tax={"category": "E", "percent": "21"})]}, "category E is taxed at 21 %"),
        ({"lines": [line("1", "1", tax={"category": "S"})]}, "category S has no percent"),
        ({"lines": [line("1", "1", tax=VAT), line("1", "1")]}, "does not say how it is taxed"),
        ({"lines": [line("1", "1")], "allowances_charges": [{"amount": "1"}]}, "does not say which of the two it is"),
        ({"lines": [line("1", "1")], "allowances_charges": [{"charge": True, "percent": "5"}]}, "has no amount"),
        ({"lines": [line("1", "1")], "allowances_charges": [{"charge": True, "amount": "-5"}]}, "is -5"),
        (
            {"lines": [line("1", "1", tax=VAT), line("1", "1", tax={"category": "Z"})], "allowances_charges": [{"charge": True, "amount": "5"}]},
            "does not say how it is taxed",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_added_up_is_refused_by_name(members: dict[str, Any], word: str) -> None:
    code, message = refused(**members)
    assert code == "BUS-391"
    assert word in message


def test_a_sales_tax_on_the_whole_taxes_the_freight_too() -> None:
    freight = [{"charge": True, "reason": "Freight", "amount": "10"}]
    found = totals(
        lines=[line("2", "10"), line("1", "70")], allowances_charges=freight, taxes=[{"type": "ST", "percent": "8.25"}]
    )
    assert (found.tax_exclusive_amount, found.tax_amount, found.payable_amount) == (
        Decimal("100.00"),
        Decimal("8.25"),
        Decimal("108.25"),
    )


def test_an_allowance_that_is_billed_back_is_in_no_sum() -> None:
    extras = [
        {"charge": False, "amount": "5", "settlement": "bill_back"},
        {"charge": True, "amount": "2", "settlement": "off_invoice"},
        {"charge": True, "percent": "10", "base_amount": "10"},
    ]
    assert totals(lines=[line("1", "10")], allowances_charges=extras).payable_amount == Decimal("13.00")


def test_two_taxes_of_one_line_are_both_owed() -> None:
    both = [{"type": "GST", "percent": "5"}, {"type": "STT", "percent": "7"}]
    found = add_up(invoice(lines=[line("1", "100", taxes=both)]), Decimal(0))
    assert [(each.type, each.amount) for each in found.taxes] == [("GST", Decimal("5.00")), ("STT", Decimal("7.00"))]
    assert found.totals is not None
    assert found.totals.payable_amount == Decimal("112.00")


def test_goods_priced_by_weight_are_billed_by_what_was_weighed() -> None:
    cases = line(
        "10", "5.00", unit="XCS", price_base_unit="KGM", quantities=[{"type": "weight", "quantity": "101.3", "unit": "KGM"}]
    )
    assert totals(lines=[{**cases, "unit": "XCS"}]).lines_amount == Decimal("506.50")


@given(
    st.lists(
        st.tuples(st.integers(1, 999), st.decimals("0.001", "999", places=3), st.sampled_from(["0.5", "5", "9", "19", "21"])),
        min_size=1,
        max_size=12,
    )
)
def test_what_was_computed_holds_when_it_is_given_back(rows: list[tuple[int, Decimal, str]]) -> None:
    lines = [line(str(quantity), str(price), tax={"category": "S", "percent": rate}) for quantity, price, rate in rows]
    once = add_up(invoice(lines=lines), Decimal(0))
    assert add_up(once, Decimal(0)) == once
    assert once.totals is not None
    assert once.totals.lines_amount == sum(each.amount for each in once.lines if each.amount is not None)
    assert once.totals.tax_exclusive_amount == sum(
        each.taxable_amount for each in once.taxes if each.taxable_amount is not None
    )
    assert once.totals.payable_amount == (once.totals.lines_amount or 0) + sum(each.amount or 0 for each in once.taxes)
