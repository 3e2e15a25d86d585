"""The unit price of a line with its basis: PO104 and PO105."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.edi.tree import Segment
from hub.guides.convert.compound import Row, Rows, dig
from hub.guides.run import Act, Frame, Run
from hub.guides.shape import Elements
from hub.guides.verbs import read_decimal, write_decimal

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.entries import Compiler
    from hub.guides.writing import WriteCompiler, Writing


def read_price(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """PO104-05: a unit price only where its basis says so; a retail or catalogue price goes to `prices`."""
    table = compiler.binding.table(entry.table, entry.place)
    meaning = table.meaning
    first, last = entry.key.first, entry.key.last
    put = compiler.put(entry, scope, entry.to)
    others = compiler.put(entry, scope, f"{entry.slots['prices']}[]")
    echo = compiler.put(entry, scope, entry.echo) if entry.echo else None

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        count = len(segment)
        basis = segment[last] if count > last else ""
        if basis and echo is not None:
            echo(frame, basis, run)
        text = segment[first] if count > first else ""
        if not text:
            return
        try:
            amount = read_decimal(text)  # type: ignore[arg-type]
        except ValueError as wrong:
            run.wrong(entry, str(text), str(wrong))
            return
        kind = meaning.get(basis, "net") if basis else "net"  # type: ignore[arg-type]
        if kind == "net":
            put(frame, amount, run)
        else:
            others(frame, {"type": kind, "amount": amount, "code": basis}, run)

    return act


def write_price(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    """The unit price, or the price of the list that the echoed basis means."""
    table = compiler.binding.table(entry.table, entry.place)
    first, last = entry.key.first, entry.key.last

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        basis = dig(frame, entry.echo) or ""
        price = frame.get(entry.to)
        if price is not None:
            keep = basis if table.meaning.get(basis, "net") == "net" else ""
            return [[(first, 0, write_decimal(price)), (last, 0, keep)]]
        for each in frame.get(entry.slots["prices"]) or []:
            if each.get("code") == basis and basis and table.meaning.get(basis) == each["type"]:
                writing.taken.add(id(each))
                return [[(first, 0, write_decimal(each["amount"])), (last, 0, basis)]]
        return [[(last, 0, basis)]] if basis else []

    return rows
