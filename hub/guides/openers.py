"""What opens a frame of the document: a loop that is an item of a list, the slot of a qualifier, shared lines, outcomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hub.edi.tree import Segment
from hub.guides.binding import Binding, Scope, item_struct
from hub.guides.places import getter
from hub.guides.run import MEMBERS, Frame, Note, Put, Run
from hub.guides.shape import Elements, Into, Loop

Open: TypeAlias = "Callable[[Segment, Run], Frame | None]"


def opener(binding: Binding, loop: Loop, scope: Scope) -> Open:
    """What opens the frame of a loop other than a plain list item; `scope` is the loop's own."""
    parent = scope.parent or binding.root
    outer = parent.number
    if loop.into is not None:
        return _into(binding, loop.into, outer, parent)
    if loop.each and loop.group:
        return _grouped(outer, loop.each)
    if loop.member:
        return member_of(outer)
    if loop.frame:
        return _framed(loop.frame, outer)
    return lambda _segment, run: run.frames[outer]


def member_of(outer: int) -> Open:
    """An outcome of the shared frame around it."""

    def open_member(_segment: Segment, run: Run) -> Frame | None:
        shared = run.frames[outer]
        if shared is None:
            return None
        frame: Frame = {}
        shared.setdefault(MEMBERS, []).append(frame)
        return frame

    return open_member


def _framed(name: str, outer: int) -> Open:
    def open_frame(_segment: Segment, run: Run) -> Frame | None:
        around = run.frames[outer]
        return None if around is None else around.setdefault(name, {})

    return open_frame


def _grouped(outer: int, name: str) -> Open:
    def open_group(_segment: Segment, run: Run) -> Frame | None:
        around = run.frames[outer]
        if around is None:
            return None
        shared: Frame = {}
        listed = around.setdefault(name, [])
        listed.append(shared)
        run.groups.append((listed, shared))
        return shared

    return open_group


def _into(binding: Binding, into: Into, outer: int, scope: Scope) -> Open:
    """The slot of the qualifier; what no slot takes, or a second one for a slot, goes to the list `other`."""
    get = getter(into.by, is_edifact=binding.syntax == "edifact")
    slots = {qualifier: slot for slot, qualifiers in into.slots.items() for qualifier in qualifiers}
    roles = binding.table(into.roles, into.place) if into.roles else None
    other, code, role = into.other, into.code, into.role
    if other:
        item_struct(binding, scope, other, into.place, is_list=True)
    entry = Elements(key=into.by, place=into.place)

    def open_slot(segment: Segment, run: Run) -> Frame | None:
        around = run.frames[outer]
        if around is None:
            return None
        qualifier = get(segment, run)
        slot = slots.get(qualifier)
        frame: Frame = {code: qualifier} if code and qualifier else {}
        if slot is not None and slot not in around:
            around[slot] = frame
            return frame
        if not other:
            if slot is not None:
                run.second(entry, slot, qualifier)
            return None
        if slot is not None:
            run.notes.append(_second(entry, slot, qualifier, run.index))
        if roles is not None:
            frame[role] = roles.meaning.get(qualifier, "other")
        around.setdefault(other, []).append(frame)
        return frame

    return open_slot


def _second(entry: Elements, slot: str, qualifier: str, index: int) -> Note:
    return Note(
        code="MAP-203",
        message=f"a second {slot} ({qualifier})",
        index=index,
        element=entry.key.first,
        value=qualifier[:99],
        severity="warning",
        who="admin",
        hint="the first one counts, this one is kept under parties",
    )


def appender(scope: Scope, path: str) -> Put:
    """Adds an item to a list; `contact+contacts` fills the one member first; `^` climbs."""
    single, _, many = path.partition("+")
    if many:

        def put_or_append(frame: Frame, value: Any, _run: Run) -> None:
            if single in frame:
                frame.setdefault(many, []).append(value)
            else:
                frame[single] = value

        return put_or_append
    climbs = len(path) - len(path.lstrip("^"))
    name = path.lstrip("^")
    if climbs:
        for _ in range(climbs):
            scope = scope.parent or scope
        number = scope.number

        def append_above(_frame: Frame, value: Any, run: Run) -> None:
            run.frames[number].setdefault(name, []).append(value)

        return append_above

    def append(frame: Frame, value: Any, _run: Run) -> None:
        if name in frame:
            frame[name].append(value)
        else:
            frame[name] = [value]

    return append
