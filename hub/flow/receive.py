"""Step one: write down what a file contains, find what was received before, and queue the functional acknowledgment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from hub.edi.acknowledge import ACKNOWLEDGMENTS, AckPolicy, MessageReport, interchange_verdict, message_verdict
from hub.edi.catalogue_envelope import finding
from hub.edi.findings import Finding, Where
from hub.edi.tree import Group
from hub.errors import HubError
from hub.flow.acknowledge import (
    Terms,
    answer_again,
    policy_of,
    queue_acknowledgments,
    take_numbers_ahead,
    terms_of,
)
from hub.flow.hub import Hub
from hub.flow.reading import Judged, Reading
from hub.flow.remembered import Remembered
from hub.flow.ta1 import match_ta1
from hub.flow.understand import error_of
from hub.flow.untold import untold_interchange
from hub.routing.refusals import Refusal
from hub.store.documents import DocumentRow
from hub.store.encoding import to_json
from hub.store.interchanges import Seen
from hub.store.jobs import Job
from hub.store.transaction import Transaction

ROWS = 1000
"""Documents written in one transaction: a long file is written in many short ones, so that nobody else waits long for the store."""
PAGE = 200
"""Documents fetched at once for step two; more than one commit makes durable together."""


@dataclass(frozen=True, slots=True)
class Received:
    """What step one leaves: the first documents that wait for step two, and the messages still in memory, by their place."""

    waiting: list[DocumentRow]
    kept: dict[int, Judged]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a whole interchange."""

    state: str  # accepted, rejected, duplicate, held
    error: dict[str, Any] | None = None
    duplicate_of: Seen | None = None


def receive(job: Job, readings: Iterable[Reading], hub: Hub) -> Received:
    """Write every interchange that was not written yet, and its documents.

    A file of up to `ROWS` messages is one transaction. Of a longer one each interchange is: it is answered with its first documents,
    the others follow, and what a crash left unwritten is written when the job comes again.
    """
    kept: dict[int, Judged] = {}
    waiting: list[DocumentRow] = []
    known: dict[int, Any] | None = None
    for batch, is_last in _batches(readings):
        rest: Iterator[dict[str, Any]] = iter(())
        with hub.transaction() as tx:
            tx.jobs.holds(job)
            is_first = known is None
            if known is None:
                known = {row.position: row for row in tx.interchanges.of_message(job.subject)}
            for reading in batch:
                rest = _interchange(tx, job.subject, reading, known.get(reading.position), hub)
                kept |= reading.kept
            ahead = next(rest, None)
            if is_last and ahead is None:
                is_new = is_first and not known
                waiting = (tx.documents.unsettled_of_new if is_new else tx.documents.unsettled)(job.subject, most=PAGE)
            hub.crash_point("before-acknowledge-commit")
        hub.crash_point("after-acknowledge")
        while ahead is not None:
            with hub.transaction() as tx:
                tx.jobs.holds(job)
                tx.documents.add([ahead, *islice(rest, ROWS - 1)])
                ahead = next(rest, None)
                if is_last and ahead is None:
                    waiting = tx.documents.unsettled(job.subject, most=PAGE)
    return Received(waiting, kept)


def _batches(readings: Iterable[Reading]) -> Iterator[tuple[list[Reading], bool]]:
    """As many interchanges as one transaction may write, one at least; and whether they are the last."""
    batch: list[Reading] = []
    size = 0
    for reading in readings:
        weight = 1 + len(reading.messages)
        if batch and size + weight > ROWS:
            yield batch, False
            batch, size = [], 0
        batch.append(reading)
        size += weight
    yield batch, True


def _interchange(tx: Transaction, message_id: str, reading: Reading, before: Any, hub: Hub) -> Iterator[dict[str, Any]]:
    """Write what is not written yet of one interchange; returns the documents that are still to be written."""
    if before is None or before.state == "held":
        if before is not None:
            tx.interchanges.forget(before.id)
        return take_in(tx, message_id, reading, hub)
    if not reading.messages:
        return iter(())
    there = tx.documents.count_between(message_id, reading.messages.first, reading.messages.last)
    if there == len(reading.messages):
        return iter(())
    terms = terms_of(reading)
    verdict = replace(_verdict(tx, message_id, reading, terms), state=before.state)
    return islice(documents_of(message_id, before.id, reading, verdict, terms), there, None)


class NotAsForeseen(Exception):
    """What was made ready for an accepted interchange does not fit: another was found before it."""


def take_in(
    tx: Transaction, message_id: str, reading: Reading, hub: Hub, *, only: dict[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """Write an interchange, its first documents and its acknowledgments; returns the documents that are still to be written.

    `only` is the row of its one document, made ready while the interchange was taken for accepted: it is begun, and whose the message
    is stays to be written with its state. Raises `NotAsForeseen` where it is not accepted.
    """
    terms = terms_of(reading)
    verdict = _verdict(tx, message_id, reading, terms)
    if only is not None and verdict.state != "accepted":
        raise NotAsForeseen
    interchange_id = _write(tx, message_id, reading, verdict)
    rows = documents_of(message_id, interchange_id, reading, verdict, terms)
    if only is None:
        added = list(islice(rows, ROWS))
        tx.documents.add(added)
        if reading.partner is not None:
            tx.messages.set(message_id, partner=reading.partner.id, test=reading.is_test)
    else:
        added, rows = [only], iter(())
        tx.documents.begin(only | {"interchange_id": interchange_id})
    if verdict.state == "held":
        assert verdict.error is not None
        tx.messages.set(message_id, error=verdict.error)
        tx.audit.held(message_id, code=verdict.error["code"], message=verdict.error["message"])
        data = {"interchange": reading.interchange.control_number, "error": verdict.error}
        tx.events.tell("message.held", message=message_id, test=reading.is_test, data=data)
        return rows
    if verdict.duplicate_of is not None:
        tx.audit.duplicated(message_id, of=verdict.duplicate_of.message_id, level="control_number")
        answer_again(tx, verdict.duplicate_of.message_id)
        data = {"interchange": reading.interchange.control_number, "duplicate_of": verdict.duplicate_of.message_id}
        tx.events.tell("message.duplicate", message=message_id, test=reading.is_test, data=data)
        return rows
    assert terms is not None
    if not queue_acknowledgments(tx, message_id, reading, terms, hub):
        _demand_told(tx, message_id, reading, verdict, policy_of(terms), added)
    for segment in reading.interchange.ta1:
        match_ta1(tx, message_id, interchange_id, reading, segment)
    tx.audit.read(
        message_id,
        interchange=reading.interchange.control_number,
        verdict=verdict.state,
        messages=len(reading.messages),
        errors=reading.messages.errors,
    )
    return rows


def take_in_ahead(tx: Transaction, message_id: str, reading: Reading) -> None:
    """Lock what `take_in` locks, and have at hand what it asks for of an interchange that is accepted and acknowledged."""
    tx.interchanges.ahead_of_seen(**_same_number(message_id, reading))
    terms = terms_of(reading)
    if terms is not None:
        take_numbers_ahead(tx.numbers, reading, terms)


def _same_number(message_id: str, reading: Reading) -> dict[str, Any]:
    """What makes an earlier interchange one with the same control number."""
    interchange = reading.interchange
    return {
        "sender": _party(interchange.sender),
        "receiver": _party(interchange.receiver),
        "test": interchange.test != "production",
        "control_number": interchange.control_number,
        "days": max(1, _duplicates(reading).window.days),
        "but_message": message_id,
    }


def _demand_told(
    tx: Transaction, message_id: str, reading: Reading, verdict: Verdict, policy: AckPolicy, added: list[dict[str, Any]]
) -> None:
    """Have a person look at what was rejected where no acknowledgment says so."""
    if (
        verdict.state == "accepted"
        and not reading.messages.errors
        and not any(each.group.findings for each in reading.report.groups)
    ):
        return
    rejected = []
    for message, group, report in reading.beside():
        state, error = _state(message, report, verdict, policy, group=group)
        if state == "rejected":
            rejected.append(error)
    if rejected or verdict.state == "rejected":
        first = next((each["id"] for each in added if each["state"] == "rejected"), None)
        error = next((each for each in rejected if each is not None), verdict.error) or {"message": "its syntax"}
        untold_interchange(tx, reading, message_id, first, (len(rejected), error))


def _verdict(tx: Transaction, message_id: str, reading: Reading, terms: Terms | None) -> Verdict:
    if reading.refusal is not None or terms is None:
        refusal = reading.refusal or reading.unknown
        assert refusal is not None
        return Verdict(state="held", error=_refused(refusal))
    interchange = reading.interchange
    rules = _duplicates(reading)
    seen = tx.interchanges.seen(**_same_number(message_id, reading))
    if seen is not None:
        is_same = seen.sha256 == reading.sha256
        if is_same and rules.same_bytes == "answer":
            return Verdict(state="duplicate", duplicate_of=seen)
        if not is_same and rules.other_bytes == "reject":
            return Verdict(state="rejected", error=error_of(_used(reading, seen)))
        if is_same or rules.other_bytes != "accept":
            return Verdict(state="held", error=_reused(interchange.control_number, seen, is_same=is_same))
    is_rejected = interchange_verdict(reading.report, policy_of(terms)) == "rejected"
    return Verdict(state="rejected" if is_rejected else "accepted", error=_worst(reading) if is_rejected else None)


def _write(tx: Transaction, message_id: str, reading: Reading, verdict: Verdict) -> str:
    interchange = reading.interchange
    return tx.interchanges.add(
        message_id=message_id,
        position=reading.position,
        direction="in",
        standard=interchange.standard,
        sender=_party(interchange.sender),
        receiver=_party(interchange.receiver),
        control_number=interchange.control_number,
        test=interchange.test != "production",
        sha256=reading.sha256,
        partner="" if reading.partner is None else reading.partner.id,
        state=verdict.state,
        duplicate_of=None if verdict.duplicate_of is None else verdict.duplicate_of.id,
    )


def documents_of(
    message_id: str, interchange_id: str, reading: Reading, verdict: Verdict, terms: Terms | None
) -> Iterator[dict[str, Any]]:
    """The rows of the documents of an interchange, in their order, each made when it is asked for."""
    policy = None if terms is None else policy_of(terms)
    whole = {
        "message_id": message_id,
        "interchange_id": interchange_id,
        "direction": "in",
        "standard": reading.interchange.standard,
        "partner": "" if reading.partner is None else reading.partner.id,
        "interchange_number": reading.interchange.control_number,
        "test": reading.is_test,
    }
    for message, group, report in reading.beside():
        state, error = _state(message, report, verdict, policy, group=group)
        yield {
            **whole,
            "position": message.place,
            "type": message.type,
            "version": message.version,
            "association": message.association,
            "agreement": message.agreement,
            "control_number": message.control_number,
            "group_type": group.type,
            "group_number": group.control_number,
            "state": state,
            "error": None if error is None else to_json(error),
            "content_sha256": message.content_sha256,
            "findings": message.findings,
        }


def _state(
    message: Remembered, report: MessageReport, verdict: Verdict, policy: AckPolicy | None, *, group: Group
) -> tuple[str, dict[str, Any] | None]:
    """Where a document begins, and why it goes no further where it does not."""
    if verdict.state != "accepted" or policy is None:
        return verdict.state, verdict.error
    if message.bug:
        return "quarantined", {
            "code": "HUB-500",
            "message": message.bug,
            "who": "developer",
            "hint": "report it with the stored bytes",
        }
    if policy.verdict(group.findings) == "rejected" or message_verdict(report, policy) == "rejected":
        errors = [found for found in (*message.found(), *group.findings) if policy.rejects(found)]
        # nothing answers an acknowledgment: a person must see the one that does not stand (`hub.flow.process`)
        state = "received" if message.type in ACKNOWLEDGMENTS else "rejected"
        return state, error_of(errors[0]) if errors else None
    return "received", None


def _duplicates(reading: Reading) -> Any:
    if reading.agreement is not None:
        return reading.agreement.duplicates
    assert reading.partner is not None
    return reading.partner.duplicates


def _worst(reading: Reading) -> dict[str, Any] | None:
    found = next((each for each in reading.interchange.findings if each.severity == "error"), None)
    return None if found is None else error_of(found)


def _refused(refusal: Refusal) -> dict[str, Any]:
    error: HubError = refusal.error()
    return {"code": error.code, "message": error.message, "hint": error.hint, "who": "admin", **error.detail}


def _reused(control_number: str, seen: Seen, *, is_same: bool) -> dict[str, Any]:
    what = "the same bytes" if is_same else "other content"
    return {
        "code": "RTE-310",
        "message": f"interchange {control_number} was received before, with {what}",
        "hint": "ask the partner for a new control number, or set `duplicates: {other_bytes: accept}` and replay",
        "who": "operator",
        "first": seen.message_id,
    }


def _used(reading: Reading, seen: Seen) -> Finding:
    """The duplicate number as a finding of the interchange, so that its TA1 or CONTRL says so."""
    interchange = reading.interchange
    where = Where(interchange=interchange.control_number)
    message = f"interchange {interchange.control_number} was received before, with other content"
    found = finding("EDI-155", interchange.standard, message, where, value=seen.message_id)
    interchange.findings.append(found)
    return found


def _party(party: Any) -> str:
    return ":".join(part for part in (party.qualifier.strip(), party.id.strip(), party.internal.strip()) if part)
