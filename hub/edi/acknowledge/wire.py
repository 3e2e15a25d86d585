"""Values of findings as acknowledgments write them: sorted by segment, with codes the acknowledgment's release has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.edi.findings import Finding
from hub.edi.tree import Delimiters

MOST_VALUE = 99
_TAG = re.compile(r"[^A-Z0-9]")


@dataclass(slots=True)
class SegmentNote:
    """What is reported about one segment: its own codes, and the findings about its elements."""

    tag: str
    position: int
    loop: str
    codes: list[str] = field(default_factory=list)
    elements: list[tuple[str, Finding]] = field(default_factory=list)


def codes(findings: Iterable[Finding], ack: str, segment: str) -> list[str]:
    """The codes that `ack` has for these findings in `segment`, each once, in their order."""
    found = (wire.code for one in findings for wire in one.wire if wire.ack == ack and wire.segment == segment)
    return list(dict.fromkeys(found))


def segment_notes(findings: Iterable[Finding], ack: str, *, segment: str, element: str) -> list[SegmentNote]:
    """The findings about segments and elements, gathered by segment, in the order of the message."""
    notes: dict[tuple[int, str], SegmentNote] = {}
    for found in findings:
        for wire in found.wire:
            if wire.ack != ack or wire.segment not in {segment, element}:
                continue
            where = found.where
            key = (where.segment_index or 1, where.segment or "")
            note = notes.setdefault(key, SegmentNote(tag=key[1], position=key[0], loop=where.loop or ""))
            if wire.segment == element:
                note.elements.append((wire.code, found))
            elif wire.code not in note.codes:
                note.codes.append(wire.code)
    return sorted(notes.values(), key=lambda note: note.position)


def segment_id(tag: str) -> str:
    """A tag as AK301 can carry it: two or three capitals and digits (721)."""
    return _TAG.sub("", tag.upper())[:3].ljust(2, "X")


def copied(value: str | None, delimiters: Delimiters) -> str:
    """The bad value for AK404 or IK404; empty where the acknowledgment cannot carry it."""
    if not value or not value.strip() or not value.isprintable() or not value.isascii():
        return ""
    marks = delimiters.segment + delimiters.element + delimiters.component + delimiters.repetition
    return "" if any(mark in value for mark in marks) else value[:MOST_VALUE]


def number(value: str, *, most: int) -> str:
    """The digits of a control number for an element that takes digits only; `0` where there are none."""
    digits = value if value.isdecimal() else re.sub(r"\D", "", value)
    return digits[-most:] or "0"
