"""The threads of one process: workers for each lane, sweeper, sealer, pollers."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import structlog

from hub.errors import TransientError
from hub.flow.at_once import is_fresh
from hub.flow.certificates import watch_certificates
from hub.flow.clock import watch_deadlines
from hub.flow.hub import Hub
from hub.flow.pressure import watch_pressure
from hub.flow.renewal import Renewal
from hub.flow.run import run_jobs
from hub.flow.seal import Sealer, seal
from hub.flow.sweep import sweep, void_other_boots
from hub.flow.telling.alerts import watch_alerts
from hub.flow.telling.chain import watch_chain
from hub.store.instants import SECOND
from hub.store.jobs import Job
from hub.store.presence import Presence
from hub.store.process_lock import ProcessLock
from hub.worker.crew import Claimed, Crew
from hub.worker.polling import Pollers
from hub.worker.telling import tellers

log = structlog.get_logger(__name__)

Role = Literal["all", "edge", "worker"]
"""What a process does: everything; take requests and leave the work to others; work."""

BATCH = 10
ALONE = 25
"""What the one processing thread of a process takes at a time: it waits for the disk once for all of them."""
QUICK = {"process": 0.01, "deliver": 0.005}
"""Seconds: a message of twenty lines is processed in 3 to 8 ms, one written to a folder in 1; who waits longer waits for somebody else."""
HANDFUL = {"process": 8, "deliver": 25}
"""Jobs that are done together at most; so many messages take as long as a thread waits for its turn (`hub.flow.turn`)."""
SWEEP_SECONDS = 10.0
HEARTBEAT_SECONDS = 20.0
PRESENCE_SECONDS = 3.0
CERTIFICATE_SECONDS = 3600.0
RENEWAL_SECONDS = 1.0
LOOK_SECONDS = 0.2
IDLE_SECONDS = 1.0
IDLE_WITH_QUEUE = 4.0
STAND_IN = 8 * SECOND
"""How long work lies before a process that leaves it to others does it after all."""
STOP_SECONDS = 15.0
LAST_SECONDS = 1.0
"""For threads that had all the time there was while requests were finished."""
DELIVERING = 4
EXTRA = 8
"""Threads that may join while all that deliver wait for far sides; each may need a connection to the database."""


def _clear(spool: Path) -> None:
    """Remove the half-taken files of a hub that was killed: what was promised to anybody is in the store."""
    for left in spool.glob("*"):
        left.unlink(missing_ok=True)


@dataclass(slots=True)
class Background:
    """Runs a hub's jobs in threads of this process until it is stopped. `owner` is this boot's name on every lease."""

    hub: Hub
    workers: int
    stopping: threading.Event
    role: Role = "all"
    owner: str = field(default_factory=lambda: f"boot-{secrets.token_hex(8)}")
    _threads: list[threading.Thread] = field(default_factory=list)
    _crews: list[Crew] = field(default_factory=list)
    _held: set[str] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _pollers: Pollers | None = None
    _presence: Presence | None = None
    _lock: ProcessLock = field(init=False)
    _is_running: bool = False
    _wound_down: float | None = None

    def __post_init__(self) -> None:
        self._lock = ProcessLock(self.hub.site.var / "hub.lock")

    def start(self) -> None:
        """Give back what a former boot left at work, then begin."""
        self.stopping.clear()
        self._wound_down = None
        if self.hub.database.is_embedded:
            self._lock.acquire()
            void_other_boots(self.hub, self.owner)
            _clear(self.hub.site.var / "spool")
        self._is_running = True
        self._presence = self.hub.database.presence(self.owner)
        if self._presence is not None:
            self._presence.hold()
            self._spawn("presence", lambda presence=self._presence: self._every(PRESENCE_SECONDS, presence.hold))  # type: ignore[misc]
        if self.role != "edge":
            self.hub.database.bell.answer()
            self._pollers = Pollers(self.hub, self.owner, self.stopping)
            self._spawn("pollers", self._pollers.run)
        self._crews = [
            self._crew("process", self.workers, cap=False),
            self._crew("deliver", max(DELIVERING, self.workers), cap=True),
        ]
        for crew in self._crews:
            crew.start()
        self._spawn("crews", lambda: self._every(LOOK_SECONDS, self._look_after_crews))
        self._spawn("sealer", self._seal)
        self._spawn("sweeper", self._sweep_on)
        self._spawn("certificates", self._watch_certificates)
        renewal = Renewal(self.hub)
        self._spawn("renewal", lambda: self._every(RENEWAL_SECONDS, lambda: self._guarded(lambda _hub: renewal.look())))
        if self.role != "edge":
            for name, teller in tellers(self.hub, self.stopping):
                self._spawn(name, teller.run)
        self._spawn("heartbeat", lambda: self._every(HEARTBEAT_SECONDS, self._beat))

    def wind_down(self) -> None:
        """Claim nothing more; `stop` counts from here. Safe in a signal's handler."""
        self._wound_down = time.monotonic()
        self.stopping.set()

    def stop(self) -> None:
        """Stop claiming, let what is at work finish for up to 15 s, give the rest back."""
        self.stopping.set()
        crews = [thread for crew in self._crews for thread in crew.threads]
        self.hub.database.bell.ring([crew.lane for crew in self._crews] * 2 + ["seal"])
        begun = time.monotonic()
        until = max((self._wound_down or begun) + STOP_SECONDS, begun + LAST_SECONDS)
        for thread in (*self._threads, *crews):
            while thread.is_alive() and time.monotonic() < until:
                # a ring wakes one waiter of a lane
                self.hub.database.bell.ring([*(crew.lane for crew in self._crews), "seal"])
                thread.join(min(0.01, max(0.0, until - time.monotonic())))
        self._threads.clear()
        self._crews = []
        if not self._is_running:
            return
        self._is_running = False
        self._give_back(max(0.0, until - time.monotonic()))
        self._lock.release()

    def _give_back(self, seconds: float) -> None:
        try:
            if self._pollers is not None:
                self._pollers.join(seconds)
            with self.hub.transaction() as tx:
                tx.jobs.release(self.owner)
            seal(self.hub)
        except TransientError as failure:
            log.warning("leases left to run out", error=str(failure))
        if self._presence is not None:
            self._presence.let_go()

    def _crew(self, lane: str, size: int, *, cap: bool) -> Crew:
        is_standing_in = self.role == "edge"
        # What is processed waits for nobody but the interpreter: a second thread joins in only where a long file holds others up.
        is_alone = lane == "process"
        return Crew(
            lane=lane,
            size=1 if is_standing_in or is_alone else size,
            claim=partial(self._claim, lane, cap=cap, most=ALONE if is_alone else BATCH),
            run=self._run,
            quick=QUICK[lane],
            are_alike=self._are_sent_together if lane == "deliver" else self._are_read_together,
            handful=HANDFUL[lane],
            bell=self.hub.database.bell,
            idle=IDLE_SECONDS if self.role == "all" else IDLE_WITH_QUEUE,
            stopping=self.stopping,
            most=1 if is_standing_in else size + (EXTRA if lane == "deliver" else 0),
        )

    def _spawn(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _claim(self, lane: str, *, cap: bool, most: int) -> Claimed:
        overdue = STAND_IN if self.role == "edge" else 0
        database = self.hub.database
        # claimers wait for one another: not for the disk as well, of which the end of the block makes sure
        with nullcontext() if database.is_embedded else database.together(), self.hub.transaction() as tx:
            jobs = tx.jobs.claim(lane, self.owner, limit=most, caps=self.hub.caps if cap else None, overdue=overdue)
        if jobs:
            with self._guard:
                self._held.update(job.id for job in jobs)
            self.hub.crash_point("after-claim")
            if len(jobs) == most:
                self.hub.database.bell.ring((lane,))
        return Claimed(jobs, tx.jobs.may_be_more)

    def _run(self, handfuls: Iterable[list[Job]]) -> None:
        try:
            run_jobs(self._in_turn(handfuls), self.hub, is_over=self.stopping.is_set, done=self._let_go)
        except Exception:  # boundary: a thread that dies would silently halve the hub; the jobs' leases bring them back
            log.exception("jobs failed outside their own boundary")

    def _in_turn(self, handfuls: Iterable[list[Job]]) -> Iterator[list[Job]]:
        """The same jobs, begun when the callers of this moment have their answers."""
        for place, jobs in enumerate(handfuls):
            if not place:
                self.hub.rush.give_way((self.hub.database.now() - jobs[0].created_at) / SECOND)
            self.hub.rush.make_room()
            yield jobs

    def _are_sent_together(self, one: Job, other: Job) -> bool:
        return one.resource == other.resource and self.hub.takes_many(one.resource)

    def _are_read_together(self, one: Job, other: Job) -> bool:
        return is_fresh(one) and is_fresh(other) and not self.hub.rush.is_busy

    def _let_go(self, job: Job) -> None:
        with self._guard:
            self._held.discard(job.id)

    def _look_after_crews(self) -> None:
        for crew in self._crews:
            crew.look_after()

    def _seal(self) -> None:
        sealer = Sealer(self.hub)

        def seal_new(_hub: Hub) -> None:
            sealer.seal()

        while not self.stopping.is_set():
            self.hub.database.bell.wait("seal", IDLE_SECONDS)
            # a short rest gathers what many workers write into one batch
            self.stopping.wait(0.2)
            self._guarded(seal_new)

    def _sweep_on(self) -> None:
        self._sweep()
        self._every(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        # our own leases first: where the clock jumped, the work of living threads is not taken from them
        self._guarded(lambda _hub: self._beat())
        self._guarded(lambda hub: hub.database.adjust_clock())
        self._guarded(self._take_back)
        self._guarded(watch_deadlines)
        self._guarded(watch_alerts)
        self._guarded(watch_pressure)

    def _take_back(self, hub: Hub) -> int:
        return sweep(hub, self._presence)

    def _watch_certificates(self) -> None:
        self._certificates_and_chain()
        self._every(CERTIFICATE_SECONDS, self._certificates_and_chain)

    def _certificates_and_chain(self) -> None:
        self._guarded(watch_certificates)
        self._guarded(watch_chain)

    def _beat(self) -> None:
        with self._guard:
            held = list(self._held)
        if held:
            with self.hub.transaction() as tx:
                tx.jobs.extend(held, self.owner)
        if self._pollers is not None:
            self._pollers.beat()

    def _guarded(self, chore: Callable[[Hub], object]) -> None:
        try:
            chore(self.hub)
        except TransientError as failure:
            log.warning("chore failed", chore=chore.__name__, error=str(failure))
        except Exception:  # boundary: the thread goes on, the chore is tried again at its next turn
            log.exception("chore failed", chore=chore.__name__)

    def _every(self, seconds: float, chore: Callable[[], None]) -> None:
        while not self.stopping.wait(seconds):
            try:
                chore()
            except TransientError as failure:
                log.warning("chore failed", error=str(failure))
