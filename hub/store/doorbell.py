"""How a commit wakes the workers. A lost ring costs a sweeper's interval, never a message: the rows are the truth."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Protocol


class Doorbell(Protocol):
    """Rings lanes after a commit; a waiter may be woken for nothing."""

    def ring(self, lanes: Iterable[str]) -> None:
        """Say that there is work in these lanes."""

    def wait(self, lane: str, seconds: float) -> bool:
        """Return once the lane was rung since the last wait, or after `seconds`; True when it was rung."""
        ...


class ThreadDoorbell:
    """The doorbell of one process: an event per lane."""

    def __init__(self) -> None:
        self._events: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def ring(self, lanes: Iterable[str]) -> None:
        """Wake one waiter of each lane, or the next to come."""
        for lane in lanes:
            self._event(lane).set()

    def wait(self, lane: str, seconds: float) -> bool:
        """Wait for a ring; the first waiter that wakes takes it."""
        event = self._event(lane)
        rung = event.wait(seconds)
        event.clear()
        return rung

    def _event(self, lane: str) -> threading.Event:
        event = self._events.get(lane)
        if event is None:
            with self._lock:
                event = self._events.setdefault(lane, threading.Event())
        return event
