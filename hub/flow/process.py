"""Turn a stored message into orders, acknowledgments and outgoing work, in two steps.

Step one reads the whole file, judges it and queues its functional acknowledgment, in one transaction: syntax is answered
whatever happens later. Step two takes each message on its own, one transaction each: one bad transaction set among five hundred
affects only itself. Both may be repeated after a crash at any point; each has its effect once.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from functools import partial

import structlog

from hub.errors import HubError, TransientError
from hub.flow.hub import Hub
from hub.flow.orders.arrival import Write
from hub.flow.payload import open_payload
from hub.flow.reading import Judged, read_again, read_file
from hub.flow.receive import Waiting, receive
from hub.flow.settle import hold_document, postpone_document, settle_document, settle_message
from hub.flow.understand import understand
from hub.model import Document
from hub.store.documents import DocumentRow
from hub.store.jobs import Job, LeaseLost

log = structlog.get_logger(__name__)


def process(job: Job, hub: Hub) -> None:
    """Both steps for one stored message; raises `InputError` for what is neither X12 nor EDIFACT."""
    with open_payload(job.subject, hub) as payload:
        readings = list(read_file(payload, hub))
        with hub.transaction() as tx:
            tx.jobs.holds(job)
            waiting = receive(tx, job.subject, readings, hub)
            hub.crash_point("before-acknowledge-commit")
        hub.crash_point("after-acknowledge")
        if job.crashes and len(waiting) > 1:
            waiting = _one_job_each(waiting, job, hub)
        for place, (row, judged) in enumerate(_again(waiting, payload, hub), 1):
            _take(row, judged, job, hub, is_last=place == len(waiting))
    if not waiting:
        _finish(job, hub)


def process_document(job: Job, hub: Hub) -> None:
    """Step two for one message that needed a job of its own."""
    with hub.read() as view:
        row = view.documents.get(job.subject)
    with open_payload(row.message_id, hub) as payload:
        judged = next(read_again(payload, {row.position}, hub))
    _take(row, judged, job, hub, is_last=True)


def _take(row: DocumentRow, judged: Judged, job: Job, hub: Hub, *, is_last: bool) -> None:
    """Step two for one message. What goes wrong with it stays with it."""
    document: Document | None = None
    try:
        understood = understand(judged, hub)
        document = understood.document
        _write(settle_document(row, understood, hub), row, job, hub, is_last=is_last)
    except (TransientError, LeaseLost):
        raise
    except HubError as failure:
        _write(partial(hold_document, row=row, failure=failure, document=document), row, job, hub, is_last=is_last)
    except Exception as bug:  # boundary: our bug in one message must not touch the others of its interchange
        if job.kind == "document":
            raise
        log.exception("step two failed", document=row.id, type=row.type)
        _write(partial(postpone_document, row=row, bug=bug), row, job, hub, is_last=is_last)


def _write(write: Write, row: DocumentRow, job: Job, hub: Hub, *, is_last: bool) -> None:
    """One transaction: fenced by the job's lease, once per document; the last one finishes the job."""
    with hub.transaction() as tx:
        if not is_last:
            tx.jobs.holds(job)
        tx.documents.demand_unsettled(row.id)
        write(tx)
        if is_last:
            settle_message(tx, row.message_id)
            tx.jobs.finish(job)
        hub.crash_point("before-message-commit")
    hub.crash_point("after-message")


def _finish(job: Job, hub: Hub) -> None:
    with hub.transaction() as tx:
        settle_message(tx, job.subject)
        tx.jobs.finish(job)


def _again(waiting: list[Waiting], payload: bytes | mmap.mmap, hub: Hub) -> Iterator[tuple[DocumentRow, Judged]]:
    """Every waiting document with its message: as kept in memory, or read again where it was let go."""
    missing = {each.row.position: each.row for each in waiting if each.judged is None}
    for each in waiting:
        if each.judged is not None:
            yield each.row, each.judged
    if missing:
        for judged in read_again(payload, missing.keys(), hub):
            yield missing[judged.message.index], judged


def _one_job_each(waiting: list[Waiting], job: Job, hub: Hub) -> list[Waiting]:
    """After a crash nobody knows which message it was: each gets a job, so that only the guilty one is set aside."""
    with hub.transaction() as tx:
        tx.jobs.holds(job)
        for each in waiting:
            tx.documents.set(each.row.id, state="retry")
            tx.jobs.add("process", "document", each.row.id)
    return []
