"""Quantities in other units than the order's: what is the same thing counted otherwise, and what is not.

Units are UN/ECE Recommendation 20. A dozen is twelve pieces and a pound so many grams wherever it is bought; how many pieces a
case holds only the order line says (`pack.units_per_pack`).
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from hub.model import OrderLine

_D = Decimal
_PIECES = {
    "EA": _D(1),
    "C62": _D(1),
    "H87": _D(1),
    "NAR": _D(1),
    "DZN": _D(12),
    "GRO": _D(144),
    "CEN": _D(100),
    "MIL": _D(1000),
}
_PAIRS = {"PR": _D(1), "NPR": _D(1), "DPR": _D(12)}
_GRAMS = {
    "MGM": _D("0.001"), "CGM": _D("0.01"), "GRM": _D(1), "DJ": _D(10), "HGM": _D(100), "KGM": _D(1000), "DTN": _D(100_000),
    "TNE": _D(1_000_000), "ONZ": _D("28.349523125"), "LBR": _D("453.59237"), "CWA": _D("45359.237"), "STN": _D("907184.74"),
    "LTN": _D("1016046.9088"),
}  # fmt: skip
_MILLILITRES = {
    "MLT": _D(1), "CMQ": _D(1), "CLT": _D(10), "DLT": _D(100), "LTR": _D(1000), "DMQ": _D(1000), "HLT": _D(100_000),
    "MTQ": _D(1_000_000), "GLL": _D("3785.411784"), "QTL": _D("946.352946"), "PTL": _D("473.176473"), "GLI": _D("4546.09"),
}  # fmt: skip
_MILLIMETRES = {
    "MMT": _D(1), "CMT": _D(10), "DMT": _D(100), "MTR": _D(1000), "LM": _D(1000), "KMT": _D(1_000_000), "INH": _D("25.4"),
    "FOT": _D("304.8"), "LF": _D("304.8"), "YRD": _D("914.4"), "SMI": _D(1_609_344),
}  # fmt: skip
_SQUARE_MILLIMETRES = {
    "MMK": _D(1), "CMK": _D(100), "DMK": _D(10_000), "MTK": _D(1_000_000), "INK": _D("645.16"), "FTK": _D("92903.04"),
    "YDK": _D("836127.36"), "HAR": _D(10_000_000_000),
}  # fmt: skip
_FAMILIES = (_PIECES, _PAIRS, _GRAMS, _MILLILITRES, _MILLIMETRES, _SQUARE_MILLIMETRES)
_PACKS = frozenset({"XCS", "XCT", "XBX", "XPK", "XBG", "XPX", "XCR", "XBE", "XSW", "XPA", "XTU", "NMP"})
_FINEST = Decimal("0.000001")


def ratio(from_unit: str, to_unit: str, line: OrderLine | None = None) -> tuple[Decimal, Decimal] | None:
    """How many `to_unit` one `from_unit` is, as numerator and denominator, so that nothing is rounded before the end.

    None where they are not the same thing.
    """
    if from_unit == to_unit:
        return Decimal(1), Decimal(1)
    for family in _FAMILIES:
        if from_unit in family and to_unit in family:
            return family[from_unit], family[to_unit]
    held = line.pack.units_per_pack if line is not None and line.pack is not None else None
    if held is None or held <= 0:
        return None
    if from_unit in _PACKS and to_unit in _PIECES:
        return held, _PIECES[to_unit]
    if from_unit in _PIECES and to_unit in _PACKS:
        return _PIECES[from_unit], held
    return None


def converted(quantity: Decimal, from_unit: str, to_unit: str, line: OrderLine | None = None) -> Decimal | None:
    """A quantity in another unit, to six decimals; None where the units are not of one kind."""
    found = ratio(from_unit, to_unit, line)
    if found is None:
        return None
    above, below = found
    if above == below:
        return quantity
    with localcontext() as context:
        context.prec = 50
        exact = quantity * above / below
        rounded = exact.quantize(_FINEST, rounding=ROUND_HALF_EVEN)
    return _shortest(rounded)


def _shortest(value: Decimal) -> Decimal:
    return Decimal(format(value.normalize(), "f"))
