"""Tell that an order came, and what it begins with: the same for an order of a partner and one over our own API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.flow.orders.judge import Judgement
from hub.flow.orders.life import event_of
from hub.store.orders import DRAFT
from hub.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """An order that was just added, and the message it came in; `data` is what every event of it says."""

    order_id: str
    message_id: str
    test: bool
    data: dict[str, Any]
    actor: str = "hub"


def begin(tx: Transaction, arrived: Arrived, judgement: Judgement) -> None:
    """Write the audit trail and the events of an order's first moment."""

    def tell(event: str, **more: Any) -> None:
        data = {**arrived.data, **more}
        tx.events.tell(event, order=arrived.order_id, message=arrived.message_id, test=arrived.test, data=data)

    order_id, held = arrived.order_id, judgement.held
    tx.audit.status_changed(order_id, actor=arrived.actor, before=None, after=judgement.code, reason=judgement.reason)
    tell("order.received")
    if judgement.code != DRAFT:
        tell(event_of(judgement.status), **({"lines": judgement.told} if judgement.told else {}))
    if held is not None:
        tx.audit.held(order_id, code=held["code"], message=held["message"])
        tell("order.held", error=held)
