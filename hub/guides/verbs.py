"""How wire text becomes a value and goes back: the closed list behind `as:` for one element.

A reader raises `ValueError` with a plain sentence when the text is not what it must be; the engine makes it a finding.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hub.guides.members import Kind

_NUMBER = re.compile(r"([+-]?)([0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)").fullmatch
_CENTS = re.compile(r"-?[0-9]+").fullmatch
_TIME = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])([0-5][0-9])?([0-9]{1,2})?").fullmatch
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?.*").fullmatch
_CENTURY_PIVOT = 60
"""A two-digit year below it is 20xx: documents of trade, not of birth."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One conversion: the kind of member it fills and its two directions.

    `is_free` marks words for people, which may be shortened or transliterated; everything else is refused instead.
    """

    kind: Kind
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    is_free: bool = False


def read_text(text: str) -> str:
    """Text without the padding that writers leave at its ends."""
    return text.strip()


@lru_cache(maxsize=8192)
def read_decimal(text: str) -> Decimal:
    """A plain decimal; point or comma marks the fraction, and the digits stay as they came."""
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return Decimal(text)
    found = _NUMBER(text) or _NUMBER(text.strip())
    if not found:
        raise ValueError("is not a number")
    digits = found[2].replace(",", ".")
    return Decimal("-" + digits if found[1] == "-" else digits)


def write_decimal(value: Any) -> str:
    """Plain notation, without the zero before the point that no digits stand before."""
    return format(value if isinstance(value, Decimal) else Decimal(str(value)), "f")


def read_cents(text: str) -> Decimal:
    """X12 type N2: two decimals are implied, `1234` is 12.34."""
    text = text.strip()
    if not _CENTS(text):
        # A point in an N2 element is against the standard, and means what it says.
        return read_decimal(text)
    return Decimal(text).scaleb(-2)


def write_cents(value: Any) -> str:
    """Two implied decimals; an amount with more than two cannot be said."""
    scaled = Decimal(str(value)).scaleb(2)
    whole = scaled.to_integral_value()
    if whole != scaled:
        raise ValueError(f"{value} has more than two decimals")
    return str(int(whole))


def read_integer(text: str) -> int:
    """A whole number; `3.00` is one."""
    number = read_decimal(text)
    if number != number.to_integral_value():
        raise ValueError("is not a whole number")
    return int(number)


@lru_cache(maxsize=4096)
def read_date(text: str) -> dt.date:
    """CCYYMMDD or YYMMDD; also CCYYMMDDHHMM, of which the date counts."""
    text = text.strip()
    if not text.isascii() or not text.isdecimal():
        raise ValueError("is not a date")
    try:
        if len(text) == 8 or len(text) in {12, 14}:
            return dt.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
        if len(text) == 6:
            year = int(text[:2])
            return dt.date(year + (2000 if year < _CENTURY_PIVOT else 1900), int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise ValueError("is not a day of the calendar") from None
    raise ValueError("is not a date")


def write_date(value: Any) -> str:
    """CCYYMMDD."""
    return as_date(value).strftime("%Y%m%d")


def write_date6(value: Any) -> str:
    """YYMMDD."""
    return as_date(value).strftime("%y%m%d")


def as_date(value: Any) -> dt.date:
    """A date from a date or its ISO text."""
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


def read_time(text: str) -> str:
    """HHMM, HHMMSS or with decimals of a second, as HH:MM or HH:MM:SS."""
    found = _TIME(text.strip())
    if not found:
        raise ValueError("is not a time")
    return f"{found[1]}:{found[2]}" + (f":{found[3]}" if found[3] else "")


def write_time(value: Any) -> str:
    """HHMM or HHMMSS."""
    found = _CLOCK(str(value))
    if not found:
        raise ValueError(f"{value} is no HH:MM or HH:MM:SS")
    return found[1] + found[2] + (found[3] or "")


def read_code(text: str) -> str:
    """A code in capitals, as currencies and countries are."""
    return text.strip().upper()


def read_sscc(text: str) -> str:
    """A serial shipping container code: eighteen digits, also where the application identifier 00 stands before them."""
    text = text.strip()
    digits = text[2:] if len(text) == 20 and text.startswith("00") else text
    if len(digits) != 18 or not digits.isascii() or not digits.isdecimal():
        raise ValueError("is no SSCC of eighteen digits")
    return digits


VERBS: dict[str, Verb] = {
    "text": Verb("text", read_text, str),
    "free": Verb("text", read_text, str, is_free=True),
    "code": Verb("text", read_code, str),
    "decimal": Verb("decimal", read_decimal, write_decimal),
    "cents": Verb("decimal", read_cents, write_cents),
    "integer": Verb("integer", read_integer, str),
    "date": Verb("date", read_date, write_date),
    "date6": Verb("date", read_date, write_date6),
    "time": Verb("text", read_time, write_time),
    "sscc": Verb("text", read_sscc, str),
    "sscc20": Verb("text", read_sscc, lambda value: f"00{value}"),
}
