"""Deliver several documents of one connection together: one look, one wait for the disk, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

import structlog

from hub.errors import DeliveryError, HubError
from hub.flow.deliver import outgoing, write_outcome
from hub.flow.hub import Hub
from hub.ports import BatchSender, OutboundDocument, Receipt
from hub.store.jobs import Job, LeaseLost
from hub.store.messages import Message

log = structlog.get_logger(__name__)

_Attempt: TypeAlias = tuple[Job, Message, Receipt | DeliveryError]


def deliver_many(jobs: Sequence[Job], hub: Hub) -> list[Job]:
    """Make one attempt for each; the jobs it left alone, which are for `deliver`.

    All outcomes are written in one transaction, or each in its own where a job is not ours any more. When this raises, none of them
    is: each job may be run by itself, and its document is sent again under the same key.
    """
    ready, left = _ready(jobs, hub)
    if not ready:
        return left
    sender = cast("BatchSender", hub.sender(jobs[0].resource))
    hub.crash_point("before-send")
    outcomes = sender.send_many([document for _, _, document in ready], hub.turn.away)
    hub.crash_point("after-send")
    attempts = [(job, message, outcome) for (job, message, _), outcome in zip(ready, outcomes, strict=True)]
    try:
        _write(attempts, hub)
    except LeaseLost:
        for attempt in attempts:
            _write_alone(attempt, hub)
    hub.crash_point("after-delivery")
    return left


def _write(attempts: Sequence[_Attempt], hub: Hub) -> None:
    with hub.transaction() as tx:
        for job, message, outcome in attempts:
            write_outcome(tx, job, message, outcome, hub)


def _write_alone(attempt: _Attempt, hub: Hub) -> None:
    try:
        _write([attempt], hub)
    except LeaseLost:
        log.info("lease lost", job=attempt[0].id, subject=attempt[0].subject)


def _ready(jobs: Sequence[Job], hub: Hub) -> tuple[list[tuple[Job, Message, OutboundDocument]], list[Job]]:
    ready, left = [], []
    with hub.read() as view:
        view.messages.ahead_of_outgoing(job.subject for job in jobs)
        for job in jobs:
            try:
                message, document = outgoing(view, job.subject)
            except HubError:
                left.append(job)
                continue
            # a large one is written for itself: nobody waits for it in the middle of others
            if document.body is not None or message.connection != job.resource or hub.is_switched_off(message.partner):
                left.append(job)
            else:
                ready.append((job, message, document))
    return ready, left
