"""An order that comes as a canonical document over the API: stored, answered once per key, held where nobody knows the partner."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from hub.errors import Conflict, Refused
from hub.flow.hub import Hub
from hub.flow.merge import matrix_of, order_key
from hub.model import Order, encode_document
from hub.routing.site import Partner
from hub.store.messages import Body, body_of
from hub.store.order_resources import get_order
from hub.store.orders import DRAFT
from hub.store.transaction import Transaction

ROUTE = "POST /api/v1/orders"


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to the request: 201 for a new order, what was answered first for a repetition; `body` is JSON."""

    status: int
    body: bytes
    is_repeat: bool


def take_order(order: Order, raw: bytes, hub: Hub, *, client: str, key: str = "") -> Taken:
    """Make an order durable, and answer the same request the same way ever after.

    `raw` is the request's body, `client` the caller's key id, `key` its `Idempotency-Key`; without one, channel and external id, or
    buyer and number, are the key. Raises `Conflict`: HUB-422 for the same key with another body, HUB-409 while the first is at
    work; `Refused` BUS-301 for an order that nothing names.
    """
    source = order.source
    channel = (source.channel if source else None) or "api"
    external_id = (source.external_id if source else None) or ""
    number = order.number or external_id
    if not number:
        raise Refused("the order has neither number nor external id", "send `number` or `source.external_id`", code="BUS-301")
    partner = partner_of(order, hub)
    named = key or (f"{channel}:{external_id}" if external_id else f"{_buyer(order)}:{number}")
    body = body_of(raw, hub.database.blobs)
    with hub.transaction() as tx:
        first = tx.idempotency.begin(client, ROUTE, named, body.sha256)
        if first is not None:
            return Taken(first.status, first.response, is_repeat=True)
        order_id = _write(tx, _Order(order, channel, external_id, number, partner), body)
        answer = msgspec.json.encode(get_order(tx.connection, order_id))
        tx.idempotency.finish(client, ROUTE, named, status=201, response=answer)
    return Taken(201, answer, is_repeat=False)


def partner_of(order: Order, hub: Hub) -> Partner | None:
    """The partner an order names, or whose GLN the buyer carries; None where there is none."""
    name = order.source.partner if order.source else None
    if name:
        return hub.site.partners.get(name)
    glns = {each.value for each in (order.buyer.ids if order.buyer else ()) if each.scheme == "gln"}
    found = [
        partner
        for partner in hub.site.partners.values()
        if any(identity.scheme == "gln" and identity.id in glns for identity in partner.identities)
    ]
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class _Order:
    order: Order
    channel: str
    external_id: str
    number: str
    partner: Partner | None


def _write(tx: Transaction, taken: _Order, body: Body) -> str:
    order, partner = taken.order, "" if taken.partner is None else taken.partner.id
    is_test = bool(order.source and order.source.test) or (taken.partner is not None and taken.partner.state == "test")
    key = order_key(order, partner or _buyer(order), test=is_test, channel=f"{taken.channel}:{taken.external_id}")
    if tx.orders.with_key(key) is not None:
        raise Conflict(f"order {taken.number} is there already", "read it with GET /api/v1/orders?number=...", code="HUB-410")
    message_id = tx.messages.put_in(body, channel=taken.channel, partner=partner, test=is_test)
    held = _unknown(order) if taken.partner is None and taken.channel in {"api", "edi"} else None
    row: dict[str, Any] = {
        "message_id": message_id,
        "direction": "in",
        "kind": "order",
        "standard": "canonical",
        "type": "order",
        "partner": partner,
        "number": taken.number,
        "test": is_test,
        "state": "done",
        "canonical": encode_document(order),
        "content_sha256": hashlib.sha256(encode_document(order)).hexdigest(),
    }
    (document_id,) = tx.documents.add([row])
    order_id = tx.orders.add(
        actor="api",
        reason="received over the API",
        matrix=matrix_of(order, is_confirmed=False),
        held=held,
        order_key=key,
        number=taken.number,
        channel=taken.channel,
        external_id=taken.external_id,
        partner=partner,
        test=is_test,
        status=DRAFT,
        canonical=encode_document(order),
        source_document=document_id,
    )
    tx.documents.set(document_id, order_id=order_id)
    tx.audit.received(message_id, connection=taken.channel, sha256=body.sha256, size=body.size)
    tx.audit.status_changed(order_id, actor="api", before=None, after=DRAFT, reason="received over the API")
    data = {"number": taken.number, "partner": partner or None, "document_id": document_id}
    tx.events.tell("order.received", order=order_id, message=message_id, test=is_test, data=data)
    if held is not None:
        tx.audit.held(order_id, code=held["code"], message=held["message"])
        tx.events.tell("order.held", order=order_id, message=message_id, test=is_test, data={**data, "error": held})
    return order_id


def _unknown(order: Order) -> dict[str, Any]:
    return {
        "code": "RTE-301",
        "message": f"the buyer {_buyer(order) or '(unnamed)'} is no partner of ours",
        "hint": "name one in `source.partner`, or add the buyer's GLN to a partner file, then release the order",
        "who": "admin",
    }


def _buyer(order: Order) -> str:
    if order.source and order.source.partner:
        return order.source.partner
    if order.buyer is None:
        return ""
    return order.buyer.ids[0].value if order.buyer.ids else order.buyer.name or ""
