"""The unit price of a line with its basis: PO104 and PO105."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from hub.edi.tree import Segment
from hub.guides.convert.compound import Flat, Row, Rows, dig
from hub.guides.run import Act, Frame, Run
from hub.guides.shape import Elements
from hub.guides.verbs import read_decimal, write_decimal

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.entries import Compiler
    from hub.guides.writing import WriteCompiler, Writing

Per: TypeAlias = "tuple[Decimal | None, str | None]"
"""How many, and of which unit where it is not the line's, a price is for; neither: one of the line's units."""

_COUNTS: Final = {
    "HP": 100, "TP": 1_000, "PN": 10, "PD": 12, "TT": 10_000, "HT": 100_000,
    "TC": 100, "TD": 12, "TM": 1_000, "QH": 100, "QS": 1_000, "WC": 100, "WD": 12, "WM": 1_000,
    "LC": 100, "LD": 12, "LM": 1_000, "RC": 100, "RD": 12, "RM": 1_000,
}  # fmt: skip
_MEASURES: Final = {
    "PP": (1, "LBR"), "PK": (1, "KGM"), "PO": (1, "ONZ"), "PG": (1, "GRM"), "PL": (1, "LTR"), "ML": (1, "MLT"), "PF": (1, "FOT"),
    "PY": (1, "YRD"), "HF": (100, "FOT"), "TF": (1_000, "FOT"), "PS": (1_000, "FTK"),
    "P1": (1_000, "MTR"), "P2": (1, "CMT"), "P3": (1, "DMT"), "P5": (1, "KMT"), "P6": (1, "MMT"), "P7": (1, "MTR"),
}  # fmt: skip
"""Codes of X12 element 639 that name how many pieces, or which measure, the price is for."""

_HOW_MANY: Final = {"DZN": 12, "GRO": 144, "CEN": 100, "MIL": 1_000}
"""Units that are so many pieces themselves: a price per dozen of what is ordered by the dozen is the price of one."""
_EACH: Final = frozenset({"EA", "C62", "H87"})
_LONGEST: Final = 17
"""Digits of a unit price (X12 element 212)."""


def price_for(basis: str, unit: str | None) -> Per:
    """What a price with this code is for, on a line counted in this unit (Recommendation 20)."""
    if basis in _MEASURES:
        quantity, measure = _MEASURES[basis]
        return Decimal(quantity) if quantity != 1 else None, measure if measure != unit else None
    count = _COUNTS.get(basis)
    if count is None or _HOW_MANY.get(unit or "") == count:
        return None, None
    is_of_pieces = unit in _HOW_MANY or (unit or "").startswith("X")
    return Decimal(count), "EA" if is_of_pieces else None


def plain_bases(meaning: Mapping[str, str]) -> frozenset[str]:
    """The codes with which a price is the net one of one of the line's units, as it is without a code."""
    return frozenset({""} | {code for code, word in meaning.items() if word == "net" and code not in {*_COUNTS, *_MEASURES}})


def listed_bases(meaning: Mapping[str, str]) -> dict[str, str]:
    """The codes with which a price of one of the line's units is none to pay but told for information, each with its kind."""
    return {code: word for code, word in meaning.items() if code and word != "net" and code not in {*_COUNTS, *_MEASURES}}


def read_price(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """PO104-05: a unit price only where its basis says so; a retail or catalogue price goes to `prices`."""
    table = compiler.binding.table(entry.table, entry.place)
    meaning = table.meaning
    first, last = entry.key.first, entry.key.last
    put = compiler.put(entry, scope, entry.to)
    put_per, put_unit = (
        compiler.put(entry, scope, entry.slots[name]) if name in entry.slots else None for name in ("per", "per_unit")
    )
    others = compiler.put(entry, scope, f"{entry.slots['prices']}[]")
    echo = compiler.put(entry, scope, entry.echo) if entry.echo else None

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        count = len(segment)
        basis = segment[last] if count > last else ""
        if basis and echo is not None:
            echo(frame, basis, run)
        text = segment[first] if count > first else ""
        if not text:
            return
        try:
            amount = read_decimal(text)  # type: ignore[arg-type]
        except ValueError as wrong:
            run.wrong(entry, str(text), str(wrong))
            return
        kind = meaning.get(basis, "net") if basis else "net"  # type: ignore[arg-type]
        quantity, unit = price_for(basis, frame.get("unit")) if basis else (None, None)  # type: ignore[arg-type]
        if kind != "net":
            others(frame, _listed(kind, amount, basis, quantity, unit), run)
            return
        put(frame, amount, run)
        if quantity is not None and put_per is not None:
            put_per(frame, quantity, run)
        if unit is not None and put_unit is not None:
            put_unit(frame, unit, run)

    return act


def _listed(kind: str, amount: Decimal, basis: Any, quantity: Decimal | None, unit: str | None) -> Frame:
    found = {"type": kind, "amount": amount, "code": basis, "basis_quantity": quantity, "basis_unit": unit}
    return {name: value for name, value in found.items() if value is not None}


def write_price(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    """The unit price, or the price of the list that the echoed basis means."""
    table = compiler.binding.table(entry.table, entry.place)
    first, last = entry.key.first, entry.key.last
    net = [code for code, word in table.meaning.items() if word == "net"]

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        basis = dig(frame, entry.echo) or ""
        price = frame.get(entry.to)
        if price is not None:
            codes = [basis, "", *net] if table.meaning.get(basis, "net") == "net" else ["", *net]
            return [[(first, 0, text), (last, 0, code)] for text, code in _told(entry, frame, codes, writing)]
        for each in frame.get(entry.slots["prices"]) or []:
            if each.get("code") == basis and basis and table.meaning.get(basis) == each["type"]:
                writing.taken.add(id(each))
                return [[(first, 0, write_decimal(each["amount"])), (last, 0, basis)]]
        return [[(last, 0, basis)]] if basis else []

    return rows


def flat_price(entry: Elements, compiler: WriteCompiler) -> Flat | None:
    """A price of the line itself, or none: only its basis."""
    meaning, echo, to = compiler.binding.table(entry.table, entry.place).meaning, entry.echo, entry.to
    net = [code for code, word in meaning.items() if word == "net"]
    if entry.key.last != entry.key.first + 1:
        return None

    def flat(frame: Frame, writing: Writing) -> list[str] | None:
        basis = dig(frame, echo) or ""
        if frame.get(to) is not None:
            codes = [basis, "", *net] if meaning.get(basis, "net") == "net" else ["", *net]
            return [text for told in _told(entry, frame, codes, writing) for text in told]
        if frame.get(entry.slots["prices"]):
            return None
        return ["", basis] if basis else []

    return flat


def _told(entry: Elements, frame: Frame, codes: list[str], writing: Writing) -> list[tuple[str, str]]:
    """The price with the first code that says what it is for; without one it is the price of one, or left to the list that says it."""
    price, unit = Decimal(str(frame[entry.to])), frame.get("unit")
    per, per_unit = (dig(frame, entry.slots[name]) if name in entry.slots else None for name in ("per", "per_unit"))
    quantity = Decimal(str(per)) if per is not None and Decimal(str(per)) != 1 else None
    wanted = (quantity, per_unit if per_unit != unit else None)
    if wanted == (None, None):
        return [(write_decimal(price), codes[0] if price_for(codes[0], unit) == wanted else "")]
    code = next((each for each in codes if each and price_for(each, unit) == wanted), None)
    if code is not None:
        return [(write_decimal(price), code)]
    if quantity is None and per_unit in _EACH:
        return [(write_decimal(price), "PE")]
    listed: list[Frame] = frame.get(entry.slots["prices"]) or []
    if any(Decimal(str(each["amount"])) == price and each.get("basis_quantity") is not None for each in listed):
        return []
    one = price / quantity if quantity and wanted[1] is None else None
    if one is None or one * (quantity or 1) != price or len(write_decimal(one)) > _LONGEST:
        what = " ".join(filter(None, [format(quantity, "f") if quantity else "", per_unit or ""]))
        writing.refuse(entry, f"no code says that {write_decimal(price)} is the price for {what}")
        return []
    return [(write_decimal(one), "")]
