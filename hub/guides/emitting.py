"""Walks a guide in its order and emits the segments of a document: loops, lists, chunks, outcomes that share a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from hub.guides.binding import WHOLE_MESSAGE
from hub.guides.conditions import condition
from hub.guides.convert.compound import Cell
from hub.guides.generate_writing import Cells
from hub.guides.run import Frame
from hub.guides.shape import Elements, Into, Item, Loop
from hub.guides.shape import Segment as SegmentEntry
from hub.guides.tree_writing import emit_tree

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.writing import WriteCompiler, Writing


Step: TypeAlias = "Callable[[Emitter, Frame], None]"
Emit: TypeAlias = Step
Items: TypeAlias = "Callable[[Frame, Writing], Iterable[Frame]]"


class Emitter:
    """One document's way through the entries."""

    def __init__(self, compiler: WriteCompiler, writing: Writing) -> None:
        self.compiler = compiler
        self.writing = writing

    def items(self, items: Sequence[Item], frame: Frame, scope: Scope) -> None:
        """Emit a list of entries for one frame."""
        self.compiler.emit(items, scope)(self, frame)

    def chunks(self, segment: SegmentEntry, frame: Frame) -> None:
        """Items whose common elements agree stand together, as many as a segment takes."""
        from hub.guides.writing import assemble

        chunk = segment.chunk
        assert chunk is not None
        compiler, writing = self.compiler, self.writing
        scope = compiler.scope(segment)
        writing.node = compiler.node(segment)
        makers = [(entry, compiler.cells(entry, scope)) for entry in segment.elements]
        together: list[tuple[list[Cell], list[list[Cell]]]] = []
        holds = condition(segment.when)
        for item in lister(segment.each, scope)(frame, writing):
            if not holds(item):
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

    def occurrence(self, loop: Loop, frame: Frame, inner: Scope) -> None:
        """One occurrence of a loop; its trigger stands wherever anything inside it does."""
        at = len(self.writing.out)
        self.items(loop.segments, frame, inner)
        out = self.writing.out
        if loop.tag != WHOLE_MESSAGE and len(out) > at and out[at][0] != loop.tag:
            self.begin(loop, at, frame)

    def begin(self, loop: Loop, at: int, frame: Frame) -> None:
        """Put the trigger of an occurrence before what it says."""
        trigger = next((each for each in loop.segments if isinstance(each, SegmentEntry) and each.tag == loop.tag), None)
        self.writing.out[at:at] = self.compiler.forced(trigger)(frame, self.writing) if trigger else [[loop.tag]]

    def into(self, loop: Loop, into: Into, frame: Frame, inner: Scope) -> None:
        """Emit the loop once for each party: those of the slots, then the others by their role."""
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

    def groups(self, loop: Loop, frame: Frame, grouping: Grouping) -> None:
        """Outcomes that agree on the members of `group` share one occurrence."""
        groups: dict[Any, list[Frame]] = {}
        key = shared_key(loop)
        for item in grouping.items(frame, self.writing):
            if grouping.holds(item):
                groups.setdefault(key(item), []).append(item)
        for members in groups.values():
            self.writing.has_members = grouping.asks and self.has_members(grouping, members)
            for turn in grouping.turns:
                self._turn(turn, members if turn.is_member else members[:1])
            self.writing.has_members = False

    def _turn(self, turn: _Turn, members: list[Frame]) -> None:
        for member in members:
            self.writing.frames[turn.number] = member
            for step in turn.steps:
                step(self, member)

    def has_members(self, grouping: Grouping, members: list[Frame]) -> bool:
        """Whether any outcome writes a segment of its own; found out by writing it aside."""
        kept, findings = self.writing.out, list(self.writing.findings)
        self.writing.out = []
        for turn in grouping.turns:
            if turn.is_member:
                self._turn(turn, members)
        found = bool(self.writing.out)
        self.writing.out, self.writing.findings = kept, findings
        return found


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one entry of a shared occurrence emits: once for all its outcomes, or for each (`is_member`)."""

    number: int
    steps: list[Step]
    is_member: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """A loop whose outcomes share occurrences; `asks` where a segment says something else when outcomes follow it."""

    items: Items
    holds: Callable[[Frame], bool]
    turns: list[_Turn]
    asks: bool


def grouping_of(loop: Loop, inner: Scope, compiler: WriteCompiler) -> Grouping:
    """What a loop with `group` does for its outcomes."""
    turns = []
    for item in loop.segments:
        scope = compiler.binding.loop_scopes.get(id(item)) if item.member else inner
        if item.member and isinstance(item, Loop):
            steps = [] if scope is None else compiler.plan(item.segments)
        else:
            step = compiler.step(item)
            scope, steps = inner, [] if step is None else [step]
        turns.append(_Turn((scope or inner).number, steps, item.member))
    return Grouping(
        items=lister(loop.each, inner),
        holds=condition(loop.when),
        turns=turns,
        asks=any(entry.members for item in loop.segments if isinstance(item, SegmentEntry) for entry in item.elements),
    )


def shared_key(loop: Loop) -> Callable[[Frame], Any]:
    """What outcomes of one occurrence have in common: equal to the letter, so that 1 and 1.0 are two."""
    names = loop.group

    def key(item: Frame) -> Any:
        values = [item.get(name) for name in names]
        return values[0] if len(values) == 1 and type(values[0]) is str else (repr(values),)

    return key


def _chunk_cells(makers: list[tuple[Elements, Cells]], item: Frame, writing: Writing) -> tuple[list[Cell], list[Cell]]:
    """An item's cells that stand once for the segment, and those of its own turn.

    A step may say something for the whole segment too, as a store does with whose number it is.
    """
    made = [(entry, cell) for entry, make in makers for row in make(item, writing) for cell in row]
    own = [cell for entry, cell in made if entry.key.is_step and cell[0] == entry.key.first]
    head = {cell for entry, cell in made if not (entry.key.is_step and cell[0] == entry.key.first)}
    return sorted(head), own


def by_steps(steps: Sequence[Step], number: int) -> Emit:
    """One step after the other, for a frame of this number."""

    def emit(emitter: Emitter, frame: Frame) -> None:
        emitter.writing.frames[number] = frame
        for step in steps:
            step(emitter, frame)

    return emit


def is_silent(item: Item) -> bool:
    """Whether an entry is only read."""
    return bool(
        item.direction == "read" or getattr(item, "demands", False) or (item.ignore and not getattr(item, "segments", None))
    )


def step_of(item: Item, compiler: WriteCompiler) -> Step | None:
    """What emits one entry for a frame, worked out once per guide; None for what is only read."""
    if is_silent(item):
        return None
    step = _loop_step(item, compiler) if isinstance(item, Loop) else _segment_step(item, compiler)
    if step is None or not item.when or item.each:
        return step
    return _only(condition(item.when), step)


def _only(holds: Callable[[Frame], bool], step: Step) -> Step:
    def only(emitter: Emitter, frame: Frame) -> None:
        if holds(frame):
            step(emitter, frame)

    return only


def _segment_step(segment: SegmentEntry, compiler: WriteCompiler) -> Step:
    if segment.chunk is not None:
        return lambda emitter, frame: emitter.chunks(segment, frame)
    build = compiler.build(segment)
    if not segment.each:

        def once(emitter: Emitter, frame: Frame) -> None:
            writing = emitter.writing
            writing.out += build(frame, writing)

        return once
    scope = compiler.scope(segment)
    items, number = lister(segment.each, scope), scope.number

    def each(emitter: Emitter, frame: Frame) -> None:
        writing = emitter.writing
        for item in items(frame, writing):
            if id(item) not in writing.taken:
                writing.frames[number] = item
                writing.out += build(item, writing)

    return each


def _loop_step(loop: Loop, compiler: WriteCompiler) -> Step | None:
    inner = compiler.binding.loop_scopes.get(id(loop))
    if inner is None:
        return None
    if loop.levels:
        return lambda emitter, frame: emit_tree(emitter, loop, frame)
    if loop.into:
        into = loop.into
        return lambda emitter, frame: emitter.into(loop, into, frame, inner)
    if loop.group:
        grouping = grouping_of(loop, inner, compiler)
        return lambda emitter, frame: emitter.groups(loop, frame, grouping)
    if not loop.each and not loop.frame:
        return lambda emitter, frame: emitter.occurrence(loop, frame, inner)
    name, items, holds = loop.frame, lister(loop.each, inner), condition(loop.when)

    def framed(emitter: Emitter, frame: Frame) -> None:
        if frame.get(name):
            emitter.occurrence(loop, frame[name], inner)

    def each(emitter: Emitter, frame: Frame) -> None:
        for item in items(frame, emitter.writing):
            if holds(item):
                emitter.occurrence(loop, item, inner)

    return each if loop.each else framed


def lister(path: str, scope: Scope) -> Items:
    """What finds the items of `each:`; `contact+contacts` is the one, then the list; `^` climbs."""
    climbs = len(path) - len(path.lstrip("^"))
    owner: Scope | None = None
    if climbs:
        owner = scope.parent
        for _ in range(climbs):
            owner = owner.parent if owner and owner.parent else owner
    single, _, many = path.lstrip("^").partition("+")
    many = many.lstrip("^")

    if owner is None and not many:
        return lambda frame, _writing: frame.get(single) or ()

    def items(frame: Frame, writing: Writing) -> Iterable[Frame]:
        around: Any = writing.frames[owner.number] if owner else frame
        found = around.get(single)
        if many:
            return [*([found] if found else []), *(around.get(many) or ())]
        return found or ()

    return items
