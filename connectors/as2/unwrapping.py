"""Take an AS2 message apart: decrypt, apply the policy, verify over the received bytes, inflate within bounds.

One pass over the content: what comes out of the cipher is cut at the MIME boundary, digested and spooled piece by piece. Every
fault is a `Fault`. What was found is in `Unwrapped`; nothing of it may be used before `unwrap` has returned.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from connectors.as2.asn1.reader import BerError
from connectors.as2.certificates import Certificate, KeyPair
from connectors.as2.cms import compress, decrypt, envelope
from connectors.as2.cms.algorithms import AUTH_ENVELOPED_DATA, COMPRESSED_DATA, ENVELOPED_DATA, UnknownAlgorithm, new_digest
from connectors.as2.faults import Fault
from connectors.as2.mdn import is_report
from connectors.as2.mic import Mic
from connectors.as2.mime import transfer
from connectors.as2.mime.fields import Head, MimeError, parse_value, read_head
from connectors.as2.policy import MINIMUM_BITS, WEAK, Policy
from connectors.as2.source import PIECE, Source, Spool, TooLarge
from connectors.as2.verifying import SignedContent, verify

_PKCS7: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_KINDS: Final = {
    ENVELOPED_DATA: "enveloped",
    AUTH_ENVELOPED_DATA: "enveloped",
    COMPRESSED_DATA: "compressed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What is needed to take apart messages of one partner: keys of ours, certificates of theirs, the least they must do."""

    keys: tuple[KeyPair, ...] = ()
    signers: tuple[Certificate, ...] = ()
    policy: Policy = field(default_factory=lambda: Policy(signed=False, encrypted=False))
    max_size: int = 512 * 1024 * 1024


@dataclass(slots=True)
class Unwrapped:
    """The content of a message: its own head and body, who signed it, and the evidence of how it travelled."""

    head: Head
    body: Source
    signed: SignedContent | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    _mic_head: bytes | None = None
    _mic_known: dict[str, bytes] = field(default_factory=dict)
    _spools: list[Spool] = field(default_factory=list)

    def mic(self, algorithm: str) -> Mic:
        """The MIC over what RFC 4130 7.3.1 and RFC 5402 4 say: the signed part; else header and content; plain: the content."""
        if self.signed is not None:
            return Mic(algorithm, self.signed.digest(algorithm))
        if algorithm not in self._mic_known:
            running = new_digest(algorithm)
            if self._mic_head is not None:
                running.update(self._mic_head)
            for piece in self.body.pieces():
                running.update(piece)
            self._mic_known[algorithm] = running.digest()
        return Mic(algorithm, self._mic_known[algorithm])

    def mic_head(self) -> bytes | None:
        """What stands before the body in what the MIC is over; None where the MIC is not over this very body."""
        if self.signed is None:
            return self._mic_head or b""
        is_exact = self.signed.variant == 0 and self.signed.head is self.head
        return self.head.raw if is_exact else None

    def content(self, folder: Path | None = None) -> Source:
        """The body with its transfer encoding undone."""
        encoding = self.head.get("content-transfer-encoding")
        if transfer.is_identity(encoding):
            return self.body
        spool = self.new_spool(folder, None)
        try:
            return spool.extend(transfer.decode(encoding, self.body.pieces())).source()
        except MimeError as fault:
            raise Fault("AS2-109", detail={"why": str(fault)}) from None

    def new_spool(self, folder: Path | None, limit: int | None) -> Spool:
        """A spool that goes when this message goes."""
        spool = Spool(folder, limit=limit)
        self._spools.append(spool)
        return spool

    def discard(self) -> None:
        """Remove every file this message took."""
        for spool in self._spools:
            spool.discard()


class _Unwrapping:
    """The state while one message is taken apart."""

    def __init__(self, relation: Relation, at: datetime, micalg: str, folder: Path | None) -> None:
        self.relation = relation
        self.at = at
        self.micalg = micalg
        self.folder = folder
        self.evidence: dict[str, Any] = {}
        self.spools: list[Spool] = []
        self.signed: SignedContent | None = None
        self.is_small = False
        self.is_encrypted = False
        self.is_compressed = False
        self.exceptions: list[str] = []

    def run(self, head: Head, body: Source) -> Unwrapped:
        source: Source | None = body
        self.is_small = body.size <= PIECE
        pieces = body.pieces()
        while True:
            kind = self._kind(head)
            if kind == "content":
                return self._content(head, source, pieces)
            if kind == "signed":
                head, source = self._verify(head, pieces)
                pieces = source.pieces()
                continue
            source = self._decoded(head, source, pieces)
            step = self._decrypt if (kind or _sniffed(source)) == "enveloped" else self._inflate
            head, pieces = step(source)
            source = None

    def _kind(self, head: Head) -> str:
        """What an entity says it is; "" for CMS that leaves out its smime-type, which RFC 8551 3.2.2 allows."""
        content_type = parse_value(head.get("content-type"))
        if content_type.main == "multipart/signed":
            if self.signed is not None:
                raise Fault("AS2-110", detail={"why": "signed twice"})
            return "signed"
        if content_type.main not in _PKCS7:
            return "content"
        named = content_type.get("smime-type").lower()
        if named in {"enveloped-data", "authenveloped-data"}:
            return "enveloped"
        if named == "compressed-data":
            return "compressed"
        if named:
            raise Fault("AS2-110", detail={"why": f"smime-type {named[:40]!r}"})
        return ""

    def _decoded(self, head: Head, source: Source | None, pieces: Iterator[bytes]) -> Source:
        encoding = head.get("content-transfer-encoding")
        if source is not None and transfer.is_identity(encoding):
            return source
        return self._spooled(transfer.decode(encoding, pieces))

    def _spooled(self, pieces: Iterator[bytes]) -> Source:
        spool = Spool(self.folder, limit=self.relation.max_size)
        self.spools.append(spool)
        return spool.extend(pieces).source()

    def _decrypt(self, source: Source) -> tuple[Head, Iterator[bytes]]:
        if self.is_encrypted or self.signed is not None:
            raise Fault("AS2-110", detail={"why": "encrypted inside of something that is not the message"})
        self.is_encrypted = True
        opened = envelope.read_envelope(source)
        self.evidence["cipher"] = opened.cipher.name
        recipient, own = decrypt.choose(opened, self.relation.keys)
        self.evidence["decrypted_with"] = own.certificate.sha256
        self.evidence["key_transport"] = decrypt.key_transport(recipient)[0]
        self._check_strength((opened.cipher.name,), own.certificate)
        pieces = decrypt.decrypt(opened, recipient, own)
        try:
            return read_head(pieces)
        except MimeError:
            for _ in pieces:
                pass
            raise decrypt.DecryptionFailed from None

    def _inflate(self, source: Source) -> tuple[Head, Iterator[bytes]]:
        if self.is_compressed:
            raise Fault("AS2-110", detail={"why": "compressed twice"})
        self.is_compressed = True
        self.evidence["compressed"] = "outside" if self.signed is None else "inside the signature"
        return read_head(compress.decompress(source, limit=self.relation.max_size))

    def _verify(self, head: Head, pieces: Iterator[bytes]) -> tuple[Head, Source]:
        spool: Spool | None = None
        if not self.is_small or self.is_compressed:
            spool = Spool(self.folder, limit=self.relation.max_size)
            self.spools.append(spool)
        pinned = self.relation.signers
        self.signed = verify(head, pieces, spool, pinned=pinned, micalg=self.micalg, permit=self._check_encrypted)
        found = self.signed
        self.evidence |= found.evidence
        self._check_strength((found.signer.digest, found.signer.scheme_digest), found.certificate)
        if not found.certificate.is_active(self.at):
            until = f"{found.certificate.not_after:%Y-%m-%d}"
            raise Fault("AS2-112", detail={"certificate": found.certificate.sha256, "not_after": until})
        return found.head, found.body

    def _check_encrypted(self, head: Head) -> None:
        """A message must be encrypted where that is agreed; a receipt travels in the open."""
        if self.relation.policy.encrypted and not self.is_encrypted and not is_report(head):
            raise Fault("AS2-106")

    def _check_strength(self, algorithms: tuple[str, ...], certificate: Certificate) -> None:
        """Refuse what is too weak; what an exception lets pass is kept as evidence."""
        policy = self.relation.policy
        if WEAK.isdisjoint(algorithms) and certificate.bits >= MINIMUM_BITS:
            return
        used = [policy.check(name, self.at) for name in algorithms]
        used.append(policy.check_key(certificate.bits, self.at))
        for exception in used:
            if exception is not None and exception not in self.exceptions:
                self.exceptions.append(exception)
                self.evidence["exceptions"] = self.exceptions

    def _content(self, head: Head, source: Source | None, pieces: Iterator[bytes]) -> Unwrapped:
        self._check_encrypted(head)
        if self.relation.policy.signed and self.signed is None and not is_report(head):
            raise Fault("AS2-105")
        known: dict[str, bytes] = {}
        mic_head = head.raw if self.is_encrypted or self.is_compressed else None
        if source is None:
            running = new_digest(self.micalg)
            if mic_head is not None:
                running.update(mic_head)
            spool = Spool(self.folder, limit=self.relation.max_size)
            self.spools.append(spool)
            for piece in pieces:
                running.update(piece)
                spool.write(piece)
            source = spool.source()
            known[self.micalg] = running.digest()
        return Unwrapped(head, source, self.signed, self.evidence, mic_head, known, self.spools)


def unwrap(
    head: Head,
    body: Source,
    relation: Relation,
    *,
    at: datetime,
    micalg: str = "sha256",
    folder: Path | None = None,
) -> Unwrapped:
    """Take the message apart, or raise the one `Fault` that says what is wrong with it.

    `micalg` is the digest that will be asked for as MIC; `folder` takes what is too large for memory. A fault carries the
    `evidence` gathered as far as the message was understood.
    """
    work = _Unwrapping(relation, at, micalg, folder)
    try:
        return work.run(head, body)
    except Fault as fault:
        problem = fault
    except decrypt.NotForUs as fault:
        own = [f"{key.certificate.serial:x}" for key in relation.keys]
        problem = Fault("AS2-102", detail={"serials": list(fault.serials), "ours": own})
    except decrypt.DecryptionFailed:
        problem = Fault("AS2-102")
    except compress.DecompressionFailed as fault:
        problem = Fault("AS2-108", detail={"why": str(fault)})
    except UnknownAlgorithm as fault:
        problem = Fault("AS2-107", detail={"unknown": str(fault)})
    except BerError as fault:
        problem = _unreadable(work, str(fault))
    except MimeError as fault:
        problem = Fault("AS2-102" if _is_garbled(work) else "AS2-109", detail={"why": str(fault)})
    except TooLarge:
        problem = Fault("AS2-113")
    with suppress(OSError):
        for spool in work.spools:
            spool.discard()
    problem.evidence = work.evidence
    raise problem


def _sniffed(source: Source) -> str:
    """What CMS without an smime-type is, by its own content type."""
    dotted, _ = envelope.content_type(source)
    if dotted not in _KINDS:
        raise Fault("AS2-110", detail={"why": f"CMS of type {dotted} without an smime-type"})
    return _KINDS[dotted]


def _is_garbled(work: _Unwrapping) -> bool:
    """Whether malformed content may be what a wrong key left: then it must not look different from any failed decryption."""
    return work.is_encrypted and work.signed is None


def _unreadable(work: _Unwrapping, why: str) -> Fault:
    if work.is_compressed:
        return Fault("AS2-108", detail={"why": why})
    return Fault("AS2-102" if work.is_encrypted else "AS2-110", detail={"why": why})
