"""One interchange, read message by message: what X12 and EDIFACT envelopes have in common.

A message that looks regular is found and split in a few C calls; any doubt (a line end inside, an indentation, an envelope tag in
the middle, a release character before a separator) sends it the slow way, segment by segment. Both ways give the same values.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from hub.edi.catalogue_envelope import finding
from hub.edi.charset import Decoder
from hub.edi.delimiters import Header
from hub.edi.findings import Finding, Where
from hub.edi.limits import Limits
from hub.edi.segments import BETWEEN, Buffer, Piece, Segments
from hub.edi.tree import Element, Event, Group, GroupEnd, Interchange, InterchangeEnd, Message, Segment, Standard

_FAST_BYTES = 1_000_000
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

    def __init__(self, data: Buffer, header: Header, limits: Limits, *, index: int, declared: str) -> None:
        self.data = data
        self.limits = limits
        self.header = header
        self.characters = header.characters
        self.index = index
        self.end = header.after
        self.decoder = Decoder(declared)
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
        self._message_start = self.message_tags[0].encode()
        self._envelope_tags = frozenset((*self.message_tags, *self.group_tags, self.trailer_tag, self.start_tag))
        self._closing = self.message_tags[1].encode() + self.characters.element
        self._gap = self._regular_gap()
        self._closing_at = -1
        self._distrust = -1

    # -- what the two syntaxes do differently -------------------------------------------------------------------------

    @abstractmethod
    def split(self, text: str) -> Segment:
        """One segment's text into its elements."""

    @abstractmethod
    def split_message(self, text: str) -> list[Segment] | None:
        """A regular message's text into its segments; None when it is not regular."""

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
            quick = self._quick_message(position) if self.group is not None else None
            if quick is not None:
                self._stray = False
                yield quick
                position = self.end
                continue
            piece = self.segments.following(position)
            if piece is None:
                yield from self._finish(None, position)
                return
            self._lines(piece)
            tag = self._tag(piece)
            if tag == self.message_tags[0]:
                yield from self._message(piece)
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
        if not piece.terminated:
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
            if not trailer.terminated:
                self.note("EDI-143", f"{self.trailer_tag} has no segment terminator", trailer.start, segment=self.trailer_tag)
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

    def _quick_message(self, position: int) -> Message | None:
        """The message that begins right at `position`, if it is regular from its first byte to its last."""
        data = self.data
        gap = self._gap
        if gap is None or position < self._distrust:
            return None
        start = position + len(gap) if gap and data[position : position + len(gap)] == gap else position
        if data[start : start + len(self._message_start) + 1] != self._message_start + self.characters.element[:1]:
            return None
        closing = self._closing_at
        if closing < start:
            closing = self._closing_at = self._find_closing(start)
        terminator = self.characters.segment
        end = data.find(terminator, closing, closing + 200) if closing < len(data) else -1
        if end < 0:
            self._distrust = len(data)
            return None
        end += len(terminator)
        if end - start > _FAST_BYTES:
            return None
        text = self.decoder.decode(data[start:end], start)
        segments = self.split_message(text)
        if segments is None or len(segments) > self.limits.message_segments:
            self._distrust = end
            return None
        self.end = end
        self._account(start, end)
        return self._built(segments, text, start, closing, closed=True, count=len(segments))

    def _find_closing(self, start: int) -> int:
        """Where SE or UNT stands behind an unreleased terminator, at or after `start`; the end of the data where none does."""
        needle = self.characters.segment + (self._gap or b"") + self._closing
        at = self.data.find(needle, start)
        while at >= 0 and self.segments.is_released(at, start):
            at = self.data.find(needle, at + 1)
        return len(self.data) if at < 0 else at + len(needle) - len(self._closing)

    def _message(self, first: Piece) -> Iterator[Event]:
        """A message walked segment by segment, up to its trailer or whatever envelope segment comes instead."""
        if self.group is None:
            self.group = self.implicit_group()
            yield self.group
        self._stray = False
        pieces: list[Piece] = [first]
        count, stop, piece, size = 1, first.stop, first, 0
        after, trailer, following = first.after, None, None
        limits = self.limits
        overlong = not first.whole
        while piece.terminated:
            following = self.segments.following(after)
            if following is None:
                break
            tag = self._tag(following)
            if tag in self._envelope_tags and tag != self.message_tags[1] and self._ends_message(tag, following):
                break
            piece = following
            self._lines(piece)
            count += 1
            stop, after, size = piece.stop, piece.after, size + piece.stop - piece.start
            overlong = overlong or not piece.whole
            if count <= limits.message_segments and size <= limits.message_bytes and not overlong:
                pieces.append(piece)
            elif len(pieces) > 1:
                pieces = [first]
            if tag == self.message_tags[1]:
                trailer = piece
                break
        self.end = after
        complete = len(pieces) == count
        self._account(first.start, stop)
        text = self.decoder.decode(self._slice(first.start, after), first.start) if complete else ""
        codec = self.decoder.codec if complete else self.decoder.declared
        kept = pieces if complete else [first, *([trailer] if trailer else [])]
        segments = [self.split(one.content.decode(codec, "replace")) for one in kept]
        closing = trailer.start if trailer else after
        message = self._built(segments, text, first.start, closing, closed=trailer is not None, count=count)
        message.complete = complete
        if complete:
            message.starts = [piece.start for piece in pieces]
        else:
            self._too_long(message, count, overlong=overlong)
        if not piece.terminated and trailer is None:
            self.note("EDI-145", "the file ends inside a segment", piece.start, message=message)
        yield message

    def _slice(self, start: int, end: int) -> bytes:
        return bytes(self.data[start:end])

    def _ends_message(self, tag: str, piece: Piece) -> bool:
        return tag != self.start_tag or self.begins_interchange(piece)

    def _too_long(self, message: Message, count: int, *, overlong: bool) -> None:
        if overlong:
            text = f"a segment is longer than {self.limits.segment_bytes:,} bytes; the message was counted, not read"
            self.note("EDI-178", text, message.offset, message=message)
        else:
            text = f"{count:,} segments, more than one message may hold; they were counted, not read"
            self.note("EDI-177", text, message.offset, message=message, value=str(count))

    def _built(self, segments: list[Segment], text: str, start: int, closing: int, *, closed: bool, count: int) -> Message:
        group = self.group
        assert group is not None
        message = Message(
            interchange=self.interchange,
            group=group,
            type="",
            version="",
            control_number="",
            segments=segments,
            raw=text,
            offset=start,
            index=self.index,
            segment_count=count,
            codec=self.decoder.codec,
        )
        self.index += 1
        self.messages += 1
        group.message_count += 1
        self.interchange.segment_count += count
        self.message_header(message)
        number = message.control_number
        if number in self._seen:
            self.note("EDI-179", f"message control number {number!r} occurs again", start, message=message, value=number)
        elif len(self._seen) < _REMEMBERED:
            self._seen.add(number)
        self.check_message(message, segments[-1] if closed else None, closing)
        return message

    # -- small things ------------------------------------------------------------------------------------------------

    def _regular_gap(self) -> bytes | None:
        """What stands between a terminator and the next tag, if it is nothing or one line end; None otherwise."""
        after = self.header.after
        rest = bytes(self.data[after : after + 64])
        gap = rest[: len(rest) - len(rest.lstrip(BETWEEN))]
        return gap if gap in {b"", b"\n", b"\r\n", b"\r"} else None

    def _tag(self, piece: Piece) -> str:
        tag = piece.content[:64].partition(self.characters.element)[0]
        return tag.decode("iso8859-1").strip()

    def segment_of(self, piece: Piece) -> Segment:
        """The elements of one segment outside messages."""
        return self.split(self.decoder.decode(piece.content, piece.start))

    def remember_group(self, number: str) -> None:
        """Keep a group's control number, to tell a second use of it."""
        if len(self.group_seen) < _REMEMBERED:
            self.group_seen.add(number)

    def _lines(self, piece: Piece) -> None:
        if piece.empty_at >= 0:
            self._note_once("EDI-144", "an empty segment", piece.empty_at)
        if piece.wrapped_at >= 0:
            self._note_once("EDI-141", "a line ends inside a segment; the line end was taken out", piece.wrapped_at)
        if piece.lost_terminator:
            self._note_once("EDI-142", "a segment terminator is missing; the line end was taken for it", piece.stop)

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
        )
        if len(holder) >= _FINDINGS_KEPT:
            self.interchange.findings_omitted += 1
            return
        holder.append(finding(code, self.standard, text, where, value=value))


def text(segment: Segment, element: int, component: int = 1) -> str:
    """One element or component of an envelope segment, without blanks around it; empty where it is absent."""
    if element >= len(segment):
        return ""
    return part(segment[element], component)


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


__all__ = ["EnvelopeReader", "InterchangeEnd", "as_count", "part", "same_number", "text"]
