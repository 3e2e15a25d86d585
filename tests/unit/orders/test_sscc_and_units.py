"""Numbers of logistic units have their check digit and are not given twice; quantities are counted in the unit of the order."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Refused
from hub.flow.orders.sscc import check_digit, demand_sound, is_sscc, take
from hub.flow.orders.units import converted
from hub.model import OrderLine, Pack, Package
from hub.routing.hub_file import Sscc
from hub.store.database import Database
from hub.testing.store_fixtures import Clock


@pytest.mark.parametrize("code", ["106141412345678908", "003761234000000011", "376123450000000013"])
def test_published_codes_hold_or_break_by_their_last_digit(code: str) -> None:
    right = check_digit(code[:-1])
    assert is_sscc(code[:-1] + right)
    assert not is_sscc(code[:-1] + str((int(right) + 1) % 10))


def test_the_example_of_the_gs1_general_specifications() -> None:
    assert check_digit("37610425002123456") == "9"


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_no_single_wrong_digit_goes_unnoticed(body: str, place: int, shift: int) -> None:
    code = body + check_digit(body)
    wrong = code[:place] + str((int(code[place]) + shift) % 10) + code[place + 1 :]
    assert is_sscc(code)
    assert not is_sscc(wrong)


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (["003761234000000012"], "its check digit should be 1"),
        (["0037612340000001"], "eighteen digits, without the application identifier 00"),
        (["00003761234000000011"], "eighteen digits, without the application identifier 00"),
        (["003761234000000011"] * 2, "each package has its own"),
    ],
)
def test_a_code_that_cannot_be_one_is_refused(codes: list[str], said: str) -> None:
    with pytest.raises(Refused) as refusal:
        demand_sound([Package(id=str(place), sscc=code) for place, code in enumerate(codes)])
    assert (refusal.value.code, refusal.value.hint) == ("BUS-383", said)


@pytest.fixture
def small() -> Sscc:
    """A prefix that leaves room for ten thousand numbers."""
    return Sscc(prefix="541234500001", extension="3")


def test_numbers_run_on_and_one_in_use_is_passed_over(database: Database, small: Sscc) -> None:
    with database.transaction() as tx:
        first = take(tx, small, 2)
    taken_by_hand = "35412345000010002"
    with database.transaction() as tx:
        tx.units.use([taken_by_hand + check_digit(taken_by_hand)], "doc_1")
    with database.transaction() as tx:
        second = take(tx, small, 2)
    assert [code[13:17] for code in first + second] == ["0000", "0001", "0003", "0004"]
    assert all(is_sscc(code) and code.startswith("3541234500001") for code in first + second)


def test_a_number_that_left_within_the_year_is_refused_and_after_it_is_free(database: Database, clock: Clock) -> None:
    code = "003761234000000011"
    with database.transaction() as tx:
        tx.units.use([code], "doc_1")
    with pytest.raises(Refused) as refusal, database.transaction() as tx:
        tx.units.use([code], "doc_2")
    assert refusal.value.code == "BUS-385"
    clock.forward(days=367)
    with database.transaction() as tx:
        assert not tx.units.is_used(code)
        tx.units.use([code], "doc_3")


@pytest.mark.parametrize(
    ("quantity", "unit", "to", "expected"),
    [
        ("2", "DZN", "EA", "24"), ("24", "H87", "DZN", "2"), ("1", "GRO", "C62", "144"), ("2.5", "KGM", "GRM", "2500"),
        ("1", "LBR", "KGM", "0.453592"), ("3", "XCS", "EA", "36"), ("30", "EA", "XCS", "2.5"), ("5", "EA", "EA", "5"),
        ("1", "KGM", "EA", None), ("1", "XCS", "KGM", None), ("1", "LTR", "MTR", None),
    ],
)  # fmt: skip
def test_what_is_the_same_thing_is_counted_otherwise(quantity: str, unit: str, to: str, expected: str | None) -> None:
    line = OrderLine(pack=Pack(units_per_pack=Decimal(12)))
    found = converted(Decimal(quantity), unit, to, line)
    assert found == (None if expected is None else Decimal(expected))


def test_a_case_is_no_number_of_pieces_where_the_line_does_not_say() -> None:
    assert converted(Decimal(1), "XCS", "EA", OrderLine()) is None
