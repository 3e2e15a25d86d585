"""Dates with their time, windows, and dates whose meaning a code beside them says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.edi.tree import Segment
from hub.guides import moments
from hub.guides.convert.base import Row, Rows, components, dig
from hub.guides.run import Act, Frame, Run
from hub.guides.shape import Elements
from hub.guides.verbs import read_date, write_date

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.entries import Compiler
    from hub.guides.writing import WriteCompiler, Writing


def read_moment(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """A date with its time, or a window: `to` is the day, the slots say where the rest goes."""
    first, last = entry.key.first, entry.key.last
    puts = {name: compiler.put(entry, scope, path) for name, path in entry.slots.items()}
    put_on = compiler.put(entry, scope, entry.to) if entry.to else None
    put_time, put_from, put_until = puts.get("time"), puts.get("from"), puts.get("until")
    is_edifact = compiler.is_edifact
    start = max(entry.key.component, 1)

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        if len(segment) <= first:
            return
        if is_edifact:
            parts = components(segment[first])[start - 1 :]
            text = parts[0] if parts else ""
            form = parts[1] if len(parts) > 1 else ""
        else:
            parts = segment[first : last + 1]  # type: ignore[assignment]
            text = parts[0] or (parts[4] if len(parts) > 4 else "")
            form = ""
        if not text:
            if any(parts):
                run.spilled.add(run.index)
            return
        try:
            moment = moments.read_edifact(text, form) if is_edifact else moments.read_x12(tuple(parts))
        except ValueError as wrong:
            if "value" in puts:
                puts["value"](frame, text, run)
                if form:
                    puts["format"](frame, form, run)
            else:
                run.wrong(entry, text, str(wrong))
            return
        if moment.until_on is not None:
            if put_from is None or put_until is None:
                run.wrong(entry, text, "is a period where one day is expected")
                return
            put_from(frame, moment.on, run)
            put_until(frame, moment.until_on, run)
            for name, time in (("from_time", moment.time), ("until_time", moment.until_time)):
                if time and name in puts:
                    puts[name](frame, time, run)
                elif time:
                    run.spilled.add(run.index)
            return
        if put_on is not None:
            put_on(frame, moment.on, run)
        if moment.time:
            if put_time is not None:
                put_time(frame, moment.time, run)
            else:
                run.spilled.add(run.index)

    return act


def write_moment(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    first = entry.key.first
    start = max(entry.key.component, 1)
    slots = entry.slots
    is_window = bool(slots.get("from")) and slots.get("from") == entry.to

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        value = dig(frame, slots.get("value", "")) if slots.get("value") else None
        if value and not dig(frame, entry.to):
            cells = [(first, start, value), (first, start + 1, dig(frame, slots.get("format", "")) or "")]
            return [cells] if compiler.is_edifact else []
        until = dig(frame, slots["until"]) if is_window else None
        until_time = dig(frame, slots.get("until_time", "")) if is_window and slots.get("until_time") else None
        try:
            moment = moments.of_members(
                dig(frame, entry.to), dig(frame, slots["time"]) if "time" in slots else None, until, until_time
            )
            if moment is None:
                return []
            if compiler.is_edifact:
                text, form = moments.write_edifact(moment)
                return [[(first, start, text), (first, start + 1, form)]]
            return [[(first + turn, 0, text) for turn, text in enumerate(moments.write_x12(moment))]]
        except ValueError as wrong:
            writing.refuse(entry, str(wrong))
            return []

    return rows


def read_qualified_date(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """A qualifier and a date side by side (ACK04-05): the slots say which member each qualifier means."""
    puts = {qualifier: compiler.put(entry, scope, path) for qualifier, path in entry.slots.items()}
    first = entry.key.first

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        if len(segment) <= first + 1 or not segment[first + 1]:
            return
        put = puts.get(segment[first])  # type: ignore[arg-type]
        if put is None:
            run.spilled.add(run.index)
            return
        try:
            put(frame, read_date(segment[first + 1]), run)  # type: ignore[arg-type]
        except ValueError as wrong:
            run.wrong(entry, str(segment[first + 1]), str(wrong))

    return act


def write_qualified_date(entry: Elements, _scope: Scope, _compiler: WriteCompiler) -> Rows:
    first = entry.key.first

    def rows(frame: Frame, _writing: Writing) -> list[Row]:
        for qualifier, path in entry.slots.items():
            value = dig(frame, path)
            if value:
                return [[(first, 0, qualifier), (first + 1, 0, write_date(value))]]
        return []

    return rows
