"""Acknowledgments and MDNs in words: who said what about which message, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hub.web.console import words

MOST_ERRORS = 20
_FACTS = {
    "message_id": "Message-ID",
    "from": "From (AS2 name)",
    "to": "To (AS2 name)",
    "subject": "Subject",
    "peer": "Came from",
    "file_name": "File name",
    "file_names": "File names",
    "mic": "MIC of the content",
    "signed_with": "Signed with certificate (SHA-256)",
    "signed_by": "Signed by certificate (SHA-256)",
    "signer": "Signer",
    "digest": "Signature digest",
    "signature": "Signature scheme",
    "encrypted_for": "Encrypted for certificate (SHA-256)",
    "decrypted_with": "Decrypted with certificate (SHA-256)",
    "cipher": "Cipher",
    "key_transport": "Key transport",
    "compress": "Compressed",
    "compressed": "Compressed",
    "mdn": "MDN asked for",
    "mdn_asked": "MDN asked for",
    "mdn_disposition": "MDN says",
    "mdn_text": "MDN text",
    "mdn_mic": "MIC in the MDN",
    "mdn_signer": "MDN signed by",
    "mdn_signed_by": "MDN signed with certificate (SHA-256)",
    "mdn_digest": "MDN signature digest",
    "mdn_signature": "MDN signature scheme",
    "mdn_verified_over": "MDN verified over",
    "mdn_signed": "MDN is signed",
    "mdn_signed_asked": "Signed MDN asked for",
    "verified_over": "Signature verified over",
    "mdn_reporting_ua": "Partner's software",
    "http_status": "HTTP status",
    "exceptions": "Exceptions that were used",
}
_VALUES = {
    "mdn": {"sync": "at once (sync)", "async": "later, to our address (async)"},
    "mdn_asked": {"sync": "at once (sync)", "async": "later, to their address (async)"},
    "verified_over": {"exact": "the bytes exactly as they came"},
    "mdn_verified_over": {"exact": "the bytes exactly as they came"},
}
_REFUSED = {
    "authentication-failed": "they do not know the certificate we sign with",
    "decompression-failed": "they could not decompress it",
    "decryption-failed": "they could not decrypt it",
    "duplicate-document": "they had a message of this Message-ID already",
    "insufficient-message-security": "they demand more security than it had",
    "integrity-check-failed": "its signature does not fit the content that they received",
    "unexpected-processing-error": "their software failed on it",
    "unknown-trading-partner": "they do not know these AS2 names",
    "unknown-trading-relationship": "they do not know these AS2 names",
    "unsupported format": "they do not take this format",
    "unsupported mic-algorithms": "they do not compute the MIC that was asked for",
}
_HIDDEN = frozenset({"transport", "key", "name", "idempotency_key", "prepared", "mdn_raw", "took_ms", "as2_version"})


def acknowledgment_words(canonical: bytes | None) -> list[str]:
    """What a 997, 999, CONTRL, TA1, 824 or APERAK says, line by line; empty where there is nothing of the kind."""
    if canonical is None:
        return []
    said = msgspec.json.decode(canonical)
    if said.get("type") not in {"acknowledgment", "application_error"}:
        return []
    verdict = words.VERDICTS.get(said.get("verdict") or "", "")
    lines = [f"{said.get('kind') or 'It'} says: {verdict}"] if verdict else []
    errors = list(said.get("errors") or ())
    for group in said.get("groups") or ():
        errors += group.get("errors") or ()
        for message in group.get("messages") or ():
            answer = words.VERDICTS.get(message.get("verdict") or "", "no verdict")
            lines.append(f"{message.get('type') or 'Message'} {message.get('control_number') or ''}: {answer}")
            errors += message.get("errors") or ()
    lines += [_error(error) for error in errors[:MOST_ERRORS]]
    if len(errors) > MOST_ERRORS:
        lines.append(f"… and {len(errors) - MOST_ERRORS} more errors")
    return lines


def _error(error: Mapping[str, Any]) -> str:
    place = error.get("segment") or ""
    place += f" (segment {error['segment_index']})" if error.get("segment_index") is not None else ""
    place += f", element {error['element']}" if error.get("element") is not None else ""
    value = f", value “{error['value']}”" if error.get("value") else ""
    text = f": {error['text']}" if error.get("text") else ""
    return f"Error {error.get('code') or ''} at {place or 'the whole'}{value}{text}"


def transport_facts(
    evidence: Mapping[str, Any], receipt: Mapping[str, Any] | None, error: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """The AS2 facts of a message, with the MDN in words; None where it did not travel by AS2."""
    sent = evidence.get("prepared") or evidence
    if "mdn_disposition" in sent:  # the message is a receipt itself
        said = _verdict(str(sent["mdn_disposition"]))
        own_words = f" In their words: {sent['mdn_text']}" if sent.get("mdn_text") else ""
        return {"said": f"It {said}.{own_words}", "facts": _facts(sent)}
    answered = (receipt or {}).get("evidence") or {}
    if sent.get("transport") != "as2":
        return None
    asked = {"mdn_signed_asked" if name == "mdn_signed" else name: value for name, value in sent.items()}
    facts = {**asked, **answered}
    return {"said": _mdn(sent, answered, error), "facts": _facts(facts)}


def _facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (_FACTS.get(name, name.replace("_", " ")), _VALUES.get(name, {}).get(str(value)) or _said(value))
        for name, value in facts.items()
        if name not in _HIDDEN and value not in ("", None, [])
    ]


def _mdn(sent: Mapping[str, Any], answered: Mapping[str, Any], error: Mapping[str, Any] | None) -> str:
    if "mdn_asked" in sent:
        asked = {"sync": "at once", "async": "later, to its address"}.get(str(sent["mdn_asked"]))
        kind = "a signed MDN" if sent.get("mdn_signed") else "an MDN"
        return (
            f"It came over AS2; the partner asked for {kind} {asked}."
            if asked
            else "It came over AS2; the partner asked for no MDN."
        )
    if "mdn_disposition" not in answered:
        if error and str(error.get("code", "")).startswith("AS2-3"):
            return f"The MDN is no proof: {words.ended(str(error.get('message')))}"
        return "No MDN was asked for." if sent.get("mdn") == "none" else "No MDN has come yet."
    outcome = _verdict(str(answered["mdn_disposition"]))
    signed = "It is signed, and the signature holds" if answered.get("mdn_signed") else "It is not signed, so it proves nothing"
    own, theirs = str(sent.get("mic") or ""), str(answered.get("mdn_mic") or "")
    same = _digest_of(own) == _digest_of(theirs)
    mic = "" if not theirs else ("; its MIC is ours: they have the bytes that we sent" if same else "; its MIC is not ours")
    return f"The MDN came and {outcome}. {signed}{mic}."


def _verdict(disposition: str) -> str:
    """A disposition (RFC 4130 7.4.3) as what the far side says of the message."""
    said = disposition.partition(";")[2].strip() or disposition
    outcome, _, modifier = said.partition(":")
    kind, _, rank = outcome.lower().partition("/")
    if kind.strip() == "processed" and rank.strip() in {"", "warning"}:
        return "says that the message was processed" + (f", with a warning: {modifier.strip()}" if modifier else "")
    why = _REFUSED.get(modifier.strip().lower())
    return f"says that the message was refused: {why} ({said})" if why else f"says that the message was refused ({said})"


def _digest_of(mic: str) -> str:
    return mic.partition(",")[0].strip()


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
