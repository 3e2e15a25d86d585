"""What one pushed request carried, made durable as a whole before it is answered: documents, answers to send, receipts, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.flow.hub import Hub
from hub.flow.proofs import settle_proof
from hub.ports import Call, InboundDocument, OutboundDocument, Proof, Rejection, Stored
from hub.store.encoding import to_json
from hub.store.messages import Body, body_of
from hub.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """The part of a `Call` that is stored. `connection` is empty where a gateway found none."""

    connection: str
    documents: tuple[InboundDocument, ...] = ()
    answer: bytes | None = None
    sends: tuple[OutboundDocument, ...] = ()
    proofs: tuple[Proof, ...] = ()
    rejection: Rejection | None = None
    after_last: str = ""

    @classmethod
    def of(cls, call: Call, connection: str) -> Taking:
        """What there is to store of a call that came in over `connection`, unless it names one itself."""
        return cls(
            connection=call.connection or connection,
            documents=call.documents,
            answer=call.answer_bytes,
            sends=call.sends,
            proofs=call.proofs,
            rejection=call.rejection,
            after_last=call.after_last,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it has to be stored."""
        return not (self.documents or self.sends or self.proofs or self.rejection)

    @property
    def size(self) -> int:
        """How many bytes wait in memory."""
        return sum(each.size for each in self.documents) + sum(len(each.raw) for each in self.proofs)


def take_together(takings: Sequence[Taking], *, hub: Hub) -> list[list[Stored]]:
    """Store several requests in one transaction, all or none; for each what its documents became, in order.

    Raises `TransientError` when the store cannot take it: then nobody must be told that it was taken.
    """
    blobs, begun = hub.database.blobs, hub.database.now()
    bodies = [
        (
            [body_of(document.payload, blobs, file=document.body) for document in taking.documents],
            [body_of(proof.raw, blobs) for proof in taking.proofs],
        )
        for taking in takings
    ]
    hub.crash_point("after-blob")
    with hub.transaction() as tx:
        stored = [_take(tx, taking, *each, hub) for taking, each in zip(takings, bodies, strict=True)]
    hub.crash_point("after-keep")
    for taking, each in zip(takings, stored, strict=True):
        for kept in each:
            hub.tracing.arrived(kept.message_id, connection=taking.connection, begun=begun)
    return stored


def _take(tx: Transaction, taking: Taking, documents: list[Body], proofs: list[Body], hub: Hub) -> list[Stored]:
    over = taking.connection
    first = _other_set(tx, taking)
    stored = [
        _keep(tx, document, body, taking, hub, first=first) for document, body in zip(taking.documents, documents, strict=True)
    ]
    if not any(each.is_conflict for each in stored):
        for document in taking.sends:
            _queue(tx, document, taking, stored[0].message_id if stored else "", hub)
    for proof, body in zip(taking.proofs, proofs, strict=True):
        settle_proof(tx, proof, body, connection=over, hub=hub)
    if taking.rejection is not None:
        tx.audit.refused(over, _told(taking.rejection, over, hub))
    return stored


def _other_set(tx: Transaction, taking: Taking) -> str:
    """A message of an earlier arrival under these keys that brought more documents, or fewer; "" where there was none."""
    if not taking.after_last:
        return ""
    if (more := tx.messages.with_key(taking.connection, taking.after_last)) is not None:
        return more
    if len(taking.documents) == 1:
        return ""
    known = [tx.messages.with_key(taking.connection, each.idempotency_key) for each in taking.documents]
    return "" if None not in known else next((each for each in known if each is not None), "")


def _keep(tx: Transaction, document: InboundDocument, body: Body, taking: Taking, hub: Hub, *, first: str) -> Stored:
    """Write one arrival and its job. The sender of other bytes under a used key is told of it, so they are held, without effect.

    `first` is the message of an earlier arrival that was this one with other documents, "" where there was none.
    """
    over = taking.connection
    channel = hub.channel(over)
    kept = tx.messages.keep(document, body, connection=over, channel=channel, answer=taking.answer, rival=first)
    if kept.is_duplicate and first:
        _tell_conflict(tx, kept.id, first=first, key=document.idempotency_key)
    elif kept.is_duplicate:
        tx.audit.repeated(kept.id, connection=over, key=document.idempotency_key)
    else:
        tx.audit.received(kept.id, connection=over, sha256=body.sha256, size=body.size, evidence=document.evidence)
        if kept.is_conflict:
            tx.messages.set(kept.id, state="held", error=_CONFLICT)
            earlier = first or tx.messages.get(kept.id).duplicate_of or ""
            _tell_conflict(tx, kept.id, first=earlier, key=document.idempotency_key)
        else:
            tx.jobs.add("process", "message", kept.id)
    return Stored(
        message_id=kept.id, is_duplicate=kept.is_duplicate, answer=kept.answer, is_conflict=kept.is_conflict or bool(first)
    )


_CONFLICT = {
    "code": "DLV-456",
    "message": "the same transport identity came before with other content",
    "hint": "the sender was told; ask which one counts, then replay or discard this one",
    "who": "operator",
}


def _tell_conflict(tx: Transaction, message_id: str, *, first: str, key: str) -> None:
    is_test = bool(first) and tx.messages.get(first).test
    tx.audit.conflicted(message_id, first=first, key=key)
    tx.events.tell("message.conflicted", message=message_id, test=is_test, data={"first": first, "error": _CONFLICT})


def _queue(tx: Transaction, document: OutboundDocument, taking: Taking, about: str, hub: Hub) -> None:
    """Put an answer that is sent on its own into the outbox; for a repeated arrival, the one that was stored with the first.

    The answer to a refusal reserves no key: the same request may be in order when it comes again.
    """
    over = taking.connection
    key = document.idempotency_key if taking.documents else ""
    known = tx.messages.with_key(over, key)
    if known is not None:
        tx.jobs.flush()
        if not tx.jobs.is_pending(known):
            tx.jobs.discard(known)
            tx.jobs.add("deliver", "deliver", known, resource=over)
        return
    wire = b"".join(document.pieces())
    body = body_of(wire, hub.database.blobs)
    connection = hub.site.connections.get(over)
    values = {
        "connection": over,
        "channel": hub.channel(over),
        "partner": "" if connection is None else connection.partner,
        "dedupe_key": key or None,
        "media_type": document.media_type,
        "headers": to_json(dict(document.headers)),
    }
    message_id = tx.messages.put_out(values, body)
    evidence = {
        "idempotency_key": document.idempotency_key,
        "name": document.name,
        "prepared": dict(document.evidence),
        "answers": about,
    }
    tx.messages.keep_wire(message_id, body, reference=document.reference, evidence=evidence)
    tx.jobs.add("deliver", "deliver", message_id, resource=over)
    tx.audit.queued(message_id, document=document.name, connection=over, sha256=body.sha256, interchange="")


def _told(rejection: Rejection, connection: str, hub: Hub) -> dict[str, object]:
    return {
        "code": rejection.code,
        "message": rejection.message,
        "hint": rejection.hint,
        "reference": rejection.reference,
        "explained": hub.explain(connection, rejection.code, rejection.evidence),
        "evidence": dict(rejection.evidence),
    }
