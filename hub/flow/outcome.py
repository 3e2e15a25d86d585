"""What an attempt or a receipt means for a message and its documents: proven, promised, or given up."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from hub.errors import DeliveryError
from hub.flow.clocks.calendar import WARN_AT
from hub.flow.clocks.deadlines import Deadline, deadline
from hub.flow.clocks.late import mark_late_deliveries
from hub.flow.hub import Hub
from hub.ports import InboundDocument, Receipt
from hub.store.messages import Body, Kept, Message, body_of
from hub.store.transaction import Transaction

RAW_PROOF = "mdn_raw"
"""The member of a `DeliveryError.detail` that holds, as latin-1, a receipt that was not good enough."""


def prove(tx: Transaction, message: Message, receipt: Receipt, *, attempt: int, proof: str = "") -> None:
    """A message is proven to have arrived; `proof` is the id of the kept receipt, where there is one in bytes."""
    told = {"reference": receipt.reference, "evidence": dict(receipt.evidence)}
    values: dict[str, Any] = {"attempts": attempt, "error": None, "receipt": told | ({"proof": proof} if proof else {})}
    if receipt.reference and not message.transport_id:
        values["transport_id"] = receipt.reference
    tx.messages.settle(message.id, "delivered", **values)
    tx.audit.delivered(message.id, reference=receipt.reference, attempt=attempt, evidence=receipt.evidence)

    def left(rows: list[Any]) -> None:
        mark_late_deliveries(tx, rows)
        _tell_sent(tx, message, receipt, rows)

    tx.documents.delivered(message.id, "ok", receipt.reference, told=left)


def promise(tx: Transaction, message: Message, receipt: Receipt, hub: Hub, *, attempt: int) -> None:
    """A message was taken, and its receipt is still to come: the light waits until the agreement's deadline, or the connector's."""
    assert receipt.answer_due is not None
    told = {"reference": receipt.reference, "evidence": dict(receipt.evidence)}
    values: dict[str, Any] = {"attempts": attempt, "error": None, "receipt": told}
    if receipt.reference and not message.transport_id:
        values["transport_id"] = receipt.reference
    tx.messages.set(message.id, state="sent", **values)
    tx.audit.delivered(message.id, reference=receipt.reference, attempt=attempt, evidence=receipt.evidence)
    waits = _patience(tx, message, receipt.answer_due, hub)
    reason = "sent, the receipt is still to come"
    tell = partial(_tell_sent, tx, message, receipt)
    tx.documents.delivered(message.id, "waiting", reason, told=tell, due_at=waits.due, warn_at=waits.warn)


def bury(tx: Transaction, message: Message, failure: DeliveryError, hub: Hub, *, attempts: int) -> None:
    """A message will not arrive any more; a person decides what then."""
    error = error_of(failure, message, hub)
    tx.messages.set(message.id, state="dead", error=error, attempts=attempts)
    tx.audit.buried(message.id, state="dead", code=failure.code, message=failure.message)
    for row in tx.documents.of_message(message.id):
        tx.documents.move(row, "delivery", "failed", failure.message)
        tx.documents.set(row.id, state="dead", error=error)
        data = {"document_id": row.id, "kind": row.kind, "type": row.type, "number": row.number, "error": error}
        tx.events.tell("document.dead", order=row.order_id, message=message.id, test=row.test, data=data)


def keep_raw(tx: Transaction, raw: bytes, body: Body, *, connection: str, evidence: Mapping[str, Any], hub: Hub) -> Kept:
    """Keep a receipt as the message in that it is, once; what it answers is for the caller to write."""
    arrival = InboundDocument(
        payload=raw,
        idempotency_key=f"proof {hashlib.sha256(raw).hexdigest()}",
        received_at=hub.now(),
        media_type="multipart/report",
        evidence=evidence,
        reference=str(evidence.get("message_id") or ""),
    )
    return tx.messages.keep(arrival, body, connection=connection, channel=hub.channel(connection))


def keep_answer(tx: Transaction, message: Message, raw: bytes, evidence: Mapping[str, Any], hub: Hub) -> str:
    """Keep the receipt that came as the answer to an attempt; the id of the message that holds it."""
    body = body_of(raw, tx.blobs)
    kept = keep_raw(tx, raw, body, connection=message.connection, evidence=evidence, hub=hub)
    if not kept.is_duplicate:
        tx.messages.settle(kept.id, "done", answer_to=message.id, partner=message.partner, test=message.test)
        tx.audit.received(kept.id, connection=message.connection, sha256=body.sha256, size=body.size, evidence=evidence)
    return kept.id


def error_of(failure: DeliveryError, message: Message, hub: Hub) -> dict[str, Any]:
    """What a failed attempt leaves on its message: code, sentence, cure, and the explanation of the connector."""
    detail = {name: value for name, value in failure.detail.items() if name != RAW_PROOF}
    error: dict[str, Any] = {"code": failure.code, "message": failure.message, "hint": failure.hint, "who": "admin"}
    evidence = {**message.evidence.get("prepared", {}), **detail, "message": failure.message}
    explained = hub.explain(message.connection, failure.code, evidence)
    if explained:
        error |= {"explained": explained, "evidence": detail}
    return error


def _patience(tx: Transaction, message: Message, promised: timedelta, hub: Hub) -> Deadline:
    """By when the agreement expects the receipt; where it does not say, as long as the connector was told to wait, day or night."""
    agreed = []
    for row in tx.documents.of_message(message.id):
        known = hub.site.agreements.get(row.agreement)
        # a file sent as it is was not written by an agreement, but may be what one is about
        about = hub.site.agreements_of(message.partner, direction="outbound", message=row.type) if known is None else (known,)
        agreed += [each.expect.delivery for each in about if each.expect.delivery is not None]
    if agreed:
        return deadline(tx.now, min(agreed), message.partner, hub)
    span = promised // timedelta(microseconds=1)
    return Deadline(warn=tx.now + int(span * WARN_AT), due=tx.now + span)


def _tell_sent(tx: Transaction, message: Message, receipt: Receipt, rows: list[Any]) -> None:
    for row in rows:
        if row.kind != "acknowledgment":
            data = {"document_id": row.id, "kind": row.kind, "number": row.number, "reference": receipt.reference}
            tx.events.tell("document.sent", order=row.order_id, message=message.id, test=row.test, data=data)
