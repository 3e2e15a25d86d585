"""A partner that usually sends by an hour of its day, and has not: one alert for that day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hub.flow.clocks.calendar import clock_time, is_working_day, local_instant
from hub.flow.clocks.deadlines import calendar_of
from hub.flow.hub import Hub
from hub.routing.site import Partner
from hub.store.instants import to_micros

KEPT = timedelta(days=7)


def watch_silence(hub: Hub) -> int:
    """Tell of every partner that is silent today; how many. Each day of each partner is decided once, in whichever process."""
    told = 0
    for partner in hub.site.partners.values():
        today = _day_to_judge(partner, hub)
        if today is not None:
            told += _judge(partner, today, hub)
    return told


def mark_of(partner: str, day: date) -> str:
    """The name under which a day of a partner is written down as decided."""
    return f"silence {partner} {day.isoformat()}"


def day_begins(partner: str, day: date, hub: Hub) -> int:
    """The first instant of a partner's day, in microseconds."""
    return to_micros(local_instant(day, timedelta(0), calendar_of(partner, hub)[1]))


def _day_to_judge(partner: Partner, hub: Hub) -> date | None:
    """The partner's present day, where it works and its hour has come; None otherwise."""
    usual_by = partner.calendar.usual_by
    if usual_by is None or partner.state == "off":
        return None
    _, zone = calendar_of(partner.id, hub)
    now = hub.now()
    today = now.astimezone(zone).date()
    is_time = is_working_day(today, partner.calendar) and _hour(usual_by, today, partner.id, hub) <= now
    return today if is_time else None


def _hour(usual_by: str, day: date, partner: str, hub: Hub) -> datetime:
    return local_instant(day, clock_time(usual_by), calendar_of(partner, hub)[1])


def _judge(partner: Partner, day: date, hub: Hub) -> bool:
    """Decide about one day; whether it is told that the partner is silent."""
    mark, begins, is_test = mark_of(partner.id, day), day_begins(partner.id, day, hub), partner.state == "test"
    with hub.read() as view:
        if view.deadlines.is_marked(mark):
            return False
    with hub.transaction() as tx:
        if not tx.deadlines.mark(mark):
            return False
        tx.deadlines.forget_marks(tx.now - KEPT // timedelta(microseconds=1))
        if tx.deadlines.heard_since(partner.id, begins, test=is_test):
            return False
        data = {"partner": partner.id, "day": day.isoformat(), "usual_by": partner.calendar.usual_by}
        tx.audit.silent(partner.id, day=day.isoformat(), usual_by=partner.calendar.usual_by or "")
        tx.events.tell("partner.silent", test=is_test, data=data)
    return True
