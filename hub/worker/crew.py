"""The threads of one lane: they share what was claimed, and are joined by others while a slow far side holds all of them up.

Only one of them at a time is at a job that may still be a quick one. Python runs one thread at a time: threads that do quick jobs
side by side hand the interpreter to and fro, and claim a job each where one of them would have claimed ten. Measured on two cores, an
order cost about a tenth less than where all began at once. Whoever is longer at a job waits for a far side, or has a long one: then
the next begins.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import structlog

from hub.errors import TransientError
from hub.store.doorbell import Doorbell
from hub.store.jobs import Job

log = structlog.get_logger(__name__)

HELD_UP_SECONDS = 0.2
STUCK_SECONDS = 1.0
"""After which a thread is added: a slow machine or database is not helped by more of them, a slow far side is."""
SPARE_SECONDS = 10.0
PAUSE = 0.2
"""Seconds that a thread rests when all there was is done. Measured with two workers on PostgreSQL, deliveries were claimed once for
each order without it, and an order cost a fifth more."""


class Claimed(NamedTuple):
    """The jobs that a thread has claimed, and whether any that are due may have been left."""

    jobs: list[Job]
    may_be_more: bool = False


def never(_one: Job, _other: Job) -> bool:
    """No two jobs are run together."""
    return False


@dataclass(slots=True, kw_only=True)
class Crew:
    """Claims and runs the jobs of one lane in `size` threads, up to `most` when all of them wait for somebody.

    A batch is claimed by one thread, which runs it; the others take from it as they become free, so that nothing waits behind one
    slow job: `run` is given jobs one after another, as long as there are any in hand; up to `handful` that `are_alike` together.
    Whoever is done claims again at once where some may have been left, else when the bell rings; one of them does in any case, after
    a `PAUSE`. What has come since is then done together.

    `idle` is how many seconds a thread waits for the bell before it looks by itself, `quick` how many a job counts as a quick one,
    and a claim as well.
    """

    lane: str
    size: int
    claim: Callable[[], Claimed]
    run: Callable[[Iterable[list[Job]]], None]
    bell: Doorbell
    idle: float
    stopping: threading.Event
    most: int
    quick: float = 0.01
    handful: int = 25
    are_alike: Callable[[Job, Job], bool] = never
    threads: list[threading.Thread] = field(default_factory=list)
    _hand: deque[Job] = field(default_factory=deque)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _present: int = 0
    _waiting: int = 0
    _moved: float = 0.0
    _may_be_more: bool = False
    _is_resting: bool = False
    _quick_until: dict[int, float] = field(default_factory=dict)
    _standing_by: int = 0

    def start(self) -> None:
        """Begin."""
        for _ in range(self.size):
            self._join_in()

    def look_after(self) -> None:
        """Called a few times a second: where work stands still, wake a thread or add one."""
        with self._guard:
            still = time.monotonic() - self._moved
            is_all_busy = self._waiting == 0
            has_work = bool(self._hand)
        if still > HELD_UP_SECONDS and has_work and not is_all_busy:
            self.bell.ring((self.lane,))
        elif still > STUCK_SECONDS and is_all_busy and self._present < self.most:
            self._join_in()

    def _join_in(self) -> None:
        with self._guard:
            self._present += 1
            self._moved = time.monotonic()
            thread = threading.Thread(target=self._work, name=f"{self.lane}-{self._present}", daemon=True)
            self.threads = [each for each in self.threads if each.is_alive()] + [thread]
        thread.start()

    def _work(self) -> None:
        spare_since = time.monotonic()
        while not self.stopping.is_set():
            jobs = self._next()
            if jobs is None:
                self._stand_by()
                continue
            if jobs:
                self.run(self._batch(jobs))
                spare_since = time.monotonic()
                if self._hand or self._may_be_more or self._rest():
                    continue
            # one thread in `size` looks by itself each time: many sleepers cost the database nothing
            was_rung = self._wait(self.idle * random.uniform(0.5, 1.5) * self.size)  # noqa: S311
            with self._guard:
                is_spare = self._present > self.size and time.monotonic() - spare_since > SPARE_SECONDS
                self._present -= is_spare
            if is_spare:
                if was_rung:
                    # a ring is for whoever it woke: nobody else would come
                    self.bell.ring((self.lane,))
                return

    def _batch(self, first: list[Job]) -> Iterator[list[Job]]:
        jobs: list[Job] | None = first
        while jobs and not self.stopping.is_set():
            yield jobs
            jobs = self._from_hand()

    def _from_hand(self) -> list[Job] | None:
        """What is to be done next, nothing where the hand is empty; None while somebody else is at a quick job."""
        with self._guard:
            now, me = time.monotonic(), threading.get_ident()
            if self._others_are_quick_until(me) > now:
                self._quick_until.pop(me, None)
                return None
            self._moved = now
            jobs = self._together()
            self._quick_until[me] = now + self.quick * max(1, len(jobs))
            is_help_wanted = bool(self._hand) and not self._standing_by
        if is_help_wanted:
            self.bell.ring((self.lane,))
        return jobs

    def _together(self) -> list[Job]:
        if not self._hand:
            return []
        first = self._hand.popleft()
        alike = list(islice((job for job in self._hand if self.are_alike(first, job)), self.handful - 1))
        if alike:
            self._hand = deque(job for job in self._hand if job not in alike)
        return [first, *alike]

    def _others_are_quick_until(self, me: int) -> float:
        return max((until for thread, until in self._quick_until.items() if thread != me), default=0.0)

    def _next(self) -> list[Job] | None:
        """From the hand, else claimed; None while it is not our turn."""
        found = self._from_hand()
        if found or found is None:
            return found
        try:
            jobs, may_be_more = self.claim()
        except TransientError as failure:
            log.warning("claim failed", lane=self.lane, error=str(failure))
            self.stopping.wait(random.uniform(0.5, 1.5))  # noqa: S311  not a secret
            return []
        except Exception:  # boundary: a thread that dies would silently halve the hub
            log.exception("claim failed", lane=self.lane)
            self.stopping.wait(1.0)
            return []
        with self._guard:
            self._hand.extend(jobs)
            self._may_be_more = may_be_more
        return self._from_hand()

    def _stand_by(self) -> None:
        """Until whoever is at a quick job has either finished it or is not that quick."""
        with self._guard:
            self._waiting += 1
            self._standing_by += 1
            seconds = self._others_are_quick_until(threading.get_ident()) - time.monotonic()
        self.stopping.wait(max(0.0, seconds))
        with self._guard:
            self._waiting -= 1
            self._standing_by -= 1

    def _rest(self) -> bool:
        """Wait a moment for more to come; False where another does already."""
        with self._guard:
            if self._is_resting:
                return False
            self._is_resting = True
        try:
            self._wait(PAUSE)
        finally:
            self._is_resting = False
        return True

    def _wait(self, seconds: float) -> bool:
        """Until the bell rings, or so long; whether it rang."""
        with self._guard:
            self._waiting += 1
            self._quick_until.pop(threading.get_ident(), None)
        try:
            return self.bell.wait(self.lane, seconds)
        finally:
            with self._guard:
                self._waiting -= 1
