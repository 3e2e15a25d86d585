"""Read and verify SignedData (RFC 5652 5) against pinned certificates.

Certificates that came along are kept as evidence and never trusted. What is compared, and in which order: the signature over
the signed attributes, then the digest those attributes carry with the digest of the content.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from connectors.as2 import certificates
from connectors.as2.asn1 import writer
from connectors.as2.asn1.reader import (
    BODY,
    CONTEXT_0,
    CONTEXT_1,
    INTEGER,
    LENGTH,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    START,
    TAG,
    UTC_TIME,
    BerError,
    Cursor,
    Element,
    decode_oid,
    walk,
    within,
)
from connectors.as2.certificates import Certificate, Identifier
from connectors.as2.cms import algorithms as names
from connectors.as2.cms.envelope import content_type
from connectors.as2.source import Source

MAX_SIGNERS = 8
MAX_CERTIFICATES = 20
_PKCS1V15 = padding.PKCS1v15()


class Signer(NamedTuple):
    """One SignerInfo. `attributes` are the signed attributes as they stand, tagged as a SET; empty where there are none.

    `digest` is what the content is digested with, `scheme` is `rsa_pkcs1v15` or `rsa_pss`, `scheme_digest` its own digest.
    """

    identifier: Identifier
    digest: str
    scheme: str
    scheme_digest: str
    padding: padding.AsymmetricPadding
    signature: bytes
    attributes: bytes
    message_digest: bytes


class SignedData(NamedTuple):
    """The signers; `content` is where encapsulated content lies in `source`, None when detached; `attached` where certificates are."""

    signers: tuple[Signer, ...]
    content: Element | None
    source: Source | bytes
    attached: Element | None

    def certificates(self) -> tuple[bytes, ...]:
        """The certificates that came along, as they stand; nothing rests on them."""
        if self.attached is None:
            return ()
        inner = walk(self.source).enter(self.attached)
        found: list[bytes] = []
        while (item := inner.peek()) is not None:
            inner.next()
            if len(found) >= MAX_CERTIFICATES:
                raise BerError(f"more than {MAX_CERTIFICATES} certificates")
            if item[TAG] == SEQUENCE:
                found.append(inner.raw(item))
        return tuple(found)


_DETACHED = writer.sequence(writer.oid(names.DATA))


def read_signed(source: Source | bytes) -> SignedData:
    """The signed data of a ContentInfo; `BerError` or `UnknownAlgorithm` where it cannot be understood."""
    return (_framed(source) if isinstance(source, bytes) else None) or _read(source)


def _read(source: Source | bytes) -> SignedData:
    dotted, outer = content_type(source)
    if dotted != names.SIGNED_DATA:
        raise BerError(f"content type {dotted}, where signed data belongs")
    body = outer.enter(outer.next(SEQUENCE))
    body.next(INTEGER)
    body.next(SET)
    encapsulated = body.next(SEQUENCE)
    content = None
    if body.raw(encapsulated) != _DETACHED:
        inner = body.enter(encapsulated)
        inner.oid()
        if (tagged := inner.optional(CONTEXT_0)) is not None:
            inner = inner.enter(tagged)
            content = inner.next(OCTET_STRING, OCTET_STRING | 0x20)
    certificates = body.optional(CONTEXT_0)
    body.optional(CONTEXT_1)
    read = _read_signers(body.enter(body.next(SET)))
    if isinstance(source, bytes) and content is None and len(read) == 1:
        _remember(source, read[0], certificates)
    return SignedData(tuple([signer for signer, _, _ in read]), content, source, certificates)


class _Frame(NamedTuple):
    """What the signatures of one partner have in common: all but the content of the signed attributes, and the octets signed.

    `before` and `between` are what stands before and after the attributes' content of `size` octets, headers included: signatures
    that agree in both, and in length, are cut into their elements at the same places.
    """

    before: bytes
    size: int
    between: bytes
    header: bytes
    signer: Signer
    attached: Element | None


_FRAMES: dict[tuple[int, bytes], _Frame] = {}
_MOST_FRAMES, _LARGEST_FRAME = 256, 16 * 1024
#: where serial number and issuer of the first certificate stand, by which a frame is looked up
_MARK = slice(64, 192)


def _remember(data: bytes, read: _Read, attached: Element | None) -> None:
    """Keep the frame of a signature in DER that ends with the octets signed."""
    signer, attributes, octets = read
    if attributes is None or attributes[LENGTH] < 0 or octets[TAG] != OCTET_STRING or len(data) > _LARGEST_FRAME:
        return
    start, end = attributes[BODY], attributes[BODY] + attributes[LENGTH]
    if octets[BODY] + octets[LENGTH] != len(data):
        return
    if len(_FRAMES) >= _MOST_FRAMES:
        _FRAMES.clear()
    header = b"\x31" + data[attributes[START] + 1 : start]
    _FRAMES[len(data), data[_MARK]] = _Frame(data[:start], end - start, data[end : octets[BODY]], header, signer, attached)


def _framed(data: bytes) -> SignedData | None:
    """The same as `_read` for a signature in a frame we know; None for any other, and for attributes that are wrong."""
    frame = _FRAMES.get((len(data), data[_MARK]))
    if frame is None or not data.startswith(frame.before):
        return None
    start = len(frame.before)
    end = start + frame.size
    octets = end + len(frame.between)
    if data[end:octets] != frame.between:
        return None
    content = data[start:end]
    attributes = frame.header + content
    try:
        message_digest = _plain_digest(content) or _read_message_digest(within(attributes, len(frame.header), 1))
    except BerError:
        return None
    identifier, digest, scheme, scheme_digest, how, *_ = frame.signer
    signer = Signer(identifier, digest, scheme, scheme_digest, how, data[octets:], attributes, message_digest)
    return SignedData((signer,), None, data, frame.attached)


#: a signer, and where its signed attributes and the octets of its signature stand
_Read: TypeAlias = tuple[Signer, Element | None, Element]


def _read_signers(cursor: Cursor) -> list[_Read]:
    found: list[_Read] = []
    while (item := cursor.optional(SEQUENCE)) is not None:
        if len(found) >= MAX_SIGNERS:
            raise BerError(f"more than {MAX_SIGNERS} signers")
        found.append(_read_signer(cursor.enter(item)))
    return found


def _read_signer(cursor: Cursor) -> _Read:
    cursor.next(INTEGER)
    identifier = certificates.read_identifier(cursor)
    digest = names.digest_for(names.read_identifier(cursor)[0])
    attributes, message_digest = b"", b""
    if (tagged := cursor.optional(CONTEXT_0)) is not None:
        attributes = b"\x31" + cursor.raw(tagged)[1:]
        message_digest = _read_message_digest(cursor.enter(tagged))
    scheme, how, scheme_digest = _read_scheme(cursor, digest)
    octets = cursor.next(OCTET_STRING, OCTET_STRING | 0x20)
    signature = cursor.value(octets)
    return Signer(identifier, digest, scheme, scheme_digest, how, signature, attributes, message_digest), tagged, octets


def _read_scheme(cursor: Cursor, digest: str) -> tuple[str, padding.AsymmetricPadding, str]:
    dotted, parameters = names.read_identifier(cursor)
    if dotted == names.RSA:
        return "rsa_pkcs1v15", _PKCS1V15, digest
    if dotted in names.SIGNATURE_DIGESTS:
        return "rsa_pkcs1v15", _PKCS1V15, names.SIGNATURE_DIGESTS[dotted]
    if dotted == names.RSA_PSS:
        how, scheme_digest = names.read_pss(parameters, digest)
        return "rsa_pss", how, scheme_digest
    raise names.UnknownAlgorithm(f"signature {dotted}")


def _read_message_digest(cursor: Cursor) -> bytes:
    """The one value of the message digest attribute; the content type attribute must say `data` (RFC 5652 11.1, 11.2)."""
    found: dict[str, bytes] = {}
    while (item := cursor.optional(SEQUENCE)) is not None:
        name, value = _attribute(cursor, item)
        if not name:
            continue
        if name in found:
            raise BerError(f"the signed attribute {name} stands twice")
        found[name] = value
    cursor.finish()
    if names.MESSAGE_DIGEST not in found:
        raise BerError("signed attributes without a message digest")
    if names.CONTENT_TYPE not in found:
        raise BerError("signed attributes without a content type")
    if decode_oid(found[names.CONTENT_TYPE]) != names.DATA:
        raise BerError("the signed content type is not data")
    return found[names.MESSAGE_DIGEST]


_IS_DATA = writer.sequence(writer.oid(names.CONTENT_TYPE), writer.element(SET, writer.oid(names.DATA)))
#: how a message digest attribute begins in DER, for each length of digest; 17 octets, then the digest
_DIGEST_HEADS = {
    writer.sequence(writer.oid(names.MESSAGE_DIGEST), writer.element(SET, writer.octet_string(bytes(size))))[:17]: size + 17
    for size in (16, 20, 28, 32, 48, 64)
}


_TIME_SIZE = 13
#: how attributes begin that are content type, signing time and message digest, in DER, up to the time
_BEFORE_TIME = (
    _IS_DATA
    + writer.sequence(writer.oid(names.SIGNING_TIME), writer.element(SET, writer.element(UTC_TIME, bytes(_TIME_SIZE))))[
        :-_TIME_SIZE
    ]
)


def _plain_digest(content: bytes) -> bytes:
    """The message digest of attributes that are just those three, as nearly all are; empty for any other."""
    at = len(_BEFORE_TIME) + _TIME_SIZE
    is_plain = content.startswith(_BEFORE_TIME) and _DIGEST_HEADS.get(content[at : at + 17]) == len(content) - at
    return content[at + 17 :] if is_plain else b""


def _attribute(cursor: Cursor, item: Element) -> tuple[str, bytes]:
    """Name and value of an attribute we look at, "" for any other. What is written in DER, as nearly always, is compared whole."""
    raw = cursor.raw(item)
    if raw == _IS_DATA:
        return names.CONTENT_TYPE, raw[-9:]
    if _DIGEST_HEADS.get(raw[:17]) == len(raw):
        return names.MESSAGE_DIGEST, raw[17:]
    attribute = cursor.enter(item)
    dotted = attribute.oid()
    if dotted not in {names.MESSAGE_DIGEST, names.CONTENT_TYPE}:
        return "", b""
    values = attribute.enter(attribute.next(SET))
    value = values.next(OCTET_STRING, OID)
    values.finish()
    return dotted, values.value(value)


def has_valid_signature(signer: Signer, certificate: Certificate, content_digest: bytes) -> bool:
    """Whether the key of `certificate` made the signature.

    With signed attributes it covers those, and the digest they carry must be compared too; without, it covers the content itself.
    The attributes are taken as they stand first, and in DER, which is what must be signed, where they stand otherwise.
    """
    key, padding_ = certificate.public_key, signer.padding
    if not signer.attributes:
        return _verifies(
            lambda: key.verify(signer.signature, content_digest, padding_, Prehashed(names.hash_for(signer.digest)))
        )
    algorithm = names.hash_for(signer.scheme_digest)
    if _verifies(lambda: key.verify(signer.signature, signer.attributes, padding_, algorithm)):
        return True
    cursor = walk(signer.attributes)
    canonical = writer.as_der(cursor, cursor.next(SET))
    return canonical != signer.attributes and _verifies(lambda: key.verify(signer.signature, canonical, padding_, algorithm))


def _verifies(check: Callable[[], None]) -> bool:
    try:
        check()
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def verify_content(signer: Signer, certificate: Certificate, digests: Callable[[str], Iterable[bytes]]) -> int | None:
    """Which of the candidate digests the signer signed, as an index; None where none fits.

    `digests` gives the candidates for the signer's digest algorithm: the exact bytes first, then the documented fall-backs.
    """
    for place, digest in enumerate(digests(signer.digest)):
        if signer.attributes:
            holds = hmac.compare_digest(signer.message_digest, digest)
        else:
            holds = has_valid_signature(signer, certificate, digest)
        if holds:
            return place
    return None
