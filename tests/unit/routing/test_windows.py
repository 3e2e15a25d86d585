"""Hours of a partner's day, on the partner's clock, over midnight and over the changes of the clock."""

from __future__ import annotations

from datetime import datetime

import pytest

from hub.routing.windows import next_open


@pytest.mark.parametrize(
    ("daily", "zone", "at", "expected"),
    [
        (None, "UTC", "2026-09-24T03:00:00+00:00", "2026-09-24T03:00:00+00:00"),
        ("06:00-22:00", "UTC", "2026-09-24T05:59:59+00:00", "2026-09-24T06:00:00+00:00"),
        ("06:00-22:00", "UTC", "2026-09-24T06:00:00+00:00", "2026-09-24T06:00:00+00:00"),
        ("06:00-22:00", "UTC", "2026-09-24T21:59:59+00:00", "2026-09-24T21:59:59+00:00"),
        ("06:00-22:00", "UTC", "2026-09-24T22:00:00+00:00", "2026-09-25T06:00:00+00:00"),
        ("06:00-22:00", "Europe/Bucharest", "2026-09-24T03:00:00+00:00", "2026-09-24T03:00:00+00:00"),
        ("06:00-22:00", "America/New_York", "2026-09-24T03:00:00+00:00", "2026-09-24T10:00:00+00:00"),
        ("22:00-06:00", "UTC", "2026-09-24T23:30:00+00:00", "2026-09-24T23:30:00+00:00"),
        ("22:00-06:00", "UTC", "2026-09-24T05:59:00+00:00", "2026-09-24T05:59:00+00:00"),
        ("22:00-06:00", "UTC", "2026-09-24T06:00:00+00:00", "2026-09-24T22:00:00+00:00"),
        # the clock jumps from two to three on 29 March 2026: half past two is half past three
        ("02:30-04:30", "Europe/Berlin", "2026-03-29T00:50:00+00:00", "2026-03-29T01:30:00+00:00"),
        # and from three to two on 25 October 2026: half past two comes twice, the first one counts
        ("02:30-04:00", "Europe/Berlin", "2026-10-25T00:10:00+00:00", "2026-10-25T00:30:00+00:00"),
    ],
)
def test_when_a_connection_may_be_polled_next(daily, zone, at, expected):
    assert next_open(daily, zone, datetime.fromisoformat(at)) == datetime.fromisoformat(expected)
