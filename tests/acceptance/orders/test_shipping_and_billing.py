"""Shipments and invoices from end to end on both databases: what they change, what leaves, and everything that is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hub.bootstrap import open_hub
from hub.edi.tree import Message
from hub.errors import Conflict, HeldForOperator, HubError, Refused
from hub.model import DespatchAdvice, Invoice
from hub.store.instants import from_micros
from hub.store.order_resources import list_events
from hub.testing.flow_site import FarSide, interchange, order_850
from hub.testing.trade import Trade, understood, write_trading_site
from hub.worker.drain import drain

CREDIT = [{"type": "preceding_invoice", "value": "I1"}]


@pytest.fixture
def make(database_url, tmp_path, clock):
    """Open a hub whose partner acme trades in X12 004010."""
    opened = []

    def build(defaults="", partners=("acme",)):
        site = write_trading_site(tmp_path / "site", partners=partners, defaults=defaults)
        hub = open_hub(site, clock=lambda: from_micros(clock()), database_url=database_url)
        hub.build_connector = lambda name: FarSide()
        opened.append(hub)
        return Trade(hub)

    yield build
    for hub in opened:
        hub.stop()


@pytest.fixture
def trade(make):
    return make()


def ordered(trade, number="4500000042", lines=2, control=1, **how):
    wire = interchange([order_850(number, lines=lines, **how)], control=control)
    return trade.order(wire, "acme")


def refused(act, *arguments, **members):
    with pytest.raises(HubError) as refusal:
        act(*arguments, **members)
    return refusal.value.code


def goods(line="1", quantity="4", **more):
    return {"order_line": line, "quantity": quantity, **more}


def row(order, line="1"):
    return next(each for each in order["matrix"] if each["line"] == line)


def chain(order):
    return [(each["message"], each["number"]) for each in order["documents"] if each["direction"] == "out"]


def test_a_first_part_makes_it_shipping_and_the_partner_gets_one_despatch_advice_for_each_part(trade):
    order_id = ordered(trade)
    first = trade.ship(order_id, number="D1", items=[goods(quantity="4")])
    second = trade.ship(order_id, number="D2", items=[goods(quantity="6"), goods("2", "10")])
    assert (first["status"]["slug"], second["status"]["slug"]) == ("shipping", "shipping")
    assert [each["to"] for each in second["history"]] == ["confirmed", "shipping"]
    assert [row(second, line)["shipped"] for line in "12"] == ["10", "10"]
    assert chain(second)[2:] == [("856", "D1"), ("856", "D2")]
    document, _, errors = understood(trade.written(order_id, "856")[1], "x12/004010/856", trade.hub)
    assert errors == []
    assert isinstance(document, DespatchAdvice)
    assert [(each.order_line, each.quantity, each.item.buyer_id) for each in document.packages[0].items] == [
        ("1", Decimal(6), "BUY00001"),
        ("2", Decimal(10), "BUY00002"),
    ]
    drain(trade.hub)
    with trade.hub.read() as view:
        told = [each for each in list_events(view.connection).items if each["type"] == "order.shipped"]
    assert [each["data"]["lines"] for each in told] == [
        [{"line": "1", "quantity": "4"}],
        [{"line": "1", "quantity": "6"}, {"line": "2", "quantity": "10"}],
    ]


def test_the_same_despatch_advice_again_has_no_effect_and_other_content_is_refused(trade):
    order_id = ordered(trade)
    once = trade.ship(order_id, number="D1", items=[goods()])
    assert trade.ship(order_id, number="D1", items=[goods()]) == once
    assert refused(trade.ship, order_id, number="D1", items=[goods(quantity="5")]) == "BUS-376"
    assert len(trade.written(order_id, "856")) == 1


@pytest.mark.parametrize(
    ("code", "despatch"),
    [
        ("BUS-374", {"items": [goods()]}),
        ("BUS-375", {"number": "D1"}),
        ("BUS-375", {"number": "D1", "purpose": "replace", "items": [goods()]}),
        ("BUS-375", {"number": "D1", "structure": "0003", "items": [goods()]}),
        ("BUS-370", {"number": "D1", "items": [goods("9")]}),
        ("BUS-379", {"number": "D1", "items": [{"quantity": "1", "item": {"supplier_id": "NOBODYS"}}]}),
        ("BUS-377", {"number": "D1", "items": [goods(order_number="OTHER")]}),
        ("BUS-378", {"number": "D1", "items": [goods(unit="KGM")]}),
        ("BUS-380", {"number": "D1", "items": [goods(quantity="0")]}),
        ("BUS-380", {"number": "D1", "items": [{"order_line": "1"}]}),
        ("BUS-382", {"number": "D1", "items": [goods(quantity="10.001")]}),
        ("BUS-382", {"number": "D1", "items": [goods(quantity="6"), goods(quantity="5")]}),
        ("BUS-383", {"number": "D1", "packages": [{"sscc": "003761234000000012", "items": [goods()]}]}),
        ("BUS-386", {"number": "D1", "packages": [{"id": "1", "parent": "7", "items": [goods()]}]}),
        ("BUS-386", {"number": "D1", "packages": [{"id": "1", "items": [goods()]}, {"id": "1"}]}),
        ("BUS-386", {"number": "D1", "packages": [{"id": "1", "parent": "2", "items": [goods()]}, {"id": "2", "parent": "1"}]}),
        ("BUS-387", {"number": "D1", "packages": [{"items": [goods()]}], "totals": {"packages": 4}}),
    ],
)  # fmt: skip
def test_a_shipment_that_cannot_be_is_refused_and_changes_nothing(trade, code, despatch):
    order_id = ordered(trade)
    before = trade.look(order_id)
    assert refused(trade.ship, order_id, **despatch) == code
    assert trade.look(order_id) == before


def test_more_than_confirmed_is_shipped_and_billed_only_within_the_tolerances(make):
    trade = make("  tolerances: {over_shipment: 5%, over_invoicing: 10%}")
    order_id = ordered(trade)
    assert refused(trade.ship, order_id, number="D1", items=[goods(quantity="10.51")]) == "BUS-382"
    assert row(trade.ship(order_id, number="D1", items=[goods(quantity="10.5")]))["shipped"] == "10.5"
    assert refused(trade.bill, order_id, number="I1", lines=[goods(quantity="11.56")]) == "BUS-396"
    assert row(trade.bill(order_id, number="I1", lines=[goods(quantity="11.55")]))["invoiced"] == "11.55"


def test_an_order_that_waits_or_is_over_ships_nothing(trade):
    order_id = ordered(trade)
    problem = {"code": "BUS-320", "message": "look first", "hint": "release it", "who": "operator"}
    with trade.hub.transaction() as tx:
        tx.orders.set(tx.orders.get(order_id), held=problem)
    assert refused(trade.ship, order_id, number="D1", items=[goods()]) == "BUS-315"
    other = ordered(trade, number="4500000043", control=2)
    with trade.hub.transaction() as tx:
        tx.orders.move(tx.orders.get(other), 8, actor="test", reason="cancelled")
    assert refused(trade.ship, other, number="D2", items=[goods()]) == "BUS-351"
    assert refused(trade.bill, other, number="I2", lines=[goods()]) == "BUS-395"


def test_an_sscc_of_another_shipment_is_refused(trade):
    order_id = ordered(trade)
    code = "003761234000000011"
    trade.ship(order_id, number="D1", packages=[{"sscc": code, "items": [goods(quantity="1")]}])
    assert refused(trade.ship, order_id, number="D2", packages=[{"sscc": code, "items": [goods(quantity="1")]}]) == "BUS-385"


def test_a_dozen_is_shipped_in_the_unit_of_the_order(trade):
    order_id = ordered(trade, quantity="30")
    order = trade.ship(order_id, number="D1", items=[goods(quantity="2", unit="DZN")])
    assert row(order)["shipped"] == "24"
    document, _, errors = understood(trade.written(order_id, "856")[0], "x12/004010/856", trade.hub)
    assert errors == []
    assert isinstance(document, DespatchAdvice)
    assert [(each.quantity, each.unit) for each in document.packages[0].items] == [(Decimal(24), "EA")]


def test_two_orders_leave_in_one_despatch_advice_and_on_one_invoice_and_both_have_it_in_their_chain(trade):
    first = ordered(trade, number="PO-A", control=1)
    second = ordered(trade, number="PO-B", control=2)
    both = [goods(order_number="PO-A"), goods("2", "3", order_number="PO-B")]
    trade.ship(first, number="D1", items=both)
    trade.bill(first, number="I1", lines=both)
    one, other = trade.look(first), trade.look(second)
    assert (row(one)["shipped"], row(one)["invoiced"]) == ("4", "4")
    assert (row(other, "2")["shipped"], row(other, "2")["invoiced"]) == ("3", "3")
    assert chain(one)[2:] == chain(other)[2:] == [("856", "D1"), ("810", "I1")]
    despatch, message, errors = understood(trade.written(first, "856")[0], "x12/004010/856", trade.hub)
    assert errors == []
    assert [segment[1] for segment in message.segments if segment[0] == "PRF"] == ["PO-A", "PO-B"]
    assert isinstance(despatch, DespatchAdvice)
    assert [each.order_number for package in despatch.packages for each in package.items] == ["PO-A", "PO-B"]
    invoice, message, errors = understood(trade.written(first, "810")[0], "x12/004010/810", trade.hub)
    assert errors == []
    assert isinstance(message, Message)
    assert isinstance(invoice, Invoice)
    assert [(each.order_number or invoice.order_number) for each in invoice.lines] == ["PO-A", "PO-B"]


@pytest.mark.parametrize(
    ("code", "invoice"),
    [
        ("BUS-374", {"lines": [goods()]}),
        ("BUS-375", {"number": "I1", "purpose": "replace", "lines": [goods()]}),
        ("BUS-370", {"number": "I1", "lines": [goods("9")]}),
        ("BUS-378", {"number": "I1", "lines": [goods(unit="KGM", price="3")]}),
        ("BUS-380", {"number": "I1", "lines": [goods(quantity="-1")]}),
        ("BUS-388", {"number": "I1", "kind": "credit_note", "lines": [goods()]}),
        ("BUS-389", {"number": "I1", "kind": "credit_note", "references": CREDIT, "lines": [goods()]}),
        ("BUS-389", {"number": "I9", "kind": "corrective", "references": CREDIT, "lines": [goods()]}),
        ("BUS-390", {"number": "I1", "lines": [goods(amount="49.99")]}),
        ("BUS-390", {"number": "I1", "lines": [goods()], "totals": {"payable_amount": "50.01"}}),
        ("BUS-391", {"number": "I1", "lines": [goods()], "allowances_charges": [{"charge": True, "reason": "Freight"}]}),
        ("BUS-392", {"number": "I1"}),
        ("BUS-392", {"number": "I1", "allowances_charges": [{"charge": True, "amount": "5", "code": "D240"}]}),
        ("BUS-394", {"number": "I1", "lines": [goods(price="12.51")]}),
        ("BUS-396", {"number": "I1", "lines": [goods(quantity="5")]}),
    ],
)  # fmt: skip
def test_an_invoice_that_cannot_be_is_refused_and_changes_nothing(trade, code, invoice):
    order_id = ordered(trade)
    trade.ship(order_id, number="D1", items=[goods(quantity="4")])
    before = trade.look(order_id)
    assert refused(trade.bill, order_id, **invoice) == code
    assert trade.look(order_id) == before


def test_what_was_billed_can_be_credited_and_billed_again(trade):
    order_id = ordered(trade)
    trade.ship(order_id, number="D1", items=[goods(quantity="10")])
    assert row(trade.bill(order_id, number="I1", lines=[goods(quantity="8")]))["invoiced"] == "8"
    assert (
        refused(trade.bill, order_id, number="C0", kind="credit_note", references=CREDIT, lines=[goods(quantity="9")])
        == "BUS-389"
    )
    credited = trade.bill(order_id, number="C1", kind="credit_note", references=CREDIT, lines=[goods(quantity="3")])
    assert row(credited)["invoiced"] == "5"
    assert refused(trade.bill, order_id, number="I2", lines=[goods(quantity="6")]) == "BUS-396"
    segments = trade.written(order_id, "810")[1].decode().split("~")
    assert next(each for each in segments if each.startswith("BIG")).split("*")[7] == "CR"
    assert "REF*IV*I1" in segments
    assert f"TDS*{int(Decimal('12.50') * 3 * 100)}" in segments


def test_a_corrective_invoice_counts_by_what_it_differs_from_the_one_it_replaces(make):
    trade = make(partners=("carre",))
    order_id = trade.order(edifact_order("PO-1", [("10", "12.50"), ("5", "1.00")]), "carre")
    trade.ship(order_id, number="D1", items=[goods(quantity="10"), goods("2", "5")])
    trade.bill(order_id, number="I1", lines=[goods(quantity="8"), goods("2", "5")])
    order = trade.bill(order_id, number="I2", kind="corrective", references=CREDIT, lines=[goods(quantity="10")])
    assert [row(order, line)["invoiced"] for line in "12"] == ["10", "0"]
    document, message, errors = understood(trade.written(order_id, "INVOIC")[1], "edifact/D96A/INVOIC", trade.hub)
    assert errors == []
    assert isinstance(document, Invoice)
    assert document.kind == "corrective"
    assert next(segment for segment in message.segments if segment[0] == "BGM")[1] == "384"
    assert [(each.type, each.value) for each in document.references] == [("preceding_invoice", "I1")]


def edifact_order(number, rows):
    body = [f"BGM+220+{number}+9", "DTM+137:20260924:102", "NAD+BY+5412345000013::9", "NAD+SU+5412345000020::9"]
    for place, (quantity, price) in enumerate(rows, 1):
        body += [f"LIN+{place}++4000862141404:EN", f"QTY+21:{quantity}", f"PRI+AAA:{price}"]
    body += ["UNS+S", f"CNT+2:{len(rows)}"]
    head = ["UNB+UNOC:3+5412345000013:14+5412345000020:14+260924:1200+1", "UNH+1+ORDERS:D:96A:UN"]
    segments = [*head, *body, f"UNT+{len(body) + 2}+1", "UNZ+1+1"]
    return "".join(f"{each}'" for each in segments).encode()


def test_freight_alone_is_billed_where_it_is_agreed(make):
    trade = make("  tolerances: {charges_only: true}")
    order_id = ordered(trade)
    charges = [{"charge": True, "amount": "45.90", "code": "D240", "reason": "Freight"}]
    order = trade.bill(order_id, number="F1", allowances_charges=charges)
    assert row(order)["invoiced"] == "0"
    document, _, errors = understood(trade.written(order_id, "810")[0], "x12/004010/810", trade.hub)
    assert errors == []
    assert isinstance(document, Invoice)
    assert document.totals is not None
    assert document.totals.payable_amount == Decimal("45.90")


def test_goods_by_weight_are_billed_as_weighed_and_counted_as_ordered(trade):
    order_id = ordered(trade, unit="CA")
    trade.ship(order_id, number="D1", items=[goods(quantity="10")])
    weighed = goods(quantity="100", unit="KGM", price="1.25", quantities=[{"type": "shipped", "quantity": "10", "unit": "XCS"}])
    order = trade.bill(order_id, number="I1", lines=[weighed])
    assert row(order)["invoiced"] == "10"


def test_a_document_that_would_break_its_standard_does_not_leave(trade):
    order_id = ordered(trade)
    before = trade.look(order_id)
    with pytest.raises(HeldForOperator) as held:
        trade.ship(order_id, number="D" * 40, items=[goods()])
    assert held.value.code == "RTE-330"
    trade.ship(order_id, number="D1", items=[goods()])
    bad = [{"charge": True, "amount": "1", "reason": "Freight"}]
    with pytest.raises(HeldForOperator) as held:
        trade.bill(order_id, number="I1", lines=[goods()], allowances_charges=bad)
    assert held.value.code == "RTE-335"
    assert row(trade.look(order_id))["invoiced"] == "0"
    assert row(before)["shipped"] == "0"


def test_a_number_that_x12_cannot_carry_is_named(trade):
    order_id = ordered(trade)
    with pytest.raises(HeldForOperator, match=r"x12/004010/856 cannot be written: BSN02 'D\*1': the character '\*'") as held:
        trade.ship(order_id, number="D*1", items=[goods()])
    assert held.value.code == "RTE-330"


def test_an_order_that_changed_meanwhile_is_not_shipped_twice(trade):
    from hub.flow.orders.despatch import prepare_shipment, ship

    order_id = ordered(trade)
    given = DespatchAdvice(number="D1", items=())
    with pytest.raises(Refused):
        prepare_shipment(given, b"{}", order_id, hub=trade.hub, actor="erp")
    import msgspec

    made = [
        prepare_shipment(
            msgspec.convert(
                {"type": "despatch_advice", "number": number, "items": [goods(quantity=Decimal(10))]}, DespatchAdvice
            ),
            number.encode(),
            order_id,
            hub=trade.hub,
            actor="erp",
        )
        for number in ("D1", "D2")
    ]
    with trade.hub.transaction() as tx:
        ship(tx, made[0], trade.hub)
    with pytest.raises(Conflict), trade.hub.transaction() as tx:
        ship(tx, made[1], trade.hub)
    assert row(trade.look(order_id))["shipped"] == "10"


def test_what_has_no_place_in_the_message_is_told_beside_it(trade):
    order_id = ordered(trade)
    order = trade.ship(order_id, number="D1", items=[goods()], carrier={"scac": "UPSN", "seals": ["S-1"]})
    document_id = next(each["id"] for each in order["documents"] if each["message"] == "856")
    with trade.hub.read() as view:
        found = [(each["code"], each["severity"], each["message"]) for each in view.documents.findings(document_id)]
    assert found == [("MAP-275", "warning", "carrier.seals is not sent: the message has no place for it")]
