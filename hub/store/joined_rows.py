"""The statements of one exchange with PostgreSQL, and rows for one table that wait beside one another as one statement."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MOST_ROWS = 8
"""Rows of one statement: each number of them is one more statement that a connection keeps prepared."""

_PLACE = re.compile(rb"\$\d+")


@dataclass(slots=True)
class Statement:
    """One statement as the server takes it; `told` is given its answer."""

    text: bytes
    values: list[bytes | None]
    formats: list[int]
    told: Callable[[Any], None] | None
    is_row: bool = False
    """Whether it inserts one row, its values in the order of its columns."""


def joined(statements: list[Statement]) -> list[Statement]:
    """The same rows in fewer statements. Nothing is moved past a statement that is not itself a row for some table."""
    found: list[Statement] = []
    beside: dict[bytes, list[Statement]] = {}
    for each in statements:
        if each.is_row:
            beside.setdefault(each.text, []).append(each)
            continue
        if beside:
            found += _rows_of(beside)
            beside = {}
        found.append(each)
    return found + _rows_of(beside) if beside else found


def _rows_of(beside: dict[bytes, list[Statement]]) -> list[Statement]:
    found: list[Statement] = []
    for text, rows in beside.items():
        for first in range(0, len(rows), MOST_ROWS):
            some = rows[first : first + MOST_ROWS]
            if len(some) == 1:
                found.append(some[0])
                continue
            values = [value for row in some for value in row.values]
            formats = [form for row in some for form in row.formats]
            found.append(Statement(_for_rows(text, len(some)), values, formats, None))
    return found


@lru_cache(maxsize=512)
def _for_rows(text: bytes, count: int) -> bytes:
    """A statement that inserts one row, for several of them."""
    head, between, row = text.rpartition(b" VALUES ")
    # the places of one row are $1 to $n, in their order
    parts = _PLACE.split(row)
    size = len(parts) - 1
    rows = (
        b"".join(part + b"$%d" % (row_of * size + place) for place, part in enumerate(parts[:-1], 1)) + parts[-1]
        for row_of in range(count)
    )
    return head + between + b", ".join(rows)
