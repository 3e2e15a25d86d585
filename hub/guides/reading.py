"""A bound guide compiled for reading: one function per segment entry, found by the node that the placement gives each segment."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

from hub.edi.dictionary import Node
from hub.edi.tree import Segment
from hub.guides.binding import Binding, Bound, Scope, required_members
from hub.guides.convert import COMPOUNDS
from hub.guides.convert.prices import listed_bases, plain_bases
from hub.guides.entries import act, meaning_of, saying, stated, verb_of
from hub.guides.generate import Beside, Day, Frames, Handler, Part, Priced, Simple, generate
from hub.guides.openers import appender, member_of, opener
from hub.guides.places import Coverage, getter
from hub.guides.puts import append_to, climbing, defer, joining, nothing, put_or_append, set_once, traced
from hub.guides.run import Frame, Get, Put, Run
from hub.guides.shape import Elements, Key
from hub.guides.texts import room
from hub.guides.tree import read_branch
from hub.guides.verbs import VERBS

_MOST_COMBINATIONS = 1000
"""Combinations of qualifiers remembered per segment; what a partner invents beyond them is matched anew."""

Tests: TypeAlias = "list[tuple[Key, frozenset[str]]]"


class ReadCompiler:
    """Compiles the entries of a binding; `is_traced` notes where every member came from, and writes nothing out."""

    def __init__(self, binding: Binding, *, is_traced: bool = False) -> None:
        self.binding = binding
        self.is_traced = is_traced
        self.is_edifact = binding.syntax == "edifact"
        self.node: Node | None = None

    def handlers(self) -> list[Handler | None]:
        """One handler per node of the dictionary, and one behind them for what has no node; None where the guide says nothing."""
        table: list[Handler | None] = [None] * (len(self.binding.spec.nodes) + 1)
        for index, bounds in self.binding.at.items():
            readable = [bound for bound in bounds if "write" not in _directions(bound) and not bound.segment.demands]
            if readable:
                table[index] = self._node(readable)
        for loop, node, scope in self.binding.trees:
            table[node.index] = read_branch(self.binding, loop, scope)
        return table

    # -- choosing among the entries of one node ---------------------------------------------------------------------

    def _node(self, bounds: list[Bound]) -> Handler:
        """The handler of a node: where several loops that begin alike have it, that of the loop which is open."""
        around = list(dict.fromkeys(_around(bound) for bound in bounds))
        if len(around) == 1:
            return self._alike(bounds)
        alternatives = [(number, self._alike([bound for bound in bounds if _around(bound) == number])) for number in around]

        def of_open_loop(segment: Segment, run: Run) -> None:
            for number, handler in alternatives:
                if run.frames[number] is not None:
                    handler(segment, run)
                    return
            run.spilled.add(run.index)

        return of_open_loop

    def _alike(self, bounds: list[Bound]) -> Handler:
        entries = [(_tests(bound), self._entry(bound)) for bound in bounds]
        if len(entries) == 1 and not entries[0][0]:
            return entries[0][1]
        opened = {self.binding.scope_of(bound.opens).number for bound in bounds if bound.opens is not None}
        chosen = self._choose(entries, _closed(sorted(opened)))
        # Where the entries open different loops, the others are closed, so that no later segment falls into one of them.
        return _closing(chosen, sorted(opened)) if len(opened) > 1 else chosen

    def _choose(self, entries: list[tuple[Tests, Handler]], otherwise: Handler) -> Handler:
        """The first entry whose qualifiers match; what was matched once is remembered."""
        ordered = sorted({key for tests, _ in entries for key, _ in tests})
        gets = [self.getter(key) for key in ordered]
        wanted = [({ordered.index(key): values for key, values in tests}, handler) for tests, handler in entries]
        known: dict[str | tuple[str, ...], Handler] = {}

        def match(found: tuple[str, ...], key: str | tuple[str, ...]) -> Handler:
            fits = (handler for tests, handler in wanted if all(found[at] in values for at, values in tests.items()))
            chosen = next(fits, otherwise)
            if len(known) < _MOST_COMBINATIONS:
                known[key] = chosen
            return chosen

        if len(gets) == 1:
            return _by_one(ordered[0], gets[0], known, match)
        if len(gets) == 2 and not self.is_edifact and not any(key.component for key in ordered):
            return _by_two_elements(ordered[0].first, ordered[1].first, known, match)

        def by_many(segment: Segment, run: Run) -> None:
            texts = tuple([get(segment, run) for get in gets])
            handler = known.get(texts) or match(texts, texts)
            handler(segment, run)

        return by_many

    # -- one entry --------------------------------------------------------------------------------------------------

    def _entry(self, bound: Bound) -> Handler:
        segment = bound.segment
        if segment.ignore:
            return _ignored
        self.node = bound.node
        entries = [entry for entry in segment.elements if entry.direction != "write"]
        if segment.chunk is not None:
            return self._chunked(bound, entries)
        coverage = Coverage([entry.key for entry in segment.elements], is_edifact=self.is_edifact)
        parts = [part for entry in entries if (part := self._part(entry, bound.scope)) is not None]
        for path, word in segment.sets.items():
            _, _, found = self.binding.resolve(bound.scope, path, segment.place)
            parts.append(saying(path, stated(self.binding, word, found, segment.place)))
        handler = generate(
            parts, self._frames(bound), coverage, is_edifact=self.is_edifact, label=f"{self.binding.text.name} {segment.tag}"
        )
        if bound.opens is not None and (segment.each or segment.member):
            return _opened_first(self._opener(bound), self.binding.scope_of(bound.opens).number, handler)
        return handler

    def _part(self, entry: Elements, scope: Scope) -> Part | None:
        if self.is_traced:
            return act(self, entry, scope)
        if entry.beside and not (entry.to or entry.verb or entry.ignore or (entry.key.component and not self.is_edifact)):
            return Beside(entry=entry)
        return self._simple(entry, scope) or self._day(entry, scope) or self._priced(entry, scope) or act(self, entry, scope)

    def _day(self, entry: Elements, scope: Scope) -> Day | None:
        if entry.verb != "moment" or not entry.to or any(mark in entry.to for mark in "^+["):
            return None
        slow = act(self, entry, scope)
        assert slow is not None
        return Day(simple=Simple(entry=entry, path=entry.to, slow=slow, verb=VERBS["date"]), slow=slow)

    def _priced(self, entry: Elements, scope: Scope) -> Priced | None:
        paths = entry.to + entry.echo
        is_plain = not any(mark in paths for mark in "^+[") and "." not in entry.to and entry.echo.count(".") <= 1
        slow = act(self, entry, scope) if entry.verb == "price" and is_plain else None
        if slow is None:
            return None
        meaning, prices = self.binding.table(entry.table, entry.place).meaning, entry.slots["prices"]
        return Priced(
            simple=Simple(entry=entry, path=entry.to, slow=slow, echo=entry.echo, verb=VERBS["decimal"]),
            last=entry.key.last,
            plain=plain_bases(meaning),
            listed={} if any(mark in prices for mark in "^+[.") else listed_bases(meaning),
            prices=prices,
        )

    def _simple(self, entry: Elements, scope: Scope) -> Simple | None:
        """The entry as the generator can write it out, or None where it is one of the longer kinds."""
        is_plain = entry.to and entry.verb not in COMPOUNDS and not (entry.constants or entry.ignore or entry.key.is_step)
        is_special = entry.wrap or entry.only or entry.count or entry.total or entry.fallback_for or entry.placeholder
        paths = entry.to + entry.echo
        if not is_plain or is_special or "^" in paths or "[" in paths or "+" in entry.echo:
            return None
        if max(entry.to.count("."), entry.echo.count(".")) > 1 + ("+" in entry.to):
            return None
        if entry.key.component and not self.is_edifact:
            return None
        single, _, many = entry.to.partition("+")
        _, _, found = self.binding.resolve(scope, single, entry.place)
        slow = act(self, entry, scope)
        if (
            slow is None
            or found.kind in {"texts", "structs"}
            or (many and "." in single and not many.startswith(single.rpartition(".")[0]))
        ):
            return None
        return Simple(
            entry=entry,
            path=single,
            more=many,
            verb=None if entry.table else verb_of(self.binding, entry, found),
            slow=slow,
            meaning=meaning_of(self.binding, entry, found) if entry.table else None,
            echo=entry.echo,
            default=stated(self.binding, entry.default, found, entry.place) if entry.default else None,
        )

    def _frames(self, bound: Bound) -> Frames:
        """Which frame the entry fills, and how it comes to be."""
        segment, loop = bound.segment, bound.opens
        if segment.each:
            return Frames(
                kind="each",
                number=bound.scope.number,
                outer=bound.outer.number,
                needed=required_members(bound.scope.owner),
                append=_special(bound.outer, segment.each),
                listed=segment.each,
            )
        if segment.member:
            return Frames(kind="open", number=bound.scope.number, opener=member_of(bound.outer.number))
        if loop is None:
            return Frames(kind="plain", number=bound.scope.number)
        scope = self.binding.scope_of(loop)
        if loop.each and not loop.group and not loop.into:
            parent = scope.parent or self.binding.root
            return Frames(
                kind="item",
                number=scope.number,
                outer=parent.number,
                needed=required_members(scope.owner),
                append=_special(parent, loop.each),
                listed=loop.each.lstrip("^").rpartition("+")[2],
            )
        if not (loop.into or loop.each or loop.member or loop.frame):
            return Frames(kind="same", number=scope.number, outer=(scope.parent or self.binding.root).number)
        return Frames(kind="open", number=scope.number, opener=opener(self.binding, loop, scope))

    def _opener(self, bound: Bound) -> Callable[[Segment, Run], Frame | None]:
        assert bound.opens is not None
        return opener(self.binding, bound.opens, self.binding.scope_of(bound.opens))

    def _chunked(self, bound: Bound, entries: list[Elements]) -> Handler:
        """Each few elements are one item; what stands before them belongs to every item (SDQ01, SDQ02)."""
        chunk = bound.segment.chunk
        assert chunk is not None
        number, outer = bound.scope.number, bound.outer.number
        append = appender(bound.outer, bound.segment.each)
        common = [made for entry in entries if not entry.key.is_step and (made := act(self, entry, bound.scope))]
        rounds = []
        for turn in range(chunk.times):
            start = chunk.first + turn * chunk.size
            moved = [_moved(entry, start - 1) for entry in entries if entry.key.is_step]
            rounds.append((start, [made for entry in moved if (made := act(self, entry, bound.scope))]))
        last = chunk.first + chunk.size * chunk.times

        def handle(segment: Segment, run: Run) -> None:
            around = run.frames[outer]
            if around is None or any(segment[last:]):
                run.spilled.add(run.index)
                if around is None:
                    return
            for start, own in rounds:
                if len(segment) <= start:
                    break
                frame: Frame = {}
                run.frames[number] = frame
                for each in own:
                    each(segment, frame, run)
                if frame:
                    for each in common:
                        each(segment, frame, run)
                    append(around, frame, run)

        return handle

    # -- what entries ask for ---------------------------------------------------------------------------------------

    def getter(self, key: Key) -> Get:
        """Text at a position: empty where the segment ends before it."""
        return getter(key, is_edifact=self.is_edifact)

    def room(self, entry: Elements) -> int:
        """How many characters the element of an entry takes; 0 where the dictionary does not say."""
        return room(self.node, entry)

    def put(self, entry: Elements, scope: Scope, path: str) -> Put:
        """Sets a member, once; `a+b` fills `a`, then appends to `b`; `[]` appends; `^` climbs."""
        single, _, many = path.partition("+")
        inner, name, found = self.binding.resolve(scope, single, entry.place)
        if many:
            made = put_or_append(name, many.lstrip("^"))
        elif name.endswith("[]"):
            made = append_to(name[:-2])
        elif found.kind in {"texts", "structs"} and entry.verb not in COMPOUNDS:
            made = append_to(name)
        else:
            made = joining(name, entry.wrap) if entry.wrap else set_once(entry, name)
        if entry.fallback_for:
            made = defer(made, name)
        if self.is_traced:
            made = traced(made, entry, name, self.binding.tables.get(entry.table))
        return climbing(made, inner.number) if inner is not scope else made

    def traced_note(self, entry: Elements, name: str) -> Put | None:
        """Notes a member that a compound fills by itself; None when nothing is traced."""
        return traced(nothing, entry, name, None) if self.is_traced else None


def _around(bound: Bound) -> int:
    """The frame around an entry's own: for the trigger of a loop that of the loop around, so that loops compete by qualifier."""
    if bound.opens is not None:
        return -1
    return bound.outer.number


def _special(scope: Scope, path: str) -> Put | None:
    """What adds to a list that is not simply one of the frame around."""
    return appender(scope, path) if "^" in path or "+" in path else None


def _directions(bound: Bound) -> set[str]:
    return {bound.segment.direction, bound.opens.direction if bound.opens else ""}


def _tests(bound: Bound) -> Tests:
    return [(key, frozenset(constants)) for key, constants in bound.segment.qualifiers]


Match: TypeAlias = "Callable[[tuple[str, ...], str | tuple[str, ...]], Handler]"


def _by_one(key: Key, get: Get, known: dict[str | tuple[str, ...], Handler], match: Match) -> Handler:
    """Choose by one qualifier; the first component of an element is nearly always plain text or a list."""
    first = key.first

    def by_one(segment: Segment, run: Run) -> None:
        found = segment[first] if len(segment) > first else ""
        if type(found) is list:
            found = found[0]
        text = found if type(found) is str else get(segment, run)
        handler = known.get(text) or match((text,), text)
        handler(segment, run)

    def by_component(segment: Segment, run: Run) -> None:
        text = get(segment, run)
        handler = known.get(text) or match((text,), text)
        handler(segment, run)

    return by_one if key.component <= 1 else by_component


def _by_two_elements(first: int, second: int, known: dict[str | tuple[str, ...], Handler], match: Match) -> Handler:
    def by_two(segment: Segment, run: Run) -> None:
        count = len(segment)
        texts: Any = (segment[first] if count > first else "", segment[second] if count > second else "")
        handler = known.get(texts) or match(texts, texts)
        handler(segment, run)

    return by_two


def _closing(handler: Handler, numbers: list[int]) -> Handler:
    def close(segment: Segment, run: Run) -> None:
        for number in numbers:
            run.frames[number] = None
        handler(segment, run)

    return close


def _closed(numbers: list[int]) -> Handler:
    """No entry has these qualifiers: the segment is kept under `extensions`, and no loop is open."""

    def unmatched(_segment: Segment, run: Run) -> None:
        for number in numbers:
            run.frames[number] = None
        run.spilled.add(run.index)

    return unmatched


def _opened_first(open_frame: Callable[[Segment, Run], Frame | None], number: int, handler: Handler) -> Handler:
    """The trigger of a loop that is an item or an outcome itself: the loop's own frame is opened first."""

    def handle(segment: Segment, run: Run) -> None:
        run.frames[number] = open_frame(segment, run)
        handler(segment, run)

    return handle


def _ignored(_segment: Segment, _run: Run) -> None:
    """A segment that the guide leaves out on purpose."""


def _moved(entry: Elements, by: int) -> Elements:
    """A chunk's entry at the place of its turn."""
    return dataclasses.replace(entry, key=Key(entry.key.first + by, entry.key.last + by))
