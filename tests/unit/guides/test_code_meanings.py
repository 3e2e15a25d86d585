"""Codes whose published meaning is not what they look like: each is read as the directory or the list says, or kept as it is."""

from __future__ import annotations

import pytest

from hub.guides.library import stock_library
from hub.guides.understand import Choice, understand
from hub.model import Document, Order, OrderChange, ReceivingAdvice
from hub.testing.wire import edifact, only_message, x12


def read(data: bytes) -> Document:
    found = understand(only_message(data), stock_library(), Choice())
    assert found.document is not None
    return found.document


def read_order(data: bytes) -> Order:
    document = read(data)
    assert isinstance(document, Order)
    return document


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("KN", "standalone"), ("BE", "blanket"), ("KB", "blanket"),
        ("CO", "other"), ("BY", "other"), ("BL", "other"), ("KA", "other"),
    ],
)  # fmt: skip
def test_a_catalogue_order_calls_nothing_off_and_a_bailment_is_no_blanket_order(code: str, kind: str) -> None:
    order = read_order(x12("850", f"BEG*00*{code}*1**20260924", "PO1*1*10*EA*5", "CTT*1"))
    assert order.kind == kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("38", "ordered"), ("39", "shipped"), ("57", "minimum"), ("70", "maximum"),
        ("32", "other"), ("40", "other"), ("11", "other"), ("21", "other"), ("63", "other"),
    ],
)  # fmt: skip
def test_what_was_sold_or_remains_is_no_least_quantity(code: str, kind: str) -> None:
    order = read_order(x12("850", "BEG*00*SA*1**20260924", "PO1*1*10*EA*5", f"QTY*{code}*3*EA", "CTT*1"))
    (quantity,) = order.lines[0].quantities
    assert (quantity.type, quantity.quantity) == (kind, 3)


def test_pieces_delivered_are_not_damaged() -> None:
    advice = read(
        edifact("RECADV", "BGM+632+1+9", "DTM+137:20260924:102", "CPS+1", "LIN+1", "QTY+194:10", "QTY+46:10", "QTY+124:2")
    )
    assert isinstance(advice, ReceivingAdvice)
    (line,) = advice.lines
    assert line.damaged == 2
    assert [(each.type, each.code, each.quantity) for each in line.quantities] == [("other", "46", 10)]


def test_who_issues_the_invoice_does_not_get_it() -> None:
    order = read_order(
        edifact(
            "ORDERS", "BGM+220+1+9", "DTM+137:20260924:102", "NAD+II+5412345000013::9", "LIN+1", "QTY+21:1", "UNS+S", "CNT+2:1"
        )
    )
    assert order.bill_to is None
    assert [(each.role, each.role_code) for each in order.parties] == [("other", "II")]


def test_a_number_of_plumbing_is_no_gtin() -> None:
    order = read_order(
        edifact("ORDERS", "BGM+220+1+9", "DTM+137:20260924:102", "LIN+1++4000862141404:SRS", "QTY+21:1", "UNS+S", "CNT+2:1")
    )
    item = order.lines[0].item
    assert item is not None
    assert item.gtin is None
    assert [(each.scheme, each.value) for each in item.ids] == [("other", "4000862141404")]


def test_mt_is_no_metre_in_edifact() -> None:
    order = read_order(edifact("ORDERS", "BGM+220+1+9", "DTM+137:20260924:102", "LIN+1", "QTY+21:10:MT", "UNS+S", "CNT+2:1"))
    assert order.lines[0].unit is None


@pytest.mark.parametrize(("code", "action"), [("2", "cancel"), ("11", "unchanged"), ("7", None), ("10", None)])
def test_a_line_that_the_seller_refused_is_not_cancelled_by_the_buyer(code: str, action: str | None) -> None:
    change = read(
        edifact("ORDCHG", "BGM+230+1+4", "DTM+137:20260924:102", "RFF+ON:7", f"LIN+1+{code}", "QTY+21:1", "UNS+S", "CNT+2:1")
    )
    assert isinstance(change, OrderChange)
    assert change.lines[0].action == action
