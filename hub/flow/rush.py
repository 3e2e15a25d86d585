"""Callers come first: work that nobody waits for makes room while somebody does.

Python runs one thread at a time, and the edge needs its turn several times for every request. Workers that begin a job in
between make each of those turns wait; a job that begins some milliseconds later delays nobody.
"""

from __future__ import annotations

import time
from types import TracebackType

LONGEST = 0.25
"""Seconds that a job waits at most: whatever arrives, what has arrived goes on."""
_STEP = 0.004


class Rush:
    """How many callers wait for an answer now. Entered and left by one thread, the edge's; any thread may ask."""

    def __init__(self) -> None:
        self._callers = 0

    def __enter__(self) -> None:
        self._callers += 1

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._callers -= 1

    def give_way(self, longest: float = LONGEST) -> None:
        """Return when nobody waits, after `longest` seconds in any case."""
        until = time.monotonic() + longest
        while self._callers and time.monotonic() < until:
            time.sleep(_STEP)
