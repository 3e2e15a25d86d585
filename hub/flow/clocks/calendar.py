"""When a deadline ends that runs only while a partner is open.

A minute is open when the clock on the partner's wall shows a working day, no holiday, and an hour within `hours`. A span counts open
time that really passes: the hour that a summer time repeats counts twice, the one it leaves out does not count. So `24h` on a
calendar without hours is one working day, and with `hours: 08:00-16:00` a working day is `8h`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.routing.partner_file import Calendar

WARN_AT = 0.75
"""The part of a span after which somebody is warned."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def due_at(start: datetime, span: timedelta, calendar: Calendar, zone: ZoneInfo) -> datetime:
    """The first instant (UTC) at which `span` of open time has passed since `start` (aware).

    A span of nothing ends where it starts, open or not. Raises `OverflowError` past the year 9999.
    """
    start = start.astimezone(UTC)
    if span <= timedelta(0) or _is_always_open(calendar):
        return start + max(span, timedelta(0))
    for begin, end in open_stretches(start, calendar, zone):
        if span <= end - begin:
            return begin + span
        span -= end - begin
    raise OverflowError("the calendar never opens")


def warn_at(start: datetime, span: timedelta, calendar: Calendar, zone: ZoneInfo) -> datetime:
    """When three quarters of the span have passed."""
    return due_at(start, span * WARN_AT, calendar, zone)


def open_stretches(start: datetime, calendar: Calendar, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of open time from `start` on (UTC), in their order; two may touch."""
    opens, closes = hours_of(calendar)
    for begin, end in _even_stretches(start.astimezone(UTC), zone):
        offset = _offset(begin, zone)
        # within a stretch of one offset, the clock on the wall is simple arithmetic
        first, last = (begin + offset).replace(tzinfo=None), (end + offset).replace(tzinfo=None)
        day = first.date()
        while (midnight := datetime.combine(day, time())) < last:
            window = max(first, midnight + opens), min(last, midnight + closes)
            if window[0] < window[1] and is_working_day(day, calendar):
                yield window[0].replace(tzinfo=UTC) - offset, window[1].replace(tzinfo=UTC) - offset
            day += _DAY


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Whether a local date is one of the partner's days and no holiday."""
    return _NAMES[day.weekday()] in calendar.days and day not in calendar.holidays


def hours_of(calendar: Calendar) -> tuple[timedelta, timedelta]:
    """From when to when a working day is open, counted from its midnight on the wall clock."""
    opens, closes = calendar.hours.split("-")
    return clock_time(opens), clock_time(closes)


def clock_time(text: str) -> timedelta:
    """`07:30` as the time since midnight on the wall clock; `24:00` is the end of the day."""
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def local_instant(day: date, clock: timedelta, zone: ZoneInfo) -> datetime:
    """The first instant (UTC) at which the wall clock shows this time of this date, or has passed it where it is left out."""
    wall = datetime.combine(day, time()) + clock
    early = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
        return early
    # the clock jumps over it: the moment of the jump
    return _change(early - _DAY, early + _DAY, zone)


def _is_always_open(calendar: Calendar) -> bool:
    return not calendar.holidays and calendar.hours == "00:00-24:00" and set(calendar.days) == set(_NAMES)


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _even_stretches(start: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Stretches of at most a day, one after another, each with one offset from UTC."""
    while True:
        end = start + _DAY
        if _offset(start, zone) != _offset(end, zone):
            end = _change(start, end, zone)
        yield start, end
        start = end


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the offset is no longer the one of `low`; it differs at `high`."""
    before = _offset(low, zone)
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        if _offset(middle, zone) == before:
            low = middle
        else:
            high = middle
    return _whole_second(high)


def _whole_second(instant: datetime) -> datetime:
    """Offsets change on whole seconds; the search stops within one after the change."""
    return instant.replace(microsecond=0)
