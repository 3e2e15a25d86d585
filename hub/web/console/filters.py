"""The filters of the audit log as they stand in the address, and as the store is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from hub.store.instants import to_micros
from hub.store.message_items import ATTENTION, MessageFilter
from hub.web.console import words

NAMES = ("q", "direction", "partner", "type", "light", "state", "env", "attention", "from", "to")
"""Every filter, in the order of the address; `after` and `before` say which page of it."""
LONGEST = 200
_WORDS = {
    "q": "contains", "direction": "direction", "partner": "partner", "type": "type", "light": "light", "state": "state",
    "env": "environment", "attention": "attention", "from": "from", "to": "to",
}  # fmt: skip
_LIGHT_STATES = ("failed", "overdue", "waiting", "ok", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is asked for. `given` has only what is known and not empty; `ignored` names what could not be understood."""

    given: Mapping[str, str]
    ignored: tuple[str, ...]
    wanted: MessageFilter

    def address(self, **changes: str) -> str:
        """The address of the same list with other values; an empty value takes a filter away, and every change begins at the top."""
        values = {name: value for name, value in ({**self.given, **changes}).items() if value}
        return f"/admin/edi?{urlencode(values)}" if values else "/admin/edi"

    def chips(self, partners: Mapping[str, str]) -> list[dict[str, str]]:
        """Each filter in words, and the address without it."""
        return [
            {"name": _WORDS[name], "value": _said(name, value, partners), "without": self.address(**{name: ""})}
            for name, value in self.given.items()
        ]


def filters_of(query: Mapping[str, list[str]], zone: ZoneInfo) -> Filters:
    """The filters in an address. What is not understood is left out, and said so: a stale link still shows something."""
    given: dict[str, str] = {}
    ignored: list[str] = []
    values: dict[str, Any] = {}
    for name in NAMES:
        value = next(iter(query.get(name, ())), "").strip()[:LONGEST]
        if not value:
            continue
        found = _asked(name, value, zone)
        if found is None:
            ignored.append(f"{_WORDS[name]} “{value[:40]}”")
        else:
            given[name] = value
            values |= found
    ignored += [f"“{name[:40]}”" for name in query if name not in {*NAMES, "after", "before"}]
    return Filters(given=given, ignored=tuple(ignored), wanted=MessageFilter(**values))


def light_options() -> list[tuple[str, list[tuple[str, str]]]]:
    """Lights and their states, for a list to choose from."""
    return [
        (word, [(f"{light}:{state}", f"{word}: {words.LIGHT_STATES[state]}") for state in _LIGHT_STATES[:4]])
        for light, word in words.LIGHTS.items()
    ]


def _asked(name: str, value: str, zone: ZoneInfo) -> dict[str, Any] | None:
    if name in {"from", "to"}:
        return _day(name, value, zone)
    if not value.isprintable():
        return None
    if name == "light":
        light, _, state = value.partition(":")
        return {"light": value} if light in words.LIGHTS and state in _LIGHT_STATES else None
    if name == "env":
        return {"test": value == "test"} if value in {"test", "live"} else None
    known = {"direction": words.DIRECTIONS, "state": words.STATES, "attention": ATTENTION}.get(name)
    if known is not None and value not in known:
        return None
    return {{"q": "text", "type": "message"}.get(name, name): value}


def _day(name: str, value: str, zone: ZoneInfo) -> dict[str, Any] | None:
    """The first instant of a day, or of the day after it: `to` includes its day."""
    try:
        day = date.fromisoformat(value)
        start = datetime.combine(day + timedelta(days=name == "to"), time(), zone)
        return {"since" if name == "from" else "until": to_micros(start)}
    except (ValueError, OverflowError):
        return None


def _said(name: str, value: str, partners: Mapping[str, str]) -> str:
    if name == "light":
        light, _, state = value.partition(":")
        return f"{words.LIGHTS[light]} {words.LIGHT_STATES[state]}"
    if name == "attention":
        return words.ATTENTION[value][0].lower()
    if name == "type" and value in words.TYPES:
        return f"{value} {words.TYPES[value]}"
    return {"state": words.STATES, "partner": partners}.get(name, {}).get(value, value)
