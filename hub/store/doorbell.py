"""How a commit wakes the workers. A lost ring costs a sweeper's interval, never a message: the rows are the truth."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Protocol


class Doorbell(Protocol):
    """Rings lanes after a commit; a waiter may be woken for nothing. `ring` never raises and never waits for anybody."""

    def ring(self, lanes: Iterable[str]) -> None:
        """Say that there is work in these lanes."""

    def wait(self, lane: str, seconds: float) -> bool:
        """Return once the lane was rung since the last wait, or after `seconds`; True when it was rung."""
        ...

    def answer(self) -> None:
        """From now on hear the rings of other processes too."""

    def fault(self) -> str:
        """Why rings do not reach other processes at present; empty while they do."""
        ...

    def close(self) -> None:
        """Let go of threads and sockets; may be called twice."""


class _Lane:
    """One lane: whether it was rung, and who waits for it."""

    __slots__ = ("change", "is_rung")

    def __init__(self) -> None:
        self.change = threading.Condition()
        self.is_rung = False


class ThreadDoorbell:
    """The doorbell of one process. A ring wakes one waiter: whoever finds more than it can do rings again."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self._lock = threading.Lock()

    def ring(self, lanes: Iterable[str]) -> None:
        """Wake one waiter of each lane, or the next to come."""
        for name in lanes:
            lane = self._lane(name)
            with lane.change:
                lane.is_rung = True
                lane.change.notify()

    def wait(self, lane: str, seconds: float) -> bool:
        """Wait for a ring; the waiter that wakes takes it."""
        found = self._lane(lane)
        with found.change:
            if not found.is_rung:
                found.change.wait(seconds)
            rung, found.is_rung = found.is_rung, False
        return rung

    def answer(self) -> None:
        """There is no other process."""

    def fault(self) -> str:
        """Nothing can be in the way."""
        return ""

    def close(self) -> None:
        """There is nothing to let go of."""

    def _lane(self, name: str) -> _Lane:
        lane = self._lanes.get(name)
        if lane is None:
            with self._lock:
                lane = self._lanes.setdefault(name, _Lane())
        return lane
