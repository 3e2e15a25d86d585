"""From a report to the interchanges that answer it, as bytes. Control numbers come from the caller; nothing is invented."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from hub.edi.acknowledge.contrl import contrl, contrl_version
from hub.edi.acknowledge.functional import dialect, functional, message_verdict
from hub.edi.acknowledge.moulds import Key, Moulds
from hub.edi.acknowledge.packed import PackedReports
from hub.edi.acknowledge.policy import AckPolicy, Verdict
from hub.edi.acknowledge.reports import GroupReport, InterchangeReport
from hub.edi.acknowledge.ta1 import interchange_verdict, ta1
from hub.edi.envelope_reader import text
from hub.edi.findings import Finding
from hub.edi.tree import Delimiters, Interchange, Segment
from hub.edi.write import (
    EDIFACT_4_DELIMITERS,
    EDIFACT_DELIMITERS,
    X12_DELIMITERS,
    Body,
    EdifactEnvelope,
    GroupBody,
    Written,
    X12Envelope,
    write_edifact,
    write_x12,
)

_LEVEL = re.compile(r"UNO[A-KWY]")
"""The syntax levels that a CONTRL can be written in; for any other, UNOC."""

_SYNTAX_VERSIONS = frozenset("1234")

AckKind = Literal["TA1", "997", "999", "CONTRL"]


class Numbers(Protocol):
    """Where the control numbers of answers come from."""

    def interchange(self) -> str:
        """The next ISA13 or UNB 0020."""
        ...

    def group(self) -> str:
        """The next GS06."""
        ...

    def message(self) -> str:
        """The next ST02 or UNH 0062."""
        ...


@dataclass(slots=True)
class PreviewNumbers:
    """Numbers that count from 1 and belong to nobody: a preview consumes none of the site's."""

    interchanges: int = 0
    groups: int = 0
    messages: int = 0

    def interchange(self) -> str:
        """The next interchange number of this preview."""
        self.interchanges += 1
        return f"{self.interchanges:09d}"

    def group(self) -> str:
        """The next group number of this preview."""
        self.groups += 1
        return str(self.groups)

    def message(self) -> str:
        """The next message number of this preview."""
        self.messages += 1
        return f"{self.messages:04d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How answers are written: service characters and line ends of the agreement."""

    x12: Delimiters = X12_DELIMITERS
    edifact: Delimiters = EDIFACT_DELIMITERS
    line_end: str = ""
    una: bool = True


_PLAIN = Style()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One interchange that answers: its kind, control number, verdict on the whole, and bytes.

    `data` is empty where the names to answer to cannot be written (an ISA06 of 17 characters); `findings` then say so.
    """

    kind: AckKind
    control_number: str
    verdict: Verdict
    data: bytes
    answers: str
    """The control number of the interchange that is answered."""
    groups: tuple[str, ...] = ()
    """The group control numbers of a 997 or 999, in their order."""
    findings: tuple[Finding, ...] = field(default=())


def verdict_of(report: InterchangeReport, policy: AckPolicy) -> Verdict:
    """The worst that is said about anything in the interchange."""
    worst: Verdict = "accepted"
    for verdict in _verdicts(report, policy):
        if verdict == "rejected":
            return verdict
        worst = verdict if worst == "accepted" else worst
    return worst


def _verdicts(report: InterchangeReport, policy: AckPolicy) -> Iterator[Verdict]:
    yield interchange_verdict(report, policy)
    for group in report.groups:
        yield policy.verdict(group.group.findings)
        for message in group.messages:
            yield message_verdict(message, policy)


def answers(
    report: InterchangeReport, policy: AckPolicy, numbers: Numbers, *, at: dt.datetime, style: Style | None = None
) -> list[Answer]:
    """The acknowledgments of one interchange, in the order they are sent; none for acknowledgments and for what has no sender.

    `at` is the moment written into their envelopes, in the zone of the agreement.
    """
    interchange = report.interchange
    if not interchange.header or not interchange.sender.id or not interchange.receiver.id:
        return []
    chosen = style or _PLAIN
    if _is_plain(report, policy):
        return [_functional_answer(report, report.groups, policy, numbers, at=at, style=chosen)]
    if report.is_acknowledgment:
        return []
    if interchange.standard == "edifact":
        return [_contrl_answer(report, policy, numbers, at, chosen)]
    out = []
    segment = ta1(report, policy)
    if segment is not None:
        out.append(_ta1_answer(report, segment, numbers, at, chosen))
    if interchange_verdict(report, policy) != "rejected":
        groups = [group for group in report.groups if group.group.header and not group.is_acknowledgment]
        if groups:
            out.append(_functional_answer(report, groups, policy, numbers, at=at, style=chosen))
    return out


def _is_plain(report: InterchangeReport, policy: AckPolicy) -> bool:
    """Whether one set of one group came without a finding anywhere, as most do: its 997 or 999 is all that it gets."""
    interchange = report.interchange
    if interchange.standard != "x12" or interchange.findings or len(report.groups) != 1:
        return False
    group = report.groups[0]
    message = group.messages.only
    if message is None or message.findings or group.group.findings or not group.group.header or group.is_acknowledgment:
        return False
    return policy.ta1 == "never" or (policy.ta1 != "always" and not interchange.ack_requested)


def _ta1_answer(report: InterchangeReport, segment: Segment, numbers: Numbers, at: dt.datetime, style: Style) -> Answer:
    verdicts: dict[str, Verdict] = {"A": "accepted", "E": "accepted_with_errors", "R": "rejected"}
    control = numbers.interchange()
    written = write_x12(_x12_envelope(report.interchange, control, at, style), [], ta1=[segment])
    return Answer(
        kind="TA1",
        control_number=control,
        verdict=verdicts[str(segment[4])],
        data=written.data,
        answers=report.interchange.control_number,
        findings=written.findings,
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """The numbers and the moment of an answer: its interchange, and for each of its groups that of the message and the group."""

    control: str
    groups: list[tuple[str, str]]
    at: dt.datetime


def _functional_answer(
    report: InterchangeReport,
    groups: list[GroupReport],
    policy: AckPolicy,
    numbers: Numbers,
    *,
    at: dt.datetime,
    style: Style,
) -> Answer:
    own = [(numbers.message().zfill(4), numbers.group()) for _ in groups]
    given = _Given(numbers.interchange(), own, at)
    usual = _usual(report, groups, policy, given, style)
    data = _MOULDS.filled(*usual) if usual else None
    if data is not None:
        written, verdict = Written(data), _ACCEPTED
    else:
        written, verdict = _functional_written(report, groups, policy, given, style), verdict_of(report, policy)
        if usual and not written.findings:
            _MOULDS.learn(*usual, written.data, lambda: _marked(report, groups[0], policy, style))
    return Answer(
        kind=policy.functional,
        control_number=given.control,
        verdict=verdict,
        data=written.data,
        answers=report.interchange.control_number,
        groups=tuple(group for _, group in own),
        findings=written.findings,
    )


_ACCEPTED: Verdict = "accepted"
_MARKED = _Given("719000001", [("719000002", "71900003")], dt.datetime(2071, 12, 31, 23, 58, tzinfo=dt.UTC))
_MOULDS = Moulds(("719000001", "719000002", "71900003", "711231", "2358", "719000004", "719000005"))
"""Marks for ISA13, ST02, GS06, the day, the time, AK102 and AK202."""


def _usual(
    report: InterchangeReport, groups: list[GroupReport], policy: AckPolicy, given: _Given, style: Style
) -> tuple[Key, tuple[str, ...]] | None:
    """What decides a 997 that accepts the one set of one group, and its values; None for any other answer."""
    group = groups[0].group
    message = groups[0].messages.only
    if len(report.groups) != 1 or message is None or not message.is_known:
        return None
    if message.findings or group.findings or report.interchange.findings:
        return None
    day, time = _stamp(given.at)
    own, answered = given.groups[0], (group.control_number, message.control_number)
    values = (given.control, *own, day[2:], time, *answered)
    all_values = "".join(values)
    is_plain = all_values.isascii() and all_values.isalnum() and group.control_number.isdecimal()
    if not is_plain or len(given.control) != 9 or not day.startswith("20") or not all(values) or max(map(len, answered)) > 9:
        return None
    # Of ISA, GS and ST all but their numbers and moments.
    isa, header, first, marks = report.interchange.header, group.header, message.header, style.x12
    key = (
        (policy.functional, policy.detail, style.line_end, *group.trailer[:2]),
        (marks.segment, marks.element, marks.component, marks.repetition, marks.release),
        (*isa[:9], *isa[11:13], *isa[14:]),
        (*header[:4], *header[7:]),
        (*first[:2], *first[3:]),
    )
    return key, values  # type: ignore[return-value]


def _marked(report: InterchangeReport, group: GroupReport, policy: AckPolicy, style: Style) -> bytes:
    """The answer with marks for its values."""
    *_, answered, message = _MOULDS.marks
    messages = PackedReports()
    for each in group.messages:
        messages.append(replace(each, control_number=message))
    marked = GroupReport(group=replace(group.group, control_number=answered), messages=messages)
    return _functional_written(report, [marked], policy, _MARKED, style).data


def _functional_written(
    report: InterchangeReport, groups: list[GroupReport], policy: AckPolicy, given: _Given, style: Style
) -> Written:
    bodies = []
    date, time = _stamp(given.at)
    for group, (message_number, group_number) in zip(groups, given.groups, strict=True):
        form = dialect(policy.functional, group.group.version, style.x12)
        body = Body(
            type=form.ack,
            control_number=message_number,
            segments=functional(group, policy, form),
            association=form.version if form.ack == "999" else "",
        )
        is_old = form.version[:6] < "004010"
        bodies.append(
            GroupBody(
                type="FA",
                sender=group.group.receiver if group.group.receiver.id else report.interchange.receiver,
                receiver=group.group.sender if group.group.sender.id else report.interchange.sender,
                control_number=group_number,
                date=date[2:] if is_old else date,
                time=time,
                version=form.version or "004010",
                messages=[body],
                agency=text(group.group.header, 7)[:2] or "X",
            )
        )
    least = "00501" if policy.functional == "999" else ""
    return write_x12(_x12_envelope(report.interchange, given.control, given.at, style, least=least), bodies)


def _x12_envelope(interchange: Interchange, control: str, at: dt.datetime, style: Style, *, least: str = "") -> X12Envelope:
    date, time = _stamp(at)
    version = interchange.version if interchange.version.isdecimal() and len(interchange.version) == 5 else "00401"
    return X12Envelope(
        sender=interchange.receiver,
        receiver=interchange.sender,
        control_number=control,
        date=date[2:],
        time=time,
        version=max(version, least),
        test=interchange.test,
        delimiters=style.x12,
        line_end=style.line_end,
    )


def _stamp(at: dt.datetime) -> tuple[str, str]:
    """CCYYMMDD and HHMM."""
    text = at.isoformat()
    return f"{text[:4]}{text[5:7]}{text[8:10]}", f"{text[11:13]}{text[14:16]}"


def _contrl_answer(report: InterchangeReport, policy: AckPolicy, numbers: Numbers, at: dt.datetime, style: Style) -> Answer:
    interchange = report.interchange
    form = contrl_version(report, policy.directory)
    control = numbers.interchange()
    body = Body(
        type="CONTRL",
        control_number=numbers.message(),
        segments=contrl(report, policy),
        version=form.version,
        release=form.release,
        association=form.association,
    )
    received = text(interchange.header, 1)
    syntax = received if _LEVEL.fullmatch(received) else "UNOC"
    written = write_edifact(_unb(interchange, control, syntax, at, style), [body])
    if written.refused:  # a level that cannot write the names it was sent with: the level that can
        again = replace(body, segments=contrl(report, policy))
        written = write_edifact(_unb(interchange, control, "UNOC", at, style), [again])
    return Answer(
        kind="CONTRL",
        control_number=control,
        verdict=verdict_of(report, policy),
        data=written.data,
        answers=interchange.control_number,
        findings=written.findings,
    )


def _unb(interchange: Interchange, control: str, syntax: str, at: dt.datetime, style: Style) -> EdifactEnvelope:
    is_four = interchange.version >= "4"
    date, time = _stamp(at)
    delimiters = EDIFACT_4_DELIMITERS if is_four and style.edifact == EDIFACT_DELIMITERS else style.edifact
    return EdifactEnvelope(
        sender=interchange.receiver,
        receiver=interchange.sender,
        control_number=control,
        date=date if is_four else date[2:],
        time=time,
        syntax=syntax,
        version=interchange.version if interchange.version in _SYNTAX_VERSIONS else "4" if is_four else "3",
        test=interchange.test,
        una=style.una,
        delimiters=delimiters,
        line_end=style.line_end,
    )


__all__ = ["AckKind", "Answer", "Numbers", "PreviewNumbers", "Style", "answers", "verdict_of"]
