"""What an ERP tells of an order's goods and money: a shipment, an invoice. Each has one effect, however often it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.flow.orders.despatch import prepare_shipment, ship
from hub.flow.orders.invoice import bill, prepare_invoice
from hub.model import DespatchAdvice, Invoice
from hub.store.transaction import Transaction
from hub.web.endpoint import Answer, Asked, Endpoint
from hub.web.once import key_of, once, stored
from hub.web.resources import OrderResource


def _telling(name: str, prepare: Callable[..., Any], write: Callable[..., str]) -> Callable[[Asked], Answer]:
    def handle(asked: Asked) -> Answer:
        order_id = asked.path["id"]
        route = f"{name} {order_id}"
        key = key_of(asked)
        if key and (before := stored(asked, route, key)) is not None:
            return before
        prepared = prepare(asked.body, asked.raw, order_id, hub=asked.hub, actor=asked.caller.name)

        def effect(tx: Transaction) -> tuple[int, str]:
            return 201, write(tx, prepared, asked.hub)

        return once(asked, route, key, effect)

    return handle


def _endpoint(path: str, name: str, body: Any, summary: str, handler: Callable[[Asked], Answer]) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"/api/v1/orders/{{id}}/{path}",
        scope="documents:write",
        name=name,
        summary=summary,
        handler=handler,
        body=body,
        takes_key=True,
        answers={201: OrderResource},
        refusals=(409,),
    )


SHIPMENTS = (
    _endpoint(
        "shipments",
        "ship_order",
        DespatchAdvice,
        "Ship goods of an order; the partner gets the despatch advice that was agreed. The same number and content again has no effect.",
        _telling("ship", prepare_shipment, ship),
    ),
    _endpoint(
        "invoices",
        "invoice_order",
        Invoice,
        "Bill an order, or put right what was billed; the partner gets the invoice that was agreed. The same number and content "
        "again has no effect.",
        _telling("invoice", prepare_invoice, bill),
    ),
)
