"""Write detached SignedData in DER (RFC 5652 5, RFC 8551)."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import padding

from connectors.as2.asn1 import writer
from connectors.as2.asn1.reader import CONTEXT_0, OCTET_STRING, SEQUENCE, SET
from connectors.as2.certificates import Certificate, KeyPair
from connectors.as2.cms import algorithms as names

SCHEMES = ("rsa_pkcs1v15", "rsa_pss")


class Signing:
    """How we sign with one key: everything that stays the same from message to message is encoded once."""

    __slots__ = (
        "_after",
        "_before",
        "_digest_head",
        "_frames",
        "_identity",
        "_padding",
        "_type_attribute",
        "digest",
        "own",
        "scheme",
    )

    def __init__(
        self, own: KeyPair, *, digest: str = "sha256", scheme: str = "rsa_pkcs1v15", chain: tuple[Certificate, ...] = ()
    ) -> None:
        self.own = own
        self.digest = digest
        self.scheme = scheme
        algorithm = names.hash_for(digest)
        self._padding: padding.AsymmetricPadding = (
            padding.PKCS1v15() if scheme == "rsa_pkcs1v15" else padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
        )
        digest_identifier = names.digest_identifier(digest)
        certificates = writer.set_of(own.certificate.der, *(c.der for c in chain), tag=CONTEXT_0)
        self._before = (
            writer.integer(1) + writer.element(SET, digest_identifier) + writer.sequence(writer.oid(names.DATA)) + certificates
        )
        self._identity = writer.integer(1) + own.certificate.identity + digest_identifier
        self._after = names.RSA_IDENTIFIER if scheme == "rsa_pkcs1v15" else names.pss_identifier(digest)
        self._frames: dict[int, tuple[bytes, bytes]] = {}
        size = algorithm.digest_size
        self._digest_head = _attribute(names.MESSAGE_DIGEST, writer.octet_string(bytes(size)))[:-size]
        self._type_attribute = _attribute(names.CONTENT_TYPE, writer.oid(names.DATA))

    def size(self, at: datetime) -> int:
        """How many octets `sign` returns at that time, whatever the content."""
        attributes = self._attributes(bytes(names.hash_for(self.digest).digest_size), at)
        before, between = self._frame(len(attributes))
        return len(before) + len(attributes) + len(between) + self._key_octets()

    def sign(self, content_digest: bytes, at: datetime) -> bytes:
        """The SignedData for content with that digest."""
        attributes = self._attributes(content_digest, at)
        signed = writer.header(SET, len(attributes)) + attributes
        signature = self.own.key.sign(signed, self._padding, names.hash_for(self.digest))
        before, between = self._frame(len(attributes))
        return b"".join((before, attributes, between, signature))

    def _key_octets(self) -> int:
        return (self.own.key.key_size + 7) // 8

    def _attributes(self, content_digest: bytes, at: datetime) -> bytes:
        """Content type, signing time, message digest: shorter before longer, which is the order of DER for these three."""
        return b"".join((self._type_attribute, _time_attribute(at.replace(microsecond=0)), self._digest_head, content_digest))

    def _frame(self, attributes_size: int) -> tuple[bytes, bytes]:
        """Everything before the attributes, and everything between them and the signature: the same for every message."""
        known = self._frames.get(attributes_size)
        if known is None:
            octets = self._key_octets()
            between = self._after + writer.header(OCTET_STRING, octets)
            rest = attributes_size + len(between) + octets
            before = self._identity + writer.header(CONTEXT_0, attributes_size)
            for wrap in (SEQUENCE, SET, self._before, SEQUENCE, CONTEXT_0, writer.oid(names.SIGNED_DATA), SEQUENCE):
                before = (writer.header(wrap, len(before) + rest) if isinstance(wrap, int) else wrap) + before
            known = self._frames[attributes_size] = (before, between)
        return known


@lru_cache(maxsize=4)
def _time_attribute(at: datetime) -> bytes:
    return _attribute(names.SIGNING_TIME, writer.time(at))


def _attribute(dotted: str, value: bytes) -> bytes:
    return writer.sequence(writer.oid(dotted), writer.element(SET, value))
