"""CONTRL, the syntax and service report (ISO 9735-4; EANCOM): UCI about the interchange, UCF, UCM, UCS and UCD below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.edi.acknowledge.functional import message_verdict
from hub.edi.acknowledge.packed import MessageReport
from hub.edi.acknowledge.policy import AckPolicy
from hub.edi.acknowledge.reports import ACKNOWLEDGMENTS, GroupReport, InterchangeReport
from hub.edi.acknowledge.ta1 import interchange_verdict
from hub.edi.acknowledge.wire import codes, segment_notes
from hub.edi.envelope_reader import text
from hub.edi.findings import Finding
from hub.edi.tree import Element, PartyId, Segment

REJECTED, ACKNOWLEDGED, RECEIVED = "4", "7", "8"
_NO_AGREEMENT = "17"
_MOST_SEGMENTS, _MOST_ELEMENTS = 999, 99
_REFERENCE = 14
"""The most characters of 0020, 0048 and 0062: a longer one is a finding, and is echoed as far as the answer can hold it."""
_IDENTIFIER = (6, 3, 3, 2, 6)
"""The same of 0065, 0052, 0054, 0051 and 0057; the first four are mandatory."""
_SERVICE_TAGS = {
    "UCI": frozenset({"UNA", "UNB", "UNZ"}),
    "UCF": frozenset({"UNG", "UNE"}),
    "UCM": frozenset({"UNH", "UNT"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrlVersion:
    """0052, 0054 and 0057 of the CONTRL to write."""

    version: str
    release: str
    association: str = ""


def contrl_version(report: InterchangeReport, directory: str = "") -> ContrlVersion:
    """The CONTRL to write: as agreed (`2:2:UN:EAN002`), else by the syntax and the EANCOM edition of what is answered."""
    if directory:
        version, release, _, association = (*directory.split(":"), "", "", "", "")[:4]
        return ContrlVersion(version=version, release=release, association=association)
    if report.interchange.version >= "4":
        return ContrlVersion(version="4", release="1")
    eancom = next((group.messages.eancom for group in report.groups if group.messages.eancom), "")
    if eancom:
        if _is_before_d98(eancom):
            return ContrlVersion(version="2", release="2", association="EAN002")
        return ContrlVersion(version="D", release="3", association="EAN004")
    return ContrlVersion(version="D", release="3")


def _is_before_d98(version: str) -> bool:
    return "90" <= version[-3:-1] <= "97"


def contrl(report: InterchangeReport, policy: AckPolicy) -> Iterator[Segment]:
    """The segments between UNH and UNT, as they are written."""
    interchange = report.interchange
    if policy.receipt_only:
        yield _interchange_response(report, RECEIVED, [], policy)
        return
    findings = [found for found in report.envelope_findings("CONTRL", "UCI") if policy.rejects(found)]
    if interchange_verdict(report, policy) == "rejected":
        yield _interchange_response(report, REJECTED, findings, policy)
        return
    yield _interchange_response(report, ACKNOWLEDGED, [], policy)
    repeats = interchange.version >= "4"
    for group in report.groups:
        if group.group.header:
            response = _group_response(group, policy)
            yield response
            if response[4] == REJECTED:
                continue
        if policy.detail != "group":
            yield from _messages(group, policy, repeats=repeats)


def _interchange_response(report: InterchangeReport, action: str, findings: list[Finding], policy: AckPolicy) -> Segment:
    interchange = report.interchange
    head: Segment = [
        "UCI",
        interchange.control_number[:_REFERENCE] or "0",
        _party(interchange.sender),
        _party(interchange.receiver),
        action,
    ]
    return head + _reason(findings, "UCI", policy)


def _party(party: PartyId) -> Element:
    return [party.id, party.qualifier, party.internal]


def _reason(findings: list[Finding], segment: str, policy: AckPolicy) -> Segment:
    """0085, 0013 and S011 of the first finding that rejects: a response segment has room for one."""
    ordered = sorted(findings, key=lambda found: not policy.rejects(found))
    for found in ordered:
        for code in codes([found], "CONTRL", segment):
            tag = found.where.segment or ""
            known = tag if tag in _SERVICE_TAGS[segment] else ""
            place = _position(found, repeats=False) if known and found.where.element else ""
            return [code, known, place]
    return []


def _position(found: Finding, *, repeats: bool) -> Element:
    """S011: the segment tag is position 1, so that the first element is position 2 (0098)."""
    where = found.where
    parts = [str((where.element or 0) + 1)]
    if where.component or (where.repetition and repeats):
        parts.append(str(where.component) if where.component else "")
    if where.repetition and repeats:
        parts.append(str(where.repetition))
    return parts[0] if len(parts) == 1 else parts


def _group_response(report: GroupReport, policy: AckPolicy) -> Segment:
    group, around = report.group, report.group.interchange
    sender = group.sender if group.sender.id else around.sender
    receiver = group.receiver if group.receiver.id else around.receiver
    head: Segment = [
        "UCF",
        group.control_number[:_REFERENCE] or "0",
        [sender.id, sender.qualifier],
        [receiver.id, receiver.qualifier],
    ]
    if policy.verdict(group.findings) == "rejected":
        return [*head, REJECTED, *_reason(group.findings, "UCF", policy)]
    return [*head, ACKNOWLEDGED]


def _messages(report: GroupReport, policy: AckPolicy, *, repeats: bool) -> Iterator[Segment]:
    for message in report.messages:
        if message.type not in ACKNOWLEDGMENTS:
            yield from _message(message, policy, repeats=repeats)


def _message(message: MessageReport, policy: AckPolicy, *, repeats: bool) -> list[Segment]:
    verdict = message_verdict(message, policy)
    told = [found for found in message.findings if policy.notes(found)]
    identifier = [text(message.header, 2, place)[:most] for place, most in enumerate(_IDENTIFIER, 1)]
    identifier[:4] = [part or "0" for part in identifier[:4]]
    reason: Segment = []
    if verdict == "rejected":
        reason = _reason(told, "UCM", policy) or ([] if message.is_known else [_NO_AGREEMENT])
    action = REJECTED if verdict == "rejected" else ACKNOWLEDGED
    out: list[Segment] = [["UCM", message.control_number[:_REFERENCE] or "0", identifier, action, *reason]]
    return out if policy.detail != "element" else out + _errors(told, repeats=repeats)


def _errors(findings: list[Finding], *, repeats: bool) -> list[Segment]:
    """UCS for each segment in error, or missing after the one named; UCD for each of its elements."""
    out: list[Segment] = []
    for note in segment_notes(findings, "CONTRL", segment="UCS", element="UCD")[:_MOST_SEGMENTS]:
        out += [["UCS", str(note.position)[:6], code] for code in note.codes or [""]]
        out += [["UCD", code, _position(found, repeats=repeats)] for code, found in note.elements[:_MOST_ELEMENTS]]
    return out
