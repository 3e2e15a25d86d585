"""Turn a stored message into orders, acknowledgments and outgoing work, in two steps.

Step one reads the whole file, judges it and queues its functional acknowledgment, in one transaction unless it is long: syntax is
answered whatever happens later. Step two takes each message on its own, one transaction each: one bad transaction set among five hundred
affects only itself. Both may be repeated after a crash at any point; each has its effect once. An order or an
acknowledgment that is alone in its file and raises no question does not come here (`hub.flow.at_once`).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from functools import partial

import structlog

from hub.errors import HeldForOperator, HubError, TransientError
from hub.flow.hub import Hub
from hub.flow.orders.arrival import Write
from hub.flow.payload import open_payload
from hub.flow.reading import Judged, judge, messages_of, read_file
from hub.flow.receive import PAGE, receive
from hub.flow.settle import hold_document, postpone_document, settle_document, settle_message
from hub.flow.understand import understand
from hub.model import Document
from hub.store.documents import DocumentRow
from hub.store.jobs import Job, LeaseLost

log = structlog.get_logger(__name__)


def process(job: Job, hub: Hub) -> None:
    """Both steps for one stored message; raises `InputError` for what is neither X12 nor EDIFACT."""
    is_through = False
    with open_payload(job.subject, hub) as payload:
        received = receive(job, read_file(payload, hub), hub)
        page = received.waiting
        if job.crashes and len(page) > 1:
            page = _one_job_each(page, job, hub)
        for row, judged, is_last in _with_messages(_waiting(page, job, hub), received.kept, payload, hub):
            _take(row, judged, job, hub, is_last=is_last)
            is_through = is_last
            hub.turn.pass_on()
    if not is_through:
        _finish(job, hub)


def process_document(job: Job, hub: Hub) -> None:
    """Step two for one message that needed a job of its own."""
    with hub.read() as view:
        row = view.documents.get(job.subject)
    with open_payload(row.message_id, hub) as payload:
        message = next(each for each in messages_of(payload, hub) if each.index == row.position)
        judged = judge(message, hub)
    _take(row, judged, job, hub, is_last=True)


def _take(row: DocumentRow, judged: Judged, job: Job, hub: Hub, *, is_last: bool) -> None:
    """Step two for one message. What goes wrong with it stays with it."""
    document: Document | None = None
    try:
        _demand_standing(row, judged)
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


def _demand_standing(row: DocumentRow, judged: Judged) -> None:
    """Hold an acknowledgment that breaks its standard, the first time: no answer of ours would tell its sender.

    Replayed, it moves the lights of what can be read of it.
    """
    if judged.is_acknowledgment and row.error is not None and row.error["code"] != "HUB-500":
        error = row.error
        raise HeldForOperator(
            f"{row.type} {row.control_number} breaks its standard: {error['message']}",
            "ask the partner for one that stands; `edihub replay` takes what can be read of it",
            code=error["code"],
            detail={"where": error["where"], "value": error["value"]},
        )


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


def _waiting(page: list[DocumentRow], job: Job, hub: Hub) -> Iterator[tuple[DocumentRow, bool]]:
    """Every waiting document in the order of the file, a page at a time, and whether it is the last."""
    while page:
        following = _following(page, job, hub)
        for place, row in enumerate(page, 1):
            yield row, place == len(page) and not following
        page = following


def _following(page: list[DocumentRow], job: Job, hub: Hub) -> list[DocumentRow]:
    if len(page) < PAGE:
        return []
    with hub.transaction() as tx:
        tx.jobs.holds(job)
        return tx.documents.unsettled(job.subject, after=page[-1].position, most=PAGE)


def _with_messages(
    rows: Iterable[tuple[DocumentRow, bool]], kept: dict[int, Judged], payload: bytes | mmap.mmap, hub: Hub
) -> Iterator[tuple[DocumentRow, Judged, bool]]:
    """Every document with its message: as kept in memory, or read again where it was let go, the whole file at most once."""
    again = messages_of(payload, hub)
    for row, is_last in rows:
        judged = kept.pop(row.position, None)
        if judged is None:
            judged = judge(next(each for each in again if each.index == row.position), hub)
        yield row, judged, is_last


def _one_job_each(page: list[DocumentRow], job: Job, hub: Hub) -> list[DocumentRow]:
    """After a crash nobody knows which message it was: each gets a job, so that only the guilty one is set aside.

    It is among the first that wait, since they are taken in order; those behind them are returned.
    """
    following = _following(page, job, hub)
    with hub.transaction() as tx:
        tx.jobs.holds(job)
        for row in page:
            tx.documents.set(row.id, state="retry")
            if not tx.jobs.is_pending(row.id):
                tx.jobs.add("process", "document", row.id)
    return following
