"""An order that comes over our own API: stored with its bytes, given its place among the orders, held where nobody knows its buyer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from hub.errors import Conflict
from hub.flow.answers import Origin
from hub.flow.hub import Hub
from hub.flow.orders.begin import Arrived, begin
from hub.flow.orders.guards import twin_of
from hub.flow.orders.judge import Judgement, weigh
from hub.flow.orders.terms import Terms, channel_terms
from hub.flow.sound import doubt_about, reason
from hub.model import Order, Source, encode_document
from hub.ports import InboundDocument
from hub.routing.rules import Where
from hub.store.encoding import to_json
from hub.store.messages import Body, body_of
from hub.store.transaction import Transaction

CHANNEL = "api"
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """An order ready to be placed: everything that needs no transaction is done."""

    order: Order
    raw: InboundDocument
    body: Body
    partner: str
    channel: str
    external_id: str
    number: str
    test: bool
    order_key: str
    judgement: Judgement
    terms: Terms


def prepare(order: Order, raw: bytes, *, hub: Hub, actor: str) -> Placing:
    """Find the order's partner and its key; nothing is written but a large payload's file."""
    source = order.source or Source()
    channel = plain(source.channel) or CHANNEL
    external_id, number = plain(source.external_id), plain(order.number)
    partner = partner_of(order, hub)
    known = hub.site.partners.get(partner)
    test = bool(source.test) or (known is not None and known.state == "test")
    document = InboundDocument(
        payload=raw,
        idempotency_key="",
        received_at=hub.now(),
        name=number or external_id,
        media_type="application/json",
        evidence={"caller": actor},
    )
    terms = channel_terms(channel, hub)
    where = Where(channel=channel, partner=partner, test=test, currency=terms.orders.currency)
    key = natural_key(order) or to_json([CHANNEL, "unnamed", hashlib.sha256(raw).hexdigest()])
    # no document has an id yet: our number of an answer given at once comes from what makes the order the same order
    origin = Origin(partner=partner, document=f"api_{hashlib.sha256(key.encode()).hexdigest()}", test=test)
    return Placing(
        order=msgspec.structs.replace(order, source=msgspec.structs.replace(source, channel=channel)),
        raw=document,
        body=body_of(raw, hub.database.blobs),
        partner=partner,
        channel=channel,
        external_id=external_id,
        number=number,
        test=test,
        order_key=key,
        judgement=weigh(order, terms, where, origin, hub, doubt=_problem(order, partner, hub)),
        terms=terms,
    )


def place(tx: Transaction, placing: Placing, hub: Hub, *, actor: str) -> str:
    """Write an order, tell that it came and what was decided on it, and queue its answers; its id.

    The same order again is the one we have; raises `Conflict` for other content.
    """
    content = encode_document(placing.order)
    present = tx.orders.with_key(placing.order_key)
    if present is not None:
        if present.canonical == content:
            return present.id
        raise Conflict(
            f"order {placing.number or placing.external_id} was received before, with other content",
            "change it through its own address, or send a new number",
            code="BUS-303",
        )
    judgement, twin = placing.judgement, None
    if judgement.is_decided and placing.partner:
        twin = twin_of(tx, placing.order, placing.partner, test=placing.test)
    if twin is not None:
        judgement = judgement.stopped(placing.order, twin)
    kept = tx.messages.keep(placing.raw, placing.body, connection="", channel=placing.channel)
    order_id = tx.orders.add(
        actor=actor,
        reason=judgement.reason,
        matrix=judgement.matrix,
        held=judgement.held,
        order_key=placing.order_key,
        number=placing.number,
        channel=placing.channel,
        external_id=placing.external_id,
        partner=placing.partner,
        agreement="",
        test=placing.test,
        status=judgement.code,
        canonical=content,
        source_document=None,
        **judgement.approval.values(),
    )
    document_id = _document(tx, placing, kept.id, order_id, content)
    tx.orders.set(tx.orders.get(order_id), source_document=document_id)
    tx.messages.settle(kept.id, "done", partner=placing.partner, test=placing.test)
    tx.audit.received(kept.id, connection="", sha256=placing.body.sha256, size=placing.body.size)
    data = {"number": placing.number, "partner": placing.partner, "document_id": document_id}
    arrived = Arrived(order_id=order_id, message_id=kept.id, test=placing.test, data=data, actor=actor, terms=placing.terms)
    begin(tx, arrived, judgement, hub)
    return order_id


def natural_key(order: Order) -> str:
    """What makes an order the same order: channel and external id, or buyer and number; empty where it has neither."""
    source = order.source or Source()
    channel = plain(source.channel) or CHANNEL
    if plain(source.external_id):
        return to_json([CHANNEL, channel, "external", plain(source.external_id)])
    if plain(order.number) and _buyer(order):
        return to_json([CHANNEL, channel, "number", _buyer(order), plain(order.number)])
    return ""


def partner_of(order: Order, hub: Hub) -> str:
    """The partner an order names, or the one that has the buyer's GLN; empty where there is none."""
    named = order.source.partner if order.source is not None else None
    if named is not None and named in hub.site.partners:
        return named
    glns = {each.value for each in (order.buyer.ids if order.buyer is not None else ()) if each.scheme == "gln"}
    for partner in hub.site.partners.values():
        if any(identity.standard == "edifact" and identity.id in glns for identity in partner.identities):
            return partner.id
    return ""


def plain(value: str | None) -> str:
    """A value as it stands in a column that is searched: printable, not endless; the document keeps it as it came."""
    return "".join(character for character in value or "" if character.isprintable())[:_LONGEST].strip()


def _buyer(order: Order) -> list[str]:
    if order.source is not None and order.source.partner:
        return [order.source.partner]
    if order.buyer is None:
        return []
    named = [plain(order.buyer.name)] if plain(order.buyer.name) else []
    return [f"{each.scheme} {each.value}" for each in order.buyer.ids if plain(each.value)] or named


def _problem(order: Order, partner: str, hub: Hub) -> dict[str, Any] | None:
    """Why a person must look at the order before it goes on, or None."""
    if not partner:
        named = order.source.partner if order.source is not None and order.source.partner else "its buyer"
        known = ", ".join(sorted(hub.site.partners)[:5]) or "none yet"
        return reason(
            "RTE-315", f"{plain(named)} is no partner of ours", f"partners are {known}; add one, then release the order"
        )
    if not plain(order.number):
        return reason("BUS-301", "the order has no number", "ask the buyer, then release or cancel it")
    if order.purpose not in {None, "original"}:
        return reason(
            "BUS-307", f"its purpose is {order.purpose}", "cancel or change the order it speaks of, then cancel this one"
        )
    return doubt_about(order, hub.library)


def _document(tx: Transaction, placing: Placing, message_id: str, order_id: str, content: bytes) -> str:
    row = {
        "message_id": message_id,
        "direction": "in",
        "kind": "order",
        "partner": placing.partner,
        "number": placing.number,
        "test": placing.test,
        "order_id": order_id,
        "state": "done",
        "content_sha256": placing.body.sha256,
        "canonical": content,
        "settled_at": tx.now,
    }
    return tx.documents.add([row])[0]
