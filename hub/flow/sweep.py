"""Take back what dead workers left behind; a lost doorbell or a lost process costs seconds, never a message."""

from __future__ import annotations

from hub.flow.aside import tell_aside
from hub.flow.hub import Hub
from hub.store.jobs import Job
from hub.store.presence import Presence
from hub.store.transaction import Transaction


def sweep(hub: Hub, presence: Presence | None = None) -> int:
    """Free leases that ran out, set aside jobs that killed their workers, ring for whatever is due; how many were set aside.

    With `presence`, the leases of processes that are gone are free at once.
    """
    with hub.transaction() as tx:
        gone = set() if presence is None else presence.gone(tx.connection, tx.jobs.owners() | tx.polls.owners())
        for owner in gone:
            tx.polls.release(owner)
        poisoned = tx.jobs.sweep(crash_limit=hub.crash_limit, gone=gone)
        for job in poisoned:
            _quarantine(tx, job)
        tx.jobs.rung.update(("process", "deliver"))
        tx.idempotency.purge()
    hub.crash_point("after-sweep")
    return len(poisoned)


def void_other_boots(hub: Hub, owner: str) -> int:
    """At the start of an embedded hub every lease of an earlier boot is void at once; how many jobs were set aside."""
    with hub.transaction() as tx:
        poisoned = tx.jobs.sweep(crash_limit=hub.crash_limit, keep_owner=owner)
        for job in poisoned:
            _quarantine(tx, job)
    return len(poisoned)


def _quarantine(tx: Transaction, job: Job) -> None:
    error = {
        "code": "HUB-545",
        "message": f"{job.crashes} workers died while they held it",
        "who": "developer",
        "hint": "report it with the stored bytes; then `edihub replay`",
    }
    if job.kind == "document":
        tx.documents.settle(job.subject, "quarantined", error=error)
    else:
        tx.messages.set(job.subject, state="quarantined", error=error)
    tx.audit.buried(job.subject, state="quarantined", code=error["code"], message=error["message"])
    tell_aside(tx, job.kind, job.subject, state="quarantined", error=error)
