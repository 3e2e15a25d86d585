"""Many small values in little memory: tuples, added one by one and read from front to back, compressed by the block."""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterator
from typing import Any

SIZE = 512
"""Values that are compressed together: enough for their likeness to pay, few enough to be opened at once."""


class Blocks:
    """A list of tuples of plain values (text, bytes, numbers, None, lists and dicts of them)."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._last: list[tuple[Any, ...]] = []

    def append(self, values: tuple[Any, ...]) -> None:
        """Add a value behind the others."""
        if len(self._last) == SIZE:
            self._blocks.append(zlib.compress(marshal.dumps(self._last), 1))
            self._last = []
        self._last.append(values)

    def __len__(self) -> int:
        return len(self._blocks) * SIZE + len(self._last)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for block in self._blocks:
            yield from marshal.loads(zlib.decompress(block))  # noqa: S302 - our own bytes, made a moment ago
        yield from self._last
