"""The threads of one process: workers for each lane, sweeper, sealer, pollers."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from hub.errors import TransientError
from hub.flow.certificates import watch_certificates
from hub.flow.clock import watch_deadlines
from hub.flow.hub import Hub
from hub.flow.run import run_jobs
from hub.flow.seal import seal
from hub.flow.sweep import sweep, void_other_boots
from hub.store.jobs import Job
from hub.store.process_lock import ProcessLock
from hub.worker.polling import Polling

log = structlog.get_logger(__name__)

BATCH = 10
SWEEP_SECONDS = 10.0
HEARTBEAT_SECONDS = 20.0
CERTIFICATE_SECONDS = 3600.0
IDLE_SECONDS = 1.0
STOP_SECONDS = 25.0


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
    owner: str = field(default_factory=lambda: f"boot-{secrets.token_hex(8)}")
    _threads: list[threading.Thread] = field(default_factory=list)
    _held: set[str] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _lock: ProcessLock = field(init=False)
    _is_running: bool = False

    def __post_init__(self) -> None:
        self._lock = ProcessLock(self.hub.site.var / "hub.lock")

    def start(self) -> None:
        """Give back what a former boot left at work, then begin."""
        self.stopping.clear()
        if self.hub.database.is_embedded:
            self._lock.acquire()
            void_other_boots(self.hub, self.owner)
            _clear(self.hub.site.var / "spool")
        self._is_running = True
        for number in range(self.workers):
            self._spawn(f"process-{number}", lambda: self._work("process", cap=False))
        for number in range(max(4, self.workers)):
            self._spawn(f"deliver-{number}", lambda: self._work("deliver", cap=True))
        self._spawn("sealer", self._seal)
        self._spawn("sweeper", self._sweep_on)
        self._spawn("certificates", self._watch_certificates)
        self._spawn("heartbeat", lambda: self._every(HEARTBEAT_SECONDS, self._beat))
        for connection in self.hub.site.connections.values():
            polling = Polling(self.hub, connection)
            if polling.is_possible:
                self._spawn(f"poll-{connection.id}", lambda polling=polling: polling.run(self.stopping))  # type: ignore[misc]

    def stop(self) -> None:
        """Stop claiming, let what is at work finish for up to 25 s, give the rest back."""
        self.stopping.set()
        self.hub.database.bell.ring(("process", "deliver", "seal"))
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        self._threads.clear()
        if not self._is_running:
            return
        self._is_running = False
        with self.hub.transaction() as tx:
            tx.jobs.release(self.owner)
        seal(self.hub)
        self._lock.release()

    def _spawn(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self, lane: str, *, cap: bool) -> None:
        while not self.stopping.is_set():
            try:
                jobs = self._claim(lane, cap=cap)
            except TransientError as failure:
                log.warning("claim failed", lane=lane, error=str(failure))
                self.stopping.wait(IDLE_SECONDS)
                continue
            if not jobs:
                self.hub.database.bell.wait(lane, IDLE_SECONDS)
            else:
                self._run(jobs)

    def _claim(self, lane: str, *, cap: bool) -> list[Job]:
        with self.hub.transaction() as tx:
            jobs = tx.jobs.claim(lane, self.owner, limit=BATCH, caps=self.hub.caps if cap else None)
        if jobs:
            with self._guard:
                self._held.update(job.id for job in jobs)
            self.hub.crash_point("after-claim")
            if len(jobs) == BATCH:
                self.hub.database.bell.ring((lane,))
        return jobs

    def _run(self, jobs: list[Job]) -> None:
        try:
            self.hub.rush.give_way()
            run_jobs(jobs, self.hub, is_over=self.stopping.is_set, done=self._let_go)
        except Exception:  # boundary: a thread that dies would silently halve the hub; the jobs' leases bring them back
            log.exception("jobs failed outside their own boundary", jobs=[job.id for job in jobs])
        finally:
            for job in jobs:
                self._let_go(job)

    def _let_go(self, job: Job) -> None:
        with self._guard:
            self._held.discard(job.id)

    def _seal(self) -> None:
        while not self.stopping.is_set():
            self.hub.database.bell.wait("seal", IDLE_SECONDS)
            # a short rest gathers what many workers write into one batch
            self.stopping.wait(0.2)
            self._guarded(seal)

    def _sweep_on(self) -> None:
        self._sweep()
        self._every(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        self._guarded(sweep)
        self._guarded(watch_deadlines)

    def _watch_certificates(self) -> None:
        self._guarded(watch_certificates)
        self._every(CERTIFICATE_SECONDS, lambda: self._guarded(watch_certificates))

    def _beat(self) -> None:
        with self._guard:
            held = list(self._held)
        if held:
            with self.hub.transaction() as tx:
                tx.jobs.extend(held, self.owner)

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
