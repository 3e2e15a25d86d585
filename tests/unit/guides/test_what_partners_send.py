"""Orders as partners send them, beside the letter of the usual guides: what is plain to a reader is understood."""

from __future__ import annotations

import pytest

from hub.guides.library import stock_library
from hub.guides.stream import Stream
from hub.guides.understand import Choice
from hub.model import DespatchAdvice, Order


def order(data: str) -> Order:
    """The one order of an interchange, by the stock guides."""
    (understood,) = Stream(stock_library(), lambda _: Choice()).read(data.encode())
    assert isinstance(understood.document, Order)
    return understood.document


def x12(*lines: str) -> str:
    head = "ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260924*1200*U*00401*000000001*0*P*>~"
    segments = ["ST*850*0001", "BEG*00*SA*4711**20260924", *lines, f"SE*{len(lines) + 3}*0001"]
    return head + "GS*PO*ACME*EDIHUB*20260924*1200*1*X*004010~" + "~".join(segments) + "~GE*1*1~IEA*1*000000001~"


def edifact(*lines: str, version: str = "D:96A:UN:EAN008") -> str:
    segments = [f"UNH+1+ORDERS:{version}", "BGM+220+4711+9", "DTM+137:20260924:102", *lines, f"UNT+{len(lines) + 4}+1"]
    return "UNB+UNOC:3+5412345000013:14+5412345000020:14+260924:1200+1'" + "'".join(segments) + "'UNZ+1+1'"


@pytest.mark.parametrize("who", ["BY", "SE", "BT", "VN", "SU"])
def test_the_currency_of_an_850_counts_whoever_names_it(who: str) -> None:
    assert order(x12(f"CUR*{who}*CAD", "PO1*1*2*EA*1")).currency == "CAD"


@pytest.mark.parametrize("version", ["D:96A:UN:EAN008", "D:01B:UN:EAN010"])
def test_the_seller_is_the_supplier_where_no_supplier_is_named(version: str) -> None:
    found = order(edifact("NAD+SE+++EuroParts", "LIN+1++ABC:IN", "QTY+21:2", "UNS+S", version=version))
    assert found.supplier is not None
    assert found.supplier.name == "EuroParts"


def test_an_amount_behind_the_references_of_its_line_belongs_to_the_line() -> None:
    lines = ["LIN+1++4000862141404:EN", "QTY+21:5", "PRI+AAA:2", "RFF+LI:1", "MOA+203:10", "FTX+AAI+++hello"]
    found = order(edifact(*lines, "LIN+2++4000862141404:EN", "QTY+21:6", "UNS+S", "MOA+79:22", "CNT+2:2"))
    assert [str(line.amount) for line in found.lines] == ["10", "None"]
    assert str(found.totals.amount if found.totals else None) == "22"


def test_goods_that_stand_in_no_package_are_counted_and_have_units_of_their_own() -> None:
    segments = [
        "UNH+1+DESADV:D:96A:UN:EAN005",
        "BGM+351+D1+9",
        "DTM+137:20260924:102",
        "CPS+1",
        "LIN+1++4000862141404:EN",
        "QTY+12:2:CT",
        "QTY+21:24:PCE",
        "CNT+2:1",
        "UNT+9+1",
    ]
    wire = "UNB+UNOC:3+5412345000013:14+5412345000020:14+260924:1200+1'" + "'".join(segments) + "'UNZ+1+1'"
    (found,) = Stream(stock_library(), lambda _: Choice()).read(wire.encode())
    assert isinstance(found.document, DespatchAdvice)
    (item,) = found.document.items
    assert (item.quantity, item.unit, item.ordered_quantity, item.ordered_unit) == (2, "XCT", 24, "H87")
    assert found.findings == []
