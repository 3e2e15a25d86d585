"""A bound guide compiled for reading: one closure per entry, found by the node that the placement gives each segment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.edi.dictionary import Node
from hub.edi.tree import Repeats, Segment
from hub.guides.binding import Binding, Bound, Scope, item_struct, required_members
from hub.guides.compounds import COMPOUNDS
from hub.guides.members import Member
from hub.guides.run import MEMBERS, Act, Frame, Get, Note, Put, Run, Step
from hub.guides.shape import Elements, Into, Key, Loop
from hub.guides.tables import Table
from hub.guides.texts import room
from hub.guides.verbs import VERBS, Verb

Handler = Callable[[Segment, Run], None]
Open = Callable[[Segment, Run], "Frame | None"]


class ReadCompiler:
    """Compiles the entries of a binding; `is_traced` adds the notes of a trace to every member that is set."""

    def __init__(self, binding: Binding, *, is_traced: bool = False) -> None:
        self.binding = binding
        self.is_traced = is_traced
        self.is_edifact = binding.syntax == "edifact"
        self.node: Node | None = None

    def room(self, entry: Elements) -> int:
        """How many characters the element of an entry takes; 0 where the dictionary does not say."""
        return room(self.node, entry)

    def handlers(self) -> list[Handler | None]:
        """One handler per node of the dictionary; None where the guide says nothing."""
        table: list[Handler | None] = [None] * len(self.binding.spec.nodes)
        for index, bounds in self.binding.at.items():
            readable = [bound for bound in bounds if "write" not in {bound.segment.direction, bound.opens.direction if bound.opens else ""}]
            if readable:
                table[index] = self._node(readable)
        return table

    def _node(self, bounds: list[Bound]) -> Handler:
        """The handler of a node; a qualifier at one place chooses among several entries by a dictionary."""
        entries = [(self._tests(bound), self._entry(bound)) for bound in bounds]
        closing = [scope.number for bound in bounds if bound.opens is not None for scope in [self._opened(bound)]]
        if len(entries) == 1 and not entries[0][0]:
            return entries[0][1]
        return self._choose(entries, closing)

    def _opened(self, bound: Bound) -> Scope:
        assert bound.opens is not None
        return self.binding.scope_of(bound.opens)

    def _tests(self, bound: Bound) -> list[tuple[Key, frozenset[str]]]:
        return [(key, frozenset(constants)) for key, constants in bound.segment.qualifiers]

    def _choose(self, entries: list[tuple[list[tuple[Key, frozenset[str]]], Handler]], closing: list[int]) -> Handler:
        keys = {key for tests, _ in entries for key, _ in tests}
        if len(keys) == 1 and all(len(tests) <= 1 for tests, _ in entries):
            get = self.getter(next(iter(keys)))
            table: dict[str, Handler] = {}
            general: Handler | None = None
            for tests, handler in entries:
                if not tests:
                    general = general or handler
                for value in tests[0][1] if tests and general is None else ():
                    table.setdefault(value, handler)
            return self._by_value(get, table, general, closing)
        tested = [([(self.getter(key), values) for key, values in tests], handler) for tests, handler in entries]

        def linear(segment: Segment, run: Run) -> None:
            for number in closing:
                run.frames[number] = None
            for tests, handler in tested:
                if all(get(segment, run) in values for get, values in tests):
                    handler(segment, run)
                    return
            run.spilled.add(run.index)

        return linear

    def _by_value(self, get: Get, table: dict[str, Handler], general: Handler | None, closing: list[int]) -> Handler:
        def chosen(segment: Segment, run: Run) -> None:
            for number in closing:
                run.frames[number] = None
            handler = table.get(get(segment, run), general)
            if handler is None:
                run.spilled.add(run.index)
            else:
                handler(segment, run)

        return chosen

    def _entry(self, bound: Bound) -> Handler:
        segment = bound.segment
        entries = [entry for entry in segment.elements if entry.direction != "write"]
        if segment.ignore:
            return _ignored
        self.node = bound.node
        acts = [act for entry in entries if (act := self.act(entry, bound.scope)) is not None]
        acts += self._said(bound)
        left = self._leftovers([entry.key for entry in segment.elements], segment.chunk is not None)
        if segment.chunk is not None:
            return self._chunked(bound, entries, left)
        if segment.each:
            handler = self._each(bound, acts, left)
            return self._after_opening(bound, handler) if bound.opens is not None else handler
        if segment.member:
            return self._member(bound.scope.number, bound.outer.number, acts, left)
        if bound.opens is not None:
            return self._opening(self._opener(bound), self._opened(bound).number, acts, left)
        return self._plain(bound.scope.number, acts, left)

    def _said(self, bound: Bound) -> list[Act]:
        """`set:`: what the presence of a segment says, over what its qualifier alone would say."""
        acts = []
        for path, word in bound.segment.sets.items():
            _, _, found = self.binding.resolve(bound.scope, path, bound.segment.place)
            acts.append(_saying(path, self.constant(word, found)))
        return acts

    def _plain(self, number: int, acts: list[Act], left: Callable[[Segment], bool]) -> Handler:
        def handle(segment: Segment, run: Run) -> None:
            frame = run.frames[number]
            if frame is None:
                run.spilled.add(run.index)
                return
            for act in acts:
                act(segment, frame, run)
            if left(segment):
                run.spilled.add(run.index)

        return handle

    def _opening(self, opener: Open, number: int, acts: list[Act], left: Callable[[Segment], bool]) -> Handler:
        def handle(segment: Segment, run: Run) -> None:
            frame = run.frames[number] = opener(segment, run)
            if frame is None:
                run.spilled.add(run.index)
                return
            for act in acts:
                act(segment, frame, run)
            if left(segment):
                run.spilled.add(run.index)

        return handle

    def _each(self, bound: Bound, acts: list[Act], left: Callable[[Segment], bool]) -> Handler:
        number, outer = bound.scope.number, bound.outer.number
        needed = required_members(bound.scope.owner)
        append = self._appender(bound.outer, bound.segment.each)

        def handle(segment: Segment, run: Run) -> None:
            around = run.frames[outer]
            if around is None:
                run.spilled.add(run.index)
                return
            frame: Frame = {}
            run.frames[number] = frame
            for act in acts:
                act(segment, frame, run)
            if frame and all(name in frame for name in needed):
                append(around, frame, run)
                if left(segment):
                    run.spilled.add(run.index)
            else:
                run.spilled.add(run.index)

        return handle

    def _after_opening(self, bound: Bound, handler: Handler) -> Handler:
        """The trigger of a loop that is a list item itself: the loop's frame is opened first."""
        opener, number = self._opener(bound), self._opened(bound).number

        def handle(segment: Segment, run: Run) -> None:
            run.frames[number] = opener(segment, run)
            handler(segment, run)

        return handle

    def _member(self, number: int, outer: int, acts: list[Act], left: Callable[[Segment], bool]) -> Handler:
        def handle(segment: Segment, run: Run) -> None:
            shared = run.frames[outer]
            if shared is None:
                run.spilled.add(run.index)
                return
            frame: Frame = {}
            run.frames[number] = frame
            shared.setdefault(MEMBERS, []).append(frame)
            for act in acts:
                act(segment, frame, run)
            if left(segment):
                run.spilled.add(run.index)

        return handle

    def _chunked(self, bound: Bound, entries: list[Elements], left: Callable[[Segment], bool]) -> Handler:
        """Each few elements are one item; what stands before them belongs to every item (SDQ01, SDQ02)."""
        chunk = bound.segment.chunk
        assert chunk is not None
        number, outer = bound.scope.number, bound.outer.number
        append = self._appender(bound.outer, bound.segment.each)
        rounds = []
        for turn in range(chunk.times):
            start = chunk.first + turn * chunk.size
            moved = [_moved(entry, start - 1) if entry.key.is_step else entry for entry in entries]
            # The items' own elements come first: an item without any of them is no item.
            own = [act for entry, old in zip(moved, entries, strict=True) if old.key.is_step and (act := self.act(entry, bound.scope))]
            common = [act for entry in entries if not entry.key.is_step and (act := self.act(entry, bound.scope))]
            rounds.append((start, own, common))

        def handle(segment: Segment, run: Run) -> None:
            around = run.frames[outer]
            if around is None:
                run.spilled.add(run.index)
                return
            for start, own, common in rounds:
                if len(segment) <= start:
                    break
                frame: Frame = {}
                run.frames[number] = frame
                for act in own:
                    act(segment, frame, run)
                if frame:
                    for act in common:
                        act(segment, frame, run)
                    append(around, frame, run)
            if left(segment):
                run.spilled.add(run.index)

        return handle

    def _opener(self, bound: Bound) -> Open:
        loop = bound.opens
        assert loop is not None
        parent = self._opened(bound).parent
        outer = parent.number if parent else 0
        if loop.into is not None:
            return self._into(loop.into, outer, parent or self.binding.root)
        if loop.each and loop.group:
            return self._grouped(outer, loop.each)
        if loop.each:
            append = self._appender(parent or self.binding.root, loop.each)
            needed = required_members(self._opened(bound).owner)
            listed = loop.each.lstrip("^").rpartition("+")[2]

            def open_item(_segment: Segment, run: Run) -> Frame | None:
                around = run.frames[outer]
                if around is None:
                    return None
                frame: Frame = {}
                append(around, frame, run)
                if needed:
                    run.opened.append((around[listed], frame, needed, run.index))
                return frame

            return open_item
        if loop.member:
            return _open_member(outer)
        if loop.frame:
            return self._framed(loop, outer)
        return lambda _segment, run: run.frames[outer]

    def _framed(self, loop: Loop, outer: int) -> Open:
        name = loop.frame

        def open_frame(_segment: Segment, run: Run) -> Frame | None:
            around = run.frames[outer]
            return None if around is None else around.setdefault(name, {})

        return open_frame

    def _grouped(self, outer: int, name: str) -> Open:
        def open_group(_segment: Segment, run: Run) -> Frame | None:
            around = run.frames[outer]
            if around is None:
                return None
            shared: Frame = {}
            run.groups.append((around.setdefault(name, []), shared))
            return shared

        return open_group

    def _into(self, into: Into, outer: int, scope: Scope) -> Open:
        get = self.getter(into.by)
        slots = {qualifier: slot for slot, qualifiers in into.slots.items() for qualifier in qualifiers}
        roles = self.binding.table(into.roles, into.place) if into.roles else None
        other, code, role = into.other, into.code, into.role
        owner = item_struct(self.binding, scope, other, into.place, is_list=True) if other else None
        unknown = "other" if owner is not None else ""
        entry = Elements(key=into.by, place=into.place)

        def open_slot(segment: Segment, run: Run) -> Frame | None:
            around = run.frames[outer]
            if around is None:
                return None
            qualifier = get(segment, run)
            slot = slots.get(qualifier)
            frame: Frame = {code: qualifier} if code else {}
            if slot is not None and slot not in around:
                around[slot] = frame
                return frame
            if not other:
                if slot is not None:
                    run.second(entry, slot, qualifier)
                return None
            if slot is not None:
                _note_second(run, entry, slot, qualifier)
            if roles is not None:
                frame[role] = roles.meaning.get(qualifier, unknown)
            around.setdefault(other, []).append(frame)
            return frame

        return open_slot

    def _appender(self, scope: Scope, path: str) -> Put:
        """Adds an item to a list; `contact+contacts` fills the one member first."""
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

    def getter(self, key: Key) -> Get:
        """Text at a position: empty where the segment ends before it."""
        first, component = key.first, key.component
        if not self.is_edifact:
            return _x12_component(first, component) if component else _x12_element(first)
        return _edifact_component(first, max(component, 1))

    def _leftovers(self, keys: list[Key], is_chunked: bool) -> Callable[[Segment], bool]:
        """Whether a segment holds anything that no entry speaks of."""
        if is_chunked:
            return lambda _segment: False
        caps: dict[int, int] = {}
        covered: set[tuple[int, int]] = set()
        for key in keys:
            for position in range(key.first, key.last + 1):
                if not key.component:
                    caps[position] = 99
                covered.update((position, each) for each in range(key.component, key.component_last + 1))
        for position in {position for position, component in covered if component and position not in caps}:
            cap = 0
            while (position, cap + 1) in covered:
                cap += 1
            caps[position] = cap
        last = max(caps, default=0)
        gaps = [position for position in range(1, last) if position not in caps]
        partial = [(position, cap) for position, cap in caps.items() if cap < 99] if self.is_edifact else []
        return _left(last, gaps, partial, covered)

    # -- elements -------------------------------------------------------------------------------------------------

    def act(self, entry: Elements, scope: Scope) -> Act | None:
        """What an entry does with a segment; None where it only matches, counts or ignores."""
        if entry.ignore or (entry.constants and not entry.to) or not (entry.to or entry.verb in COMPOUNDS):
            return self._checked(entry)
        if entry.verb in COMPOUNDS:
            return COMPOUNDS[entry.verb].reader(entry, scope, self)
        found_scope, path, found = self.binding.resolve(scope, entry.to.partition("+")[0], entry.place)
        put = self.put(entry, scope, entry.to)
        table = self.binding.table(entry.table, entry.place) if entry.table else None
        echo = self.put(entry, scope, entry.echo) if entry.echo else None
        verb = self._verb(entry, found, table)
        del found_scope, path
        get = self.getter(entry.key)
        if entry.placeholder:
            get = _unless(get, entry.placeholder)
        default = self.constant(entry.default, found) if entry.default else None
        checked = self._checked(entry)
        if entry.wrap:
            verb = Verb("text", _as_it_is, str)
        if table is not None:
            act = self._through_table(entry, get, table, found, put, echo)
        elif echo is not None:
            act = _echoed(entry, get, verb, put, echo)
        else:
            act = _direct(entry, get, verb, put)
        if default is not None:
            act = _with_default(act, get, default, put)
        return self._restricted(entry, get, _both(checked, act) if checked else act)

    def _checked(self, entry: Elements) -> Act | None:
        """A constant that stands beside a value: another one keeps the segment. A count: checked after the last segment."""
        get = self.getter(entry.key)
        if entry.beside:
            known = frozenset(entry.constants)

            def beside(segment: Segment, _frame: Frame, run: Run) -> None:
                text = get(segment, run)
                if text and text not in known:
                    run.spilled.add(run.index)

            return beside
        if not (entry.count or entry.total):
            return None

        def counted(segment: Segment, frame: Frame, run: Run) -> None:
            text = get(segment, run)
            if text:
                run.checks.append((entry, frame, text, run.index))

        return counted

    def _restricted(self, entry: Elements, get: Get, act: Act) -> Act:
        """`only:`: the codes this partner uses; another one is a finding of the guide, and is read all the same."""
        if not entry.only:
            return act
        allowed = frozenset(entry.only)

        def restricted(segment: Segment, frame: Frame, run: Run) -> None:
            text = get(segment, run)
            if text and text not in allowed:
                listed = ", ".join(sorted(allowed))
                run.notes.append(
                    Note(
                        code="MAP-204",
                        message=f'"{text[:40]}" is not what the guide agrees on: {listed}',
                        index=run.index,
                        element=entry.key.first,
                        component=entry.key.component or None,
                        value=text[:99],
                        severity="warning",
                        who="admin",
                        hint="agree on the code with the partner, or add it to the guide",
                    )
                )
            act(segment, frame, run)

        return restricted

    def _verb(self, entry: Elements, found: Member, table: Table | None) -> Verb:
        name = entry.verb or _NATURAL.get(found.kind, "text")
        verb = VERBS.get(name)
        if verb is None:
            from hub.config import did_you_mean

            hint = did_you_mean(name, [*VERBS, *COMPOUNDS])
            self.binding.report("CFG-236", f'no conversion "{name}"', entry.place, hint)
            return VERBS["text"]
        fits = found.kind in {"any", verb.kind} or (found.kind == "texts" and verb.kind == "text") or table is not None
        if not fits:
            message = f'"{name}" yields {verb.kind}, and {entry.to} holds {found.kind}'
            self.binding.report("CFG-331", message, entry.place, "choose another conversion or member")
        return verb

    def constant(self, text: str, found: Member) -> Any:
        """A word of the guide as a value of the member's kind."""
        if found.kind == "boolean":
            return text == "true"
        if found.kind in {"decimal", "integer", "date"}:
            return VERBS[found.kind].read(text)
        return text

    def _through_table(
        self, entry: Elements, get: Get, table: Table, found: Member, put: Put, echo: Put | None
    ) -> Act:
        meaning = {code: self.constant(word, found) for code, word in table.meaning.items()}
        if found.kind == "literal":
            for word in sorted(set(table.meaning.values()) - set(found.words)):
                message = f'table {table.name} says "{word}", which {entry.to} cannot hold'
                self.binding.report("CFG-332", message, entry.place, f"it holds {', '.join(found.words)}")
            meaning = {code: word for code, word in meaning.items() if word in found.words}
        unlisted, code = table.unlisted, table.code

        def act(segment: Segment, frame: Frame, run: Run) -> None:
            text = get(segment, run)
            if not text:
                return
            value = meaning.get(text)
            if value is None and text != (trimmed := text.strip()):
                value = meaning.get(trimmed)
            if echo is not None:
                echo(frame, text, run)
            if value is not None:
                put(frame, value, run)
            elif unlisted == "other":
                put(frame, "other", run)
                if echo is None:
                    run.spilled.add(run.index)
            elif unlisted == "keep":
                put(frame, text, run)
            elif unlisted == "hold":
                run.spilled.add(run.index)
                run.notes.append(_unlisted_note(entry, text, table, code, run.index))

        return act

    def put(self, entry: Elements, scope: Scope, path: str) -> Put:
        """Sets a member, once; `a+b` fills `a`, then appends to `b`; `[]` appends; `^` climbs."""
        single, _, many = path.partition("+")
        inner, name, found = self.binding.resolve(scope, single, entry.place)
        climbs = inner is not scope
        if many:
            put = _put_or_append(name, many.lstrip("^"))
        elif name.endswith("[]"):
            put = _append(name[:-2])
        elif found.kind in {"texts", "structs"} and entry.verb not in COMPOUNDS:
            put = _append(name)
        else:
            put = _joining(name, entry.wrap) if entry.wrap else _set(entry, name)
        if entry.fallback_for:
            put = _defer(put, name)
        if self.is_traced:
            put = _traced(put, entry, name, self.getter(entry.key) if not entry.key.is_step else None, self._row(entry))
        return _climbing(put, inner.number) if climbs else put

    def traced_note(self, entry: Elements, name: str) -> Put | None:
        """Notes a member that a compound fills by itself; None when nothing is traced."""
        return _traced(_nothing, entry, name, None, None) if self.is_traced else None

    def _row(self, entry: Elements) -> Table | None:
        return self.binding.table(entry.table, entry.place) if entry.table else None


_NATURAL = {"decimal": "decimal", "date": "date", "integer": "integer"}


def _saying(path: str, value: Any) -> Act:
    def act(_segment: Segment, frame: Frame, _run: Run) -> None:
        frame[path] = value

    return act


def _unless(get: Get, placeholder: str) -> Get:
    def found(segment: Segment, run: Run) -> str:
        text = get(segment, run)
        return "" if text == placeholder else text

    return found


def _as_it_is(text: str) -> str:
    return text


def _both(first: Act, second: Act) -> Act:
    def both(segment: Segment, frame: Frame, run: Run) -> None:
        first(segment, frame, run)
        second(segment, frame, run)

    return both


def _nothing(_frame: Frame, _value: Any, _run: Run) -> None:
    """Sets nothing: the compound has done it."""


def _ignored(_segment: Segment, _run: Run) -> None:
    """A segment that the guide leaves out on purpose."""


def _open_member(outer: int) -> Open:
    def open_member(_segment: Segment, run: Run) -> Frame | None:
        shared = run.frames[outer]
        if shared is None:
            return None
        frame: Frame = {}
        shared.setdefault(MEMBERS, []).append(frame)
        return frame

    return open_member


def _unlisted_note(entry: Elements, text: str, table: Table, code: str, index: int) -> Note:
    return Note(
        code=code,
        message=f'code "{text[:40]}" is in no row of table {table.name}',
        index=index,
        element=entry.key.first,
        component=entry.key.component or None,
        value=text[:99],
        layer="table",
        who="admin",
        hint=f"add the code to {table.name} in the site's or the partner's tables, then replay",
    )


def _note_second(run: Run, entry: Elements, slot: str, qualifier: str) -> None:
    run.notes.append(
        Note(
            code="MAP-203",
            message=f"a second {slot} ({qualifier})",
            index=run.index,
            element=entry.key.first,
            value=qualifier[:99],
            severity="warning",
            who="admin",
            hint="the first one counts, this one is kept under parties",
        )
    )


def _moved(entry: Elements, by: int) -> Elements:
    """A chunk's entry at the place of its turn."""
    import dataclasses

    return dataclasses.replace(entry, key=Key(entry.key.first + by, entry.key.last + by))


def _x12_element(first: int) -> Get:
    def get(segment: Segment, _run: Run) -> str:
        return segment[first] if len(segment) > first else ""  # type: ignore[return-value]

    return get


def _x12_component(first: int, component: int) -> Get:
    def get(segment: Segment, run: Run) -> str:
        if len(segment) <= first:
            return ""
        parts = segment[first].split(run.component) if run.component else [segment[first]]  # type: ignore[union-attr]
        return parts[component - 1] if len(parts) >= component else ""  # type: ignore[return-value]

    return get


def _edifact_component(first: int, component: int) -> Get:
    def get(segment: Segment, run: Run) -> str:
        if len(segment) <= first:
            return ""
        value = segment[first]
        if type(value) is str:
            return value if component == 1 else ""
        if type(value) is Repeats:
            run.spilled.add(run.index)
            value = value[0] if value else ""
            if type(value) is str:
                return value if component == 1 else ""
        return value[component - 1] if len(value) >= component else ""  # type: ignore[return-value]

    return get


def _left(
    last: int, gaps: list[int], partial: list[tuple[int, int]], covered: set[tuple[int, int]]
) -> Callable[[Segment], bool]:
    def left(segment: Segment) -> bool:
        count = len(segment)
        if count > last + 1 and any(segment[last + 1 :]):
            return True
        for position in gaps:
            if count > position and segment[position]:
                return True
        for position, cap in partial:
            if count > position:
                value = segment[position]
                if type(value) is list and len(value) > cap:
                    for number, text in enumerate(value[cap:], cap + 1):
                        if text and (position, number) not in covered:
                            return True
        return False

    return left


def _direct(entry: Elements, get: Get, verb: Verb, put: Put) -> Act:
    read = verb.read

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        text = get(segment, run)
        if text:
            try:
                value = read(text)
            except ValueError as wrong:
                run.wrong(entry, text, str(wrong))
                return
            if value != "":
                put(frame, value, run)

    return act


def _echoed(entry: Elements, get: Get, verb: Verb, put: Put, echo: Put) -> Act:
    inner = _direct(entry, get, verb, put)

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        text = get(segment, run)
        if text:
            echo(frame, text, run)
            inner(segment, frame, run)

    return act


def _with_default(act: Act, get: Get, default: Any, put: Put) -> Act:
    def defaulted(segment: Segment, frame: Frame, run: Run) -> None:
        if get(segment, run):
            act(segment, frame, run)
        else:
            put(frame, default, run)

    return defaulted


def _set(entry: Elements, path: str) -> Put:
    *heads, key = path.split(".")
    if not heads:

        def put(frame: Frame, value: Any, run: Run) -> None:
            if key in frame:
                if frame[key] != value:
                    run.second(entry, path, value)
            else:
                frame[key] = value

        return put

    def put_inside(frame: Frame, value: Any, run: Run) -> None:
        for head in heads:
            inner = frame.get(head)
            if inner is None:
                inner = frame[head] = {}
            frame = inner
        if key in frame:
            if frame[key] != value:
                run.second(entry, path, value)
        else:
            frame[key] = value

    return put_inside


def _joining(path: str, width: int) -> Put:
    """Text that comes in several pieces: collected, and joined after the last segment."""
    *heads, key = path.split(".")

    def put(frame: Frame, value: Any, run: Run) -> None:
        for head in heads:
            frame = frame.setdefault(head, {})
        if key in frame:
            frame[key].append(value)
        else:
            frame[key] = [value]
            run.texts.append((frame, key, width))

    return put


def _append(path: str) -> Put:
    *heads, key = path.split(".")

    def put(frame: Frame, value: Any, _run: Run) -> None:
        for head in heads:
            frame = frame.setdefault(head, {})
        frame.setdefault(key, []).append(value)

    return put


def _put_or_append(path: str, many: str) -> Put:
    *heads, key = path.split(".")
    *many_heads, many_key = many.split(".")

    def put(frame: Frame, value: Any, _run: Run) -> None:
        inner = frame
        for head in heads:
            inner = inner.setdefault(head, {})
        if key not in inner:
            inner[key] = value
            return
        for head in many_heads:
            frame = frame.setdefault(head, {})
        frame.setdefault(many_key, []).append(value)

    return put


def _defer(put: Put, path: str) -> Put:
    """A value that counts only where the preferred place turns out to be empty."""
    *heads, key = path.split(".")

    def later(frame: Frame, value: Any, run: Run) -> None:
        def unless_there(target: Frame, found: Any, inner_run: Run) -> None:
            inner: Any = target
            for head in heads:
                inner = inner.get(head, {})
            if key not in inner:
                put(target, found, inner_run)
            elif inner[key] != found:
                inner_run.spilled.add(inner_run.index)

        run.deferred.append((frame, unless_there, value, run.index))

    return later


def _climbing(put: Put, number: int) -> Put:
    def climb(_frame: Frame, value: Any, run: Run) -> None:
        around = run.frames[number]
        if around is None:
            run.spilled.add(run.index)
        else:
            put(around, value, run)

    return climb


def _traced(put: Put, entry: Elements, name: str, get: Get | None, table: Table | None) -> Put:
    def traced(frame: Frame, value: Any, run: Run) -> None:
        put(frame, value, run)
        if run.trace is not None:
            row = table.places.get(str(value)) if table is not None else None
            run.trace.append(
                Step(frame=frame, member=name, index=run.index, key=str(entry.key), place=entry.place, raw=str(value), row=row)
            )

    del get
    return traced
