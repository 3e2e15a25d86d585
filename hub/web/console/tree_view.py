"""One message as a tree: every segment at its place in the structure, every element with its name and what its code means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.edi.dictionary import message_spec
from hub.edi.place import place
from hub.edi.read import read
from hub.edi.structure import ElementSpec, MessageSpec, SegmentSpec
from hub.edi.tree import Element, Message, Repeats
from hub.errors import InputError

SEGMENTS = 200
LONGEST_VALUE = 500


@dataclass(frozen=True, slots=True)
class Value:
    """One element or component with something in it."""

    ref: str
    name: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Branch:
    """One segment: `index` counts from 1, `depth` is how many loops it stands in, `is_placed` whether the standard has it there."""

    index: int
    tag: str
    name: str
    depth: int
    loop: str
    is_placed: bool
    values: list[Value]


@dataclass(frozen=True, slots=True)
class TreeView:
    """Some segments of a message, and how many there are. `release` is the dictionary that names come from, empty for none."""

    title: str
    release: str
    branches: list[Branch]
    first: int
    total: int


def tree_view(data: bytes, *, position: int, first: int, schemas: Path) -> TreeView | None:
    """The segments from `first` on (from 1) of message number `position` (from 0) of a file; None where it cannot be read."""
    message = _message(data, position)
    if message is None or not message.complete:
        return None
    spec = message_spec(message.interchange.standard, message.type, message.version, message.association, roots=(schemas,))
    nodes = [-1] * len(message.segments) if spec is None else place(message, spec).nodes
    start = max(1, min(first, len(message.segments)))
    branches = [
        _branch(message, spec, index, nodes[index])
        for index in range(start - 1, min(start - 1 + SEGMENTS, len(message.segments)))
    ]
    title = f"{message.type} {message.version} {message.association}".strip()
    return TreeView(title, "" if spec is None else spec.release, branches, start, len(message.segments))


def _message(data: bytes, position: int) -> Message | None:
    try:
        return next((event for event in read(data) if isinstance(event, Message) and event.index == position), None)
    except InputError:
        return None


def _branch(message: Message, spec: MessageSpec | None, index: int, node: int) -> Branch:
    segment = message.segments[index]
    tag = str(segment[0])
    known = None
    depth, loop = 0, ""
    if spec is not None and node >= 0:
        known = spec.nodes[node].spec
        path = spec.nodes[node].path
        depth = path.count("/") + 1 if path else 0
        loop = spec.nodes[node].loop if spec.nodes[node].is_trigger else ""
    elif spec is not None:
        known = spec.segments.get(tag)
    name = known.name if known is not None else ""
    return Branch(index + 1, tag, name, depth, loop, spec is None or node >= 0, _values(segment[1:], known, tag, message))


def _values(elements: list[Any], spec: SegmentSpec | None, tag: str, message: Message) -> list[Value]:
    found: list[Value] = []
    for number, element in enumerate(elements, 1):
        known = spec.elements[number - 1] if spec is not None and number <= len(spec.elements) else None
        repeats = element if isinstance(element, Repeats) else [element]
        for each in repeats:
            found += _element(each, known, f"{tag}{number:02}", message)
    return found


def _element(element: Element, known: ElementSpec | None, ref: str, message: Message) -> list[Value]:
    parts: list[str]
    if isinstance(element, list):
        parts = [str(part) for part in element]
    elif known is not None and known.components:
        separator = message.interchange.delimiters.component
        parts = element.split(separator) if separator and message.interchange.standard == "x12" else [element]
    else:
        return [_value(ref, known, element)] if element else []
    specs = known.components if known is not None else ()
    return [
        _value(f"{ref}-{place}", specs[place - 1] if place <= len(specs) else None, part)
        for place, part in enumerate(parts, 1)
        if part
    ]


def _value(ref: str, known: ElementSpec | None, text: str) -> Value:
    meaning = known.codes.values.get(text, "") if known is not None and known.codes is not None else ""
    shown = text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text):,} characters)"
    return Value(ref, known.name if known is not None else "", shown, meaning)
