"""A message that leaves: its wire bytes made once, posted as often as it takes, and the answer judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from connectors.as2 import wire
from connectors.as2.building import Content, Plan, build
from connectors.as2.cms.algorithms import micalg
from connectors.as2.cms.sign import Signing
from connectors.as2.faults import Fault
from connectors.as2.judging import bad_signature, judge, receive_mdn
from connectors.as2.mdn_write import common_headers, stable_message_id
from connectors.as2.mime.fields import MimeError, parse_value
from connectors.as2.receiving import content_head
from connectors.as2.roles import Roles
from connectors.as2.settings import As2Settings
from connectors.as2.source import MemorySource, Spool
from connectors.as2.transport import Answer
from connectors.as2.unwrapping import Relation
from hub.errors import DeliveryError, PermanentDeliveryError, TemporaryDeliveryError, UncertainDeliveryError
from hub.ports import OutboundDocument, Receipt

_RETRY = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Preparing:
    """What a message is made with."""

    settings: As2Settings
    roles: Roles
    signing: Signing | None
    folder: Path | None


def prepare(document: OutboundDocument, work: Preparing, at: datetime) -> OutboundDocument:
    """Make the wire bytes and the Message-ID, and the evidence a receipt will be judged by."""
    settings = work.settings
    recipient = work.roles.encrypting(at) if settings.encrypt is not None else None
    plan = Plan(
        signing=work.signing,
        recipient=recipient,
        cipher=settings.encrypt or "aes256_cbc",
        key_transport=settings.key_transport,
        compression=settings.compress,
        folder=work.folder,
    )
    content = Content(document.pieces(), document.size, document.media_type, document.name)
    built = build((content,), plan, at)
    message_id = stable_message_id(settings.domain, settings.our_name, settings.partner_name, document.idempotency_key)
    headers = _headers(settings, message_id, at) | built.fields
    spool = Spool(work.folder)
    try:
        spool.write(wire.head_bytes(headers))
        spool.extend(built.pieces)
    except BaseException:
        spool.discard()  # half a message is of no use to anybody
        raise
    evidence: dict[str, Any] = {
        "transport": "as2",
        "message_id": message_id,
        "from": settings.our_name,
        "to": settings.partner_name,
        "mic": str(built.mic()),
        "mdn": settings.mdn.mode,
        "mdn_signed": settings.mdn.signed,
        "compress": settings.compress,
        "file_name": document.name,
    }
    evidence |= built.mic_over
    if work.signing is not None:
        own = work.signing.own.certificate
        evidence |= {"signed_with": own.sha256, "digest": work.signing.digest, "signature": work.signing.scheme}
    if recipient is not None:
        evidence |= {"encrypted_for": recipient.sha256, "cipher": settings.encrypt, "key_transport": settings.key_transport}
    if spool.path is None:
        source = spool.source()
        return replace(document, wire=source.read(0, source.size), reference=message_id, evidence=evidence)
    spool.close()
    return replace(document, wire_body=spool.path, reference=message_id, evidence=evidence)


def _headers(settings: As2Settings, message_id: str, at: datetime) -> dict[str, str]:
    headers = common_headers(settings.our_name, settings.partner_name, message_id, at)
    headers["Subject"] = settings.subject
    mdn = settings.mdn
    if mdn.mode == "none":
        return headers
    headers["Disposition-Notification-To"] = mdn.url or f"receipts@{settings.domain}"
    digest = micalg(settings.sign or "sha256")
    if mdn.signed:
        options = f"signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, {digest}"
        headers["Disposition-Notification-Options"] = options
    if mdn.mode == "async":
        headers["Receipt-Delivery-Option"] = mdn.url
    return headers


def outcome(answer: Answer, document: OutboundDocument, settings: As2Settings, relation: Relation, at: datetime) -> Receipt:
    """What an HTTP answer means: a receipt, the promise of one, or one of the three delivery errors."""
    sent: Mapping[str, Any] = {**document.evidence, "http_status": answer.status}
    _check_status(answer, at)
    if document.evidence.get("kind") == "mdn":
        return Receipt(reference=document.reference, evidence={"http_status": answer.status})
    kind = parse_value(answer.headers.get("content-type", "")).main
    has_mdn = bool(answer.body.strip()) and kind.startswith("multipart/")
    if settings.mdn.mode == "none":
        return Receipt(reference=document.reference, evidence={"http_status": answer.status})
    if settings.mdn.mode == "async" and not has_mdn:
        evidence = {"http_status": answer.status}
        return Receipt(reference=document.reference, evidence=evidence, answer_due=settings.mdn.within)
    if not answer.body.strip():
        raise UncertainDeliveryError(
            "the partner answered without an MDN",
            "the same bytes are sent again; if it stays so, ask the partner to answer with a synchronous MDN",
            code="AS2-317",
        )
    receipt = _judge(answer, sent, relation, at)
    return replace(receipt, evidence={**receipt.evidence, "http_status": answer.status})


def _judge(answer: Answer, sent: Mapping[str, Any], relation: Relation, at: datetime) -> Receipt:
    raw = wire.join({n: v for n, v in answer.headers.items() if n != "transfer-encoding"}, answer.body)
    try:
        received = receive_mdn(content_head(answer.headers), MemorySource(answer.body), relation, at, raw)
    except (Fault, MimeError) as fault:
        raise _with_raw(bad_signature(fault), raw) from None
    try:
        return judge(received, sent)
    except PermanentDeliveryError as fault:
        raise _with_raw(fault, raw) from None


def _with_raw(fault: PermanentDeliveryError, raw: bytes) -> PermanentDeliveryError:
    """Keep the MDN that was not good enough: it is evidence too."""
    fault.detail["mdn_raw"] = raw.decode("latin-1")
    return fault


def _check_status(answer: Answer, at: datetime) -> None:
    status = answer.status
    if 200 <= status < 300:
        return
    fault: DeliveryError
    if status in _RETRY or status >= 500:
        fault = TemporaryDeliveryError(
            f"the partner's server answered {status}",
            "it is tried again; if it stays so, ask the partner",
            code="AS2-318",
            retry_after=_retry_after(answer, at),
        )
    else:
        fault = PermanentDeliveryError(
            f"the partner's server answered {status}", HINTS.get(status, "check the address and the login"), code="AS2-319"
        )
    fault.detail["http_status"] = status
    raise fault


HINTS: Mapping[int, str] = {
    301: "the address has moved; no redirect is followed: correct `url`",
    302: "the address has moved; no redirect is followed: correct `url`",
    307: "the address has moved; no redirect is followed: correct `url`",
    308: "the address has moved; no redirect is followed: correct `url`",
    401: "the server wants a login: set `auth`, or correct it",
    403: "the server refuses us: ask the partner to allow our address and our certificate",
    404: "there is no AS2 server at this path: correct `url`",
    405: "there is no AS2 server at this path: correct `url`",
    411: "the server does not take chunked bodies: set transfer: length",
    413: "the message is larger than the partner's server takes",
    415: "the server does not take this content type: is `url` the AS2 address?",
}


def _retry_after(answer: Answer, at: datetime) -> float | None:
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return min(float(text), 86400.0)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return min(max((until - at).total_seconds(), 0.0), 86400.0)
