"""Cut a multipart body into its parts while it streams by (RFC 2046 5.1.1).

A part is exactly the bytes between its delimiters: the line end before a delimiter belongs to the delimiter, everything else
to the part. Lines may end in CRLF or LF. Nothing is decoded or mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from connectors.as2.mime.fields import MimeError, Value
from connectors.as2.source import TooLarge

MAX_PARTS = 50
MAX_DEPTH = 8
MAX_AROUND = 64 * 1024
_AFTER_DELIMITER = re.compile(rb"(--)?[ \t]{0,64}(\r?\n|\Z)")
_LOOK_AHEAD = 72


def boundary_of(content_type: Value) -> bytes:
    """The boundary parameter of a multipart type."""
    boundary = content_type.get("boundary")
    if not 0 < len(boundary) <= 200 or not boundary.isascii():
        raise MimeError("a multipart type without a usable boundary")
    return boundary.encode("ascii")


class Parts:
    """The parts of one multipart body, one after the other.

    `next_part` gives the pieces of the next part, None after the last one; a part must be read to its end before the next.
    """

    __slots__ = ("_at_start", "_buffer", "_closed", "_count", "_delimiter", "_ended", "_opened", "_pieces")

    def __init__(self, pieces: Iterable[bytes], boundary: bytes) -> None:
        self._pieces = iter(pieces)
        self._delimiter = b"--" + boundary
        self._buffer = b""
        self._ended = False
        self._at_start = True
        self._opened = False
        self._closed = False
        self._count = 0

    def next_part(self) -> Iterator[bytes] | None:
        """The next part; `MimeError` where the body ends without a closing delimiter."""
        if not self._opened:
            self._opened = True
            self._drop_preamble()
        if self._closed:
            return None
        self._count += 1
        if self._count > MAX_PARTS:
            raise MimeError(f"more than {MAX_PARTS} parts")
        return self._until_delimiter()

    def drain(self) -> None:
        """Read what follows the closing delimiter, which means nothing, to the end of the stream."""
        self._buffer = b""
        for _ in self._pieces:
            pass

    def _drop_preamble(self) -> None:
        dropped = 0
        for piece in self._until_delimiter():
            dropped += len(piece)
            if dropped > MAX_AROUND:
                raise MimeError("too much before the first part")

    def _until_delimiter(self) -> Iterator[bytes]:
        keep = len(self._delimiter) + 2
        search_from = 0
        while True:
            at = self._buffer.find(self._delimiter, search_from)
            if at >= 0:
                if len(self._buffer) - at - len(self._delimiter) < _LOOK_AHEAD and self._more():
                    continue
                end = self._take_delimiter(at)
                if end is None:
                    search_from = at + 1
                    continue
                yield end
                return
            if len(self._buffer) > keep and not self._ended:
                cut = len(self._buffer) - keep
                self._at_start = False
                piece, self._buffer = self._buffer[:cut], self._buffer[cut:]
                yield piece
            search_from = 0
            if not self._more():
                raise MimeError("no closing delimiter")

    def _more(self) -> bool:
        if self._ended:
            return False
        piece = next(self._pieces, None)
        if piece is None:
            self._ended = True
            return True
        self._buffer = self._buffer + piece if self._buffer else piece
        return True

    def _take_delimiter(self, at: int) -> bytes | None:
        """The bytes before the delimiter at `at`, which is taken out; None where it is none."""
        buffer = self._buffer
        starts_line = buffer[at - 1 : at] == b"\n" if at else self._at_start
        found = _AFTER_DELIMITER.match(buffer, at + len(self._delimiter)) if starts_line else None
        if found is None:
            return None
        self._closed = found.group(1) is not None
        end = at
        if end:
            end -= 2 if buffer[end - 2 : end] == b"\r\n" else 1
        self._buffer = buffer[found.end() :]
        self._at_start = True
        return buffer[:end]


def split_whole(data: bytes, boundary: bytes) -> list[bytes]:
    """The parts of a body that lies in memory: what `Parts` gives, at a fraction of the cost for a small message."""
    delimiter = b"--" + boundary
    parts: list[bytes] = []
    opened = -1
    at = data.find(delimiter)
    while at >= 0:
        found = _AFTER_DELIMITER.match(data, at + len(delimiter)) if not at or data[at - 1] == 0x0A else None
        if found is None:
            at = data.find(delimiter, at + 1)
            continue
        if opened >= 0:
            parts.append(data[opened : max(at - (2 if data[at - 2 : at] == b"\r\n" else 1), opened)])
            if len(parts) > MAX_PARTS:
                raise MimeError(f"more than {MAX_PARTS} parts")
        elif at > MAX_AROUND:
            raise MimeError("too much before the first part")
        if found.group(1) is not None:
            return parts
        opened = found.end()
        at = data.find(delimiter, opened)
    raise MimeError("no closing delimiter")


def gather(pieces: Iterable[bytes], limit: int) -> bytes:
    """All pieces joined; `TooLarge` beyond the limit."""
    parts, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise TooLarge(f"more than {limit} bytes")
        parts.append(piece)
    return b"".join(parts)
