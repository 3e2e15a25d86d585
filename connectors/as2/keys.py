"""Make, read and describe certificates, and warn before one expires: what `edihub cert` needs, without a prompt or a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from connectors.as2.certificates import Certificate, CertificateError, from_x509, load_certificates, load_key, pair
from connectors.as2.policy import MINIMUM_BITS
from hub.ports import CertificateStatus

#: days before the end of a certificate at which somebody is told
WARN_DAYS = (60, 30, 14, 7, 1)


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """A certificate and its key as PEM texts; the key is sealed where a password was given."""

    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class Description:
    """What a person wants to know of a certificate; `days_left` is negative once it has ended."""

    subject: str
    issuer: str
    serial: str
    sha256: str
    bits: int
    not_before: datetime
    not_after: datetime
    days_left: int


def create(name: str, *, at: datetime, days: int = 730, bits: int = MINIMUM_BITS, password: str | None = None) -> KeyFiles:
    """A self-signed certificate for signing and encrypting, as AS2 partners exchange them; valid from an hour ago."""
    if bits < MINIMUM_BITS:
        raise CertificateError(f"a key of {bits} bits is too short", f"{MINIMUM_BITS} bits are the least")
    if not 0 < days <= 3650:
        raise CertificateError(f"{days} days are not a validity", "1 to 3650 days")
    key = rsa.generate_private_key(65537, bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + timedelta(days=days))
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    seal = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, seal)
    return KeyFiles(from_x509(certificate).pem().decode(), pem.decode())


def read(data: bytes) -> tuple[str, tuple[Certificate, ...]]:
    """A certificate file of any kind as PEM text, and the certificates in it; `CertificateError` where it is none."""
    found = load_certificates(data)
    return "".join(certificate.pem().decode() for certificate in found), found


def read_pair(certificate: bytes, key: bytes, password: str | None = None) -> KeyFiles:
    """A certificate and the key that belongs to it; refused where it does not."""
    own = pair(load_certificates(certificate), load_key(key, password.encode() if password else None))
    return KeyFiles(own.certificate.pem().decode(), key.decode())


def key_text(key: rsa.RSAPrivateKey) -> str:
    """A private key as PEM without a seal of its own: it goes into the site's sealed secrets."""
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode()


def describe(certificate: Certificate, at: datetime) -> Description:
    """What to show of a certificate."""
    return Description(
        subject=certificate.subject,
        issuer=certificate.x509.issuer.rfc4514_string(),
        serial=f"{certificate.serial:x}",
        sha256=certificate.sha256,
        bits=certificate.bits,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        days_left=days_left(certificate.not_after, at),
    )


def days_left(not_after: datetime, at: datetime) -> int:
    """Whole days until the end; negative after it."""
    return (not_after - at) // timedelta(days=1)


def warnings(certificates: Iterable[CertificateStatus], at: datetime) -> list[tuple[int, CertificateStatus]]:
    """The certificates that are about to end or have ended, each with the step reached: 60, 30, 14, 7, 1 or 0 (over).

    A certificate that another of the same role outlives is not warned of: its successor is there already.
    """
    known = list(certificates)
    found = []
    for one in known:
        left = days_left(one.not_after, at)
        step = 0 if left < 0 else next((days for days in reversed(WARN_DAYS) if left < days), None)
        if step is None or _has_successor(one, known):
            continue
        found.append((step, one))
    return sorted(found, key=lambda pair: pair[0])


def _has_successor(one: CertificateStatus, known: list[CertificateStatus]) -> bool:
    return any(
        other is not one
        and other.role == one.role
        and other.not_before <= one.not_after
        and days_left(other.not_after, one.not_after) >= WARN_DAYS[0]
        for other in known
    )
