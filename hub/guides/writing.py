"""A bound guide run backwards: a canonical document as the segments of a message.

Constants are emitted, counts computed, tables translated out. Text for people may be shortened or transliterated (the codec's
writer does it and says so); an identifier, a code or an amount that does not fit is refused with a finding.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from hub.edi.characters import FreeText
from hub.edi.dictionary import ElementSpec, Node
from hub.edi.findings import Finding, Severity, Where
from hub.edi.tree import Element, Segment
from hub.guides.binding import Binding, Scope
from hub.guides.conditions import condition
from hub.guides.convert import COMPOUNDS
from hub.guides.convert.compound import Cell, Row, dig
from hub.guides.counts import computed
from hub.guides.emitting import Emit, Emitter, Step, by_steps, step_of
from hub.guides.generate_emitting import generate_emit
from hub.guides.generate_writing import Build, Cells, Other, Outline, Part, Value, generate
from hub.guides.members import Member
from hub.guides.run import Context, Frame
from hub.guides.shape import Elements, Item
from hub.guides.shape import Segment as SegmentEntry
from hub.guides.texts import room, split_text
from hub.guides.verbs import VERBS

if TYPE_CHECKING:
    from hub.guides.guide import Guide
    from hub.model import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    """The segments between header and trailer, and what could not be said. An error among the findings: do not send."""

    segments: list[Segment]
    findings: list[Finding]

    @property
    def refused(self) -> bool:
        """Whether something that matters could not be written."""
        return any(found.severity == "error" for found in self.findings)


class Writing:
    """One document on its way out."""

    def __init__(self, binding: Binding, context: Context) -> None:
        self.binding = binding
        self.context = context
        self.frames: list[Any] = [None] * len(binding.scopes)
        self.out: list[Segment] = []
        self.findings: list[Finding] = []
        self.node: Node | None = None
        self.has_members = False
        self.taken: set[int] = set()
        self.is_edifact = binding.syntax == "edifact"

    def report(self, code: str, message: str, entry: Elements, *, severity: Severity, hint: str, value: str = "") -> None:
        """Add a finding about the segment that is being written."""
        where = Where(segment=self.node.tag if self.node else None, element=entry.key.first, segment_index=len(self.out) + 2)
        self.findings.append(
            Finding(
                code=code,
                severity=severity,
                layer="guide",
                message=message,
                where=where,
                hint=hint,
                who="admin",
                value=value[:99] or None,
            )
        )

    def refuse(self, entry: Elements, why: str, value: str = "") -> None:
        """A value that may not be changed and cannot be said."""
        self.report(
            "MAP-271", f"{entry.to or entry.key}: {why}", entry, severity="error", hint="correct the document", value=value
        )

    def wanting(self, entry: Elements) -> None:
        """The guide needs a value that the document does not have."""
        hint = "complete the document, or let the guide do without it"
        self.report("MAP-273", f"the document has no {entry.to or entry.key}", entry, severity="error", hint=hint)

    def left_out(self, entry: Elements, path: str, values: Iterable[Any]) -> None:
        """More values than the message has room for: the rest is not sent."""
        text = ", ".join(str(each) for each in values)
        hint = "the message has no more room; a partner guide may find a place for it"
        self.report("MAP-272", f"{path}: not sent: {text[:60]}", entry, severity="warning", hint=hint, value=text)

    def spec(self, entry: Elements) -> ElementSpec | None:
        """The dictionary's word on an element or component."""
        if self.node is None or entry.key.first > len(self.node.spec.elements):
            return None
        found = self.node.spec.elements[entry.key.first - 1]
        if found.components:
            at = max(entry.key.component, 1) - 1
            return found.components[at] if at < len(found.components) else found
        return found

    def room(self, entry: Elements) -> int:
        """How many characters an element takes; 0 where the dictionary does not say."""
        return room(self.node, entry)

    def shorten(self, entry: Elements, text: str, limit: int) -> str:
        """Text for people, to be cut to its element's length by the writer."""
        return FreeText(text, limit or self.room(entry) or None)

    def wrapped(self, entry: Elements, text: str, width: int) -> list[str]:
        """Text split at its own lines, then at blanks, into pieces that fit."""
        del entry
        return [FreeText(piece, width or None) for piece in split_text(text, width)]


_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+").fullmatch


class WriteCompiler:
    """Compiles the elements of a binding for writing, once per guide."""

    def __init__(self, binding: Binding, *, is_slow: bool = False) -> None:
        """`is_slow` leaves everything to closures, as the test does that holds both ways against each other."""
        self.binding = binding
        self.is_slow = is_slow
        self.is_edifact = binding.syntax == "edifact"
        self._built: dict[int, Build] = {}
        self._forced: dict[int, Build] = {}
        self._steps: dict[int, Step | None] = {}
        self._plans: dict[int, tuple[Sequence[Item], list[Step]]] = {}
        self._emits: dict[tuple[int, int], tuple[Sequence[Item], Emit]] = {}
        self._nodes = {id(bound.segment): bound.node for bounds in reversed(list(binding.at.values())) for bound in bounds}
        self._scopes = {id(bound.segment): bound.scope for bounds in binding.at.values() for bound in bounds}

    def build(self, segment: SegmentEntry) -> Build:
        """What makes the segments of one entry from a frame; several when text is wrapped or a list repeats."""
        found = self._built.get(id(segment))
        if found is None:
            found = self._built[id(segment)] = self._build(segment)
        return found

    def forced(self, segment: SegmentEntry) -> Build:
        """As `build`, for a segment that must stand whatever it says: the trigger of a loop that has content."""
        found = self._forced.get(id(segment))
        if found is None:
            found = self._forced[id(segment)] = self._build(segment, is_needed=True)
        return found

    def plan(self, items: Sequence[Item]) -> list[Step]:
        """What emits a list of entries, those that are only read left out."""
        found = self._plans.get(id(items))
        if found is None:
            steps = [step for step in map(self.step, items) if step is not None]
            # the list is kept: its id is the key
            found = self._plans[id(items)] = (items, steps)
        return found[1]

    def emit(self, items: Sequence[Item], scope: Scope) -> Emit:
        """What emits a list of entries for a frame of this scope."""
        key = (id(items), scope.number)
        found = self._emits.get(key)
        if found is None:
            slow = by_steps(self.plan(items), scope.number)
            made = slow if self.is_slow else generate_emit(items, scope, self, slow)
            # the list is kept: its id is the key
            found = self._emits[key] = (items, made)
        return found[1]

    def step(self, item: Item) -> Step | None:
        """What emits one entry; None for one that is only read."""
        if id(item) not in self._steps:
            self._steps[id(item)] = step_of(item, self)
        return self._steps[id(item)]

    def node(self, segment: SegmentEntry) -> Node | None:
        """Where the dictionary has the segment."""
        return self._nodes.get(id(segment))

    def scope(self, segment: SegmentEntry) -> Scope:
        """The frame an entry speaks of."""
        return self._scopes.get(id(segment), self.binding.root)

    def _build(self, segment: SegmentEntry, *, is_needed: bool = False) -> Build:
        scope = self.scope(segment)
        wanted = [
            entry for entry in segment.elements if entry.direction != "read" and not entry.ignore and not entry.fallback_for
        ]
        constants = [entry for entry in wanted if entry.constants]
        parts = [self._part(entry, scope) for entry in wanted if not (entry.constants and not entry.to)]
        conditions = [segment.sets, segment.when if segment.each or segment.member else {}]
        outline = Outline(
            tag=segment.tag,
            node=self.node(segment),
            fixed=[_constant(entry) for entry in constants if entry.constants[0] and not entry.beside],
            stand_ins=[
                (entry.key.first, entry.key.component, entry.write_default or entry.placeholder)
                for entry in (part.entry for part in parts)
                if entry.write_default or entry.placeholder
            ],
            follows=[(entry.beside, _constant(entry)) for entry in constants if entry.beside],
            conditions=[when for when in conditions if when],
            is_needed=is_needed or segment.use == "M",
            is_edifact=self.is_edifact,
        )
        slow = _slowly(parts, outline)
        return slow if self.is_slow else generate(parts, outline, slow, assemble)

    def _part(self, entry: Elements, scope: Scope) -> Part:
        """One entry for the generator: a value of one cell, or what makes its cells."""
        if entry.verb not in COMPOUNDS and not entry.count and not entry.total and (entry.to or entry.from_agreement):
            make, value = self._scalar(entry, scope)
            if value is not None:
                return value
            return Other(entry=entry, make=_conditional(entry, make) if entry.when else make)
        compound = COMPOUNDS.get(entry.verb)
        is_flat = compound is not None and compound.flat is not None and not compound.lacking(entry) and not self.is_edifact
        return Other(
            entry=entry,
            make=self.cells(entry, scope),
            speaks=not (entry.count or entry.total),
            flat=compound.flat(entry, self) if is_flat else None,  # type: ignore[union-attr,misc]
        )

    def cells(self, entry: Elements, scope: Scope) -> Cells:
        """What makes the cells of one entry."""
        if entry.verb in COMPOUNDS:
            compound = COMPOUNDS[entry.verb]
            make = _no_cells if compound.lacking(entry) else compound.writer(entry, scope, self)
        elif entry.count or entry.total:
            make = self._counted(entry)
        elif entry.to or entry.from_agreement:
            make, _ = self._scalar(entry, scope)
        else:
            make = _no_cells
        return _conditional(entry, make) if entry.when else make

    def _counted(self, entry: Elements) -> Cells:
        def rows(frame: Frame, writing: Writing) -> list[Row]:
            found = computed(entry, frame, writing.out)
            return [] if found is None else [[(entry.key.first, entry.key.component, format(found, "f"))]]

        return rows

    def _scalar(self, entry: Elements, scope: Scope) -> tuple[Cells, Value | None]:
        """What makes the cells of one member; and the same for the generator, where it can be one cell."""
        path, _, many = entry.to.partition("+")
        found = Member("text")
        number = scope.number
        if entry.to:
            inner, path, found = self.binding.resolve(scope, path, entry.place)
            number = inner.number
        climbs = number != scope.number
        table = self.binding.table(entry.table, entry.place) if entry.table else None
        say = self._say(entry, found, table)
        key = entry.key
        many = many.lstrip("^")
        is_list = found.kind == "texts" or path.endswith("[]")
        path = path.removesuffix("[]")

        def rows(frame: Frame, writing: Writing) -> list[Row]:
            source = writing.frames[number] if climbs else frame
            value = dig(source, path) if path else None
            if value is None and entry.from_agreement:
                value = writing.context.values.get(entry.from_agreement)
            values = [*value] if is_list and value else [] if value is None else [value]
            if many:
                values += dig(source, many) or []
            raw = dig(source, entry.echo) if entry.echo else None
            if not values:
                return [[(key.first, key.component, raw)]] if raw and table is not None and raw not in table.meaning else []
            texts = [text for each in values for text in say(each, raw, writing)]
            return [[(key.first, key.component, text)] for text in texts if text]

        if is_list or entry.wrap or (climbs and (many or entry.echo)):
            return rows, None
        make = _conditional(entry, rows) if entry.when else rows
        verb = VERBS.get(entry.verb or found.kind, VERBS["text"])
        outer = number if climbs else None
        return rows, Value(entry=entry, path=path, say=say, make=make, verb=verb, table=table, number=outer, many=many)

    def _say(self, entry: Elements, found: Member, table: Any) -> Callable[[Any, Any, Writing], list[str]]:
        verb = VERBS.get(entry.verb or found.kind, VERBS["text"])
        default, members, wrap = entry.default, entry.members, entry.wrap

        def say(value: Any, raw: Any, writing: Writing) -> list[str]:
            if members and writing.has_members:
                return [members]
            if table is not None:
                word = str(value).lower() if isinstance(value, bool) else str(value)
                return _say_code(entry, table, word, raw, default, writing)
            try:
                text = verb.write(value)
            except ValueError as wrong:
                writing.refuse(entry, str(wrong), str(value))
                return []
            if default and text == default:
                return []
            if raw and verb.read is not None and _same(verb.read, raw, value):
                text = raw
            if verb.is_free:
                return (
                    writing.wrapped(entry, text, wrap or writing.room(entry))
                    if wrap
                    else [writing.shorten(entry, text.replace("\n", " "), 0)]
                )
            return [_fitting(entry, text, writing)]

        return say


def _constant(entry: Elements) -> Cell:
    return (entry.key.first, entry.key.component, entry.constants[0])


def _slowly(parts: list[Part], outline: Outline) -> Build:
    """The builder as closures: it knows every case, and reports."""
    steps = [(part.entry, part.make, not isinstance(part, Other) or part.speaks) for part in parts]
    node, fixed, stand_ins, follows = outline.node, outline.fixed, outline.stand_ins, outline.follows
    asked = [condition(when) for when in outline.conditions]

    def build(frame: Frame, writing: Writing) -> list[Segment]:
        if not all(holds(frame) for holds in asked):
            return []
        writing.node = node
        rows: list[Row] = [[]]
        says = outline.is_needed
        wanting: list[Elements] = []
        for entry, make, speaks in steps:
            made = make(frame, writing)
            if not made:
                if entry.use == "M":
                    wanting.append(entry)
                continue
            says = says or (speaks and any(cell[2] for row in made for cell in row))
            while len(rows) < len(made):
                rows.append([])
            for row, cells in zip(rows, made, strict=False):
                row.extend(cells)
        if not says:
            return []
        for entry in wanting:
            writing.wanting(entry)
        extra: Row = []
        if stand_ins or follows:
            filled = {cell[0] for cell in rows[0] if cell[2]}
            rows[0] += [cell for cell in stand_ins if cell[0] not in filled]
            extra = [cell for key, cell in follows if key in filled]
        return [
            assemble(outline.tag, [*fixed, *(extra if index == 0 else []), *row], is_edifact=outline.is_edifact)
            for index, row in enumerate(rows)
        ]

    return build


def _same(read: Callable[[str], Any], raw: str, value: Any) -> bool:
    try:
        return bool(read(raw) == value)
    except ValueError:
        return False


def _say_code(entry: Elements, table: Any, word: str, raw: Any, default: str, writing: Writing) -> list[str]:
    """The code as it arrived where it still means the same, else the preferred one."""
    means = table.meaning.get(raw) if raw else None
    if raw and (means in {word, table.meaning.get(table.wire.get(word, ""), word)} or (means is None and word == "other")):
        return [raw]
    if default and word == default and not raw:
        return []
    code = table.wire.get(word)
    if code is not None:
        return [code]
    if table.unlisted == "keep":
        return [_fitting(entry, word, writing)]
    hint = f"add a code for it to table {table.name}"
    writing.report("MAP-270", f'no code of table {table.name} says "{word}"', entry, severity="error", hint=hint, value=word)
    return []


def _fitting(entry: Elements, text: str, writing: Writing) -> str:
    """An identifier, code or number as it is; one that is too long is refused."""
    spec = writing.spec(entry)
    if spec is None or not spec.max:
        return text
    is_number = spec.type[:1] in {"R", "N"} or spec.type == "n"
    if is_number and not _NUMBER(text):
        writing.refuse(entry, f'"{text[:20]}" is no number, and {spec.ref} takes only numbers', text)
    elif spec.type == "N0" and "." in text:
        writing.refuse(entry, f"{text} is not whole, and {spec.ref} takes only whole numbers", text)
    length = len(text.lstrip("-").replace(".", "")) if is_number else len(text)
    if length > spec.max:
        writing.refuse(entry, f"{length} characters where {spec.ref} takes {spec.max}", text)
    return text


def _no_cells(_frame: Frame, _writing: Writing) -> list[Row]:
    return []


def _conditional(entry: Elements, make: Cells) -> Cells:
    holds = condition(entry.when)

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        return make(frame, writing) if holds(frame) else []

    return rows


def assemble(tag: str, cells: list[tuple[int, int, Any]], *, is_edifact: bool) -> Segment:
    """Cells as a segment: elements in their order, composites as lists."""
    last = 0
    for cell in cells:
        if cell[0] > last and cell[2]:
            last = cell[0]
    elements: list[Element] = [""] * (last + 1)
    elements[0] = tag
    parts: dict[int, dict[int, str]] = {}
    for number, component, text in cells:
        if not text or number > last:
            continue
        if component:
            parts.setdefault(number, {})[component] = text
        else:
            elements[number] = text
    for number, found in parts.items():
        width = max(found)
        if (width == 1 and not is_edifact) or width == 1:
            elements[number] = found[1]
        else:
            elements[number] = [found.get(place, "") for place in range(1, width + 1)]
    return elements


def write(guide: Guide, document: Document, context: Context) -> WriteResult:
    """Write a document by a guide; the result's findings say what could not be said."""
    root: Frame = msgspec.to_builtins(document, builtin_types=(Decimal, dt.date))
    writing = Writing(guide.binding, context)
    for step in guide.steps:
        step.write(root)
    Emitter(guide.writer, writing).items(guide.text.segments, root, guide.binding.root)
    return WriteResult(segments=writing.out, findings=writing.findings)
