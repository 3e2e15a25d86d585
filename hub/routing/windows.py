"""Hours of a partner's day: `06:00-22:00`, or over midnight `22:00-06:00`, on the clock on the partner's wall."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_open(daily: str | None, zone: str, at: datetime) -> datetime:
    """`at` itself when it lies within the hours (their end excluded), else when they begin next; `at` is aware.

    A beginning that the clock jumps over in spring comes when the clock has jumped.
    """
    if daily is None:
        return at
    begin, end = (time.fromisoformat(part) for part in daily.split("-"))
    local = at.astimezone(ZoneInfo(zone or "UTC"))
    now = local.time()
    if begin == end or (begin <= now < end if begin < end else now >= begin or now < end):
        return at
    day = local.date() if now < begin else local.date() + timedelta(days=1)
    return datetime.combine(day, begin, local.tzinfo).astimezone(at.tzinfo)
