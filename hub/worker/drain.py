"""Run everything that is due in the calling thread: for one-shot commands and for tests that want no threads."""

from __future__ import annotations

from hub.flow.hub import Hub
from hub.flow.run import run_jobs
from hub.flow.seal import seal

BATCH = 10


def drain(hub: Hub, *, owner: str = "drain") -> int:
    """Claim and run jobs until none is due, then seal; how many were run."""
    done = 0
    while True:
        with hub.transaction() as tx:
            jobs = tx.jobs.claim("process", owner, limit=BATCH)
            jobs += tx.jobs.claim("deliver", owner, limit=BATCH, caps=hub.caps)
        run_jobs([[job] for job in jobs], hub)
        done += len(jobs)
        if not jobs:
            seal(hub)
            return done
