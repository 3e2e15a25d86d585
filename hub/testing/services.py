"""The clock and the secrets a connector is lent, under the test's control."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from hub.errors import HubError

START = datetime(2026, 9, 24, 12, 0, tzinfo=UTC)


class FrozenClock:
    """A clock that moves only when told."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def __call__(self) -> datetime:
        """The frozen instant."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move; a negative number sets the clock back, as an operator may."""
        self._now += timedelta(seconds=seconds)


class FakeServices:
    """`hub.ports.Services` over a frozen clock and a few secrets."""

    def __init__(self, clock: FrozenClock | None = None, secrets: Mapping[str, str] | None = None) -> None:
        self.clock = clock or FrozenClock()
        self._secrets = dict(secrets or {})

    def now(self) -> datetime:
        """The frozen instant."""
        return self.clock()

    def secret(self, name: str) -> str:
        """The secret of that name."""
        try:
            return self._secrets[name]
        except KeyError:
            raise HubError(f"there is no secret {name!r}", "set it where the site keeps its secrets", code="SEC-404") from None
