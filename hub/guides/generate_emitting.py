"""A list of entries as one Python function that emits their segments for a frame: what `hub.guides.emitting` does by closures.

Measured: for a line of a response, whose segments, lists and outcomes are seven entries, the closures cost as much as what its
segments hold. A frame that is no dict is left to them. `tests/property/guides` holds the two ways against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub.guides.binding import WHOLE_MESSAGE
from hub.guides.conditions import condition, condition_text
from hub.guides.emitting import Emit, grouping_of, is_silent, lister, shared_key
from hub.guides.shape import Item, Loop, Segment
from hub.guides.source import Source
from hub.guides.tree_writing import emit_tree

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.writing import WriteCompiler


def generate_emit(items: Sequence[Item], scope: Scope, compiler: WriteCompiler, slow: Emit) -> Emit:
    """One function `(emitter, frame)`; `slow` is the same as closures."""
    made = _Emission(Source(names={"slow": slow}), compiler)
    add = made.source.add
    add(0, "def emit(m, f):")
    add(1, "if type(f) is not dict:")
    add(2, "return slow(m, f)")
    add(1, "w = m.writing")
    add(1, "o = w.out")
    add(1, f"w.frames[{scope.number}] = f")
    made.items(1, items, "f")
    return made.source.made(f"guide {compiler.binding.text.name} emits", "emit")


class _Emission:
    """The lines for a list of entries. In them `m` is the emitter, `w` the writing and `o` the segments so far."""

    def __init__(self, source: Source, compiler: WriteCompiler) -> None:
        self.source = source
        self.compiler = compiler

    def items(self, depth: int, items: Sequence[Item], frame: str) -> None:
        """Emit each entry for the dict in the variable `frame`."""
        for item in items:
            self.item(depth, item, frame)

    def item(self, depth: int, item: Item, frame: str) -> None:
        """Emit one entry, where its condition is met."""
        inner = self.compiler.binding.loop_scopes.get(id(item)) if isinstance(item, Loop) else None
        if is_silent(item) or (isinstance(item, Loop) and inner is None):
            return
        if item.when and not item.each:
            self.source.add(depth, f"if {condition_text(item.when, frame, self.source.name)}:")
            depth += 1
        if isinstance(item, Loop):
            assert inner is not None
            self._loop(depth, item, frame, inner)
        else:
            self._segment(depth, item, frame)

    def _segment(self, depth: int, segment: Segment, frame: str) -> None:
        add, name = self.source.add, self.source.name
        if segment.chunk is not None:
            add(depth, f"m.chunks({name(segment, 'segment')}, {frame})")
            return
        build = name(self.compiler.build(segment), "build")
        if not segment.each:
            add(depth, f"o += {build}({frame}, w)")
            return
        scope, item = self.compiler.scope(segment), f"i{depth}"
        self._each(depth, segment.each, scope, frame)
        add(depth + 1, f"if not w.taken or id({item}) not in w.taken:")
        add(depth + 2, f"w.frames[{scope.number}] = {item}")
        add(depth + 2, f"o += {build}({item}, w)")

    def _each(self, depth: int, path: str, scope: Scope, frame: str) -> None:
        """Go through the items of a list, each in the variable `i` with the depth."""
        if path.lstrip("^") == path and "+" not in path:
            self.source.add(depth, f"for i{depth} in {frame}.get({path!r}) or ():")
        else:
            self.source.add(depth, f"for i{depth} in {self.source.name(lister(path, scope), 'items')}({frame}, w):")

    def _loop(self, depth: int, loop: Loop, frame: str, inner: Scope) -> None:
        add, name = self.source.add, self.source.name
        if loop.levels:
            add(depth, f"{name(emit_tree, 'emit_tree')}(m, {name(loop, 'loop')}, {frame})")
        elif loop.into:
            add(depth, f"m.into({name(loop, 'loop')}, {name(loop.into, 'into')}, {frame}, {name(inner, 'scope')})")
        elif loop.group:
            self._groups(depth, loop, frame, inner)
        elif loop.each:
            self._each(depth, loop.each, inner, frame)
            if loop.when:
                depth += 1
                add(depth, f"if {name(condition(loop.when), 'holds')}(i{depth - 1}):")
                self._occurrence(depth + 1, loop, f"i{depth - 1}", inner)
            else:
                self._occurrence(depth + 1, loop, f"i{depth}", inner)
        elif loop.frame:
            add(depth, f"i{depth} = {frame}.get({loop.frame!r})")
            add(depth, f"if i{depth}:")
            self._occurrence(depth + 1, loop, f"i{depth}", inner)
        else:
            self._occurrence(depth, loop, frame, inner)

    def _occurrence(self, depth: int, loop: Loop, frame: str, inner: Scope) -> None:
        """As `Emitter.occurrence`."""
        add, emit = self.source.add, self.source.name(self.compiler.emit(loop.segments, inner), "emit")
        if loop.tag == WHOLE_MESSAGE:
            add(depth, f"{emit}(m, {frame})")
            return
        add(depth, f"n{depth} = len(o)")
        add(depth, f"{emit}(m, {frame})")
        add(depth, f"if len(o) > n{depth} and o[n{depth}][0] != {loop.tag!r}:")
        add(depth + 1, f"m.begin({self.source.name(loop, 'loop')}, n{depth}, {frame})")

    def _groups(self, depth: int, loop: Loop, frame: str, inner: Scope) -> None:
        """As `Emitter.groups`."""
        add, name = self.source.add, self.source.name
        grouping = grouping_of(loop, inner, self.compiler)
        item, key, groups = f"i{depth}", name(shared_key(loop), "key"), f"q{depth}"
        add(depth, f"{groups} = {{}}")
        self._each(depth, loop.each, inner, frame)
        into = depth + 1
        if loop.when:
            add(into, f"if {name(grouping.holds, 'holds')}({item}):")
            into += 1
        if len(loop.group) == 1:  # nearly always it is text, which is its own key
            add(into, f"k = {item}.get({loop.group[0]!r})")
            add(into, "if type(k) is not str:")
            into += 1
        add(into, f"k = {key}({item})")
        into -= len(loop.group) == 1
        add(into, f"if k in {groups}:")
        add(into + 1, f"{groups}[k].append({item})")
        add(into, "else:")
        add(into + 1, f"{groups}[k] = [{item}]")
        add(depth, f"for p{depth} in {groups}.values():")
        if grouping.asks:
            add(depth + 1, f"w.has_members = m.has_members({name(grouping, 'grouping')}, p{depth})")
        add(depth + 1, f"{item} = p{depth}[0]")
        self._turns(depth + 1, loop, item, f"p{depth}", [turn.number for turn in grouping.turns])
        add(depth + 1, "w.has_members = False")

    def _turns(self, depth: int, loop: Loop, item: str, members: str, numbers: list[int]) -> None:
        """Each entry of a shared occurrence: once for the first of its outcomes, or for each of them."""
        for entry, number in zip(loop.segments, numbers, strict=True):
            if not entry.member:
                self.source.add(depth, f"w.frames[{number}] = {item}")
                self.item(depth, entry, item)
                continue
            self.source.add(depth, f"for j{depth} in {members}:")
            self.source.add(depth + 1, f"w.frames[{number}] = j{depth}")
            if not isinstance(entry, Loop):
                self.item(depth + 1, entry, f"j{depth}")
            elif self.compiler.binding.loop_scopes.get(id(entry)) is not None:
                self.items(depth + 1, entry.segments, f"j{depth}")
