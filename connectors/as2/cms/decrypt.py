"""Open an envelope with our private keys.

Every failure looks the same from outside, and takes the same road: an encrypted key that does not unwrap is replaced by a random
one (RFC 3218 2.3.2), so that a wrong padding of the key shows no sooner and no otherwise than a wrong padding of the content.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import AEADDecryptionContext, Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from connectors.as2.asn1.reader import BODY, LENGTH, is_constructed
from connectors.as2.certificates import KeyPair
from connectors.as2.cms.algorithms import RSA, RSA_OAEP, CipherKind, UnknownAlgorithm, read_oaep
from connectors.as2.cms.envelope import Envelope, Recipient
from connectors.as2.source import PIECE

_PKCS1V15 = padding.PKCS1v15()
_PADDINGS = {octets: PKCS7(octets * 8) for octets in (8, 16)}


class DecryptionFailed(Exception):
    """The content could not be opened. One text for every cause, so that nobody learns from it."""

    def __init__(self) -> None:
        super().__init__("the content could not be decrypted")


class NotForUs(DecryptionFailed):
    """None of the recipients is one of our certificates; whom it was encrypted for, our operator alone is told."""

    def __init__(self, serials: tuple[str, ...]) -> None:
        super().__init__()
        self.serials = serials


def choose(envelope: Envelope, keys: Sequence[KeyPair]) -> tuple[Recipient, KeyPair]:
    """The recipient entry that names one of our certificates, with its key."""
    certificates = [own.certificate for own in keys]
    for recipient in envelope.recipients:
        own = recipient.identifier.find(certificates)
        if own is not None:
            return recipient, keys[certificates.index(own)]
    raise NotForUs(tuple(f"{recipient.identifier.serial or 0:x}" for recipient in envelope.recipients))


def key_transport(recipient: Recipient) -> tuple[str, padding.AsymmetricPadding]:
    """How the content key is encrypted: `rsa_pkcs1v15` or `rsa_oaep_<digest>`, and the padding as received."""
    if recipient.algorithm == RSA:
        return "rsa_pkcs1v15", _PKCS1V15
    if recipient.algorithm == RSA_OAEP:
        oaep, digest = read_oaep(recipient.parameters)
        return f"rsa_oaep_{digest}", oaep
    raise UnknownAlgorithm(f"key encryption {recipient.algorithm}")


def decrypt(envelope: Envelope, recipient: Recipient, own: KeyPair) -> Iterator[bytes]:
    """The decrypted content, piece by piece; `DecryptionFailed` may come as late as after the last piece.

    Nothing may be done with a piece that cannot be undone before the iteration has ended.
    """
    content_key = _unwrap(recipient, own, envelope.cipher)
    if envelope.cipher.is_authenticated:
        return _open_authenticated(envelope, content_key)
    if not is_constructed(envelope.content) and envelope.content[LENGTH] <= PIECE:
        return _open_whole(envelope, content_key)
    return _open_blocks(envelope, content_key)


def _unwrap(recipient: Recipient, own: KeyPair, cipher: CipherKind) -> bytes:
    substitute = os.urandom(cipher.key)
    _, how = key_transport(recipient)
    try:
        found = own.key.decrypt(recipient.encrypted_key, how)
    except ValueError:
        return substitute
    return found if len(found) == cipher.key else substitute


def block_cipher(cipher: CipherKind, key: bytes, vector: bytes) -> Cipher[modes.CBC]:
    """The CBC cipher of that kind; triple DES only ever runs for a partner with a dated exception."""
    if cipher.name == "3des_cbc":
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

        return Cipher(TripleDES(key), modes.CBC(vector))
    return Cipher(algorithms.AES(key), modes.CBC(vector))


def _open_whole(envelope: Envelope, key: bytes) -> Iterator[bytes]:
    """The same as `_open_blocks` for a small content in one run; its padding too is looked at last, when the rest was judged."""
    context: CipherContext = block_cipher(envelope.cipher, key, envelope.nonce).decryptor()
    block = envelope.cipher.block
    clear = context.update(envelope.cursor.source.read(envelope.content[BODY], envelope.content[LENGTH]))
    yield clear[:-block]
    unpadder = _PADDINGS[block].unpadder()
    try:
        context.finalize()
        last = unpadder.update(clear[-block:]) + unpadder.finalize()
    except ValueError:
        raise DecryptionFailed from None
    yield last


def _open_blocks(envelope: Envelope, key: bytes) -> Iterator[bytes]:
    context: CipherContext = block_cipher(envelope.cipher, key, envelope.nonce).decryptor()
    block = envelope.cipher.block
    kept = b""
    for piece in envelope.pieces():
        clear = context.update(piece)
        if not clear:
            continue
        if kept:
            clear = kept + clear
        if len(clear) > block:
            yield clear[:-block]
        kept = clear[-block:]
    unpadder = _PADDINGS[block].unpadder()
    try:
        context.finalize()
        last = unpadder.update(kept) + unpadder.finalize()
    except ValueError:
        raise DecryptionFailed from None
    yield last


def _open_authenticated(envelope: Envelope, key: bytes) -> Iterator[bytes]:
    mode = modes.GCM(envelope.nonce, envelope.mac, min_tag_length=12)
    context: AEADDecryptionContext = Cipher(algorithms.AES(key), mode).decryptor()
    if envelope.associated:
        context.authenticate_additional_data(envelope.associated)
    for piece in envelope.pieces():
        yield context.update(piece)
    try:
        yield context.finalize()
    except InvalidTag:
        raise DecryptionFailed from None
