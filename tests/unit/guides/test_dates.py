"""Every way of writing a date that partners use, read and written; nothing is invented."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.guides.moments import Moment, read_edifact, read_x12, write_edifact, write_x12

DAY = dt.date(2026, 9, 24)


@pytest.mark.parametrize(
    ("text", "form", "moment"),
    [
        ("20260924", "102", Moment(on=DAY)),
        ("260924", "101", Moment(on=DAY)),
        ("240926", "2", Moment(on=DAY)),
        ("24092026", "4", Moment(on=DAY)),
        ("202609241015", "203", Moment(on=DAY, time="10:15")),
        ("20260924101530", "204", Moment(on=DAY, time="10:15:30")),
        ("202609241015+02", "303", Moment(on=DAY, time="10:15+02:00")),
        ("202609241015UTC", "303", Moment(on=DAY, time="10:15+00:00")),
        ("202609241015CET", "303", Moment(on=DAY, time="10:15 CET")),
        ("20260924101500+0530", "304", Moment(on=DAY, time="10:15:00+05:30")),
        ("20260924-20260930", "718", Moment(on=DAY, until_on=dt.date(2026, 9, 30))),
        ("2026092420260930", "718", Moment(on=DAY, until_on=dt.date(2026, 9, 30))),
        ("202640", "616", Moment(on=dt.date(2026, 9, 28), until_on=dt.date(2026, 10, 4))),
        ("202602", "610", Moment(on=dt.date(2026, 2, 1), until_on=dt.date(2026, 2, 28))),
        ("20260924", "", Moment(on=DAY)),
        ("260924", "", Moment(on=DAY)),
        ("980615", "101", Moment(on=dt.date(1998, 6, 15))),
        ("199708301200", "102", Moment(on=dt.date(1997, 8, 30), time="12:00")),
    ],
)
def test_edifact_formats(text: str, form: str, moment: Moment) -> None:
    assert read_edifact(text, form) == moment


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("20260230", "102"),
        ("2026", "102"),
        ("202699", "616"),
        ("x", "203"),
        ("20260924", "804"),
        ("99999", ""),
        ("٢٠٢٦٠٩٢٤", "102"),
    ],
)
def test_what_is_no_date_is_refused(text: str, form: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_edifact(text, form)


@pytest.mark.parametrize(
    ("parts", "moment"),
    [
        (("20260924",), Moment(on=DAY)),
        (("260924",), Moment(on=DAY)),
        (("20260924", "1015"), Moment(on=DAY, time="10:15")),
        (("20260924", "101530", "UT"), Moment(on=DAY, time="10:15:30+00:00")),
        (("20260924", "1015", "ES"), Moment(on=DAY, time="10:15-05:00")),
        (("20260924", "1015", "LT"), Moment(on=DAY, time="10:15")),
        (("", "", "", "RD8", "20260924-20260930"), Moment(on=DAY, until_on=dt.date(2026, 9, 30))),
        (("", "", "", "D8", "20260924"), Moment(on=DAY)),
    ],
)
def test_x12_forms(parts: tuple[str, ...], moment: Moment) -> None:
    assert read_x12(parts) == moment


moments = st.one_of(
    st.builds(Moment, on=st.dates(dt.date(1960, 1, 1), dt.date(2059, 12, 31))),
    st.builds(
        Moment,
        on=st.dates(dt.date(2000, 1, 1), dt.date(2059, 12, 31)),
        time=st.builds(
            lambda hour, minute, second, zone: f"{hour:02}:{minute:02}{second}{zone}",
            st.integers(0, 23),
            st.integers(0, 59),
            st.sampled_from(["", ":00", ":59"]),
            st.sampled_from(["", "+00:00", "-05:00"]),
        ),
    ),
    st.builds(
        lambda on, days: Moment(on=on, until_on=on + dt.timedelta(days=days)),
        st.dates(dt.date(2000, 1, 1), dt.date(2050, 12, 31)),
        st.integers(0, 400),
    ),
)


@given(moments)
def test_what_is_written_is_read_back(moment: Moment) -> None:
    assert read_edifact(*write_edifact(moment)) == moment
    assert read_x12(tuple(write_x12(moment))) == moment
