"""Dates whose form another component names: DTM C507 with 2379, the period format."""

from __future__ import annotations

from hub.edi.elements import INVALID_DATE, INVALID_TIME, is_date
from hub.edi.tree import Segment

PERIOD = "C507"
"""The composite of a qualifier, a value and the value's format."""

_DAYS = {"101": 6, "102": 8}
_MOMENTS = {"201": 6, "202": 6, "203": 8, "204": 8}
_MONTH_AND_DAY = "(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31)"
_HOUR_AND_MINUTE = "(?:[01][0-9]|2[0-3])[0-5][0-9]"


def accepting_period(value: str, form: str, mark: str) -> str:
    """A pattern for the second and third component, each with the `mark` before it: right dates only.

    `value` and `form` are the patterns of the components by themselves.
    """
    short, full = "[0-9]{2}" + _MONTH_AND_DAY, "[0-9]{4}" + _MONTH_AND_DAY
    dates = {
        "102": full, "101": short, "203": full + _HOUR_AND_MINUTE, "204": full + _HOUR_AND_MINUTE + "[0-5][0-9]",
        "201": short + _HOUR_AND_MINUTE, "202": short + _HOUR_AND_MINUTE + "[0-5][0-9]",
    }  # fmt: skip
    known = "|".join(f"{date}{mark}{code}" for code, date in dates.items())
    other = f"(?:{value})?+(?:{mark}(?!{'|'.join(dates)})(?:{form})?+)?+"
    return f"(?:{mark}(?:{known}|{other}))?+"


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
