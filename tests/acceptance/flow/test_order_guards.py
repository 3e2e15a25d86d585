"""Orders that confirm themselves, and everything that stops one: in draft, with its reason, until a person decides."""

from __future__ import annotations

import json

import msgspec
import pytest

from hub.errors import Refused
from hub.flow.orders.answering import document_of
from hub.flow.orders.approval import reassess
from hub.flow.orders.guards import objections
from hub.model import decode_document
from hub.store.order_resources import get_order
from hub.testing.flow_site import interchange, order_850
from hub.testing.order_steps import responses, step

SENDS = "  - send: x12/004010/855\n    triggered_by: [received, confirmed, backordered, rejected, cancelled]"
PRICES = """\
prices: acme
currency: USD
rows:
  WIDGET-001: {price: "12.50", unit: H87, usual: "10"}
  BUY00002: {price: "1250", per: "100"}
"""
STOCK = 'stock: main\nrows: {WIDGET-001: "60", WIDGET-002: "0"}\n'
AUTOMATIC = """\
  tables: {prices: acme, stock: main}
  tolerances: {price: 2%, quantity: 50%}
  orders: {currency: USD, largest: {amount: "100000", lines: 5, quantity: "5000"}, on_shortage: SHORTAGE}
"""


@pytest.fixture
def automatic(make, tmp_path):
    """A hub that confirms by itself, within prices, usual quantities, stock and size; `more` are lines of the partner's defaults."""

    def build(*, shortage="hold", stock="stock: main\nrows: {}\n", rules=""):
        mappings = tmp_path / "site" / "mappings"
        for kind, text in (("prices/acme", PRICES), ("stock/main", stock), *([("rules/site", rules)] if rules else [])):
            path = mappings / f"{kind}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return make(confirm="automatic", defaults=AUTOMATIC.replace("SHORTAGE", shortage), agreements=SENDS)

    return build


def taken(bench, segments=None, number="4500000042", *, control=1):
    bench.take(interchange([segments or order_850(number)], control=control))
    found = next(each for each in bench.orders() if each["number"] == number)
    with bench.hub.read() as view:
        return get_order(view.connection, found["id"])


def changed(before, after, **how):
    """An 850 with one piece of text replaced."""
    return [segment.replace(before, after) for segment in order_850(**how)]


def answers(bench):
    return responses(bench.hub, [each.payload for each in bench.far_side.received])


def test_an_order_within_every_guard_confirms_itself_in_one_step(automatic):
    bench = automatic()
    order = taken(bench)
    assert (order["status"]["slug"], order["held"], order["approval"]) == ("confirmed", None, "not_required")
    assert [(each["actor"], each["from"], each["to"]) for each in order["history"]] == [("hub", None, "confirmed")]
    assert [each.status for each in answers(bench)] == [None, "accepted"]


@pytest.mark.parametrize(
    ("segments", "code", "said"),
    [
        (changed("12.5*", "12.76*"), "BUS-360", "line 1: 12.76 USD, the price list says 12.5 USD"),
        (changed("12.5*", "12.24*"), "BUS-360", "12.24"),
        (changed("WIDGET-001", "GADGET-9"), "BUS-359", "GADGET-9"),
        (order_850(quantity="16"), "BUS-361", "usual is 10 within 50 %"),
        (order_850(quantity="4"), "BUS-361", "usual is 10 within 50 %"),
        (order_850(lines=6), "BUS-363", "6 lines"),
        (changed("PO1*2*10*", "PO1*2*5001*"), "BUS-363", "5001"),
        (changed("PO1*2*10*EA*12.5", "PO1*2*5000*EA*100000"), "BUS-363", "comes to"),
        (changed("PO1*1*10*EA", "PO1*1*10*CA"), "BUS-365", "XCS"),
        ([*order_850()[:1], "CUR*BY*EUR", *order_850()[1:]], "BUS-365", "EUR"),
    ],
)
def test_a_guard_that_fails_leaves_the_order_in_draft_with_its_reason_and_cure(automatic, segments, code, said):
    bench = automatic()
    order = taken(bench, segments)
    assert order["status"]["slug"] == "draft"
    assert code in {order["held"]["code"], *(each["code"] for each in order["held"].get("all", ()))}
    assert said in str(order["held"])
    assert "confirm" in order["held"]["hint"]
    assert "order.held" in bench.events()
    assert [each.status for each in answers(bench)] == [None], "only the receipt is said"
    assert [row["confirmed"] for row in order["matrix"]] == ["0"] * len(order["matrix"])


def test_a_price_at_the_edge_of_its_tolerance_is_within(automatic):
    assert taken(automatic(), changed("12.5*", "12.75*"))["status"]["slug"] == "confirmed"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"price": "1250", "price_base_quantity": "100"}, None),
        ({"price": "3750", "price_base_quantity": "300"}, None),
        ({"price": "1275", "price_base_quantity": "100"}, None),
        ({"price": "1275.01", "price_base_quantity": "100"}, "1275.01 for 100 USD"),
        ({"price": "150", "unit": "DZN"}, None),
        ({"price": "12.50", "unit": "DZN"}, "12.5 USD a H87"),
        ({"price": "12.50", "unit": "KGM"}, "for KGM"),
        ({}, None),
    ],
)
def test_prices_for_other_quantities_and_units_are_compared_exactly(automatic, line, said):
    bench = automatic()
    values = {
        "type": "order",
        "lines": [{"number": "1", "quantity": "10", "unit": "EA", "item": {"supplier_id": "WIDGET-001"}, **line}],
    }
    order = decode_document(json.dumps(values).encode())
    found = objections(order, next(iter(bench.hub.site.agreements.values())), bench.hub)
    assert [said in each["message"] for each in found] == ([] if said is None else [True])


def test_several_objections_are_all_said(automatic):
    order = taken(automatic(), [segment.replace("12.5*", "99*") for segment in order_850(quantity="40")])
    codes = [each["code"] for each in order["held"]["all"]]
    assert sorted(codes) == ["BUS-360", "BUS-360", "BUS-361"]
    assert "2 more" in order["held"]["message"]


def test_a_person_confirms_what_a_guard_stopped_without_releasing_it_first(automatic):
    bench = automatic()
    order = taken(bench, order_850(quantity="16"))
    final = step(bench.hub, "confirm", order["id"], reason="it is their birthday")
    assert (final["status"]["slug"], final["held"]) == ("confirmed", None)
    bench.drain()
    assert answers(bench)[-1].status == "accepted"


def test_the_same_number_under_another_date_may_be_a_twin(automatic):
    bench = automatic()
    taken(bench)
    bench.take(interchange([changed("20260924", "20260925")], control=2))
    second, first = bench.orders()
    assert first["status"]["slug"] == "confirmed"
    assert (second["status"]["slug"], second["held"]["code"]) == ("draft", "BUS-364")
    assert first["id"] in second["held"]["message"]


def test_a_corrected_price_list_is_seen_at_once(automatic):
    bench = automatic()
    assert taken(bench, changed("12.5*", "14*"))["held"]["code"] == "BUS-360"
    (bench.hub.site.root / "mappings/prices/acme.yaml").write_text(PRICES.replace("12.50", "14.00").replace("1250", "1400"))
    bench.take(interchange([changed("12.5*", "14*", number="NEXT")], control=2))
    assert bench.orders()[0]["status"]["slug"] == "confirmed"


def test_a_price_list_that_broke_holds_and_confirms_nothing(automatic):
    bench = automatic()
    (bench.hub.site.root / "mappings/prices/acme.yaml").write_text("prices: acme\n")
    order = taken(bench)
    assert (order["status"]["slug"], order["held"]["code"]) == ("draft", "CFG-000")


@pytest.mark.parametrize(
    ("shortage", "status", "outcomes", "confirmed"),
    [
        ("hold", "draft", None, ["0", "0"]),
        ("backorder", "stock_unavailable", ["backordered", "backordered"], ["0", "0"]),
        ("partial", "confirmed", ["accepted", "backordered", "backordered"], ["8", "0"]),
        ("reject", "confirmed", ["accepted", "rejected", "rejected"], ["8", "0"]),
    ],
)
def test_goods_that_are_not_there_are_handled_as_agreed(automatic, shortage, status, outcomes, confirmed):
    bench = automatic(shortage=shortage, stock=STOCK.replace("60", "8"))
    order = taken(bench)
    assert order["status"]["slug"] == status
    assert [row["confirmed"] for row in order["matrix"]] == confirmed
    if outcomes is None:
        assert (order["held"]["code"], "8 in stock" in order["held"]["message"]) == ("BUS-362", True)
        return
    answer = answers(bench)[-1]
    assert [line.status for line in answer.lines] == outcomes
    assert answer.status == "changed"
    assert ("order.confirmed" if status == "confirmed" else "order.backordered") in bench.events()


@pytest.mark.parametrize(("shortage", "status", "verdict"), [("partial", 16, "changed"), ("reject", 8, "rejected")])
def test_where_nothing_is_there_nothing_is_promised(automatic, shortage, status, verdict):
    bench = automatic(shortage=shortage, stock=STOCK.replace("60", "0"))
    order = taken(bench)
    assert order["status"]["code"] == status
    assert answers(bench)[-1].status == verdict


RULES = """\
rules: site
approval:
  - rule: large
    title: over 240
    approver: sales manager
    when: {all: [{field: currency, operator: equals, value: USD}, {field: amount, operator: above, value: "240"}]}
"""


def test_a_rule_stops_an_order_until_it_is_approved_and_then_it_confirms_itself(automatic):
    bench = automatic(rules=RULES)
    order = taken(bench)
    assert (order["status"]["slug"], order["approval"]) == ("draft", "pending")
    assert order["approval_detail"] == {
        "rule": "large",
        "title": "over 240",
        "approver": "sales manager",
        "currency": "USD",
        "amount": "250.0",
    }
    assert "order.approval_needed" in bench.events()
    with pytest.raises(Refused) as refused:
        step(bench.hub, "confirm", order["id"])
    assert refused.value.code == "BUS-353"
    approved = step(bench.hub, "approve", order["id"], reason="long-standing customer")
    bench.drain()
    assert (approved["status"]["slug"], approved["approval"]) == ("confirmed", "approved")
    assert (approved["approval_detail"]["by"], approved["approval_detail"]["reason"]) == ("tester", "long-standing customer")
    assert [each.status for each in answers(bench)] == [None, "accepted"]
    assert [each for each in bench.events() if each.startswith("order.")] == [
        "order.received",
        "order.approval_needed",
        "order.approved",
        "order.confirmed",
    ]


def test_an_order_below_the_threshold_needs_nobody(automatic):
    bench = automatic(rules=RULES)
    assert taken(bench, order_850(quantity="9"))["status"]["slug"] == "confirmed"


def test_approval_does_not_overrule_the_guards(automatic):
    bench = automatic(rules=RULES)
    order = taken(bench, order_850(quantity="40"))
    approved = step(bench.hub, "approve", order["id"])
    assert (approved["status"]["slug"], approved["held"]["code"]) == ("draft", "BUS-361")


def test_a_change_that_makes_an_order_larger_needs_approval_again(automatic):
    bench = automatic(rules=RULES)
    order = taken(bench)
    step(bench.hub, "approve", order["id"])

    with bench.hub.read() as view:
        row = view.orders.get(order["id"])
    document = document_of(row)
    same = reassess(row, document, bench.hub)
    lines = tuple(msgspec.structs.replace(line, quantity=line.quantity + 1) for line in document.lines)
    larger = reassess(row, msgspec.structs.replace(document, lines=lines), bench.hub)
    smaller = reassess(row, msgspec.structs.replace(document, lines=document.lines[:1]), bench.hub)
    assert (same.state, larger.state, smaller.state) == ("approved", "pending", "approved")


def test_a_status_rule_says_where_an_order_begins_and_nothing_confirms_it(automatic):
    rules = "rules: site\nstatus:\n  - {rule: prepaid, title: paid in advance, status: pending_payment}\n"
    bench = automatic(rules=rules)
    order = taken(bench)
    assert order["status"]["slug"] == "pending_payment"
    assert order["history"][0]["reason"] == "received; paid in advance"
    assert [each.status for each in answers(bench)] == [None]
    paid = step(bench.hub, "paid", order["id"])
    assert paid["status"]["slug"] == "paid"


def test_a_rule_may_put_an_order_on_hold(automatic):
    rules = "rules: site\nstatus:\n  - {rule: look, title: every order is looked at, status: on_hold}\n"
    bench = automatic(rules=rules)
    order = taken(bench)
    assert (order["status"]["slug"], order["held"]["code"]) == ("on_hold", "BUS-366")
    assert step(bench.hub, "release", order["id"])["status"]["slug"] == "draft"


def test_what_is_due_is_told_on_the_status_that_is_agreed(make):
    orders = "  orders: {invoice_on: confirmed, delivery_note_on: confirmed, despatch_on: ready}"
    bench = make(confirm="automatic", defaults=orders)
    order = taken(bench)
    assert bench.events() == ["order.received", "order.confirmed", "order.delivery_note_due", "order.invoice_due"]
    step(bench.hub, "ready", order["id"])
    bench.drain()
    assert bench.events()[-2:] == ["order.ready", "order.despatch_due"]
