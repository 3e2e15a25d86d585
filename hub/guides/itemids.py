"""Item numbers: check digits, and the summary of a line's ids."""

from __future__ import annotations

from typing import Final, TypeAlias

GTIN_LENGTHS: Final = (8, 12, 13, 14)
_GTIN_SCHEMES: Final = frozenset({"gtin", "upc", "ean"})
_SUMMARY: Final = {
    "buyer": "buyer_id",
    "supplier": "supplier_id",
    "manufacturer": "manufacturer_id",
    "colour": "colour",
    "size": "size",
}


def check_digit(body: str) -> str:
    """The GS1 check digit of a number without it (GS1 General Specifications 7.9): weights 3 and 1 from the right."""
    total = sum((3, 1)[place % 2] * int(digit) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def is_gtin(value: str) -> bool:
    """Whether the value is a GTIN-8, -12, -13 or -14 whose check digit holds."""
    return len(value) in GTIN_LENGTHS and gtin_14(value) != ""


def is_sscc(value: str) -> bool:
    """Whether the value is an SSCC: eighteen digits whose check digit holds (GS1 General Specifications 7.9)."""
    return len(value) == 18 and value.isdecimal() and value.isascii() and check_digit(value[:-1]) == value[-1]


def gtin_14(value: str) -> str:
    """A number of eight to fourteen digits as the GTIN-14 it stands for; empty where its check digit does not hold."""
    padded = value.zfill(14)
    if not (padded.isascii() and padded.isdigit()):
        return ""
    # Weights 3 and 1 from the right, the check digit included with weight 1. Taken as hexadecimal every digit has four bits of its
    # own, so that every second one is cut out by a mask, and their sum is the rest at 255, as 256 leaves 1. This runs for every
    # id of every line: a loop over the digits costs twice as much, and a table of sums pushes other things out of the cache.
    number = int(padded, 16)
    return padded if ((number & EVERY_SECOND) % 255 + 3 * ((number >> 4 & EVERY_SECOND) % 255)) % 10 == 0 else ""


EVERY_SECOND: Final = 0x0F0F0F0F0F0F0F


def is_gln(value: str) -> bool:
    """Whether the value is a GLN whose check digit holds."""
    return len(value) == 13 and gtin_14(value) != ""


def isbn10_to_gtin(value: str) -> str | None:
    """The GTIN-14 of an ISBN-10, or None where its check digit (modulus 11) does not hold."""
    compact = value.replace("-", "").upper()
    if len(compact) != 10 or not compact.isascii() or not compact[:9].isdecimal():
        return None
    if not (compact[9].isdecimal() or compact[9] == "X"):
        return None
    total = sum((10 - place) * (10 if digit == "X" else int(digit)) for place, digit in enumerate(compact))
    if total % 11:
        return None
    body = "978" + compact[:9]
    return "0" + body + check_digit(body)


def to_gtin(scheme: str, value: str) -> str | None:
    """The fourteen digits an id stands for, or None where it stands for none or its check digit does not hold."""
    if scheme in _GTIN_SCHEMES:
        return value.zfill(14) if is_gtin(value) else None
    if scheme == "isbn":
        compact = value.replace("-", "")
        return compact.zfill(14) if len(compact) == 13 and is_gtin(compact) else isbn10_to_gtin(value)
    return None


Best: TypeAlias = "dict[str, tuple[int, str]]"
"""Of each summary member the best value so far, with its rank."""


def member_of(scheme: str) -> str:
    """The summary member an id of this scheme may fill, empty where there is none."""
    return "gtin" if scheme in _GTIN_SCHEMES or scheme == "isbn" else _SUMMARY.get(scheme, "")
