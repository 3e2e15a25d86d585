"""However an order is answered, its lines add up: what is confirmed, given up and waiting is what was open."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub.errors import Refused
from hub.flow.orders import matrix as counts
from hub.flow.orders.outcomes import outcomes_of
from hub.model import Order, OrderLine, OrderResponseLine

QUANTITIES = st.decimals(min_value=0, max_value=10_000, places=3)
STATUSES = ("accepted", "changed", "backordered", "rejected", "substituted")


@st.composite
def answered(draw):
    """An order, and outcomes of some of its lines that split what was ordered."""
    lines, said = [], []
    for place in range(1, draw(st.integers(1, 6)) + 1):
        quantity = draw(QUANTITIES)
        name = str(place) if draw(st.booleans()) else None
        lines.append(OrderLine(number=name, quantity=quantity, unit="H87"))
        left = quantity
        for status in draw(st.lists(st.sampled_from(STATUSES), max_size=3)):
            part = min(left, draw(QUANTITIES))
            left -= part
            said.append(_outcome(str(place), status, part))
        if left and any(each.order_line == str(place) for each in said):
            said.append(_outcome(str(place), "backordered", left))
    return Order(lines=tuple(lines)), said


def _outcome(line, status, quantity):
    return OrderResponseLine(
        order_line=line, status=status, quantity=quantity, substitute={} if status == "substituted" else None
    )


@given(answered(), st.sampled_from(["accepted", "backordered", "rejected"]))
def test_outcomes_add_up_line_by_line(case, usual):
    order, said = case
    before = counts.build(order, is_confirmed=False)
    outcomes = outcomes_of(order, before, said, usual)
    after = outcomes.apply(before)
    assert counts.problems(after) == []
    for place, (line, row) in enumerate(zip(order.lines, after, strict=True), 1):
        mine = [
            each
            for each in outcomes.lines
            if each.order_line == line.number or (line.number is None and each.order_line is None)
        ]
        assert mine, place
        assert counts.count(row, "confirmed") + counts.count(row, "cancelled") <= line.quantity
        assert counts.count(row, "confirmed") == outcomes.confirmed[row["line"]]
    assert outcomes.verdict in {"accepted", "changed", "rejected"}
    assert [each.number for each in outcomes.lines] == [str(place) for place in range(1, len(outcomes.lines) + 1)]


@given(answered())
def test_an_order_accepted_as_a_whole_is_one_of_which_every_line_is(case):
    order, _ = case
    matrix = counts.build(order, is_confirmed=False)
    said = [OrderResponseLine(order_line=row["line"], status="accepted") for row in matrix]
    whole, each = outcomes_of(order, matrix, (), "accepted"), outcomes_of(order, matrix, said, "accepted")
    assert (whole.lines, repr(whole.confirmed), repr(whole.given_up)) == (each.lines, repr(each.confirmed), repr(each.given_up))
    assert whole.apply(matrix) == each.apply(matrix)


class Answers(RuleBasedStateMachine):
    """An order answered again and again, shipped and given up in between: the matrix always adds up."""

    @initialize(quantities=st.lists(QUANTITIES, min_size=1, max_size=4))
    def order(self, quantities):
        lines = tuple(OrderLine(number=str(place), quantity=each) for place, each in enumerate(quantities, 1))
        self.document = Order(lines=lines)
        self.matrix = counts.build(self.document, is_confirmed=False)

    @rule(usual=st.sampled_from(["accepted", "backordered", "rejected"]))
    def answer(self, usual):
        self.matrix = outcomes_of(self.document, self.matrix, (), usual).apply(self.matrix)

    @rule(place=st.integers(1, 4), status=st.sampled_from(STATUSES), part=QUANTITIES)
    def answer_a_line(self, place, status, part):
        said = [_outcome(str(place), status, part)]
        with suppress(Refused):
            self.matrix = outcomes_of(self.document, self.matrix, said, "accepted").apply(self.matrix)

    @rule(place=st.integers(1, 4), status=st.sampled_from(STATUSES))
    def answer_the_rest_of_a_line(self, place, status):
        """Always possible, whatever was shipped or given up."""
        if place <= len(self.matrix):
            said = [OrderResponseLine(order_line=str(place), status=status, substitute={} if status == "substituted" else None)]
            self.matrix = outcomes_of(self.document, self.matrix, said, "accepted").apply(self.matrix)

    @rule(place=st.integers(1, 4), share=st.decimals(min_value=0, max_value=1, places=2))
    def ship(self, place, share):
        if place <= len(self.matrix):
            row = counts.row_of(self.matrix, str(place))
            self.matrix = counts.add(self.matrix, "shipped", {row["line"]: counts.to_ship(row) * share})

    @invariant()
    def it_adds_up(self):
        if hasattr(self, "matrix"):
            assert counts.problems(self.matrix) == []
            assert all(
                Decimal(row["ordered"]) == line.quantity for row, line in zip(self.matrix, self.document.lines, strict=True)
            )


TestAnswers = Answers.TestCase
TestAnswers.settings = settings(max_examples=40, stateful_step_count=15)


def test_two_lines_of_one_number_are_confirmed_cancelled_and_backordered_as_a_whole():
    line = OrderLine(number="1", quantity=Decimal(5))
    order = Order(lines=(line, msgspec.structs.replace(line, quantity=Decimal(7))))
    matrix = counts.build(order, is_confirmed=False)
    for usual, confirmed in (("accepted", ["5", "7"]), ("backordered", ["0", "0"]), ("rejected", ["0", "0"])):
        assert [row["confirmed"] for row in outcomes_of(order, matrix, (), usual).apply(matrix)] == confirmed
