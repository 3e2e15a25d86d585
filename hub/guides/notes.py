"""The findings that several parts of a guide report alike."""

from __future__ import annotations

from hub.guides.run import Note

_CODES = {"item number": "MAP-260", "location number": "MAP-261", "logistic unit number": "MAP-262"}

_FORMS: dict[str, tuple[str, tuple[int, ...]]] = {
    "item number": ("GTIN", (8, 12, 13, 14)),
    "location number": ("GLN", (13,)),
    "logistic unit number": ("SSCC", (18,)),
}
"""What a number is called by those who issue it, and its lengths."""


def wrong_check_digit(value: str, element: int, index: int, what: str = "item number") -> Note:
    """An item or location number that is none, or whose check digit does not hold: kept as sent, and warned of."""
    name, lengths = _FORMS.get(what, _FORMS["location number"])
    if value.isascii() and value.isdecimal() and len(value) in lengths:
        message = f"the check digit of {what} {value[:20]} does not hold"
    else:
        digits = " or ".join(str(length) for length in lengths)
        message = f'"{value[:20]}" is no {name}, which has {digits} digits'
    return Note(
        code=_CODES.get(what, "MAP-261"),
        message=message,
        index=index,
        element=element,
        value=value[:99],
        severity="warning",
        layer="table",
        hint="kept as sent; compare it with the partner's catalogue",
    )
