"""Instants as the database keeps them: whole microseconds since 1970-01-01 UTC, so that both databases compare alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970; raises `ValueError` for an instant without an offset."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC instant of stored microseconds."""
    return _EPOCH + timedelta(microseconds=micros)


def rfc3339(micros: int | None) -> str | None:
    """A stored instant as `2026-01-31T08:15:00.123456Z`, None for none."""
    if micros is None:
        return None
    return from_micros(micros).isoformat(timespec="microseconds").replace("+00:00", "Z")
