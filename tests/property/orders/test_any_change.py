"""Any change of any order: what can be made leaves an order and a matrix that agree, what cannot leaves both as they were."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hub.flow.orders import matrix as counts
from hub.flow.orders.changing import apply_change
from hub.flow.orders.matrix import problems
from hub.model import Item, ItemId, Order, OrderChange, OrderChangeLine, OrderLine, Totals

QUANTITIES = st.integers(min_value=0, max_value=20).map(Decimal)
NAMES = st.sampled_from(["1", "2", "3", "4"])


def item(name):
    return Item(buyer_id=f"B{name}", ids=(ItemId(value=f"B{name}", scheme="buyer"),))


@st.composite
def orders(draw):
    """An order with a matrix as confirming and shipping would leave it."""
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    lines = tuple(
        OrderLine(number=name, quantity=draw(QUANTITIES), unit="EA", price=Decimal("2.50"), item=item(name)) for name in names
    )
    total = sum((line.quantity * Decimal("2.50") for line in lines), Decimal(0))
    order = Order(number="P", lines=lines, totals=Totals(line_count=len(lines), amount=total))
    is_promised = draw(st.booleans())
    matrix = counts.build(order, is_confirmed=is_promised)
    if is_promised:
        shipped = {line.number: min(draw(QUANTITIES), line.quantity) for line in lines if draw(st.booleans())}
        matrix = counts.add(matrix, "shipped", shipped)
    return order, matrix, is_promised


@st.composite
def changes(draw):
    lines = tuple(
        OrderChangeLine(
            number=name,
            action=draw(st.sampled_from(["add", "change", "cancel", "unchanged", None])),
            quantity=draw(st.none() | QUANTITIES),
            unit="EA",
            price=draw(st.none() | st.just(Decimal("3.00"))),
            item=draw(st.none() | NAMES.map(item)),
        )
        for name in draw(st.lists(NAMES, max_size=4))
    )
    return OrderChange(order_number="P", purpose=draw(st.sampled_from(["change", "replace", "cancellation"])), lines=lines)


@given(orders(), changes())
def test_a_change_that_can_be_made_leaves_order_and_matrix_in_step(known, change):
    order, matrix, is_promised = known
    changed = apply_change(order, matrix, change, is_promised=is_promised)
    if changed.problem is not None:
        return
    assert problems(changed.matrix) == []
    rows = {row["line"]: row for row in changed.matrix}
    for before in matrix:
        assert rows[before["line"]]["shipped"] == before["shipped"]
    if changed.is_cancelled:
        assert all(counts.open_quantity(row) == 0 for row in changed.matrix)
        return
    for line in changed.order.lines:
        assert counts.open_quantity(rows[line.number]) == line.quantity
        assert counts.count(rows[line.number], "shipped") <= line.quantity
    gone = rows.keys() - {line.number for line in changed.order.lines}
    assert all(counts.open_quantity(rows[name]) == 0 for name in gone)
    if not is_promised:
        assert all(counts.count(row, "confirmed") == 0 for row in changed.matrix)


@given(orders(), changes())
def test_sums_are_right_or_absent(known, change):
    order, matrix, is_promised = known
    changed = apply_change(order, matrix, change, is_promised=is_promised)
    totals = changed.order.totals
    assert totals is not None
    assert totals.line_count == len(changed.order.lines)
    if totals.amount is not None:
        assert totals.amount == sum((line.quantity * line.price for line in changed.order.lines), Decimal(0))


@given(orders(), changes(), st.sets(NAMES))
def test_lines_that_are_left_out_stay_as_they_were(known, change, only):
    order, matrix, is_promised = known
    changed = apply_change(order, matrix, change, is_promised=is_promised, only=only)
    if change.purpose == "cancellation" or changed.is_cancelled:
        return
    before, after = ({line.number: line for line in each.lines} for each in (order, changed.order))
    named = {each.line for each in changed.lines if each.asked is not None}
    for name in named - only:
        assert after.get(name) == before.get(name)


@given(orders(), changes())
def test_the_same_change_again_asks_for_nothing_new(known, change):
    order, matrix, is_promised = known
    once = apply_change(order, matrix, change, is_promised=is_promised)
    if once.problem is not None or once.is_cancelled or any(each.action in {"add", "cancel"} for each in once.lines):
        return
    twice = apply_change(once.order, once.matrix, change, is_promised=is_promised)
    if twice.problem is None:
        assert (twice.order, twice.matrix) == (once.order, once.matrix)
