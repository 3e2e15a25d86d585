"""TA1, the interchange acknowledgment (X12.5 5.1): one segment about ISA and IEA."""

from __future__ import annotations

from hub.edi.acknowledge.policy import AckPolicy, Verdict
from hub.edi.acknowledge.reports import InterchangeReport
from hub.edi.acknowledge.wire import codes, number
from hub.edi.tree import Segment

_ACTION: dict[Verdict, str] = {"accepted": "A", "accepted_with_errors": "E", "rejected": "R"}
NO_ERROR = "000"


def interchange_verdict(report: InterchangeReport, policy: AckPolicy) -> Verdict:
    """What the findings at the interchange's level lead to; a rejected interchange is not processed."""
    ack, segment = ("TA1", "TA1") if report.interchange.standard == "x12" else ("CONTRL", "UCI")
    return policy.verdict(report.envelope_findings(ack, segment))


def ta1(report: InterchangeReport, policy: AckPolicy) -> Segment | None:
    """The TA1 this interchange gets, or None where neither ISA14, an error nor the policy asks for one."""
    verdict = interchange_verdict(report, policy)
    interchange = report.interchange
    is_due = {
        "never": False,
        "always": True,
        "requested": interchange.ack_requested,
        "errors": interchange.ack_requested or verdict == "rejected",
    }[policy.ta1]
    if not is_due:
        return None
    findings = [found for found in report.envelope_findings("TA1", "TA1") if policy.notes(found)]
    findings.sort(key=lambda found: not policy.rejects(found))
    code = next(iter(codes(findings, "TA1", "TA1")), NO_ERROR)
    control = number(interchange.control_number, most=9).zfill(9)
    return ["TA1", control, _digits(interchange.date, 6), _digits(interchange.time, 4), _ACTION[verdict], code]


def _digits(value: str, width: int) -> str:
    """ISA09 or ISA10 as received; the shortest right value where it is none, since TA102 and TA103 take digits only."""
    if value.isdecimal() and len(value) == width:
        return value
    return "000101" if width == 6 else "0000"
