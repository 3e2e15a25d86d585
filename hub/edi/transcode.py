"""Files that are not written one byte per character, or not in ASCII's order: UTF-16 and EBCDIC, turned into what the reader takes."""

from __future__ import annotations

from hub.edi.mapped import Buffer
from hub.errors import InputError

_MOST = 100_000_000
# The first letters of ISA, UNA, UNB and UNH as code page 037 has them.
_EBCDIC = tuple(tag.encode("cp037") for tag in ("ISA", "UNA", "UNB", "UNH"))
# Byte for byte; its own line end, NEL, becomes a line feed.
_TO_LATIN = bytes(range(256)).decode("cp037").replace("\x85", "\n").encode("iso8859-1")


def transcoded(data: Buffer) -> tuple[Buffer, str]:
    """The data as the reader takes it, and the name of what it was; an empty name where nothing had to be done.

    Offsets of findings then count in the converted text (EBCDIC: unchanged). Raises `InputError` for a file too large to convert.
    """
    start = bytes(data[:8])
    codec = _utf16(start)
    if codec is None and not start.startswith(_EBCDIC):
        return data, ""
    if len(data) > _MOST:
        raise InputError(
            f"the file is {codec or 'EBCDIC'} and larger than {_MOST // 1_000_000} MB",
            "convert it to UTF-8 first",
            code="EDI-005",
        )
    whole = bytes(data)
    if codec is None:
        return whole.translate(_TO_LATIN), "EBCDIC"
    return whole.decode(codec, "replace").lstrip("\ufeff").encode("utf-8"), codec.upper()


def _utf16(start: bytes) -> str | None:
    if start.startswith(b"\xff\xfe") or (start[1:2] == b"\x00" and start[3:4] == b"\x00" and start[:1] in (b"I", b"U")):
        return "utf-16-le"
    if start.startswith(b"\xfe\xff") or (start[:1] == b"\x00" and start[2:3] == b"\x00" and start[1:2] in (b"I", b"U")):
        return "utf-16-be"
    return None
