"""Write EnvelopedData and AuthEnvelopedData in DER while the content streams through (RFC 5652 6, RFC 5083, RFC 5084)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from connectors.as2.asn1 import writer
from connectors.as2.asn1.reader import CONTEXT_0, CONTEXT_0_PRIMITIVE, SEQUENCE
from connectors.as2.certificates import Certificate
from connectors.as2.cms import algorithms as names
from connectors.as2.cms.decrypt import block_cipher

_TAG = 16


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A ContentInfo to be: its size in octets is known before the first piece is read."""

    size: int
    pieces: Iterator[bytes]


def encrypt(
    pieces: Iterable[bytes], size: int, *, recipient: Certificate, cipher: str, key_transport: str = "rsa_pkcs1v15"
) -> Encrypted:
    """`size` octets of content, encrypted for one certificate.

    `cipher` is a name of `algorithms.CIPHERS`; `key_transport` is `rsa_pkcs1v15`, or `rsa_oaep_` and a digest.
    """
    kind = names.CIPHERS[cipher]
    key = os.urandom(kind.key)
    nonce = os.urandom(12 if kind.is_authenticated else kind.block)
    recipients = writer.set_of(_recipient_info(recipient, key, key_transport))
    if kind.is_authenticated:
        parameters = writer.sequence(writer.octet_string(nonce), writer.integer(_TAG))
        length, after = size, _TAG + 2
    else:
        parameters = writer.octet_string(nonce)
        length, after = size + kind.block - size % kind.block, 0
    algorithm = writer.sequence(writer.oid(kind.oid), parameters)
    opening = _opening(kind, recipients, algorithm, length, after)
    stream = _authenticated if kind.is_authenticated else _blocks
    return Encrypted(len(opening) + length + after, stream(opening, pieces, kind, key, nonce))


def _opening(kind: names.CipherKind, recipients: bytes, algorithm: bytes, length: int, after: int) -> bytes:
    """Everything before the encrypted octets, every length counted from the inside out."""
    parts = [
        writer.header(CONTEXT_0_PRIMITIVE, length),
        algorithm,
        writer.oid(names.DATA),
    ]
    inside = sum(map(len, parts)) + length
    parts += [writer.header(SEQUENCE, inside), recipients, writer.integer(0)]
    inside = sum(map(len, parts)) + length + after
    parts.append(writer.header(SEQUENCE, inside))
    inside += len(parts[-1])
    parts.append(writer.header(CONTEXT_0, inside))
    inside += len(parts[-1])
    parts.append(writer.oid(names.AUTH_ENVELOPED_DATA if kind.is_authenticated else names.ENVELOPED_DATA))
    inside += len(parts[-1])
    parts.append(writer.header(SEQUENCE, inside))
    return b"".join(reversed(parts))


def _recipient_info(recipient: Certificate, key: bytes, key_transport: str) -> bytes:
    if key_transport == "rsa_pkcs1v15":
        identifier, how = names.RSA_IDENTIFIER, padding.PKCS1v15()
        encrypted = recipient.public_key.encrypt(key, how)
    else:
        digest = key_transport.removeprefix("rsa_oaep_")
        identifier = names.oaep_identifier(digest)
        algorithm = names.hash_for(digest)
        encrypted = recipient.public_key.encrypt(key, padding.OAEP(padding.MGF1(algorithm), algorithm, None))
    return writer.sequence(
        writer.integer(0),
        recipient.identity,
        identifier,
        writer.octet_string(encrypted),
    )


def _blocks(opening: bytes, pieces: Iterable[bytes], kind: names.CipherKind, key: bytes, vector: bytes) -> Iterator[bytes]:
    stream = block_cipher(kind, key, vector).encryptor()
    padder = PKCS7(kind.block * 8).padder()
    yield opening
    rest = b""
    for piece in pieces:
        data = rest + piece if rest else piece
        whole = len(data) - len(data) % kind.block
        yield stream.update(data[:whole] if whole != len(data) else data)
        rest = data[whole:]
    yield stream.update(padder.update(rest) + padder.finalize()) + stream.finalize()


def _authenticated(
    opening: bytes, pieces: Iterable[bytes], kind: names.CipherKind, key: bytes, nonce: bytes
) -> Iterator[bytes]:
    del kind
    stream = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
    yield opening
    for piece in pieces:
        yield stream.update(piece)
    yield stream.finalize() + writer.octet_string(stream.tag)
