"""Documents about orders that are no orders: each kind goes to whoever takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.flow.hub import Hub
from hub.flow.orders.arrival import Arrival, Write
from hub.flow.orders.bought import take_bill, take_goods, take_response
from hub.flow.orders.change import Asking, plan_change
from hub.flow.orders.change_effects import take_change
from hub.flow.orders.objections import take_objection
from hub.flow.orders.receipt import take_receipt
from hub.flow.orders.stock_report import take_stock_report
from hub.model import (
    ApplicationError,
    DespatchAdvice,
    InventoryReport,
    Invoice,
    OrderChange,
    OrderResponse,
    ReceivingAdvice,
)
from hub.store.transaction import Transaction

_TAKERS: dict[type[Any], Callable[[Transaction, Arrival[Any], Hub], None]] = {
    ReceivingAdvice: take_receipt,
    ApplicationError: take_objection,
    InventoryReport: take_stock_report,
    OrderResponse: take_response,
    DespatchAdvice: take_goods,
    Invoice: take_bill,
}


def taking(arrival: Arrival[Any], hub: Hub) -> Write:
    """What has to be written for a document; what is slow is done here, before the transaction. May raise `HeldForOperator`."""
    if isinstance(arrival.document, OrderChange):
        return _change(arrival, hub)
    take = _TAKERS[type(arrival.document)]
    return lambda tx: take(tx, arrival, hub)


def _change(arrival: Arrival[OrderChange], hub: Hub) -> Write:
    agreement = arrival.agreement
    asking = Asking(
        row=arrival.row,
        change=arrival.document,
        content_sha256=arrival.content_sha256,
        duplicates=arrival.duplicates,
        is_automatic=agreement is not None and agreement.confirm == "automatic",
        rejects_unknown=agreement is not None and agreement.findings.business == "reject",
    )
    with hub.read() as view:
        plan = plan_change(view, asking, hub)
    return lambda tx: take_change(tx, asking, plan, hub)
