"""Receipts that come on their own (asynchronous MDNs): found, judged against what was sent, and kept whatever they are worth.

Each is one of these, and each is kept as it came:

==================================  ====================================================================================
the first, in time or late          the delivery light turns to ok or failed; a late one turns an overdue light
before the sender's own attempt ends  the light turns at once; the attempt's outcome changes nothing any more
a second, saying the same           noted
a second, saying the opposite       noted as a contradiction; the light stays, a person looks
about nothing we sent over this connection  held for a person; no state changes
unsigned, where a signed one was asked for  held for a person; no state changes, since anybody may have sent it
==================================  ====================================================================================
"""

from __future__ import annotations

from typing import Any

from hub.errors import PermanentDeliveryError, UnprovenReceipt
from hub.flow.hub import Hub
from hub.flow.in_test import is_connection_in_test
from hub.flow.outcome import bury, keep_raw, prove
from hub.ports import Proof, Receipt
from hub.store.messages import Body, Message
from hub.store.transaction import Transaction


def settle_proof(tx: Transaction, proof: Proof, body: Body, *, connection: str, hub: Hub) -> None:
    """Write a receipt down and let it count; in the transaction that the far side's answer waits for."""
    kept = keep_raw(tx, proof.raw, body, connection=connection, evidence=proof.evidence, hub=hub)
    if kept.is_duplicate:
        tx.audit.repeated(kept.id, connection=connection, key=proof.reference)
        return
    tx.audit.received(kept.id, connection=connection, sha256=body.sha256, size=body.size, evidence=proof.evidence)
    sent = tx.messages.sent_as(connection, proof.reference)
    if sent is None or "answers" in sent.evidence:
        _unmatched(tx, kept.id, proof, is_test=is_connection_in_test(connection, hub))
        return
    try:
        outcome: Receipt | PermanentDeliveryError = proof.judge(sent.evidence.get("prepared", {}))
    except UnprovenReceipt as failure:
        _unproven(tx, kept.id, sent, failure)
        return
    except PermanentDeliveryError as failure:
        outcome = failure
    tx.messages.settle(kept.id, "done", answer_to=sent.id, partner=sent.partner, test=sent.test)
    if sent.state in {"delivered", "dead"}:
        _second(tx, sent, outcome, kept.id)
        return
    # an attempt that is under way finds the message settled when it ends, and leaves it so
    tx.jobs.discard(sent.id)
    if isinstance(outcome, Receipt):
        prove(tx, sent, outcome, attempt=sent.attempts, proof=kept.id)
    else:
        bury(tx, sent, outcome, hub, attempts=sent.attempts)


def _second(tx: Transaction, sent: Message, outcome: Receipt | PermanentDeliveryError, proof_id: str) -> None:
    is_good = isinstance(outcome, Receipt)
    told = "ok" if is_good else "failed"
    stands = "ok" if sent.state == "delivered" else "failed"
    reason = "a second receipt" if isinstance(outcome, Receipt) else outcome.message
    if told == stands:
        tx.audit.proven_again(sent.id, proof=proof_id, told=told)
        return
    documents = tx.documents.of_message(sent.id)
    for row in documents:
        tx.audit.contradicted(row.id, light="delivery", stands=row.delivery, told=told, reason=reason)
    data = {"stands": stands, "told": told, "reason": reason, "proof": proof_id}
    tx.events.tell("delivery.contradicted", message=sent.id, test=sent.test, data=data)


def _unmatched(tx: Transaction, message_id: str, proof: Proof, *, is_test: bool) -> None:
    error: dict[str, Any] = {
        "code": "DLV-457",
        "message": f"a receipt names {proof.reference or 'nothing'}, which we did not send over this connection",
        "hint": "no state was changed; ask the partner what it is about, then discard it",
        "who": "operator",
    }
    tx.messages.set(message_id, state="held", error=error)
    tx.audit.proof_unmatched(message_id, refers_to=proof.reference)
    data = {"reference": proof.reference, "error": error}
    tx.events.tell("delivery.unmatched", message=message_id, test=is_test, data=data)


def _unproven(tx: Transaction, message_id: str, sent: Message, failure: UnprovenReceipt) -> None:
    error: dict[str, Any] = {
        "code": failure.code,
        "message": f"a receipt for {sent.transport_id} that nobody signed, where a signed one was asked for: {failure.message}",
        "hint": "no state was changed, since anybody may have sent it; ask the partner to sign receipts, then discard it",
        "who": "operator",
    }
    tx.messages.set(message_id, state="held", error=error, partner=sent.partner, test=sent.test)
    tx.audit.proof_doubted(sent.id, proof=message_id, code=failure.code, reason=failure.message)
    data = {"reference": sent.transport_id, "error": error}
    tx.events.tell("delivery.unmatched", message=message_id, test=sent.test, data=data)
