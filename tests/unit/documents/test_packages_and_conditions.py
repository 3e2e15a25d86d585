"""Numbers of logistic units and the conditions of what was received, read and written through their guides."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from hub.edi.place import place
from hub.edi.read import read
from hub.edi.tree import Message
from hub.guides.guide import Guide, ReadResult, guide
from hub.guides.itemids import is_sscc
from hub.guides.library import stock_library
from hub.model import ReceivingAdvice, ReceivingLine
from hub.testing.guide_wire import interchange_of

RIGHT = "000123450000000010"


def advice() -> Guide:
    return guide("x12/004010/861", stock_library())


def read_line(*segments: list[str]) -> ReadResult:
    head = [["BRA", "RA-1", "20261006", "00", "2"], ["DTM", "050", "20261005"]]
    data = interchange_of(advice(), [*head, *segments])
    message = next(event for event in read(data) if isinstance(event, Message))
    return advice().read(message, place(message, advice().spec))


@pytest.mark.parametrize("mark", [RIGHT, "00" + RIGHT, "(00)" + RIGHT])
def test_an_sscc_is_eighteen_digits_however_it_came(mark: str) -> None:
    result = read_line(["RCD", "1", "5", "EA"], ["MAN", "GM", mark])
    assert result.document.lines[0].sscc == RIGHT
    assert result.findings == []


def test_an_sscc_with_a_wrong_check_digit_is_kept_and_warned_of() -> None:
    result = read_line(["RCD", "1", "5", "EA"], ["MAN", "GM", RIGHT[:-1] + "1"])
    assert result.document.lines[0].sscc == RIGHT[:-1] + "1"
    assert [(found.code, found.severity) for found in result.findings] == [("MAP-262", "warning")]


def test_what_is_no_sscc_is_no_member_and_a_finding() -> None:
    result = read_line(["RCD", "1", "5", "EA"], ["MAN", "GM", "1234"])
    assert result.document.lines[0].sscc is None
    assert [found.code for found in result.findings] == ["MAP-210"]


def test_we_never_write_an_sscc_whose_check_digit_is_wrong() -> None:
    line = ReceivingLine(number="1", quantity=Decimal(1), unit="EA", sscc=RIGHT[:-1] + "1")
    day = dt.date(2026, 10, 6)
    result = advice().write(ReceivingAdvice(number="RA-1", issued_on=day, received_on=day, lines=(line,)))
    assert [found.code for found in result.findings] == ["MAP-271"]


@pytest.mark.parametrize(
    ("number", "right"), [(RIGHT, True), ("106141412345678908", True), (RIGHT[:17], False), ("x" * 18, False)]
)
def test_the_check_digit_of_an_sscc(number: str, right: bool) -> None:
    assert is_sscc(number) is right


def test_conditions_fill_their_members_and_the_others_are_listed() -> None:
    segment = ["RCD", "1", "50", "EA", "", "", "2", "EA", "01", "5", "EA", "02", "1", "CA", "03", "4", "EA", "99"]
    line = read_line(segment).document.lines[0]
    assert (line.damaged, line.short, line.over) == (Decimal(2), Decimal(5), None)
    assert [(each.quantity, each.unit, each.code) for each in line.quantities] == [
        (Decimal(1), "XCS", "03"),
        (Decimal(4), "EA", "99"),
    ]


def test_a_condition_that_is_no_number_is_a_finding() -> None:
    result = read_line(["RCD", "1", "50", "EA", "", "", "two", "EA", "01"])
    assert result.document.lines[0].damaged is None
    assert [found.code for found in result.findings] == ["MAP-210"]
