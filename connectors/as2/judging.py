"""Judge an MDN against what was sent: does it prove that this partner has exactly this message (RFC 4130 7, 9.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.as2.faults import Fault
from connectors.as2.headers import bracketed
from connectors.as2.mdn import Mdn, read_mdn
from connectors.as2.mic import parse_mic
from connectors.as2.mime.fields import Head, MimeError
from connectors.as2.source import Source
from connectors.as2.unwrapping import Relation, Unwrapped, unwrap
from hub.errors import PermanentDeliveryError, UnprovenReceipt
from hub.ports import Receipt


@dataclass(frozen=True, slots=True)
class ReceivedMdn:
    """An MDN as it came: what it says, who signed it (None: nobody), and its evidence. `fault` says why its signature fails."""

    mdn: Mdn
    evidence: Mapping[str, Any]
    is_signed: bool
    raw: bytes


def receive_mdn(head: Head, body: Source, relation: Relation, at: datetime, raw: bytes) -> ReceivedMdn:
    """Verify and read an MDN; a `Fault` or `MimeError` where it is none, or its signature does not hold."""
    unwrapped = unwrap(head, body, relation, at=at)
    return from_unwrapped(unwrapped, raw)


def from_unwrapped(unwrapped: Unwrapped, raw: bytes) -> ReceivedMdn:
    """Read the very part that was verified."""
    mdn = read_mdn(unwrapped.head, unwrapped.body)
    evidence = {f"mdn_{name}": value for name, value in unwrapped.evidence.items()}
    evidence |= {
        "mdn_disposition": str(mdn.disposition),
        "mdn_mic": mdn.mic_text,
        "mdn_text": mdn.text[:500],
        "mdn_reporting_ua": mdn.reporting_ua,
        "mdn_signed": unwrapped.signed is not None,
    }
    return ReceivedMdn(mdn, evidence, unwrapped.signed is not None, raw)


def judge(received: ReceivedMdn, sent: Mapping[str, Any]) -> Receipt:
    """The proof of delivery, or a `PermanentDeliveryError` that says what the MDN lacks; `UnprovenReceipt` where nobody signed it.

    `sent` is the evidence `prepare` left: `message_id`, `mic`, `mdn_signed` (whether a signed one was asked for). A signed MDN
    must carry the MIC (RFC 4130 7.4.3); an unsigned one need not, but a MIC that is there must be ours.
    """
    mdn = received.mdn
    if bracketed(mdn.original_message_id) != sent.get("message_id"):
        raise _bad(
            "AS2-306", "the MDN is about another message", "nothing to do here; the partner mixed up its answers", received
        )
    if sent.get("mdn_signed", True) and not received.is_signed:
        raise _unsigned(received)
    if not mdn.disposition.is_accepted and not (mdn.disposition.is_duplicate and _mic_holds(received, sent)):
        raise _refused(received)
    is_required = bool(sent.get("mdn_signed", True)) and not mdn.disposition.is_duplicate
    if mdn.mic is None and (is_required or mdn.mic_text):
        raise _bad("AS2-304", "the MDN carries no MIC", "ask the partner which content they received", received)
    if mdn.mic is not None and not _mic_holds(received, sent):
        raise _bad(
            "AS2-303",
            f"the MDN's MIC is another one: sent {sent.get('mic')}, received {mdn.mic_text}",
            "the partner received other bytes than were sent, or computes the MIC over another part",
            received,
        )
    return Receipt(reference=str(sent.get("message_id")), evidence=dict(received.evidence), raw=received.raw)


def _mic_holds(received: ReceivedMdn, sent: Mapping[str, Any]) -> bool:
    own = parse_mic(str(sent.get("mic", "")))
    return own is not None and received.mdn.mic is not None and own.matches(received.mdn.mic)


def _bad(code: str, message: str, hint: str, received: ReceivedMdn) -> PermanentDeliveryError:
    fault = PermanentDeliveryError(message, hint, code=code)
    fault.detail.update(received.evidence)
    return fault


def _unsigned(received: ReceivedMdn) -> UnprovenReceipt:
    if received.mdn.disposition.is_accepted:
        known = _bad(
            "AS2-301", "the MDN is not signed, although a signed one was asked for", "ask the partner to sign MDNs", received
        )
    else:
        known = _refused(received)
    return UnprovenReceipt(known.message, known.hint, code=known.code, detail=known.detail)


def _refused(received: ReceivedMdn) -> PermanentDeliveryError:
    disposition = received.mdn.disposition
    said = f"{disposition.type}/{disposition.kind}: {disposition.modifier}"
    text = f"; it says: {received.mdn.text[:200]!r}" if received.mdn.text else ""
    return _bad(
        "AS2-305", f"the partner refused the message: {said}{text}", REFUSALS.get(disposition.modifier.lower(), _ASK), received
    )


_ASK = "ask the partner what their log says about this Message-ID"
REFUSALS: Mapping[str, str] = {
    "authentication-failed": "the partner does not know the certificate we sign with; send them ours",
    "decryption-failed": "the partner cannot decrypt; ask which certificate to encrypt for, and import it",
    "decompression-failed": "the partner cannot decompress; set compress: none",
    "duplicate-document": "the partner has a message with this Message-ID already",
    "insufficient-message-security": "the partner wants more: signing, encryption, or a stronger algorithm",
    "integrity-check-failed": "the partner's check of our signature failed; something changed the message on its way",
    "unexpected-processing-error": _ASK,
    "unknown-trading-partner": "the partner does not know these AS2 names; compare them letter by letter",
    "unknown-trading-relationship": "the partner does not know these AS2 names; compare them letter by letter",
    "unsupported format": "the partner does not take this kind of message",
    "unsupported mic-algorithms": "the partner does not compute the MIC algorithm we ask for; choose another `sign`",
}


def bad_signature(fault: Fault | MimeError) -> PermanentDeliveryError:
    """The error for an answer that is no MDN, or one whose signature does not hold."""
    if isinstance(fault, MimeError):
        return PermanentDeliveryError(
            f"the answer is not an MDN: {fault}", "look at the raw answer; the partner's software wrote it", code="AS2-307"
        )
    error = PermanentDeliveryError(
        f"the MDN's signature does not hold: {fault.message}",
        "the partner may sign with a new certificate: ask for it, compare its fingerprint, add it beside the old one",
        code="AS2-302",
    )
    error.detail.update(fault.detail)
    return error
