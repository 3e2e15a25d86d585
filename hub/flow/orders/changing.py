"""An order after a change that its buyer asks for: the order, its line matrix, and what stands against it. Pure.

Nothing here decides whether the change is made: a change with a problem is not made, one with a question waits for a person
(`hub.flow.orders.change`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import msgspec

from hub.flow.orders import matrix as counts
from hub.flow.orders.changed_lines import (
    Doubt,
    LineChange,
    Lines,
    added,
    contradiction,
    is_material,
    is_split_lost,
    joined,
    merged,
    said,
    same_unit,
)
from hub.flow.orders.matrix import Matrix, Row, count, open_quantity, plain
from hub.model import Order, OrderChange, OrderChangeLine, OrderLine, Totals

ZERO = Decimal(0)
_OVER = ("ship_to", "bill_to", "ship_from", "delivery_terms", "payment_terms", "allowances_charges", "currency")
_MADE = frozenset({None, "original", "change", "replace", "cancellation"})
"""The purposes that say what is to be done; any other is for a person to understand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a change makes of an order. `is_cancelled` says that nothing of it is wanted any more."""

    order: Order
    matrix: Matrix
    lines: tuple[LineChange, ...]
    is_cancelled: bool = False
    questions: tuple[Doubt, ...] = ()

    @property
    def problem(self) -> Doubt | None:
        """The first thing that cannot be done."""
        return next((each.problem for each in self.lines if each.problem is not None), None)

    @property
    def question(self) -> Doubt | None:
        """The first thing that a person must decide."""
        found = [*self.questions, *(each.question for each in self.lines if each.question is not None)]
        return found[0] if found else None

    def told(self) -> list[dict[str, Any]]:
        """The lines as the order, an event and the console tell them: before and after, and what stands against it."""
        return [_told(each) for each in self.lines]


def as_change(order: Order) -> OrderChange:
    """A cancellation or replacement that came as an order (BEG01 01 and 05), as the change it is."""
    names = set(OrderChange.__struct_fields__) & set(Order.__struct_fields__) - {"lines"}
    fields = OrderLine.__struct_fields__
    lines = tuple(OrderChangeLine(**{name: getattr(line, name) for name in fields}) for line in order.lines)
    values = {name: getattr(order, name) for name in names}
    return OrderChange(**values, order_number=order.number, order_issued_on=order.issued_on, lines=lines)


def apply_change(
    order: Order, matrix: Matrix, change: OrderChange, *, is_promised: bool, only: Collection[str] | None = None
) -> Changed:
    """The order after a change. `is_promised`: the order was confirmed, and more of a line that was confirmed whole is too.

    `only` names the lines that are taken; the others are rejected (BUS-413).
    """
    if change.purpose == "cancellation":
        return _cancelled(order, matrix)
    lines = Lines(order.lines)
    changes = [_line(lines, matrix, asked, change, only) for asked in change.lines]
    if change.purpose == "replace":
        named = {each.line for each in changes}
        changes += [_dropped(name, line, matrix) for name, line in lines.named if name not in named]
    changes = _each_once(changes)
    new_lines = _lines_after(lines, changes)
    if change.lines and not new_lines and all(each.problem is None for each in changes):
        whole = _cancelled(order, matrix)
        return Changed(order=whole.order, matrix=whole.matrix, lines=tuple(changes), is_cancelled=True)
    after = _header(order, change, new_lines)
    return Changed(
        order=after,
        matrix=_matrix_after(matrix, changes, is_promised=is_promised),
        lines=tuple(changes),
        questions=_questions(order, after, change, changes),
    )


def _line(
    lines: Lines, matrix: Matrix, asked: OrderChangeLine, change: OrderChange, only: Collection[str] | None
) -> LineChange:
    found = lines.meant(asked)
    made = _new(lines, asked, change) if found is None else _known(found[0], found[1], matrix, asked)
    if only is not None and made.line not in only and made.is_real:
        left_out = Doubt(code="BUS-413", message=f"line {made.line}: not accepted")
        return replace(made, problem=left_out)
    return made


def _new(lines: Lines, asked: OrderChangeLine, change: OrderChange) -> LineChange:
    name = asked.number or "?"
    problem = None
    is_wanted = asked.action == "add" or (change.purpose == "replace" and asked.action != "cancel")
    if not is_wanted:
        known = ", ".join(each for each, _ in lines.named)
        message = f"line {name} is not on the order; its lines: {known[:120]}"
        problem = Doubt(code="BUS-405", message=message)
    elif any(each == name for each, _ in lines.named):
        problem = Doubt(code="BUS-406", message=f"line {name} is to be added, but the order has a line {name} of another item")
    elif asked.quantity is None and not asked.schedule:
        problem = Doubt(code="BUS-407", message=f"line {name} is to be added without a quantity")
    elif asked.quantity is not None and asked.quantity < 0:
        problem = Doubt(code="BUS-407", message=f"line {name} is to be added with the quantity {plain(asked.quantity)}")
    action = "add" if is_wanted else asked.action or "change"
    after = added(asked, name) if problem is None else None
    return LineChange(line=name, action=action, asked=asked, before=None, after=after, problem=problem)


def _known(name: str, before: OrderLine, matrix: Matrix, asked: OrderChangeLine) -> LineChange:
    row = counts.row_of(matrix, name)
    made = LineChange(line=name, action=asked.action or "change", asked=asked, before=before, after=before)
    if asked.action == "unchanged":
        return made
    if asked.action == "cancel" or asked.quantity == 0:
        gone = LineChange(line=name, action="cancel", asked=asked, before=before, after=None)
        return replace(gone, problem=_shipped(row, name, ZERO))
    after = merged(before, asked)
    made = replace(made, action="change", after=after)
    if not is_material(before, after):
        return made
    problem = _unacceptable(name, row, before, after)
    question = contradiction(asked, before, name)
    if question is None and is_split_lost(before, after):
        hint = "ask the buyer how it is split, then accept or reject the change"
        message = f"line {name}: its parts no longer add up to {plain(after.quantity or ZERO)}"
        question = Doubt(code="BUS-410", message=message, hint=hint)
    return replace(made, problem=problem, question=question)


def _unacceptable(name: str, row: Row, before: OrderLine, after: OrderLine) -> Doubt | None:
    shipped = count(row, "shipped")
    if after.quantity is not None and after.quantity < 0:
        return Doubt(code="BUS-407", message=f"line {name} would order {plain(after.quantity)}, less than nothing")
    if not shipped:
        return None
    if before.unit != after.unit and not same_unit(before.unit or "", after.unit or ""):
        message = f"line {name}: {plain(shipped)} {before.unit or ''} were shipped, it cannot be counted in {after.unit} now"
        return Doubt(code="BUS-404", message=message)
    if after.quantity is not None and after.quantity != before.quantity and after.quantity < shipped:
        return _shipped(row, name, after.quantity)
    if shipped >= open_quantity(row) and (after.quantity or ZERO) <= shipped:
        return Doubt(code="BUS-404", message=f"line {name} has left already, all {plain(shipped)} of it")
    return None


def _shipped(row: Row, name: str, wanted: Decimal) -> Doubt | None:
    shipped = count(row, "shipped")
    if shipped <= wanted:
        return None
    what = f"{plain(wanted)} are wanted" if wanted else "it is to be cancelled"
    message = f"line {name}: {what}, but {plain(shipped)} were shipped"
    return Doubt(code="BUS-404", message=message, hint="what has left can only come back: ask the buyer for a return")


def _dropped(name: str, line: OrderLine, matrix: Matrix) -> LineChange:
    problem = _shipped(counts.row_of(matrix, name), name, ZERO)
    return LineChange(line=name, action="cancel", asked=None, before=line, after=None, problem=problem)


def _each_once(changes: list[LineChange]) -> list[LineChange]:
    """A line that a change speaks of twice is not understood."""
    seen: set[str] = set()
    found = []
    for each in changes:
        twice = Doubt(code="BUS-408", message=f"the change speaks of line {each.line} twice")
        found.append(each if each.line not in seen or each.problem is not None else replace(each, problem=twice))
        seen.add(each.line)
    return found


def _lines_after(lines: Lines, changes: list[LineChange]) -> tuple[OrderLine, ...]:
    done = {each.line: each for each in changes if each.problem is None and each.before is not None}
    kept = [done[name].after if name in done else line for name, line in lines.named]
    new = [each.after for each in changes if each.before is None and each.problem is None]
    return tuple(each for each in (*kept, *new) if each is not None)


def _matrix_after(matrix: Matrix, changes: list[LineChange], *, is_promised: bool) -> Matrix:
    """Counts follow the lines: an earlier giving up of ours ends where the buyer orders a line anew."""
    for each in changes:
        if each.problem is not None or not each.is_real:
            continue
        if each.after is None:
            row = counts.row_of(matrix, each.line)
            matrix = counts.cancel(matrix, {each.line: open_quantity(row) - count(row, "shipped")})
        elif each.before is None or each.before.quantity != each.after.quantity:
            matrix = _reordered(matrix, each, is_promised=is_promised)
    return matrix


def _reordered(matrix: Matrix, made: LineChange, *, is_promised: bool) -> Matrix:
    assert made.after is not None
    known = [row for row in matrix if row["line"] == made.line]
    is_whole = all(count(row, "confirmed") == open_quantity(row) for row in known)
    for row in known:
        matrix = counts.add(matrix, "cancelled", {made.line: -count(row, "cancelled")})
    quantity = made.after.quantity or ZERO
    matrix = counts.reorder(matrix, {made.line: quantity})
    return counts.confirm(matrix, {made.line: quantity}) if is_promised and is_whole else matrix


def _cancelled(order: Order, matrix: Matrix) -> Changed:
    lines = []
    for name, line in Lines(order.lines).named:
        problem = next((found for row in matrix if row["line"] == name and (found := _shipped(row, name, ZERO))), None)
        lines.append(LineChange(line=name, action="cancel", asked=None, before=line, after=None, problem=problem))
    return Changed(order=order, matrix=counts.give_up(matrix), lines=tuple(lines), is_cancelled=True)


def _header(order: Order, change: OrderChange, lines: tuple[OrderLine, ...]) -> Order:
    new = said(change, _OVER)
    if change.requested is not None:
        new["requested"] = joined(order.requested, change.requested)
    new["notes"] = order.notes + tuple(each for each in change.notes if each not in order.notes)
    known = {(each.type, each.code, each.value) for each in order.references}
    told = tuple(each for each in change.references if (each.type, each.code, each.value) not in known)
    new["references"] = order.references + told
    return msgspec.structs.replace(order, **new, lines=lines, totals=_totals(order, lines))


def _totals(order: Order, lines: tuple[OrderLine, ...]) -> Totals | None:
    """Sums that can be told from the lines are told anew; any other is left out rather than wrong."""
    before = order.totals
    if before is None or lines == order.lines:
        return before
    amount, old = _sum(lines), _sum(order.lines)
    is_plain = before.amount is not None and before.amount == old
    quantity = sum((line.quantity or ZERO for line in lines), ZERO)
    return Totals(
        line_count=None if before.line_count is None else len(lines),
        quantity=None if before.quantity is None else quantity,
        amount=amount if is_plain else None,
    )


def _sum(lines: tuple[OrderLine, ...]) -> Decimal | None:
    total = ZERO
    for line in lines:
        if line.quantity is None or line.price is None:
            return None
        total += line.quantity * line.price / (line.price_base_quantity or Decimal(1))
    return total


def _questions(order: Order, after: Order, change: OrderChange, changes: list[LineChange]) -> tuple[Doubt, ...]:
    found = []
    if change.purpose not in _MADE:
        message = f"the change says it is {str(change.purpose).replace('_', ' ')}, not what is to be done"
        found.append(Doubt(code="BUS-403", message=message, hint="read it, then accept or reject it"))
    if change.currency is not None and order.currency is not None and change.currency != order.currency:
        message = f"the order is in {order.currency}, the change in {change.currency}"
        found.append(Doubt(code="BUS-411", message=message, hint="agree on prices first, then accept or reject it"))
    same = msgspec.structs.replace(after, notes=order.notes, references=order.references) == order
    if same and not any(each.is_real or each.problem for each in changes):
        message = "the change says nothing that is not so already"
        found.append(Doubt(code="BUS-412", message=message, hint="ask the buyer what is meant, or accept it as it is"))
    return tuple(found)


def _told(made: LineChange) -> dict[str, Any]:
    told: dict[str, Any] = {"line": made.line, "action": made.action}
    for name, line in (("before", made.before), ("after", made.after)):
        if line is not None and (name == "after" or made.action in {"change", "cancel"}):
            told[name] = _shown(line)
    if made.problem is not None:
        told["problem"] = made.problem.as_error()
    return told


def _shown(line: OrderLine) -> dict[str, Any]:
    requested = line.requested
    dates = {} if requested is None else {"delivery_on": requested.delivery_on, "ship_on": requested.ship_on}
    values = {"quantity": line.quantity, "unit": line.unit, "price": line.price, **dates}
    return {name: value if isinstance(value, str) else _text(value) for name, value in values.items() if value is not None}


def _text(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else value.isoformat()
