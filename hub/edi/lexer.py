"""Reads one message from its header on: the quick way where its layout is regular, else segment by segment.

A regular message is found and split in a few C calls; any doubt (a line end inside, an indentation, an envelope tag in the
middle) sends it the slow way. Both ways give the same values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from hub.edi.charset import Decoder
from hub.edi.limits import Limits
from hub.edi.segments import BETWEEN, Oddity, Piece, Segments
from hub.edi.split import Splitter
from hub.edi.tree import Segment

# By trailer searched for: from where, and where the next one is. Shared by the interchanges of a file, so that a file of
# headers without trailers is searched once and not once for each header.
Finds: TypeAlias = "dict[bytes, tuple[int, int]]"

_WINDOW = 1_000_000


@dataclass(slots=True)
class Lexed:
    """One message as it lies in the file, from `start` to `after`.

    `closing` is where its trailer begins, or where it should stand; `cut` is where the file ended inside a segment, -1 where it
    did not. Beyond the limits `segments` holds the header and, if `closed`, the trailer, and `text` is empty.
    """

    start: int
    closing: int
    stop: int
    after: int
    count: int
    segments: list[Segment]
    text: str = ""
    codec: str = "ascii"
    closed: bool = True
    complete: bool = True
    overlong: bool = False
    cut: int = -1
    starts: list[int] = field(default_factory=list)
    odd: Oddity | None = None
    tags: list[str] = field(default_factory=list)


@lru_cache(maxsize=8)
def _vocabulary(tags: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str], tuple[bytes, ...]]:
    """The tags of an envelope, those that make a message irregular, and what a segment of the envelope begins with."""
    return frozenset(tags), frozenset({*tags, "BIN", "BDS"}), tuple(tag.encode() for tag in (*tags, "UNA"))


class Lexer:
    """Reads the messages of one interchange; `ends` says whether an envelope segment in the middle of one ends it."""

    def __init__(  # noqa: PLR0913
        self,
        segments: Segments,
        splitter: Splitter,
        decoder: Decoder,
        *,
        limits: Limits,
        gap: bytes | None,
        message_tags: tuple[str, str],
        envelope_tags: tuple[str, ...],
        tag_of: Callable[[Piece], str],
        ends: Callable[[str, Piece], bool],
        finds: Finds,
    ) -> None:
        self._segments = segments
        self._splitter = splitter
        self._decoder = decoder
        self._limits = limits
        self._gap = gap
        opening_tag, self._closing_tag = message_tags
        self._tags, self._irregular, self._prefixes = _vocabulary(envelope_tags)
        self._tag_of = tag_of
        self._ends = ends
        characters = segments.characters
        self._stop = characters.segment + (gap or b"")
        self._needle = self._stop + self._closing_tag.encode() + characters.element
        header = opening_tag.encode() + characters.element
        self._opening = None if gap is None else gap + header
        self._opening_width = len(header)
        self._finds = finds
        self._distrust = -1

    def next(self, position: int) -> Lexed | None:
        """The regular message right at `position`; None where something else, or an irregular one, stands there."""
        opening = self._opening
        if opening is None or self._segments.data[position : position + len(opening)] != opening:
            return None
        return self._quick(position + len(opening) - self._opening_width)

    def message(self, first: Piece) -> Lexed:
        """The message that `first` opens."""
        return (self._quick(first.start) if first.odd is None else None) or self._slow(first)

    # -- the quick way -----------------------------------------------------------------------------------------------

    def _quick(self, start: int) -> Lexed | None:
        if self._gap is None or start < self._distrust or not self._limits.quick_bytes:
            return None
        data, characters = self._segments.data, self._segments.characters
        searched, closing = self._finds.get(self._needle, (0, -1))
        if not searched <= start <= closing:
            closing = self._find_closing(start)
            self._finds[self._needle] = (start, closing)
        end = data.find(characters.segment, closing, closing + 200) if closing < self._segments.size else -1
        if end < 0:
            self._distrust = self._segments.size
            return None
        end += len(characters.segment)
        lexed = None
        if end - start <= self._limits.quick_bytes or self._fits(start, end):
            text = self._decoder.decode(data[start:end], start)
            self._splitter.use(self._decoder.codec)
            segments, tags = self._splitter.regular(text) or ([], [])
            if segments and len(segments) <= self._limits.message_segments and self._tags_fine(tags[1:-1]):
                return Lexed(start, closing, end, end, len(segments), segments, text, self._decoder.codec, tags=tags)
        else:
            lexed = self._counted(start, closing, end)
        if lexed is None:
            self._distrust = end
        return lexed

    def _find_closing(self, start: int) -> int:
        """Where the trailer stands behind an unreleased terminator, at or after `start`; the end of the data where none does."""
        data, needle = self._segments.data, self._needle
        at = data.find(needle, start)
        while at >= 0 and self._segments.is_released(at, start):
            at = data.find(needle, at + 1)
        return self._segments.size if at < 0 else at + len(self._stop)

    def _fits(self, start: int, end: int) -> bool:
        """Whether a long message stays within the limits."""
        limits, characters = self._limits, self._segments.characters
        if end - start > limits.message_bytes:
            return False
        chunk = bytes(self._segments.data[start:end])
        if len(chunk) > limits.segment_bytes and max(map(len, chunk.split(characters.segment))) > limits.segment_bytes:
            return False
        few = chunk.count(characters.segment) <= limits.message_segments
        return few and self._elements(chunk) <= limits.message_elements

    def _elements(self, chunk: bytes) -> int:
        characters = self._segments.characters
        return chunk.count(characters.element) + (chunk.count(characters.component) if characters.component else 0)

    def _tags_fine(self, inner: list[str]) -> bool:
        tags = set(inner)
        return not tags or ("" not in tags and tags.isdisjoint(self._irregular) and "".join(tags).isalnum())

    def _counted(self, start: int, closing: int, end: int) -> Lexed | None:
        """Count the segments of a message beyond the limits, a window at a time; None where its layout is not regular."""
        data, stop = self._segments.data, self._stop
        count, place = 0, start
        header: Segment = []
        segments: list[Segment] = []
        while place < end:
            cut = end
            if end - place > _WINDOW:
                cut = data.rfind(stop, place, place + _WINDOW)
                while cut > place and self._segments.is_released(cut, place):
                    cut = data.rfind(stop, place, cut)
                if cut <= place:
                    return None
                cut += len(self._segments.terminator)
            text = self._decoder.decode(data[place:cut], place)
            self._splitter.use(self._decoder.codec)
            segments, tags = self._splitter.regular(text) or ([], [])
            inner = slice(1 if place == start else 0, -1 if cut == end else None)
            if not segments or not self._tags_fine(tags[inner]):
                return None
            header = header or segments[0]
            count += len(segments)
            place = cut + (len(stop) - len(self._segments.terminator) if cut < end else 0)
        assert segments
        return Lexed(start, closing, end, end, count, [header, segments[-1]], codec=self._decoder.codec, complete=False)

    # -- the slow way ------------------------------------------------------------------------------------------------

    def _slow(self, first: Piece) -> Lexed:
        limits = self._limits
        following, prefixes = self._segments.following, self._prefixes
        lexed = Lexed(first.start, first.after, first.stop, first.after, 1, [], closed=False)
        pieces: list[Piece] = [first]
        elements = 0
        trailer: Piece | None = None
        piece: Piece | None = first
        while piece is not None:
            if piece.odd is not None:
                self._odd(lexed, piece)
                if piece.odd.is_unterminated:
                    break
            piece = following(lexed.after)
            if piece is None:
                break
            if piece.content.startswith(prefixes) or piece.content[:1] <= b" ":
                tag = self._tag_of(piece)
                if tag == self._closing_tag:
                    trailer = piece
                elif tag in self._tags and self._ends(tag, piece):
                    break
            lexed.count += 1
            lexed.stop, lexed.after = piece.stop, piece.after
            elements += self._elements(piece.content)
            if pieces:
                pieces.append(piece)
            is_long = lexed.count > limits.message_segments or lexed.after - lexed.start > limits.message_bytes
            if is_long or elements > limits.message_elements:
                pieces.clear()
            if trailer is not None:
                if piece.odd is not None:
                    self._odd(lexed, piece)
                break
        return self._finished(lexed, pieces, first, trailer)

    def _odd(self, lexed: Lexed, piece: Piece) -> None:
        odd = piece.odd
        assert odd is not None
        if odd.is_unterminated:
            lexed.cut = piece.start
        lexed.overlong = lexed.overlong or odd.is_overlong
        first = lexed.odd = lexed.odd or Oddity()
        first.wrapped_at = odd.wrapped_at if first.wrapped_at < 0 else first.wrapped_at
        first.empty_at = odd.empty_at if first.empty_at < 0 else first.empty_at
        first.lost_terminator_at = odd.lost_terminator_at if first.lost_terminator_at < 0 else first.lost_terminator_at

    def _finished(self, lexed: Lexed, pieces: list[Piece], first: Piece, trailer: Piece | None) -> Lexed:
        decoder, splitter = self._decoder, self._splitter
        lexed.closed = trailer is not None
        lexed.closing = trailer.start if trailer is not None else lexed.after
        lexed.complete = len(pieces) == lexed.count and not lexed.overlong
        if lexed.complete:
            chunk = bytes(self._segments.data[lexed.start : lexed.after])
            lexed.text = decoder.decode(chunk, lexed.start)
            lexed.starts = [piece.start for piece in pieces]
        else:
            pieces = [first] if trailer is None else [first, trailer]
            decoder.decode(b"".join(piece.content for piece in pieces), lexed.start)
        lexed.codec = decoder.codec
        splitter.use(decoder.codec)
        lexed.segments = [splitter.split(piece.content.decode(decoder.codec, "replace")) for piece in pieces]
        return lexed


def regular_gap(rest: bytes) -> bytes | None:
    """What stands between the header's terminator and the next tag, if it is nothing or one line end; None otherwise."""
    gap = rest[: len(rest) - len(rest.lstrip(BETWEEN))]
    return gap if gap in {b"", b"\n", b"\r\n", b"\r"} else None
