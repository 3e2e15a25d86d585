"""Orders as partners send them, beside the letter of the usual guides: what is plain to a reader is understood."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from hub.guides.guide import guide
from hub.guides.library import stock_library
from hub.guides.run import Context
from hub.guides.stream import Stream
from hub.guides.understand import Choice
from hub.model import Invoice, Order, PaymentTerm, ReceivingAdvice, ReceivingLine


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


def document(message: str, *segments: str) -> Any:
    """The one document of an EDIFACT message, and no findings."""
    body = [f"UNH+1+{message}", *segments, f"UNT+{len(segments) + 2}+1"]
    wire = "UNB+UNOC:3+5412345000013:14+5412345000020:14+260924:1200+1'" + "'".join(body) + "'UNZ+1+1'"
    (found,) = Stream(stock_library(), lambda _: Choice()).read(wire.encode())
    assert found.findings == []
    return found.document


def test_the_first_cps_with_the_others_below_it_is_the_shipment_also_where_it_counts_its_packages() -> None:
    head = ["BGM+351+D1+9", "DTM+137:20260924:102", "CPS+1", "PAC+2++201::9"]
    pallet = ["CPS+2+1", "PAC+1++201::9", "PCI+33E", "GIN+BJ+354123450000000014", "LIN+1++04000862141404:SRV", "QTY+12:2"]
    carton = ["CPS+3+2", "PAC+1++CT", "LIN+2++04000862141404:SRV", "QTY+12:2", "CNT+2:2"]
    found = document("DESADV:D:01B:UN:EAN007", *head, *pallet, *carton)
    assert [(each.id, each.parent, each.kind) for each in found.packages] == [("2", None, "pallet"), ("3", "2", "carton")]
    assert found.totals.packages == 2


def test_variances_of_a_receiving_advice_are_what_is_short_over_damaged_or_returned() -> None:
    head = ["BGM+632+R1+9", "DTM+137:20260924:102", "NAD+BY+5412345000013::9", "CPS+1"]
    lines = [
        ["QTY+48:20", "QTY+194:18", "QVR+-2:195+AF+DME::9:torn"],
        ["QTY+46:7", "QVR+-2:12+BP"],
        ["QTY+194:9", "QVR+3:12+AC"],
        ["QTY+48:5", "QVR+-1:21+AF"],
        ["QTY+48:5", "QVR+-4:196"],
        ["QTY+48:5", "QVR+-1:119"],
    ]
    told = [segment for place, each in enumerate(lines, 1) for segment in (f"LIN+{place}++5410738000152:EN", *each)]
    found = document("RECADV:D:96A:UN:EAN003", *head, *told)
    names = ("quantity", "accepted", "returned", "short", "over", "damaged", "reason_code", "reason")
    assert [{name: str(value) for name in names if (value := getattr(line, name))} for line in found.lines] == [
        {"quantity": "20", "accepted": "18", "returned": "2", "reason_code": "DME", "reason": "torn"},
        {"quantity": "7", "short": "2", "reason_code": "BP"},
        {"quantity": "9", "over": "3", "reason_code": "AC"},
        {"quantity": "5", "damaged": "1"},
        {"quantity": "5", "damaged": "4"},
        {"quantity": "5", "short": "1"},
    ]
    assert found.lines[1].unit == "H87"


@pytest.mark.parametrize(
    ("message", "head"),
    [
        ("ORDERS:D:96A:UN", ["BGM+220+4711+9", "DTM+137:20260924:102"]),
        ("ORDCHG:D:01B:UN", ["BGM+230+C1+4", "DTM+137:20260924:102", "RFF+ON:4711"]),
    ],
)
def test_a_schedule_of_dates_alone_is_read(message: str, head: list[str]) -> None:
    parts = ["SCC+1", "QTY+113:100", "DTM+2:20261001:102", "SCC+1", "QTY+113:200", "DTM+2:20261015:102"]
    (line,) = document(message, *head, "LIN+1+3+4000862141404:EN", "QTY+21:300", *parts, "UNS+S").lines
    assert [(str(each.quantity), str(each.delivery_on)) for each in line.schedule] == [
        ("100", "2026-10-01"),
        ("200", "2026-10-15"),
    ]


def test_a_batch_beside_the_marking_is_that_of_the_goods() -> None:
    goods = ["CPS+1", "LIN+1++5410738000152:EN", "QTY+12:2", "PCI+36E", "DTM+361:20270301:102", "GIN+BX+LOT1"]
    (item,) = document("DESADV:D:96A:UN:EAN005", "BGM+351+D1+9", "DTM+137:20260924:102", *goods).items
    assert (item.lot, str(item.best_before)) == ("LOT1", "2027-03-01")


def test_what_is_wrong_may_be_said_as_a_discrepancy() -> None:
    errors = ["ERC+8::9", "FTX+ABO+++SSCC unknown", "RFF+LI:3"]
    found = document("APERAK:D:01B:UN:EAN003", "BGM+313+A1+9", "DTM+137:20260924:102", "RFF+AAK:D1", *errors).errors
    assert [(each.code, each.text) for each in found] == [("8", "SSCC unknown")]


def test_assortments_are_counted() -> None:
    assert order(x12("PO1*1*2*AS*120*PE*UP*036000291452")).lines[0].unit == "AS"


def test_what_was_accepted_of_a_receipt_is_written_beside_what_came() -> None:
    line = ReceivingLine(number="1", quantity=Decimal(20), accepted=Decimal(18), unit="H87")
    written = guide("edifact/D96A/RECADV", stock_library()).write(ReceivingAdvice(number="R1", lines=(line,)), Context())
    assert [each[1] for each in written.segments if each[0] == "QTY"] == [["48", "20"], ["194", "18"]]


def test_days_of_a_discount_are_no_days_until_all_is_due() -> None:
    head = ["BGM+220+4711+9", "DTM+137:20260924:102"]
    terms = ["PAT+22++5:3:D:10", "DTM+12:20261004:102", "PCD+12:2", "PAT+1++5:3:D:30"]
    found = document("ORDERS:D:96A:UN:EAN008", *head, *terms, "LIN+1++4000862141404:EN", "QTY+21:2", "UNS+S").payment_terms
    assert [(str(each.percent), each.discount_days, str(each.discount_on), each.net_days) for each in found] == [
        ("2", 10, "2026-10-04", None),
        ("None", None, "None", 30),
    ]


@pytest.mark.parametrize(
    ("term", "pats"),
    [
        (
            {"percent": Decimal(2), "discount_days": 10, "net_days": 30},
            [["22", "", ["5", "", "D", "10"]], ["3", "", ["5", "", "D", "30"]]],
        ),
        ({"percent": Decimal(2), "discount_days": 10}, [["22", "", ["5", "", "D", "10"]]]),
        ({"percent": Decimal(2), "discount_on": dt.date(2026, 10, 4)}, [["22"]]),
        ({"net_days": 30}, [["3", "", ["5", "", "D", "30"]]]),
    ],
)
def test_a_discount_within_days_is_a_term_of_its_own(term: dict[str, Any], pats: list[Any]) -> None:
    invoice = Invoice(kind="invoice", number="1", issued_on=dt.date(2026, 9, 24), payment_terms=(PaymentTerm(**term),))
    written = guide("edifact/D96A/INVOIC", stock_library()).write(invoice, Context())
    assert [each[1:] for each in written.segments if each[0] == "PAT"] == pats
    assert [each[1][1] for each in written.segments if each[0] == "PCD"] == (["2"] if "percent" in term else [])


def test_goods_that_stand_in_no_package_are_counted_and_have_units_of_their_own() -> None:
    goods = ["CPS+1", "LIN+1++4000862141404:EN", "QTY+12:2:CT", "QTY+21:24:PCE", "CNT+2:1"]
    (item,) = document("DESADV:D:96A:UN:EAN005", "BGM+351+D1+9", "DTM+137:20260924:102", *goods).items
    assert (item.quantity, item.unit, item.ordered_quantity, item.ordered_unit) == (2, "XCT", 24, "H87")
