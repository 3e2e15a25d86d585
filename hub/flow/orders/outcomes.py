"""What becomes of each line when an order is answered: accepted, changed, back-ordered, rejected or substituted, and how much of it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import msgspec

from hub.errors import Refused
from hub.flow.orders import matrix as lines
from hub.flow.orders.matrix import Matrix, Row, plain
from hub.flow.orders.units import ratio
from hub.model import Order, OrderLine, OrderResponseLine

Outcome: TypeAlias = Literal["accepted", "changed", "backordered", "rejected", "substituted"]
Usual: TypeAlias = Literal["accepted", "backordered", "rejected"]
Verdict: TypeAlias = Literal["accepted", "changed", "rejected"]
ZERO = Decimal(0)
_PROMISED = frozenset({"accepted", "changed", "substituted"})
_CLOSED = frozenset({"changed", "substituted"})
"""What settles the whole line: the rest of it is given up."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcomes of every line of an order, in its order; `confirmed` and `given_up` are quantities by line.

    `usual` is set where every line has the same outcome.
    """

    lines: tuple[OrderResponseLine, ...]
    confirmed: Mapping[str, Decimal]
    given_up: Mapping[str, Decimal]
    usual: Usual | None = None

    @property
    def verdict(self) -> Verdict:
        """What that makes of the whole order: 29, 4 or 27 of an ORDRSP, AD, AC or RD of an 855."""
        said = {each.status for each in self.lines}
        if said == {"accepted"}:
            return "accepted"
        return "rejected" if said == {"rejected"} else "changed"

    @property
    def promises_anything(self) -> bool:
        """Whether anything will be delivered now."""
        return any(self.confirmed.values())

    def apply(self, matrix: Matrix) -> Matrix:
        """The matrix after this answer. Raises `Refused` where more was shipped already than is left."""
        if self.usual is not None:
            return _PLAIN[self.usual](matrix)
        given_up = {line: quantity for line, quantity in self.given_up.items() if quantity}
        return lines.confirm(lines.cancel(matrix, given_up) if given_up else matrix, self.confirmed)

    def told(self) -> list[dict[str, Any]]:
        """The outcomes as an event tells them."""
        return [
            {
                "order_line": each.order_line,
                "status": each.status,
                **({} if each.quantity is None else {"quantity": format(each.quantity, "f")}),
                **({} if each.reason is None else {"reason": each.reason}),
            }
            for each in self.lines
        ]


def outcomes_of(order: Order, matrix: Matrix, said: Sequence[OrderResponseLine], usual: Usual) -> Outcomes:
    """Give every line of an order its outcomes: those that were said, for a line nobody spoke of the `usual` one.

    What is said speaks of what is open of a line and has not left yet. Raises `Refused` BUS-370 or BUS-371 for a line that the order has not or
    has twice, BUS-356 where the quantities of a line do not add up to what is open of it.
    """
    if not said and usual == "accepted":
        return _as_ordered(_rows(order, matrix))
    by_line: dict[str, list[OrderResponseLine]] = {}
    for each in said:
        by_line.setdefault(lines.row_of(matrix, each.order_line or "")["line"], []).extend(_by_date(each))
    answered: list[OrderResponseLine] = []
    confirmed: dict[str, Decimal] = {}
    given_up: dict[str, Decimal] = {}
    for line, row in _rows(order, matrix):
        name, open_ = row["line"], lines.open_quantity(row)
        gone = min(lines.count(row, "shipped"), open_)
        spoken = by_line.get(name)
        if spoken is None and (usual == "accepted" or not gone):
            settled = _settled(line, name, [_unspoken(line, open_, usual)], open_)
        else:
            settled = _settled(line, name, spoken or [OrderResponseLine(status=usual)], open_ - gone)
            settled = _with_shipped(line, settled, gone)
        answered += settled
        confirmed[name] = _sum(settled, _PROMISED)
        given_up[name] = max(ZERO, open_ - confirmed[name] - _sum(settled, {"backordered"}))
    return Outcomes(_numbered(answered), confirmed, given_up, None if by_line else usual)


def _as_ordered(rows: Iterable[tuple[OrderLine, Row]]) -> Outcomes:
    """Every line accepted with all that is open of it, as nearly all orders are: what `_settled` makes of it, without its steps."""
    answered: list[OrderResponseLine] = []
    confirmed: dict[str, Decimal] = {}
    given_up: dict[str, Decimal] = {}
    for place, (line, row) in enumerate(rows, 1):
        name, open_ = row["line"], lines.open_quantity(row)
        said = _unspoken(line, open_, "accepted")
        quantity = None if line.quantity is None else open_
        if (quantity or ZERO) != open_:
            _settled(line, name, [said], open_)
        answered.append(_answer_line(line, said, quantity, number=str(place)))
        confirmed[name] = ZERO + quantity if quantity and said.status == "accepted" else ZERO
        given_up[name] = max(ZERO, open_ - confirmed[name] - ZERO)
    return Outcomes(tuple(answered), confirmed, given_up, "accepted")


def _rows(order: Order, matrix: Matrix) -> Iterable[tuple[OrderLine, Row]]:
    """Every line with its row; by place, as two lines may have one number."""
    if [lines.line_id(line, place) for place, line in enumerate(order.lines, 1)] == [row["line"] for row in matrix]:
        return zip(order.lines, matrix, strict=True)
    # lines that a change took from the order or added to it leave the rows in another order
    return [(line, lines.row_of(matrix, lines.line_id(line, place))) for place, line in enumerate(order.lines, 1)]


def _by_date(said: OrderResponseLine) -> list[OrderResponseLine]:
    """An outcome spread over several dates, as one outcome a date: so both standards say it."""
    if not said.schedule or any(each.quantity is None or each.ship_to is not None for each in said.schedule):
        return [said]
    parts = said.schedule
    total = sum((each.quantity or ZERO for each in parts), ZERO)
    if said.quantity is not None and total != said.quantity:
        message = f"line {said.order_line}: its schedule adds up to {plain(total)}, the outcome says {plain(said.quantity)}"
        raise Refused(message, "let them agree, or leave the outcome's quantity out", code="BUS-356")
    return [
        msgspec.structs.replace(
            said, schedule=(), quantity=each.quantity, delivery_on=each.delivery_on or said.delivery_on, ship_on=each.ship_on or said.ship_on
        )
        for each in parts
    ]  # fmt: skip


def _with_shipped(line: OrderLine, settled: list[OrderResponseLine], gone: Decimal) -> list[OrderResponseLine]:
    """The outcomes of what is left of a line, after that of what has left already: it was accepted."""
    if not gone:
        return settled
    left = [each for each in settled if each.quantity]
    return [_answer_line(line, OrderResponseLine(status="accepted"), gone), *left]


def _unspoken(line: OrderLine, open_: Decimal, usual: Usual) -> OrderResponseLine:
    """The outcome of a line nobody spoke of; of one that was given up before nothing more will come."""
    return OrderResponseLine(status=usual if open_ or not line.quantity else "rejected")


def _settled(line: OrderLine, name: str, spoken: list[OrderResponseLine], open_: Decimal) -> list[OrderResponseLine]:
    """The outcomes of one line with their quantities filled in and checked."""
    settled = [_filled(line, name, each, open_, is_only=len(spoken) == 1) for each in spoken]
    total = sum((each.quantity or ZERO for each in settled), ZERO)
    if total > open_:
        message = f"line {name}: the outcomes add up to {plain(total)}, {plain(open_)} is open"
        raise Refused(message, "answer at most what is open; ask the buyer for a change to deliver more", code="BUS-356")
    if total < open_ and not any(each.status in _CLOSED for each in settled):
        message = f"line {name}: the outcomes add up to {plain(total)} of {plain(open_)}"
        hint = f"say what becomes of {plain(open_ - total)}: backordered, rejected, or `changed` to give it up"
        raise Refused(message, hint, code="BUS-356")
    return settled


def _filled(line: OrderLine, name: str, said: OrderResponseLine, open_: Decimal, *, is_only: bool) -> OrderResponseLine:
    if said.status is None:
        hint = "accepted, changed, backordered, rejected or substituted"
        raise Refused(f"line {name}: an outcome says no status", hint, code="BUS-356")
    if said.unit is not None and not _is_unit(said.unit, line.unit):
        message = f"line {name} is ordered in {line.unit or 'no unit'}, its outcome speaks of {said.unit}"
        raise Refused(message, "answer in the unit of the order", code="BUS-356")
    quantity = said.quantity
    if quantity is None and is_only:
        quantity = None if line.quantity is None else open_
    elif quantity is None or quantity < 0:
        message = f"line {name}: an outcome has {'no quantity' if quantity is None else f'the quantity {quantity}'}"
        raise Refused(message, "where a line has several outcomes, each has a quantity", code="BUS-356")
    if said.status == "substituted" and said.substitute is None and said.item is None:
        raise Refused(f"line {name}: nothing is named in its place", "add `substitute: {supplier_id: ...}`", code="BUS-356")
    return _answer_line(line, said, quantity)


def _is_unit(said: str, ordered: str | None) -> bool:
    """Whether an outcome counts as the order does: a piece is an each, nothing else is converted."""
    found = ratio(said, ordered or said)
    return found is not None and found[0] == found[1]


def _answer_line(
    line: OrderLine, said: OrderResponseLine, quantity: Decimal | None, *, number: str | None = None
) -> OrderResponseLine:
    """The outcome with everything the buyer sent on the line beside it, letter for letter."""
    requested = line.requested
    is_substitute = said.status == "substituted"
    asked = None if requested is None or said.schedule else requested.delivery_on
    is_waiting = said.status == "backordered"
    return msgspec.structs.replace(
        said,
        number=number,
        order_line=line.number,
        changed=said.changed or (_changes(line, said, quantity) if said.status == "changed" else ()),
        quantity=quantity,
        ordered_quantity=line.quantity,
        unit=line.unit,
        price=line.price if said.price is None else said.price,
        price_base_quantity=said.price_base_quantity or line.price_base_quantity,
        price_base_unit=said.price_base_unit or line.price_base_unit,
        item=line.item,
        substitute=(said.substitute or said.item) if is_substitute else None,
        delivery_on=said.delivery_on or (None if is_waiting else asked),
        ship_on=said.ship_on or (None if is_waiting or requested is None else requested.ship_on),
        echo=line.echo,
    )


def _changes(
    line: OrderLine, said: OrderResponseLine, quantity: Decimal | None
) -> tuple[Literal["quantity", "price", "date"], ...]:
    requested = line.requested
    found: list[Literal["quantity", "price", "date"]] = []
    if quantity != line.quantity:
        found.append("quantity")
    if said.price is not None and said.price != line.price:
        found.append("price")
    dates = {said.delivery_on, *(each.delivery_on for each in said.schedule)} - {None}
    if dates and (requested is None or dates != {requested.delivery_on}):
        found.append("date")
    if said.ship_on is not None and (requested is None or said.ship_on != requested.ship_on) and "date" not in found:
        found.append("date")
    return tuple(found)


def _sum(settled: Iterable[OrderResponseLine], kinds: Container[object]) -> Decimal:
    return sum((each.quantity or ZERO for each in settled if each.status in kinds), ZERO)


def _numbered(answered: list[OrderResponseLine]) -> tuple[OrderResponseLine, ...]:
    return tuple(msgspec.structs.replace(each, number=str(place)) for place, each in enumerate(answered, 1))


_PLAIN: dict[Usual, Callable[[Matrix], Matrix]] = {
    "accepted": lines.confirm,
    "backordered": lines.withdraw,
    "rejected": lines.give_up,
}
"""What one outcome for the whole order makes of its matrix."""
