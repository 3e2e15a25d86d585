"""Dates, times, windows and periods of both standards: X12 DTM02-06 and EDIFACT C507 (code list 2379)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from hub.guides.verbs import as_date, read_date, read_time, write_date, write_time

_ZONE = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})?").fullmatch
_CLOCK = re.compile(r"([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)\s*(.*)").fullmatch

X12_ZONES = {
    "UT": "+00:00", "GM": "+00:00", "ES": "-05:00", "ED": "-04:00", "CS": "-06:00", "CD": "-05:00", "MS": "-07:00",
    "MD": "-06:00", "PS": "-08:00", "PD": "-07:00",
}  # fmt: skip
"""X12 element 623 where it names one offset. `ET`, `CT`, `LT` do not: they depend on the day or the place."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a date element said: a day with a local time, or a window. `offset` only where the sender gave one."""

    on: dt.date | None = None
    time: str | None = None
    until_on: dt.date | None = None
    until_time: str | None = None


def _digits(text: str, length: int) -> str:
    if len(text) != length or not text.isascii() or not text.isdecimal():
        raise ValueError("does not fit its format")
    return text


def _day(text: str, form: str) -> dt.date:
    """One day in a form of `Y`, `M` and `D`."""
    _digits(text, len(form))
    year = text[form.index("Y") : form.rindex("Y") + 1]
    month = text[form.index("M") : form.rindex("M") + 1]
    day = text[form.index("D") : form.rindex("D") + 1]
    if len(year) == 2:
        return read_date(year + month + day)
    return read_date(f"{year}{month}{day}")


def _instant(text: str) -> Moment:
    day = 8 if len(text) in {12, 14} else 6
    return Moment(on=read_date(text[:day]), time=read_time(text[day:]))


def _zoned(text: str, length: int) -> Moment:
    """CCYYMMDDHHMM[SS] followed by a zone: an offset is kept, a name stands after the time as it came."""
    moment = _instant(_digits(text[:length], length))
    zone = text[length:].strip()
    return Moment(on=moment.on, time=f"{moment.time}{zone_suffix(zone)}")


def zone_suffix(zone: str) -> str:
    """`+02` as `+02:00`; UTC as `+00:00`; any other name as it came, after a blank."""
    found = _ZONE(zone)
    if found:
        return f"{found[1]}{found[2]}:{found[3] or '00'}"
    if zone.upper() in {"UTC", "GMT", "Z"}:
        return "+00:00"
    return f" {zone}" if zone else ""


def _month(text: str) -> Moment:
    first = read_date(f"{text}01")
    last = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    return Moment(on=first, until_on=last)


def _week(year: int, week: int) -> Moment:
    """The Monday to the Sunday of an ISO week."""
    try:
        monday = dt.date.fromisocalendar(year, week, 1)
    except ValueError:
        raise ValueError("is not a week of that year") from None
    return Moment(on=monday, until_on=monday + dt.timedelta(days=6))


def _window(text: str, length: int) -> Moment:
    """Two moments of equal length, with or without a hyphen between them."""
    plain = text.replace("-", "")
    _digits(plain, 2 * length)
    first, last = plain[:length], plain[length:]
    if length in {6, 8}:
        return Moment(on=read_date(first), until_on=read_date(last))
    start, end = _instant(first), _instant(last)
    return Moment(on=start.on, time=start.time, until_on=end.on, until_time=end.time)


def _year_of(two: str) -> int:
    return read_date(f"{two}0101").year


@lru_cache(maxsize=4096)
def read_edifact(text: str, form: str) -> Moment:
    """C507.2380 in the format of C507.2379; without a format the length decides. Raises `ValueError`."""
    text = text.strip()
    known = _EDIFACT.get(form)
    if known is not None:
        return known(text)
    if form:
        raise ValueError(f"is in format {form}, which is no date the hub reads")
    if len(text) in {6, 8}:
        return Moment(on=read_date(text))
    if len(text) in {10, 12, 14}:
        return _instant(_digits(text, len(text)))
    raise ValueError("has no format, and its length is no date's")


_EDIFACT = {
    "2": lambda text: Moment(on=_day(text, "DDMMYY")),
    "3": lambda text: Moment(on=_day(text, "MMDDYY")),
    "4": lambda text: Moment(on=_day(text, "DDMMYYYY")),
    "101": lambda text: Moment(on=_day(text, "YYMMDD")),
    # A writer that says 102 and sends a time as well means the time as well.
    "102": lambda text: Moment(on=_day(text, "YYYYMMDD")) if len(text) == 8 else _instant(_digits(text, 12)),
    "201": lambda text: _instant(_digits(text, 10)),
    "203": lambda text: _instant(_digits(text, 12)) if len(text) != 8 else Moment(on=read_date(text)),
    "204": lambda text: _instant(_digits(text, 14)),
    "205": lambda text: _zoned(text, 12),
    "303": lambda text: _zoned(text, 12),
    "304": lambda text: _zoned(text, 14),
    "609": lambda text: _month(f"{_year_of(text[:2])}{_digits(text, 4)[2:]}"),
    "610": lambda text: _month(_digits(text, 6)),
    "615": lambda text: _week(_year_of(text[:2]), int(_digits(text, 4)[2:])),
    "616": lambda text: _week(int(_digits(text, 6)[:4]), int(text[4:])),
    "713": lambda text: _window(text, 10),
    "717": lambda text: _window(text, 6),
    "718": lambda text: _window(text, 8),
    "719": lambda text: _window(text, 12),
}


def write_edifact(moment: Moment) -> tuple[str, str]:
    """The value and its format (102, 203, 204, 303, 304, 718, 719)."""
    assert moment.on is not None
    day = write_date(moment.on)
    if moment.until_on is not None:
        if moment.time or moment.until_time:
            start, end = moment.time or "00:00", moment.until_time or "00:00"
            return f"{day}{write_time(start[:5])}{write_date(moment.until_on)}{write_time(end[:5])}", "719"
        return f"{day}{write_date(moment.until_on)}", "718"
    if not moment.time:
        return day, "102"
    clock, zone = split_zone(moment.time)
    digits = write_time(clock)
    if zone:
        shown = zone[:3] if zone.endswith(":00") else zone.replace(":", "")
        return f"{day}{digits}{shown}", "303" if len(digits) == 4 else "304"
    return f"{day}{digits}", "203" if len(digits) == 4 else "204"


def split_zone(time: str) -> tuple[str, str]:
    """`14:30+02:00` as its clock and its offset."""
    found = _CLOCK(time)
    if not found:
        raise ValueError(f"{time} is no HH:MM or HH:MM:SS")
    return found[1], found[2]


@lru_cache(maxsize=4096)
def read_x12(parts: tuple[str, ...]) -> Moment:
    """DTM02-06: date, time, zone, and a period with its format (1250 RD8, D8, DT). Raises `ValueError`."""
    date, time, zone, form, period = (parts + ("",) * 5)[:5]
    if not date and period:
        return _x12_period(form, period.strip())
    moment = read_date(date) if date else None
    clock = read_time(time) + (X12_ZONES.get(zone) or (f" {zone}" if zone and zone != "LT" else "")) if time else None
    return Moment(on=moment, time=clock)


def _x12_period(form: str, text: str) -> Moment:
    if form == "RD8":
        return _window(text, 8)
    if form in {"D8", "D6"}:
        return Moment(on=read_date(text))
    if form in {"RD6", "RDT", "DT"}:
        return _window(text, 12 if form == "RDT" else 6) if form != "DT" else _instant(text)
    if form in {"CM", "YM"}:
        return _month(_digits(text, 6))
    raise ValueError(f"is a period in format {form or 'none'}, which is no date the hub reads")


_X12_CODES = {offset: code for code, offset in reversed(X12_ZONES.items())}


def write_x12(moment: Moment) -> list[str]:
    """DTM02-06 of a moment; a window as RD8."""
    assert moment.on is not None
    if moment.until_on is not None:
        return ["", "", "", "RD8", f"{write_date(moment.on)}-{write_date(moment.until_on)}"]
    if not moment.time:
        return [write_date(moment.on)]
    clock, zone = split_zone(moment.time)
    code = _X12_CODES.get(zone, zone if zone.isalpha() else "")
    return [write_date(moment.on), write_time(clock), *([code] if code else [])]


def of_members(on: object, time: object, until_on: object = None, until_time: object = None) -> Moment | None:
    """A moment from canonical members; None where there is no day."""
    if not on:
        return None
    return Moment(
        on=as_date(on),
        time=str(time) if time else None,
        until_on=as_date(until_on) if until_on else None,
        until_time=str(until_time) if until_time else None,
    )
