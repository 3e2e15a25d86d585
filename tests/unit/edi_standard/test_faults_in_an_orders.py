"""One fault in a right ORDERS: the CONTRL says exactly what and where (UCS counts segments from UNH, UCD the tag as 1)."""

from __future__ import annotations

import pytest

from hub.edi.acknowledge import AckPolicy
from hub.testing.acknowledging import answered, taken_apart

# name: (how the fault gets in, the segment it stands at, UCD code, its place)
ELEMENTS = {
    "a mandatory component is empty": (lambda m: m.replace("DTM+2:", "DTM+:20260120:102"), "DTM+:", "13", ["2", "1"]),
    "a reference without its qualifier": (lambda m: m.replace("RFF+CT", "RFF+:652744"), "RFF+:", "13", ["2", "1"]),
    "a party without its role": (lambda m: m.replace("NAD+BY", "NAD++5412345000013::9"), "NAD++", "13", "2"),
    "a party id without its number": (lambda m: m.replace("NAD+BY", "NAD+BY+::9"), "NAD+BY", "13", ["3", "1"]),
    "a quantity without its number": (lambda m: m.replace("QTY+21:48", "QTY+21"), "QTY+21", "13", ["2", "2"]),
    "a text without its subject": (lambda m: m.replace("FTX", "FTX++++Deliver"), "FTX", "13", "2"),
    "a communication number without its channel": (lambda m: m.replace("COM", "COM+0044715632478"), "COM", "13", ["2", "2"]),
    "a place without its role": (lambda m: m.replace("LOC", "LOC++3312345502000::9"), "LOC", "13", "2"),
    "payment terms without their kind": (lambda m: m.replace("PAT", "PAT++5:3:D:30"), "PAT", "13", "2"),
    "a mandatory composite is empty": (lambda m: m.replace("CNT", "CNT"), "CNT", "13", "2"),
    "a quantity in letters": (lambda m: m.replace("QTY+21:48", "QTY+21:many"), "QTY+21:many", "37", ["2", "2"]),
    "an amount in letters": (lambda m: m.replace("MOA", "MOA+79:lots"), "MOA", "37", ["2", "2"]),
    "a percentage in letters": (lambda m: m.replace("PCD", "PCD+1:ten"), "PCD", "37", ["2", "2"]),
    "a control total in letters": (lambda m: m.replace("CNT", "CNT+2:two"), "CNT", "37", ["2", "2"]),
    "a sign behind the number": (lambda m: m.replace("QTY+21:48", "QTY+21:48-"), "QTY+21:48-", "37", ["2", "2"]),
    "a decimal mark without a digit before it": (lambda m: m.replace("PRI+AAA:14", "PRI+AAA:.58"), "PRI+AAA:.", "38", ["2", "2"]),
    "a quantity of sixteen digits": (
        lambda m: m.replace("QTY+21:48", "QTY+21:1234567890123456"), "QTY+21:1", "39", ["2", "2"],
    ),
    "a document number of thirty-six characters": (
        lambda m: m.replace("BGM", f"BGM+220+{'1' * 36}+9"), "BGM", "39", "3",
    ),
    "a line number of seven digits": (lambda m: m.replace("LIN+1", "LIN+1234567++4000862141404:EN"), "LIN+1", "39", "2"),
    "a currency of four letters": (lambda m: m.replace("CUX", "CUX+2:EURO:9"), "CUX", "39", ["2", "2"]),
    "a unit of four letters": (lambda m: m.replace("QTY+21:48", "QTY+21:48:PACK"), "QTY+21:48", "39", ["2", "3"]),
    "a message function that does not exist": (lambda m: m.replace("BGM", "BGM+220+128576+XX"), "BGM", "12", "4"),
    "a section that does not exist": (lambda m: m.replace("UNS", "UNS+X"), "UNS", "12", "2"),
    "an allowance indicator that does not exist": (lambda m: m.replace("ALC", "ALC+1+++1+DI"), "ALC", "12", "2"),
    "a product id function that does not exist": (lambda m: m.replace("PIA", "PIA+Q+ABC1234:IN"), "PIA", "12", "2"),
    "a date has month 13": (lambda m: m.replace("DTM+2:", "DTM+2:20261301:102"), "DTM+2:", "12", ["2", "2"]),
    "a date is the thirtieth of February": (lambda m: m.replace("DTM+2:", "DTM+2:20260230:102"), "DTM+2:", "12", ["2", "2"]),
    "a time has hour 25": (lambda m: m.replace("DTM+2:", "DTM+2:202601202500:203"), "DTM+2:", "12", ["2", "2"]),
    "a component too many": (
        lambda m: m.replace("PRI+AAA:14", "PRI+AAA:14.58:CT:AAE:1:KGM:X"), "PRI+AAA:14", "16", ["2", "7"],
    ),
    "components in a simple element": (lambda m: m.replace("BGM", "BGM+220+128576:2+9"), "BGM", "16", ["3", "2"]),
    "an element too many": (lambda m: m.replace("UNS", "UNS+S+S"), "UNS", "16", "3"),
    "an unescaped plus in a text": (lambda m: m.replace("FTX", "FTX+ZZZ+++Fish++chips"), "FTX", "16", "7"),
}  # fmt: skip

# name: (how the fault gets in, the UCS rows as position and code)
SEGMENTS = {
    "a segment nobody knows": (lambda m: m.before("NAD+BY", "XYZ+1"), [("XYZ", "15")]),
    "two segments nobody knows": (lambda m: m.before("NAD+BY", "XYZ+1", "XYA+2"), [("XYZ", "15"), ("XYA", "15")]),
    "a text behind the parties": (lambda m: m.before("CUX", "FTX+ZZZ+++x"), [("FTX+ZZZ+++x", "15")]),
    "a price before its line": (lambda m: m.before("LIN+1", "PRI+AAA:1"), [("PRI+AAA:1", "15")]),
    "a segment of another message": (lambda m: m.before("NAD+BY", "AJT+1"), [("AJT", "15")]),
    "no BGM": (lambda m: m.remove("BGM"), [(1, "13")]),
    "no date": (lambda m: m.remove("DTM+137").remove("DTM+2:"), [(2, "13")]),
    "no section control": (lambda m: m.remove("UNS"), [(28, "13")]),
    "BGM twice": (lambda m: m.after("BGM", "BGM+220+2+9"), [("BGM+220+2", "35")]),
    "a thirty-sixth date": (lambda m: m.after("DTM+2:", *["DTM+4:20260101:102"] * 34), [(38, "35")]),
    "a second payment instruction": (lambda m: m.before("FTX", "PAI+::42", "PAI+::43"), [("PAI+::43", "35")]),
    "a sixth currency": (lambda m: m.after("CUX", *["CUX+2:USD:9"] * 5), [(19, "36")]),
    "an eleventh reference": (lambda m: m.before("NAD+BY", *["RFF+CT:1"] * 10), [(17, "36")]),
}  # fmt: skip


def only_message(data: bytes) -> list:
    """The segments of the one message in an answer that our own dictionary finds nothing wrong with."""
    seen = taken_apart(data)
    assert seen.findings == []
    (segments,) = seen.messages
    return segments


def reports(segments: list) -> list:
    return [segment for segment in segments if segment[0] in {"UCS", "UCD"}]


def position(message, place) -> str:
    return str(place if isinstance(place, int) else message.at(place))


@pytest.mark.parametrize("name", ELEMENTS)
def test_a_fault_in_an_element_is_named_by_segment_place_and_code(samples, name) -> None:
    put, place, code, where = ELEMENTS[name]
    message = put(samples.orders).counted()
    (answer,) = answered(samples.edifact(message))
    assert reports(only_message(answer.data)) == [["UCS", position(message, place)], ["UCD", code, where]]


@pytest.mark.parametrize("name", SEGMENTS)
def test_a_fault_in_the_structure_is_named_by_position_and_code(samples, name) -> None:
    put, rows = SEGMENTS[name]
    message = put(samples.orders).counted()
    (answer,) = answered(samples.edifact(message))
    assert reports(only_message(answer.data)) == [["UCS", position(message, place), code] for place, code in rows]


def test_a_right_orders_is_acknowledged_without_a_word(samples) -> None:
    (answer,) = answered(samples.edifact(samples.orders))
    assert only_message(answer.data) == [
        ["UNH", "0001", ["CONTRL", "2", "2", "UN", "EAN002"]],
        ["UCI", "REF42", ["5412345000013", "14"], ["5412345000020", "14"], "7"],
        ["UCM", "1", ["ORDERS", "D", "96A", "UN", "EAN008"], "7"],
        ["UNT", "4", "0001"],
    ]


def test_the_same_order_is_right_in_d01b_where_names_changed_but_not_places(samples) -> None:
    message = samples.orders.replace("UNH", "UNH+1+ORDERS:D:01B:UN:EAN010").replace("IMD", "IMD+C++TU::9")
    assert taken_apart(samples.edifact(message)).findings == []


def test_a_message_that_loses_something_is_rejected_and_one_that_does_not_is_acknowledged(samples) -> None:
    lost = samples.orders.replace("BGM", "BGM+220+128576+XX").counted()
    kept = samples.orders.before("NAD+BY", "XYZ+1").counted()
    actions = []
    for message in (lost, kept):
        (answer,) = answered(samples.edifact(message))
        actions += [segment[3] for segment in only_message(answer.data) if segment[0] == "UCM"]
    assert actions == ["4", "7"]


def test_an_agreement_may_reject_for_what_is_only_noted_by_default(samples) -> None:
    message = samples.orders.before("NAD+BY", "XYZ+1").counted()
    (answer,) = answered(samples.edifact(message), AckPolicy(standard="reject"))
    assert [segment[3] for segment in only_message(answer.data) if segment[0] == "UCM"] == ["4"]


def test_a_fault_is_named_the_same_way_in_syntax_4(samples) -> None:
    message = samples.orders.replace("UNH", "UNH+1+ORDERS:D:01B:UN").replace("MOA", "MOA+79:lots").counted()
    data = samples.edifact(message, syntax="UNOC:4").replace(b"260105:1200", b"20260105:1200")
    (answer,) = answered(data)
    assert only_message(answer.data)[0][2] == ["CONTRL", "4", "1", "UN"]
    assert reports(only_message(answer.data))[1] == ["UCD", "37", ["2", "2"]]


def test_an_element_repeated_too_often_is_so_named_and_not_as_too_many_constituents(samples) -> None:
    message = samples.orders.replace("UNH", "UNH+1+ORDERS:D:01B:UN").replace("MOA", "MOA+79:1*79:2").counted()
    data = samples.edifact(message, syntax="UNOC:4").replace(b"260105:1200", b"20260105:1200")
    (answer,) = answered(data)
    assert reports(only_message(answer.data)) == [["UCS", "30"], ["UCD", "35", "2"]]
