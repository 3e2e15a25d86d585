"""Send what stands in the outbox, and write down what happened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hub.errors import DeliveryError, NotFound, PermanentDeliveryError, TemporaryDeliveryError
from hub.flow.hub import Hub
from hub.flow.retry import is_spent, pause
from hub.ports import OutboundDocument, Preparer, Receipt
from hub.routing.partner_file import Retry
from hub.store.jobs import Job
from hub.store.messages import Message
from hub.store.transaction import Transaction


def deliver(job: Job, hub: Hub) -> None:
    """Make one attempt: the same bytes under the same identity, however often, and the outcome in one transaction."""
    message, document = _outgoing(job.subject, hub)
    hub.crash_point("before-send")
    try:
        outcome: Receipt | DeliveryError = _send(message, document, hub)
    except DeliveryError as failure:
        outcome = failure
    hub.crash_point("after-send")
    with hub.transaction() as tx:
        if isinstance(outcome, Receipt):
            _delivered(tx, job, message, outcome)
        else:
            _failed(tx, job, message, outcome, _retry_of(message.connection, hub))
    hub.crash_point("after-delivery")


def _send(message: Message, document: OutboundDocument, hub: Hub) -> Receipt:
    if hub.is_switched_off(message.partner):
        raise PermanentDeliveryError(
            f"partner {message.partner} is switched off", "set its state, then `edihub resend`", code="RTE-321"
        )
    try:
        sender = hub.sender(message.connection)
    except NotFound as missing:
        raise PermanentDeliveryError(missing.message, missing.hint, code=missing.code) from missing
    if isinstance(sender, Preparer) and document.wire is None and document.wire_body is None:
        document = _prepare(sender, document, message, hub)
    return sender.send(document)


def _outgoing(message_id: str, hub: Hub) -> tuple[Message, OutboundDocument]:
    with hub.read() as view:
        message, payload, wire = view.messages.outgoing(message_id, view.blobs)
    key = message.evidence.get("idempotency_key") or message.id
    return message, OutboundDocument(
        payload=payload,
        idempotency_key=key,
        name=message.evidence.get("name", ""),
        media_type=message.media_type,
        headers=message.headers,
        wire=wire,
        reference=message.transport_id,
        evidence=message.evidence.get("prepared", {}),
    )


def _prepare(sender: Preparer, document: OutboundDocument, message: Message, hub: Hub) -> OutboundDocument:
    """Make the wire bytes once and store them before the first of them leaves; every attempt sends the same."""
    prepared = sender.prepare(document)
    wire = prepared.wire if prepared.wire_body is None else b"".join(prepared.pieces())
    if prepared.wire_body is not None:
        prepared.wire_body.unlink(missing_ok=True)
    evidence = {**message.evidence, "prepared": dict(prepared.evidence)}
    with hub.transaction() as tx:
        tx.messages.keep_wire(message.id, wire or b"", tx.blobs, reference=prepared.reference, evidence=evidence)
    return replace(prepared, wire=wire, wire_body=None)


def _delivered(tx: Transaction, job: Job, message: Message, receipt: Receipt) -> None:
    tx.jobs.finish(job)
    is_proven = receipt.answer_due is None
    values: dict[str, Any] = {"attempts": message.attempts + 1, "error": None}
    values["receipt"] = {"reference": receipt.reference, "evidence": dict(receipt.evidence)}
    if receipt.reference and not message.transport_id:
        values["transport_id"] = receipt.reference
    if is_proven:
        tx.messages.settle(message.id, "delivered", **values)
    else:
        tx.messages.set(message.id, state="sent", **values)
    tx.audit.delivered(message.id, reference=receipt.reference, attempt=job.attempt)
    reason = receipt.reference if is_proven else "sent, the receipt is still to come"
    for row in tx.documents.delivered(message.id, "ok" if is_proven else "waiting", reason):
        if row.kind != "acknowledgment":
            data = {"document_id": row.id, "kind": row.kind, "number": row.number, "reference": receipt.reference}
            tx.events.tell("document.sent", order=row.order_id, message=message.id, test=row.test, data=data)


def _failed(tx: Transaction, job: Job, message: Message, failure: DeliveryError, retry: Retry) -> None:
    error = {"code": failure.code, "message": failure.message, "hint": failure.hint, "who": "admin"}
    retry_after = failure.retry_after if isinstance(failure, TemporaryDeliveryError) else None
    due_at = tx.now + pause(job.attempt, retry, retry_after=retry_after)
    is_over = isinstance(failure, PermanentDeliveryError) or is_spent(job.created_at, due_at, retry.give_up)
    if not is_over:
        tx.jobs.retry(job, due_at=due_at, error=failure.message)
        tx.messages.set(message.id, state="retry", error=error, attempts=message.attempts + 1)
        tx.audit.attempted(message.id, attempt=job.attempt, code=failure.code, message=failure.message)
        return
    tx.jobs.bury(job, failure.message)
    tx.messages.set(message.id, state="dead", error=error, attempts=message.attempts + 1)
    tx.audit.buried(message.id, state="dead", code=failure.code, message=failure.message)
    for row in tx.documents.of_message(message.id):
        tx.documents.move(row, "delivery", "failed", failure.message)
        tx.documents.set(row.id, state="dead", error=error)
        data = {"document_id": row.id, "kind": row.kind, "number": row.number, "error": error}
        tx.events.tell("document.dead", order=row.order_id, message=message.id, test=row.test, data=data)


def _retry_of(connection: str, hub: Hub) -> Retry:
    found = hub.site.connections.get(connection)
    return Retry() if found is None else found.retry
