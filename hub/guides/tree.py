"""Hierarchies of unlike levels (X12 HL): read in any order by id and parent, written with computed ids.

A branch is one HL: its id, its parent's id, its level and the frame its segments fill. After the last segment every branch is
put where it belongs: a package or an item in the nearest branch above that has such a list, else in the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.edi.tree import Segment
from hub.guides.entries import stated
from hub.guides.members import Member, member
from hub.guides.run import Frame, Note, Run
from hub.guides.shape import Level, Loop
from hub.guides.tree_goods import not_shared, share_out

if TYPE_CHECKING:
    from hub.guides.binding import Binding, Scope
    from hub.guides.generate import Handler

PLACES = (("id", "1"), ("parent", "2"), ("level", "3"))
"""Names of `tree:` and the elements they stand for where it says nothing (HL01 to HL03)."""

_PACKAGES = "packages"


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
    return {
        path: stated(binding, word, member(owner, path) or Member("text"), level.place)
        for path, word in level.constants.items()
    }


def grow(loop: Loop, root: Frame, run: Run) -> None:
    """Put every branch where it belongs; a parent that is nowhere is a finding, and the branch above stands in."""
    above = _parents(loop, run)
    seen: dict[int, _Above] = {}
    for index in range(len(above)):
        _look_up(index, above, seen, loop, run)
    for index in range(len(above)):
        _put(loop, root, run, index, seen[index])
    _share_out(loop, root, run, above, seen)


@dataclass(frozen=True, slots=True)
class _Above:
    """What stands over a branch: the nearest branch of every level, and the nearest package."""

    levels: dict[str, int]
    package: int | None = None


def _parents(loop: Loop, run: Run) -> list[int | None]:
    depths = {code: depth for depth, code in enumerate(loop.levels)}
    by_id = {branch[0]: index for index, branch in enumerate(run.branches)}
    # The last branch met on each level.
    last: list[int] = [-1] * len(depths)
    above: list[int | None] = []
    for index, (_, parent, code, _) in enumerate(run.branches):
        found = by_id.get(parent)
        if found is None or found == index:
            nearest = max(last[: depths[code]], default=-1)
            found = nearest if nearest >= 0 else None
            if parent:
                run.notes.append(_lost(loop.tag, parent))
        above.append(found)
        last[depths[code]] = index
    return above


def _look_up(index: int, above: list[int | None], seen: dict[int, _Above], loop: Loop, run: Run) -> None:
    """Learn what stands over a branch from its parent, the outermost first; a ring of parents ends where it closes."""
    line: list[int] = []
    on_line: set[int] = set()
    at: int | None = index
    while at is not None and at not in seen and at not in on_line:
        line.append(at)
        on_line.add(at)
        at = above[at]
    if at in on_line:
        run.notes.append(_lost(loop.tag, run.branches[line[-1]][1], "which stands below it"))
        above[line[-1]] = None
    for each in reversed(line):
        parent = above[each]
        if parent is None:
            seen[each] = _Above({})
            continue
        code, outer = run.branches[parent][2], seen[parent]
        is_package = loop.levels[code].each == _PACKAGES
        seen[each] = _Above({**outer.levels, code: parent}, parent if is_package else outer.package)


def _put(loop: Loop, root: Frame, run: Run, index: int, above: _Above) -> None:
    name, _, code, frame = run.branches[index]
    level = loop.levels[code]
    if not level.each:
        return
    for inherited, path in level.inherit.items():
        source, _, inner = path.partition(".")
        found = run.branches[above.levels[source]][3].get(inner) if source in above.levels else None
        if found is not None:
            frame.setdefault(inherited, found)
    package = run.branches[above.package] if above.package is not None else None
    around = package[3] if package and level.each == "items" else root
    if level.each == _PACKAGES:
        frame["id"] = name
        if package:
            frame["parent"] = package[0]
    around.setdefault(level.each, []).append(frame)


def _share_out(loop: Loop, root: Frame, run: Run, above: list[int | None], seen: dict[int, _Above]) -> None:
    """Goods that stand above their packages go into them."""
    holding: dict[int, list[Frame]] = {}
    for index, parent in enumerate(above):
        if parent is None or loop.levels[run.branches[index][2]].each != _PACKAGES:
            continue
        if loop.levels[run.branches[parent][2]].each == "items":
            holding.setdefault(parent, []).append(run.branches[index][3])
    for at, packages in holding.items():
        item = run.branches[at][3]
        parts = share_out(item, packages)
        if not parts:
            run.notes.append(not_shared(loop.tag, item, packages))
            continue
        outer = seen[at].package
        around = root if outer is None else run.branches[outer][3]
        around["items"] = [each for each in around["items"] if each is not item]
        if not around["items"]:
            del around["items"]
        for package, part in zip(packages, parts, strict=True):
            package.setdefault("items", []).append(part)
            if run.trace is not None:
                run.aliases.append((part, item))


def _lost(tag: str, parent: str, why: str = "which is not there") -> Note:
    return Note(
        code="MAP-222",
        message=f"{tag} names {parent} as its parent, {why}",
        index=-1,
        severity="warning",
        hint="the branch stands under the one before it; ask the partner",
    )
