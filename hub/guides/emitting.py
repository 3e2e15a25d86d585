"""Walks a guide in its order and emits the segments of a document: loops, lists, chunks, outcomes that share a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from hub.guides.binding import WHOLE_MESSAGE
from hub.guides.convert.compound import Cell
from hub.guides.run import Frame
from hub.guides.shape import Elements, Into, Item, Loop
from hub.guides.shape import Segment as SegmentEntry
from hub.guides.tree_writing import emit_tree

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.writing import Cells, WriteCompiler, Writing


class Emitter:
    """One document's way through the entries."""

    def __init__(self, compiler: WriteCompiler, writing: Writing) -> None:
        self.compiler = compiler
        self.writing = writing

    def items(self, items: Iterable[Item], frame: Frame, scope: Scope) -> None:
        """Emit a list of entries for one frame."""
        self.writing.frames[scope.number] = frame
        for item in items:
            if item.direction == "read" or (item.ignore and not getattr(item, "segments", None)):
                continue
            if item.when and not getattr(item, "each", "") and not self._holds(item, frame):
                continue
            if isinstance(item, Loop):
                self._loop(item, frame)
            else:
                self._segment(item, frame)

    def _holds(self, item: Item, frame: Frame) -> bool:
        from hub.guides.writing import holds

        return holds(item.when, frame)

    def _segment(self, segment: SegmentEntry, frame: Frame) -> None:
        build = self.compiler.build(segment)
        if segment.chunk is not None:
            self._chunks(segment, frame)
        elif segment.each:
            number = self.compiler.scope(segment).number
            for item in listed(frame, segment.each, self.writing, self.compiler.scope(segment)):
                if id(item) in self.writing.taken:
                    continue
                self.writing.frames[number] = item
                self.writing.out += build(item, self.writing)
        else:
            self.writing.out += build(frame, self.writing)

    def _chunks(self, segment: SegmentEntry, frame: Frame) -> None:
        """Items whose common elements agree stand together, as many as a segment takes."""
        from hub.guides.writing import assemble

        chunk = segment.chunk
        assert chunk is not None
        compiler, writing = self.compiler, self.writing
        scope = compiler.scope(segment)
        writing.node = compiler.node(segment)
        makers = [(entry, compiler.cells(entry, scope)) for entry in segment.elements]
        together: list[tuple[list[Cell], list[list[Cell]]]] = []
        for item in listed(frame, segment.each, writing, scope):
            if not self._holds(segment, item):
                continue
            head, own = _chunk_cells(makers, item, writing)
            if own and together and together[-1][0] == head and len(together[-1][1]) < chunk.times:
                together[-1][1].append(own)
            elif own:
                together.append((head, [own]))
        for head, turns in together:
            cells = [
                (chunk.first + turn * chunk.size + first - 1, component, text)
                for turn, own in enumerate(turns)
                for first, component, text in own
            ]
            writing.out.append(assemble(segment.tag, [*head, *cells], is_edifact=compiler.is_edifact))

    def _loop(self, loop: Loop, frame: Frame) -> None:
        inner = self.compiler.binding.loop_scopes.get(id(loop))
        if inner is None:
            return
        if loop.levels:
            emit_tree(self, loop, frame)
        elif loop.into:
            self._into(loop, loop.into, frame, inner)
        elif loop.group:
            self._groups(loop, frame, inner)
        elif loop.each:
            for item in listed(frame, loop.each, self.writing, inner):
                if self._holds(loop, item):
                    self._occurrence(loop, item, inner)
        elif loop.frame:
            if frame.get(loop.frame):
                self._occurrence(loop, frame[loop.frame], inner)
        else:
            self._occurrence(loop, frame, inner)

    def _occurrence(self, loop: Loop, frame: Frame, inner: Scope) -> None:
        """One occurrence of a loop; its trigger stands wherever anything inside it does."""
        at = len(self.writing.out)
        self.items(loop.segments, frame, inner)
        out = self.writing.out
        if loop.tag == WHOLE_MESSAGE or len(out) == at or out[at][0] == loop.tag:
            return
        trigger = next((each for each in loop.segments if isinstance(each, SegmentEntry) and each.tag == loop.tag), None)
        out[at:at] = self.compiler.forced(trigger)(frame, self.writing) if trigger else [[loop.tag]]

    def _into(self, loop: Loop, into: Into, frame: Frame, inner: Scope) -> None:
        for slot, qualifiers in into.slots.items():
            party = frame.get(slot)
            if party is not None:
                sent = party.get(into.code) if into.code else None
                self._qualified(loop, into, party, sent if sent in qualifiers else qualifiers[0], inner)
        roles = self.compiler.binding.table(into.roles, into.place) if into.roles else None
        for party in frame.get(into.other) or [] if into.other else []:
            sent = party.get(into.code) if into.code else None
            qualifier = sent or (roles.wire.get(party.get(into.role, "")) if roles else None)
            if qualifier:
                self._qualified(loop, into, party, qualifier, inner)
            else:
                entry = Elements(key=into.by, place=into.place, to=into.other)
                self.writing.left_out(entry, into.other, [party.get("name") or party.get(into.role) or "a party"])

    def _qualified(self, loop: Loop, into: Into, party: Frame, qualifier: str, inner: Scope) -> None:
        """The loop of one party: the trigger stands even where it says no more than the role."""
        at = len(self.writing.out)
        self.items(loop.segments, party, inner)
        out = self.writing.out
        if len(out) == at or out[at][0] != loop.tag:
            out.insert(at, [loop.tag])
        trigger = out[at]
        trigger += [""] * (into.by.first + 1 - len(trigger))
        trigger[into.by.first] = qualifier

    def _groups(self, loop: Loop, frame: Frame, inner: Scope) -> None:
        """Outcomes that agree on the members of `group` share one occurrence."""
        groups: list[tuple[Any, list[Frame]]] = []
        known: dict[str, int] = {}
        asks = any(entry.members for item in loop.segments if isinstance(item, SegmentEntry) for entry in item.elements)
        for item in listed(frame, loop.each, self.writing, inner):
            if not self._holds(loop, item):
                continue
            key = repr([item.get(name) for name in loop.group])
            if key in known:
                groups[known[key]][1].append(item)
            else:
                known[key] = len(groups)
                groups.append((key, [item]))
        for _, members in groups:
            self.writing.has_members = asks and self._has_members(loop, members, inner)
            self._shared(loop, members, inner)
            self.writing.has_members = False

    def _shared(self, loop: Loop, members: list[Frame], inner: Scope) -> None:
        shared = members[0]
        self.writing.frames[inner.number] = shared
        for item in loop.segments:
            if not item.member:
                self.items((item,), shared, inner)
            else:
                self._members(item, members, inner)

    def _members(self, item: Item, members: list[Frame], inner: Scope) -> None:
        for member in members:
            if isinstance(item, Loop):
                scope = self.compiler.binding.loop_scopes.get(id(item))
                if scope is not None:
                    self.items(item.segments, member, scope)
            else:
                self.items((item,), member, inner)

    def _has_members(self, loop: Loop, members: list[Frame], inner: Scope) -> bool:
        """Whether any outcome writes a segment of its own; found out by writing it aside."""
        kept, findings = self.writing.out, list(self.writing.findings)
        self.writing.out = []
        for item in loop.segments:
            if item.member:
                self._members(item, members, inner)
        found = bool(self.writing.out)
        self.writing.out, self.writing.findings = kept, findings
        return found


def _chunk_cells(makers: list[tuple[Elements, Cells]], item: Frame, writing: Writing) -> tuple[list[Cell], list[Cell]]:
    """An item's cells that stand once for the segment, and those of its own turn.

    A step may say something for the whole segment too, as a store does with whose number it is.
    """
    made = [(entry, cell) for entry, make in makers for row in make(item, writing) for cell in row]
    own = [cell for entry, cell in made if entry.key.is_step and cell[0] == entry.key.first]
    head = {cell for entry, cell in made if not (entry.key.is_step and cell[0] == entry.key.first)}
    return sorted(head), own


def listed(frame: Frame, path: str, writing: Writing, scope: Scope) -> Iterator[Frame]:
    """The items of `each:`; `contact+contacts` is the one, then the list; `^` climbs."""
    climbs = len(path) - len(path.lstrip("^"))
    around: Any = frame
    if climbs:
        owner = scope.parent
        for _ in range(climbs):
            owner = owner.parent if owner and owner.parent else owner
        around = writing.frames[owner.number] if owner else frame
    single, _, many = path.lstrip("^").partition("+")
    if many:
        if around.get(single):
            yield around[single]
        yield from around.get(many.lstrip("^")) or ()
    else:
        yield from around.get(single) or ()
