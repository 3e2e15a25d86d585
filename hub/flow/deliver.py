"""Send what stands in the outbox, and write down what happened."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import cast

from hub.errors import (
    DeliveryError,
    HubError,
    NotFound,
    PermanentDeliveryError,
    TemporaryDeliveryError,
    TransientError,
    UnusableConnection,
)
from hub.flow.far_sides import note_outcome
from hub.flow.hub import Hub
from hub.flow.in_test import is_connection_in_test
from hub.flow.outcome import RAW_PROOF, bury, error_of, keep_answer, promise, prove
from hub.flow.retry import is_spent, pause
from hub.ports import OutboundDocument, Preparer, Receipt
from hub.routing.partner_file import Retry
from hub.store.jobs import Job
from hub.store.messages import Message, body_of
from hub.store.transaction import Transaction


def deliver(job: Job, hub: Hub) -> None:
    """Make one attempt: the same bytes under the same identity, however often, and the outcome in one transaction."""
    with hub.read() as view:
        message, document = outgoing(view, job.subject)
    hub.crash_point("before-send")
    try:
        outcome: Receipt | DeliveryError = _send(message, document, hub)
    except DeliveryError as failure:
        outcome = failure
    hub.crash_point("after-send")
    with hub.transaction() as tx:
        write_outcome(tx, job, message, outcome, hub)
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
    if _prepares(type(sender)) and document.wire is None and document.wire_body is None:
        document = _prepare(cast("Preparer", sender), document, message, hub)
    try:
        with hub.turn.away():
            return sender.send(document)
    except (DeliveryError, TransientError):
        raise
    except HubError as missing:  # a secret that is not there or does not open: no document is at fault
        raise UnusableConnection(missing.message, missing.hint, code=missing.code) from missing


@cache
def _prepares(kind: type) -> bool:
    """Whether senders of a class prepare; asking a protocol looks at every member, so each class is asked once."""
    return issubclass(kind, Preparer)


def outgoing(view: Transaction, message_id: str) -> tuple[Message, OutboundDocument]:
    """A message of the outbox, and the document that its sender is given; raises `NotFound` where its bytes were removed."""
    found = view.messages.outgoing(message_id, view.blobs)
    message = found.message
    key = message.evidence.get("idempotency_key") or message.id
    return message, OutboundDocument(
        payload=found.payload,
        body=found.body,
        idempotency_key=key,
        name=message.evidence.get("name", ""),
        media_type=message.media_type,
        headers=message.headers,
        wire=found.wire,
        wire_body=found.wire_body,
        reference=message.transport_id,
        evidence=message.evidence.get("prepared", {}),
    )


def _prepare(sender: Preparer, document: OutboundDocument, message: Message, hub: Hub) -> OutboundDocument:
    """Make the wire bytes once and store them before the first of them leaves; every attempt sends the same."""
    prepared = sender.prepare(document)
    blobs = hub.database.blobs
    body = body_of(prepared.wire or b"", blobs, file=prepared.wire_body)
    evidence = {**message.evidence, "prepared": dict(prepared.evidence)}
    with hub.transaction(at_once=True) as tx:
        tx.messages.keep_wire(message.id, body, reference=prepared.reference, evidence=evidence)
    hub.crash_point("after-prepare")
    # what was in a file has moved to where it is kept
    return prepared if prepared.wire_body is None else replace(prepared, wire_body=blobs.file(body.sha256))


def write_outcome(tx: Transaction, job: Job, message: Message, outcome: Receipt | DeliveryError, hub: Hub) -> None:
    """Settle an attempt: its connection, its job, its message and what stands in it; raises `LeaseLost` where the job is not ours."""
    note_outcome(tx, job, outcome, is_test=is_connection_in_test(job.resource, hub))
    if _is_overtaken(tx, message, outcome):
        tx.jobs.finish(job)
        tx.audit.overtaken(message.id, attempt=job.attempt)
        return
    if isinstance(outcome, DeliveryError):
        _failed(tx, job, message, outcome, hub)
        return
    tx.jobs.finish(job)
    attempts = message.attempts + 1
    if outcome.answer_due is not None:
        promise(tx, message, outcome, hub, attempt=attempts)
        return
    proof = "" if outcome.raw is None else keep_answer(tx, message, outcome.raw, outcome.evidence, hub)
    prove(tx, message, outcome, attempt=attempts, proof=proof)


def _is_overtaken(tx: Transaction, message: Message, outcome: Receipt | DeliveryError) -> bool:
    """Whether a receipt that came on its own has settled the message while this attempt was under way."""
    is_final = isinstance(outcome, Receipt) and outcome.answer_due is None and outcome.raw is None
    if is_final:
        return False
    present = tx.messages.get(message.id).state
    if present not in {"delivered", "dead"}:
        return False
    return present != message.state or (present == "delivered" and isinstance(outcome, Receipt))


def _failed(tx: Transaction, job: Job, message: Message, failure: DeliveryError, hub: Hub) -> None:
    raw = failure.detail.get(RAW_PROOF)
    if raw is not None:
        detail = {name: value for name, value in failure.detail.items() if name != RAW_PROOF}
        keep_answer(tx, message, str(raw).encode("latin-1"), detail, hub)
    retry = _retry_of(message.connection, hub)
    retry_after = failure.retry_after if isinstance(failure, TemporaryDeliveryError) else None
    due_at = tx.now + pause(job.attempt, retry, retry_after=retry_after)
    attempts = message.attempts + 1
    is_refused = isinstance(failure, PermanentDeliveryError) and not isinstance(failure, UnusableConnection)
    if is_refused or is_spent(job.created_at, due_at, retry.give_up):
        tx.jobs.bury(job, failure.message)
        bury(tx, message, failure, hub, attempts=attempts)
        return
    tx.jobs.retry(job, due_at=due_at, error=failure.message)
    tx.messages.set(message.id, state="retry", error=error_of(failure, message, hub), attempts=attempts)
    tx.audit.attempted(message.id, attempt=job.attempt, code=failure.code, message=failure.message)


def _retry_of(connection: str, hub: Hub) -> Retry:
    found = hub.site.connections.get(connection)
    return Retry() if found is None else found.retry
