"""A far side that is dead is left alone: its deliveries wait, unattempted, until a trial gets through."""

from __future__ import annotations

from hub.errors import DeliveryError, PermanentDeliveryError, UnusableConnection
from hub.ports import Receipt
from hub.store.endpoints import Turn
from hub.store.instants import rfc3339
from hub.store.jobs import Job
from hub.store.transaction import Transaction


def note_outcome(tx: Transaction, job: Job, outcome: Receipt | DeliveryError, *, is_test: bool = False) -> Turn:
    """Count an attempt for or against its connection; tells once when it is suspended, and once when it is back.

    `is_test`: the connection is that of a partner in test.

    A document refused for good counts for it: whoever refuses is there.
    """
    if not job.resource:
        return ""
    is_unusable = isinstance(outcome, UnusableConnection)
    if isinstance(outcome, DeliveryError) and (is_unusable or not isinstance(outcome, PermanentDeliveryError)):
        turn = tx.endpoints.failed(job.resource, job.id, is_unusable=is_unusable)
        if turn:
            error = {"code": outcome.code, "message": outcome.message} | ({"hint": outcome.hint} if is_unusable else {})
            _tell(tx, job.resource, turn, error, is_test=is_test)
        return turn
    turn = tx.endpoints.worked(job.resource) if job.is_watched else ""
    if turn:
        _tell(tx, job.resource, turn, None, is_test=is_test)
        tx.jobs.rung.add(job.lane)
    return turn


def try_at_once(tx: Transaction, connection: str) -> bool:
    """Somebody found that a far side answers: what waits for it does not wait on. Whether anything was put off.

    It is told as back only once a delivery got through: that somebody is there, and lets us in, is no proof of that.
    """
    is_suspended = tx.endpoints.try_now(connection)
    if is_suspended:
        tx.jobs.hasten(connection)
    is_unpolled = tx.polls.state(connection).failures > 0
    if is_unpolled:
        tx.polls.hasten([connection])
    return is_suspended or is_unpolled


def _tell(tx: Transaction, connection: str, turn: Turn, error: dict[str, str] | None, *, is_test: bool) -> None:
    until = rfc3339(tx.endpoints.open_until(connection))
    tx.audit.suspended(connection, turn=turn, until=until, error=error)
    tx.events.tell(f"connection.{turn}", test=is_test, data={"connection": connection, "until": until, "error": error})
