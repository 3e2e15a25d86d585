"""The round trip, step by step: each step waits for its evidence, says it in one line, and names itself when it does not hold."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from hub.demo.account import Account
from hub.demo.evidence import DidNotHold, check_acknowledgment, check_lights, check_response, received
from hub.demo.receipts import receipt_of
from hub.flow.hub import Hub
from hub.flow.send import send_document
from hub.model import Order
from hub.store.documents import DocumentRow
from hub.store.message_items import MessageFilter, list_messages
from hub.store.order_resources import OrderFilter, list_orders

PATIENCE = 20.0
_LOOK_AGAIN = 0.02
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One order on its way there and back, in the words of its standard."""

    retailer: str
    partner: str
    order: Order
    message: str
    acknowledgment: str
    accepted: str
    response: str
    way: str
    is_receipted: bool = False


class Story:
    """Sends the retailer's orders and follows them."""

    def __init__(self, hub: Hub, retailer: Hub, account: Account, *, patience: float = PATIENCE) -> None:
        self._hub = hub
        self._retailer = retailer
        self._account = account
        self._patience = patience

    def run(self, trade: Trade) -> None:
        """The whole of one trade; raises `DidNotHold` that names the step."""
        to_hub, to_retailer = f"{trade.retailer} -> hub", f"hub -> {trade.retailer}"
        name = f"purchase order {trade.order.number}"
        sent = self._send(trade)
        self._step(f"{name} arrives", lambda: self._arrived(sent))
        lines = len(trade.order.lines)
        self._account.tell(to_hub, f"{name} ({trade.message}, {lines} lines) arrived {trade.way}")
        if trade.is_receipted:
            proof = self._step(
                f"the MDN for {name} proves that it arrived",
                lambda: receipt_of(self._retailer, self._hub, sent.message_id),
            )
            self._account.tell(to_retailer, proof)
        answer = self._step(
            f"the {trade.acknowledgment} comes back", lambda: received(self._retailer, trade.acknowledgment, answers=sent)
        )
        said = self._hold(
            f"the {trade.acknowledgment} accepts the order", lambda: check_acknowledgment(answer, sent, code=trade.accepted)
        )
        self._account.tell(to_retailer, f"{trade.acknowledgment}: read and well formed; {said}")
        status = self._step(f"{name} is understood", lambda: self._understood(trade))
        self._account.tell("hub", f"{name} is understood: {status}")
        response = self._step(
            f"the {trade.response} comes back", lambda: received(self._retailer, trade.response, answers=sent)
        )
        said = self._hold(f"the {trade.response} matches the order", lambda: check_response(response, trade.order))
        self._account.tell(to_retailer, f"{trade.response}: the business answer; {said}")
        if trade.is_receipted:
            proof = self._step(
                f"the MDN for the {trade.response} proves that it arrived",
                lambda: receipt_of(self._hub, self._retailer, self._sent_response(trade)),
            )
            self._account.tell(to_hub, proof)
        self._step(f"the {trade.response} is acknowledged", lambda: self._answer_acknowledged(trade))
        self._account.tell(to_hub, f"{trade.acknowledgment} for the {trade.response}: our answer could be read")
        said = self._hold("the retailer's three lights burn", lambda: check_lights(self._row(self._retailer, sent.id)))
        self._account.tell(trade.retailer, f"receipts verified on the retailer's side; {said}")

    def _send(self, trade: Trade) -> DocumentRow:
        message = trade.message.removeprefix("X12 ").removeprefix("EDIFACT ")
        issued = self._hold(
            "the retailer writes its order", lambda: send_document(trade.order, "edihub", self._retailer, message=message)
        )
        return self._row(self._retailer, issued.document_id)

    def _arrived(self, sent: DocumentRow) -> bool | None:
        with self._hub.read() as view:
            wanted = MessageFilter(direction="in", message=sent.type, number=sent.number)
            return bool(list_messages(view.connection, wanted).items) or None

    def _understood(self, trade: Trade) -> str | None:
        with self._hub.read() as view:
            orders = list_orders(view.connection, OrderFilter(number=trade.order.number or "", partner=trade.partner)).items
        if not orders:
            return None
        if orders[0]["held"] is not None:
            raise DidNotHold(f"the order is held: {orders[0]['held']['message']}", orders[0]["held"].get("hint", ""))
        return f"{orders[0]['status']['label'].lower()} by agreement, id {orders[0]['id']}"

    def _answer_acknowledged(self, trade: Trade) -> bool | None:
        with self._hub.read() as view:
            wanted = MessageFilter(direction="out", message=trade.response, partner=trade.partner, light="syntax:ok")
            return bool(list_messages(view.connection, wanted).items) or None

    def _sent_response(self, trade: Trade) -> str:
        with self._hub.read() as view:
            wanted = MessageFilter(direction="out", message=trade.response, partner=trade.partner)
            return str(list_messages(view.connection, wanted).items[0]["message_id"])

    def _row(self, hub: Hub, document_id: str) -> DocumentRow:
        with hub.read() as view:
            return view.documents.get(document_id)

    def _step(self, name: str, look: Callable[[], Found | None]) -> Found:
        """Wait for something to be there; raises `DidNotHold` that names the step when it does not come."""
        until = time.monotonic() + self._patience
        while time.monotonic() < until:
            found = self._hold(name, look)
            if found is not None:
                return found
            time.sleep(_LOOK_AGAIN)
        raise DidNotHold(f"{name}: not within {self._patience:g} seconds", self._explain())

    def _hold(self, name: str, act: Callable[[], Found]) -> Found:
        """Do something that must succeed; raises `DidNotHold` that names the step when it does not."""
        from hub.errors import HubError

        try:
            return act()
        except HubError as failure:
            raise DidNotHold(f"{name}: {failure.message}", failure.hint) from failure

    def _explain(self) -> str:
        """What waits or failed on either side, for whoever has to find out why."""
        found = []
        for side, hub in (("hub", self._hub), ("retailer", self._retailer)):
            with hub.read() as view:
                items = list_messages(view.connection, MessageFilter(), limit=100).items
            found += [
                f"{side}: {item['direction']} {item['message'] or '?'} is {item['state']}: {item['error']['message']}"
                for item in items
                if item["error"]
            ]
        return "; ".join(found[:5]) or "neither side reports an error"


def trades(acme: Order, belmart: Order) -> tuple[Trade, Trade]:
    """The two trades of the demo."""
    return (
        Trade(
            retailer="ACME", partner="acme", order=acme, message="X12 850", acknowledgment="997", accepted="A",
            response="855", way="over AS2, signed and encrypted", is_receipted=True,
        ),
        Trade(
            retailer="Belmart", partner="belmart", order=belmart, message="EDIFACT ORDERS", acknowledgment="CONTRL",
            accepted="7", response="ORDRSP", way="through a drop folder",
        ),
    )  # fmt: skip


def today_of(hub: Hub) -> date:
    """The demo's day."""
    return hub.now().date()
