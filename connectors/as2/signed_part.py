"""The frame of multipart/signed (RFC 1847, RFC 8551 3.5.3), as messages and MDNs both need it."""

from __future__ import annotations

import binascii

_SIGNATURE_HEAD = (
    "Content-Type: application/pkcs7-signature; name=smime.p7s; smime-type=signed-data\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; filename=smime.p7s\r\n\r\n"
)


def signed_type(boundary: str, micalg: str) -> str:
    """The Content-Type of the whole."""
    return f'multipart/signed; protocol="application/pkcs7-signature"; micalg={micalg}; boundary="{boundary}"'


def signature_part(boundary: str, signature: bytes) -> bytes:
    """Everything after the signed content, from the line end that belongs to the delimiter."""
    encoded = binascii.b2a_base64(signature, newline=False)
    lines = b"\r\n".join([encoded[at : at + 76] for at in range(0, len(encoded), 76)])
    return f"\r\n--{boundary}\r\n{_SIGNATURE_HEAD}".encode() + lines + f"\r\n\r\n--{boundary}--\r\n".encode()


def frame_size(boundary: str, signature_size: int) -> int:
    """How many octets the frame adds to the content, for a signature of that size."""
    return len(boundary) + 4 + len(signature_part(boundary, bytes(signature_size)))
