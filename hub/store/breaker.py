"""When a far side counts as dead, and when it is tried again: arithmetic on what the last attempts came to.

A connection is suspended after five failures in a row, or when half of its last twenty attempts failed. After 60 seconds one
delivery tries again; each time that fails the pause doubles, up to 15 minutes; the first that works ends it. A connection that
cannot be used as it is set up is suspended at the first attempt, and tried every 15 minutes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.store.instants import SECOND

IN_A_ROW = 5
WINDOW = 20
SHARE = 0.5
FIRST_PAUSE = 60 * SECOND
LONGEST_PAUSE = 900 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What is known of one far side. `recent` has an x for each attempt that failed and a dot for each that worked."""

    breaker: str = "closed"
    opened: int = 0
    failures: int = 0
    recent: str = ""
    open_until: int | None = None
    probe: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nothing but a trial is sent."""
        return self.breaker == "open"


def after_failure(seen: Endpoint, *, now: int, is_probe: bool, is_unusable: bool = False) -> Endpoint:
    """The state after an attempt did not get through; once suspended, only the trial counts."""
    first = LONGEST_PAUSE if is_unusable else FIRST_PAUSE
    if seen.is_open:
        return _suspended(seen, now, first) if is_probe else seen
    recent = (seen.recent + "x")[-WINDOW:]
    failed = replace(seen, failures=seen.failures + 1, recent=recent)
    is_dead = failed.failures >= IN_A_ROW or (len(recent) == WINDOW and recent.count("x") >= WINDOW * SHARE)
    return _suspended(failed, now, first) if is_dead or is_unusable else failed


def after_success(seen: Endpoint) -> Endpoint:
    """The state after an attempt got through, the trial's or any other."""
    if seen.is_open:
        return Endpoint()
    recent = (seen.recent + ".")[-WINDOW:]
    return Endpoint(recent=recent if "x" in recent else "")


def _suspended(seen: Endpoint, now: int, first: int) -> Endpoint:
    pause = min(LONGEST_PAUSE, first * 2 ** min(seen.opened, 10))
    return Endpoint(breaker="open", opened=seen.opened + 1, failures=seen.failures, recent=seen.recent, open_until=now + pause)
