"""The frame of multipart/signed (RFC 1847, RFC 8551 3.5.3), as messages and MDNs both need it."""

from __future__ import annotations

import binascii
from functools import lru_cache

_OCTETS = 57
"""Octets in a line of base64."""
_SIGNATURE_HEAD = (
    b"\r\nContent-Type: application/pkcs7-signature; name=smime.p7s; smime-type=signed-data\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename=smime.p7s\r\n"
)


def signed_type(boundary: str, micalg: str) -> str:
    """The Content-Type of the whole."""
    return f'multipart/signed; protocol="application/pkcs7-signature"; micalg={micalg}; boundary="{boundary}"'


def signature_part(boundary: str, signature: bytes) -> bytes:
    """Everything after the signed content, from the line end that belongs to the delimiter."""
    # what stands before the signed attributes, our certificate above all, is the same in every message
    fixed = len(signature) // 2 // _OCTETS * _OCTETS
    lines = _fixed_lines(signature[:fixed]) + _lines(signature[fixed:])
    return b"".join((b"\r\n--", edge := boundary.encode(), _SIGNATURE_HEAD, lines, b"\r\n\r\n--", edge, b"--\r\n"))


def _lines(octets: bytes) -> bytes:
    """Base64 in lines of 76 characters; a CRLF between them, and before the first."""
    encoded = binascii.b2a_base64(octets, newline=False)
    return b"".join([b"\r\n" + encoded[at : at + 76] for at in range(0, len(encoded), 76)])


_fixed_lines = lru_cache(maxsize=32)(_lines)


def frame_size(boundary: str, signature_size: int) -> int:
    """How many octets the frame adds to the content, for a signature of that size."""
    return len(boundary) + 4 + len(signature_part(boundary, bytes(signature_size)))
