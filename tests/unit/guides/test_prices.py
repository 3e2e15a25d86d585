"""What a price is for (X12 element 639), and what is no price to pay: both ways."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from hub.guides.guide import guide
from hub.guides.library import stock_library
from hub.guides.run import Context
from hub.guides.stream import Stream
from hub.guides.understand import Choice
from hub.model import Echo, Invoice, InvoiceLine, Item, Order, OrderLine, Price

DAY = dt.date(2026, 9, 24)


def line_of(*segments: str) -> OrderLine:
    head = "ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260924*1200*U*00401*000000001*0*P*>~"
    body = ["ST*850*0001", "BEG*00*SA*4711**20260924", *segments, f"SE*{len(segments) + 3}*0001"]
    data = head + "GS*PO*ACME*EDIHUB*20260924*1200*1*X*004010~" + "~".join(body) + "~GE*1*1~IEA*1*000000001~"
    (understood,) = Stream(stock_library(), lambda _: Choice()).read(data.encode())
    assert isinstance(understood.document, Order)
    return understood.document.lines[0]


def billed(**members: Any) -> tuple[list[Any] | None, list[str]]:
    """IT1 of an invoice of one line, up to the basis of its price, and the codes of the findings."""
    line = InvoiceLine(number="1", quantity=Decimal(500), item=Item(buyer_id="B1"), **{"unit": "EA", **members})
    result = guide("x12/004010/810", stock_library()).write(
        Invoice(number="I", issued_on=DAY, lines=(line,), totals=None), Context()
    )
    found = next((segment for segment in result.segments if segment[0] == "IT1"), None)
    return found[2:6] if found else None, [each.code for each in result.findings if each.where.element == 4]


@pytest.mark.parametrize(
    ("basis", "unit", "per", "per_unit"),
    [
        ("", "EA", None, None),
        ("PE", "CA", None, None),
        ("PN", "EA", "10", None),
        ("PD", "EA", "12", None),
        ("PD", "DZ", None, None),
        ("HP", "EA", "100", None),
        ("HP", "FT", "100", None),
        ("HP", "CA", "100", "EA"),
        ("TP", "EA", "1000", None),
        ("TM", "EA", "1000", None),
        ("PP", "CA", None, "LBR"),
        ("PP", "LB", None, None),
        ("PK", "CA", None, "KGM"),
        ("HF", "RL", "100", "FOT"),
    ],
)
def test_a_price_is_for_what_its_basis_says(basis: str, unit: str, per: str | None, per_unit: str | None) -> None:
    line = line_of(f"PO1*1*500*{unit}*12.50*{basis}*IN*B1")
    assert line.price == Decimal("12.50")
    assert (line.price_base_quantity, line.price_base_unit) == (Decimal(per) if per else None, per_unit)


@pytest.mark.parametrize(
    ("basis", "kind"),
    [("LE", "catalogue"), ("LC", "catalogue"), ("RD", "retail"), ("PR", "promotional"), ("NC", "other")],
)
def test_a_price_of_another_kind_is_none_to_pay(basis: str, kind: str) -> None:
    line = line_of(f"PO1*1*500*EA*12.50*{basis}*IN*B1")
    assert line.price is None
    assert [(each.type, each.amount, each.code) for each in line.prices] == [(kind, Decimal("12.50"), basis)]


def test_a_retail_price_per_dozen_says_so() -> None:
    assert line_of("PO1*1*500*EA*12.50*RD*IN*B1").prices[0].basis_quantity == 12


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"price": Decimal("12.50")}, ["500", "EA", "12.50", ""]),
        ({"price": Decimal("12.50"), "price_base_quantity": Decimal(100)}, ["500", "EA", "12.50", "HP"]),
        ({"price": Decimal("12.50"), "price_base_quantity": Decimal(1)}, ["500", "EA", "12.50", ""]),
        ({"price": Decimal("12.50"), "price_base_quantity": Decimal(250)}, ["500", "EA", "0.05", ""]),
        ({"price": Decimal("3.1"), "price_base_unit": "LBR", "unit": "XCS"}, ["500", "CA", "3.1", "PP"]),
        ({"price": Decimal("3.1"), "price_base_unit": "EA", "unit": "XCS"}, ["500", "CA", "3.1", "PE"]),
        ({"price": Decimal("0.125"), "echo": Echo(price_basis="HP")}, ["500", "EA", "0.125", ""]),
        (
            {"price": Decimal("12.5"), "price_base_quantity": Decimal(100), "echo": Echo(price_basis="TC")},
            ["500", "EA", "12.5", "TC"],
        ),
        (
            {
                "price": Decimal("12.5"),
                "price_base_quantity": Decimal(30),
                "prices": (Price(type="net", amount=Decimal("12.5"), basis_quantity=Decimal(30)),),
            },
            ["500", "EA", "", ""],
        ),
    ],
)
def test_a_price_is_written_for_what_it_is(members: dict[str, Any], expected: list[str]) -> None:
    segment, codes = billed(**members)
    assert segment == [*expected][: len(segment or [])] + expected[len(segment or []) :]
    assert codes == []


@pytest.mark.parametrize(
    "members",
    [
        {"price": Decimal("12.50"), "price_base_quantity": Decimal(7)},
        {"price": Decimal("12.50"), "price_base_quantity": Decimal(5), "price_base_unit": "KGM"},
    ],
)
def test_a_price_that_no_code_says_is_refused(members: dict[str, Any]) -> None:
    assert billed(**members)[1] == ["MAP-271"]


@pytest.mark.parametrize(("code", "charge"), [("A", False), ("R", False), ("C", True), ("Q", True), ("P", None), ("N", None)])
def test_what_is_asked_for_is_an_allowance_or_a_charge(code: str, charge: bool | None) -> None:
    line = line_of("PO1*1*5*EA*1**IN*B1", f"SAC*{code}*C310***500")
    assert [each.charge for each in line.allowances_charges] == [charge]
