"""Bytes that may be too many for memory: read at any place, or gathered piece by piece.

A `Source` is read, a `Spool` is filled and then gives a source. Up to `IN_MEMORY` bytes stay in memory, more go to a file that
only this user can read, in the folder the hub lends.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import Protocol

PIECE = 256 * 1024
IN_MEMORY = 1024 * 1024


class Source(Protocol):
    """A run of bytes with a known size."""

    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`; fewer at the end."""
        ...

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Every byte from `start` to `end`, at most `PIECE` at a time."""
        ...


class MemorySource:
    """A source in memory."""

    __slots__ = ("data", "size")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`."""
        return self.data[offset : offset + length]

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to `end`, in one piece where they are few."""
        stop = self.size if end is None else end
        if start == 0 and stop == self.size <= PIECE:
            yield self.data
            return
        for at in range(start, stop, PIECE):
            yield self.data[at : min(at + PIECE, stop)]


class FileSource:
    """A source in a file; for one thread. `close` lets the file go."""

    __slots__ = ("_file", "path", "size")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = FileIO(path, "rb")
        self.size = os.fstat(self._file.fileno()).st_size

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`."""
        self._file.seek(offset)
        return self._file.read(length)

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to `end`."""
        stop = self.size if end is None else end
        for at in range(start, stop, PIECE):
            yield self.read(at, min(PIECE, stop - at))

    def close(self) -> None:
        """Let the file go; may be called twice."""
        self._file.close()


class TooLarge(Exception):
    """More bytes than the limit allows."""


class Spool:
    """Gathers bytes: in memory first, beyond `in_memory` in a file under `folder`. `limit` raises `TooLarge`."""

    __slots__ = ("_fd", "_folder", "_in_memory", "_limit", "_pieces", "_source", "path", "size")

    def __init__(self, folder: Path | None = None, *, limit: int | None = None, in_memory: int = IN_MEMORY) -> None:
        self._folder = folder
        self._limit = limit
        self._in_memory = in_memory
        self._pieces: list[bytes] = []
        self._fd = -1
        self._source: FileSource | None = None
        self.path: Path | None = None
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Take more bytes."""
        self.size += len(piece)
        if self._limit is not None and self.size > self._limit:
            raise TooLarge(f"more than {self._limit} bytes")
        if self._fd >= 0:
            self._put(piece)
            return
        self._pieces.append(piece)
        if self.size > self._in_memory:
            self._to_file()

    def extend(self, pieces: Iterable[bytes]) -> Spool:
        """Take every piece."""
        for piece in pieces:
            self.write(piece)
        return self

    def source(self) -> MemorySource | FileSource:
        """What was gathered; nothing may be written after."""
        if self.path is None:
            return MemorySource(b"".join(self._pieces) if len(self._pieces) != 1 else self._pieces[0])
        self._let_go()
        if self._source is None:
            self._source = FileSource(self.path)
        return self._source

    def close(self) -> None:
        """Let every descriptor go; the file stays."""
        self._let_go()
        if self._source is not None:
            self._source.close()

    def discard(self) -> None:
        """Forget the bytes and remove the file."""
        self.close()
        self._pieces = []
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _put(self, piece: bytes) -> None:
        view = memoryview(piece)
        while view:
            view = view[os.write(self._fd, view) :]

    def _to_file(self) -> None:
        self._fd, name = tempfile.mkstemp(prefix="as2-", suffix=".part", dir=self._folder)
        self.path = Path(name)
        for piece in self._pieces:
            self._put(piece)
        self._pieces = []

    def _let_go(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
