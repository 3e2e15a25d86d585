"""The entries of one segment as one Python function: the hot part of reading, written out and compiled once.

Measured: a closure per element costs about 0.35 us, the same steps written out a third of that, and an order has some three
hundred elements. What is rare or long (several elements at once, lists, deferred and traced members) stays a closure that the
function calls. `tests/unit/guides` holds the two ways against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from hub.edi.tree import Segment
from hub.guides.places import Coverage
from hub.guides.run import Act, Frame, Put, Run
from hub.guides.shape import Elements
from hub.guides.source import Source
from hub.guides.verbs import Verb

Handler: TypeAlias = "Callable[[Segment, Run], None]"
Part: TypeAlias = "Simple | Beside | Day | Priced | Act"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple:
    """An entry that sets one member from one element: convert, or translate through a table, and keep the echo.

    `slow` is the same entry as a closure, for what the table does not list; `more` the list that takes a second value.
    """

    entry: Elements
    path: str
    slow: Act
    more: str = ""
    verb: Verb | None = None
    meaning: dict[str, Any] | None = None
    echo: str = ""
    default: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """An entry that sets nothing: the constant beside a value, of which another word keeps the segment."""

    entry: Elements
    default: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A date element of which nearly always only the day stands there: CCYYMMDD alone, or in format 102."""

    simple: Simple
    slow: Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A price with its basis at element `last`, kept as the echo.

    With a basis of `plain` it is that of one unit, as most are; with one of `listed` it goes to the list `prices`, as its kind.
    """

    simple: Simple
    last: int
    plain: frozenset[str]
    listed: dict[str, str]
    prices: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The frame an entry fills.

    `plain` is open already, `same` is that of the loop around, `item` and `each` are new items of a list, `open` asks `opener`.

    An `item` is added before it is filled (a loop), one of `each` after, and only if it has what it needs (a segment).
    """

    kind: Literal["plain", "same", "item", "each", "open"]
    number: int
    outer: int = 0
    needed: tuple[str, ...] = ()
    append: Put | None = None
    listed: str = ""
    opener: Callable[[Segment, Run], Frame | None] | None = None


@dataclass(slots=True)
class _Source(Source):
    """Lines of the function and the values they name.

    `indent` is how much deeper than asked for lines stand; `heads` are the parts of the frame that the function holds in variables of their own; `assigned` what a new frame
    may have by now, None where the frame is not new.
    """

    heads: dict[str, str] = field(default_factory=dict)
    assigned: set[str] | None = None
    indent: int = 0

    def add(self, depth: int, text: str) -> None:
        """Add a line, so many steps deep, and deeper by `indent`."""
        self.lines.append("    " * (depth + self.indent) + text)


def generate(parts: list[Part], frames: Frames, coverage: Coverage, *, is_edifact: bool, label: str) -> Handler:
    """One function `(segment, run)`: takes the frame, does what the parts do in their order, keeps what none speaks of."""
    source = _Source(names={"first_of": _first_repetition})
    source.add(0, "def handle(s, r):")
    _opening(source, frames)
    source.add(1, "n = len(s)")
    heads = {path.rpartition(".")[0] for part in parts for path in _paths(part)} - {""}
    source.heads = {head: f"g{number}" for number, head in enumerate(sorted(heads))}
    if frames.kind in {"item", "each"}:
        source.assigned = set()
    _refresh(source, 1)
    at: int | None = None
    tail = len(parts) if is_edifact else _tail(parts)
    for turn, part in enumerate(parts):
        if turn == tail:
            source.add(1, f"if n > {part.entry.key.first}:")  # type: ignore[union-attr]
            source.indent = 1
        if isinstance(part, Day):
            _day(source, part, is_edifact=is_edifact)
            at = part.simple.entry.key.first if is_edifact else None
        elif isinstance(part, Simple):
            at = _element_of(source, part, at, is_edifact=is_edifact)
            _value(source, part)
        elif isinstance(part, Beside):
            at = _element_of(source, part, at, is_edifact=is_edifact)
            _beside(source, part)
        elif isinstance(part, Priced):
            _priced(source, part)
        else:
            source.add(1, f"{source.name(part, 'act')}(s, f, r)")
            # What a closure has set is not known here.
            source.assigned = None
            _refresh(source, 1)
    source.indent = 0
    _leftovers(source, coverage)
    _adding(source, frames)
    return source.made(f"guide {label}", "handle")


def _tail(parts: list[Part]) -> int:
    """From which part on a segment that ends before its element has nothing more to read: most leave their last elements out."""
    begin = len(parts)
    first = 1 << 30
    while (
        begin
        and isinstance(part := parts[begin - 1], Simple | Beside)
        and part.default is None
        and part.entry.key.first < first
    ):
        begin, first = begin - 1, part.entry.key.first
    # The first of them are nearly always there.
    begin = next((turn for turn in range(begin, len(parts)) if parts[turn].entry.key.first > _USUAL), len(parts))  # type: ignore[union-attr]
    return begin if len(parts) - begin >= _WORTH_IT else len(parts)


_USUAL, _WORTH_IT = 3, 2


def _paths(part: Part) -> tuple[str, ...]:
    if isinstance(part, Day | Priced):
        part = part.simple
    return (part.path, part.echo) if isinstance(part, Simple) else ()


def _refresh(source: _Source, depth: int) -> None:
    """Take the parts of the frame into variables, as they are now."""
    for head, name in source.heads.items():
        first, _, rest = head.partition(".")
        source.add(depth, f"{name} = f.get({first!r})")
        for inner in rest.split(".") if rest else ():
            source.add(depth, f"{name} = None if {name} is None else {name}.get({inner!r})")


def _element_of(source: _Source, part: Simple | Beside, at: int | None, *, is_edifact: bool) -> int | None:
    """Take the text of a part's element into `t`; `at` is the element whose components are at hand."""
    key = part.entry.key
    if not is_edifact:
        source.add(1, f"t = s[{key.first}] if n > {key.first} else ''")
        return None
    if at != key.first:
        _element(source, key.first)
    place = max(key.component, 1)
    source.add(1, f"t = p[{place - 1}] if len(p) >= {place} else ''")
    return key.first


def _opening(source: _Source, frames: Frames) -> None:
    if frames.kind == "plain":
        source.add(1, f"f = r.frames[{frames.number}]")
    elif frames.kind == "open":
        source.add(1, f"f = r.frames[{frames.number}] = {source.name(frames.opener, 'opener')}(s, r)")
    elif frames.kind == "same":
        source.add(1, f"f = r.frames[{frames.number}] = r.frames[{frames.outer}]")
    else:
        source.add(1, f"a = r.frames[{frames.outer}]")
        source.add(1, "if a is None:")
        source.add(2, f"r.frames[{frames.number}] = None")
        source.add(2, "r.spilled.add(r.index)")
        source.add(2, "return")
        source.add(1, f"f = r.frames[{frames.number}] = {{}}")
        if frames.kind == "item":
            _append(source, 1, frames)
            if frames.needed:
                needed = source.name(frozenset(frames.needed), "needed")
                source.add(1, f"r.opened.append((a.get({frames.listed!r}), f, {needed}, r.index))")
        return
    source.add(1, "if f is None:")
    source.add(2, "r.spilled.add(r.index)")
    source.add(2, "return")


def _append(source: _Source, depth: int, frames: Frames) -> None:
    if frames.append is not None:
        source.add(depth, f"{source.name(frames.append, 'append')}(a, f, r)")
        return
    source.add(depth, f"l = a.get({frames.listed!r})")
    source.add(depth, "if l is None:")
    source.add(depth + 1, f"a[{frames.listed!r}] = [f]")
    source.add(depth, "else:")
    source.add(depth + 1, "l.append(f)")


def _adding(source: _Source, frames: Frames) -> None:
    if frames.kind != "each":
        return
    has_all = " and ".join(["f", *(f"{name!r} in f" for name in frames.needed)])
    source.add(1, f"if {has_all}:")
    _append(source, 2, frames)
    source.add(1, "else:")
    source.add(2, "r.spilled.add(r.index)")


def _leftovers(source: _Source, coverage: Coverage) -> None:
    """Anything that no entry speaks of keeps the whole segment under `extensions`."""
    last = coverage.last
    tests = [f"(n > {last + 1} and any(s[{last + 1}:]))"]
    tests += [f"(n > {gap} and s[{gap}])" for gap in coverage.gaps]
    tests += [
        f"(n > {position} and type(s[{position}]) is list and len(s[{position}]) > {cap} and {source.name(coverage.has_more, 'more')}(s))"
        for position, cap in coverage.partial
    ]
    source.add(1, f"if {' or '.join(tests)}:")
    source.add(2, "r.spilled.add(r.index)")


def _day(source: _Source, part: Day, *, is_edifact: bool) -> None:
    key = part.simple.entry.key
    slow = source.name(part.slow, "slow")
    if is_edifact:
        _element(source, key.first)
        at = max(key.component, 1) - 1
        source.add(1, f"if len(p) == {at + 2} and p[{at + 1}] == '102' and len(p[{at}]) == 8:")
        source.add(2, f"t = p[{at}]")
    else:
        source.add(1, f"if n == {key.first + 1} and len(s[{key.first}]) == 8:")
        source.add(2, f"t = s[{key.first}]")
    _converted(source, part.simple)
    source.add(1, "else:")
    source.add(2, f"{slow}(s, f, r)")
    _refresh(source, 2)


def _element(source: _Source, first: int) -> None:
    """The components of an element, whatever the codec made of it."""
    source.add(1, f"e = s[{first}] if n > {first} else ''")
    source.add(1, "k = type(e)")
    source.add(1, "p = (e,) if k is str else e if k is list else first_of(e, r)")


def _first_repetition(value: Any, run: Run) -> Any:
    run.spilled.add(run.index)
    one = value[0] if value else ""
    return (one,) if type(one) is str else one


def _value(source: _Source, part: Simple) -> None:
    source.add(1, "if t:")
    if part.meaning is not None:
        source.add(2, f"v = {source.name(part.meaning, 'table')}.get(t)")
        source.add(2, "if v is None:")
        source.add(3, f"{source.name(part.slow, 'slow')}(s, f, r)")
        _refresh(source, 3)
        source.add(2, "else:")
        if part.echo:
            _put(source, 3, part.echo, "t", part)
        _put(source, 3, part.path, "v", part)
    else:
        if part.echo:
            _put(source, 2, part.echo, "t", part)
        _converted(source, part)
    if part.default is not None:
        source.add(1, "else:")
        _put(source, 2, part.path, source.name(part.default, "default"), part)


def _beside(source: _Source, part: Beside) -> None:
    source.add(1, f"if t and t not in {source.name(frozenset(part.entry.constants), 'known')}:")
    source.add(2, "r.spilled.add(r.index)")


def _priced(source: _Source, part: Priced) -> None:
    simple = part.simple
    source.add(1, f"b = s[{part.last}] if n > {part.last} else ''")
    source.add(1, f"if b in {source.name(part.plain, 'plain')}:")
    _amount(source, part)
    _converted(source, simple)
    source.indent -= 1
    if part.listed:
        listed = source.name(part.listed, "listed")
        source.add(1, f"elif b in {listed}:")
        _amount(source, part)
        source.add(2, "try:")
        source.add(3, f"v = {source.name(simple.verb.read, 'read')}(t)")  # type: ignore[union-attr]
        source.add(2, "except ValueError as wrong:")
        source.add(3, f"r.wrong({source.name(simple.entry, 'entry')}, t, str(wrong))")
        source.add(2, "else:")
        price = f"{{'type': {listed}[b], 'amount': v, 'code': b}}"
        source.add(3, f"f.setdefault({part.prices!r}, []).append({price})")
        source.indent -= 1
    source.add(1, "else:")
    source.add(2, f"{source.name(simple.slow, 'slow')}(s, f, r)")
    _refresh(source, 2)
    # What the closure has set is not known here.
    source.assigned = None


def _amount(source: _Source, part: Priced) -> None:
    """Keep the basis and take the amount into `t`; what follows stands deeper, where there is one."""
    simple, first = part.simple, part.simple.entry.key.first
    if simple.echo:
        assigned = None if source.assigned is None else source.assigned.copy()
        source.add(2, "if b:")
        _put(source, 3, simple.echo, "b", simple)
        source.assigned = assigned
    source.add(2, f"t = s[{first}] if n > {first} else ''")
    source.add(2, "if t:")
    source.indent += 1


def _converted(source: _Source, part: Simple) -> None:
    if part.entry.verb in {"", "text", "free"} and part.verb is not None and part.verb.kind == "text":
        source.add(2, "v = t.strip()")
        source.add(2, "if v:")
        _put(source, 3, part.path, "v", part)
        return
    assert part.verb is not None
    source.add(2, "try:")
    source.add(3, f"v = {source.name(part.verb.read, 'read')}(t)")
    source.add(2, "except ValueError as wrong:")
    source.add(3, f"r.wrong({source.name(part.entry, 'entry')}, t, str(wrong))")
    source.add(2, "else:")
    _put(source, 3, part.path, "v", part)


def _put(source: _Source, depth: int, path: str, value: str, part: Simple) -> None:
    """Set a member once: a second, different value is a finding, or goes to the list that takes it."""
    head, _, key = path.rpartition(".")
    frame = source.heads[head] if head else "f"
    if head:
        source.add(depth, f"if {frame} is None:")
        around, _, last = head.rpartition(".")
        outer = source.heads.get(around, "f") if around else "f"
        source.add(depth + 1, f"{frame} = {outer}[{last!r}] = {{}}")
    if source.assigned is not None and path not in source.assigned:
        source.assigned.add(path)
        source.add(depth, f"{frame}[{key!r}] = {value}")
        return
    source.add(depth, f"if {key!r} in {frame}:")
    if part.more and path == part.path:
        source.add(depth + 1, f"{frame}.setdefault({part.more.rpartition('.')[2]!r}, []).append({value})")
    else:
        source.add(depth + 1, f"if {frame}[{key!r}] != {value}:")
        source.add(depth + 2, f"r.second({source.name(part.entry, 'entry')}, {path!r}, {value})")
    source.add(depth, "else:")
    source.add(depth + 1, f"{frame}[{key!r}] = {value}")
