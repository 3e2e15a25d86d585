"""We are the buyer: what the seller sends joins the order that we sent; and stock that partners report."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from hub.flow.send import send_document
from hub.model import Item, ItemId, Order, OrderLine, Party, PartyId
from hub.store.message_items import get_item
from hub.store.order_resources import list_events
from hub.store.work_list import WorkFilter, list_work
from hub.testing.flow_site import interchange

AGREED = """\
  - send: x12/004010/850
    expect: {business: 48h}
  - receive: x12/004010/855
  - receive: x12/004010/856
  - receive: x12/004010/810
  - receive: x12/004010/846
"""


@pytest.fixture
def bought(make):
    """An order that we sent, waiting for its answer."""
    bench = make(agreements=AGREED, defaults="  duplicates: {business: answer}")
    item = Item(supplier_id="W-1", ids=(ItemId(value="W-1", scheme="supplier", code="VP"),))
    order = Order(
        number="P-7",
        purpose="original",
        kind="standalone",
        issued_on=dt.date(2026, 9, 24),
        ship_to=Party(name="WAREHOUSE", ids=(PartyId(value="0042", scheme="buyer"),)),
        lines=(OrderLine(number="1", quantity=Decimal(10), unit="EA", price=Decimal("2.50"), item=item),),
    )
    issued = send_document(order, "acme", bench.hub)
    bench.drain()
    return bench, issued.document_id


def answered(bench, code, *lines, control=1):
    return bench.take(interchange([[f"BAK*00*{code}*P-7*20260924", *lines, "CTT*1"]], control=control, type_="855"))


def light(bench, document):
    with bench.hub.read() as view:
        return get_item(view.connection, document)["lights"]["business"]


def work(bench):
    with bench.hub.read() as view:
        return list_work(view.connection, WorkFilter()).items


LINE = "PO1*1*10*EA*2.5**VP*W-1"


def test_an_acceptance_turns_the_business_light_of_the_order_on(bought):
    bench, order = bought
    answered(bench, "AD", LINE, "ACK*IA*10*EA")
    assert light(bench, order)["state"] == "ok"
    assert work(bench) == []


def test_a_rejection_turns_it_red_and_waits_for_a_person(bought):
    bench, order = bought
    answered(bench, "RD", LINE, "ACK*IR")
    assert light(bench, order)["state"] == "failed"
    (item,) = work(bench)
    assert (item["kind"], item["detail"]["lines"]) == ("business_failed", [{"line": "1", "status": "rejected", "reason": None}])


def test_an_acceptance_with_changes_is_accepted_and_somebody_sees_it(bought):
    bench, order = bought
    answered(bench, "AC", LINE, "ACK*IQ*8*EA")
    assert light(bench, order)["state"] == "ok"
    (item,) = work(bench)
    assert item["kind"] == "answer_differs"


def test_an_answer_that_only_says_received_leaves_the_light_waiting(bought):
    bench, order = bought
    bench.take(interchange([["BAK*00*AH*P-7*20260924"]], control=1, type_="855"))
    assert light(bench, order)["state"] == "waiting"


def asn(number="DES-9", order="P-7", control=2):
    body = [
        f"BSN*00*{number}*20261001*1200*0001",
        "HL*1**S",
        "HL*2*1*O",
        f"PRF*{order}",
        "HL*3*2*I",
        "LIN*1*VP*W-1",
        "SN1*1*10*EA",
        "CTT*3",
    ]
    return interchange([body], control=control, type_="856")


def bill(number="INV-9", order="P-7", control=3):
    body = [f"BIG*20261002*{number}*20260924*{order}", "IT1*1*10*EA*2.5**VP*W-1", "TDS*2500", "CTT*1"]
    return interchange([body], control=control, type_="810")


@pytest.mark.parametrize(("payload", "kind"), [(asn(), "despatch_advice"), (bill(), "invoice")], ids=["856", "810"])
def test_goods_and_bill_join_the_chain_of_the_order_we_sent(bought, payload, kind):
    bench, order = bought
    message = bench.take(payload)
    (document,) = bench.documents(message)
    assert (document.state, document.kind, document.answers) == ("done", kind, order)
    with bench.hub.read() as view:
        (told,) = [
            each["data"] for each in list_events(view.connection, limit=500).items if each["type"] == "document.received"
        ]
    assert (told["kind"], told["order_number"]) == (kind, "P-7")


@pytest.mark.parametrize(("header", "line"), [("REF*PO*P-7", ""), ("", "PRF*P-7")], ids=["of-the-shipment", "of-a-loose-item"])
def test_goods_join_the_order_wherever_their_notice_names_it(bought, header, line):
    bench, order = bought
    said = ["BSN*00*DES-9*20261001*1200*0004", "HL*1**S", header, "HL*2*1*I", "LIN*1*VP*W-1", "SN1*1*10*EA", line, "CTT*2"]
    message = bench.take(interchange([[each for each in said if each]], control=2, type_="856"))
    (document,) = bench.documents(message)
    assert (document.state, document.answers) == ("done", order)


@pytest.mark.parametrize("payload", [asn(order="P-8"), bill(order="P-8")], ids=["856", "810"])
def test_goods_and_bill_of_an_order_we_did_not_send_are_held(bought, payload):
    bench, _ = bought
    message = bench.take(payload)
    (document,) = bench.documents(message)
    assert (document.state, document.error["code"]) == ("held", "BUS-337")


def test_the_same_bill_again_has_one_effect(bought):
    bench, _ = bought
    bench.take(bill())
    message = bench.take(bill(control=4))
    assert bench.documents(message)[0].state == "duplicate"


def stock(bench, *lines, number="ST-1", date="20261001", control=1):
    count = sum(line.startswith("LIN") for line in lines)
    body = [f"BIA*00*SI*{number}*{date}*0600", *lines, f"CTT*{count}"]
    return bench.take(interchange([body], control=control, type_="846"))


def available(bench, scheme, item):
    with bench.hub.read() as view:
        return view.stock.available(scheme, item)


def test_stock_that_is_reported_is_known_by_every_name_of_the_item(bought):
    bench, _ = bought
    stock(bench, "LIN*1*UP*076123400003*VP*W-1", "QTY*33*120*EA", "LIN*2*VP*W-2", "QTY*33*0*EA")
    assert available(bench, "supplier", "W-1") == 120
    assert available(bench, "gtin", "00076123400003") == 120
    assert available(bench, "supplier", "W-2") == 0
    assert available(bench, "supplier", "W-3") is None
    assert "stock.reported" in bench.events()


def test_a_newer_report_replaces_a_figure_and_an_older_one_does_not(bought):
    bench, _ = bought
    stock(bench, "LIN*1*VP*W-1", "QTY*33*120*EA")
    stock(bench, "LIN*1*VP*W-1", "QTY*33*80*EA", number="ST-2", date="20261002", control=2)
    stock(bench, "LIN*1*VP*W-1", "QTY*33*500*EA", number="ST-0", date="20260901", control=3)
    assert available(bench, "supplier", "W-1") == 80
