"""The findings that several parts of a guide report alike."""

from __future__ import annotations

from hub.guides.run import Note

_CODES = {"item number": "MAP-260", "location number": "MAP-261", "logistic unit number": "MAP-262"}


def wrong_check_digit(value: str, element: int, index: int, what: str = "item number") -> Note:
    """An item or location number whose check digit does not hold: kept as sent, and warned of."""
    return Note(
        code=_CODES.get(what, "MAP-261"),
        message=f"the check digit of {what} {value[:20]} does not hold",
        index=index,
        element=element,
        value=value[:99],
        severity="warning",
        layer="table",
        hint="kept as sent; compare it with the partner's catalogue",
    )
