"""Builds whole interchanges from explicit values: padding, counts, escaping. Control numbers are given, never invented."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hub.edi.catalogue_envelope import finding
from hub.edi.characters import CharacterPolicy, FreeText
from hub.edi.findings import Finding, Where
from hub.edi.tree import Delimiters, Element, PartyId, Segment, TestIndicator
from hub.edi.writer import Writer

X12_DELIMITERS = Delimiters(segment="~", element="*", component=">", repetition="^")
EDIFACT_DELIMITERS = Delimiters(segment="'", element="+", component=":", repetition="", release="?", decimal=".")
EDIFACT_4_DELIMITERS = Delimiters(segment="'", element="+", component=":", repetition="*", release="?", decimal=".")
_AT_ONCE = 2000
"""Segments of one message that are written together."""
_USAGE: dict[TestIndicator, str] = {"test": "T", "production": "P", "information": "I"}


@dataclass(frozen=True, slots=True)
class Written:
    """The bytes of an interchange and what the writer did to reach them. `data` is empty where a value was refused."""

    data: bytes
    findings: tuple[Finding, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether nothing was written because a value may not be changed and cannot be written."""
        return any(found.severity == "error" for found in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One message to write: `segments` between its header and its trailer, which the writer adds with the count.

    `segments` may come as an iterator, so that a long answer is never held as segments; such a message can be written once.

    X12: `type` is ST01, `version` unused, `association` ST03. EDIFACT: `version` and `release` are 0052 and 0054 (`D`,
    `96A`), `agency` 0051, `association` 0057.
    """

    type: str
    control_number: str
    segments: Iterable[Segment]
    version: str = ""
    release: str = ""
    agency: str = "UN"
    association: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupBody:
    """One functional group to write (GS or UNG). `date` and `time` as the standard writes them; `version` is GS08 or S008."""

    type: str
    sender: PartyId
    receiver: PartyId
    control_number: str
    date: str
    time: str
    version: str
    messages: Sequence[Body]
    agency: str = "X"


@dataclass(frozen=True, slots=True, kw_only=True)
class X12Envelope:
    """ISA's values: `date` YYMMDD, `time` HHMM, `version` ISA12; authorization and security are blank unless given."""

    sender: PartyId
    receiver: PartyId
    control_number: str
    date: str
    time: str
    version: str = "00401"
    test: TestIndicator = "production"
    ack_requested: bool = False
    authorization: tuple[str, str] = ("00", "")
    security: tuple[str, str] = ("00", "")
    delimiters: Delimiters = X12_DELIMITERS
    charset: str = "ascii"
    line_end: str = ""
    policy: CharacterPolicy = field(default_factory=CharacterPolicy)
    joined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EdifactEnvelope:
    """UNB's values: `syntax` and `version` are 0001 and 0002, `date` and `time` 0017 and 0019. `una` writes the service string."""

    sender: PartyId
    receiver: PartyId
    control_number: str
    date: str
    time: str
    syntax: str = "UNOC"
    version: str = "3"
    password: Element = ""
    application_reference: str = ""
    priority: str = ""
    ack_requested: bool = False
    agreement: str = ""
    test: TestIndicator = "production"
    una: bool = True
    delimiters: Delimiters = EDIFACT_DELIMITERS
    line_end: str = ""
    policy: CharacterPolicy = field(default_factory=CharacterPolicy)


def write_x12(envelope: X12Envelope, groups: Sequence[GroupBody], *, ta1: Sequence[Segment] = ()) -> Written:
    """ISA to IEA. `ta1` segments stand before the groups; IEA01 counts the groups."""
    writer = Writer(
        "x12",
        envelope.delimiters,
        charset=envelope.charset,
        line_end=envelope.line_end,
        policy=envelope.policy,
        joined=envelope.joined,
    )
    control = envelope.control_number.zfill(9)
    return _written(writer, _isa(writer, envelope, control), _x12_parts(groups, ta1, control))


def _x12_parts(groups: Sequence[GroupBody], ta1: Sequence[Segment], control: str) -> Iterator[_Part]:
    yield ta1, None, 1
    for group in groups:
        header: Segment = ["GS", group.type, group.sender.id, group.receiver.id, group.date, group.time, group.control_number]
        yield [[*header, group.agency, group.version]], None, 1
        for message in group.messages:
            yield from _message(message, ["ST", message.type, message.control_number, message.association], "SE")
        yield [["GE", str(len(group.messages)), group.control_number]], None, 1
    yield [["IEA", str(len(groups)), control]], None, 1


def write_edifact(envelope: EdifactEnvelope, messages: Sequence[Body], *, groups: Sequence[GroupBody] = ()) -> Written:
    """UNA (where asked for, or where the characters are not the standard ones) and UNB to UNZ, with messages or groups."""
    delimiters = envelope.delimiters
    writer = Writer("edifact", delimiters, charset=envelope.syntax, line_end=envelope.line_end, policy=envelope.policy)
    standard = EDIFACT_4_DELIMITERS if envelope.version >= "4" else EDIFACT_DELIMITERS
    head = b""
    if envelope.una or delimiters != standard:
        marks = (delimiters.component, delimiters.element, delimiters.decimal, delimiters.release, delimiters.repetition)
        string = "UNA" + "".join(mark or " " for mark in marks) + delimiters.segment + envelope.line_end
        head = string.encode(writer.repertoire.codec)
    return _written(writer, head, _edifact_parts(envelope, messages, groups))


def _edifact_parts(envelope: EdifactEnvelope, messages: Sequence[Body], groups: Sequence[GroupBody]) -> Iterator[_Part]:
    yield [_unb(envelope)], None, 1
    for group in groups:
        yield [_ung(group)], None, 1
        for message in group.messages:
            yield from _message(message, _unh(message), "UNT")
        yield [["UNE", str(len(group.messages)), group.control_number]], None, 1
    for message in messages:
        yield from _message(message, _unh(message), "UNT")
    yield [["UNZ", str(len(groups) or len(messages)), envelope.control_number]], None, 1


def _message(message: Body, first: Segment, trailer: str) -> Iterator[_Part]:
    number, count = message.control_number, 0
    segments = itertools.chain([first], message.segments)
    while piece := list(itertools.islice(segments, _AT_ONCE)):
        yield piece, number, count + 1
        count += len(piece)
    yield [[trailer, str(count + 1), number]], number, count + 1


_Part: TypeAlias = "tuple[Sequence[Segment], str | None, int]"
"""Segments that follow each other, the message they belong to, and the number of the first of them in it."""


def _written(writer: Writer, head: bytes, parts: Iterable[_Part]) -> Written:
    """The parts behind what stands first, together as many as are written at once."""
    out = [head]
    pending: list[_Part] = []
    count = 0
    for part in parts:
        pending.append(part)
        count += len(part[0])
        if count >= _AT_ONCE:
            out.append(_together(writer, pending))
            pending, count = [], 0
    out.append(_together(writer, pending))
    return Written(b"" if writer.refused else b"".join(out), tuple(writer.findings))


def _together(writer: Writer, parts: Sequence[_Part]) -> bytes:
    """Parts in one go where every value of them stands as it is, which is nearly always so; else one after the other."""
    whole = writer.plain([segment for segments, _, _ in parts for segment in segments])
    if whole is not None:
        return whole
    return b"".join([writer.segments(segments, message=message, index=index) for segments, message, index in parts])


def _isa(writer: Writer, envelope: X12Envelope, control: str) -> bytes:
    delimiters = envelope.delimiters
    repetition = delimiters.repetition if envelope.version >= "00402" and delimiters.repetition else "U"
    values = (
        (envelope.authorization[0], 2), (envelope.authorization[1], 10), (envelope.security[0], 2), (envelope.security[1], 10),
        (envelope.sender.qualifier, 2), (envelope.sender.id, 15), (envelope.receiver.qualifier, 2), (envelope.receiver.id, 15),
        (envelope.date, 6), (envelope.time, 4), (repetition, 1), (envelope.version, 5), (control, 9),
        ("1" if envelope.ack_requested else "0", 1), (_USAGE[envelope.test], 1), (delimiters.component, 1),
    )  # fmt: skip
    padded = [value.ljust(width) for value, width in values]
    text = delimiters.element.join(("ISA", *padded)) + delimiters.segment + envelope.line_end
    # Nearly always every value fits and can be written, which one look at all of them tells.
    if [len(value) for value in padded] == _ISA_WIDTHS and writer.repertoire.holds("".join([*padded[:10], *padded[11:15]])):
        return text.encode(writer.repertoire.codec, "replace")
    for number, (value, width) in enumerate(values, 1):
        if len(value) > width:
            said = f"ISA{number:02} takes {width} characters, the value has {len(value)}"
            writer.findings.append(finding("EDI-195", "x12", said, _isa_place(control, number), value=value))
        elif number not in {11, 16} and not writer.repertoire.holds(value):
            said = f"ISA{number:02} cannot be written"
            writer.findings.append(finding("EDI-194", "x12", said, _isa_place(control, number), value=value))
    cut = [value[:width] for value, (_, width) in zip(padded, values, strict=True)]
    text = delimiters.element.join(("ISA", *cut)) + delimiters.segment + envelope.line_end
    return text.encode(writer.repertoire.codec, "replace")


_ISA_WIDTHS = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1]


def _isa_place(control: str, number: int) -> Where:
    return Where(interchange=control, segment="ISA", element=number)


def _unb(envelope: EdifactEnvelope) -> Segment:
    return [
        "UNB",
        [envelope.syntax, envelope.version],
        _party(envelope.sender),
        _party(envelope.receiver),
        [envelope.date, envelope.time],
        envelope.control_number,
        envelope.password,
        envelope.application_reference,
        envelope.priority,
        "1" if envelope.ack_requested else "",
        envelope.agreement,
        "1" if envelope.test == "test" else "",
    ]


def _ung(group: GroupBody) -> Segment:
    version: list[str] = [group.version[:1], group.version[1:]]
    agency = "UN" if group.agency == "X" else group.agency
    sender, receiver = _party(group.sender), _party(group.receiver)
    return ["UNG", group.type, sender, receiver, [group.date, group.time], group.control_number, agency, version]


def _unh(message: Body) -> Segment:
    return [
        "UNH",
        message.control_number,
        [message.type, message.version, message.release, message.agency, message.association],
    ]


def _party(party: PartyId) -> Element:
    return [party.id, party.qualifier, party.internal]


__all__ = [
    "EDIFACT_4_DELIMITERS",
    "EDIFACT_DELIMITERS",
    "X12_DELIMITERS",
    "Body",
    "CharacterPolicy",
    "EdifactEnvelope",
    "FreeText",
    "GroupBody",
    "Writer",
    "Written",
    "X12Envelope",
    "write_edifact",
    "write_x12",
]
