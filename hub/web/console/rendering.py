"""Templates: everything escaped, times in the site's zone, nothing undefined passed over in silence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from hub.flow.hub import Hub
from hub.web.console import words
from hub.web.console.static import address_of


class Rendering:
    """The templates of one hub's console."""

    def __init__(self, hub: Hub, zone: ZoneInfo) -> None:
        self._hub = hub
        self._zone = zone
        self._templates = Environment(
            loader=PackageLoader("hub.web.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.globals |= {
            "words": words,
            "address_of": address_of,
            "site_name": hub.site.file.name,
            "zone_name": zone.key,
        }
        self._templates.filters |= {
            "local": self._local,
            "clock": self._clock,
            "utc": _utc,
            "age": self._age,
            "partner": self._partner,
            "sender": self.sender,
            "prose": _prose,
        }

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        """The page."""
        return self._templates.get_template(template).render(values)

    def _local(self, instant: str) -> str:
        return f"{self._at(instant):%d %b %Y %H:%M:%S}"

    def _clock(self, instant: str) -> str:
        """As short as it is clear: the time of a moment of today, else the day too."""
        at, now = self._at(instant), self._hub.now().astimezone(self._zone)
        if at.date() == now.date():
            return f"{at:%H:%M}"
        return f"{at:%d %b %H:%M}" if at.year == now.year else f"{at:%d %b %Y}"

    def _age(self, instant: str) -> str:
        return words.span((self._hub.now() - datetime.fromisoformat(instant)).total_seconds())

    def _partner(self, slug: str | None) -> str:
        found = self._hub.site.partners.get(slug or "")
        return (found.name or found.id) if found is not None else (slug or "unknown")

    def sender(self, item: Mapping[str, Any]) -> str:
        """Whose item it is; of what names nobody, whose connection it came over, which is said so."""
        if item["partner"]:
            return self._partner(item["partner"])
        over = self._hub.site.connections.get(item["connection"] or "")
        return f"unknown, over {self._partner(over.partner)}" if over is not None and over.partner else "unknown"

    def _at(self, instant: str) -> datetime:
        return datetime.fromisoformat(instant).astimezone(self._zone)


def _prose(text: str) -> Markup:
    """A sentence as HTML, what stands between backticks as something to type."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts))


def _utc(instant: str) -> str:
    return f"{instant[:19].replace('T', ' ')} UTC"
