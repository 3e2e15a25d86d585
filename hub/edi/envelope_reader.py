"""One interchange, read message by message: what X12 and EDIFACT envelopes have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from hub.edi.catalogue_envelope import finding
from hub.edi.charset import Decoder
from hub.edi.delimiters import Header
from hub.edi.findings import Finding, Where
from hub.edi.lexer import Finds, Lexed, Lexer, regular_gap
from hub.edi.limits import Limits
from hub.edi.mapped import Buffer
from hub.edi.segments import Oddity, Piece, Segments
from hub.edi.split import Splitter
from hub.edi.tree import Element, Event, Group, GroupEnd, Interchange, Message, Segment, Standard

_REMEMBERED = 100_000
_FINDINGS_KEPT = 10_000


class EnvelopeReader(ABC):
    """Reads one interchange that begins at `header`; `end` is where it ended once `events` is exhausted.

    `index` counts the messages of the file before this interchange, and after it.
    """

    standard: Standard
    message_tags: tuple[str, str]
    group_tags: tuple[str, str]
    trailer_tag: str
    start_tag: str

    def __init__(self, data: Buffer, header: Header, limits: Limits, *, index: int, declared: str, finds: Finds) -> None:
        self.data = data
        self.limits = limits
        self.header = header
        self.characters = header.characters
        self.index = index
        self.end = header.after
        characters = header.characters
        self.decoder = Decoder(declared, (characters.segment, characters.element, characters.component, characters.repetition))
        self.segments = Segments(data, header.characters, origin=header.start, limit=limits.segment_bytes)
        self.interchange: Interchange
        self.group: Group | None = None
        self.groups = 0
        self.messages = 0
        self.spans: list[tuple[int, int]] | None = None
        self._seen: set[str] = set()
        self.group_seen: set[str] = set()
        self._stray = False
        self._noted: set[str] = set()
        gap = regular_gap(bytes(data[header.after : header.after + 64]))
        self.splitter = self.make_splitter((gap or b"").decode("ascii"))
        self._lexer = Lexer(
            self.segments,
            self.splitter,
            self.decoder,
            limits=limits,
            gap=gap,
            message_tags=self.message_tags,
            envelope_tags=(*self.message_tags, *self.group_tags, self.trailer_tag, self.start_tag),
            tag_of=self._tag,
            ends=self._ends_message,
            finds=finds,
        )

    # -- what the two syntaxes do differently -------------------------------------------------------------------------

    @abstractmethod
    def make_splitter(self, gap: str) -> Splitter:
        """The splitter for this interchange; `gap` stands between its segments."""

    @abstractmethod
    def open_group(self, segment: Segment, piece: Piece) -> Group:
        """The value of GS or UNG."""

    @abstractmethod
    def implicit_group(self) -> Group:
        """The group of messages that stand in none."""

    @abstractmethod
    def close_group(self, group: Group, segment: Segment, piece: Piece) -> None:
        """Compare GE or UNE with what was read."""

    @abstractmethod
    def close_interchange(self, segment: Segment, piece: Piece) -> None:
        """Compare IEA or UNZ with what was read."""

    @abstractmethod
    def message_header(self, message: Message) -> None:
        """Take type, version and control number from ST or UNH."""

    @abstractmethod
    def check_message(self, message: Message, closed_by: Segment | None, offset: int) -> None:
        """Compare SE or UNT, which stands at `offset`, with what was read."""

    @abstractmethod
    def begins_interchange(self, piece: Piece) -> bool:
        """Whether a segment in the middle is the header of a new interchange."""

    def other(self, tag: str, piece: Piece) -> bool:  # noqa: ARG002
        """Take a segment that stands between header and groups (TA1); False where it is not known there."""
        return False

    # -- the walk ----------------------------------------------------------------------------------------------------

    def events(self) -> Iterator[Event]:
        """Header, groups with their messages, trailer; findings are attached to the value they belong to."""
        self._account(self.header.start, self.header.stop)
        for code, offset, text in self.header.notes:
            self.note(code, text, offset)
        yield self.interchange
        position = self.header.after
        while True:
            quick = self._lexer.next(position) if self.group is not None else None
            if quick is not None:
                yield self._message(quick)
                position = self.end
                continue
            piece = self.segments.following(position)
            if piece is None:
                yield from self._finish(None, position)
                return
            tag = self._tag(piece)
            if tag == self.message_tags[0]:
                if self.group is None:
                    self.end = piece.start
                    self.group = self.implicit_group()
                    yield self.group
                yield self._message(self._lexer.message(piece))
                position = self.end
                continue
            if piece.start > self.header.start and self.begins_interchange(piece):
                yield from self._finish(None, piece.start)
                return
            position = self.end = piece.after
            self._account(piece.start, piece.stop)
            self.interchange.segment_count += 1
            if tag == self.trailer_tag:
                yield from self._finish(piece, piece.after)
                return
            self._odd(piece.odd)
            yield from self._between_messages(tag, piece)

    def _between_messages(self, tag: str, piece: Piece) -> Iterator[Event]:
        if tag == self.group_tags[0]:
            yield from self._end_group(None)
            self._stray = False
            self.groups += 1
            self.group = self.open_group(self.segment_of(piece), piece)
            self._seen = set()
            yield self.group
        elif tag == self.group_tags[1]:
            self._stray = False
            if self.group is None or not self.group.header:
                text = f"{tag} closes a group that {self.group_tags[0]} did not open"
                self.note("EDI-163", text, piece.start, segment=tag)
            else:
                yield from self._end_group(piece)
        elif tag == self.message_tags[1]:
            self._stray = False
            text = f"{tag} closes a message that {self.message_tags[0]} did not open"
            self.note("EDI-176", text, piece.start, segment=tag)
        elif not self.other(tag, piece):
            self._stray_segment(tag, piece)

    def _stray_segment(self, tag: str, piece: Piece) -> None:
        if piece.odd is not None and piece.odd.is_unterminated:
            self.note("EDI-145", "the file ends inside a segment", piece.start, segment=tag[:10])
        elif not self._stray:  # one finding for a run of segments; it covers the bytes up to the next header or trailer
            self.note("EDI-175", f"segment {tag[:10]!r} stands outside any message", piece.start, segment=tag[:10])
        self._stray = True

    def _finish(self, trailer: Piece | None, position: int) -> Iterator[Event]:
        yield from self._end_group(None)
        interchange = self.interchange
        if trailer is None:
            if interchange.header:
                self.note("EDI-150", f"{self.trailer_tag} is missing", position, segment=self.trailer_tag)
        else:
            segment = self.segment_of(trailer)
            interchange.trailer = segment
            self.close_interchange(segment, trailer)
            odd = trailer.odd
            if odd is not None and (odd.is_unterminated or odd.lost_terminator_at >= 0):
                self.note("EDI-143", f"{self.trailer_tag} has no segment terminator", trailer.start, segment=self.trailer_tag)
                odd.lost_terminator_at = -1
            self._odd(odd)
        self.end = interchange.end = position
        self._charset_findings()

    def _charset_findings(self) -> None:
        decoder = self.decoder
        self.interchange.charset = decoder.name
        if decoder.mislabelled >= 0:
            text = f"bytes are {decoder.name}, the interchange says {decoder.declared}"
            self.note("EDI-140", text, decoder.mislabelled)

    def _end_group(self, piece: Piece | None) -> Iterator[Event]:
        group = self.group
        if group is None:
            return
        if piece is not None:
            segment = self.segment_of(piece)
            group.trailer = segment
            self.close_group(group, segment, piece)
        elif group.header:
            text = f"{self.group_tags[1]} is missing"
            where = self.where(self.end, group=group.control_number, segment=self.group_tags[1])
            group.findings.append(finding("EDI-160", self.standard, text, where))
        self.group = None
        yield GroupEnd(group)

    # -- messages ----------------------------------------------------------------------------------------------------

    def identity(self, message: Message) -> str:
        """What tells a message from the others of its group: ST02 (X12.6)."""
        return message.control_number

    def _once(self, message: Message) -> None:
        number = message.control_number
        identity = self.identity(message)
        if number and identity in self._seen:
            self.note(
                "EDI-179", f"message control number {number!r} occurs again", message.offset, message=message, value=number
            )
        elif len(self._seen) < _REMEMBERED:
            self._seen.add(identity)

    def _message(self, lexed: Lexed) -> Message:
        group = self.group
        assert group is not None
        self._stray = False
        self.end = lexed.after
        self._account(lexed.start, lexed.stop)
        message = Message(
            interchange=self.interchange,
            group=group,
            type="",
            version="",
            control_number="",
            segments=lexed.segments,
            raw=lexed.text,
            offset=lexed.start,
            index=self.index,
            segment_count=lexed.count,
            complete=lexed.complete,
            codec=lexed.codec,
            starts=lexed.starts,
            tags=lexed.tags,
        )
        self.index += 1
        self.messages += 1
        group.message_count += 1
        self.interchange.segment_count += lexed.count
        self.message_header(message)
        self._once(message)
        self.check_message(message, lexed.segments[-1] if lexed.closed else None, lexed.closing)
        if not lexed.complete:
            self._too_long(message, lexed)
        if lexed.cut >= 0 and not lexed.closed:
            self.note("EDI-145", "the file ends inside a segment", lexed.cut, message=message)
        if lexed.odd is not None:
            self._odd(lexed.odd, message)
        return message

    def _too_long(self, message: Message, lexed: Lexed) -> None:
        if lexed.overlong:
            text = f"a segment is longer than {self.limits.segment_bytes:,} bytes; the message was counted, not read"
            self.note("EDI-178", text, message.offset, message=message)
        else:
            text = f"{lexed.count:,} segments, more than one message may hold; they were counted, not read"
            self.note("EDI-177", text, message.offset, message=message, value=str(lexed.count))

    def _ends_message(self, tag: str, piece: Piece) -> bool:
        return tag != self.start_tag or self.begins_interchange(piece)

    # -- small things ------------------------------------------------------------------------------------------------

    def _tag(self, piece: Piece) -> str:
        tag = piece.content[:64].partition(self.characters.element)[0]
        return tag.decode("iso8859-1").strip()

    def segment_of(self, piece: Piece) -> Segment:
        """The elements of one segment outside messages."""
        text = self.decoder.decode(piece.content, piece.start)
        self.splitter.use(self.decoder.codec)
        return self.splitter.split(text)

    def remember_group(self, number: str) -> None:
        """Keep a group's control number, to tell a second use of it."""
        if len(self.group_seen) < _REMEMBERED:
            self.group_seen.add(number)

    def _odd(self, odd: Oddity | None, message: Message | None = None) -> None:
        """Say what was out of the ordinary: repairs once in an interchange, lost terminators with each message."""
        if odd is None:
            return
        if odd.empty_at >= 0:
            self._note_once("EDI-144", "an empty segment", odd.empty_at)
        if odd.wrapped_at >= 0:
            self._note_once("EDI-141", "a line ends inside a segment; the line end was taken out", odd.wrapped_at)
        if odd.lost_terminator_at >= 0:
            text = "a segment terminator is missing; the line end was taken for it"
            self.note("EDI-146" if message is None else "EDI-142", text, odd.lost_terminator_at, message=message)

    def _note_once(self, code: str, text: str, offset: int) -> None:
        if code not in self._noted:
            self._noted.add(code)
            self.note(code, text, offset)

    def _account(self, start: int, end: int) -> None:
        if self.spans is not None:
            self.spans.append((start, end))

    def where(  # noqa: PLR0913
        self,
        offset: int,
        *,
        group: str | None = None,
        message: str | None = None,
        segment: str | None = None,
        segment_index: int | None = None,
        element: int | None = None,
        component: int | None = None,
    ) -> Where:
        """A place inside this interchange."""
        return Where(
            interchange=self.interchange.control_number,
            group=group,
            message=message,
            segment=segment,
            segment_index=segment_index,
            element=element,
            component=component,
            offset=offset,
        )

    def note(  # noqa: PLR0913
        self,
        code: str,
        text: str,
        offset: int,
        *,
        segment: str | None = None,
        element: int | None = None,
        component: int | None = None,
        segment_index: int | None = None,
        message: Message | None = None,
        group: Group | None = None,
        value: str | None = None,
    ) -> None:
        """Attach a finding to the message, the group or, without either, the interchange."""
        holder: list[Finding] = self.interchange.findings
        if message is not None:
            holder, group = message.findings, message.group
        elif group is not None:
            holder = group.findings
        where = self.where(
            offset,
            group=group.control_number if group is not None and group.header else None,
            message=message.control_number if message is not None else None,
            segment=segment,
            segment_index=segment_index,
            element=element,
            component=component,
        )
        if len(holder) >= _FINDINGS_KEPT:
            self.interchange.findings_omitted += 1
            return
        holder.append(finding(code, self.standard, text, where, value=value))


def text(segment: Segment, element: int, component: int = 1) -> str:
    """One element or component of an envelope segment, without blanks around it; empty where it is absent."""
    if element >= len(segment):
        return ""
    value = segment[element]
    return value.strip() if component == 1 and isinstance(value, str) else part(value, component)


def part(value: Element, component: int) -> str:
    """One component of an element; a simple element is its own first component."""
    if isinstance(value, str):
        return value.strip() if component == 1 else ""
    one = value[component - 1] if component <= len(value) else ""
    return one.strip() if isinstance(one, str) else part(one, 1)


def same_number(left: str, right: str) -> bool:
    """Whether two values of a numeric element are equal: leading zeros do not count (X12 type N0)."""
    if left == right:
        return True
    return left.isdecimal() and right.isdecimal() and int(left[:40]) == int(right[:40]) and max(len(left), len(right)) <= 40


def as_count(value: str) -> int | None:
    """A count of a trailer; None when it is no number."""
    return int(value) if value.isdecimal() and len(value) <= 18 else None


__all__ = ["EnvelopeReader", "as_count", "part", "same_number", "text"]
