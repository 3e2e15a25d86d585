"""Process small files by the short way (`hub.flow.at_once`): all are read, then all are understood, then each is written by itself.

A step that is done for one file after another finds its code and tables still at hand in the processor: measured, it takes some 7 % less
to process an order than where each takes every step before the next begins. What cannot go the short way is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import structlog

from hub.errors import HubError, TransientError
from hub.flow.at_once import Foreseen, foresee, is_fresh, take_foreseen
from hub.flow.hub import Hub
from hub.flow.reading import Reading, read_file
from hub.store.jobs import Job, LeaseLost

log = structlog.get_logger(__name__)

SMALL = 64 << 10
"""Octets of a file; a longer one is a job for itself."""


def process_many(jobs: Sequence[Job], hub: Hub) -> Iterator[Job]:
    """Process what can take the short way; yields each other job at its place in the sequence, to be run before those behind it."""
    foreseen = _foresee(jobs, hub)
    for place, job in enumerate(jobs):
        if place:
            # callers come first among these too, as they do before each handful
            with hub.turn.away():
                hub.rush.make_room()
        made = foreseen.get(job.id)
        if made is None or not _take(made, job, hub):
            yield job


def _foresee(jobs: Sequence[Job], hub: Hub) -> dict[str, Foreseen]:
    """What was made ready, by the job's id."""
    try:
        read = list(_read(jobs, hub))
    except TransientError:  # each job by itself meets it again and is given back
        return {}
    hub.turn.pass_on()
    made = ((job.id, foresee(reading, job, hub)) for job, reading in read)
    return {name: each for name, each in made if each is not None}


def _read(jobs: Sequence[Job], hub: Hub) -> Iterator[tuple[Job, Reading]]:
    """The jobs whose file is one short interchange, with it."""
    fresh = [job for job in jobs if is_fresh(job)]
    with hub.read() as view:
        view.messages.ahead_of_places(job.subject for job in fresh)
        payloads = [(job, _payload(job, view.messages.place_of)) for job in fresh]
    for job, payload in payloads:
        if payload is None:
            continue
        try:
            readings = list(islice(read_file(payload, hub), 2))
        except Exception:  # boundary: the long way meets it again, and says what it is
            log.debug("not read together", subject=job.subject, exc_info=True)
            continue
        if len(readings) == 1:
            yield job, readings[0]


def _payload(job: Job, place_of: Callable[[str], tuple[bytes | None, str]]) -> bytes | None:
    try:
        in_row, _ = place_of(job.subject)
    except HubError:
        return None
    return in_row if in_row is not None and len(in_row) <= SMALL else None


def _take(foreseen: Foreseen, job: Job, hub: Hub) -> bool:
    """Whether the job needs no more."""
    try:
        return take_foreseen(foreseen, job, hub)
    except LeaseLost:
        log.info("lease lost", job=job.id, subject=job.subject)
        return True
    except TransientError:
        return False
