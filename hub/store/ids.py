"""Ids that sort by creation: a prefix that says what it names, the time in microseconds, and 32 random bits."""

from __future__ import annotations

import os
import threading
import time

_DRAWN = 4096


class IdMaker:
    """Makes ids that never repeat and, within one process, always grow; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._random = ""
        self._owner = 0

    def new(self, prefix: str) -> str:
        """Return for example `msg_0006419e5a3c1f1a2b3c4d`."""
        now = time.time_ns() // 1000
        with self._lock:
            self._last = now = max(now, self._last + 1)
            # random bits are drawn for many ids at once, and never shared with a process that was forked off
            if not self._random or self._owner != os.getpid():
                self._random, self._owner = os.urandom(_DRAWN).hex(), os.getpid()
            bits, self._random = self._random[:8], self._random[8:]
        return f"{prefix}_{now:014x}{bits}"


def earlier(known: str, micros: int) -> str:
    """What sorts before every id of the same kind that was made less than so many microseconds before this one, and after older ones."""
    prefix, _, rest = known.rpartition("_")
    return f"{prefix}_{max(0, int(rest[:14], 16) - micros):014x}"
