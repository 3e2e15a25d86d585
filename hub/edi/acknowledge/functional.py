"""997 (X12.20) and 999 (X12.20 implementation acknowledgment, 005010X231): one transaction set for each group received."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hub.edi.acknowledge.packed import MessageReport
from hub.edi.acknowledge.policy import AckPolicy, Verdict
from hub.edi.acknowledge.reports import GroupReport, implementation
from hub.edi.acknowledge.wire import MOST_VALUE, SegmentNote, codes, copied, number, segment_id, segment_notes
from hub.edi.dictionary import nearest_release
from hub.edi.envelope_reader import text
from hub.edi.findings import Finding
from hub.edi.tree import Delimiters, Segment

_ACTION: dict[Verdict, str] = {"accepted": "A", "accepted_with_errors": "E", "rejected": "R"}
_SEGMENTS_IN_ERROR = "5"
_ELEMENTS_IN_ERROR = "8"
_NOT_SUPPORTED = "1"
_MOST_CODES = 5
_MOST_ELEMENT_NOTES = 99
_BEFORE_005010 = {"12": "3", "13": "3"}
"""Codes of 723 that 004010 does not have, and the one it says them with: too many data elements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How 997 and 999 differ: segment tags, the release that is written, and the service characters of the answer."""

    ack: Literal["997", "999"]
    version: str
    delimiters: Delimiters
    segment: str = "AK3"
    element: str = "AK4"
    trailer: str = "AK5"

    @property
    def is_005010(self) -> bool:
        """Whether AK103, AK203 and the repetition in AK401 exist."""
        return nearest_release("x12", self.version)[0] >= "005010"


def dialect(ack: Literal["997", "999"], version: str, delimiters: Delimiters) -> Dialect:
    """The dialect of an answer to a group of `version` (GS08)."""
    if ack == "999":
        return Dialect(ack="999", version="005010X231A1", delimiters=delimiters, segment="IK3", element="IK4", trailer="IK5")
    return Dialect(ack="997", version=version, delimiters=delimiters)


def message_verdict(message: MessageReport, policy: AckPolicy) -> Verdict:
    """What happens to one message: what its findings say, or the policy on types nobody knows."""
    if not message.is_known and policy.unknown_types == "reject":
        return "rejected"
    return policy.verdict(message.findings)


def functional(report: GroupReport, policy: AckPolicy, form: Dialect) -> Iterator[Segment]:
    """The segments between ST and SE, as they are written: AK1, an AK2 loop for each transaction set, AK9."""
    group = report.group
    first: Segment = ["AK1", _group_type(group.type), number(group.control_number, most=9)]
    yield [*first, group.version[:12]] if form.is_005010 and group.version else first
    verdicts: list[Verdict] = []
    is_rejected = policy.verdict(group.findings) == "rejected"
    for message in report.messages:
        # A rejected group takes its sets with it: AK5 A beside AK9 R would tell the sender that a dropped document is in.
        verdict = "rejected" if is_rejected else message_verdict(message, policy)
        verdicts.append(verdict)
        if policy.detail != "group":
            yield from _message(message, verdict, policy, form)
    yield _group_trailer(report, verdicts, policy)


def _group_type(value: str) -> str:
    return value[:2] if len(value) >= 2 else value.ljust(2, "X")


def _message(message: MessageReport, verdict: Verdict, policy: AckPolicy, form: Dialect) -> list[Segment]:
    head: Segment = ["AK2", message.type[:3].zfill(3), message.control_number[:9] or "0000"]
    convention = implementation(message)
    if form.is_005010 and convention:
        head.append(convention[:35])
    out = [head]
    if not message.findings and verdict == "accepted":
        out.append([form.trailer, _ACTION[verdict]])
        return out
    told = [found for found in message.findings if policy.notes(found)]
    notes = segment_notes(told, form.ack, segment=form.segment, element=form.element)
    if policy.detail == "element":
        for note in notes:
            out += _segment(note, form)
    reasons = codes(told, form.ack, form.trailer)
    reasons += [_SEGMENTS_IN_ERROR] if notes and _SEGMENTS_IN_ERROR not in reasons else []
    if not message.is_known and policy.unknown_types == "reject":
        reasons.insert(0, _NOT_SUPPORTED)
    out.append([form.trailer, _ACTION[verdict], *reasons[:_MOST_CODES]])
    return out


def _segment(note: SegmentNote, form: Dialect) -> list[Segment]:
    """One AK3 or IK3 for each code, since AK304 and IK304 hold one; the notes on elements stand below the last."""
    loop = note.loop if form.ack == "999" and len(note.loop) <= 4 else ""
    own = [*note.codes, *([_ELEMENTS_IN_ERROR] if note.elements else [])]
    out: list[Segment] = [[form.segment, segment_id(note.tag), str(note.position)[:6], loop, code] for code in own]
    return out + [_element(code, found, form) for code, found in note.elements[:_MOST_ELEMENT_NOTES]]


def _element(code: str, found: Finding, form: Dialect) -> Segment:
    where = found.where
    position = [str(where.element or 1)]
    if where.component or (where.repetition and form.is_005010):
        position.append(str(where.component) if where.component else "")
    if where.repetition and form.is_005010:
        position.append(str(where.repetition))
    if not form.is_005010:
        code = _BEFORE_005010.get(code, code)
    data_element = where.data_element or ""
    value = copied(found.value, form.delimiters)[:MOST_VALUE]
    place = position[0] if len(position) == 1 else position
    return [form.element, place, data_element if data_element.isdecimal() and data_element != "0" else "", code, value]


def _group_trailer(report: GroupReport, verdicts: list[Verdict], policy: AckPolicy) -> Segment:
    """AK9: the verdict on the group, the sets stated in GE01, received and accepted."""
    group = report.group
    received = len(verdicts)
    accepted = sum(1 for verdict in verdicts if verdict != "rejected")
    own = policy.verdict(group.findings)
    noted = [found for found in group.findings if policy.notes(found)]
    reasons = codes(noted, "997", "AK9")[:_MOST_CODES] if noted else []
    if own == "rejected" or (received and not accepted):
        action = "R"
    elif accepted < received:
        action = "P"
    else:
        action = "E" if own != "accepted" or "accepted_with_errors" in verdicts else "A"
    stated = text(group.trailer, 1)
    included = stated if stated.isdecimal() and len(stated) <= 6 else str(received)
    return ["AK9", action, included, str(received), str(accepted), *reasons]
