"""What naive mappers get wrong, and the guides must not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hub.guides.library import choose_guide, stock_library
from hub.guides.understand import Choice, Understood, understand
from hub.model import Order
from hub.testing.wire import edifact, only_message, x12


def read_order(data: bytes, guide: str = "") -> tuple[Order, Understood]:
    found = understand(only_message(data), stock_library(), Choice(guide=guide))
    assert isinstance(found.document, Order)
    return found.document, found


def codes(found: Understood) -> list[str]:
    return [each.code for each in found.findings if each.code.startswith("MAP")]


def test_a_unit_in_no_table_is_a_finding_that_holds_and_no_guess() -> None:
    order, found = read_order(x12("850", "BEG*00*SA*1**20260924", "PO1*1*10*QZ*5", "CTT*1"))
    (finding,) = (each for each in found.findings if each.code == "MAP-251")
    assert (finding.severity, finding.layer, finding.who, finding.value) == ("error", "table", "admin", "QZ")
    assert (finding.where.segment, finding.where.segment_index, finding.where.element) == ("PO1", 3, 3)
    assert order.lines[0].unit is None
    assert order.lines[0].echo is not None
    assert order.lines[0].echo.unit == "QZ"
    assert [each.at for each in order.extensions] == ["PO1[1]"]


def test_the_same_letters_mean_different_units_in_the_two_standards() -> None:
    american, _ = read_order(x12("850", "BEG*00*SA*1**20260924", "PO1*1*10*CA*5", "CTT*1"))
    european, found = read_order(
        edifact("ORDERS", "BGM+220+1+9", "DTM+137:20260924:102", "LIN+1", "QTY+21:10:CA", "UNS+S", "CNT+2:1")
    )
    assert american.lines[0].unit == "XCS"
    assert european.lines[0].unit is None
    assert "MAP-251" in codes(found)


def test_lines_made_a_few_at_a_time_are_those_made_at_once(monkeypatch) -> None:
    lines = [
        text
        for place in range(1, 251)
        for text in (f"PO1*{place}*{place}*EA*5**VN*W-{place}*UP*076120304144", f"PID*F****Kind {place}")
    ]
    data = x12("850", "BEG*00*SA*1**20260924", *lines, "CTT*250")
    few, found = read_order(data)
    monkeypatch.setattr("hub.guides.guide._AT_ONCE", 1_000_000)
    assert read_order(data)[0] == few
    assert ([each.number for each in few.lines], codes(found)) == ([str(place) for place in range(1, 251)], [])


def test_no_unit_in_edifact_is_a_piece() -> None:
    order, _ = read_order(edifact("ORDERS", "BGM+220+1+9", "DTM+137:20260924:102", "LIN+1", "QTY+21:10", "UNS+S", "CNT+2:1"))
    assert order.lines[0].unit == "H87"


def test_a_wrong_check_digit_is_a_warning_and_the_id_is_kept() -> None:
    order, found = read_order(x12("850", "BEG*00*SA*1**20260924", "PO1*1*10*EA*5**UP*076123400004", "CTT*1"))
    item = order.lines[0].item
    assert item is not None
    assert item.gtin is None
    assert [(each.scheme, each.value) for each in item.ids] == [("upc", "076123400004")]
    assert [(each.code, each.severity) for each in found.findings if each.code.startswith("MAP")] == [("MAP-260", "warning")]


@pytest.mark.parametrize(
    ("pair", "gtin"),
    [
        ("UP*076123400003", "00076123400003"),
        ("EN*5412345000013", "05412345000013"),
        ("UK*10076123400000", "10076123400000"),
        ("EN*96385074", "00000096385074"),
        ("IB*0345487621", "09780345487629"),
        ("UA*222222222212", None),
        ("UP*12345", None),
    ],
)
def test_a_gtin_comes_only_from_an_id_whose_check_digit_holds(pair: str, gtin: str | None) -> None:
    order, _ = read_order(x12("850", "BEG*00*SA*1**20260924", f"PO1*1*10*EA*5**{pair}", "CTT*1"))
    assert order.lines[0].item is not None
    assert order.lines[0].item.gtin == gtin


def test_ids_stand_anywhere_and_the_buyers_own_number_wins_over_his_style() -> None:
    order, _ = read_order(
        x12("850", "BEG*00*SA*1**20260924", "PO1*1*10*EA*5****IT*14*UP*076123400003*IN*77*BO*RED*IZ*XL", "CTT*1")
    )
    item = order.lines[0].item
    assert item is not None
    assert (item.buyer_id, item.gtin, item.colour, item.size) == ("77", "00076123400003", "RED", "XL")
    assert order.lines[0].echo is not None
    assert next((each.qualifier, each.value) for each in order.lines[0].echo.ids) == ("IT", "14")


@pytest.mark.parametrize(("basis", "price"), [("", "5.10"), ("PE", "5.10"), ("TE", "5.10"), ("SR", None), ("CA", None)])
def test_a_retail_or_catalogue_price_is_no_unit_cost(basis: str, price: str | None) -> None:
    order, _ = read_order(x12("850", "BEG*00*SA*1**20260924", f"PO1*1*10*EA*5.10*{basis}*VN*1", "CTT*1"))
    assert order.lines[0].price == (None if price is None else Decimal(price))
    assert [each.amount for each in order.lines[0].prices] == ([] if price else [Decimal("5.10")])


def test_the_cost_in_ctp_counts_where_po104_is_empty() -> None:
    body = ("BEG*00*SA*1**20260924", "PO1*1*10*EA***VN*1", "CTP**RES*9.99", "CTP**UCP*4.50", "CTT*1")
    order, _ = read_order(x12("850", *body))
    assert order.lines[0].price == Decimal("4.50")
    with_both, _ = read_order(x12("850", body[0], "PO1*1*10*EA*4.40**VN*1", *body[2:]))
    assert with_both.lines[0].price == Decimal("4.40")


def test_a_second_value_is_a_finding_and_the_first_one_counts() -> None:
    order, found = read_order(
        x12(
            "850",
            "BEG*00*SA*1**20260924",
            "DTM*002*20261001",
            "DTM*002*20261002",
            "N1*ST**92*1",
            "N1*ST**92*2",
            "PO1*1*1*EA***VN*1",
            "CTT*1",
        )
    )
    assert order.requested is not None
    assert str(order.requested.delivery_on) == "2026-10-01"
    assert order.ship_to is not None
    assert order.ship_to.ids[0].value == "1"
    assert [(party.role, party.ids[0].value) for party in order.parties] == [("ship_to", "2")]
    assert codes(found) == ["MAP-203", "MAP-203"]
    assert [each.at for each in order.extensions] == ["DTM[2]"]


def test_what_does_not_add_up_is_a_warning() -> None:
    _, found = read_order(x12("850", "BEG*00*SA*1**20260924", "PO1*1*10*EA*5**VN*1", "SDQ*EA*92*A*3*B*4", "CTT*2*99"))
    assert [(each.code, each.severity) for each in found.findings if each.code.startswith("MAP")] == [
        ("MAP-220", "warning"),
        ("MAP-221", "warning"),
        ("MAP-221", "warning"),
    ]


def test_a_line_without_a_number_gets_its_place_and_the_echo_stays_empty() -> None:
    order, _ = read_order(x12("850", "BEG*00*SA*1**20260924", "PO1**10*EA*5", "PO1**3*EA*5", "CTT*2"))
    assert [(line.number, line.position, line.echo and line.echo.number) for line in order.lines] == [
        ("1", 1, None),
        ("2", 2, None),
    ]


def test_currency_said_per_line_is_the_orders_where_all_agree() -> None:
    order, _ = read_order(x12("850", "BEG*00*SA*1**20260924", "PO1*1*1*EA", "CUR*BY*USD", "PO1*2*1*EA", "CUR*BY*USD", "CTT*2"))
    assert order.currency == "USD"
    assert order.extensions == ()


@pytest.mark.parametrize(
    ("segments", "currency"),
    [(["CUR*BU*EUR"], "EUR"), (["CUR*ZZ*USD"], "USD"), (["CUR*SE*USD", "CUR*BU*EUR"], "USD"), (["CUR*BU"], None)],
)
def test_the_currency_is_whichever_partys_where_no_other_is_said(segments: list[str], currency: str | None) -> None:
    order, _ = read_order(x12("850", "BEG*00*SA*1**20260924", *segments, "PO1*1*10*EA*5", "CTT*1"))
    assert order.currency == currency


def test_a_decimal_comma_is_a_comma_in_text_and_a_point_in_numbers() -> None:
    order, _ = read_order(
        edifact(
            "ORDERS", "BGM+220+1+9", "DTM+137:20260924:102", "LIN+1", "IMD+F++:::1,5 litres", "QTY+21:1,50", "UNS+S", "CNT+2:1"
        )
    )
    assert order.lines[0].quantity == Decimal("1.50")
    assert str(order.lines[0].quantity) == "1.50"
    assert order.lines[0].item is not None
    assert order.lines[0].item.description == "1,5 litres"


def test_a_value_that_is_no_date_is_absent_with_its_finding_and_kept() -> None:
    body = ("BGM+220+1+9", "DTM+137:20261340:102", "DTM+2:nonsense:102", "LIN+1++1:SA", "QTY+21:1", "UNS+S")
    order, found = read_order(edifact("ORDERS", *body))
    assert order.issued_on is None
    assert order.requested is None
    assert codes(found) == ["MAP-210", "MAP-210"]
    assert [each.at for each in order.extensions] == ["DTM[1]", "DTM[2]"]


@pytest.mark.parametrize(
    ("kind", "version", "association", "name"),
    [
        ("850", "003050", "", "x12/004010/850"),
        ("850", "004010VICS", "", "x12/004010/850"),
        ("850", "006030", "", "x12/005010/850"),
    ],
)
def test_other_versions_of_x12_are_read_by_the_nearest_guide(kind: str, version: str, association: str, name: str) -> None:
    assert choose_guide(stock_library(), "x12", kind, version, association)[0] == name


@pytest.mark.parametrize(
    ("version", "association", "name"),
    [
        ("D93A", "", "edifact/D96A/ORDERS"),
        ("D96A", "EAN008", "edifact/D96A/EAN008/ORDERS"),
        ("D96A", "EAN099", "edifact/D96A/ORDERS"),
        ("D01B", "EAN010", "edifact/D01B/EAN010/ORDERS"),
        ("D20B", "", "edifact/D01B/ORDERS"),
    ],
)
def test_other_versions_of_edifact_are_read_by_the_nearest_guide(version: str, association: str, name: str) -> None:
    assert choose_guide(stock_library(), "edifact", "ORDERS", version, association)[0] == name


def test_a_type_that_no_guide_reads_is_a_finding_and_no_document() -> None:
    found = understand(only_message(x12("864", "BMG*00")), stock_library(), Choice())
    assert found.document is None
    assert [(each.code, each.value) for each in found.findings] == [("MAP-200", "864")]
