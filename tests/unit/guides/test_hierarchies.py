"""Shipments: every package and item has its place in what is written, or nothing is; what is read ends, whatever is in it."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from typing import Any

import pytest

from hub.edi.place import place
from hub.edi.read import read
from hub.edi.tree import Message
from hub.guides.guide import ReadResult, guide
from hub.guides.library import stock_library
from hub.guides.writing import WriteResult
from hub.model import DespatchAdvice, Package, PackedItem, Reference

HEAD = (
    "ISA*00*          *00*          *ZZ*GREENFIELD     *ZZ*EDIHUB         *260924*1059*U*00401*000000001*0*P*>~"
    "GS*SH*GREENFIELD*EDIHUB*20260924*1059*1*X*004010~ST*856*0001~BSN*00*S1*20260924*1059~"
)
SHIPMENT: dict[str, Any] = {"number": "S1", "purpose": "original", "issued_on": dt.date(2026, 9, 24), "issued_time": "10:59"}


def write(**members: Any) -> WriteResult:
    return guide("x12/004010/856", stock_library()).write(DespatchAdvice(**SHIPMENT, **members))


def branches(result: WriteResult) -> list[str]:
    assert [found.message for found in result.findings if found.severity == "error"] == []
    return [f"{each[1]}<{each[2]} {each[3]}" for each in result.segments if each[0] == "HL"]


def problems(**members: Any) -> list[str]:
    result = write(**members)
    assert result.refused
    return [found.message for found in result.findings if found.code == "MAP-274"]


def understood(*segments: str) -> ReadResult:
    data = HEAD + "".join(f"{each}~" for each in segments) + f"SE*{len(segments) + 3}*0001~GE*1*1~IEA*1*000000001~"
    message = next(event for event in read(data.encode()) if isinstance(event, Message))
    found = guide("x12/004010/856", stock_library())
    return found.read(message, place(message, found.spec))


def item(order: str | None = "A", number: str = "1") -> PackedItem:
    return PackedItem(order_number=order, order_line=number, quantity=Decimal(1), unit="EA")


ORDERS = (Reference(type="order", value="A"), Reference(type="order", value="B"))


def test_a_pallet_with_goods_of_two_orders_stands_under_both_each_time_with_its_own() -> None:
    pallet = Package(id="7", kind="pallet", items=(item("A"), item("B")))
    assert branches(write(orders=ORDERS, packages=(pallet,))) == [
        "1< S", "2<1 O", "3<2 T", "4<3 I", "5<1 O", "6<5 T", "7<6 I",
    ]  # fmt: skip


def test_an_item_without_an_order_belongs_to_that_of_its_package() -> None:
    carton = Package(id="7", kind="carton", order_number="B", items=(item(None),))
    assert branches(write(orders=ORDERS, packages=(carton,))) == ["1< S", "2<1 O", "3<1 O", "4<3 P", "5<4 I"]


def test_an_empty_package_is_written_once() -> None:
    packages = (Package(id="1", kind="pallet"), Package(id="2", parent="1", kind="carton"))
    assert branches(write(orders=ORDERS[:1], packages=packages)) == ["1< S", "2<1 O", "3<2 T", "4<3 P"]


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"orders": ORDERS, "items": (item("C", "5"),)}, "item 5 belongs to order C, which is not in the document"),
        ({"orders": ORDERS, "items": (item(None, "5"),)}, "item 5 does not say which order it belongs to"),
        ({"packages": (Package(id="1", parent="9"),)}, "package 1 stands on 9, which is not in the document"),
        ({"packages": (Package(id="1"), Package(id="1"))}, "two packages have the same id"),
    ],
)
def test_what_has_no_place_is_refused_not_lost(members: dict[str, Any], problem: str) -> None:
    assert problems(**members) == [problem]


def test_packages_that_stand_on_each_other_are_refused() -> None:
    ring = (Package(id="1", parent="2"), Package(id="2", parent="1"))
    assert problems(packages=ring) == [f"package {name} stands on more than 19 others, or in a ring" for name in "12"]


def test_packages_nested_without_end_are_refused() -> None:
    tower = tuple(Package(id=str(at), parent=str(at - 1) if at else None) for at in range(5_000))
    assert len(problems(packages=tower)) == 5_000 - 20


def test_a_ring_of_parents_is_told_and_ends() -> None:
    result = understood("HL*1*2*T", "HL*2*1*P", "HL*3*2*I", "SN1**1*EA")
    assert isinstance(result.document, DespatchAdvice)
    assert [found.code for found in result.findings] == ["MAP-222"]
    assert sum(len(package.items) for package in result.document.packages) == 1


def test_a_branch_without_its_parent_stands_under_the_last_one_further_out() -> None:
    result = understood("HL*1**S", "HL*2*1*O", "PRF*A", "HL*3*9*I", "SN1**1*EA")
    assert isinstance(result.document, DespatchAdvice)
    assert [found.code for found in result.findings] == ["MAP-222"]
    assert [each.order_number for each in result.document.items] == ["A"]


@pytest.mark.parametrize("branch", ["HL*5*4*O", "HL*2*1*P", "HL*1**I"])
def test_ten_thousand_branches_that_lead_nowhere_are_read_in_seconds(branch: str) -> None:
    begun = time.process_time()
    understood(*[branch] * 10_000)
    assert time.process_time() - begun < 5
