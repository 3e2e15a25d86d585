"""Instants inside sentences."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def moment(instant: str, zone: ZoneInfo) -> str:
    """Such as "22 Nov 2026 at 08:12", in the site's zone."""
    return f"{datetime.fromisoformat(instant).astimezone(zone):%d %b %Y at %H:%M}"
