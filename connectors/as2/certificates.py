"""Certificates and keys as AS2 uses them: pinned, by role, valid from one instant to another."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import pkcs7

from connectors.as2.asn1 import writer
from connectors.as2.asn1.reader import CONTEXT_0, CONTEXT_0_PRIMITIVE, SEQUENCE, TAG, Cursor, walk
from hub.errors import HubError


class CertificateError(HubError):
    """A certificate or key that cannot be used."""

    code = "AS2-201"


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """A certificate that stands on its own: pinned by its fingerprint, never trusted because of who issued it.

    `identity` (the DER of IssuerAndSerialNumber), `issuer` and `serial`, or `key_id` are what CMS names it by (RFC 5652 10.2.4); `bits` is the
    length of its RSA key.
    """

    x509: x509.Certificate
    der: bytes
    public_key: RSAPublicKey
    identity: bytes
    issuer: bytes
    serial: int
    key_id: bytes | None
    sha256: str
    bits: int
    not_before: datetime
    not_after: datetime

    @property
    def subject(self) -> str:
        """The subject as one line (RFC 4514)."""
        return self.x509.subject.rfc4514_string()

    def is_active(self, at: datetime) -> bool:
        """Whether `at` lies within its validity."""
        return self.not_before <= at <= self.not_after

    def limited(self, starts: datetime | None, ends: datetime | None) -> Certificate:
        """The same certificate, in force for a part of its validity only."""
        return replace(
            self,
            not_before=max(self.not_before, starts) if starts is not None else self.not_before,
            not_after=min(self.not_after, ends) if ends is not None else self.not_after,
        )

    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.x509.public_bytes(serialization.Encoding.PEM)


@dataclass(frozen=True, slots=True, eq=False)
class KeyPair:
    """Our certificate with its private key."""

    certificate: Certificate
    key: RSAPrivateKey


def _key_id(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None


def from_x509(certificate: x509.Certificate) -> Certificate:
    """The value of a parsed certificate."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise CertificateError(f"the key of {certificate.subject.rfc4514_string()} cannot be read") from fault
    if not isinstance(key, RSAPublicKey):
        raise CertificateError(
            f"{certificate.subject.rfc4514_string()} has no RSA key",
            "ask for a certificate with an RSA key of 2048 bits or more",
        )
    der = certificate.public_bytes(serialization.Encoding.DER)
    issuer = certificate.issuer.public_bytes()
    return Certificate(
        x509=certificate,
        der=der,
        public_key=key,
        identity=writer.sequence(issuer, writer.integer(certificate.serial_number)),
        issuer=issuer,
        serial=certificate.serial_number,
        key_id=_key_id(certificate),
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        bits=key.key_size,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


_GIVE = "give a PEM, DER or PKCS#7 certificate file; out of a .p12 or .pfx: openssl pkcs12 -in FILE -clcerts -nokeys -out certificate.pem"


def load_certificates(data: bytes) -> tuple[Certificate, ...]:
    """Every certificate of a PEM, DER or PKCS#7 file, in its order; at least one, or `CertificateError`."""
    try:
        if b"-----BEGIN PKCS7-----" in data:
            found = _load_pkcs7(pkcs7.load_pem_pkcs7_certificates, data)
        elif b"-----BEGIN" in data:
            found = x509.load_pem_x509_certificates(data)
        else:
            found = _load_der(data)
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise CertificateError("this is not a certificate", _GIVE) from fault
    if not found:
        raise CertificateError("the file holds no certificate", _GIVE)
    return tuple(from_x509(certificate) for certificate in found)


def _load_der(data: bytes) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        return _load_pkcs7(pkcs7.load_der_pkcs7_certificates, data)


def _load_pkcs7(load: Callable[[bytes], list[x509.Certificate]], data: bytes) -> list[x509.Certificate]:
    with warnings.catch_warnings():
        # members that are not in DER order are usual in the field and read all the same; the warning is no operator's business
        warnings.simplefilter("ignore", UserWarning)
        return load(data)


def end_entity(certificates: tuple[Certificate, ...]) -> Certificate:
    """The one certificate of a file that is somebody's own: the others issued it, or each other.

    A PKCS#7 file holds a chain in no order that means anything (RFC 5652 10.2.3); whom to pin is not guessed.
    """
    unique = {certificate.sha256: certificate for certificate in certificates}
    issued = {c.issuer for c in unique.values() if c.x509.issuer != c.x509.subject}
    own = [c for c in unique.values() if c.x509.subject.public_bytes() not in issued]
    if len(own) == 1:
        return own[0]
    names = ", ".join(c.subject for c in unique.values())
    raise CertificateError(
        f"the file holds several certificates, and none of them is plainly the partner's own: {names}",
        "give a file with the one certificate that signs and that messages are encrypted for",
    )


def load_key(data: bytes, password: bytes | None = None) -> RSAPrivateKey:
    """An RSA private key of a PEM file, sealed with `password` or not."""
    try:
        key = serialization.load_pem_private_key(data, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise CertificateError("the private key cannot be read", "check that it is PEM, and its passphrase") from fault
    if not isinstance(key, RSAPrivateKey):
        raise CertificateError("the private key is not an RSA key", "AS2 needs an RSA key of 2048 bits or more")
    return key


def pair(certificates: tuple[Certificate, ...], key: RSAPrivateKey) -> KeyPair:
    """The certificate that belongs to the key."""
    own = key.public_key().public_numbers()
    for certificate in certificates:
        if certificate.public_key.public_numbers() == own:
            return KeyPair(certificate, key)
    raise CertificateError(
        "the private key belongs to none of the certificates", "give the certificate that was made with this key"
    )


class Identifier(NamedTuple):
    """How CMS names a certificate: the element as it stands, or a subject key identifier (RFC 5652 5.3, 6.2.1)."""

    raw: bytes = b""
    key_id: bytes | None = None

    @property
    def serial(self) -> int | None:
        """The serial number, None where a key identifier is given instead."""
        return None if self.key_id is not None else self._names()[1]

    def find(self, candidates: Iterable[Certificate]) -> Certificate | None:
        """The certificate that is meant.

        Where no issuer is the same octet for octet (products re-encode names), a serial number that only one candidate has decides.
        """
        if self.key_id is not None:
            return next((c for c in candidates if c.key_id == self.key_id), None)
        candidates = tuple(candidates)
        for candidate in candidates:
            if candidate.identity == self.raw:
                return candidate
        issuer, serial = self._names()
        same_serial = [c for c in candidates if c.serial == serial]
        exact = next((c for c in same_serial if c.issuer == issuer), None)
        if exact is not None:
            return exact
        return same_serial[0] if len(same_serial) == 1 else None

    def _names(self) -> tuple[bytes, int]:
        outer = walk(self.raw)
        cursor = outer.enter(outer.next(SEQUENCE))
        return cursor.raw(cursor.next(SEQUENCE)), cursor.integer()


def read_identifier(cursor: Cursor) -> Identifier:
    """The next SignerIdentifier or RecipientIdentifier."""
    item = cursor.next(SEQUENCE, CONTEXT_0_PRIMITIVE, CONTEXT_0)
    if item[TAG] == SEQUENCE:
        return Identifier(cursor.raw(item))
    return Identifier(key_id=cursor.value(item))
