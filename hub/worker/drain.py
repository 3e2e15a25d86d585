"""Run everything that is due in the calling thread: for one-shot commands and for tests that want no threads."""

from __future__ import annotations

from hub.flow.at_once import is_fresh
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
            fresh = [job for job in jobs if is_fresh(job)]
            others = [job for job in jobs if not is_fresh(job)]
            others += tx.jobs.claim("deliver", owner, limit=BATCH, caps=hub.caps)
        run_jobs([*([fresh] if fresh else []), *([job] for job in others)], hub)
        done += len(fresh) + len(others)
        if not fresh and not others:
            seal(hub)
            return done
