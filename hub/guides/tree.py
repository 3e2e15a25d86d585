"""Hierarchies of unlike levels (X12 HL): read in any order by id and parent, written with computed ids.

A branch is one HL: its id, its parent's id, its level and the frame its segments fill. After the last segment every branch is
put where it belongs: a package or an item in the nearest branch above that has such a list, else in the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.edi.tree import Segment
from hub.guides.entries import constant
from hub.guides.members import Member, member
from hub.guides.run import Frame, Note, Run
from hub.guides.shape import Level, Loop

if TYPE_CHECKING:
    from hub.guides.binding import Binding, Scope
    from hub.guides.generate import Handler

PLACES = (("id", "1"), ("parent", "2"), ("level", "3"))
"""Names of `tree:` and the elements they stand for where it says nothing (HL01 to HL03)."""


def read_branch(binding: Binding, loop: Loop, scope: Scope) -> Handler:
    """The handler of the segment that begins a branch."""
    outer = scope.parent.number if scope.parent else 0
    at_id, at_parent, at_level = (int(loop.tree.get(name, default)) for name, default in PLACES)
    numbers = {code: binding.loop_scopes[id(level)].number for code, level in loop.levels.items()}
    said = {code: _said(binding, level) for code, level in loop.levels.items()}

    def handle(segment: Segment, run: Run) -> None:
        for number in numbers.values():
            run.frames[number] = None
        name, parent, code = (str(segment[at]) if len(segment) > at else "" for at in (at_id, at_parent, at_level))
        if code not in numbers:
            run.spilled.add(run.index)
            return
        frame = run.frames[outer] if not loop.levels[code].each else dict(said[code])
        run.frames[numbers[code]] = frame
        run.branches.append((name, parent, code, frame))

    return handle


def _said(binding: Binding, level: Level) -> Frame:
    owner = binding.loop_scopes[id(level)].owner
    return {path: constant(word, member(owner, path) or Member("text")) for path, word in level.constants.items()}


def grow(loop: Loop, root: Frame, run: Run) -> None:
    """Put every branch where it belongs; a parent that is nowhere is a finding, and the branch above stands in."""
    by_id = {branch[0]: index for index, branch in enumerate(run.branches)}
    above: list[int | None] = []
    for index, (_, parent, _, _) in enumerate(run.branches):
        found = by_id.get(parent)
        if found is None or found == index:
            found = _before(run.branches, index, list(loop.levels))
            if parent:
                run.notes.append(_lost(loop.tag, parent))
        above.append(found)
    for index in range(len(above)):
        _put(loop, root, run, _line(index, above))


def _before(branches: list[tuple[str, str, str, Frame]], index: int, order: list[str]) -> int | None:
    """The nearest branch before this one on a level further out."""
    depth = order.index(branches[index][2])
    return next((at for at in range(index - 1, -1, -1) if order.index(branches[at][2]) < depth), None)


def _line(index: int, above: list[int | None]) -> list[int]:
    """A branch and those above it, the nearest first; a ring of parents ends where it closes."""
    line: list[int] = []
    at: int | None = index
    while at is not None and at not in line:
        line.append(at)
        at = above[at]
    return line


def _put(loop: Loop, root: Frame, run: Run, line: list[int]) -> None:
    name, _, code, frame = run.branches[line[0]]
    level = loop.levels[code]
    if not level.each:
        return
    higher = [run.branches[at] for at in line[1:]]
    for inherited, path in level.inherit.items():
        source, _, inner = path.partition(".")
        found = next((branch[3].get(inner) for branch in higher if branch[2] == source), None)
        if found is not None:
            frame.setdefault(inherited, found)
    packages = [branch for branch in higher if loop.levels[branch[2]].each == "packages"]
    around = packages[0][3] if packages and level.each == "items" else root
    if level.each == "packages":
        frame["id"] = name
        if packages:
            frame["parent"] = packages[0][0]
    around.setdefault(level.each, []).append(frame)


def _lost(tag: str, parent: str) -> Note:
    return Note(
        code="MAP-222",
        message=f"{tag} names {parent} as its parent, which is not there",
        index=-1,
        severity="warning",
        hint="the branch stands under the one before it; ask the partner",
    )
