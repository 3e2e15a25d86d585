"""Finds one segment after another in bytes: separators, release characters, lines wrapped inside segments, lost terminators.

Works on `bytes` and on a memory map alike, touches every byte once, and decides nothing about what a segment means.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from hub.edi.mapped import Buffer, run_end
from hub.edi.tree import Delimiters

_Match: TypeAlias = "Callable[[Buffer, int, int], re.Match[bytes] | None]"

# What may stand between segments: blanks, line ends, and the padding of block-oriented systems.
BETWEEN = b" \t\r\n\x0b\x0c\x00\x1a"
_SAMPLE = 65_536
# X12 segments that hold binary data of a given length.
_BINARY = (b"BIN", b"BDS")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCharacters:
    """The service characters of one interchange as bytes: a re-encoded character can take two or three."""

    segment: bytes
    element: bytes
    component: bytes
    repetition: bytes = b""
    release: bytes = b""
    decimal: str = "."

    @property
    def by_line(self) -> bool:
        """Whether a line end is the segment terminator."""
        return self.segment in {b"\n", b"\r\n"}

    def delimiters(self) -> Delimiters:
        """The same characters as text."""
        return _delimiters(self)


@lru_cache(maxsize=256)
def _delimiters(characters: ServiceCharacters) -> Delimiters:
    return Delimiters(
        segment=text_of(characters.segment),
        element=text_of(characters.element),
        component=text_of(characters.component),
        repetition=text_of(characters.repetition),
        release=text_of(characters.release),
        decimal=characters.decimal,
    )


def text_of(character: bytes) -> str:
    """One service character as text, whatever it was encoded in."""
    try:
        return character.decode("utf-8")
    except UnicodeDecodeError:
        return character.decode("iso8859-1")


@lru_cache(maxsize=256)
def _patterns(terminator: bytes, element: bytes) -> tuple[_Match, _Match]:
    """What stands between segments, and a line that begins like a segment."""
    skip = BETWEEN + (terminator if len(terminator) == 1 else b"")
    between = re.compile(b"[" + re.escape(skip) + b"]*")
    return between.match, re.compile(rb"[A-Z][A-Z0-9]{1,2}" + re.escape(element)).match


@dataclass(slots=True)
class Oddity:
    """What was out of the ordinary around one segment, as byte offsets; -1 where nothing was."""

    wrapped_at: int = -1
    lost_terminator_at: int = -1
    empty_at: int = -1
    is_unterminated: bool = False
    is_overlong: bool = False


@dataclass(slots=True)
class Piece:
    """One segment as it lies in the file: `content` without its terminator and without line ends inside it.

    `start` is its first byte, `stop` one past its last, `after` one past its terminator. Of a segment longer than the limit
    (`odd.is_overlong`) `content` is only the beginning.
    """

    start: int
    stop: int
    after: int
    content: bytes
    odd: Oddity | None = None


class Segments:
    """Walks the segments of one interchange; `origin` is where its lines begin to count."""

    def __init__(self, data: Buffer, characters: ServiceCharacters, *, origin: int, limit: int) -> None:
        self.data = data
        self.size = len(data)
        self.characters = characters
        self.terminator = b"\n" if characters.by_line else characters.segment
        self._by_line = characters.by_line
        self._width = len(self.terminator)
        self._release = characters.release[0] if len(characters.release) == 1 else -1
        self._limit = limit
        self._origin = origin
        self._blank_terminator = self.terminator in BETWEEN
        self._between, self._tag_line = _patterns(self.terminator, characters.element)
        self._found = -1
        self._found_from = 0
        self._widths: Counter[int] | None = None

    def following(self, position: int) -> Piece | None:
        """The segment at or after `position`; None where only separators are left."""
        data, terminator = self.data, self.terminator
        start = run_end(self._between, data, position)
        empty_at = -1
        if self._width > 1 or (start > position and not self._blank_terminator and data.find(terminator, position, start) >= 0):
            start, empty_at = self._empties(position, start)
        if start >= self.size:
            return None
        if data[start : start + 3] in _BINARY:
            binary = self._binary_piece(start, empty_at)
            if binary is not None:
                return binary
        if self._found_from <= start <= self._found:
            stop = self._found
        else:
            stop = data.find(terminator, start)
            if stop < 0 or (stop and data[stop - 1] == self._release):
                stop = self._unreleased(start, stop)
            self._found_from, self._found = start, stop
        if stop < self.size and stop - start <= self._limit:
            content = data[start:stop]
            if empty_at < 0 and b"\n" not in content and b"\r" not in content:
                return Piece(start, stop, stop + self._width, content)
        return self._odd_piece(start, stop, empty_at)

    def _binary_piece(self, start: int, empty_at: int) -> Piece | None:
        """A BIN or BDS whose data is as long as it says, terminators and line ends included; None where it is not (X12.6 3.5.3)."""
        element = re.escape(self.characters.element)
        head = re.match(rb"(?:BIN|BDS%b\w*)%b(\d{1,9})%b" % (element, element, element), self.data[start : start + 40])
        if head is None:
            return None
        stop = start + head.end() + int(head.group(1))
        if self.data[stop : stop + self._width] != self.terminator:
            return None
        odd = Oddity(empty_at=empty_at, is_overlong=stop - start > self._limit)
        content = bytes(self.data[start : start + 256 if odd.is_overlong else stop])
        return Piece(start, stop, stop + self._width, content, None if odd == _REGULAR else odd)

    def _odd_piece(self, start: int, stop: int, empty_at: int) -> Piece:
        odd = Oddity(empty_at=empty_at)
        after = stop + self._width
        if stop >= self.size:
            odd.is_unterminated = True
            stop = after = self._trimmed(start, self.size)
        if not self._by_line:
            odd.wrapped_at, odd.lost_terminator_at = self._lines(start, stop)
        if odd.lost_terminator_at >= 0:
            odd.is_unterminated = False
            stop, after = odd.lost_terminator_at, odd.lost_terminator_at + 1
        odd.is_overlong = stop - start > self._limit
        content = bytes(self.data[start : start + 256 if odd.is_overlong else stop])
        if b"\n" in content or b"\r" in content:
            content = content.replace(b"\r", b"").replace(b"\n", b"")
        return Piece(start, stop, after, content, None if odd == _REGULAR else odd)

    def _trimmed(self, start: int, stop: int) -> int:
        while stop > start:
            low = max(start, stop - _SAMPLE)
            rest = bytes(self.data[low:stop]).rstrip(BETWEEN)
            if rest:
                return low + len(rest)
            stop = low
        return stop

    def _empties(self, position: int, start: int) -> tuple[int, int]:
        """Skip terminators that end nothing: where the next segment begins, and where the first of them is (-1: none)."""
        terminator, data = self.terminator, self.data
        empty_at = data.find(terminator, position, start) if not self._blank_terminator else -1
        while self._width > 1 and data[start : start + self._width] == terminator:
            empty_at = start if empty_at < 0 else empty_at
            start = run_end(self._between, data, start + self._width)
        return start, empty_at

    def _unreleased(self, position: int, at: int) -> int:
        """The next terminator at or after `at` that is not released; the end of the data where none is."""
        while at >= 0 and self.is_released(at, position):
            at = self.data.find(self.terminator, at + 1)
        return at if at >= 0 else self.size

    def is_released(self, at: int, floor: int) -> bool:
        """Whether an odd number of release characters stands before `at`."""
        release = self.characters.release
        if not release or self.data[at - 1 : at] != release:
            return False
        run = at - 1
        while run > floor and self.data[run - 1 : run] == release:
            run -= 1
        return (at - run) % 2 == 1

    def _lines(self, start: int, stop: int) -> tuple[int, int]:
        """Where a line end lies inside the segment: the first of a wrap, and the one that stands for a lost terminator.

        A line end is a wrap unless the next line begins like a segment and the line is not as long as wrapped lines are.
        """
        wrapped_at = -1
        at = self._line_end(start, stop)
        while at >= 0:
            after = at
            while after < stop and self.data[after] in BETWEEN:
                after += 1
            if self._tag_line(self.data, after, after + 8) and not self._is_wrap_width(at):
                return wrapped_at, at
            wrapped_at = at if wrapped_at < 0 else wrapped_at
            at = self._line_end(max(after, at + 1), stop)
        return wrapped_at, -1

    def _line_end(self, start: int, stop: int) -> int:
        feed = self.data.find(b"\n", start, stop)
        carriage = self.data.find(b"\r", start, stop if feed < 0 else feed)
        return carriage if carriage >= 0 else feed

    def _is_wrap_width(self, line_end: int) -> bool:
        if self._widths is None:
            lines = bytes(self.data[self._origin : self._origin + _SAMPLE]).split(b"\n")
            self._widths = Counter(len(line.rstrip(b"\r")) for line in lines[:-1])
        begin = self.data.rfind(b"\n", self._origin, line_end) + 1
        width = line_end - max(begin, self._origin)
        return width == max(self._widths, default=-1) and self._widths[width] > 1


_REGULAR = Oddity()
