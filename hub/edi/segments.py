"""Finds one segment after another in bytes: separators, release characters, lines wrapped inside segments, lost terminators.

Works on `bytes` and on a memory map alike, touches every byte once, and decides nothing about what a segment means.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from mmap import mmap
from typing import TypeAlias

from hub.edi.tree import Delimiters

Buffer: TypeAlias = "bytes | mmap"

# What may stand between segments: blanks, line ends, and the padding of block-oriented systems.
BETWEEN = b" \t\r\n\x0b\x0c\x00\x1a"
_SAMPLE = 65_536


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
        return Delimiters(
            segment=text_of(self.segment),
            element=text_of(self.element),
            component=text_of(self.component),
            repetition=text_of(self.repetition),
            release=text_of(self.release),
            decimal=self.decimal,
        )


def text_of(character: bytes) -> str:
    """One service character as text, whatever it was encoded in."""
    try:
        return character.decode("utf-8")
    except UnicodeDecodeError:
        return character.decode("iso8859-1")


@dataclass(slots=True)
class Piece:
    """One segment as it lies in the file: `content` without its terminator and without line ends inside it.

    `start` is its first byte, `stop` one past its last, `after` one past its terminator. `whole` is False where the segment
    is longer than the limit: `content` is then only its beginning.
    """

    start: int
    stop: int
    after: int
    content: bytes
    terminated: bool = True
    wrapped_at: int = -1
    lost_terminator: bool = False
    empty_at: int = -1
    whole: bool = True


class Segments:
    """Walks the segments of one interchange; `origin` is where its lines begin to count."""

    def __init__(self, data: Buffer, characters: ServiceCharacters, *, origin: int, limit: int) -> None:
        self.data = data
        self.size = len(data)
        self.characters = characters
        self.terminator = b"\n" if characters.by_line else characters.segment
        self._limit = limit
        self._origin = origin
        skip = BETWEEN + (self.terminator if len(self.terminator) == 1 else b"")
        self._between = re.compile(b"[" + re.escape(skip) + b"]*")
        self._tag_line = re.compile(rb"[A-Z][A-Z0-9]{1,2}" + re.escape(characters.element))
        self._found = -1
        self._found_from = 0
        self._widths: Counter[int] | None = None

    def following(self, position: int) -> Piece | None:
        """The segment at or after `position`; None where only separators are left."""
        start, empty_at = self._skip(position)
        if start >= self.size:
            return None
        stop = self._terminator_from(start)
        terminated = stop <= self.size
        stop = stop if terminated else self._trimmed(start, self.size)
        wrapped_at, cut = (-1, -1) if self.characters.by_line else self._lines(start, stop)
        if cut >= 0:
            return self._piece(start, cut, cut + 1, empty_at, lost=True)
        after = stop + len(self.terminator) if terminated else stop
        piece = self._piece(start, stop, after, empty_at)
        piece.wrapped_at = wrapped_at
        piece.terminated = terminated
        return piece

    def _trimmed(self, start: int, stop: int) -> int:
        while stop > start:
            low = max(start, stop - _SAMPLE)
            rest = bytes(self.data[low:stop]).rstrip(BETWEEN)
            if rest:
                return low + len(rest)
            stop = low
        return stop

    def _piece(self, start: int, stop: int, after: int, empty_at: int, *, lost: bool = False) -> Piece:
        whole = stop - start <= self._limit
        content = bytes(self.data[start : stop if whole else start + 256])
        if b"\n" in content or b"\r" in content:
            content = content.replace(b"\r", b"").replace(b"\n", b"")
        return Piece(start, stop, after, content, lost_terminator=lost, empty_at=empty_at, whole=whole)

    def _skip(self, position: int) -> tuple[int, int]:
        empty_at = -1
        terminator = self.terminator
        while True:
            match = self._between.match(self.data, position)
            end = match.end() if match else position
            if terminator not in BETWEEN and empty_at < 0 and end > position:
                empty_at = self.data.find(terminator, position, end)
            if len(terminator) == 1 or self.data[end : end + len(terminator)] != terminator:
                return end, empty_at
            empty_at = end if empty_at < 0 else empty_at
            position = end + len(terminator)

    def _terminator_from(self, position: int) -> int:
        """Where the next unreleased terminator is; one past the end of the data where none is."""
        if self._found_from <= position <= self._found:
            return self._found
        release = self.characters.release
        at = self.data.find(self.terminator, position)
        while at >= 0 and release and self.is_released(at, position):
            at = self.data.find(self.terminator, at + 1)
        self._found = at if at >= 0 else self.size + 1
        self._found_from = position
        return self._found

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
            if self._tag_line.match(self.data, after) and not self._is_wrap_width(at):
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
