"""Standard packs (856 structure 0002): goods stand above the packages that hold them, and come back package by package."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from hub.edi.place import place
from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import validate
from hub.guides.guide import ReadResult, guide
from hub.guides.library import stock_library
from hub.guides.writing import WriteResult
from hub.model import DespatchAdvice, Item, ItemId, Package, PackedItem, Reference

HEAD = (
    "ISA*00*          *00*          *ZZ*EDIHUB         *ZZ*ACME           *260924*1059*U*00401*000000001*0*P*>~"
    "GS*SH*EDIHUB*ACME*20260924*1059*1*X*004010~ST*856*0001~"
)
SHIPMENT: dict[str, Any] = {"number": "S1", "purpose": "original", "issued_on": dt.date(2026, 9, 24), "issued_time": "10:59"}
ORDERS = (Reference(type="order", value="A"),)


def goods(line: str, quantity: str, **more: Any) -> PackedItem:
    item = Item(supplier_id=f"W-{line}", ids=(ItemId(value=f"W-{line}", scheme="supplier", code="VN"),))
    return PackedItem(order_number="A", order_line=line, quantity=Decimal(quantity), unit="EA", item=item, **more)


def carton(number: str, *items: PackedItem, parent: str | None = None) -> Package:
    return Package(id=number, kind="carton", parent=parent, items=items)


def write(*packages: Package) -> WriteResult:
    document = DespatchAdvice(**SHIPMENT, structure="0002", orders=ORDERS, packages=packages)
    return guide("x12/004010/856", stock_library()).write(document)


def text(result: WriteResult) -> str:
    return "".join("*".join(str(each) for each in segment) + "~" for segment in result.segments)


def understood(segments: str) -> ReadResult:
    data = HEAD + segments + f"SE*{segments.count('~') + 2}*0001~GE*1*1~IEA*1*000000001~"
    message = next(event for event in read(data.encode()) if isinstance(event, Message))
    found = guide("x12/004010/856", stock_library())
    assert [each.message for each in validate(message, found.spec).findings if each.severity == "error"] == []
    return found.read(message, place(message, found.spec))


def test_cartons_with_the_same_goods_stand_under_them_and_the_goods_say_the_whole_quantity() -> None:
    result = write(carton("1", goods("1", "12")), carton("2", goods("1", "12")), carton("3", goods("2", "5")))
    assert [f"{each[1]}<{each[2]} {each[3]}" for each in result.segments if each[0] == "HL"] == [
        "1< S", "2<1 O", "3<2 I", "4<3 P", "5<3 P", "6<2 I", "7<6 P",
    ]  # fmt: skip
    assert [each[2] for each in result.segments if each[0] == "SN1"] == ["24", "5"]


def test_a_pallet_stands_above_the_goods_of_its_cartons() -> None:
    pallet = Package(id="P", kind="pallet")
    result = write(pallet, carton("1", goods("1", "12"), parent="P"), carton("2", goods("1", "6"), parent="P"))
    assert [f"{each[1]}<{each[2]} {each[3]}" for each in result.segments if each[0] == "HL"] == [
        "1< S", "2<1 O", "3<2 T", "4<3 I", "5<4 P", "6<3 I", "7<6 P",
    ]  # fmt: skip


def test_every_carton_holds_its_part_when_it_is_read_back() -> None:
    pallet = Package(id="P", kind="pallet")
    result = write(
        pallet, *(carton(f"{n}", goods("1", "12", lot="L9"), parent="P") for n in range(1, 4)), carton("9", goods("2", "2.5"))
    )
    found = understood(text(result))
    assert [each.message for each in found.findings] == []
    document = found.document
    assert isinstance(document, DespatchAdvice)
    held = [
        (each.kind, [(item.order_line, item.quantity, item.lot, item.order_number) for item in each.items])
        for each in document.packages
    ]
    assert held == [
        ("pallet", []),
        *[("carton", [("1", Decimal(12), "L9", "A")])] * 3,
        ("carton", [("2", Decimal("2.5"), None, "A")]),
    ]
    pallets = {each.id for each in document.packages if each.kind == "pallet"}
    assert [each.parent in pallets for each in document.packages if each.kind == "carton"] == [True, True, True, False]
    assert document.items == ()


def test_a_quantity_that_does_not_divide_stays_beside_its_packages_with_a_warning() -> None:
    found = understood(
        "BSN*00*S1*20260924*1059*0002~HL*1**S~HL*2*1*O~PRF*A~HL*3*2*I~LIN*1*VN*W~SN1**10*EA~"
        "HL*4*3*P~MAN*GM*003761234000000028~HL*5*3*P~MAN*GM*003761234000000035~HL*6*3*P~MAN*GM*003761234000000042~CTT*6~"
    )
    assert [each.code for each in found.findings] == ["MAP-223"]
    document = found.document
    assert isinstance(document, DespatchAdvice)
    assert [item.quantity for item in document.items] == [Decimal(10)]
    assert [len(each.items) for each in document.packages] == [0, 0, 0]


@pytest.mark.parametrize(
    ("packages", "why"),
    [
        ((carton("1", goods("1", "1"), goods("2", "1")),), "package 1 holds 2 goods, a standard pack holds one"),
        ((carton("1"),), "package 1 holds 0 goods, a standard pack holds one"),
        ((carton("1", goods("1", "1")), carton("2", goods("1", "1"), parent="1")), "package 1 bears others and holds goods itself"),
    ],
)  # fmt: skip
def test_what_is_no_standard_pack_is_refused_with_the_package(packages: tuple[Package, ...], why: str) -> None:
    result = write(*packages)
    assert result.refused
    assert [each.message for each in result.findings if each.code == "MAP-274"] == [why]
