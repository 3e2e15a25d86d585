"""What one reading carries along: frames, findings, what must be kept, and where things came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from hub.edi.findings import Finding, Layer, Severity, Where
from hub.edi.locate import locate
from hub.edi.tree import Message, Segment
from hub.guides.itemids import Best
from hub.guides.shape import Elements, Key, Place
from hub.guides.tables import Table

Frame: TypeAlias = "dict[str, Any]"
Act: TypeAlias = "Callable[[Segment, Frame, Run], None]"
Put: TypeAlias = "Callable[[Frame, Any, Run], None]"
Get: TypeAlias = "Callable[[Segment, Run], str]"

MEMBERS = "\0members"
"""Private key of a shared frame: the outcomes that follow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A finding before its place is worked out; `index` is the segment's place in the message, from 0, -1 for none."""

    code: str
    message: str
    index: int
    element: int | None = None
    component: int | None = None
    value: str | None = None
    severity: Severity = "error"
    layer: Layer = "guide"
    hint: str = ""
    who: Literal["partner", "admin", "operator", "developer"] = "partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a trace before its path is known: which frame got which member from which place."""

    frame: Frame
    member: str
    index: int
    key: Key
    place: Place
    value: str
    table: Table | None = None


class Run:
    """One message on its way through a compiled guide."""

    __slots__ = (
        "aliases",
        "branches",
        "checks",
        "component",
        "deferred",
        "frames",
        "groups",
        "index",
        "items",
        "notes",
        "opened",
        "repetition",
        "spilled",
        "texts",
        "trace",
    )

    def __init__(self, count: int, component: str, repetition: str) -> None:
        self.frames: list[Any] = [None] * count
        self.component = component
        self.repetition = repetition
        self.index = 0
        self.notes: list[Note] = []
        self.spilled: set[int] = set()
        self.deferred: list[tuple[Frame, Put, Any, int]] = []
        self.groups: list[tuple[list[Frame], Frame]] = []
        self.items: dict[int, tuple[Frame, Best]] = {}
        self.opened: list[tuple[list[Frame], Frame, frozenset[str], int]] = []
        self.branches: list[tuple[str, str, str, Frame]] = []
        self.checks: list[tuple[Elements, Frame, str, int]] = []
        self.texts: list[tuple[Frame, str, int]] = []
        self.trace: list[Step] | None = None
        self.aliases: list[tuple[Frame, Frame]] = []

    def second(self, entry: Elements, path: str, value: Any) -> None:
        """A second value came for a member that holds one: the first stays, the segment is kept."""
        self.spilled.add(self.index)
        self.notes.append(
            Note(
                code="MAP-203",
                message=f"a second value for {path}",
                index=self.index,
                element=entry.key.first,
                component=entry.key.component or None,
                value=str(value)[:99],
                severity="warning",
                hint="the first one counts, this one is kept under extensions; a partner guide may give it a member of its own",
                who="admin",
            )
        )

    def wrong(self, entry: Elements, text: str, why: str) -> None:
        """A value that is not what it must be: absent in the document, kept with its segment."""
        self.spilled.add(self.index)
        self.notes.append(
            Note(
                code="MAP-210",
                message=f'"{text[:40]}" {why}',
                index=self.index,
                element=entry.key.first,
                component=entry.key.component or None,
                value=text[:99],
                hint="the partner corrects it, or the order is completed by hand",
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What reading and writing know beside the message: the partner, the agreement's values, the characters allowed.

    `values` are the agreement's (`from_agreement: vendor_number`). `today` is not known here: guides never read a clock.
    """

    partner: str = ""
    channel: str = "edi"
    values: dict[str, str] = field(default_factory=dict)
    charset: str = ""
    forbidden: str = ""
    on_bad_character: Literal["transliterate", "replace", "refuse"] = "transliterate"
    on_too_long: Literal["truncate", "refuse"] = "truncate"


MOST_LOCATED = 1000
"""Findings beyond these name their segment and no byte: nobody reads them one by one, and finding the byte costs."""


def finish_notes(notes: list[Note], message: Message) -> list[Finding]:
    """Give every note its place in the file."""
    found = []
    for count, note in enumerate(notes):
        where = Where(
            interchange=message.interchange.control_number,
            group=message.group.control_number or None,
            message=message.control_number,
        )
        if note.index >= 0:
            segment = message.segments[note.index]
            where = Where(
                interchange=where.interchange,
                group=where.group,
                message=where.message,
                segment_index=note.index + 1,
                segment=str(segment[0]),
                element=note.element,
                component=note.component,
                offset=locate(message, note.index + 1, note.element, note.component) if count < MOST_LOCATED else None,
            )
        found.append(
            Finding(
                code=note.code,
                severity=note.severity,
                layer=note.layer,
                message=note.message,
                where=where,
                hint=note.hint,
                who=note.who,
                value=note.value,
            )
        )
    return found
