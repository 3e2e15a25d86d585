"""YAML read as plain text values: nothing is resolved, every key and value keeps its place.

`004010` stays `004010` and `NO` stays `NO`. Duplicate keys, anchors, aliases, tags, tabs and a second document are mistakes;
depth and size are capped. Any text gives a `Document`, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from hub.config.document import Document, Path, Place
from hub.diagnostics import Diagnostic

MAX_CHARACTERS = 8_000_000
MAX_DEPTH = 40
MAX_VALUES = 500_000
MAX_DIAGNOSTICS = 200

_LOADER: Any = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader


def load_yaml(text: str, file: str) -> Document:
    """Read one YAML document; `file` is its name in diagnostics."""
    builder = _Builder(file)
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CHARACTERS:
        builder.report("CFG-109", f"longer than {MAX_CHARACTERS:,} characters", (1, 1), "move long tables to a CSV file")
        return builder.document()
    try:
        text.encode()
    except UnicodeEncodeError as broken:
        builder.report("CFG-110", "a character that is not Unicode text", _place_of(text, broken.start), "save as UTF-8")
        return builder.document()
    try:
        for event in _events(text):
            builder.take(event)
            if builder.is_stopped:
                break
    except yaml.MarkedYAMLError as wrong:
        builder.fail(*_explain(wrong, text))
    except yaml.reader.ReaderError as wrong:
        place = _place_of(text, wrong.position)
        builder.fail(
            "CFG-100", "a control character that YAML does not allow", place, "remove it, or write it escaped in quotes"
        )
    except (ValueError, OverflowError) as wrong:
        # The pure-Python scanner hands escapes and versions to chr() and int() unchecked.
        builder.fail("CFG-100", f"not YAML: {wrong}", (1, 1), "")
    return builder.document()


def _events(text: str) -> Iterator[Event]:
    return iter(yaml.parse(text, Loader=_LOADER))


class _Frame:
    """An open mapping or sequence; `key` is the key whose value comes next, to be dropped if the key stood before."""

    __slots__ = ("is_repeated", "key", "path", "value")

    def __init__(self, value: dict[str, Any] | list[Any], path: Path) -> None:
        self.value = value
        self.path = path
        self.key: str | None = None
        self.is_repeated = False


class _Builder:
    """Builds plain values from parser events, without recursion: hostile depth costs nothing."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.value: Any = None
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.frames: list[_Frame] = []
        self.found: list[Diagnostic] = []
        self.is_stopped = False
        self.documents = 0
        self.taken = 0
        self.skipping = 0
        self.aliases: set[tuple[str, type[Event]]] = set()

    def report(self, code: str, message: str, place: Place, hint: str = "") -> None:
        if len(self.found) < MAX_DIAGNOSTICS:
            line, column = place
            self.found.append(
                Diagnostic(file=self.file, line=line, column=column, level="error", code=code, message=message, hint=hint)
            )

    def fail(self, code: str, message: str, place: Place, hint: str) -> None:
        """Report a mistake after which the rest cannot be read."""
        self.report(code, message, place, hint)
        self.value = None
        self.is_stopped = True

    def document(self) -> Document:
        if not self.found and self.value is None:
            self.report("CFG-115", "the file is empty", (1, 1), "write its first key")
        return Document(
            file=self.file, value=self.value, values=self.values, keys=self.keys, diagnostics=tuple(sorted(self.found))
        )

    def take(self, event: Event) -> None:
        mark = event.start_mark
        assert mark is not None
        place = (mark.line + 1, mark.column + 1)
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.report("CFG-112", "a second document in one file", place, "one file, one document: remove the `---`")
                self.is_stopped = True
            return
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            if self.skipping:
                self.skipping -= 1
            else:
                self.frames.pop()
            return
        if not isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent | AliasEvent):
            return
        self.taken += 1
        if self.taken > MAX_VALUES:
            self.fail("CFG-109", f"more than {MAX_VALUES:,} values", place, "move long tables to a CSV file")
            return
        self._check_extras(event, place)
        if self.skipping:
            self.skipping += isinstance(event, MappingStartEvent | SequenceStartEvent)
            return
        frame = self.frames[-1] if self.frames else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            self._take_key(frame, event, place)
        else:
            self._take_value(frame, event, place)

    def _check_extras(self, event: Event, place: Place) -> None:
        if getattr(event, "anchor", None):
            name = event.anchor  # type: ignore[attr-defined]
            if (name, type(event)) in self.aliases:
                return
            self.aliases.add((name, type(event)))
            self.report("CFG-106", f'anchor or alias "{name}"', place, "write the value out; guides share through `extends:`")
        if getattr(event, "tag", None) not in {None, "!"}:
            tag = event.tag  # type: ignore[attr-defined]
            self.report("CFG-107", f'tag "{tag}"', place, "remove the tag; the schema gives every value its type")

    def _take_key(self, frame: _Frame, event: Event, place: Place) -> None:
        if not isinstance(event, ScalarEvent):
            self.report("CFG-111", "a key that is not a plain word", place, "a key is a word followed by a colon")
            frame.key = f"?{place[0]}:{place[1]}"
            self.skipping += isinstance(event, MappingStartEvent | SequenceStartEvent)
            return
        frame.key = event.value
        path = (*frame.path, event.value)
        frame.is_repeated = path in self.keys
        if frame.is_repeated:
            message = f'key "{event.value}" stands twice: on line {self.keys[path][0]} and on line {place[0]}'
            self.report("CFG-103", message, place, "keep one of them")
        else:
            self.keys[path] = place

    def _take_value(self, frame: _Frame | None, event: Event, place: Place) -> None:
        if frame is not None and frame.is_repeated:
            frame.key, frame.is_repeated = None, False
            self.skipping += isinstance(event, MappingStartEvent | SequenceStartEvent)
            return
        value: Any = event.value if isinstance(event, ScalarEvent) else ""
        if isinstance(event, MappingStartEvent):
            value = {}
        elif isinstance(event, SequenceStartEvent):
            value = []
        path = self._attach(frame, value)
        self.values[path] = place
        if isinstance(value, str):
            return
        if len(self.frames) >= MAX_DEPTH:
            self.fail("CFG-109", f"deeper than {MAX_DEPTH} levels", place, "nest less")
            return
        self.frames.append(_Frame(value, path))

    def _attach(self, frame: _Frame | None, value: Any) -> Path:
        """Put a value where it belongs and say where that is."""
        if frame is None:
            self.value = value
            return ()
        if isinstance(frame.value, list):
            frame.value.append(value)
            return (*frame.path, len(frame.value) - 1)
        key = frame.key or ""
        frame.key = None
        frame.value[key] = value
        return (*frame.path, key)


def _explain(wrong: yaml.MarkedYAMLError, text: str) -> tuple[str, str, Place, str]:
    """Code, message, place and cure of what the YAML parser refused."""
    mark = wrong.problem_mark or wrong.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.splitlines()
    for number in range(line, max(0, line - 2), -1):
        written = lines[number - 1] if number <= len(lines) else ""
        indent = written[: len(written) - len(written.lstrip())]
        if "\t" in indent:
            return "CFG-108", "a tab in the indentation", (number, indent.index("\t") + 1), "YAML indents with spaces only"
    problem = wrong.problem or "not YAML"
    context = f" {wrong.context}" if wrong.context else ""
    written = lines[line - 1][: column - 1] if line <= len(lines) else ""
    return "CFG-100", f"not YAML: {problem}{context}", (line, column), _cure(problem, written)


def _cure(problem: str, before: str) -> str:
    """What to do about a problem, by its words and what stands before it on its line."""
    if "mapping values" in problem and not before.replace("- ", "").strip().count(" "):
        return "the keys of one block begin in the same column: line this one up with its neighbours"
    if "expected" in problem and "could not find" not in problem:
        return "line up the keys of one block, and close every quote, bracket and brace above"
    return 'put quotes around a value that holds ": ", " #" or starts with one of @ ` % & * ! | > { ['


def _place_of(text: str, position: int) -> Place:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
