"""Write DER (X.690 10): every function returns the complete encoding of one element."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from connectors.as2.asn1.reader import (
    GENERALIZED_TIME,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    TAG,
    UTC_TIME,
    Cursor,
    Element,
    context,
    is_constructed,
)

NULL_VALUE = b"\x05\x00"


def header(tag: int, length: int) -> bytes:
    """Identifier and length octets of an element with `length` octets of content."""
    if length < 0x80:
        return bytes((tag, length))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets


def element(tag: int, *content: bytes) -> bytes:
    """One element with that content."""
    joined = b"".join(content)
    return header(tag, len(joined)) + joined


def sequence(*members: bytes) -> bytes:
    """A SEQUENCE of complete elements."""
    return element(SEQUENCE, *members)


def set_of(*members: bytes, tag: int = SET) -> bytes:
    """A SET OF, its members in DER order (X.690 11.6)."""
    return element(tag, *sorted(members))


def explicit(number: int, content: bytes) -> bytes:
    """An EXPLICIT context-specific tag around one element."""
    return element(context(number), content)


def integer(value: int) -> bytes:
    """An INTEGER in the fewest octets."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octet_string(value: bytes, tag: int = OCTET_STRING) -> bytes:
    """A primitive OCTET STRING."""
    return element(tag, value)


@lru_cache(maxsize=256)
def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    content = bytearray()
    for number in (40 * first + second, *rest):
        septets = [number & 0x7F]
        while number := number >> 7:
            septets.append(number & 0x7F | 0x80)
        content += bytes(reversed(septets))
    return element(OID, bytes(content))


def time(at: datetime) -> bytes:
    """UTCTime up to 2049, GeneralizedTime after (RFC 5652 11.3); `at` is aware, UTC, and loses its fraction."""
    if at.year < 2050:
        return element(UTC_TIME, at.strftime("%y%m%d%H%M%SZ").encode())
    return element(GENERALIZED_TIME, at.strftime("%Y%m%d%H%M%SZ").encode())


_STRINGS = frozenset({0x24, 0x2C, 0x33, 0x36, 0x3E})


def as_der(cursor: Cursor, item: Element, tag: int | None = None) -> bytes:
    """The same value in DER: definite lengths, strings in one piece, the members of every SET in order.

    `tag` replaces the outermost identifier octet, as the digest of signed attributes needs (RFC 5652 5.4).
    """
    own = item[TAG] if tag is None else tag
    if not is_constructed(item):
        return element(own, cursor.value(item))
    if item[TAG] in _STRINGS:
        return element(own & ~0x20, _joined(cursor, item))
    inner, members = cursor.enter(item), []
    while (member := inner.peek()) is not None:
        inner.next()
        members.append(as_der(inner, member))
    return element(own, *(sorted(members) if own == SET else members))


def _joined(cursor: Cursor, item: Element) -> bytes:
    inner, parts = cursor.enter(item), []
    while (part := inner.peek()) is not None:
        inner.next()
        parts.append(_joined(inner, part) if is_constructed(part) else inner.value(part))
    return b"".join(parts)
