"""The certificates of AS2 connections as people handle them: make, read, show, warn, rehearse and rotate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.as2 import keys, rotation
from connectors.as2.certificates import Certificate, KeyPair, end_entity, load_certificates, load_key, pair
from connectors.as2.connector import As2Connector
from connectors.as2.evidence import bundle
from hub.errors import NotFound
from hub.ports import CertificateStatus, Change, Connector, KeptReceipt, KeyFiles, Rehearsed, SecretReference, Side


class As2Desk:
    """`CertificateDesk` of AS2."""

    def create(self, name: str, *, at: datetime, days: int, bits: int) -> KeyFiles:
        """A key and its self-signed certificate, for signing and decrypting."""
        made = keys.create(name, at=at, days=days, bits=bits)
        return KeyFiles(certificate=made.certificate, key=made.key)

    def read(self, certificate: bytes, key: bytes | None = None, password: str | None = None) -> KeyFiles:
        """A certificate of any kind as PEM, with the key that belongs to it where one is given; the key comes out unsealed."""
        if key is None:
            return KeyFiles(certificate=end_entity(load_certificates(certificate)).pem().decode())
        own = pair(load_certificates(certificate), load_key(key, password.encode() if password else None))
        return KeyFiles(certificate=own.certificate.pem().decode(), key=keys.key_text(own.key))

    def describe(self, certificate: str, role: str) -> CertificateStatus:
        """What to show of a certificate."""
        found = end_entity(load_certificates(certificate.encode()))
        return CertificateStatus(
            role=role,
            subject=found.subject,
            sha256=found.sha256,
            not_before=found.not_before,
            not_after=found.not_after,
        )

    def present(self, connector: Connector, side: Side, at: datetime) -> str:
        """The certificate in use at a moment: the one we sign with, or the one we encrypt for."""
        roles = _as2(connector).roles
        certificate = roles.signing(at).certificate if side == "ours" else roles.encrypting(at)
        return certificate.pem().decode()

    def warnings(self, certificates: Sequence[CertificateStatus], at: datetime) -> list[tuple[int, CertificateStatus]]:
        """Those that end soon and have no successor."""
        return keys.warnings(certificates, at)

    def rehearse(self, connector: Connector, change: Change) -> tuple[Rehearsed, ...]:
        """Real messages before, on and after the day."""
        own, theirs = _present(connector, change.on)
        if change.side == "ours":
            steps = rotation.rehearse_ours(own, _pair_of(change.new), on=change.on, overlap=change.overlap)
        else:
            new = end_entity(load_certificates(change.new.certificate.encode()))
            steps = rotation.rehearse_theirs(theirs, new, own, on=change.on, overlap=change.overlap)
        return tuple(Rehearsed(what=step.what, holds=step.holds, why=step.why) for step in steps)

    def rotate(
        self, connector: Connector, change: Change, references: Mapping[str, SecretReference]
    ) -> tuple[str, list[dict[str, Any]]]:
        """The present entries, those that have no end ending with the overlap, and the new one beside them."""
        own, theirs = _present(connector, change.on)
        old = own.certificate if change.side == "ours" else theirs
        new = end_entity(load_certificates(change.new.certificate.encode()))
        window = rotation.window(on=change.on.date(), overlap_days=change.overlap.days, old=old, new=new)
        settings = _as2(connector).settings
        listed = settings.our_certificates if change.side == "ours" else settings.partner_certificates
        entries = [entry.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for entry in listed]
        for entry in entries:
            entry.setdefault("ends", window.old_ends.isoformat())
        added = {name: each.model_dump(exclude_none=True) for name, each in references.items()}
        entries.append({**added, "starts": window.new_starts.isoformat()})
        return ("our_certificates" if change.side == "ours" else "partner_certificates"), entries


def prove(connector: Connector, kept: KeptReceipt) -> dict[str, bytes]:
    """The files of a proof of delivery, from the MDN as it was kept."""
    roles = _as2(connector).roles
    return bundle(kept, signers=roles.receipting_ever() if kept.is_given else roles.verifying())


def _as2(connector: Connector) -> As2Connector:
    if not isinstance(connector, As2Connector):
        raise NotFound("this is no AS2 connection", "name one that `edihub connection list` shows with as2")
    return connector


def _present(connector: Connector, at: datetime) -> tuple[KeyPair, Certificate]:
    roles = _as2(connector).roles
    return roles.signing(at), roles.encrypting(at)


def _pair_of(files: KeyFiles) -> KeyPair:
    return pair(load_certificates(files.certificate.encode()), load_key(files.key.encode()))
