"""Replay: process stored bytes again, with the partners, agreements and guides as they are now."""

from __future__ import annotations

from hub.errors import Refused
from hub.flow.hub import Hub
from hub.flow.untold import UNTOLD
from hub.store.documents import DocumentRow
from hub.store.message_items import get_item
from hub.store.transaction import Transaction

REPLAYABLE = frozenset({"held", "rejected", "quarantined", "duplicate", "retry", "dead", "received"})
"""States from which a document may be processed again: it had no effect yet."""


def replay(wanted: str, hub: Hub, *, actor: str) -> str:
    """Queue a message, or one document of it, for processing again; returns the id of what is processed.

    What was answered is not answered twice: an interchange that has its functional acknowledgment keeps it. Raises `NotFound`,
    or `Refused` for what we sent and for what already had its effect.
    """
    with hub.transaction() as tx:
        item = get_item(tx.connection, wanted)
        if item["direction"] == "out":
            raise Refused("it was sent by us", "use `edihub resend`", code="HUB-433")
        message = tx.messages.get(item["message_id"])
        rows = tx.documents.of_message(message.id)
        chosen = [row for row in rows if row.id == wanted] or rows
        if any(each.state == "held" for each in tx.interchanges.of_message(message.id)) or not rows:
            _whole(tx, message.id)
            tx.audit.replayed(message.id, actor=actor)
            return message.id
        open_ones = [row for row in chosen if row.state in REPLAYABLE]
        if not open_ones:
            raise Refused("it was processed and had its effect", "use `edihub resend` to send an answer again", code="HUB-434")
        for row in open_ones:
            _one(tx, row)
            tx.work.close(row.id, UNTOLD, note=f"replayed by {actor}")
        tx.messages.set(message.id, state="received", error=None)
        tx.audit.replayed(wanted, actor=actor)
        return chosen[0].id if len(chosen) == 1 else message.id


def discard(wanted: str, hub: Hub, *, actor: str, reason: str) -> str:
    """End the waiting of a held document or message: it stays as evidence and has no effect. Returns the message's id."""
    with hub.transaction() as tx:
        item = get_item(tx.connection, wanted)
        message = tx.messages.get(item["message_id"])
        every = tx.documents.of_message(message.id)
        rows = [row for row in every if row.id == wanted] or every
        if message.direction == "in" and any(row.state == "done" for row in rows):
            raise Refused("it was processed and had its effect", "cancel the order instead", code="HUB-434")
        for row in rows:
            tx.jobs.discard(row.id)
            tx.documents.settle(row.id, "discarded")
        if all(row.state == "discarded" for row in tx.documents.of_message(message.id)):
            tx.jobs.discard(message.id)
            tx.interchanges.discard(message.id)
            tx.messages.settle(message.id, "discarded")
        tx.audit.discarded(wanted, actor=actor, reason=reason)
    return message.id


def _whole(tx: Transaction, message_id: str) -> None:
    if not tx.jobs.revive(message_id) and not tx.jobs.is_pending(message_id):
        tx.jobs.add("process", "message", message_id)
    tx.messages.set(message_id, state="received", error=None)


def _one(tx: Transaction, row: DocumentRow) -> None:
    tx.documents.set(row.id, state="retry", error=None, duplicate_of=None, business_key=None)
    if not tx.jobs.revive(row.id) and not tx.jobs.is_pending(row.id):
        tx.jobs.add("process", "document", row.id)
