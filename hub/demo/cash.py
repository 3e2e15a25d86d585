"""From order to cash: the buyer changes its order, gets the goods in two shipments and the invoice, and says what it received."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hub.demo.evidence import DidNotHold, Received, document_of, received, same
from hub.flow.hub import Hub
from hub.flow.orders.despatch import prepare_shipment, ship
from hub.flow.orders.invoice import bill, prepare_invoice
from hub.model import (
    Carrier,
    DespatchAdvice,
    Invoice,
    InvoiceLine,
    Order,
    OrderChange,
    OrderChangeLine,
    OrderResponse,
    Package,
    PackedItem,
    ReceivingAdvice,
    ReceivingLine,
    Reference,
    encode_document,
)
from hub.store.documents import DocumentRow
from hub.store.order_resources import get_order

ERP = "erp"
"""Who ships and bills, in the order's history."""
_WEIGHTS = (Decimal("12.5"), Decimal("7.25"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the documents of one standard are called."""

    change: str
    change_answer: str
    despatch: str
    invoice: str
    receipt: str


X12 = Words(change="860", change_answer="865", despatch="856", invoice="810", receipt="861")
EDIFACT = Words(change="ORDCHG", change_answer="ORDRSP", despatch="DESADV", invoice="INVOIC", receipt="RECADV")


def change_of(order: Order, words: Words) -> tuple[OrderChange, Decimal]:
    """The buyer wants fewer of its second line; the change, and the quantity that is left."""
    line = order.lines[1]
    assert line.quantity is not None
    fewer = line.quantity - 2
    changed = OrderChangeLine(
        number=line.number, action="change", quantity=fewer, unit=line.unit, price=line.price, item=line.item
    )
    change = OrderChange(
        number=f"{order.number}-C1" if words is EDIFACT else order.number,  # an 860 has no number of its own
        order_number=order.number,
        order_issued_on=order.issued_on,
        change_sequence="1",
        purpose="change",
        issued_on=order.issued_on,
        currency=order.currency,
        buyer=order.buyer,
        supplier=order.supplier,
        lines=(changed,),
    )
    return change, fewer


def check_change(found: Received, fewer: Decimal) -> str:
    """The answer accepts the new quantity; raises `DidNotHold`."""
    answer = document_of(found, OrderResponse)
    same("what it says of the change", "accepted", answer.status)
    told = [line.quantity for line in answer.lines if line.order_line == "2"]
    same("the quantity it accepts for line 2", [fewer], told)
    return f"line 2 is {fewer} now"


def parts_of(matrix: list[dict[str, str]]) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """What goes with the first shipment and what with the second: half of the first line waits."""
    confirmed = {row["line"]: Decimal(row["confirmed"]) for row in matrix}
    first = next(iter(confirmed))
    half = (confirmed[first] / 2).quantize(Decimal(1)) if confirmed[first] > 1 else confirmed[first]
    return {**confirmed, first: half}, {first: confirmed[first] - half}


def shipment(order: Order, place: int, goods: Mapping[str, Decimal]) -> DespatchAdvice:
    """What the ERP says of one shipment: what is in the carton and who carries it; the rest the hub knows."""
    items = tuple(PackedItem(order_line=line, quantity=quantity) for line, quantity in goods.items())
    carton = Package(id="1", kind="carton", weight=_WEIGHTS[place - 1], weight_unit="KGM", items=items)
    carrier = Carrier(name="Demo Carrier", scac="DEMO", tracking_number=f"TRK{order.number}{place}")
    return DespatchAdvice(number=f"D{place}-{order.number}", carrier=carrier, packages=(carton,))


def check_shipment(found: Received, goods: Mapping[str, Decimal]) -> str:
    """What the buyer was told is what left, in cartons whose SSCC have the right check digit; raises `DidNotHold`."""
    advice = document_of(found, DespatchAdvice)
    told: dict[str, Decimal] = {}
    for package in advice.packages:
        for item in package.items:
            told[str(item.order_line)] = told.get(str(item.order_line), Decimal(0)) + (item.quantity or 0)
    same("what the carton holds", dict(goods), told)
    labels = [package.sscc for package in advice.packages if package.sscc]
    if not labels:
        raise DidNotHold("no carton has an SSCC", "this is our bug; please report it")
    for label in labels:
        same(f"the check digit of {label}", check_digit(label[:17]), label[17:])
    return f"{len(goods)} {'line' if len(goods) == 1 else 'lines'} in a carton with SSCC {labels[0]}"


def check_digit(digits: str) -> str:
    """The last digit of an SSCC (GS1 General Specifications 7.9), worked out here and not by the code that made it."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-weighted % 10)


def invoice(order: Order, matrix: list[dict[str, str]]) -> Invoice:
    """What the ERP bills: what was shipped, at the price that was agreed; amounts and totals the hub works out."""
    prices = {line.number: line.price for line in order.lines}
    lines = tuple(
        InvoiceLine(order_line=row["line"], quantity=Decimal(row["shipped"]), price=prices[row["line"]]) for row in matrix
    )
    return Invoice(number=f"I-{order.number}", lines=lines)


def check_invoice(found: Received, order: Order, matrix: list[dict[str, str]]) -> str:
    """What the buyer is asked to pay is what it got, at the price it agreed to, to the cent; raises `DidNotHold`."""
    told = document_of(found, Invoice)
    prices = {line.number: line.price or Decimal(0) for line in order.lines}
    due = sum((Decimal(row["shipped"]) * prices[row["line"]] for row in matrix), Decimal(0)).quantize(Decimal("0.01"))
    same("what is to be paid", due, None if told.totals is None else told.totals.payable_amount)
    return f"{due} {order.currency} for {len(told.lines)} lines"


def receipt(order: Order, place: int, goods: Mapping[str, Decimal]) -> ReceivingAdvice:
    """What the buyer says of one shipment: all of it came."""
    known = {line.number: line for line in order.lines}
    number = f"D{place}-{order.number}"
    lines = tuple(
        ReceivingLine(
            number=str(at),
            order_number=order.number,
            order_line=line,
            despatch_number=number,
            quantity=quantity,
            accepted=quantity,
            unit=known[line].unit,
            item=known[line].item,
        )
        for at, (line, quantity) in enumerate(goods.items(), 1)
    )
    return ReceivingAdvice(
        number=f"R{place}-{order.number}",
        order_numbers=(order.number or "",),
        despatch_number=number,
        references=(Reference(type="order", value=order.number),),
        issued_on=order.issued_on,
        received_on=order.issued_on,
        buyer=order.buyer,
        supplier=order.supplier,
        ship_to=order.ship_to,
        lines=lines,
    )


def deliver(hub: Hub, order_id: str, advice: DespatchAdvice) -> str:
    """The ERP ships, through the function behind `POST /orders/ID/shipments`; the id of the despatch advice."""
    prepared = prepare_shipment(advice, encode_document(advice), order_id, hub=hub, actor=ERP)
    with hub.transaction() as tx:
        return ship(tx, prepared, hub)


def charge(hub: Hub, order_id: str, document: Invoice) -> str:
    """The ERP bills, through the function behind `POST /orders/ID/invoices`; the id of the invoice."""
    prepared = prepare_invoice(document, encode_document(document), order_id, hub=hub, actor=ERP)
    with hub.transaction() as tx:
        return bill(tx, prepared, hub)


def matrix_of(hub: Hub, order_id: str) -> list[dict[str, str]]:
    """The counts of an order, line by line."""
    with hub.read() as view:
        return list(get_order(view.connection, order_id)["matrix"])


def came(retailer: Hub, message: str, number: str, sent: DocumentRow) -> Received | None:
    """The despatch advice or invoice with this number, once the buyer has joined it to the order it sent."""
    return received(retailer, message, answers=sent, number=number)


def check_matrix(hub: Hub, order_id: str) -> str | None:
    """Everything confirmed was shipped, billed and received; None while something is still on its way."""
    rows = matrix_of(hub, order_id)
    for row in rows:
        if not Decimal(row["confirmed"]) == Decimal(row["shipped"]) == Decimal(row["invoiced"]) == Decimal(row["received"]):
            return None
    return "; ".join(f"line {row['line']}: {row['confirmed']} confirmed, shipped, invoiced, received" for row in rows)


def check_chain(hub: Hub, order_id: str) -> str | None:
    """Every document we sent for the order was delivered and understood, every shipment received; None while a light is out.

    Raises `DidNotHold` where one failed.
    """
    with hub.read() as view:
        shown = get_order(view.connection, order_id)
    sent = [each for each in shown["documents"] if each["direction"] == "out"]
    for each in sent:
        lights = {name: light["state"] for name, light in each["lights"].items()}
        if "failed" in lights.values() or "overdue" in lights.values():
            raise DidNotHold(f"a light of the {each['message']} {each['number']} says {lights}", "look at its message")
        wanted = ("delivery", "syntax", "business") if each["type"] == "despatch_advice" else ("delivery", "syntax")
        if each["type"] != "acknowledgment" and any(lights[name] != "ok" for name in wanted):
            return None
    documents = ", ".join(f"{each['message']}" for each in sent if each["type"] != "acknowledgment")
    return f"the order is {shown['status']['label'].lower()}; every light of {documents} is as it should be"
