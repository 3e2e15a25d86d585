"""Read EnvelopedData (RFC 5652 6) and AuthEnvelopedData (RFC 5083) without touching the content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from connectors.as2 import certificates
from connectors.as2.asn1 import writer
from connectors.as2.asn1.reader import (
    BODY,
    CONTEXT_0,
    CONTEXT_0_PRIMITIVE,
    CONTEXT_1,
    INTEGER,
    LENGTH,
    OCTET_STRING,
    SEQUENCE,
    SET,
    TAG,
    BerError,
    Cursor,
    Element,
    walk,
    within,
)
from connectors.as2.certificates import Identifier
from connectors.as2.cms.algorithms import (
    AUTH_ENVELOPED_DATA,
    CIPHERS_BY_OID,
    DATA,
    ENVELOPED_DATA,
    SIGNED_DATA,
    UNSUPPORTED_CIPHERS,
    CipherKind,
    UnknownAlgorithm,
    read_identifier,
)
from connectors.as2.source import PIECE, MemorySource, Source

MAX_RECIPIENTS = 32


class Recipient(NamedTuple):
    """For whom the content key is encrypted, how, and the encrypted key (KeyTransRecipientInfo)."""

    identifier: Identifier
    algorithm: str
    parameters: bytes
    encrypted_key: bytes


class Envelope(NamedTuple):
    """An encrypted content: who can open it, the cipher with its nonce, and where the octets are.

    `mac` is the tag of an authenticated cipher, `associated` what the tag covers beside the content.
    """

    recipients: tuple[Recipient, ...]
    cipher: CipherKind
    nonce: bytes
    cursor: Cursor
    content: Element
    mac: bytes = b""
    associated: bytes = b""

    def pieces(self) -> Iterator[bytes]:
        """The encrypted octets, in pieces of about 256 KiB however they were cut."""
        return content_pieces(self.cursor, self.content)


def content_pieces(cursor: Cursor, content: Element) -> Iterator[bytes]:
    """The octets of a string, small pieces joined and large ones cut."""
    waiting: list[bytes] = []
    size = 0
    for start, length in cursor.runs(content):
        if length >= PIECE:
            if waiting:
                yield b"".join(waiting)
                waiting, size = [], 0
            yield from cursor.source.pieces(start, start + length)
            continue
        waiting.append(cursor.source.read(start, length))
        size += length
        if size >= PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def content_type(source: Source | bytes) -> tuple[str, Cursor]:
    """What a ContentInfo holds, and a cursor at it (RFC 5652 3)."""
    data = source if isinstance(source, bytes) else source.data if isinstance(source, MemorySource) else b""
    if (known := _opening(data)) is not None:
        return known, within(data, _OPENING, 2)
    outer = walk(source)
    info = outer.enter(outer.next(SEQUENCE))
    dotted = info.oid()
    return dotted, info.enter(info.next(CONTEXT_0))


#: the object identifiers of nine octets, as they stand behind the header of a ContentInfo in DER
_KINDS = {writer.oid(dotted): dotted for dotted in (SIGNED_DATA, ENVELOPED_DATA)}
_OPENING = 19


def _opening(data: bytes) -> str | None:
    """What a small ContentInfo in DER holds: both its headers have four octets, and both end where the data does."""
    size = len(data)
    if size < _OPENING or data[:2] != b"\x30\x82" or data[15:17] != b"\xa0\x82":
        return None
    if (data[2] << 8 | data[3]) != size - 4 or (data[17] << 8 | data[18]) != size - _OPENING:
        return None
    return _KINDS.get(data[4:15])


def read_envelope(source: Source) -> Envelope:
    """The envelope in a ContentInfo; `BerError` or `UnknownAlgorithm` where it cannot be understood."""
    return (_addressed(source) if isinstance(source, MemorySource) else None) or _read(source)


def _read(source: Source) -> Envelope:
    dotted, cursor = content_type(source)
    if dotted not in {ENVELOPED_DATA, AUTH_ENVELOPED_DATA}:
        raise BerError(f"content type {dotted}, where enveloped data belongs")
    body = cursor.enter(cursor.next(SEQUENCE))
    body.next(INTEGER)
    body.optional(CONTEXT_0)
    addressees = body.next(SET)
    recipients = _read_recipients(body.enter(addressees))
    if isinstance(source, MemorySource):
        _remember(source.data, body.enter(addressees), recipients)
    encrypted = body.enter(body.next(SEQUENCE))
    encrypted.oid()
    cipher, nonce, tag_length = _read_cipher(encrypted)
    content = encrypted.next(CONTEXT_0_PRIMITIVE, CONTEXT_0)
    if dotted == ENVELOPED_DATA:
        if cipher.is_authenticated:
            raise UnknownAlgorithm(f"{cipher.name} in enveloped data")
        return Envelope(recipients, cipher, nonce, encrypted, content)
    if not cipher.is_authenticated:
        raise UnknownAlgorithm(f"{cipher.name} in authenticated-enveloped data")
    associated = b""
    if (attributes := body.optional(CONTEXT_1)) is not None:
        associated = writer.as_der(body, attributes, SET)
    mac = body.value(body.next(OCTET_STRING, OCTET_STRING | 0x20))
    if len(mac) != tag_length:
        raise BerError(f"a tag of {len(mac)} octets, where {tag_length} were announced")
    return Envelope(recipients, cipher, nonce, encrypted, content, mac, associated)


class _Address(NamedTuple):
    """How envelopes begin that one partner makes for one certificate of ours: from the version to the encrypted key of `size` octets.

    Envelopes in DER that begin alike, and whose outer lengths end where the data does, are cut into their elements at the same places.
    """

    before: bytes
    size: int
    recipient: Recipient


_ADDRESSES: dict[bytes, _Address] = {}
_MOST_ADDRESSES = 256
_VERSION = _OPENING + 4
#: where most of the issuer's name stands, by which an address is looked up
_MARK = slice(_VERSION, _VERSION + 64)
_DATA = writer.oid(DATA)


def _remember(data: bytes, cursor: Cursor, recipients: tuple[Recipient, ...]) -> None:
    """Keep how an envelope for one recipient begins."""
    try:
        fields = cursor.enter(cursor.next(SEQUENCE))
        cursor.finish()
        for _ in range(3):
            fields.next()
        key = fields.next(OCTET_STRING)
        fields.finish()
    except BerError:
        return
    if len(_ADDRESSES) >= _MOST_ADDRESSES:
        _ADDRESSES.clear()
    _ADDRESSES[data[_MARK]] = _Address(data[_VERSION : key[BODY]], key[LENGTH], recipients[0])


def _addressed(source: MemorySource) -> Envelope | None:
    """The same as `_read` for an envelope in DER, of AES-CBC, that begins as one before; None for any other."""
    data, size = source.data, source.size
    known = _ADDRESSES.get(data[_MARK])
    if known is None or not data.startswith(known.before, _VERSION) or _opening(data) != ENVELOPED_DATA:
        return None
    key = _VERSION + len(known.before)
    rest = key + known.size
    vector, content = rest + 30, rest + 46
    if content + 4 > size or not (_fills(data, _OPENING, 0x30) and _fills(data, rest, 0x30) and _fills(data, content, 0x80)):
        return None
    cipher = _CBC_HEADS.get(data[rest + 15 : vector])
    if cipher is None or data[rest + 4 : rest + 15] != _DATA:
        return None
    identifier, algorithm, parameters, _ = known.recipient
    recipient = Recipient(identifier, algorithm, parameters, data[key:rest])
    return Envelope((recipient,), cipher, data[vector:content], walk(source), (0x80, content, content + 4, size - content - 4))


def _fills(data: bytes, at: int, tag: int) -> bool:
    """Whether an element with a header of four octets stands there and ends where the data does."""
    return data[at] == tag and data[at + 1] == 0x82 and (data[at + 2] << 8 | data[at + 3]) == len(data) - at - 4


def _read_recipients(cursor: Cursor) -> tuple[Recipient, ...]:
    found: list[Recipient] = []
    count = 0
    while (item := cursor.peek()) is not None:
        cursor.next()
        count += 1
        if count > MAX_RECIPIENTS:
            raise BerError(f"more than {MAX_RECIPIENTS} recipients")
        if item[TAG] == SEQUENCE:
            found.append(_read_recipient(cursor.enter(item)))
    return tuple(found)


def _read_recipient(cursor: Cursor) -> Recipient:
    cursor.next(INTEGER)
    identifier = certificates.read_identifier(cursor)
    algorithm, parameters = read_identifier(cursor)
    encrypted_key = cursor.value(cursor.next(OCTET_STRING, OCTET_STRING | 0x20))
    return Recipient(identifier, algorithm, parameters, encrypted_key)


#: how the AlgorithmIdentifier of AES-CBC begins in DER; 15 octets, then the initialisation vector
_CBC_HEADS = {
    writer.sequence(writer.oid(kind.oid), writer.octet_string(bytes(16)))[:15]: kind
    for kind in CIPHERS_BY_OID.values()
    if kind.block == 16 and not kind.is_authenticated
}


def _read_cipher(cursor: Cursor) -> tuple[CipherKind, bytes, int]:
    """The cipher, its nonce or initialisation vector, and the length of its tag (0 without one)."""
    ahead = cursor.peek()
    raw = cursor.raw(ahead) if ahead is not None else b""
    if len(raw) == 31 and (known := _CBC_HEADS.get(raw[:15])) is not None:
        cursor.next(SEQUENCE)
        return known, raw[15:], 0
    dotted, parameters = read_identifier(cursor)
    cipher = CIPHERS_BY_OID.get(dotted)
    if cipher is None:
        raise UnknownAlgorithm(UNSUPPORTED_CIPHERS.get(dotted, f"cipher {dotted}"))
    inner = walk(parameters)
    if not cipher.is_authenticated:
        vector = inner.value(inner.next(OCTET_STRING))
        if len(vector) != cipher.block:
            raise BerError(f"an initialisation vector of {len(vector)} octets for {cipher.name}")
        return cipher, vector, 0
    inner = inner.enter(inner.next(SEQUENCE))
    nonce = inner.value(inner.next(OCTET_STRING))
    tag_length = inner.integer() if inner.peek() is not None else 12
    if not 8 <= len(nonce) <= 128 or not 12 <= tag_length <= 16:
        raise BerError(f"{cipher.name} with a nonce of {len(nonce)} and a tag of {tag_length} octets")
    return cipher, nonce, tag_length
