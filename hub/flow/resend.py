"""Resend: the same bytes under the same control number, once more. Nothing is written anew."""

from __future__ import annotations

from hub.errors import Refused
from hub.flow.hub import Hub
from hub.store.message_items import message_of_item


def resend(wanted: str, hub: Hub, *, actor: str) -> str:
    """Queue an outgoing message again, by the id of its document or message; returns the message's id.

    Raises `NotFound`, or `Refused` for what came in, is still being sent, or has no connection.
    """
    with hub.transaction() as tx:
        message = tx.messages.get(message_of_item(tx.connection, wanted))
        if message.direction != "out":
            raise Refused("only what we sent can be resent", "use `edihub replay` for what arrived", code="HUB-431")
        if tx.jobs.is_pending(message.id):
            raise Refused("it is still on its way", "wait for its delivery light", code="HUB-432")
        connection = message.connection or _present_connection(message.partner, hub)
        if not connection:
            raise Refused("no connection carries it", "name one with `over:` in the partner's defaults", code="RTE-333")
        tx.jobs.again("deliver", "deliver", message.id, resource=connection)
        tx.messages.set(message.id, state="ready", error=None, settled_at=None, connection=connection)
        for row in tx.documents.of_message(message.id):
            tx.documents.set(row.id, state="queued", error=None)
            tx.documents.reopen_delivery(row)
        tx.audit.resent(message.id, actor=actor)
    return message.id


def _present_connection(partner: str, hub: Hub) -> str:
    found = hub.site.partners.get(partner)
    return "" if found is None else found.acknowledge.over or found.connection
