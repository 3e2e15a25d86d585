"""What one entry does with a segment when it is read: convert, translate, keep the echo, check.

These closures are the whole of the language; `hub.guides.generate` writes the plain ones out for speed.
"""

from __future__ import annotations

from typing import Any, Protocol

from hub.config import did_you_mean
from hub.edi.tree import Segment
from hub.guides.binding import Binding, Scope
from hub.guides.convert import COMPOUNDS
from hub.guides.members import Member
from hub.guides.run import Act, Frame, Get, Note, Put, Run
from hub.guides.shape import Elements, Key, Place
from hub.guides.tables import Table
from hub.guides.verbs import VERBS, Verb

_NATURAL = {"decimal": "decimal", "date": "date", "integer": "integer"}


class Compiler(Protocol):
    """What an entry needs of the compiler around it."""

    binding: Binding
    is_edifact: bool

    def getter(self, key: Key) -> Get:
        """Text at a position."""
        ...

    def put(self, entry: Elements, scope: Scope, path: str) -> Put:
        """Sets the member at a path."""
        ...

    def room(self, entry: Elements) -> int:
        """How many characters the element takes."""
        ...

    def traced_note(self, entry: Elements, name: str) -> Put | None:
        """Notes a member for the trace, where there is one."""
        ...


def act(compiler: Compiler, entry: Elements, scope: Scope) -> Act | None:
    """What an entry does with a segment; None where it only matches or is left out."""
    if entry.ignore or (entry.constants and not entry.to) or not (entry.to or entry.verb in COMPOUNDS):
        return _checked(compiler, entry)
    if entry.verb in COMPOUNDS:
        compound = COMPOUNDS[entry.verb]
        return None if compound.lacking(entry) else compound.reader(entry, scope, compiler)
    binding = compiler.binding
    _, _, found = binding.resolve(scope, entry.to.partition("+")[0], entry.place)
    put = compiler.put(entry, scope, entry.to)
    echo = compiler.put(entry, scope, entry.echo) if entry.echo else None
    get = compiler.getter(entry.key)
    if entry.placeholder:
        get = _unless(get, entry.placeholder)
    if entry.table:
        made = _through_table(
            entry, get, put, echo, (binding.table(entry.table, entry.place), meaning_of(binding, entry, found))
        )
    else:
        verb = Verb("text", _as_it_is, str) if entry.wrap else verb_of(binding, entry, found)
        made = _direct(entry, get, verb, put)
        made = _echoed(get, made, echo) if echo is not None else made
    if entry.default:
        made = _with_default(made, get, stated(binding, entry.default, found, entry.place), put)
    checked = _checked(compiler, entry)
    return _restricted(entry, get, _both(checked, made) if checked else made)


def meaning_of(binding: Binding, entry: Elements, found: Member) -> dict[str, Any]:
    """The entry's table as values of its member; a word that the member cannot hold is a diagnostic."""
    table = binding.table(entry.table, entry.place)
    if found.kind != "literal":
        return {code: stated(binding, word, found, entry.place) for code, word in table.meaning.items()}
    for word in sorted(set(table.meaning.values()) - set(found.words)):
        message = f'table {table.name} says "{word}", which {entry.to} cannot hold'
        binding.report("CFG-332", message, entry.place, f"it holds {', '.join(found.words)}")
    return {code: word for code, word in table.meaning.items() if word in found.words}


def verb_of(binding: Binding, entry: Elements, found: Member) -> Verb:
    """The conversion of an entry, by name or by what its member holds."""
    name = entry.verb or _NATURAL.get(found.kind, "text")
    verb = VERBS.get(name)
    if verb is None:
        hint = did_you_mean(name, [*VERBS, *COMPOUNDS])
        binding.report("CFG-236", f'no conversion "{name}"', entry.place, hint)
        return VERBS["text"]
    if found.kind not in {"any", verb.kind} and not (found.kind == "texts" and verb.kind == "text"):
        message = f'"{name}" yields {verb.kind}, and {entry.to} holds {found.kind}'
        hint = "name a table whose words it can hold" if found.kind == "literal" else "choose another conversion or member"
        binding.report("CFG-331", message, entry.place, hint)
    return verb


def stated(binding: Binding, text: str, found: Member, place: Place) -> Any:
    """A word of a guide as a value of the member; one that the member cannot hold is a diagnostic."""
    words = ("true", "false") if found.kind == "boolean" else found.words
    if words and text not in words:
        binding.report("CFG-332", f'"{text}" is no word that the member can hold', place, did_you_mean(text, words))
        return None
    try:
        return constant(text, found)
    except ValueError as wrong:
        binding.report("CFG-332", f'"{text}" {wrong}, and the member holds nothing else', place, f"write a {found.kind}")
        return None


def constant(text: str, found: Member) -> Any:
    """A word of a guide as a value of the member's kind."""
    if found.kind == "boolean":
        return text == "true"
    if found.kind in {"decimal", "integer", "date"}:
        return VERBS[found.kind].read(text)
    return text


def _checked(compiler: Compiler, entry: Elements) -> Act | None:
    """A constant that stands beside a value: another one keeps the segment. A count: checked after the last segment."""
    get = compiler.getter(entry.key)
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


def _restricted(entry: Elements, get: Get, act: Act) -> Act:
    """`only:`: the codes this partner uses; another one is a finding of the guide, and is read all the same."""
    if not entry.only:
        return act
    allowed = frozenset(entry.only)
    listed = ", ".join(sorted(allowed))

    def restricted(segment: Segment, frame: Frame, run: Run) -> None:
        text = get(segment, run)
        if text and text not in allowed:
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


def _through_table(entry: Elements, get: Get, put: Put, echo: Put | None, codes: tuple[Table, dict[str, Any]]) -> Act:
    table, meaning = codes
    unlisted = table.unlisted

    def translate(segment: Segment, frame: Frame, run: Run) -> None:
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
            run.notes.append(_unlisted(entry, text, table, run.index))

    return translate


def _unlisted(entry: Elements, text: str, table: Table, index: int) -> Note:
    return Note(
        code=table.code,
        message=f'code "{text[:40]}" is in no row of table {table.name}',
        index=index,
        element=entry.key.first,
        component=entry.key.component or None,
        value=text[:99],
        layer="table",
        who="admin",
        hint=f"add the code to {table.name} in the site's or the partner's tables, then replay",
    )


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


def _echoed(get: Get, inner: Act, echo: Put) -> Act:
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


def saying(path: str, value: Any) -> Act:
    """Sets a member to what the presence of a segment says, over what its qualifier alone would say."""

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
