"""What is written is what the buyer sent, where he sent it; what cannot be said is refused or told, never bent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from hub.guides.guide import guide
from hub.guides.library import stock_library
from hub.guides.lost import lost_members
from hub.guides.receiving_steps import read_listed_orders, write_listed_orders
from hub.guides.run import Context
from hub.model import (
    DespatchAdvice,
    DespatchTotals,
    Echo,
    EchoedId,
    Invoice,
    InvoiceLine,
    InvoiceTotals,
    Item,
    ItemId,
    LineTax,
    Note,
    Order,
    OrderLine,
    OrderResponse,
    OrderResponseLine,
    Package,
    PackedItem,
    Party,
    PartyId,
    PaymentTerm,
)

DAY = dt.date(2026, 9, 24)


def written(name: str, document: Any) -> dict[str, list[list[Any]]]:
    result = guide(name, stock_library()).write(document, Context())
    assert [found.message for found in result.findings] == []
    found: dict[str, list[list[Any]]] = {}
    for segment in result.segments:
        found.setdefault(str(segment[0]), []).append(segment[1:])
    return found


def findings(name: str, document: Any) -> list[tuple[str, str]]:
    return [(found.code, found.severity) for found in guide(name, stock_library()).write(document, Context()).findings]


def order(**members: Any) -> Order:
    return Order(
        **{"number": "1", "issued_on": DAY, "lines": (OrderLine(number="1", quantity=Decimal(1), unit="EA"),), **members}
    )


def answer(*lines: OrderResponseLine, **members: Any) -> OrderResponse:
    return OrderResponse(
        **{
            "number": "A",
            "order_number": "1",
            "order_issued_on": DAY,
            "issued_on": DAY,
            "status": "changed",
            "lines": lines,
            **members,
        }
    )


def test_the_buyers_ids_and_unit_come_back_letter_for_letter() -> None:
    line = OrderResponseLine(
        order_line="001",
        status="accepted",
        quantity=Decimal(5),
        ordered_quantity=Decimal(5),
        unit="C62",
        item=Item(gtin="00076123400003"),
        echo=Echo(number="001", unit="1N", ids=(EchoedId(qualifier="IT", value=" 14"), EchoedId(qualifier="ZZ", value="x"))),
    )
    assert written("x12/004010/855", answer(line))["PO1"] == [["001", "5", "1N", "", "", "IT", " 14", "ZZ", "x"]]


def test_an_echoed_unit_that_no_longer_means_the_same_is_not_written() -> None:
    line = OrderResponseLine(
        order_line="1", status="accepted", quantity=Decimal(5), ordered_quantity=Decimal(5), unit="XCS", echo=Echo(unit="EA")
    )
    assert written("x12/004010/855", answer(line))["PO1"] == [["1", "5", "CA"]]


@pytest.mark.parametrize(
    ("name", "unit", "echoed", "tag", "places"),
    [
        ("x12/004010/856", "XCT", "CT", "SN1", (2, 5)),
        ("edifact/D96A/DESADV", "XCT", "CT", "QTY", None),
        ("edifact/D01B/EAN007/DESADV", "H87", "PCE", "QTY", None),
    ],
)
def test_the_ordered_quantity_of_a_despatch_advice_has_the_buyers_unit_too(
    name: str, unit: str, echoed: str, tag: str, places: tuple[int, int] | None
) -> None:
    item = PackedItem(
        order_line="1", quantity=Decimal(5), unit=unit, ordered_quantity=Decimal(24), ordered_unit=unit, echo=Echo(unit=echoed)
    )
    found = written(name, DespatchAdvice(number="D", issued_on=DAY, issued_time="10:00", order_numbers=("1",), items=(item,)))[
        tag
    ]
    if places is None:
        assert found == [[["12", "5", echoed]], [["21", "24", echoed]]]
    else:
        assert [found[0][place] for place in places] == [echoed, echoed]


def test_the_total_of_an_810_is_what_its_lines_add_up_to_and_what_was_prepaid_is_told_not_to_be_there() -> None:
    line = InvoiceLine(number="1", order_line="1", quantity=Decimal(2), unit="H87", price=Decimal(5), amount=Decimal(10))
    totals = InvoiceTotals(tax_inclusive_amount=Decimal(10), prepaid_amount=Decimal(4), payable_amount=Decimal(6))
    document = Invoice(kind="invoice", number="1", issued_on=DAY, order_number="1", lines=(line,), totals=totals)
    assert written("x12/004010/810", document)["TDS"] == [["1000"]]
    back = Invoice(kind="invoice", number="1", issued_on=DAY, totals=InvoiceTotals(payable_amount=Decimal(10)))
    before = Invoice(kind="invoice", number="1", issued_on=DAY, totals=totals)
    assert [found.message.partition(" is not sent")[0] for found in lost_members(before, back)] == ["totals.prepaid_amount"]


def test_lines_of_a_despatch_advice_count_on_package_by_package_as_they_stand_in_the_message() -> None:
    def package(name: str, parent: str | None, *lines: str) -> Package:
        items = tuple(PackedItem(order_line=line, quantity=Decimal(1), unit="H87") for line in lines)
        return Package(id=name, parent=parent, kind="carton" if parent else "pallet", items=items)

    packages = (package("p", None), package("q", None), package("c", "q", "3"), package("d", "p", "1"), package("e", "p", "2"))
    found = written("edifact/D96A/DESADV", DespatchAdvice(number="D", issued_on=DAY, packages=packages))
    assert [each[0] for each in found["LIN"]] == ["1", "2", "3"]
    assert found["CNT"] == [[["2", "3"]]]


def test_outcomes_of_one_line_share_its_po1() -> None:
    lines = [
        OrderResponseLine(order_line="7", status=status, quantity=Decimal(quantity), ordered_quantity=Decimal(10), unit="EA")
        for status, quantity in (("accepted", 6), ("backordered", 4))
    ]
    found = written("x12/004010/855", answer(*lines))
    assert [each[:2] for each in found["PO1"]] == [["7", "10"]]
    assert [each[:3] for each in found["ACK"]] == [["IA", "6", "EA"], ["IB", "4", "EA"]]
    assert found["CTT"] == [["1"]]


def test_outcomes_of_one_line_are_lines_of_their_own_in_ordrsp() -> None:
    lines = [
        OrderResponseLine(order_line="7", status=status, quantity=Decimal(quantity), ordered_quantity=Decimal(10), unit="H87")
        for status, quantity in (("accepted", 6), ("backordered", 4))
    ]
    found = written("edifact/D96A/ORDRSP", answer(*lines))
    assert [each[:2] for each in found["LIN"]] == [["1", "5"], ["2", "6"]]
    assert [each[0] for each in found["RFF"] if each[0][0] == "LI"] == [["LI", "7"], ["LI", "7"]]
    assert found["QTY"] == [[["21", "10"]], [["113", "6"]], [["83", "4"]], [["21", "10"]]]


@pytest.mark.parametrize(
    ("status", "lines", "code"), [("accepted", 0, "AK"), ("accepted", 1, "AD"), ("rejected", 0, "RJ"), ("rejected", 1, "RD")]
)
def test_the_verdict_depends_on_whether_lines_follow(status: str, lines: int, code: str) -> None:
    line = OrderResponseLine(order_line="1", status="accepted", quantity=Decimal(1), ordered_quantity=Decimal(1), unit="EA")
    found = written("x12/004010/855", answer(*[line] * lines, status=status))
    assert found["BAK"][0][1] == code


def test_an_identifier_that_is_too_long_is_refused() -> None:
    assert findings("x12/004010/850", order(number="X" * 23)) == [("MAP-271", "error")]


def test_a_line_number_that_is_no_number_is_refused_where_the_standard_wants_one() -> None:
    assert findings("edifact/D96A/ORDERS", order(lines=(OrderLine(number="A1", quantity=Decimal(1)),))) == [
        ("MAP-271", "error")
    ]


def test_a_unit_that_the_table_has_no_code_for_is_refused() -> None:
    assert findings("x12/004010/850", order(lines=(OrderLine(number="1", quantity=Decimal(1), unit="XYZ"),))) == [
        ("MAP-270", "error")
    ]


def test_what_the_guide_needs_and_the_document_has_not_is_refused() -> None:
    assert findings("edifact/D96A/ORDERS", order(issued_on=None)) == [("MAP-273", "error")]


def test_amounts_with_more_than_two_decimals_do_not_fit_an_n2_element() -> None:
    from hub.model import AllowanceCharge

    charge = AllowanceCharge(charge=True, code="D240", amount=Decimal("1.005"))
    assert findings("x12/004010/850", order(allowances_charges=(charge,))) == [("MAP-271", "error")]


def test_more_ids_than_a_party_has_room_for_are_told() -> None:
    party = Party(name="A", ids=(PartyId(value="1", scheme="gln"), PartyId(value="2", scheme="vat")))
    assert findings("x12/004010/850", order(buyer=party)) == [("MAP-272", "warning")]


def test_free_text_is_wrapped_into_as_many_segments_as_it_takes() -> None:
    note = Note(text=("word " * 120).strip())
    found = written("x12/004010/850", order(notes=(note,)))
    assert all(len(each[0]) <= 264 for each in found["MSG"])
    assert "".join(each[0] for each in found["MSG"]) == note.text


def test_a_gtin_alone_is_written_with_the_qualifier_of_its_form() -> None:
    def line(gtin: str) -> Order:
        return order(lines=(OrderLine(number="1", quantity=Decimal(1), unit="EA", item=Item(gtin=gtin)),))

    assert written("x12/004010/850", line("00076123400003"))["PO1"][0][5:] == ["UP", "076123400003"]
    assert written("x12/004010/850", line("05412345000013"))["PO1"][0][5:] == ["EN", "5412345000013"]
    assert written("x12/004010/850", line("10076123400000"))["PO1"][0][5:] == ["UK", "10076123400000"]
    assert written("edifact/D96A/ORDERS", line("05412345000013"))["LIN"][0][2] == ["5412345000013", "EN"]
    assert written("edifact/D01B/EAN010/ORDERS", line("05412345000013"))["LIN"][0][2][1] == "SRV"


def test_ids_of_another_standard_are_written_with_this_ones_qualifier() -> None:
    item = Item(ids=(ItemId(value="5412345000013", scheme="ean", code="EN"), ItemId(value="B-1", scheme="buyer", code="BP")))
    document = order(lines=(OrderLine(number="1", quantity=Decimal(1), unit="EA", item=item),))
    assert written("x12/004010/850", document)["PO1"][0][5:] == ["EN", "5412345000013", "BP", "B-1"]
    assert written("edifact/D96A/ORDERS", document)["PIA"] == [["1", ["B-1", "BP"]]]


def test_the_agreements_value_stands_where_the_document_has_none() -> None:
    import tempfile
    from pathlib import Path

    from hub.guides.library import Library

    text = "guide: acme/855\nextends: x12/004010/855\nsegments:\n  - REF: {01: '=IA', 02: {to: reason, from_agreement: vendor_number}}\ntests: []\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guides" / "acme" / "855.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        result = guide("acme/855", Library(Path(folder))).write(answer(), Context(values={"vendor_number": "4711"}))
    assert ["REF", "IA", "4711"] in result.segments


SELLER = Party(
    name="Seller",
    ids=(
        PartyId(value="5412345000020", scheme="gln"),
        PartyId(value="BE0123456789", scheme="vat"),
        PartyId(value="J12/1", scheme="legal"),
    ),
)


def invoice(**members: Any) -> Invoice:
    line = InvoiceLine(
        number="1", order_line="7", quantity=Decimal(2), unit="H87", price=Decimal(5), amount=Decimal(10), item=Item(gtin="05412345000037"),
        tax=LineTax(category="S", type="VAT", percent=Decimal(21)),
    )  # fmt: skip
    totals = InvoiceTotals(payable_amount=Decimal("12.10"))
    return Invoice(
        **{
            "number": "I",
            "issued_on": DAY,
            "order_number": "PO1",
            "supplier": SELLER,
            "lines": (line,),
            "totals": totals,
            **members,
        }
    )


def test_an_invoice_says_the_sellers_vat_number() -> None:
    numbers = [each[0] for each in written("edifact/D96A/INVOIC", invoice())["RFF"][1:3]]
    assert numbers == [["VA", "BE0123456789"], ["XA", "J12/1"]]
    supplier = Party(name="Seller", ids=SELLER.ids[:2])
    assert written("x12/004010/810", invoice(supplier=supplier))["REF"] == [["VX", "BE0123456789"]]


def test_an_invoice_names_the_order_of_a_line_and_taxes_it() -> None:
    segments = written("edifact/D96A/INVOIC", invoice())
    assert segments["RFF"][-1] == [["ON", "PO1", "7"]]
    assert len(segments["TAX"]) == 1


def test_net_days_count_from_the_invoice() -> None:
    segments = written("edifact/D96A/INVOIC", invoice(payment_terms=(PaymentTerm(net_days=30),)))
    assert segments["PAT"] == [["3", "", ["5", "", "D", "30"]]]


def test_a_gtin_of_thirteen_digits_is_written_with_thirteen() -> None:
    (line,) = written("edifact/D01B/EAN011/INVOIC", invoice())["LIN"]
    assert line == ["1", "", ["5412345000037", "SRV"]]


def despatch() -> DespatchAdvice:
    items = (PackedItem(order_number="PO1", order_line="7", quantity=Decimal(2), unit="EA", item=Item(buyer_id="B1")),)
    packages = (Package(id="1", kind="pallet"), Package(id="2", parent="1", kind="carton", items=items))
    return DespatchAdvice(
        number="D",
        issued_on=DAY,
        issued_time="10:00",
        despatched_at="2026-09-24T08:30:00Z",
        packages=packages,
        totals=DespatchTotals(),
    )


def test_goods_stand_under_the_order_that_they_name() -> None:
    segments = written("x12/004010/856", despatch())
    assert [each[2] for each in segments["HL"]] == ["S", "O", "T", "P", "I"]
    assert segments["PRF"] == [["PO1"]]


def test_the_moment_of_despatch_is_written() -> None:
    assert written("x12/004010/856", despatch())["DTM"][0][:3] == ["011", "20260924", "083000"]
    assert [["11", "20260924083000+00", "304"]] in written("edifact/D96A/DESADV", despatch())["DTM"]


def test_lines_of_a_despatch_advice_are_numbered() -> None:
    assert [each[0] for each in written("edifact/D96A/DESADV", despatch())["LIN"]] == ["1"]


def test_what_a_line_says_and_the_message_does_not_is_told() -> None:
    before = invoice()
    after = msgspec.structs.replace(before, lines=(msgspec.structs.replace(before.lines[0], item=None),))
    assert [found.message for found in lost_members(before, after)] == [
        "lines.item.gtin is not sent: the message has no place for it"
    ]


def test_orders_of_a_receiving_advice_come_back_in_the_sequence_in_which_they_stood() -> None:
    for listed, line, head in ((["A", "B"], "B", ["A"]), (["B", "A"], "B", ["B", "A"]), (["A"], "B", ["A"])):
        frame = {"order_numbers": listed, "lines": [{"order_number": line}, {}]}
        write_listed_orders(frame)
        assert frame["order_numbers"] == head
        read_listed_orders(frame, [])
        assert [each for each in frame["order_numbers"] if each in listed] == listed
