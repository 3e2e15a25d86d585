"""Step one: write down what a file contains, find what was received before, and queue the functional acknowledgment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hub.edi.acknowledge import AckPolicy, MessageReport, interchange_verdict, message_verdict
from hub.edi.catalogue_envelope import finding
from hub.edi.findings import Finding, Where
from hub.errors import HubError
from hub.flow.acknowledge import Terms, answer_again, policy_of, queue_acknowledgments, terms_of
from hub.flow.hub import Hub
from hub.flow.reading import Judged, Reading
from hub.flow.ta1 import match_ta1
from hub.flow.understand import error_of
from hub.routing.refusals import Refusal
from hub.store.documents import DocumentRow
from hub.store.encoding import to_json
from hub.store.interchanges import Seen
from hub.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that waits for step two, with its message where that is still in memory."""

    row: DocumentRow
    judged: Judged | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What becomes of a whole interchange."""

    state: str  # accepted, rejected, duplicate, held
    error: dict[str, Any] | None = None
    duplicate_of: Seen | None = None


def receive(tx: Transaction, message_id: str, readings: Iterable[Reading], hub: Hub) -> list[Waiting]:
    """Write every interchange that was not written yet, and return the documents that wait for step two."""
    known = {row.position: row for row in tx.interchanges.of_message(message_id)}
    kept: dict[int, Judged] = {}
    for reading in readings:
        kept |= {each.message.index: each for each in reading.messages if each.placement is not None or each.spec is None}
        before = known.get(reading.position)
        if before is not None and before.state != "held":
            continue
        if before is not None:
            tx.interchanges.forget(before.id)
        _take_in(tx, message_id, reading, hub)
    return [Waiting(row, kept.get(row.position)) for row in tx.documents.unsettled(message_id)]


def _take_in(tx: Transaction, message_id: str, reading: Reading, hub: Hub) -> None:
    terms = terms_of(reading)
    verdict = _verdict(tx, message_id, reading, terms)
    interchange_id = _write(tx, message_id, reading, verdict)
    policy = None if terms is None else policy_of(terms)
    most = hub.site.file.limits.findings
    rows = [_document(message_id, interchange_id, reading, place, verdict, policy) for place in range(len(reading.messages))]
    tx.documents.add(
        [{**row, "findings": to_json(each.findings[:most])} for row, each in zip(rows, reading.messages, strict=True)]
    )
    if reading.partner is not None:
        tx.messages.set(message_id, partner=reading.partner.id, test=reading.is_test)
    if verdict.state == "held":
        assert verdict.error is not None
        tx.messages.set(message_id, error=verdict.error)
        tx.audit.held(message_id, code=verdict.error["code"], message=verdict.error["message"])
        data = {"interchange": reading.interchange.control_number, "error": verdict.error}
        tx.events.tell("message.held", message=message_id, test=reading.is_test, data=data)
        return
    if verdict.duplicate_of is not None:
        tx.audit.duplicated(message_id, of=verdict.duplicate_of.message_id, level="control_number")
        answer_again(tx, verdict.duplicate_of.message_id)
        data = {"interchange": reading.interchange.control_number, "duplicate_of": verdict.duplicate_of.message_id}
        tx.events.tell("message.duplicate", message=message_id, test=reading.is_test, data=data)
        return
    assert terms is not None
    queue_acknowledgments(tx, message_id, reading, terms, hub)
    for segment in reading.interchange.ta1:
        match_ta1(tx, message_id, interchange_id, reading, segment)
    errors = sum(1 for each in reading.messages for found in each.findings if found.severity == "error")
    tx.audit.read(
        message_id,
        interchange=reading.interchange.control_number,
        verdict=verdict.state,
        messages=len(reading.messages),
        errors=errors,
    )


def _verdict(tx: Transaction, message_id: str, reading: Reading, terms: Terms | None) -> _Verdict:
    if reading.refusal is not None or terms is None:
        refusal = reading.refusal or next(each.refusal for each in reading.messages if each.refusal is not None)
        return _Verdict(state="held", error=_refused(refusal))
    interchange = reading.interchange
    rules = _duplicates(reading)
    seen = tx.interchanges.seen(
        sender=_party(interchange.sender),
        receiver=_party(interchange.receiver),
        test=interchange.test != "production",
        control_number=interchange.control_number,
        days=max(1, rules.window.days),
        but_message=message_id,
    )
    if seen is not None:
        is_same = seen.sha256 == reading.sha256
        if is_same and rules.same_bytes == "answer":
            return _Verdict(state="duplicate", duplicate_of=seen)
        if not is_same and rules.other_bytes == "reject":
            return _Verdict(state="rejected", error=error_of(_used(reading, seen)))
        if is_same or rules.other_bytes != "accept":
            return _Verdict(state="held", error=_reused(interchange.control_number, seen, is_same=is_same))
    is_rejected = interchange_verdict(reading.report, policy_of(terms)) == "rejected"
    return _Verdict(state="rejected" if is_rejected else "accepted", error=_worst(reading) if is_rejected else None)


def _write(tx: Transaction, message_id: str, reading: Reading, verdict: _Verdict) -> str:
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


def _document(
    message_id: str, interchange_id: str, reading: Reading, place: int, verdict: _Verdict, policy: AckPolicy | None
) -> dict[str, Any]:
    judged, message = reading.messages[place], reading.messages[place].message
    state, error = _state(judged, reading.reports[place], verdict, policy, group=reading.group_findings(place))
    return {
        "message_id": message_id,
        "interchange_id": interchange_id,
        "position": message.index,
        "direction": "in",
        "standard": message.interchange.standard,
        "type": message.type,
        "version": message.version,
        "association": message.association,
        "partner": "" if reading.partner is None else reading.partner.id,
        "agreement": "" if judged.agreement is None else judged.agreement.id,
        "control_number": message.control_number,
        "group_type": message.group.type,
        "group_number": message.group.control_number,
        "interchange_number": message.interchange.control_number,
        "test": reading.is_test,
        "state": state,
        "error": None if error is None else to_json(error),
        "content_sha256": judged.content_sha256,
    }


def _state(
    judged: Judged, report: MessageReport, verdict: _Verdict, policy: AckPolicy | None, *, group: list[Any]
) -> tuple[str, dict[str, Any] | None]:
    """Where a document begins, and why it goes no further where it does not."""
    if verdict.state != "accepted" or policy is None:
        return verdict.state, verdict.error
    if judged.bug:
        return "quarantined", {
            "code": "HUB-500",
            "message": judged.bug,
            "who": "developer",
            "hint": "report it with the stored bytes",
        }
    if policy.verdict(group) == "rejected" or message_verdict(report, policy) == "rejected":
        errors = [found for found in (*judged.findings, *group) if policy.rejects(found)]
        return "rejected", error_of(errors[0]) if errors else None
    return "received", None


def _duplicates(reading: Reading) -> Any:
    agreement = next((each.agreement for each in reading.messages if each.agreement is not None), None)
    if agreement is not None:
        return agreement.duplicates
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
