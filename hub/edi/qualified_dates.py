"""Dates whose form another component names: DTM C507 with 2379, the period format."""

from __future__ import annotations

from hub.edi.elements import INVALID_DATE, INVALID_TIME, is_date
from hub.edi.tree import Segment

_DAYS = {"101": 6, "102": 8}
_MOMENTS = {"201": 6, "202": 6, "203": 8, "204": 8}


def date_faults(segment: Segment) -> list[tuple[str, str, str]]:
    """(code, text, value) of a DTM whose value has the right length for its format but is no date or time.

    A value of another length is left alone: partners label CCYYMMDDHHMM as 102, and 2380 itself allows any text.
    """
    period = segment[1] if len(segment) > 1 and segment[0] == "DTM" else ""
    if isinstance(period, str) or len(period) < 3:
        return []
    value, form = period[1], period[2]
    if not isinstance(value, str) or not isinstance(form, str):
        return []
    days = _DAYS.get(form)
    if days is not None and len(value) == days and not is_date(value):
        return [(INVALID_DATE, f"DTM01.2 has the value {value!r}, which is no date in the format {form}", value)]
    days = _MOMENTS.get(form)
    if days is not None and len(value) == days + (6 if form in {"202", "204"} else 4):
        if not is_date(value[:days]):
            return [(INVALID_DATE, f"DTM01.2 has the value {value!r}, which is no date in the format {form}", value)]
        if not _is_time(value[days:]):
            return [(INVALID_TIME, f"DTM01.2 has the value {value!r}, whose time is none", value)]
    return []


def _is_time(value: str) -> bool:
    return value.isdigit() and value[:2] <= "24" and value[2:4] < "60" and value[4:6] <= "60"
