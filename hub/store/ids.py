"""Ids that sort by creation: a prefix that says what it names, the time in microseconds, and 32 random bits."""

from __future__ import annotations

import secrets
import threading
import time


class IdMaker:
    """Makes ids that never repeat and, within one process, always grow; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def new(self, prefix: str) -> str:
        """Return for example `msg_0006419e5a3c1f1a2b3c4d`."""
        now = time.time_ns() // 1000
        with self._lock:
            self._last = now = max(now, self._last + 1)
        return f"{prefix}_{now:014x}{secrets.randbits(32):08x}"
