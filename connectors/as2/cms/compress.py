"""CompressedData (RFC 3274): written with zlib, read within a bound on size and on ratio."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from connectors.as2.asn1 import writer
from connectors.as2.asn1.reader import CONTEXT_0, INTEGER, OCTET_STRING, SEQUENCE, BerError
from connectors.as2.cms.algorithms import COMPRESSED_DATA, DATA, ZLIB, UnknownAlgorithm, read_identifier
from connectors.as2.cms.envelope import content_pieces, content_type
from connectors.as2.source import PIECE, Source, Spool

MAX_RATIO = 200
_RATIO_FREE = 4 * 1024 * 1024


class DecompressionFailed(Exception):
    """Not zlib, cut off, or larger than is allowed."""


def compress(pieces: Iterable[bytes], folder: Path | None = None) -> tuple[int, Iterator[bytes]]:
    """A CompressedData ContentInfo: its size, and its pieces. The compressed octets are spooled, as DER wants their number."""
    deflater = zlib.compressobj(6)
    spool = Spool(folder)
    for piece in pieces:
        if squeezed := deflater.compress(piece):
            spool.write(squeezed)
    spool.write(deflater.flush())
    opening = _opening(spool.size)
    return len(opening) + spool.size, _give(opening, spool)


def _opening(length: int) -> bytes:
    parts = [writer.header(OCTET_STRING, length)]
    inside = len(parts[0]) + length
    for before in (CONTEXT_0, writer.oid(DATA), SEQUENCE, writer.sequence(writer.oid(ZLIB)), writer.integer(0), SEQUENCE):
        parts.append(writer.header(before, inside) if isinstance(before, int) else before)
        inside += len(parts[-1])
    for last in (CONTEXT_0, writer.oid(COMPRESSED_DATA), SEQUENCE):
        parts.append(writer.header(last, inside) if isinstance(last, int) else last)
        inside += len(parts[-1])
    return b"".join(reversed(parts))


def _give(opening: bytes, spool: Spool) -> Iterator[bytes]:
    yield opening
    try:
        yield from spool.source().pieces()
    finally:
        spool.discard()


def decompress(source: Source, *, limit: int) -> Iterator[bytes]:
    """The content, at most `limit` octets of it and at most 200 times what came (beyond the first 4 MiB)."""
    dotted, cursor = content_type(source)
    if dotted != COMPRESSED_DATA:
        raise BerError(f"content type {dotted}, where compressed data belongs")
    body = cursor.enter(cursor.next(SEQUENCE))
    body.next(INTEGER)
    algorithm, _ = read_identifier(body)
    if algorithm != ZLIB:
        raise UnknownAlgorithm(f"compression {algorithm}")
    inner = body.enter(body.next(SEQUENCE))
    inner.oid()
    inner = inner.enter(inner.next(CONTEXT_0))
    content = inner.next(OCTET_STRING, OCTET_STRING | 0x20)
    return _inflate(content_pieces(inner, content), limit)


def _inflate(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    read = written = 0
    for piece in chain(pieces, (b"",)):
        read += len(piece)
        rest = piece
        while not inflater.eof:
            try:
                clear = inflater.decompress(rest, PIECE)
            except zlib.error:
                raise DecompressionFailed("the content is not what zlib wrote") from None
            if not clear:
                break
            rest = inflater.unconsumed_tail
            written += len(clear)
            _check(written, read, limit)
            yield clear
    if not inflater.eof:
        raise DecompressionFailed("the compressed content is cut off")


def _check(written: int, read: int, limit: int) -> None:
    if written > limit:
        raise DecompressionFailed(f"the content is larger than {limit} bytes")
    if written > _RATIO_FREE and written > read * MAX_RATIO:
        raise DecompressionFailed(f"the content is more than {MAX_RATIO} times its compressed size")
