"""Answers that differ from one written before in their numbers and their moment only, filled in instead of written anew.

Most interchanges are right, and the 997 of one looks like the 997 of the one before. What is always the same comes from the
writer of answers itself: it writes one with marks in place of the numbers, and where the marks stand the numbers go. A mould is
kept only if it gives, for the numbers at hand, the very bytes that were written for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Key: TypeAlias = "tuple[tuple[str, ...], ...]"
"""Everything that decides what an answer looks like, but its values."""

_MOST = 2_000
"""Moulds that are kept: one for each partner and kind of message; whoever comes after them is written to as before."""


class Moulds:
    """The moulds of one kind of answer. `marks` are as many as an answer has values, and as long as those of fixed length."""

    def __init__(self, marks: tuple[str, ...]) -> None:
        self.marks = marks
        self._split = re.compile(f"({'|'.join(marks)})").split
        self._known: dict[Key, tuple[list[str], list[int]] | None] = {}

    def filled(self, key: Key, values: tuple[str, ...]) -> bytes | None:
        """The answer with these values; None where there is no mould."""
        mould = self._known.get(key)
        return _fill(mould, values) if mould is not None else None

    def learn(self, key: Key, values: tuple[str, ...], written: bytes, write_marked: Callable[[], bytes]) -> None:
        """Make the mould of an answer that was written with `values`; `write_marked` writes it with the marks."""
        if key in self._known or len(self._known) >= _MOST:
            return
        self._known[key] = None
        if any(mark in text for part in key for text in part for mark in self.marks):
            return
        pieces = self._split(write_marked().decode("iso8859-1"))
        mould = pieces, [self.marks.index(mark) for mark in pieces[1::2]]
        if _fill(mould, values) == written:
            self._known[key] = mould


def _fill(mould: tuple[list[str], list[int]], values: tuple[str, ...]) -> bytes:
    pieces, order = mould
    whole = pieces.copy()
    whole[1::2] = [values[place] for place in order]
    return "".join(whole).encode("iso8859-1")
