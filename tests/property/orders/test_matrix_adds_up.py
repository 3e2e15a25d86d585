"""Whatever is done to an order, in whatever order: its line matrix adds up, and what is refused changes nothing."""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub.errors import Refused
from hub.flow.orders import matrix as lines
from hub.model import Order, OrderLine

amounts = st.decimals(min_value=0, max_value=1000, places=3)
NAMES = ("1", "2", "0003", "A")


def order_of(quantities: dict[str, Decimal]) -> Order:
    return Order(number="PO-1", lines=tuple(OrderLine(number=name, quantity=each) for name, each in quantities.items()))


class LifeOfAMatrix(RuleBasedStateMachine):
    """Confirm, ship, receive, invoice, credit, take back, cancel and reorder within what the rows themselves allow."""

    @initialize(quantities=st.dictionaries(st.sampled_from(NAMES), amounts, min_size=1))
    def begin(self, quantities: dict[str, Decimal]) -> None:
        self.matrix = lines.build(order_of(quantities), is_confirmed=False)
        self.shipped = dict.fromkeys(quantities, Decimal(0))

    def some(self, data: st.DataObject, most) -> dict[str, Decimal]:
        row = data.draw(st.sampled_from(self.matrix))
        bound = most(row)
        return {row["line"]: data.draw(st.decimals(min_value=0, max_value=bound, places=3))}

    @rule()
    def confirm_everything(self) -> None:
        if not any(lines.count(row, "shipped") for row in self.matrix):
            self.matrix = lines.confirm(self.matrix)

    @rule(data=st.data())
    def ship(self, data) -> None:
        part = self.some(data, lines.to_ship)
        self.matrix = lines.add(self.matrix, "shipped", part)
        for line, each in part.items():
            self.shipped[line] += each

    @rule(data=st.data())
    def receive(self, data) -> None:
        self.matrix = lines.add(self.matrix, "received", self.some(data, lambda row: 2000))

    @rule(data=st.data())
    def invoice(self, data) -> None:
        self.matrix = lines.add(self.matrix, "invoiced", self.some(data, lines.to_invoice))

    @rule(data=st.data())
    def credit(self, data) -> None:
        part = self.some(data, lambda row: lines.count(row, "invoiced"))
        self.matrix = lines.add(self.matrix, "invoiced", {line: -each for line, each in part.items()})

    @rule(data=st.data())
    def take_back(self, data) -> None:
        most = self.some(data, lambda row: lines.count(row, "shipped") - lines.count(row, "returned"))
        self.matrix = lines.add(self.matrix, "returned", most)

    @rule(data=st.data())
    def cancel(self, data) -> None:
        part = self.some(data, lambda row: lines.open_quantity(row) - lines.count(row, "shipped"))
        self.matrix = lines.cancel(self.matrix, part)

    @rule(line=st.sampled_from(NAMES), quantity=amounts)
    def reorder(self, line: str, quantity: Decimal) -> None:
        before = copy.deepcopy(self.matrix)
        try:
            self.matrix = lines.reorder(self.matrix, {line: quantity})
        except Refused:
            assert self.matrix == before
        else:
            self.shipped.setdefault(line, Decimal(0))

    @invariant()
    def everything_adds_up(self) -> None:
        assert lines.problems(self.matrix) == []

    @invariant()
    def what_was_shipped_is_neither_lost_nor_invented(self) -> None:
        assert {row["line"]: lines.count(row, "shipped") for row in self.matrix} == self.shipped


TestLifeOfAMatrix = LifeOfAMatrix.TestCase


@given(st.dictionaries(st.sampled_from(NAMES), amounts, min_size=1), amounts)
def test_shipping_what_remains_ships_everything(quantities: dict[str, Decimal], first: Decimal) -> None:
    matrix = lines.build(order_of(quantities), is_confirmed=True)
    line = next(iter(quantities))
    matrix = lines.add(matrix, "shipped", {line: min(first, quantities[line])})
    matrix = lines.add(matrix, "shipped", {row["line"]: lines.to_ship(row) for row in matrix})
    assert [lines.to_ship(row) for row in matrix] == [0] * len(matrix)
    assert lines.is_all_shipped(matrix) == any(quantities.values())
    matrix = lines.add(matrix, "invoiced", {row["line"]: lines.to_invoice(row) for row in matrix})
    assert lines.is_all_invoiced(matrix) == any(quantities.values())
    assert lines.problems(matrix) == []


@given(st.decimals(min_value="0.001", max_value=1000, places=3))
def test_more_than_agreed_is_named_with_its_numbers(quantity: Decimal) -> None:
    matrix = lines.build(order_of({"7": Decimal(10)}), is_confirmed=True)
    over = lines.add(matrix, "shipped", {"7": 10 + quantity})
    assert lines.problems(over, over_shipment=Decimal(5)) == (
        [f"line 7: shipped {lines.plain(10 + quantity)} is more than 10.5 confirmed"] if quantity > Decimal("0.5") else []
    )


@pytest.mark.parametrize("act", [lines.add, lambda matrix, _, part: lines.cancel(matrix, part)])
def test_a_line_that_is_not_there_is_refused_by_name(act) -> None:
    matrix = lines.build(order_of({"1": Decimal(3), "2": Decimal(4)}), is_confirmed=True)
    with pytest.raises(Refused) as refusal:
        act(matrix, "shipped", {"9": Decimal(1)})
    assert (refusal.value.code, refusal.value.hint) == ("BUS-370", "its lines: 1, 2")


def test_two_lines_of_one_number_cannot_be_told_apart() -> None:
    twice = Order(lines=(OrderLine(number="1", quantity=Decimal(1)), OrderLine(number="1", quantity=Decimal(2))))
    with pytest.raises(Refused) as refusal:
        lines.add(lines.build(twice, is_confirmed=True), "shipped", {"1": Decimal(1)})
    assert refusal.value.code == "BUS-371"


def test_a_line_without_a_number_is_called_by_its_place() -> None:
    order = Order(lines=(OrderLine(quantity=Decimal("2.50")), OrderLine()))
    assert [(row["line"], row["ordered"], row["confirmed"]) for row in lines.build(order, is_confirmed=True)] == [
        ("1", "2.50", "2.50"),
        ("2", "0", "0"),
    ]


def test_less_than_nothing_and_more_than_remains_are_refused_without_effect() -> None:
    matrix = lines.add(lines.build(order_of({"1": Decimal(10)}), is_confirmed=True), "shipped", {"1": Decimal(4)})
    before = copy.deepcopy(matrix)
    for act, code in (
        (lambda: lines.add(matrix, "invoiced", {"1": Decimal(-1)}), "BUS-372"),
        (lambda: lines.cancel(matrix, {"1": Decimal(7)}), "BUS-373"),
        (lambda: lines.reorder(matrix, {"1": Decimal(3)}), "BUS-373"),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == code
    assert matrix == before
    assert lines.cancel(matrix, {"1": Decimal(6)})[0]["confirmed"] == "4"
