"""Callers come first: work that nobody waits for makes room while somebody does, for a moment.

Python runs one thread at a time, and the edge needs its turn several times for every request. Workers that begin a batch in
between make each of those turns wait; a batch that begins some milliseconds later delays nobody. Where callers never cease there
is no better moment to wait for: then both sides share the machine, and what arrives is done as fast as it comes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

LONGEST = 0.005
"""Seconds that a batch of jobs waits at most: whatever arrives, what has arrived goes on."""
LATE = 1.0
"""Seconds after which a job waits for nobody any more."""
CROWDED = 0.4
"""The share of its time that the edge works on requests (decrypts, verifies, signs) from which on it is the edge that holds things up."""
BREATHER = 0.02
"""Seconds that each job then leaves to the edge: what was taken is done a little later, and more is taken."""
BUSY = 0.1
"""The share from which on nobody takes several jobs before the edge has its turn again."""
_LOOK = 0.05


class Rush:
    """How many callers wait for an answer now. Entered and left by one thread, the edge's; any thread may ask."""

    def __init__(self) -> None:
        self._callers = 0
        self._quiet = threading.Event()
        self._quiet.set()
        self._worked = 0.0
        self._looked_at = time.monotonic()
        self._share = 0.0

    def __enter__(self) -> None:
        self._callers += 1
        if self._callers == 1:
            self._quiet.clear()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._callers -= 1
        if not self._callers:
            self._quiet.set()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The edge works on a request itself, and waits for nothing."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self._worked += time.monotonic() - begun

    @property
    def is_busy(self) -> bool:
        """Whether the edge itself has been at work on requests of late."""
        return self._share > BUSY

    def make_room(self) -> None:
        """Return at once, or after a breather while the edge is crowded."""
        now = time.monotonic()
        if now - self._looked_at >= _LOOK:
            self._share, self._worked, self._looked_at = self._worked / (now - self._looked_at), 0.0, now
        if self._share > CROWDED:
            time.sleep(BREATHER)

    def give_way(self, waited: float = 0.0, *, longest: float = LONGEST) -> None:
        """Return when no caller waits, after `longest` seconds in any case, and at once for work that has `waited` long enough."""
        if waited < LATE:
            self._quiet.wait(longest)
