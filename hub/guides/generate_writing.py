"""The builder of one segment as one Python function: the hot part of writing, written out and compiled once.

Measured: closures take about 1 ms for a response of 20 lines, written out a third of that. The function does what is usual: one
row of cells, values that fit, codes that their table knows. Whatever is not usual it leaves to the closures, which also report:
a value to `say`, a whole segment to the slow builder. `tests/unit/guides` holds the two ways against each other.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from hub.edi.characters import FreeText
from hub.edi.dictionary import ElementSpec, Node
from hub.edi.tree import Segment
from hub.guides.conditions import condition_text
from hub.guides.convert.compound import Cell, Flat, Row
from hub.guides.run import Frame
from hub.guides.shape import Elements
from hub.guides.source import Source
from hub.guides.texts import room
from hub.guides.verbs import Verb, write_date, write_decimal

if TYPE_CHECKING:
    from hub.guides.writing import Writing

Build: TypeAlias = "Callable[[Frame, Writing], list[Segment]]"
Cells: TypeAlias = "Callable[[Frame, Writing], list[Row]]"
Say: TypeAlias = "Callable[[Any, Any, Writing], list[str]]"

_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """An entry that writes one member as one cell. `say` is the same as a closure; `many` the list that may follow it.

    `number` is the frame the member is in, None for the segment's own.
    """

    entry: Elements
    path: str
    say: Say
    make: Cells
    verb: Verb
    table: Any = None
    number: int | None = None
    many: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """An entry that writes its cells in a way of its own; `speaks` unless it only counts.

    `flat` gives the same as the texts of neighbouring elements, without asking for the entry's condition.
    """

    entry: Elements
    make: Cells
    speaks: bool = True
    flat: Flat | None = None


Part: TypeAlias = "Value | Other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a segment is made of beside its parts: its constants, what stands in for what is empty, what stands beside what is not.

    `conditions` must hold for it to be written at all.
    """

    tag: str
    node: Node | None
    fixed: Sequence[Cell]
    stand_ins: Sequence[Cell]
    follows: Sequence[tuple[int, Cell]]
    conditions: Sequence[Mapping[str, str]]
    is_needed: bool
    is_edifact: bool


@dataclass(slots=True)
class _Source(Source):
    heads: dict[str, str] = field(default_factory=dict)

    def leave(self, depth: int) -> None:
        """Begin again the slow way: what was reported so far is reported there."""
        self.add(depth, "del w.findings[found:]")
        self.add(depth, "return slow(f, w)")


def generate(parts: Sequence[Part], outline: Outline, slow: Build, assemble: Callable[..., Segment]) -> Build:
    """One function `(frame, writing)` for a segment; `slow` is the same as closures."""
    source = _Source(names={"slow": slow, "FreeText": FreeText, "NUMBER": _NUMBER, "node": outline.node, "Decimal": Decimal})
    source.names |= {"date": dt.date, "assemble": assemble, "one": _one}
    source.add(0, "def build(f, w):")
    source.add(1, "if type(f) is not dict:")
    source.add(2, "return slow(f, w)")
    for when in outline.conditions:
        source.add(1, f"if not ({condition_text(when, 'f', source.name)}):")
        source.add(2, "return []")
    source.add(1, "w.node = node")
    source.add(1, "found = len(w.findings)")
    source.add(1, f"says = {outline.is_needed}")
    _take_heads(source, parts)
    cells = _Elements(source, outline) if _is_plain(parts, outline) else _Cells(source, outline)
    for part in parts:
        if isinstance(part, Value):
            _value(source, part, outline, cells)
        else:
            _other(source, part, cells)
    cells.end()
    return source.made(f"guide writes {outline.tag}", "build")


def _one(texts: list[str]) -> str:
    return texts[0] if texts else ""


def _is_plain(parts: Sequence[Part], outline: Outline) -> bool:
    """Whether every cell is an element of its own, so that the segment is filled without a list of cells."""
    known = [*outline.fixed, *outline.stand_ins, *(cell for _, cell in outline.follows)]
    if outline.is_edifact and any(isinstance(part, Other) for part in parts):
        return False
    if any(cell[1] for cell in known) or any(part.entry.key.component for part in parts):
        return False
    # what stands in, what follows and what it follows are told from the constants by being filled
    told = [cell[0] for cell in outline.stand_ins] + [number for at, cell in outline.follows for number in (at, cell[0])]
    return len(set(told)) == len(told) and not {cell[0] for cell in outline.fixed}.intersection(told)


class _Elements:
    """Cells are elements. Those of single values are gathered in variables, and the list is made of them when it is needed.

    `texts` are those gathered, `told` the variables that say something, `width` how many elements the list has for certain and
    `reach` how many at most, once it is made.
    """

    def __init__(self, source: _Source, outline: Outline) -> None:
        self.source = source
        self.outline = outline
        self.texts = {0: repr(outline.tag)} | {number: repr(text) for number, _, text in outline.fixed}
        self.told: list[str] = []
        self.width = self.reach = 0

    def put(self, entry: Elements) -> None:
        """Put the text `t`."""
        number = entry.key.first
        if self.width:
            self.source.add(1, "if t:")
            self.source.add(2, "says = True")
            self.grow(2, number)
            self.source.add(2, f"e[{number}] = t")
            self.reach = max(self.reach, number + 1)
        elif f"t{number}" in self.told:
            self.source.add(1, "if t:")
            self.source.add(2, f"t{number} = t")
        else:
            known = self.texts.get(number)
            self.source.add(1, f"t{number} = t")
            self.texts[number] = f"t{number} or {known}" if known else f"t{number}"
            self.told.append(f"t{number}")

    def listed(self) -> None:
        """Make the list, once."""
        if not self.width:
            self.width = self.reach = max(self.texts) + 1
            self.source.add(1, f"e = [{', '.join(self.texts.get(number, repr('')) for number in range(self.width))}]")

    def grow(self, depth: int, number: int) -> None:
        if number >= self.width:
            self.source.add(depth, f"if len(e) <= {number}:")
            self.source.add(depth + 1, f"e += [''] * ({number + 1} - len(e))")

    def take(self, depth: int, name: str) -> None:
        """Put the cells of the row `name`."""
        source = self.source
        source.add(depth, f"for n, c, t in {name}:")
        source.add(depth + 1, "if t:")
        source.add(depth + 2, "if c:")
        source.leave(depth + 3)
        source.add(depth + 2, "if len(e) <= n:")
        source.add(depth + 3, "e += [''] * (n + 1 - len(e))")
        source.add(depth + 2, "e[n] = t")

    def takes_flat(self, part: Other) -> bool:
        """Whether nothing stands at or behind the first element of a part yet, so that its texts are simply added."""
        return part.flat is not None and part.entry.key.first >= self.reach

    def flat(self, depth: int, part: Other) -> None:
        """Put the texts `x` of neighbouring elements."""
        first = part.entry.key.first
        if first != self.width or self.reach != self.width:
            self.source.add(depth, f"e += [''] * ({first} - len(e))")
        self.source.add(depth, "e += x")

    def end(self) -> None:
        source, outline = self.source, self.outline
        if not outline.is_needed:
            source.add(1, f"if not ({' or '.join(['says', *self.told])}):")
            source.add(2, "return []")
        self.listed()
        for at, (number, _, text) in outline.follows:
            source.add(1, f"if len(e) > {at} and e[{at}]:")
            self.grow(2, number)
            source.add(2, f"e[{number}] = e[{number}] or {text!r}")
        for number, _, text in outline.stand_ins:
            self.grow(1, number)
            source.add(1, f"e[{number}] = e[{number}] or {text!r}")
        source.add(1, "while not e[-1]:")
        source.add(2, "e.pop()")
        source.add(1, "return [e]")


class _Cells:
    """Cells are listed, then assembled."""

    def __init__(self, source: _Source, outline: Outline) -> None:
        self.source = source
        self.outline = outline
        source.add(1, "row = []")

    def put(self, entry: Elements) -> None:
        """Put the text `t`."""
        self.source.add(1, "if t:")
        self.source.add(2, "says = True")
        self.source.add(2, f"row.append(({entry.key.first}, {entry.key.component}, t))")

    def listed(self) -> None:
        """The list is there from the start."""

    def takes_flat(self, _part: Other) -> bool:
        """Cells are told one by one."""
        return False

    def flat(self, _depth: int, _part: Other) -> None:
        """Never asked for."""

    def take(self, depth: int, name: str) -> None:
        """Put the cells of the row `name`."""
        self.source.add(depth, f"row += {name}")

    def end(self) -> None:
        source, outline = self.source, self.outline
        source.add(1, "if not says:")
        source.add(2, "return []")
        extra = "()"
        if outline.stand_ins or outline.follows:
            source.add(1, "filled = {cell[0] for cell in row if cell[2]}")
            extra = "[cell for at, cell in follows if at in filled]"
            source.names |= {"follows": outline.follows, "stand_ins": outline.stand_ins}
            source.add(1, "row += [cell for cell in stand_ins if cell[0] not in filled]")
        source.names["fixed"] = list(outline.fixed)
        text = f"assemble({outline.tag!r}, [*fixed, *{extra}, *row], is_edifact={outline.is_edifact})"
        source.add(1, f"return [{text}]")


def _take_heads(source: _Source, parts: Sequence[Part]) -> None:
    """Take the inner frames that several members are in into variables."""
    for part in parts:
        if isinstance(part, Value):
            own = part.path if part.number is None else ""
            for path in (own, part.many, part.entry.echo):
                _head(source, path.rpartition(".")[0])


def _head(source: _Source, path: str) -> str:
    if not path:
        return "f"
    if path not in source.heads:
        around, _, last = path.rpartition(".")
        outer, name = _head(source, around), f"g{len(source.heads)}"
        source.heads[path] = name
        source.add(1, f"{name} = {outer}.get({last!r}) if {outer} else None")
        source.add(1, f"if {name} is not None and type({name}) is not dict:")
        source.leave(2)
    return source.heads[path]


def _got(source: _Source, path: str) -> str:
    head, _, last = path.rpartition(".")
    name = source.heads[head] if head else "f"
    return f"{name}.get({last!r}) if {name} else None" if head else f"f.get({last!r})"


def _other(source: _Source, part: Other, cells: _Elements | _Cells) -> None:
    cells.listed()
    if not cells.takes_flat(part):
        _made(source, 1, part, cells)
        if isinstance(cells, _Elements):
            cells.reach = _ANYWHERE
        return
    depth = 1
    if part.entry.when:
        source.add(1, f"if {condition_text(part.entry.when, 'f', source.name)}:")
        depth = 2
    source.add(depth, f"x = {source.name(part.flat, 'flat')}(f, w)")
    source.add(depth, "if x is None:")
    _made(source, depth + 1, part, cells)
    source.add(depth, "elif x:")
    cells.flat(depth + 1, part)
    source.add(depth + 1, "says = says or any(x)")
    if part.entry.use == "M":
        source.add(depth, "else:")
        source.leave(depth + 1)
        if depth > 1:
            source.add(1, "else:")
            source.leave(2)
    if isinstance(cells, _Elements):
        cells.reach = part.entry.key.last + 1


_ANYWHERE = 1 << 30


def _made(source: _Source, depth: int, part: Other, cells: _Elements | _Cells) -> None:
    """Take what the closure makes."""
    source.add(depth, f"made = {source.name(part.make, 'make')}(f, w)")
    source.add(depth, "if made:")
    source.add(depth + 1, "if len(made) > 1:")
    source.leave(depth + 2)
    cells.take(depth + 1, "made[0]")
    if part.speaks:
        source.add(depth + 1, "says = says or any(cell[2] for cell in made[0])")
    if part.entry.use == "M":
        source.add(depth, "else:")
        source.leave(depth + 1)


def _value(source: _Source, part: Value, outline: Outline, cells: _Elements | _Cells) -> None:
    entry, depth = part.entry, 1
    if entry.when:
        source.add(1, "t = ''")
        source.add(1, f"if {condition_text(entry.when, 'f', source.name)}:")
        depth = 2
    if part.number is None:
        source.add(depth, f"v = {_got(source, part.path) if part.path else None}")
    else:
        source.add(depth, f"v = {source.name(_digger(part.number, part.path), 'dig')}(w)")
    if entry.from_agreement:
        source.add(depth, "if v is None:")
        source.add(depth + 1, f"v = w.context.values.get({entry.from_agreement!r})")
    source.add(depth, f"raw = {_got(source, entry.echo) if entry.echo else None}")
    if part.many:
        source.add(depth, f"if {_got(source, part.many)}:")
        source.leave(depth + 1)
    source.add(depth, "if v is None:")
    is_code = part.table is not None and entry.echo
    source.add(
        depth + 1,
        f"t = raw if raw and raw not in {source.name(part.table.meaning, 'meaning')} else ''" if is_code else "t = ''",
    )
    source.add(depth, "else:")
    _said(source, depth + 1, part, outline.node)
    cells.put(entry)
    if entry.use == "M":
        source.add(1, "if not t:")
        source.leave(2)


def _digger(number: int, path: str) -> Callable[[Writing], Any]:
    from hub.guides.convert.compound import dig

    return lambda writing: dig(writing.frames[number], path)


def _spec(node: Node | None, entry: Elements) -> ElementSpec | None:
    """As `Writing.spec`, known before anything is written."""
    if node is None or entry.key.first > len(node.spec.elements):
        return None
    found = node.spec.elements[entry.key.first - 1]
    if found.components:
        at = max(entry.key.component, 1) - 1
        return found.components[at] if at < len(found.components) else found
    return found


def _said(source: _Source, depth: int, part: Value, node: Node | None) -> None:
    """The text of the value `v`: the usual one here, any other by the closure."""
    say = f"t = one({source.name(part.say, 'say')}(v, raw, w))"
    entry = part.entry
    if entry.members:
        source.add(depth, say)
        return
    if part.table is not None:
        _coded(source, depth, part, say)
        return
    usual, most = _usual(part, _spec(node, entry)), room(node, entry)
    if usual is None:
        source.add(depth, say)
        return
    kind, text, fits = usual
    source.add(depth, f"if type(v) is {kind}:")
    source.add(depth + 1, f"t = {text}")
    if entry.default:
        source.add(depth + 1, f"if t == {entry.default!r}:")
        source.add(depth + 2, "t = ''")
    unusual = [f"not ({test})" for test in fits] + (["raw and raw != t"] if entry.echo else [])
    if unusual:
        source.add(depth + 1, f"if t and ({' or '.join(unusual)}):")
        source.add(depth + 2, say)
    if part.verb.is_free:
        source.add(depth + 1, f"t = FreeText(t, {most or None}) if type(t) is str and t else t")
    source.add(depth, "else:")
    source.add(depth + 1, say)


def _usual(part: Value, spec: ElementSpec | None) -> tuple[str, str, list[str]] | None:
    """The type of the usual value, its text, and what must hold for it to be written so."""
    write, free = part.verb.write, part.verb.is_free
    most = spec.max if spec is not None else 0
    is_number = spec is not None and (spec.type[:1] in {"R", "N"} or spec.type == "n")
    fits = [f"len(t) <= {most}"] if most and not free else []
    if is_number and most:
        fits.append("NUMBER(t)")
    if spec is not None and spec.type == "N0":
        fits.append("'.' not in t")
    if write is str and part.verb.kind == "text":
        return "str", "v.replace('\\n', ' ')" if free else "v", fits
    if write is str and part.verb.kind == "integer":
        return "int", "str(v)", fits
    if write is write_decimal:
        return "Decimal", "format(v, 'f')", fits
    if write is write_date:
        return "date", "v.isoformat().replace('-', '')", [*fits, "v.year > 999"]
    return None


def _coded(source: _Source, depth: int, part: Value, say: str) -> None:
    meaning, wire = source.name(part.table.meaning, "meaning"), source.name(part.table.wire, "wire")
    source.add(depth, "if type(v) is not str:")
    source.add(depth + 1, say)
    if part.entry.echo:
        source.add(depth, f"elif raw and {meaning}.get(raw) == v:")
        source.add(depth + 1, "t = raw")
    unless = f" and v != {part.entry.default!r}" if part.entry.default else ""
    source.add(depth, f"elif not raw{unless} and v in {wire}:")
    source.add(depth + 1, f"t = {wire}[v]")
    source.add(depth, "else:")
    source.add(depth + 1, say)
