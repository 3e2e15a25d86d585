"""A file mapped for reading that is searched from end to end without becoming this process's memory.

Pages that were looked at count as the process's own until they are given back; the system keeps them at hand all the same.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Callable, Iterator
from re import Match, Pattern
from typing import TypeAlias

Buffer: TypeAlias = "bytes | mmap.mmap"

WINDOW = 1 << 20
"""Bytes that are searched in one go, and about as many that stay in memory."""
_OVERLAP = 16
_find, _rfind = mmap.mmap.find, mmap.mmap.rfind


class Mapped(mmap.mmap):
    """A read-only map that gives its pages back behind `find` and `rfind`; made like any other map."""

    _passed = 0

    def find(self, sub: bytes, start: int = 0, end: int = sys.maxsize) -> int:  # type: ignore[override]
        """The lowest place of `sub`, which holds at least a byte, in the part from `start` to `end`; -1 where it is not."""
        stop = min(end, len(self))
        while True:
            cut = min(start + WINDOW, stop)
            found = _find(self, sub, start, cut)
            self.passed((cut if found < 0 else found) - start)
            if found >= 0 or cut >= stop:
                return found
            start = cut - len(sub) + 1

    def rfind(self, sub: bytes, start: int = 0, end: int = sys.maxsize) -> int:  # type: ignore[override]
        """The highest place of `sub` in the part from `start` to `end`; -1 where it is not."""
        found = _rfind(self, sub, start, end)
        self.passed(min(end, len(self)) - start)
        return found

    def passed(self, length: int) -> None:
        """Note that so many bytes were looked at; every `WINDOW` of them all pages are given back."""
        self._passed += length
        if self._passed >= WINDOW:
            self._passed = 0
            let_go(self)


def let_go(data: Buffer) -> None:
    """Give the pages of a mapped file back; what is read of it next is fetched again."""
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED)


def run_end(match: Callable[[Buffer, int, int], Match[bytes] | None], data: Buffer, position: int) -> int:
    """Where a run of bytes from `position` on ends, which `match` takes however short a part of it it sees."""
    while True:
        found = match(data, position, position + WINDOW)
        end = found.end() if found is not None else position
        if end < position + WINDOW:
            return end
        let_go(data)
        position = end


def matches(pattern: Pattern[bytes], data: Buffer, position: int) -> Iterator[Match[bytes]]:
    """Every match of a pattern of a few bytes from `position` on; one that lies where two windows meet may come twice."""
    for start in range(position, len(data), WINDOW):
        yield from pattern.finditer(data, start, start + WINDOW + _OVERLAP)
        let_go(data)
