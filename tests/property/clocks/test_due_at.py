"""A deadline against a clock that is watched minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.flow.clocks.calendar import due_at, is_working_day, local_instant, open_stretches, warn_at
from hub.routing.partner_file import Calendar

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = timedelta(minutes=1)
# half an hour of summer time on Lord Howe, none in UTC, the southern half of the year in Santiago, changes at midnight in Beirut
ZONES = (
    "UTC",
    "Europe/Bucharest",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Beirut",
    "Asia/Kolkata",
)
CHANGES_2026 = tuple(
    datetime(2026, *day, tzinfo=UTC) for day in ((3, 8), (3, 28), (4, 4), (10, 3), (10, 24), (10, 31), (6, 15))
)


def is_open(instant, calendar, zone):
    wall = instant.astimezone(zone)
    opens, closes = calendar.hours.split("-")
    return is_working_day(wall.date(), calendar) and opens <= f"{wall:%H:%M}" < closes


def watched(start, minutes, calendar, zone):
    """Wait minute by minute until so many open ones have passed."""
    now = start
    while minutes:
        minutes -= is_open(now, calendar, zone)
        now += MINUTE
    return now


@st.composite
def calendars(draw):
    days = tuple(draw(st.lists(st.sampled_from(DAYS), min_size=2, max_size=7, unique=True)))
    opens = draw(st.integers(0, 23 * 60))
    closes = draw(st.integers(opens + 60, 24 * 60))
    holidays = draw(st.lists(st.sampled_from(CHANGES_2026).map(lambda at: at.date() + timedelta(days=1)), max_size=2))
    hours = f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"
    return Calendar(days=days, hours=hours, holidays=tuple(holidays))


starts = st.builds(
    lambda base, minutes: base + timedelta(minutes=minutes), st.sampled_from(CHANGES_2026), st.integers(-1500, 1500)
)


@settings(max_examples=150)
@given(starts, st.integers(1, 1500), calendars(), st.sampled_from(ZONES).map(ZoneInfo))
def test_a_deadline_ends_when_a_watched_clock_has_counted_its_open_minutes(start, minutes, calendar, zone):
    assert due_at(start, timedelta(minutes=minutes), calendar, zone) == watched(start, minutes, calendar, zone)


@settings(max_examples=150)
@given(starts, st.timedeltas(timedelta(0), timedelta(days=9)), st.timedeltas(timedelta(0), timedelta(days=9)), calendars())
def test_two_spans_one_after_the_other_are_one_span(start, first, second, calendar):
    zone = ZoneInfo("Europe/Bucharest")
    assert due_at(due_at(start, first, calendar, zone), second, calendar, zone) == due_at(start, first + second, calendar, zone)


@settings(max_examples=100)
@given(starts, st.timedeltas(timedelta(minutes=1), timedelta(days=30)), calendars(), st.sampled_from(ZONES).map(ZoneInfo))
def test_the_warning_comes_before_the_deadline_and_both_while_open(start, span, calendar, zone):
    warned, due = warn_at(start, span, calendar, zone), due_at(start, span, calendar, zone)
    assert start < warned < due
    for instant in (warned, due):
        assert is_open(instant - timedelta(microseconds=1), calendar, zone)


@settings(max_examples=100)
@given(starts, calendars(), st.sampled_from(ZONES).map(ZoneInfo))
def test_open_stretches_come_in_order_and_never_overlap(start, calendar, zone):
    stretches = open_stretches(start, calendar, zone)
    end = start
    for begin, until in (next(stretches) for _ in range(12)):
        assert end <= begin < until
        end = until


WEEK = Calendar(days=("mon", "tue", "wed", "thu", "fri"), hours="08:00-16:00", holidays=(date(2026, 12, 1),))
BUCHAREST = ZoneInfo("Europe/Bucharest")


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-09-24T10:00+03:00", timedelta(hours=2), "2026-09-24T12:00+03:00"),
        ("2026-09-24T15:00+03:00", timedelta(hours=2), "2026-09-25T09:00+03:00"),
        ("2026-09-25T15:30+03:00", timedelta(hours=1), "2026-09-28T08:30+03:00"),
        ("2026-09-26T03:00+03:00", timedelta(hours=8), "2026-09-28T16:00+03:00"),
        # summer time ends on Sunday 25 October: the wall clock says the same, an hour more has passed
        ("2026-10-23T15:00+03:00", timedelta(hours=2), "2026-10-26T09:00+02:00"),
        # 1 December is Romania's national day
        ("2026-11-30T15:00+02:00", timedelta(hours=2), "2026-12-02T09:00+02:00"),
        ("2026-09-26T03:00+03:00", timedelta(0), "2026-09-26T03:00+03:00"),
    ],
)
def test_working_hours_weekends_holidays_and_summer_time(start, span, due):
    assert due_at(datetime.fromisoformat(start), span, WEEK, BUCHAREST) == datetime.fromisoformat(due)


def test_the_repeated_hour_counts_twice_and_the_missing_one_not_at_all():
    night = Calendar(hours="02:00-05:00")
    autumn = datetime.fromisoformat("2026-10-25T02:00+03:00")
    assert due_at(autumn, timedelta(hours=4), night, BUCHAREST) == datetime.fromisoformat("2026-10-25T05:00+02:00")
    spring = datetime.fromisoformat("2026-03-29T02:00+02:00")
    assert due_at(spring, timedelta(hours=2), night, BUCHAREST) == datetime.fromisoformat("2026-03-29T05:00+03:00")


def test_a_time_of_day_is_found_once_also_where_the_clock_repeats_or_skips_it():
    hours = timedelta(hours=3, minutes=30)
    assert local_instant(date(2026, 10, 25), hours, BUCHAREST) == datetime.fromisoformat("2026-10-25T03:30+03:00")
    assert local_instant(date(2026, 3, 29), hours, BUCHAREST) == datetime.fromisoformat("2026-03-29T04:00+03:00")
    assert local_instant(date(2026, 9, 24), timedelta(hours=24), BUCHAREST) == datetime.fromisoformat("2026-09-25T00:00+03:00")
