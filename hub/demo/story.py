"""The round trip, step by step: each step waits for its evidence, says it in one line, and names itself when it does not hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from hub.demo import cash
from hub.demo.account import Account
from hub.demo.cash import EDIFACT, X12, Words
from hub.demo.evidence import DidNotHold, check_acknowledgment, check_lights, check_response, received
from hub.demo.receipts import receipt_of
from hub.flow.hub import Hub
from hub.flow.send import send_document
from hub.model import Document, Order
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
    words: Words
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
        self._to_cash(trade, sent)

    def _to_cash(self, trade: Trade, sent: DocumentRow) -> None:
        """The rest of the order's life, up to the goods in the retailer's warehouse and the invoice on its desk."""
        words, to_hub, to_retailer = trade.words, f"{trade.retailer} -> hub", f"hub -> {trade.retailer}"
        order_id = self._order_id(trade)
        change, fewer = cash.change_of(trade.order, words)
        asked = self._write(change, words.change)
        self._account.tell(to_hub, f"{words.change}: the retailer changes line 2 to {fewer}")
        answer = self._step(
            f"the {words.change_answer} answers the change",
            lambda: received(self._retailer, words.change_answer, answers=asked),
        )
        said = self._hold("the change is accepted", lambda: cash.check_change(answer, fewer))
        self._account.tell(to_retailer, f"{words.change_answer}: the change is accepted; {said}")
        parts = cash.parts_of(cash.matrix_of(self._hub, order_id))
        for place, goods in enumerate(parts, 1):
            self._ship(trade, order_id, sent, place=place, goods=goods)
        self._charge(trade, order_id, sent)
        told = [asked]
        for place, goods in enumerate(parts, 1):
            told.append(self._write(cash.receipt(trade.order, place, goods), words.receipt))
            self._account.tell(to_hub, f"{words.receipt}: shipment {place} of 2 was received in full")
        said = self._step("all that was confirmed is received and billed", lambda: cash.check_matrix(self._hub, order_id))
        self._account.tell("hub", f"it adds up; {said}")
        said = self._step("every light burns as it should", lambda: cash.check_chain(self._hub, order_id))
        self._account.tell("hub", said)
        said = self._step("every light of the retailer burns", lambda: self._lit(told))
        self._account.tell(trade.retailer, said)

    def _lit(self, told: list[DocumentRow]) -> str | None:
        """Whether all that the retailer sent after its order was delivered and understood, and its change accepted."""
        rows = [self._row(self._retailer, each.id) for each in told]
        if any((row.delivery, row.syntax) != ("ok", "ok") for row in rows) or rows[0].business != "ok":
            return None
        return f"every light of {', '.join(row.type for row in rows)} is as it should be"

    def _ship(self, trade: Trade, order_id: str, sent: DocumentRow, *, place: int, goods: Mapping[str, Decimal]) -> None:
        advice = cash.shipment(trade.order, place, goods)
        self._hold(f"the ERP ships part {place}", lambda: cash.deliver(self._hub, order_id, advice))
        word = trade.words.despatch
        found = self._step(
            f"the {word} of part {place} comes", lambda: cash.came(self._retailer, word, str(advice.number), sent)
        )
        said = self._hold(f"the {word} says what is in part {place}", lambda: cash.check_shipment(found, goods))
        self._account.tell(f"hub -> {trade.retailer}", f"{word}: shipment {place} of 2 is on its way; {said}")

    def _charge(self, trade: Trade, order_id: str, sent: DocumentRow) -> None:
        matrix = cash.matrix_of(self._hub, order_id)
        document = cash.invoice(trade.order, matrix)
        self._hold("the ERP bills", lambda: cash.charge(self._hub, order_id, document))
        word = trade.words.invoice
        found = self._step(f"the {word} comes", lambda: cash.came(self._retailer, word, str(document.number), sent))
        said = self._hold(f"the {word} adds up", lambda: cash.check_invoice(found, trade.order, matrix))
        self._account.tell(f"hub -> {trade.retailer}", f"{word}: the invoice; {said}")

    def _send(self, trade: Trade) -> DocumentRow:
        return self._write(trade.order, trade.message.removeprefix("X12 ").removeprefix("EDIFACT "))

    def _write(self, document: Document, message: str) -> DocumentRow:
        issued = self._hold(
            f"the retailer writes its {message}", lambda: send_document(document, "edihub", self._retailer, message=message)
        )
        return self._row(self._retailer, issued.document_id)

    def _order_id(self, trade: Trade) -> str:
        with self._hub.read() as view:
            found = list_orders(view.connection, OrderFilter(number=trade.order.number or "", partner=trade.partner)).items
        return str(found[0]["id"])

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
            response="855", way="over AS2, signed and encrypted", words=X12, is_receipted=True,
        ),
        Trade(
            retailer="Belmart", partner="belmart", order=belmart, message="EDIFACT ORDERS", acknowledgment="CONTRL",
            accepted="7", response="ORDRSP", way="through a drop folder", words=EDIFACT,
        ),
    )  # fmt: skip
