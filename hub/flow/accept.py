"""Where every message enters: bytes and evidence become durable, then the far side is released or answered."""

from __future__ import annotations

from hub.flow.hub import Hub
from hub.ports import Arrival, InboundDocument, Stored
from hub.store.messages import Body, body_of
from hub.store.transaction import Transaction


def accept(document: InboundDocument, *, connection: str, hub: Hub) -> Stored:
    """Store an arrival once and queue its processing, in one transaction that is on the disk when this returns.

    The same arrival again is answered with the first one's id. Raises `TransientError` when the store cannot take it: then nothing
    was accepted, and the far side must not be told that it was.
    """
    begun = hub.database.now()
    body = body_of(document.payload, hub.database.blobs, file=document.body)
    hub.crash_point("after-blob")
    with hub.transaction() as tx:
        stored = _keep(tx, document, body, connection, hub)
    hub.crash_point("after-keep")
    hub.tracing.arrived(stored.message_id, connection=connection, begun=begun)
    return stored


def _keep(tx: Transaction, document: InboundDocument, body: Body, connection: str, hub: Hub) -> Stored:
    """Write one arrival and its job; other bytes under a used key are processed too: nobody waits to be told about them."""
    kept = tx.messages.keep(document, body, connection=connection, channel=hub.channel(connection))
    if kept.is_duplicate:
        tx.audit.repeated(kept.id, connection=connection, key=document.idempotency_key)
    else:
        tx.audit.received(kept.id, connection=connection, sha256=body.sha256, size=body.size)
        tx.jobs.add("process", "message", kept.id)
    return Stored(message_id=kept.id, is_duplicate=kept.is_duplicate, answer=kept.answer, is_conflict=kept.is_conflict)


def accept_arrival(arrival: Arrival, *, connection: str, hub: Hub) -> Stored:
    """Store what a poller found, then release it at the far side; a crash in between makes a duplicate, never a loss."""
    stored = accept(arrival.document, connection=connection, hub=hub)
    hub.crash_point("before-release")
    arrival.release(stored)
    return stored
