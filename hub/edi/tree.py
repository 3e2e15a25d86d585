"""What the readers of both syntaxes yield: interchange, functional group and message values, flat and cheap.

A message's segments are plain lists of strings: `["PO1", "1", "10", "EA"]`. The tag is element 0, so that `segment[3]` is
PO103. Trailing empty elements are as they arrived. In X12 an element is always `str`: its component and repetition separators
are left in place, since only the dictionary knows which elements are composite. In EDIFACT an element is `str` when it has
one component, a `list[str]` when it has several, and `Repeats` of those when the repetition separator of syntax 4 was
used; release characters are resolved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hub.edi.findings import Finding

Standard = Literal["x12", "edifact"]
TestIndicator = Literal["test", "production", "information"]


class Repeats(list["str | list[str]"]):
    """The repetitions of one element (X12.5 3.4, ISO 9735-1:2002 8.6)."""

    __slots__ = ()


Element: TypeAlias = "str | list[str] | Repeats"
Segment: TypeAlias = "list[Element]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimiters:
    """The service characters of one interchange, one character each; empty where the interchange has none."""

    segment: str
    element: str
    component: str
    repetition: str = ""
    release: str = ""
    decimal: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyId:
    """Sender or receiver as the envelope names it (ISA05-08; UNB 0004/0007/0008, 0010/0007/0014; GS02/03; UNG)."""

    qualifier: str
    id: str
    internal: str = ""


@dataclass(slots=True, kw_only=True)
class Interchange:
    """The header of one interchange (ISA or UNB) and, once read, its trailer."""

    standard: Standard
    sender: PartyId
    receiver: PartyId
    control_number: str
    version: str
    date: str
    time: str
    test: TestIndicator
    delimiters: Delimiters
    charset: str
    ack_requested: bool
    application_reference: str = ""
    agreement: str = ""
    header: Segment = field(default_factory=list)
    trailer: Segment = field(default_factory=list)
    offset: int = 0
    end: int = 0
    segment_count: int = 0
    findings: list[Finding] = field(default_factory=list)
    ta1: list[Segment] = field(default_factory=list)
    findings_omitted: int = 0


@dataclass(slots=True, kw_only=True)
class Group:
    """One functional group (GS..GE, UNG..UNE); EDIFACT without UNG has one implicit group with `type` empty."""

    interchange: Interchange
    type: str
    sender: PartyId
    receiver: PartyId
    control_number: str
    version: str
    date: str = ""
    time: str = ""
    header: Segment = field(default_factory=list)
    trailer: Segment = field(default_factory=list)
    offset: int = 0
    message_count: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Message:
    """One transaction set (ST..SE) or EDIFACT message (UNH..UNT), both inclusive.

    `raw` is the decoded text from the first character of ST or UNH to the last terminator; `offset` is its first byte's place in
    the file. `findings` are those of its own envelope (counts, control numbers); `index` counts messages from 0 in the file.
    `segment_count` counts as found. A message beyond the reader's limits has `complete` False, no `raw`, and of its segments
    only the header and, where one was found, the trailer. `codec` is the Python codec that turned the bytes into `raw`;
    `starts` are the byte offsets of its segments, empty until `hub.edi.locate` or an irregular layout needed them; `tags` the tags
    of its segments, empty where they were not gathered.
    """

    interchange: Interchange
    group: Group
    type: str
    version: str
    control_number: str
    segments: list[Segment]
    association: str = ""
    raw: str = ""
    offset: int = 0
    index: int = 0
    findings: list[Finding] = field(default_factory=list)
    segment_count: int = 0
    complete: bool = True
    codec: str = "ascii"
    starts: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GroupEnd:
    """The group's trailer was read, or found missing: its counts and findings are complete."""

    group: Group


@dataclass(frozen=True, slots=True)
class InterchangeEnd:
    """The interchange's trailer was read, or found missing: its counts and findings are complete."""

    interchange: Interchange


Event: TypeAlias = "Interchange | Group | Message | GroupEnd | InterchangeEnd"
