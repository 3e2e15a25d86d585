"""Item numbers: check digits, and the summary of a line's ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

GTIN_LENGTHS: Final = (8, 12, 13, 14)
_GTIN_SCHEMES: Final = frozenset({"gtin", "upc", "ean"})
_SUMMARY: Final = {"buyer": "buyer_id", "supplier": "supplier_id", "manufacturer": "manufacturer_id"}


def check_digit(body: str) -> str:
    """The GS1 check digit of a number without it (GS1 General Specifications 7.9): weights 3 and 1 from the right."""
    total = sum((3, 1)[place % 2] * int(digit) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def is_gtin(value: str) -> bool:
    """Whether the value is a GTIN-8, -12, -13 or -14 whose check digit holds."""
    return len(value) in GTIN_LENGTHS and value.isascii() and value.isdecimal() and check_digit(value[:-1]) == value[-1]


def is_gln(value: str) -> bool:
    """Whether the value is a GLN whose check digit holds."""
    return len(value) == 13 and value.isascii() and value.isdecimal() and check_digit(value[:-1]) == value[-1]


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


def summarise(item: dict[str, Any], ranks: Mapping[str, int]) -> None:
    """Fill `gtin`, `buyer_id`, `supplier_id` and their like from `ids`, the best-ranked qualifier first.

    A wrong check digit leaves `gtin` absent. A real GTIN wins over one derived from an ISBN-10.
    """
    best: dict[str, tuple[int, str]] = {}
    for entry in item["ids"]:
        scheme = entry.get("scheme", "other")
        rank = ranks.get(entry.get("code", ""), 1000)
        name = _SUMMARY.get(scheme)
        value = entry["value"]
        if name is None:
            if scheme in {"colour", "size"}:
                best.setdefault(scheme, (rank, value))
                continue
            gtin = to_gtin(scheme, value)
            if gtin is None:
                continue
            name, value, rank = "gtin", gtin, rank + (500 if scheme == "isbn" else 0)
        if name not in best or rank < best[name][0]:
            best[name] = (rank, value)
    for name, (_, value) in best.items():
        item.setdefault(name, value)
