"""What is asked of an order's lines before anything is done with them."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from hub.flow.sound import doubt_about
from hub.guides.library import Library
from hub.model import Order, OrderLine, Schedule

LIBRARY = Library()


def ordered(**line: object) -> Order:
    return Order(number="1", lines=(OrderLine(number="1", quantity=Decimal(1)), OrderLine(**{"number": "7", **line})))


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ({}, "BUS-321", "line 7 has no quantity"),
        ({"quantity": Decimal(-2)}, "BUS-322", "line 7 orders -2"),
        ({"quantity": Decimal(2), "unit": "ZZZ"}, "BUS-323", 'the unit "ZZZ"'),
    ],
)
def test_a_line_nobody_can_act_on_is_held_with_its_reason(line, code, words) -> None:
    found = doubt_about(ordered(**line), LIBRARY)
    assert found is not None
    assert found["code"] == code
    assert words in found["message"]
    assert found["hint"]


@pytest.mark.parametrize("currency", ["ron", "R0N", "ZZZ", "EURO", ""])
def test_money_that_no_rule_could_count_is_held(currency) -> None:
    found = doubt_about(msgspec.structs.replace(ordered(quantity=Decimal(1)), currency=currency), LIBRARY)
    assert found is not None
    assert (found["code"], found["message"]) == ("BUS-324", f'"{currency}" is no currency')


@pytest.mark.parametrize("currency", ["RON", "NLG", "XAF", None])
def test_money_of_today_and_of_old_orders_is_money(currency) -> None:
    assert doubt_about(msgspec.structs.replace(ordered(quantity=Decimal(1)), currency=currency), LIBRARY) is None


def test_an_order_without_lines_is_held() -> None:
    found = doubt_about(Order(number="1"), LIBRARY)
    assert found is not None
    assert found["code"] == "BUS-308"


@pytest.mark.parametrize(
    "line",
    [
        {"quantity": Decimal(0), "unit": "EA"},
        {"quantity": Decimal("1.5"), "unit": "KGM"},
        {"quantity": Decimal(3), "unit": "XCS"},
        {"quantity": Decimal(3)},
        {"schedule": (Schedule(quantity=Decimal(3)),)},
    ],
)
def test_a_line_that_says_enough_is_not_doubted(line) -> None:
    assert doubt_about(ordered(**line), LIBRARY) is None
