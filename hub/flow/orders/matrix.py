"""The line matrix of an order: what was ordered, confirmed, shipped, received, invoiced, returned and cancelled, line by line.

Pure arithmetic on the rows as they are stored: a list of `{"line", "ordered", "confirmed", "shipped", "received", "invoiced",
"returned", "cancelled"}` with decimals as text, in the unit of the order line. Every function returns a new matrix and
leaves the one it was given as it is. Nothing but this module changes a count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from hub.errors import Refused
from hub.model import Order, OrderLine

Row: TypeAlias = dict[str, Any]
Matrix: TypeAlias = list[Row]
Column: TypeAlias = Literal["ordered", "confirmed", "shipped", "received", "invoiced", "returned", "cancelled"]

COLUMNS: tuple[Column, ...] = ("ordered", "confirmed", "shipped", "received", "invoiced", "returned", "cancelled")
ZERO = Decimal(0)


def build(order: Order, *, is_confirmed: bool) -> Matrix:
    """The matrix of an order nobody has acted on yet; with `is_confirmed` every line as it was ordered."""
    rows = [_row(line_id(line, place), line.quantity or ZERO) for place, line in enumerate(order.lines, 1)]
    return confirm(rows) if is_confirmed else rows


def line_id(line: OrderLine, place: int) -> str:
    """What a line is called in the matrix: the partner's number, else its place among the lines, from 1."""
    return line.number or str(place)


def count(row: Mapping[str, Any], column: Column) -> Decimal:
    """One count of a row."""
    return Decimal(row[column])


def row_of(matrix: Iterable[Row], line: str) -> Row:
    """The row of a line; raises `Refused` BUS-370 where the order has no such line, BUS-371 where two have this number."""
    found = [row for row in matrix if row["line"] == line]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(f"the order has {len(found)} lines {line}", "which one is meant cannot be told", code="BUS-371")
    known = ", ".join(row["line"] for row in matrix) or "none"
    raise Refused(f"the order has no line {line}", f"its lines: {_shortened(known)}", code="BUS-370")


def open_quantity(row: Mapping[str, Any]) -> Decimal:
    """What can still be confirmed: ordered and not cancelled."""
    return count(row, "ordered") - count(row, "cancelled")


def to_ship(row: Mapping[str, Any]) -> Decimal:
    """What is confirmed and has not left; never less than nothing."""
    return max(ZERO, count(row, "confirmed") - count(row, "shipped"))


def to_invoice(row: Mapping[str, Any], *, is_before_shipment: bool = False) -> Decimal:
    """What left, stayed with the buyer and is not invoiced; with `is_before_shipment` what is confirmed and not invoiced."""
    base = count(row, "confirmed") if is_before_shipment else count(row, "shipped")
    return max(ZERO, base - count(row, "returned") - count(row, "invoiced"))


def confirm(matrix: Matrix, quantities: Mapping[str, Decimal] | None = None) -> Matrix:
    """Set what is promised: the named lines to these quantities, or without names every line to what is open of it."""
    if quantities is None:
        return [_with(row, "confirmed", open_quantity(row)) for row in matrix]
    return _changed(matrix, "confirmed", {row_of(matrix, line)["line"]: value for line, value in quantities.items()})


def add(matrix: Matrix, column: Column, quantities: Mapping[str, Decimal]) -> Matrix:
    """Add to one column by line; a negative quantity takes back (a credit note lowers `invoiced`).

    Raises `Refused`: BUS-370 for an unknown line, BUS-372 where a count would fall below nothing.
    """
    sums = {line: count(row_of(matrix, line), column) + quantity for line, quantity in quantities.items()}
    return _changed(matrix, column, sums)


def cancel(matrix: Matrix, quantities: Mapping[str, Decimal]) -> Matrix:
    """Give up a part of lines; what was confirmed shrinks to what is left. Raises `Refused` BUS-373 for what has left already."""
    for line, quantity in quantities.items():
        row = row_of(matrix, line)
        if quantity > open_quantity(row) - count(row, "shipped"):
            raise Refused(
                f"line {line}: {quantity} cannot be cancelled, {row['shipped']} of {open_quantity(row)} were shipped",
                "cancel what has not left, or take the goods back",
                code="BUS-373",
            )
    given_up = add(matrix, "cancelled", quantities)
    return [_with(row, "confirmed", min(count(row, "confirmed"), open_quantity(row))) for row in given_up]


def give_up(matrix: Matrix) -> Matrix:
    """Give up everything that has not left, line by line, also where two lines have one number."""
    return [_with(_with(row, "cancelled", count(row, "ordered") - _gone(row)), "confirmed", _gone(row)) for row in matrix]


def withdraw(matrix: Matrix) -> Matrix:
    """Promise nothing beyond what has left: the order waits for goods."""
    return [_with(row, "confirmed", _gone(row)) for row in matrix]


def _gone(row: Row) -> Decimal:
    """What has left of what is open; more may have left than was ordered, within a tolerance."""
    return min(count(row, "shipped"), open_quantity(row))


def reorder(matrix: Matrix, quantities: Mapping[str, Decimal]) -> Matrix:
    """Set what is ordered: a new quantity for a line, or a new line at the end; what was confirmed never exceeds it.

    Raises `Refused` BUS-373 where more was shipped or cancelled than is to be ordered.
    """
    present = {row["line"] for row in matrix}
    rows = [*matrix, *(_row(line, ZERO) for line in quantities if line not in present)]
    for line in present & quantities.keys():
        row_of(matrix, line)
    changed = _changed(rows, "ordered", dict(quantities))
    for row in changed:
        line, gone = row["line"], count(row, "shipped") + count(row, "cancelled")
        if line in quantities and count(row, "ordered") < gone:
            raise Refused(
                f"line {line}: {row['ordered']} cannot be ordered, {gone} were shipped or cancelled",
                "order at least what has left",
                code="BUS-373",
            )
    return [_with(row, "confirmed", min(count(row, "confirmed"), open_quantity(row))) for row in changed]


def within(base: Decimal, percent: Decimal) -> Decimal:
    """A quantity with a tolerance of so many percent on top."""
    return base * (1 + percent / 100)


def plain(value: Decimal) -> str:
    """A number as people read it: no exponent, no trailing zeros."""
    return format(value.normalize(), "f")


def is_all_shipped(matrix: Matrix) -> bool:
    """Whether something was shipped and nothing that is confirmed remains."""
    return any(count(row, "shipped") for row in matrix) and not any(to_ship(row) for row in matrix)


def is_all_invoiced(matrix: Matrix) -> bool:
    """Whether something was invoiced and nothing that was shipped, or is still to be, remains."""
    is_open = any(to_ship(row) or to_invoice(row) for row in matrix)
    return any(count(row, "invoiced") for row in matrix) and not is_open


def problems(
    matrix: Matrix, *, over_shipment: Decimal = ZERO, over_invoicing: Decimal = ZERO, is_before_shipment: bool = False
) -> list[str]:
    """What does not add up, in words; empty where everything does. The tolerances are percent.

    What was received is the buyer's count and may be anything from nothing upwards.
    """
    found = []
    for row in matrix:
        counts = {column: count(row, column) for column in COLUMNS}
        promised = counts["confirmed"]
        billable = max(counts["shipped"], promised) if is_before_shipment else counts["shipped"]
        bounds: tuple[tuple[Column, Decimal, str], ...] = (
            ("confirmed", counts["ordered"] - counts["cancelled"], "ordered and not cancelled"),
            ("shipped", within(promised, over_shipment), "confirmed"),
            ("returned", counts["shipped"], "shipped"),
            ("invoiced", within(billable, over_invoicing), "shipped"),
        )
        found += [f"line {row['line']}: {column} is {value}" for column, value in counts.items() if value < 0]
        found += [
            f"line {row['line']}: {column} {plain(counts[column])} is more than {plain(bound)} {word}"
            for column, bound, word in bounds
            if counts[column] > bound
        ]
    return found


def _row(line: str, ordered: Decimal) -> Row:
    return {"line": line, **dict.fromkeys(COLUMNS, "0"), "ordered": format(ordered, "f")}


def _with(row: Row, column: Column, value: Decimal) -> Row:
    return {**row, column: format(value, "f")}


def _changed(matrix: Matrix, column: Column, values: Mapping[str, Decimal]) -> Matrix:
    for line, value in values.items():
        if value < 0:
            raise Refused(f"line {line}: {column} would be {value}", "a count is never less than nothing", code="BUS-372")
    return [_with(row, column, values[row["line"]]) if row["line"] in values else row for row in matrix]


def _shortened(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:117]}..."
