"""Conditions compare exactly, by the type of the field, and every mistake in them is found at its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from hub.config import check, load_yaml
from hub.errors import HeldForOperator
from hub.model.common import Totals
from hub.model.order import Order
from hub.routing.conditions import ConditionFile, compile_condition, holds
from hub.routing.fields import order_fields

FIELDS = {"amount": "number", "currency": "text", "channel": "text", "due": "date", "lines.price": "number", "number": "text"}


def compiled(text: str, fields: Any = FIELDS) -> Any:
    document = load_yaml(text, "rule.yaml")
    checked = check(document, ConditionFile)
    assert checked.diagnostics == (), checked.diagnostics
    condition, found = compile_condition(checked.value, fields, document)
    assert found == []
    return condition


def mistakes(text: str) -> list[str]:
    document = load_yaml(text, "rule.yaml")
    checked = check(document, ConditionFile)
    if checked.value is None:
        return [f"{each.line}:{each.column} {each.code}" for each in checked.diagnostics]
    return [f"{each.line}:{each.column} {each.code}" for each in compile_condition(checked.value, FIELDS, document)[1]]


FACTS = {"amount": Decimal("10000.00"), "currency": "RON", "channel": "b2b", "due": date(2026, 2, 28), "number": "0042"}


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("{field: amount, operator: equals, value: 10000}", True),
        ("{field: amount, operator: above, value: 10000}", False),
        ("{field: amount, operator: above, value: 9999.99}", True),
        ("{field: amount, operator: at_least, value: 10000.000}", True),
        ("{field: amount, operator: below, value: 10000.01}", True),
        ("{field: amount, operator: at_most, value: 9999.99}", False),
        ("{field: amount, operator: in, value: [1, 10000.0]}", True),
        ("{field: number, operator: equals, value: 42}", False),
        ("{field: number, operator: equals, value: 0042}", True),
        ("{field: currency, operator: differs, value: EUR}", True),
        ("{field: currency, operator: not_in, value: [EUR, RON]}", False),
        ("{field: channel, operator: starts_with, value: b2}", True),
        ("{field: channel, operator: contains, value: 2c}", False),
        ("{field: due, operator: below, value: 2026-03-01}", True),
        ("{field: due, operator: equals, value: 2026-02-28}", True),
        ("{field: due, operator: present}", True),
        ("{field: lines.price, operator: present}", False),
        ("{field: lines.price, operator: absent}", True),
        ("{field: lines.price, operator: differs, value: 1}", False),
        ("{not: {field: lines.price, operator: differs, value: 1}}", True),
        ("{all: [{field: currency, operator: equals, value: RON}, {field: amount, operator: above, value: 5000}]}", True),
        ("{any: [{field: currency, operator: equals, value: EUR}, {field: amount, operator: below, value: 1}]}", False),
        ("{not: {any: [{field: currency, operator: equals, value: EUR}]}}", True),
    ],
)
def test_a_condition_holds_or_not(test: str, expected: bool) -> None:
    assert holds(compiled(test), FACTS) is expected


def test_a_tenth_and_two_tenths_are_three_tenths() -> None:
    condition = compiled("{field: amount, operator: equals, value: 0.3}")
    assert holds(condition, {"amount": Decimal("0.1") + Decimal("0.2")})
    assert not holds(condition, {"amount": Decimal("0.30000000000000000000000000000000001")})


def test_a_path_through_a_list_asks_whether_any_value_fits() -> None:
    condition = compiled("{field: lines.price, operator: above, value: 100}")
    assert holds(condition, {"lines": [{"price": Decimal(1)}, {}, {"price": Decimal("100.01")}]})
    assert not holds(condition, {"lines": [{"price": Decimal(100)}]})
    assert not holds(condition, {"lines": []})


def test_canonical_orders_are_facts() -> None:
    condition = compiled("{field: order.totals.payable_amount, operator: above, value: 10000}", order_fields())
    order = Order(number="1", totals=Totals(payable_amount=Decimal("10000.01")))
    assert holds(condition, {"order": order})
    assert not holds(condition, {"order": Order(number="2")})


def test_the_fields_of_the_model_have_its_types() -> None:
    fields = order_fields()
    assert fields["order.totals.payable_amount"] == "number"
    assert fields["order.issued_on"] == "date"
    assert fields["order.lines.unit"] == "text"
    assert fields["order.currency"] == "text"
    assert fields["channel"] == "text"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "all:\n  - {field: amuont, operator: equals, value: 1}\n  - not: {field: due, operator: above, value: soon}\n",
            ["2:13 CFG-212", "3:47 CFG-326"],
        ),
        ("{field: amount, operator: above, value: 1e3}", ["1:41 CFG-326"]),
        ("{field: amount, operator: above, value: NaN}", ["1:41 CFG-326"]),
        ("{field: amount, operator: above}", ["1:1 CFG-322"]),
        ("{field: amount, operator: present, value: 1}", ["1:43 CFG-321"]),
        ("{field: amount, operator: equals, value: [1, 2]}", ["1:42 CFG-323"]),
        ("{field: amount, operator: contains, value: 1}", ["1:27 CFG-324"]),
        ("{field: currency, operator: above, value: A}", ["1:29 CFG-325"]),
        ("{field: amount, operator: over, value: 1}", ["1:27 CFG-105"]),
        ("{all: []}", ["1:7 CFG-113"]),
        ("{all: [{field: amount}]}", ["1:8 CFG-101"]),
        ("{any: [{feild: amount, operator: present}]}", ["1:8 CFG-101", "1:9 CFG-102"]),
        ("{all: [{field: amount, operator: present}], any: []}", ["1:45 CFG-102"]),
    ],
)
def test_mistakes_are_found_at_their_places(text: str, expected: list[str]) -> None:
    assert mistakes(text) == expected


def test_a_document_that_holds_another_type_is_held_not_guessed() -> None:
    with pytest.raises(HeldForOperator) as caught:
        holds(compiled("{field: amount, operator: above, value: 1}"), {"amount": "much"})
    assert caught.value.code == "RTE-350"


def test_float_is_never_compared() -> None:
    with pytest.raises(HeldForOperator):
        holds(compiled("{field: amount, operator: above, value: 1}"), {"amount": 1.5})


def test_conditions_are_checked_as_values_of_a_type() -> None:
    assert TypeAdapter(ConditionFile).validate_python({"field": "a", "operator": "present"}).field == "a"
