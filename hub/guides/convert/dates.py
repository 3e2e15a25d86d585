"""Dates with their time, windows, and dates whose meaning a code beside them says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from hub.edi.tree import Segment
from hub.guides import moments
from hub.guides.convert.compound import Flat, Row, Rows, components, dig
from hub.guides.run import Act, Frame, Put, Run
from hub.guides.shape import Elements
from hub.guides.verbs import read_date, write_date

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.entries import Compiler
    from hub.guides.writing import WriteCompiler, Writing


def read_moment(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """A date with its time, or a window: `to` is the day, the slots say where the rest goes."""
    puts = {name: compiler.put(entry, scope, path) for name, path in entry.slots.items()}
    if entry.to:
        puts["on"] = compiler.put(entry, scope, entry.to)
    told = _edifact_text(entry) if compiler.is_edifact else _x12_text(entry)

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        if len(segment) <= entry.key.first:
            return
        text, form, read = told(segment)
        if not text:
            if form:
                run.spilled.add(run.index)
            return
        try:
            moment = read()
        except ValueError as wrong:
            if not _keep(puts, (text, form), frame, run):
                run.wrong(entry, text, str(wrong))
            return
        if moment.until_on is None:
            _put_day(puts, moment, frame, run)
        elif "from" in puts and "until" in puts:
            _put_window(puts, moment, frame, run)
        else:
            run.wrong(entry, text, "is a period where one day is expected")

    return act


Told: TypeAlias = "Callable[[Segment], tuple[str, str, Callable[[], moments.Moment]]]"
"""The text of a date, what else stands beside it, and what reads it."""


def _x12_text(entry: Elements) -> Told:
    first, last = entry.key.first, entry.key.last

    def told(segment: Segment) -> tuple[str, str, Callable[[], moments.Moment]]:
        parts: Any = tuple(segment[first : last + 1])
        text = parts[0] or (parts[4] if len(parts) > 4 else "")
        return text, "".join(parts[1:4]), lambda: moments.read_x12(parts)

    return told


def _edifact_text(entry: Elements) -> Told:
    first, start = entry.key.first, max(entry.key.component, 1)

    def told(segment: Segment) -> tuple[str, str, Callable[[], moments.Moment]]:
        parts = components(segment[first])[start - 1 :]
        text = parts[0] if parts else ""
        form = parts[1] if len(parts) > 1 else ""
        return text, form, lambda: moments.read_edifact(text, form)

    return told


def _keep(puts: dict[str, Put], told: tuple[str, str], frame: Frame, run: Run) -> bool:
    """A period of a kind that is no date is kept as it came, where the guide has a member for it."""
    if "value" not in puts:
        return False
    puts["value"](frame, told[0], run)
    if told[1] and "format" in puts:
        puts["format"](frame, told[1], run)
    return True


def _put_day(puts: dict[str, Put], moment: moments.Moment, frame: Frame, run: Run) -> None:
    if "on" in puts:
        puts["on"](frame, moment.on, run)
    if moment.time and "time" in puts:
        puts["time"](frame, moment.time, run)
    elif moment.time:
        run.spilled.add(run.index)


def _put_window(puts: dict[str, Put], moment: moments.Moment, frame: Frame, run: Run) -> None:
    puts["from"](frame, moment.on, run)
    puts["until"](frame, moment.until_on, run)
    for name, time in (("from_time", moment.time), ("until_time", moment.until_time)):
        if time and name in puts:
            puts[name](frame, time, run)
        elif time:
            run.spilled.add(run.index)


def write_moment(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    """The day with its time, or the window, in the shortest format that says it."""
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
    """The first of the dates that the document has, with its qualifier."""
    first = entry.key.first

    def rows(frame: Frame, _writing: Writing) -> list[Row]:
        for qualifier, path in entry.slots.items():
            value = dig(frame, path)
            if value:
                return [[(first, 0, qualifier), (first + 1, 0, write_date(value))]]
        return []

    return rows


def flat_qualified_date(entry: Elements, _compiler: WriteCompiler) -> Flat | None:
    """The first of the dates with its qualifier."""
    asked = list(entry.slots.items())
    if any("." in path for _, path in asked):
        return None

    def flat(frame: Frame, _writing: Writing) -> list[str]:
        for qualifier, path in asked:
            value = frame.get(path)
            if value:
                return [qualifier, write_date(value)]
        return []

    return flat
