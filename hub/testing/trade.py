"""Orders to ship and bill: a site that agrees on despatch advices and invoices, and orders, shipments and invoices drawn for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from hub.edi.place import place
from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import check
from hub.flow.hub import Hub
from hub.flow.orders.despatch import prepare_shipment, ship
from hub.flow.orders.invoice import bill, prepare_invoice
from hub.guides.guide import guide
from hub.model import DespatchAdvice, Document, Invoice
from hub.ports import InboundDocument
from hub.store.order_resources import get_order
from hub.store.tables import document, orders
from hub.worker.drain import drain

HUB_TOML = """\
name = "test"
time_zone = "UTC"
[identities.main]
x12 = "ZZ:EDIHUB"
gln = "5412345000020"
[limits]
workers = 2
[sscc]
prefix = "{prefix}"
extension = "3"
"""

PARTNER = """\
partner: {partner}
name: {partner}
identities: {identities}
connections:
  main: {{connector: folder, settings: {{inbox: inbox/{partner}, outbox: outbox/{partner}}}}}
defaults:
  over: main
  confirm: automatic
  expect: {{syntax: 24h}}
{defaults}
agreements:
  - receive: {order}
  - send: {response}
    triggered_by: [confirmed]
  - send: {despatch}
    triggered_by: [shipped]
  - send: {invoice}
    triggered_by: [invoiced]
"""

STANDARDS: dict[str, dict[str, str]] = {
    "acme": {
        "order": "x12/004010/850",
        "response": "x12/004010/855",
        "despatch": "x12/004010/856",
        "invoice": "x12/004010/810",
    },
    "bolt": {
        "order": "x12/005010/850",
        "response": "x12/005010/855",
        "despatch": "x12/005010/856",
        "invoice": "x12/005010/810",
    },
    "carre": {
        "order": "edifact/D96A/ORDERS",
        "response": "edifact/D96A/ORDRSP",
        "despatch": "edifact/D96A/DESADV",
        "invoice": "edifact/D96A/INVOIC",
    },
    "delta": {
        "order": "edifact/D01B/ORDERS",
        "response": "edifact/D01B/ORDRSP",
        "despatch": "edifact/D01B/DESADV",
        "invoice": "edifact/D01B/INVOIC",
    },
}
"""Partners, and in which version they trade."""
_IDENTITIES = {
    "acme": '{x12: "ZZ:ACME"}',
    "bolt": '{x12: "ZZ:BOLT"}',
    "carre": '{gln: "5412345000013"}',
    "delta": '{gln: "5412345000037"}',
}


def write_trading_site(
    folder: Path, *, partners: Iterable[str] = STANDARDS, defaults: str = "", prefix: str = "5412345"
) -> Path:
    """Write a site whose partners get a response, despatch advices and invoices; `defaults` are lines for each partner's file."""
    (folder / "partners").mkdir(parents=True, exist_ok=True)
    (folder / "var").mkdir(exist_ok=True)
    (folder / "hub.toml").write_text(HUB_TOML.format(prefix=prefix))
    for partner in partners:
        text = PARTNER.format(partner=partner, identities=_IDENTITIES[partner], defaults=defaults, **STANDARDS[partner])
        (folder / "partners" / f"{partner}.yaml").write_text(text)
    return folder


@dataclass(slots=True)
class Trade:
    """What an ERP does with a hub, in the calling thread."""

    hub: Hub

    def order(self, wire: bytes, partner: str) -> str:
        """Take an order in as the partner sends it; the id of the newest order."""
        name = f"in-{len(wire)}-{self.hub.now().timestamp()}"
        arrival = InboundDocument(payload=wire, idempotency_key=name, received_at=self.hub.now(), name=name)
        self.hub.accept(arrival, connection=f"{partner}/main")
        drain(self.hub)
        with self.hub.read() as view:
            return str(view.connection.scalars(select(orders.c.id).order_by(orders.c.id.desc()).limit(1)).one())

    def ship(self, order_id: str, **despatch: Any) -> dict[str, Any]:
        """Ship; the order afterwards."""
        given, raw = _document(DespatchAdvice, "despatch_advice", despatch)
        prepared = prepare_shipment(given, raw, order_id, hub=self.hub, actor="erp")
        with self.hub.transaction() as tx:
            ship(tx, prepared, self.hub)
        return self.look(order_id)

    def bill(self, order_id: str, **invoice: Any) -> dict[str, Any]:
        """Bill; the order afterwards."""
        given, raw = _document(Invoice, "invoice", invoice)
        prepared = prepare_invoice(given, raw, order_id, hub=self.hub, actor="erp")
        with self.hub.transaction() as tx:
            bill(tx, prepared, self.hub)
        return self.look(order_id)

    def look(self, order_id: str) -> dict[str, Any]:
        """The order resource."""
        with self.hub.read() as view:
            return get_order(view.connection, order_id)

    def written(self, order_id: str, message: str) -> list[bytes]:
        """The interchanges of one message type in an order's chain, oldest first."""
        with self.hub.read() as view:
            found = select(document.c.message_id).where(document.c.order_id == order_id, document.c.type == message)
            ids = view.connection.scalars(found.where(document.c.direction == "out").order_by(document.c.id)).all()
            return [view.payload(each) for each in ids]


def understood(wire: bytes, name: str, hub: Hub) -> tuple[Document, Message, list[str]]:
    """One written interchange read back by our own reader: the document, its message, and every error that anybody finds."""
    found: list[str] = []
    message: Message | None = None
    for event in read(wire):
        if isinstance(event, Message):
            message = event
        findings: Sequence[Any] = getattr(event, "findings", ())
        found += [f"{each.code} {each.message}" for each in findings if each.severity == "error"]
    assert message is not None
    checked = check(message)
    found += [f"{each.code} {each.message}" for each in checked.findings if each.severity == "error"]
    reader = guide(name, hub.library)
    result = reader.read(message, place(message, reader.spec))
    found += [f"{each.code} {each.message}" for each in result.findings]
    return result.document, message, found


def _document(kind: Any, tag: str, members: dict[str, Any]) -> tuple[Any, bytes]:
    raw = json.dumps({"type": tag, **members}).encode()
    return msgspec.json.decode(raw, type=kind), raw
