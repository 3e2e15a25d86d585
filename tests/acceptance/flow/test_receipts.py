"""What the buyer received of what we sent: counts, lights, differences for a person."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hub.flow.orders.despatch import prepare_shipment, ship
from hub.flow.orders.matrix import problems
from hub.model import DespatchAdvice, Package, PackedItem, encode_document
from hub.store.order_resources import get_order, list_events
from hub.store.work_list import WorkFilter, list_work
from hub.testing.flow_site import interchange, order_850

AGREED = """\
  - receive: x12/004010/861
  - send: x12/004010/856
    triggered_by: [shipped]
    expect: {business: 48h}
"""
NUMBER = "4500000042"


@pytest.fixture
def shipped(make):
    """An order of two lines of ten each, shipped in full under DES-1."""
    bench = make(confirm="automatic", agreements=AGREED)
    bench.take(interchange([order_850()]))
    send(bench, "DES-1", {"1": "10", "2": "10"})
    return bench


def send(bench, number, quantities):
    items = tuple(PackedItem(order_line=line, quantity=Decimal(quantity)) for line, quantity in quantities.items())
    advice = DespatchAdvice(number=number, packages=(Package(id="1", kind="carton", items=items),))
    prepared = prepare_shipment(advice, encode_document(advice), order(bench)["id"], hub=bench.hub, actor="test")
    with bench.hub.transaction() as tx:
        ship(tx, prepared, bench.hub)
    bench.drain()


def receive(bench, *lines, number="RA-1", control=2, despatch="DES-1", orders=True):
    head = [f"BRA*{number}*20261006*00*2", *([f"REF*SI*{despatch}"] if despatch else []), "DTM*050*20261005"]
    body = [*head, *([f"PRF*{NUMBER}"] if orders else []), *lines]
    count = sum(line.startswith("RCD") for line in lines)
    return bench.take(interchange([[*body, f"CTT*{count}"]], control=control, type_="861"))


def rcd(line, quantity, *conditions, returned="", unit="EA"):
    """RCD and LIN of one line; conditions are (quantity, code): 01 damaged, 02 short, 03 over."""
    back = f"*{returned}*{unit}" if returned else "**"
    shown = "".join(f"*{amount}*{unit}*{code}" for amount, code in conditions)
    return [f"RCD*{line}*{quantity}*{unit}{back if conditions or returned else ''}{shown}", f"LIN*{line}*BP*BUY{line:05}"]


def order(bench):
    with bench.hub.read() as view:
        return get_order(view.connection, NUMBER)


def despatch_light(bench, number="DES-1"):
    found = [each for each in order(bench)["documents"] if each["number"] == number and each["direction"] == "out"]
    return found[0]["lights"]["business"]


def work(bench, kind):
    with bench.hub.read() as view:
        return list_work(view.connection, WorkFilter(kind=kind)).items


def received(bench):
    return [row["received"] for row in order(bench)["matrix"]]


def test_a_receipt_in_full_delivers_the_order_and_turns_the_light_on(shipped):
    receive(shipped, *rcd(1, 10), *rcd(2, 10))
    shown = order(shipped)
    assert received(shipped) == ["10", "10"]
    assert shown["status"]["slug"] == "delivered"
    assert shown["history"][-1]["reason"] == "receiving advice RA-1"
    assert despatch_light(shipped)["state"] == "ok"
    assert work(shipped, "receipt_difference") == []
    assert "order.delivered" in shipped.events()


def test_a_shortage_is_explained_and_the_order_is_not_delivered(shipped):
    receive(shipped, *rcd(1, 8, ("2", "01"), ("2", "02")), *rcd(2, 10))
    assert received(shipped) == ["8", "10"]
    assert order(shipped)["status"]["slug"] == "shipping"
    light = despatch_light(shipped)
    assert (light["state"], light["reason"]) == ("failed", "861: line 1: shipped 10, received 8, 2 damaged, 2 short")
    (item,) = work(shipped, "receipt_difference")
    assert item["detail"]["differences"][0]["short"] == "2"
    assert item["order_id"] == order(shipped)["id"]
    assert problems(order(shipped)["matrix"]) == []


def test_what_is_not_said_to_be_short_is_told_from_what_was_sent(shipped):
    receive(shipped, *rcd(1, 7), *rcd(2, 12))
    (item,) = work(shipped, "receipt_difference")
    assert [each["text"] for each in item["detail"]["differences"]] == [
        "line 1: shipped 10, received 7, 3 short",
        "line 2: shipped 10, received 12, 2 over",
    ]


def test_a_receipt_of_some_lines_leaves_the_light_waiting(shipped):
    receive(shipped, *rcd(1, 10))
    assert despatch_light(shipped)["state"] == "waiting"
    assert order(shipped)["status"]["slug"] == "shipping"
    receive(shipped, *rcd(2, 10), number="RA-2", control=3)
    assert order(shipped)["status"]["slug"] == "delivered"


def test_goods_that_come_back_are_counted_and_the_return_waits_for_a_decision(shipped):
    receive(shipped, *rcd(1, 10, returned="3"), *rcd(2, 10))
    assert [row["returned"] for row in order(shipped)["matrix"]] == ["3", "0"]
    assert order(shipped)["status"]["slug"] == "return_pending"
    assert problems(order(shipped)["matrix"]) == []


def test_more_coming_back_than_was_shipped_is_said_and_not_counted(shipped):
    receive(shipped, *rcd(1, 10, returned="30"), *rcd(2, 10))
    assert [row["returned"] for row in order(shipped)["matrix"]] == ["10", "0"]
    (item,) = work(shipped, "receipt_difference")
    assert "more than was shipped" in item["message"]


def test_partial_shipments_are_matched_by_the_number_of_their_despatch_advice(make):
    bench = make(confirm="automatic", agreements=AGREED)
    bench.take(interchange([order_850()]))
    send(bench, "DES-1", {"1": "4"})
    send(bench, "DES-2", {"1": "6", "2": "10"})
    receive(bench, *rcd(1, 6), *rcd(2, 10), despatch="DES-2")
    assert despatch_light(bench, "DES-2")["state"] == "ok"
    assert despatch_light(bench, "DES-1")["state"] == "waiting"
    receive(bench, *rcd(1, 4), despatch="", number="RA-2", control=3)
    assert despatch_light(bench, "DES-1")["state"] == "ok"
    assert order(bench)["status"]["slug"] == "delivered"


def test_a_dozen_received_is_twelve_of_what_was_ordered(make):
    bench = make(confirm="automatic", agreements=AGREED)
    bench.take(interchange([order_850(quantity="24", lines=1)]))
    send(bench, "DES-1", {"1": "24"})
    receive(bench, *rcd(1, 2, unit="DZ"))
    assert received(bench) == ["24"]
    assert despatch_light(bench)["state"] == "ok"


def test_goods_that_never_left_are_a_difference(make):
    bench = make(confirm="automatic", agreements=AGREED)
    bench.take(interchange([order_850()]))
    receive(bench, *rcd(1, 10), despatch=None)
    (item,) = work(bench, "receipt_difference")
    assert item["detail"]["differences"] == [
        {
            "line": "1",
            "text": "line 1: received 10 in all, shipped 0, 10 over",
            "shipped": "0",
            "received": "10",
            "over": "10",
        }
    ]


def test_the_same_goods_under_another_number_are_a_difference(shipped):
    receive(shipped, *rcd(1, 10))
    receive(shipped, *rcd(1, 10), number="RA-2", control=3)
    (item,) = work(shipped, "receipt_difference")
    assert "line 1: received 20 in all, shipped 10, 10 over" in item["message"]


def test_an_unknown_line_is_a_difference_and_the_others_count(shipped):
    receive(shipped, *rcd(1, 10), *rcd(2, 10), *rcd(9, 5))
    assert received(shipped) == ["10", "10"]
    (item,) = work(shipped, "receipt_difference")
    assert "line 9" in item["message"]
    assert order(shipped)["status"]["slug"] == "shipping"


def test_a_receipt_of_nothing_we_sent_is_held(make):
    bench = make(agreements=AGREED)
    message = receive(bench, *rcd(1, 10))
    (document,) = bench.documents(message)
    assert (document.state, document.error["code"]) == ("held", "BUS-331")


def test_the_same_receipt_again_counts_once(make):
    bench = make(confirm="automatic", agreements=AGREED, defaults="  duplicates: {business: answer}")
    bench.take(interchange([order_850()]))
    send(bench, "DES-1", {"1": "10", "2": "10"})
    receive(bench, *rcd(1, 5))
    message = receive(bench, *rcd(1, 5), control=3)
    assert received(bench) == ["5", "0"]
    (document,) = bench.documents(message)
    assert document.state == "duplicate"


def test_a_correction_of_a_receipt_that_was_counted_is_for_a_person(shipped):
    receive(shipped, *rcd(1, 5))
    message = receive(shipped, *rcd(1, 6), control=3)
    (document,) = shipped.documents(message)
    assert (document.state, document.error["code"]) == ("held", "BUS-330")
    assert received(shipped) == ["5", "0"]


def test_a_receipt_is_told_with_its_counts(shipped):
    receive(shipped, *rcd(1, 10), *rcd(2, 9))
    with shipped.hub.read() as view:
        (told,) = [
            each["data"] for each in list_events(view.connection, limit=500).items if each["type"] == "order.goods_received"
        ]
    assert told["received"] == {"1": "10", "2": "9"}
    assert told["differences"][0]["line"] == "2"
