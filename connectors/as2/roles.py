"""The certificates of one connection by role: who signs, decrypts, verifies and encrypts at a given moment.

Inbound tries every certificate that is listed; outbound picks one by date. That is all a rotation needs: the new certificate is
listed beside the old one, and takes over on its first day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from connectors.as2.certificates import Certificate, CertificateError, KeyPair, load_certificates, load_key, pair
from connectors.as2.settings import As2Settings, OwnCertificate, PartnerCertificate
from hub.errors import PermanentDeliveryError
from hub.ports import CertificateStatus, SecretReference

Read = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Roles:
    """Our key pairs and the partner's certificates, each with what it is for; validity already narrowed by the settings."""

    ours: tuple[tuple[KeyPair, frozenset[str]], ...]
    theirs: tuple[tuple[Certificate, frozenset[str]], ...]

    def signing(self, at: datetime) -> KeyPair:
        """Our certificate that signs now: of those in force, the one that began last."""
        found = [own for own, use in self.ours if "sign" in use and own.certificate.is_active(at)]
        if not found:
            raise _none_in_force("our_certificates", "sign")
        return max(found, key=lambda own: own.certificate.not_before)

    def receipting(self, at: datetime) -> KeyPair | None:
        """Our certificate that signs receipts now; the last one we had where none is in force, None where we have none at all.

        A receipt with an expired certificate can be argued about; no receipt at all makes the partner send again.
        """
        found = [own for own, use in self.ours if "sign" in use]
        if not found:
            return None
        return max(found, key=lambda own: (own.certificate.is_active(at), own.certificate.not_before))

    def encrypting(self, at: datetime) -> Certificate:
        """The partner's certificate we encrypt for now: of those in force, the one that began last."""
        found = [other for other, use in self.theirs if "encrypt" in use and other.is_active(at)]
        if not found:
            raise _none_in_force("partner_certificates", "encrypt")
        return max(found, key=lambda other: other.not_before)

    def decrypting(self) -> tuple[KeyPair, ...]:
        """Every key a message may be encrypted for. Ours harm nobody when their date has passed, so none is left out."""
        return tuple(own for own, use in self.ours if "decrypt" in use)

    def verifying(self) -> tuple[Certificate, ...]:
        """Every certificate a signature may come from; whether it is in force is judged when it has verified."""
        return tuple(other for other, use in self.theirs if "verify" in use)

    def status(self) -> tuple[CertificateStatus, ...]:
        """All of them, for whoever warns before one expires."""
        rows = [(f"ours: {', '.join(sorted(use))}", own.certificate) for own, use in self.ours]
        rows += [(f"theirs: {', '.join(sorted(use))}", other) for other, use in self.theirs]
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


def _none_in_force(where: str, use: str) -> PermanentDeliveryError:
    return PermanentDeliveryError(
        f"no certificate of {where} with use `{use}` is in force today",
        "add the new certificate to the connection, beside the old one",
        code="AS2-320",
    )


def _day(day: date | None, at: time) -> datetime | None:
    return None if day is None else datetime.combine(day, at, UTC)


def _limited(certificate: Certificate, entry: OwnCertificate | PartnerCertificate) -> Certificate:
    return certificate.limited(_day(entry.starts, time.min), _day(entry.ends, time.max))


def _load(entry: OwnCertificate | PartnerCertificate, read: Read) -> tuple[Certificate, ...]:
    name = entry.certificate.name
    try:
        return load_certificates(read(name).encode())
    except CertificateError as fault:
        raise CertificateError(f"{name}: {fault.message}", fault.hint) from None


def load_roles(settings: As2Settings, read: Read) -> Roles:
    """Read every certificate and key of a connection; `CertificateError` names the one that cannot be used."""
    ours = []
    for own in settings.our_certificates:
        password = own.password
        key = load_key(read(own.key.name).encode(), None if password is None else _secret(read, password))
        found = pair(_load(own, read), key)
        ours.append((KeyPair(_limited(found.certificate, own), key), frozenset[str](own.use)))
    theirs = tuple(
        (_limited(_load(other, read)[0], other), frozenset[str](other.use)) for other in settings.partner_certificates
    )
    return Roles(tuple(ours), theirs)


def _secret(read: Read, reference: SecretReference) -> bytes:
    return read(reference.name).strip().encode()
