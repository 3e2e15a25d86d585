"""Runs one claimed job and decides what its failure means; nothing a message does can take the worker with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

import structlog

from hub.errors import HubError, TransientError
from hub.flow.aside import tell_aside
from hub.flow.deliver import deliver
from hub.flow.deliver_many import deliver_many
from hub.flow.hub import Hub
from hub.flow.process import process, process_document
from hub.flow.process_many import process_many
from hub.flow.retry import pause
from hub.routing.partner_file import Retry
from hub.store.jobs import Job, LeaseLost

log = structlog.get_logger(__name__)

BUG_ATTEMPTS = 3
SOON = Retry(first=timedelta(seconds=1), longest=timedelta(minutes=1))
"""How a step is repeated that our own store did not take: it is back soon, or chose this transaction as a deadlock's victim."""
_STEPS = {"message": process, "document": process_document, "deliver": deliver}


def run_jobs(
    handfuls: Iterable[Sequence[Job]],
    hub: Hub,
    *,
    is_over: Callable[[], bool] = bool,
    done: Callable[[Job], object] | None = None,
) -> None:
    """Run jobs one after another, their transactions made durable together; `done` hears of each that came to its end.

    Several in a handful are of one lane: deliveries over one connection that takes them together (`Hub.takes_many`), or messages
    that were not tried before. Of those, also one alone may go the short way.
    Those that come after `is_over` says yes are left as they are. Where the disk did not take the transactions, each job that is
    still ours is given back.
    """
    begun: list[Job] = []
    try:
        with hub.database.together():
            for jobs in handfuls:
                begun += jobs
                with hub.turn:
                    for job in _together(jobs, hub, is_over):
                        _guarded(job, hub, is_over)
                if done is not None:
                    for job in jobs:
                        done(job)
    except TransientError as failure:
        for job in begun:
            _give_back(job, hub, failure)


def _together(jobs: Sequence[Job], hub: Hub, is_over: Callable[[], bool]) -> Iterable[Job]:
    """Do the short way what can be, several together; the jobs that are still to be run, each for itself."""
    # where steps are traced, each has a span of its own
    if is_over() or hub.is_traced:
        return jobs
    if jobs[0].lane == "process":
        return process_many(jobs, hub)
    return _delivered(jobs, hub) if len(jobs) > 1 else jobs


def _delivered(jobs: Sequence[Job], hub: Hub) -> Sequence[Job]:
    try:
        return deliver_many(jobs, hub)
    except HubError as failure:  # each job by itself meets it again and knows what to do
        log.info("delivered one by one", connection=jobs[0].resource, error=str(failure))
    except Exception:  # boundary: our bug in the short way must not keep documents from going the long one
        log.exception("delivered one by one", connection=jobs[0].resource)
    return jobs


def _guarded(job: Job, hub: Hub, is_over: Callable[[], bool]) -> None:
    try:
        if not is_over():
            run_job(job, hub)
    except Exception:  # boundary: one job must not take the others of its batch with it; its lease brings it back
        log.exception("job failed outside its own boundary", job=job.id, kind=job.kind, subject=job.subject)


def _give_back(job: Job, hub: Hub, failure: TransientError) -> None:
    try:
        _again(job, hub, failure.code, failure.message, SOON)
    except LeaseLost:
        log.info("it was finished before", job=job.id, subject=job.subject)
    except TransientError:
        log.warning("the store takes nothing, the lease brings it back", job=job.id, subject=job.subject)


def run_job(job: Job, hub: Hub) -> None:
    """Run a job to its end, or give it back, or set it aside; never lose it."""
    try:
        with hub.tracing.step(job):
            _STEPS[job.kind](job, hub)
    except LeaseLost:
        log.info("lease lost", job=job.id, subject=job.subject)
    except TransientError as failure:
        _give_back(job, hub, failure)
    except HubError as failure:
        _aside(job, hub, failure)
    except Exception as bug:  # boundary: whatever one message provokes in us, the others go on and this one is kept
        log.exception("step failed", job=job.id, kind=job.kind, subject=job.subject)
        _bug(job, hub, bug)


def _again(job: Job, hub: Hub, code: str, message: str, retry: Retry) -> None:
    with hub.transaction() as tx:
        tx.jobs.retry(job, due_at=tx.now + pause(job.attempt, retry), error=message)
        tx.audit.attempted(job.subject, attempt=job.attempt, code=code, message=message)


def _bug(job: Job, hub: Hub, bug: Exception) -> None:
    message = f"{type(bug).__name__}: {bug}"[:500]
    if job.attempt < BUG_ATTEMPTS:
        _again(job, hub, "HUB-500", message, Retry())
        return
    failure = HubError(message, "report it with the stored bytes; then `edihub replay`", code="HUB-500")
    _aside(job, hub, failure, state="quarantined")


def _aside(job: Job, hub: Hub, failure: HubError, *, state: str = "held") -> None:
    error = {"code": failure.code, "message": failure.message, "hint": failure.hint, "who": "operator"}
    with hub.transaction() as tx:
        tx.jobs.bury(job, failure.message, state="quarantined" if state == "quarantined" else "dead")
        if job.kind == "document":
            tx.documents.settle(job.subject, state, error=error)
        else:
            tx.messages.set(job.subject, state=state, error=error)
        tx.audit.buried(job.subject, state=state, code=failure.code, message=failure.message)
        tell_aside(tx, job.kind, job.subject, state=state, error=error)
