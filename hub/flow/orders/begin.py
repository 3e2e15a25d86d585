"""Tell that an order came, and what it begins with: the same for an order of a partner and one over our own API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.errors import HeldForOperator
from hub.flow.hub import Hub
from hub.flow.issue import issue
from hub.flow.orders.due import due_on
from hub.flow.orders.judge import Judgement
from hub.flow.orders.life import event_of
from hub.flow.orders.terms import Terms
from hub.flow.sound import reason
from hub.store.documents import DocumentRow
from hub.store.orders import DRAFT
from hub.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """An order that was just added, and the message it came in; `data` is what every event of it says.

    `terms` are those it is handled by, None where nothing is agreed; `source` is the document whose way back answers take.
    """

    order_id: str
    message_id: str
    test: bool
    data: dict[str, Any]
    actor: str = "hub"
    terms: Terms | None = None
    source: DocumentRow | None = None


def begin(tx: Transaction, arrived: Arrived, judgement: Judgement, hub: Hub) -> None:
    """Write the audit trail and the events of an order's first moment, and queue the answers it gets."""

    def tell(event: str, **more: Any) -> None:
        data = {**arrived.data, **more}
        tx.events.tell(event, order=arrived.order_id, message=arrived.message_id, test=arrived.test, data=data)

    order_id, held = arrived.order_id, judgement.held
    tx.audit.status_changed(order_id, actor=arrived.actor, before=None, after=judgement.code, reason=judgement.reason)
    tell("order.received")
    if judgement.code != DRAFT:
        tell(event_of(judgement.status), **({"lines": judgement.told} if judgement.told else {}))
        for due in due_on(judgement.status, arrived.terms) if arrived.terms is not None else ():
            tell(due)
    if judgement.approval.state == "pending":
        tell("order.approval_needed", **(judgement.approval.detail or {}))
    if held is not None:
        tx.audit.held(order_id, code=held["code"], message=held["message"])
        tell("order.held", error=held)
    try:
        for answer in (*judgement.receipts, *judgement.decided):
            issue(tx, answer, hub, test=arrived.test, order_id=order_id, answers=arrived.source)
    except HeldForOperator as failure:
        # the order itself is in order: it stays, and a person sees why its answer could not leave
        tx.orders.set(tx.orders.get(order_id), held=reason(failure.code, failure.message, failure.hint))
        tx.audit.held(order_id, code=failure.code, message=failure.message)
