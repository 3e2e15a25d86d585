"""When something between a partner and us is due, and when somebody is warned: a span on the partner's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from hub.flow.clocks.calendar import due_at, warn_at
from hub.flow.hub import Hub
from hub.routing.partner_file import Calendar
from hub.store.instants import from_micros, to_micros


@dataclass(frozen=True, slots=True)
class Deadline:
    """Both instants in microseconds since 1970."""

    warn: int
    due: int


def deadline(start: int, span: timedelta, partner: str, hub: Hub) -> Deadline:
    """The deadline of a span that begins at `start` (microseconds), on the calendar and in the time zone of the partner.

    A partner that is not known, or no longer, is always open.
    """
    calendar, zone = calendar_of(partner, hub)
    begin = from_micros(start)
    return Deadline(
        warn=to_micros(warn_at(begin, span, calendar, zone)),
        due=to_micros(due_at(begin, span, calendar, zone)),
    )


def calendar_of(partner: str, hub: Hub) -> tuple[Calendar, ZoneInfo]:
    """When a partner works, and by which clock."""
    known = hub.site.partners.get(partner)
    if known is None:
        return Calendar(), ZoneInfo("UTC")
    return known.calendar, ZoneInfo(known.time_zone or "UTC")


def light_columns(light: str, expected: Deadline | None) -> dict[str, int | None]:
    """The columns of a document that let a light's deadline run."""
    if expected is None:
        return {f"{light}_due": None, f"{light}_next": None}
    return {f"{light}_due": expected.due, f"{light}_next": expected.warn}


def in_words(micros: int) -> str:
    """A time that passed, in the two largest units: `2 h 5 min`, `3 d 4 h`, `40 s`."""
    seconds = max(0, micros // 1_000_000)
    parts = ((seconds // 86_400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"
