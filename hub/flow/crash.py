"""Named places at which a test may kill the process, so that nothing-is-lost is proven where it is hardest."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping

POINTS = (
    "after-blob",
    "after-keep",
    "before-release",
    "after-claim",
    "before-acknowledge-commit",
    "after-acknowledge",
    "before-message-commit",
    "after-message",
    "before-send",
    "after-prepare",
    "after-send",
    "after-delivery",
    "after-sweep",
)
"""Every point, in the order in which a message passes them."""


NEVER = 1_000_000
"""As many crashes as no message lives through: the limit of a hub that is killed on purpose."""


class CrashPoints:
    """Kills this process with SIGKILL the nth time it reaches one named point; does nothing unless it was asked to."""

    def __init__(self, plan: str = "") -> None:
        """`plan` is empty, or `POINT:NTH`; raises `ValueError` for a point that does not exist."""
        point, _, nth = plan.partition(":")
        if plan and point not in POINTS:
            raise ValueError(f"no crash point {point}; there are {', '.join(POINTS)}")
        self._point = point
        self._left = int(nth or "1")
        self._lock = threading.Lock()

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> CrashPoints:
        """The plan of `EDIHUB_KILL`, empty in every ordinary run."""
        return cls(environment.get("EDIHUB_KILL", ""))

    def __call__(self, point: str) -> None:
        """Pass `point`, or die there."""
        if point != self._point:
            return
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
