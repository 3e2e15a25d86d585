"""Check digits of trade item numbers and books."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.guides.itemids import check_digit, is_gln, is_gtin, isbn10_to_gtin, to_gtin
from hub.guides.library import stock_library
from hub.guides.understand import Choice, understand
from hub.testing.wire import edifact, only_message


@pytest.mark.parametrize("value", ["96385074", "076123400003", "5412345000013", "10076123400000", "9780345487629"])
def test_right_numbers(value: str) -> None:
    assert is_gtin(value)


@pytest.mark.parametrize(
    "value", ["96385075", "076123400004", "541234500001", "12345678901", "07612340000X", "", "٠٧٦١٢٣٤٠٠٠٠٣", " 96385074"]
)
def test_wrong_numbers(value: str) -> None:
    assert not is_gtin(value)


@given(st.sampled_from([7, 11, 12, 13]).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size)))
def test_the_check_digit_that_is_computed_holds_and_no_other_does(body: str) -> None:
    right = check_digit(body)
    assert [digit for digit in "0123456789" if is_gtin(body + digit)] == [right]


def test_a_gln_has_thirteen_digits() -> None:
    assert is_gln("5412345000013")
    assert not is_gln("076123400003")


@pytest.mark.parametrize(
    ("isbn", "gtin"), [("0345487621", "09780345487629"), ("184416487X", "09781844164875"), ("0-345-48762-1", "09780345487629")]
)
def test_an_isbn_of_ten_stands_for_a_gtin(isbn: str, gtin: str) -> None:
    assert isbn10_to_gtin(isbn) == gtin
    assert to_gtin("isbn", isbn) == gtin


@pytest.mark.parametrize("isbn", ["0345487622", "034548762", "03454876XX", "٠٣٤٥٤٨٧٦٢١"])
def test_a_wrong_isbn_stands_for_nothing(isbn: str) -> None:
    assert isbn10_to_gtin(isbn) is None


@pytest.mark.parametrize(
    ("party", "message"),
    [
        ("NAD+BY+BUYER001::9", '"BUYER001" is no GLN, which has 13 digits'),
        ("NAD+BY+5412345000014::9", "the check digit of location number 5412345000014 does not hold"),
    ],
)
def test_a_location_number_that_is_none_is_told_from_one_with_a_wrong_check_digit(party: str, message: str) -> None:
    body = ("BGM+220+1+9", "DTM+137:20261001:102", party, "LIN+1++1:SA", "QTY+21:1", "UNS+S")
    found = understand(only_message(edifact("ORDERS", *body)), stock_library(), Choice()).findings
    assert [(each.code, each.severity, each.message) for each in found if each.layer == "table"] == [
        ("MAP-261", "warning", message)
    ]
