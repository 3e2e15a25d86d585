"""Numbers of logistic units (SSCC) and the conditions of what was received."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from hub.edi.tree import Segment
from hub.guides.convert.compound import Row, Rows, components, dig
from hub.guides.itemids import is_sscc
from hub.guides.notes import wrong_check_digit
from hub.guides.run import Act, Frame, Run
from hub.guides.shape import Elements
from hub.guides.verbs import read_decimal, write_decimal

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.entries import Compiler
    from hub.guides.writing import WriteCompiler, Writing

_AI = "00"
"""The GS1 application identifier of an SSCC, which a number of twenty digits begins with."""


def read_sscc(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """Eighteen digits, or twenty with the application identifier before them (MAN02, GIN C208)."""
    put = compiler.put(entry, scope, entry.to)
    get = compiler.getter(entry.key)
    first = entry.key.first

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        text = get(segment, run).strip()
        if not text:
            return
        bare = text.removeprefix("(00)").replace(" ", "")
        if len(bare) == 20 and bare.startswith(_AI):
            bare = bare[2:]
        if len(bare) != 18 or not bare.isdecimal():
            run.wrong(entry, text, "is no SSCC of eighteen digits")
            return
        if not is_sscc(bare):
            run.notes.append(wrong_check_digit(bare, first, run.index, "logistic unit number"))
        put(frame, bare, run)

    return act


def write_sscc(entry: Elements, _scope: Scope, _compiler: WriteCompiler) -> Rows:
    """As many digits as the guide says in the slot `digits`; a wrong check digit is refused."""
    key = entry.key
    prefix = _AI if entry.slots.get("digits") == "20" else ""

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        value = dig(frame, entry.to)
        if not value:
            return []
        if not is_sscc(str(value)):
            writing.refuse(entry, f"{value} is no SSCC of eighteen digits with a right check digit", str(value))
            return []
        return [[(key.first, key.component, prefix + str(value))]]

    return rows


def read_conditions(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """Quantity, unit and condition, three elements a turn (RCD06-20): the slots name the member of each condition code.

    A condition without a member of its own goes to the list `to` with its code.
    """
    table = compiler.binding.table(entry.table, entry.place)
    puts = {code: compiler.put(entry, scope, path) for code, path in entry.slots.items()}
    others = compiler.put(entry, scope, f"{entry.to}[]")
    unit_of = compiler.put(entry, scope, "unit")
    first, last = entry.key.first, entry.key.last

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        for at in range(first, min(last, len(segment)), 3):
            text, code = str(segment[at]), str(segment[at + 2]) if len(segment) > at + 2 else ""
            if not text:
                continue
            try:
                quantity = read_decimal(text)
            except ValueError as wrong:
                run.wrong(entry, text, str(wrong))
                continue
            unit = table.meaning.get(components(segment[at + 1])[0]) if len(segment) > at + 1 and segment[at + 1] else None
            put = puts.get(code)
            if unit and "unit" not in frame:
                unit_of(frame, unit, run)
            if put is not None and unit in {None, frame.get("unit")}:
                put(frame, quantity, run)
            else:
                others(frame, _other(quantity, unit, code), run)

    return act


def _other(quantity: Decimal, unit: str | None, code: str) -> Frame:
    found: Frame = {"type": "other", "quantity": quantity}
    if unit:
        found["unit"] = unit
    if code:
        found["code"] = code
    return found


def write_conditions(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    """The members of the slots in their order, then the list, as many as the segment takes."""
    table = compiler.binding.table(entry.table, entry.place)
    first = entry.key.first
    room = (entry.key.last - first + 1) // 3

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        unit = dig(frame, "echo.unit") or table.wire.get(frame.get("unit", ""), "")
        told = [(frame[path], unit, code) for code, path in entry.slots.items() if frame.get(path) is not None]
        told += [
            (each["quantity"], table.wire.get(each.get("unit", ""), ""), each.get("code", ""))
            for each in frame.get(entry.to) or ()
        ]
        if len(told) > room:
            writing.left_out(entry, entry.to, [quantity for quantity, _, _ in told[room:]])
        row: Row = []
        for turn, (quantity, measure, code) in enumerate(told[:room]):
            at = first + 3 * turn
            row += [(at, 0, write_decimal(quantity)), (at + 1, 0, measure), (at + 2, 0, code)]
        return [row] if row else []

    return rows
