"""The EDIFACT interchange: UNA, UNB, UNG, UNH and their trailers (ISO 9735-1, syntax versions 1 to 4)."""

from __future__ import annotations

import re
from dataclasses import replace

from hub.edi.charset import codec_of
from hub.edi.delimiters import Header, una_header, undeclared
from hub.edi.elements import is_date
from hub.edi.envelope_reader import EnvelopeReader, as_count, text
from hub.edi.lexer import Finds
from hub.edi.limits import Limits
from hub.edi.mapped import Buffer
from hub.edi.segments import Piece, Segments, ServiceCharacters
from hub.edi.split import EdifactSplitter, Splitter
from hub.edi.tree import Group, Interchange, Message, PartyId, Segment

_SECURITY = frozenset({"USA", "USB", "USC", "USD", "USE", "USF", "USH", "USL", "USR", "UST", "USU", "USX", "USY"})
_SYNTAX_LEVELS = re.compile(r"UNO[A-Z]")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9]")
_REQUIRED = (
    (1, 1, "syntax"),
    (1, 2, "syntax version"),
    (2, 1, "sender"),
    (3, 1, "receiver"),
    (4, 1, "date"),
    (4, 2, "time"),
    (5, 1, "control reference"),
)


class EdifactReader(EnvelopeReader):
    """Reads one UNB..UNZ, or the messages of a file that has no UNB."""

    standard = "edifact"
    message_tags = ("UNH", "UNT")
    group_tags = ("UNG", "UNE")
    trailer_tag = "UNZ"
    start_tag = "UNB"

    def __init__(self, data: Buffer, header: Header, limits: Limits, *, index: int, finds: Finds) -> None:
        first = Segments(data, header.characters, origin=header.start, limit=limits.segment_bytes).following(header.after)
        assert first is not None
        has_header = first.content.startswith(b"UNB")
        declared = "ascii"
        if has_header:
            level, version = _syntax_of(first.content, header)
            declared = codec_of(level)
            header.characters = _with_version(header, version)
            header.stop, header.after = first.stop, first.after
        super().__init__(data, header, limits, index=index, finds=finds, declared=declared)
        self._first = first if has_header else None
        self._mixed = False
        self.interchange = self._interchange(self.segment_of(first) if has_header else [])
        self._check_header()

    def _interchange(self, unb: Segment) -> Interchange:
        nobody = PartyId(qualifier="", id="")
        return Interchange(
            standard="edifact",
            sender=_party(unb, 2) if unb else nobody,
            receiver=_party(unb, 3) if unb else nobody,
            control_number=text(unb, 5),
            version=text(unb, 1, 2),
            date=text(unb, 4),
            time=text(unb, 4, 2),
            test="test" if text(unb, 11) == "1" else "production",
            delimiters=self.characters.delimiters(),
            charset=self.decoder.declared,
            ack_requested=text(unb, 9) == "1",
            application_reference=text(unb, 7),
            agreement=text(unb, 10),
            header=unb,
            offset=self.header.start,
            segment_count=1 if unb else 0,
        )

    def _check_header(self) -> None:
        unb, start = self.interchange.header, self.header.start
        if not unb:
            self.note("EDI-131", "the file has no UNB: messages without an interchange", start)
            return
        assert self._first is not None
        start = self._first.start
        level, version, day, time = text(unb, 1), text(unb, 1, 2), text(unb, 4), text(unb, 4, 2)
        for element, component, name in _REQUIRED:
            if not text(unb, element, component) and (component == 1 or text(unb, element)):
                place = component if isinstance(unb[element] if element < len(unb) else "", list) or component > 1 else None
                self.note("EDI-133", f"UNB has no {name}", start, segment="UNB", element=element, component=place)
        faults = (
            (not _SYNTAX_LEVELS.fullmatch(level), "EDI-134", 1, 1, "the syntax identifier is none of ISO 9735"),
            (version not in {"", "1", "2", "3", "4"}, "EDI-134", 1, 2, "ISO 9735 has no such syntax version"),
            (day and not is_date(day), "EDI-137", 4, 1, "the date is no date"),
            (time and not _TIME.fullmatch(time), "EDI-137", 4, 2, "the time is no time"),
        )
        for wrong, code, element, component, said in faults:
            if wrong:
                value = text(unb, element, component)
                self.note(code, said, start, segment="UNB", element=element, component=component, value=value)
        self._odd(self._first.odd)

    def make_splitter(self, gap: str) -> Splitter:
        """EDIFACT text has composites, repetitions and release characters."""
        return EdifactSplitter(self.characters, gap)

    def _tag(self, piece: Piece) -> str:
        content = piece.content
        if content.startswith(b"UNA") and una_header(self.data, piece.start) is not None:
            return self.start_tag
        tag = content[:64].partition(self.characters.element)[0].partition(self.characters.component)[0]
        return tag.decode("iso8859-1").strip()

    def open_group(self, segment: Segment, piece: Piece) -> Group:
        """UNG; its version is S008."""
        group = Group(
            interchange=self.interchange,
            type=text(segment, 1),
            sender=PartyId(qualifier=text(segment, 2, 2), id=text(segment, 2)),
            receiver=PartyId(qualifier=text(segment, 3, 2), id=text(segment, 3)),
            date=text(segment, 4),
            time=text(segment, 4, 2),
            control_number=text(segment, 5),
            version=text(segment, 7) + text(segment, 7, 2),
            header=segment,
            offset=piece.start,
        )
        if not group.control_number:
            self.note("EDI-165", "UNG has no control reference", piece.start, segment="UNG", element=5, group=group)
        if self.messages and self.groups == 1 and not self._mixed:
            self._mix(piece.start)
        if group.control_number in self.group_seen:
            said = f"group reference {group.control_number} occurs again"
            self.note("EDI-166", said, piece.start, segment="UNG", element=5, group=group, value=group.control_number)
        self.remember_group(group.control_number)
        return group

    def implicit_group(self) -> Group:
        """The messages that stand in the interchange directly."""
        if self.groups and not self._mixed:
            self._mix(self.end)
        interchange = self.interchange
        return Group(
            interchange=interchange,
            type="",
            sender=interchange.sender,
            receiver=interchange.receiver,
            control_number="",
            version="",
        )

    def _mix(self, offset: int) -> None:
        self._mixed = True
        self.note("EDI-135", "groups and messages stand side by side in one interchange", offset)

    def close_group(self, group: Group, segment: Segment, piece: Piece) -> None:
        """UNE 0060 counts the messages, 0048 repeats the reference."""
        count, number = text(segment, 1), text(segment, 2)
        if as_count(count) != group.message_count:
            said = f"UNE says {count or 'nothing'}, the group has {group.message_count} messages"
            self.note("EDI-162", said, piece.start, segment="UNE", element=1, group=group, value=count)
        if group.control_number and number != group.control_number:
            said = f"UNE has reference {number or 'nothing'}, UNG has {group.control_number or 'nothing'}"
            self.note("EDI-161", said, piece.start, segment="UNE", element=2, group=group, value=number)

    def close_interchange(self, segment: Segment, piece: Piece) -> None:
        """UNZ 0036 counts the groups, or the messages where there is none; 0020 repeats the reference."""
        interchange = self.interchange
        if not interchange.header:
            self.note("EDI-104", "UNZ closes an interchange that UNB did not open", piece.start, segment="UNZ")
            return
        count, number = text(segment, 1), text(segment, 2)
        expected = self.groups or self.messages
        if as_count(count) != expected:
            kind = "groups" if self.groups else "messages"
            said = f"UNZ says {count or 'nothing'}, the interchange has {expected} {kind}"
            self.note("EDI-152", said, piece.start, segment="UNZ", element=1, value=count)
        if not expected:
            self.note("EDI-154", "the interchange holds neither a group nor a message", piece.start, segment="UNZ")
        if number != interchange.control_number:
            said = f"UNZ has reference {number or 'nothing'}, UNB has {interchange.control_number or 'nothing'}"
            self.note("EDI-151", said, piece.start, segment="UNZ", element=2, value=number)

    def message_header(self, message: Message) -> None:
        """UNH 0062 and S009: type, version with release (`D96A`), and the association's code."""
        header = message.segments[0]
        message.control_number = text(header, 1)
        message.type = text(header, 2)
        message.version = "".join((text(header, 2, 2) + text(header, 2, 3)).split())
        message.association = text(header, 2, 5)
        offset = message.offset
        if not message.type:
            said = "UNH has no message type"
            self.note("EDI-173", said, offset, segment="UNH", element=2, component=1, segment_index=1, message=message)
        if not message.control_number:
            self.note("EDI-174", "UNH has no reference", offset, segment="UNH", element=1, segment_index=1, message=message)
        group = message.group
        if group.header and group.type and message.type and group.type != message.type:
            said = f"a message {message.type} in a group of {group.type}"
            self.note("EDI-136", said, offset, segment="UNH", element=2, group=group, value=message.type)

    def identity(self, message: Message) -> str:
        """0062 together with S009: only both identify a message within its group or interchange (ISO 9735-1, note 2 of UNH)."""
        return f"{message.control_number}+{message.type}:{message.version}:{message.association}"

    def check_message(self, message: Message, closed_by: Segment | None, offset: int) -> None:
        """UNT 0074 counts UNH to UNT, 0062 repeats the reference."""
        index = message.segment_count
        if closed_by is None:
            self.note("EDI-170", "UNT is missing", offset, segment="UNT", segment_index=index + 1, message=message)
            return
        count, number = text(closed_by, 1), text(closed_by, 2)
        if as_count(count) != message.segment_count:
            said = f"UNT says {count or 'nothing'}, the message has {message.segment_count} segments"
            self.note("EDI-172", said, offset, segment="UNT", element=1, segment_index=index, message=message, value=count)
        if message.control_number and number != message.control_number:
            said = f"UNT has reference {number or 'nothing'}, UNH has {message.control_number or 'nothing'}"
            self.note("EDI-171", said, offset, segment="UNT", element=2, segment_index=index, message=message, value=number)

    def other(self, tag: str, piece: Piece) -> bool:  # noqa: ARG002
        """Security segments stand around groups and messages (ISO 9735-5)."""
        return tag in _SECURITY

    def begins_interchange(self, piece: Piece) -> bool:
        """UNB, or UNA in front of one."""
        if piece.content.startswith(b"UNA"):
            return una_header(self.data, piece.start) is not None
        return piece.content.startswith(b"UNB" + self.characters.element) or (
            piece.content.startswith(b"UNB") and undeclared(self.data, piece.start) is not None
        )


def _party(unb: Segment, element: int) -> PartyId:
    return PartyId(qualifier=text(unb, element, 2), id=text(unb, element), internal=text(unb, element, 3))


def _syntax_of(unb: bytes, header: Header) -> tuple[str, str]:
    elements = unb.split(header.characters.element)
    syntax = elements[1].split(header.characters.component) if len(elements) > 1 else []
    level, version = (*(value.decode("iso8859-1").strip() for value in syntax[:2]), "", "")[:2]
    return level, version


def _with_version(header: Header, version: str) -> ServiceCharacters:
    """Repetition exists from syntax 4 on (ISO 9735-1:2002 8.6); without UNA its separator is the asterisk."""
    characters = header.characters
    if version >= "4":
        return characters if header.una else replace(characters, repetition=b"*")
    return replace(characters, repetition=b"")
