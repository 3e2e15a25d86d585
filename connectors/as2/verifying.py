"""Verify multipart/signed (RFC 1847) over the bytes that arrived.

The first part is digested while it is spooled; nothing is parsed and written anew. Where the exact bytes do not fit, two
variants are tried that peers are known to sign, and the one that fits is recorded: without the last line end, and with every
line end as CRLF.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from connectors.as2.asn1.reader import BerError
from connectors.as2.certificates import Certificate
from connectors.as2.cms.algorithms import UnknownAlgorithm, digest_name, new_digest
from connectors.as2.cms.signature import SignedData, Signer, has_valid_signature, read_signed, verify_content
from connectors.as2.faults import Fault
from connectors.as2.mime import transfer
from connectors.as2.mime.fields import Head, MimeError, parse_value, read_head, split_head
from connectors.as2.mime.multipart import Parts, boundary_of, gather, split_whole
from connectors.as2.source import MemorySource, Source, Spool, TooLarge

MAX_SIGNATURE = 256 * 1024
VARIANTS: Final = ("exact", "without the last line end", "line ends as CRLF")


@dataclass(slots=True)
class SignedContent:
    """The part that was signed, by whom, and over which variant of its bytes. `raw` is the signature as it arrived (DER or BER)."""

    head: Head
    body: Source
    signer: Signer
    certificate: Certificate
    variant: int
    raw: bytes
    _known: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def digest(self, algorithm: str) -> bytes:
        """The digest of the signed bytes, in the variant that was signed."""
        key = (algorithm, self.variant)
        if key not in self._known:
            self._known[key] = _digest(algorithm, self.variant, self.head, self.body)
        return self._known[key]

    def variant_pieces(self) -> Iterator[bytes]:
        """The very bytes that were signed."""
        return _variant(self.variant, self.head, self.body)

    @property
    def evidence(self) -> dict[str, Any]:
        """What the audit keeps."""
        return {
            "signed_by": self.certificate.sha256,
            "signature": self.signer.scheme,
            "digest": self.signer.digest,
            "verified_over": VARIANTS[self.variant],
        }


def verify(
    head: Head,
    pieces: Iterator[bytes],
    spool: Spool | None,
    *,
    pinned: tuple[Certificate, ...],
    micalg: str = "sha256",
    permit: Callable[[Head], None] = lambda _: None,
) -> SignedContent:
    """Read a multipart/signed body to its end and verify it; a `Fault` says why it does not hold.

    `pinned` are the certificates of the one partner it may come from; `micalg` is digested along the way; `permit` sees the head
    of the signed part before anything is verified, and may raise the policy's `Fault`. Without a `spool` all
    of the body is taken into memory at once.
    """
    content_type = parse_value(head.get("content-type"))
    announced = {_announced(content_type.get("micalg")), micalg}
    boundary = boundary_of(content_type)
    if spool is None:
        return _verify_small(b"".join(pieces), boundary, announced, pinned=pinned, permit=permit)
    parts = Parts(pieces, boundary)
    first = parts.next_part()
    if first is None:
        raise MimeError("multipart/signed without a part")
    running = {name: new_digest(name) for name in announced}
    inner, rest = read_head(first)
    permit(inner)
    for digest in running.values():
        digest.update(inner.raw)
    for piece in rest:
        for digest in running.values():
            digest.update(piece)
        spool.write(piece)
    second = parts.next_part()
    if second is None:
        raise MimeError("multipart/signed without a signature")
    raw = _signature(gather(second, MAX_SIGNATURE))
    if parts.next_part() is not None:
        raise MimeError("multipart/signed with more than two parts")
    parts.drain()
    known = {(name, 0): digest.digest() for name, digest in running.items()}
    return _accept(raw, inner, spool.source(), known, pinned)


def _verify_small(
    data: bytes,
    boundary: bytes,
    announced: set[str],
    *,
    pinned: tuple[Certificate, ...],
    permit: Callable[[Head], None],
) -> SignedContent:
    """The same for a body that lies in memory."""
    parts = split_whole(data, boundary)
    if len(parts) != 2:
        raise MimeError(f"multipart/signed with {len(parts)} parts")
    content, signature = parts
    inner, body = split_head(content)
    permit(inner)
    known = {}
    for name in announced:
        digest = new_digest(name)
        digest.update(content)
        known[name, 0] = digest.digest()
    return _accept(_signature(signature), inner, MemorySource(body), known, pinned)


@lru_cache(maxsize=64)
def _announced(micalg: str) -> str:
    """The digest the sender says it signed with; only what to compute first, never what is trusted."""
    return next((name for name in map(digest_name, micalg.split(",")) if name is not None), "sha256")


def _signature(part: bytes) -> bytes:
    """The signature in the second part."""
    if len(part) > MAX_SIGNATURE:
        raise TooLarge(f"a signature of {len(part)} bytes")
    head, encoded = split_head(part)
    return transfer.decode_whole(head.get("content-transfer-encoding"), encoded)


def _accept(
    raw: bytes, head: Head, body: Source, known: dict[tuple[str, int], bytes], pinned: tuple[Certificate, ...]
) -> SignedContent:
    try:
        signed = read_signed(raw)
    except BerError as fault:
        raise Fault("AS2-117", detail={"why": str(fault)}) from None
    except UnknownAlgorithm as fault:
        raise Fault("AS2-107", detail={"unknown": str(fault)}) from None
    if signed.content is not None:
        raise Fault("AS2-114", detail={"why": "the signature is not detached"})
    if not signed.signers:
        raise Fault("AS2-114", detail={"why": "no signer"})
    signer, certificate = _pinned_signer(signed, pinned)

    def digests(algorithm: str) -> Iterator[bytes]:
        for variant in range(len(VARIANTS)):
            key = (algorithm, variant)
            if key not in known:
                known[key] = _digest(algorithm, variant, head, body)
            yield known[key]

    if signer.attributes and not has_valid_signature(signer, certificate, b""):
        raise Fault("AS2-103", detail={"certificate": certificate.sha256, "why": "the signature does not verify"})
    exact = known.get((signer.digest, 0)) if signer.attributes else None
    is_exact = exact is not None and hmac.compare_digest(signer.message_digest, exact)
    variant = 0 if is_exact else verify_content(signer, certificate, digests)
    if variant is None:
        expected, got = signer.message_digest.hex(), known[signer.digest, 0].hex()
        raise Fault("AS2-104", detail={"algorithm": signer.digest, "expected": expected, "got": got})
    return SignedContent(head, body, signer, certificate, variant, raw, known)


def _pinned_signer(signed: SignedData, pinned: tuple[Certificate, ...]) -> tuple[Signer, Certificate]:
    """The one signer that is pinned for this partner; none or several do not count (RFC 8551 lets anybody add one)."""
    matches = [(s, known) for s in signed.signers if (known := s.identifier.find(pinned)) is not None]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise Fault("AS2-114", detail={"why": "several signers"})
    serials = [f"{signer.identifier.serial or 0:x}" for signer in signed.signers]
    sent = [hashlib.sha256(der).hexdigest() for der in signed.certificates()]
    raise Fault("AS2-103", detail={"serials": serials, "known": [f"{c.serial:x}" for c in pinned], "sent_certificates": sent})


def _digest(algorithm: str, variant: int, head: Head, body: Source) -> bytes:
    running = new_digest(algorithm)
    for piece in _variant(variant, head, body):
        running.update(piece)
    return running.digest()


def _variant(variant: int, head: Head, body: Source) -> Iterator[bytes]:
    pieces: Iterator[bytes] = chain((head.raw,), body.pieces())
    if variant == 1:
        return _without_last_line_end(pieces)
    return _as_crlf(pieces) if variant == 2 else pieces


def _without_last_line_end(pieces: Iterator[bytes]) -> Iterator[bytes]:
    kept = b""
    for piece in pieces:
        data = kept + piece
        yield data[:-2]
        kept = data[-2:]
    yield kept.removesuffix(b"\r\n") if kept.endswith(b"\r\n") else kept.removesuffix(b"\n")


def _as_crlf(pieces: Iterator[bytes]) -> Iterator[bytes]:
    is_after_cr = False
    for piece in pieces:
        data = piece[1:] if is_after_cr and piece.startswith(b"\n") else piece
        is_after_cr = piece.endswith(b"\r")
        yield data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
