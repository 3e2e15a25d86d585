"""The certificates of one connection by role: who signs, decrypts, verifies and encrypts at a given moment.

Inbound tries every certificate that is listed; outbound picks one by date. That is all a rotation needs: the new certificate is
listed beside the old one, and takes over on its first day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from connectors.as2.certificates import Certificate, CertificateError, KeyPair, end_entity, load_certificates, load_key, pair
from connectors.as2.settings import As2Settings, OwnCertificate, PartnerCertificate
from hub.errors import PermanentDeliveryError
from hub.ports import CertificateStatus, SecretReference

Read = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Listed:
    """A certificate as the connection lists it: what for, and from when it is the one we choose. Its end is narrowed already."""

    certificate: Certificate
    use: frozenset[str]
    starts: datetime
    pair: KeyPair | None = None

    def is_due(self, at: datetime) -> bool:
        """Whether we choose it for what leaves at that moment."""
        return self.starts <= at and self.certificate.is_active(at)


@dataclass(frozen=True, slots=True)
class Roles:
    """Our certificates and the partner's. `starts` is for what leaves; what arrives may be ahead of it, as partners' clocks are."""

    ours: tuple[Listed, ...]
    theirs: tuple[Listed, ...]

    def signing(self, at: datetime) -> KeyPair:
        """Our certificate that signs now: of those that are due, the one that began last."""
        found = [own for own in self.ours if "sign" in own.use and own.is_due(at)]
        if not found:
            raise _none_in_force("our_certificates", "sign")
        return _own(max(found, key=lambda own: own.starts))

    def receipting(self, at: datetime) -> KeyPair | None:
        """Our certificate that signs receipts now; the last one we had where none is in force, None where we have none at all.

        A receipt with an expired certificate can be argued about; no receipt at all makes the partner send again.
        """
        found = [own for own in self.ours if "sign" in own.use]
        if len(found) < 2:
            return _own(found[0]) if found else None
        return _own(max(found, key=lambda own: (own.is_due(at), own.certificate.is_active(at), own.starts)))

    def receipting_ever(self) -> tuple[Certificate, ...]:
        """Every certificate of ours that a receipt may have been signed with."""
        return tuple(own.certificate for own in self.ours if "sign" in own.use)

    def encrypting(self, at: datetime) -> Certificate:
        """The partner's certificate we encrypt for now: of those that are due, the one that began last."""
        found = [other for other in self.theirs if "encrypt" in other.use and other.is_due(at)]
        if not found:
            raise _none_in_force("partner_certificates", "encrypt")
        return max(found, key=lambda other: other.starts).certificate

    def decrypting(self) -> tuple[KeyPair, ...]:
        """Every key a message may be encrypted for. Ours harm nobody when their date has passed, so none is left out."""
        return tuple(_own(own) for own in self.ours if "decrypt" in own.use)

    def verifying(self) -> tuple[Certificate, ...]:
        """Every certificate a signature may come from; whether it is in force is judged when it has verified."""
        return tuple(other.certificate for other in self.theirs if "verify" in other.use)

    def status(self) -> tuple[CertificateStatus, ...]:
        """All of them, for whoever warns before one expires."""
        rows = [(f"ours: {', '.join(sorted(own.use))}", own.certificate) for own in self.ours]
        rows += [(f"theirs: {', '.join(sorted(other.use))}", other.certificate) for other in self.theirs]
        return tuple(
            CertificateStatus(
                role=role,
                subject=certificate.subject,
                sha256=certificate.sha256,
                not_before=certificate.not_before,
                not_after=certificate.not_after,
            )
            for role, certificate in rows
        )


def _own(listed: Listed) -> KeyPair:
    assert listed.pair is not None
    return listed.pair


def _none_in_force(where: str, use: str) -> PermanentDeliveryError:
    return PermanentDeliveryError(
        f"no certificate of {where} with use `{use}` is in force today",
        "add the new certificate to the connection, beside the old one",
        code="AS2-320",
    )


def _day(day: date | None, at: time) -> datetime | None:
    return None if day is None else datetime.combine(day, at, UTC)


def _listed(certificate: Certificate, entry: OwnCertificate | PartnerCertificate, key: RSAPrivateKey | None = None) -> Listed:
    limited = certificate.limited(None, _day(entry.ends, time.max))
    starts = _day(entry.starts, time.min) or certificate.not_before
    return Listed(limited, frozenset[str](entry.use), starts, None if key is None else KeyPair(limited, key))


def _load(entry: OwnCertificate, read: Read) -> tuple[Certificate, ...]:
    with _named(entry):
        return load_certificates(read(entry.certificate.name).encode())


def _load_theirs(entry: PartnerCertificate, read: Read) -> Certificate:
    with _named(entry):
        return end_entity(load_certificates(read(entry.certificate.name).encode()))


@contextmanager
def _named(entry: OwnCertificate | PartnerCertificate) -> Iterator[None]:
    try:
        yield
    except CertificateError as fault:
        raise CertificateError(f"{entry.certificate.name}: {fault.message}", fault.hint) from None


def load_roles(settings: As2Settings, read: Read) -> Roles:
    """Read every certificate and key of a connection; `CertificateError` names the one that cannot be used."""
    ours = []
    for own in settings.our_certificates:
        password = own.password
        key = load_key(read(own.key.name).encode(), None if password is None else _secret(read, password))
        ours.append(_listed(pair(_load(own, read), key).certificate, own, key))
    theirs = tuple(_listed(_load_theirs(other, read), other) for other in settings.partner_certificates)
    return Roles(tuple(ours), theirs)


def _secret(read: Read, reference: SecretReference) -> bytes:
    return read(reference.name).strip().encode()
