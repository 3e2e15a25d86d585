"""An HTTP message as one run of bytes: header fields, a blank line, the body. What is stored before the first byte leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.as2.mime.fields import MimeError, parse_head, read_head


def head_bytes(headers: Mapping[str, str]) -> bytes:
    """The header fields and the blank line."""
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()]).encode("latin-1") + b"\r\n"


def join(headers: Mapping[str, str], body: bytes) -> bytes:
    """The whole message."""
    return head_bytes(headers) + body


def split(data: bytes) -> tuple[dict[str, str], bytes]:
    """Header fields, named as they stand, and body; `MimeError` where the bytes are no such message."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        raise MimeError("no blank line ends the header fields")
    return as_written(data[: end + 4]), data[end + 4 :]


def as_written(raw: bytes) -> dict[str, str]:
    """The header fields of a block we wrote ourselves, their names as they stand."""
    parse_head(raw)
    fields = (line.partition(": ") for line in raw.decode("latin-1").split("\r\n") if line)
    return {name: value for name, _, value in fields}


def split_pieces(pieces: Iterator[bytes]) -> tuple[dict[str, str], int, Iterator[bytes]]:
    """The same for what is too large for memory: header fields, how many octets they took, and the body."""
    head, rest = read_head(pieces)
    return as_written(head.raw), len(head.raw), rest
