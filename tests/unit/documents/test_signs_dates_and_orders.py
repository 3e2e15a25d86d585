"""The steps of invoices and receiving advices: signs of credit notes, due dates, line ids, orders named line by line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from hub.edi.dictionary import message_spec
from hub.guides.steps import STEPS

DUE = dt.date(2026, 11, 4)


def credit(total: str, quantity: str, kind: str = "credit_note") -> dict[str, Any]:
    return {
        "kind": kind,
        "totals": {"payable_amount": Decimal(total), "tax_amount": Decimal(total) / 5},
        "lines": [{"quantity": Decimal(quantity), "price": Decimal(10), "amount": Decimal(quantity) * 10}],
        "allowances_charges": [{"charge": True, "amount": Decimal(-3)}],
    }


@pytest.mark.parametrize(("total", "quantity"), [("-20", "-2"), ("-20", "2")])
def test_a_credit_note_that_came_negative_is_positive_all_through(total: str, quantity: str) -> None:
    document = credit(total, quantity)
    STEPS["positive_credits"].read(document, [])
    assert document["totals"] == {"payable_amount": Decimal(20), "tax_amount": Decimal(4)}
    assert document["lines"][0]["quantity"] == Decimal(2)
    assert document["allowances_charges"][0]["amount"] == Decimal(3)


def test_an_invoice_below_zero_stays_as_it_came() -> None:
    document = credit("-20", "-2", "invoice")
    STEPS["positive_credits"].read(document, [])
    assert document == credit("-20", "-2", "invoice")


def test_a_positive_credit_note_stays_as_it_came() -> None:
    document = credit("20", "2")
    STEPS["positive_credits"].read(document, [])
    assert document == credit("20", "2")


def test_a_partner_who_wants_negative_credits_gets_them_and_they_come_back() -> None:
    document = credit("20", "2")
    STEPS["negative_credits"].write(document)
    assert (document["totals"]["payable_amount"], document["lines"][0]["quantity"]) == (Decimal(-20), Decimal(-2))
    STEPS["negative_credits"].read(document, [])
    assert (document["totals"]["payable_amount"], document["lines"][0]["quantity"]) == (Decimal(20), Decimal(2))


def test_the_fixed_date_of_the_terms_is_when_an_invoice_is_due() -> None:
    document: dict[str, Any] = {"payment_terms": [{"percent": Decimal(2)}, {"net_on": DUE}]}
    STEPS["due_date"].read(document, [])
    assert document["due_on"] == DUE


@pytest.mark.parametrize(
    ("terms", "written"),
    [
        ([], [{"net_on": DUE}]),
        ([{"type": "08"}], [{"type": "08", "net_on": DUE}]),
        ([{"type": "08"}, {"net_on": DUE}], [{"type": "08"}, {"net_on": DUE}]),
    ],
)
def test_a_due_date_is_written_with_the_terms(terms: list[Any], written: list[Any]) -> None:
    document: dict[str, Any] = {"due_on": DUE, "payment_terms": terms}
    STEPS["due_date"].write(document)
    assert document["payment_terms"] == written


def test_the_line_id_of_the_order_comes_back_on_the_invoice() -> None:
    document: dict[str, Any] = {"lines": [{"number": "1", "order_line": "00010"}, {"number": "2"}]}
    STEPS["invoice_lines"].write(document)
    assert [line["number"] for line in document["lines"]] == ["00010", "2"]


def test_orders_that_lines_name_are_those_of_the_document_and_are_written_once() -> None:
    document: dict[str, Any] = {"order_numbers": ["A"], "lines": [{"order_number": "B"}, {"order_number": "B"}, {}]}
    STEPS["listed_orders"].read(document, [])
    assert document["order_numbers"] == ["A", "B"]
    STEPS["listed_orders"].write(document)
    assert document["order_numbers"] == ["A"]


def test_a_change_without_a_number_goes_by_its_order() -> None:
    document: dict[str, Any] = {"order_number": "4500000042"}
    STEPS["change_number"].read(document, [])
    assert document["number"] == "4500000042"


@pytest.mark.parametrize("version", ["004010", "005010"])
@pytest.mark.parametrize("name", ["810", "824", "846", "856", "860", "861", "865"])
def test_every_set_of_order_to_cash_is_carried(name: str, version: str) -> None:
    spec = message_spec("x12", name, version)
    assert spec is not None
    assert (spec.nodes[0].tag, spec.nodes[-1].tag, spec.exact) == ("ST", "SE", True)


@pytest.mark.parametrize("version", ["D96A", "D01B"])
@pytest.mark.parametrize("name", ["APERAK", "DESADV", "INVOIC", "INVRPT", "ORDCHG", "RECADV"])
def test_every_message_of_order_to_cash_is_carried(name: str, version: str) -> None:
    spec = message_spec("edifact", name, version)
    assert spec is not None
    assert (spec.nodes[0].tag, spec.nodes[-1].tag, spec.exact) == ("UNH", "UNT", True)
