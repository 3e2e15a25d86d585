"""Callers come first: work that nobody waits for makes room while somebody does, for a moment.

Python runs one thread at a time, and the edge needs its turn several times for every request. Workers that begin a batch in
between make each of those turns wait; a batch that begins some milliseconds later delays nobody. Where callers never cease there
is no better moment to wait for: then both sides share the machine, and what arrives is done as fast as it comes.
"""

from __future__ import annotations

import threading
from types import TracebackType

LONGEST = 0.005
"""Seconds that a batch of jobs waits at most: whatever arrives, what has arrived goes on."""
LATE = 1.0
"""Seconds after which a job waits for nobody any more."""


class Rush:
    """How many callers wait for an answer now. Entered and left by one thread, the edge's; any thread may ask."""

    def __init__(self) -> None:
        self._callers = 0
        self._quiet = threading.Event()
        self._quiet.set()

    def __enter__(self) -> None:
        self._callers += 1
        if self._callers == 1:
            self._quiet.clear()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._callers -= 1
        if not self._callers:
            self._quiet.set()

    def give_way(self, waited: float = 0.0, *, longest: float = LONGEST) -> None:
        """Return when no caller waits, after `longest` seconds in any case, and at once for work that has `waited` long enough."""
        if waited < LATE:
            self._quiet.wait(longest)
