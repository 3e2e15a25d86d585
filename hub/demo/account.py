"""What the demo says while it runs: one plain line for each thing that happened, with its time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import TextIO


class Account:
    """Prints a line per step, and remembers what did not hold."""

    def __init__(self, out: TextIO = sys.stdout, now: Callable[[], datetime] = datetime.now) -> None:
        self._out = out
        self._now = now

    def say(self, text: str = "") -> None:
        """A line without a time: headings, addresses, hints."""
        print(text, file=self._out, flush=True)

    def tell(self, route: str, what: str) -> None:
        """A thing that happened: between whom, and what."""
        print(f"{self._now():%H:%M:%S}  {route:<18} {what}", file=self._out, flush=True)
