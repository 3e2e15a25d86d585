"""The short way: an order or acknowledgment alone in its file, with nothing against it, takes both steps in one transaction.

Most files are such. Everything is made ready before the transaction, which then writes each row once instead of twice. Whatever is not
as foreseen (a control number seen before, a document that a person must see, a fault of ours) undoes it all, and the file takes its
two steps one after the other, as any other does: there its syntax is answered whatever happens later. A message that was tried before
takes them from the start, since a crash would leave nobody to tell which step it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog

from hub.errors import HubError, TransientError
from hub.flow.acknowledge import terms_of
from hub.flow.hub import Hub
from hub.flow.merge import is_new, look_ahead
from hub.flow.orders.arrival import Write
from hub.flow.reading import Judged, Reading
from hub.flow.receive import NotAsForeseen, Verdict, documents_of, take_in, take_in_ahead
from hub.flow.settle import settle_document, settle_message
from hub.flow.understand import understand
from hub.model import Acknowledgment, Order
from hub.store.documents import row_of_new
from hub.store.jobs import Job, LeaseLost
from hub.store.transaction import Transaction

log = structlog.get_logger(__name__)

_ORDERS = frozenset({"850", "ORDERS"})
"""Messages that are orders by the shipped guides; what a guide of the site's own makes an order of goes the long way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """The one interchange of a file, the row of its one document, and what step two writes for it."""

    reading: Reading
    row: dict[str, Any]
    document: Order | Acknowledgment
    write: Write


def is_fresh(job: Job) -> bool:
    """Whether a job is to process a message that nobody has tried to process before."""
    return job.kind == "message" and job.attempt == 1 and not job.crashes


def take_foreseen(foreseen: Foreseen, job: Job, hub: Hub) -> bool:
    """Write both steps; False, and nothing written, where it has to go the long way after all. Raises `TransientError`, `LeaseLost`."""
    try:
        with hub.transaction() as tx:
            _write(tx, foreseen, job, hub)
            hub.crash_point("before-acknowledge-commit")
            hub.crash_point("before-message-commit")
    except (TransientError, LeaseLost):
        raise
    except (HubError, NotAsForeseen):
        return False
    except Exception:  # boundary: the long way meets our bug again, and sets aside no more than its message
        log.debug("not taken at once", subject=job.subject, exc_info=True)
        return False
    hub.crash_point("after-acknowledge")
    hub.crash_point("after-message")
    return True


def foresee(reading: Reading, job: Job, hub: Hub) -> Foreseen | None:
    """Make everything ready that needs no transaction; None for what has to go the long way."""
    if not is_fresh(job) or not _is_plain(reading):
        return None
    (judged,) = reading.kept.values()
    row = next(documents_of(job.subject, "", reading, Verdict(state="accepted"), terms_of(reading)))
    # an acknowledgment is received whatever is wrong with it, and its error is what a person must see
    if judged.bug or not _may_be_taken(judged, reading) or row["state"] != "received" or row["error"] is not None:
        return None
    row["id"] = hub.database.new_id("doc")
    try:
        understood = understand(judged, hub)
        document = understood.document
        if understood.fate != "accept" or not isinstance(document, Order | Acknowledgment) or _is_change(document):
            return None
        write = settle_document(row_of_new(row), understood, hub)
        return Foreseen(reading=reading, row=row, document=document, write=write)
    except Exception:  # boundary: the long way meets it again, holds it or sets it aside, and says why
        log.debug("not foreseen", subject=job.subject, exc_info=True)
        return None


def _may_be_taken(judged: Judged, reading: Reading) -> bool:
    return judged.is_acknowledgment or (reading.agreement is not None and judged.message.type in _ORDERS)


def _is_change(document: Order | Acknowledgment) -> bool:
    """Whether it comes for an order we have: what locks that order must do so before it takes a control number."""
    return isinstance(document, Order) and document.purpose in {"cancellation", "replace"}


def _is_plain(reading: Reading) -> bool:
    """Whether it has one message of a partner we know, and nothing that anybody must be told of it."""
    return (
        len(reading.messages) == 1
        and len(reading.kept) == 1
        and reading.partner is not None
        and reading.refusal is None
        and not reading.messages.errors
        and not reading.interchange.ta1
    )


def _write(tx: Transaction, foreseen: Foreseen, job: Job, hub: Hub) -> None:
    reading = foreseen.reading
    assert reading.partner is not None
    _look_ahead(tx, foreseen, job.subject)
    if tx.messages.is_read(job.subject):
        raise NotAsForeseen
    if isinstance(foreseen.document, Order) and not is_new(tx, row_of_new(foreseen.row), foreseen.document):
        raise NotAsForeseen
    take_in(tx, job.subject, reading, hub, only=foreseen.row)
    foreseen.write(tx)
    settle_message(tx, job.subject, partner=reading.partner.id, test=reading.is_test)
    tx.jobs.finish(job)
    if tx.numbers.has_unused:
        raise NotAsForeseen


def _look_ahead(tx: Transaction, foreseen: Foreseen, message_id: str) -> None:
    """Ask for everything at once: on PostgreSQL one exchange instead of six. Locks are taken in the sequence of the long way."""
    tx.messages.ahead_of_reading(message_id)
    if isinstance(foreseen.document, Order):
        look_ahead(tx, row_of_new(foreseen.row), foreseen.document)
        take_in_ahead(tx, message_id, foreseen.reading)
