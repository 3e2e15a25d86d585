"""Content transfer encodings (RFC 2045 6), decoded while the content streams by."""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Iterator

from connectors.as2.mime.fields import MimeError

_IDENTITY = frozenset({"", "7bit", "8bit", "binary"})
_WHITE = b" \t\r\n"
_MAX_LINE = 64 * 1024


def is_identity(encoding: str) -> bool:
    """Whether the content stands as it is."""
    return encoding.strip().lower() in _IDENTITY


def decode(encoding: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content behind a Content-Transfer-Encoding; `MimeError` where that is unknown or does not hold."""
    name = encoding.strip().lower()
    if name in _IDENTITY:
        return iter(pieces)
    if name == "base64":
        return _base64(pieces)
    if name == "quoted-printable":
        return _quoted_printable(pieces)
    raise MimeError("an unknown content transfer encoding")


def decode_whole(encoding: str, data: bytes) -> bytes:
    """The same for content that is in memory."""
    name = encoding.strip().lower()
    if name == "base64":
        return _a2b(data.translate(None, _WHITE))
    return b"".join(decode(encoding, (data,)))


def _base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        data = rest + piece.translate(None, _WHITE)
        whole = len(data) - len(data) % 4
        if b"=" in data[:whole]:
            whole = 0
        rest = data[whole:]
        if len(rest) > _MAX_LINE and b"=" in rest[:-4]:
            raise MimeError("base64 goes on after its end")
        if whole:
            yield _a2b(data[:whole])
    if rest:
        yield _a2b(rest)


def _a2b(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data, strict_mode=True)
    except binascii.Error:
        raise MimeError("this is not base64") from None


def _quoted_printable(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        data = rest + piece
        end = data.rfind(b"\n") + 1
        rest = data[end:]
        if len(rest) > _MAX_LINE:
            raise MimeError("a quoted-printable line without end")
        if end:
            yield binascii.a2b_qp(data[:end])
    if rest:
        yield binascii.a2b_qp(rest)
