"""Little memory for a process that opens a whole hub: nothing loaded that only a terminal needs, and one heap for all threads."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_M_ARENA_MAX = -8
_HEAPS = 1
_FOR_TERMINALS = ("rich", "pygments")


@contextmanager
def frugally() -> Iterator[None]:
    """Import and open a hub inside; before any thread has begun.

    structlog and httpx load rich, with pygments, for colours that no log of ours has (6 MB); both do without where it is not
    installed, which is how it looks to them meanwhile. The C library gives every thread a heap of its own, and what one of them freed
    is no use to another (8 MB after a message of 500 MB); threads that hold the interpreter in turn lose nothing by sharing one.
    """
    _share_one_heap()
    absent = [name for name in _FOR_TERMINALS if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # how Python marks a module that cannot be imported
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def _share_one_heap() -> None:
    """Where the C library is glibc; others have no such heaps, or no such setting."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, _HEAPS)
