"""Send a partner a file of our own, or a canonical document written by the partner's agreement."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from mmap import mmap

from hub.edi.mapped import let_go
from hub.edi.read import read
from hub.edi.tree import Interchange, Message
from hub.errors import NotFound, Refused
from hub.flow.hub import Hub
from hub.flow.issue import Issued, draft, issue
from hub.flow.outbound import can_send
from hub.flow.payload import thrifty
from hub.model import Document
from hub.routing.site import Agreement
from hub.store.encoding import to_json
from hub.store.messages import Body, body_of

_PIECE = 1 << 20
_KINDS: Mapping[str, tuple[str, ...]] = {
    "order": ("850", "ORDERS"),
    "order_change": ("860", "ORDCHG"),
    "order_response": ("855", "ORDRSP"),
    "despatch_advice": ("856", "DESADV"),
    "receiving_advice": ("861", "RECADV"),
    "inventory_report": ("846", "INVRPT"),
    "invoice": ("810", "INVOIC"),
    "application_error": ("824", "APERAK"),
}
"""The messages that carry each canonical document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was queued: the message and its documents."""

    message_id: str
    documents: tuple[str, ...]


def send_document(document: Document, partner: str, hub: Hub, *, message: str = "", order_id: str | None = None) -> Issued:
    """Write a canonical document for a partner and queue it. `message` chooses among several agreements (`855`).

    Raises `Refused` where nothing is agreed, `HeldForOperator` where it cannot be written.
    """
    agreement = outbound_agreement(document, partner, hub, message=message)
    made = draft(document, agreement, hub)
    with hub.transaction() as tx:
        return issue(tx, made, hub, test=is_test(partner, agreement, hub), order_id=order_id)


def send_file(payload: bytes | mmap, partner: str, hub: Hub, *, name: str, connection: str = "") -> Sent:
    """Queue a file as it is, its control numbers the caller's own; raises `InputError` for what is neither X12 nor EDIFACT.

    A mapped file is copied piece by piece: what comes of it later does not depend on the caller's file.

    Raises `NotFound` for an unknown partner, `Refused` where no connection leads there.
    """
    found = hub.site.partners.get(partner)
    if found is None:
        raise NotFound(f"no partner {partner}", f"partners are {', '.join(sorted(hub.site.partners))}", code="RTE-341")
    over = (
        connection
        or found.connection
        or next((each.connection for each in hub.site.agreements_of(partner) if each.connection), "")
    )
    if not over or not can_send(over, hub):
        raise Refused(f"no connection leads to {partner}", "name one with `over:` in the partner's defaults", code="RTE-333")
    messages = [_told(each) for each in thrifty(read(payload), payload) if isinstance(each, Message)]
    body = _kept(payload, hub)
    standard = messages[0].interchange.standard if messages else "x12"
    values = {
        "connection": over,
        "channel": hub.channel(over),
        "partner": partner,
        "test": any(each.interchange.test != "production" for each in messages),
        "media_type": "application/edifact" if standard == "edifact" else "application/edi-x12",
        "evidence": to_json({"name": name}),
    }
    with hub.transaction() as tx:
        message_id = tx.messages.put_out(values, body)
        documents = tx.documents.add([_row(each, message_id, partner) for each in messages])
        tx.jobs.add("deliver", "deliver", message_id, resource=over)
        number = _number(messages)
        tx.audit.queued(message_id, document=",".join(documents[:5]), connection=over, sha256=body.sha256, interchange=number)
    return Sent(message_id=message_id, documents=tuple(documents))


def _told(message: Message) -> Message:
    """A message without what it says: its row tells of its envelope alone."""
    message.segments, message.raw, message.starts, message.tags = [], "", [], []
    return message


def _kept(payload: bytes | mmap, hub: Hub) -> Body:
    blobs = hub.database.blobs
    if isinstance(payload, bytes) or len(payload) <= blobs.in_row:
        return body_of(payload[:], blobs)
    copy = hub.site.var / "spool" / f"send-{secrets.token_hex(8)}"
    copy.parent.mkdir(parents=True, exist_ok=True)
    with copy.open("xb") as file:
        for at in range(0, len(payload), _PIECE):
            file.write(payload[at : at + _PIECE])
            let_go(payload)
    return body_of(b"", blobs, file=copy)


def outbound_agreement(document: Document, partner: str, hub: Hub, *, message: str = "") -> Agreement:
    """The agreement that sends a document of this kind; raises `Refused` that says what is agreed."""
    kind = str(document.__struct_config__.tag)
    agreed = hub.site.agreements_of(partner, direction="outbound")
    fitting = [
        each for each in agreed if each.message in _KINDS.get(kind, ()) and message in {"", each.message, str(each.document)}
    ]
    if not fitting:
        names = ", ".join(str(each.document) for each in agreed) or "nothing"
        raise Refused(
            f"no {kind} is sent to {partner}", f"agreed is {names}; add a `send:` agreement to the partner file", code="RTE-342"
        )
    return fitting[0]


def is_test(partner: str, agreement: Agreement, hub: Hub) -> bool:
    """Whether what we send to this partner is marked as test."""
    found = hub.site.partners.get(partner)
    return agreement.test == "test" or (found is not None and found.state == "test")


def _row(message: Message, message_id: str, partner: str) -> dict[str, object]:
    return {
        "message_id": message_id,
        "position": message.index,
        "direction": "out",
        "standard": message.interchange.standard,
        "type": message.type,
        "version": message.version,
        "association": message.association,
        "partner": partner,
        "control_number": message.control_number,
        "group_type": message.group.type,
        "group_number": message.group.control_number,
        "interchange_number": message.interchange.control_number,
        "test": message.interchange.test != "production",
        "state": "queued",
        "delivery": "waiting",
    }


def _number(messages: list[Message]) -> str:
    first: Interchange | None = messages[0].interchange if messages else None
    return "" if first is None else first.control_number
