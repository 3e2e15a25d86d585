"""Where every message enters: bytes and evidence become durable, then the far side is released or answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.flow.hub import Hub
from hub.ports import Arrival, InboundDocument, Stored
from hub.store.messages import body_of


@dataclass(frozen=True, slots=True)
class Arriving:
    """A document and the connection it came over; `answer` is what the far side is told, kept for a repetition."""

    document: InboundDocument
    connection: str
    answer: bytes | None = None


def accept(document: InboundDocument, *, connection: str, hub: Hub) -> Stored:
    """Store an arrival once and queue its processing, in one transaction that is on the disk when this returns.

    The same arrival again is answered with the first one's id. Raises `TransientError` when the store cannot take it: then nothing
    was accepted, and the far side must not be told that it was.
    """
    return accept_together([Arriving(document, connection)], hub=hub)[0]


def accept_together(arrivals: Sequence[Arriving], *, hub: Hub) -> list[Stored]:
    """Store several arrivals in one transaction, all or none, as `accept` does with one; what each became, in order."""
    blobs = hub.database.blobs
    bodies = [body_of(arriving.document.payload, blobs, file=arriving.document.body) for arriving in arrivals]
    hub.crash_point("after-blob")
    stored = []
    with hub.transaction() as tx:
        for arriving, body in zip(arrivals, bodies, strict=True):
            document, connection = arriving.document, arriving.connection
            channel = hub.channel(connection)
            kept = tx.messages.keep(document, body, connection=connection, channel=channel, answer=arriving.answer)
            if kept.is_duplicate:
                tx.audit.repeated(kept.id, connection=connection, key=document.idempotency_key)
            else:
                tx.audit.received(kept.id, connection=connection, sha256=body.sha256, size=body.size)
                tx.jobs.add("process", "message", kept.id)
            stored.append(
                Stored(message_id=kept.id, is_duplicate=kept.is_duplicate, answer=kept.answer, is_conflict=kept.is_conflict)
            )
    hub.crash_point("after-keep")
    return stored


def accept_arrival(arrival: Arrival, *, connection: str, hub: Hub) -> Stored:
    """Store what a poller found, then release it at the far side; a crash in between makes a duplicate, never a loss."""
    stored = accept(arrival.document, connection=connection, hub=hub)
    hub.crash_point("before-release")
    arrival.release(stored)
    return stored
