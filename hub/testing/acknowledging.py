"""Runs bytes the whole way to their acknowledgment, and takes the acknowledgment apart again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from hub.edi.acknowledge import AckPolicy, Answer, Collector, PreviewNumbers, answers
from hub.edi.findings import Finding
from hub.edi.read import read
from hub.edi.tree import GroupEnd, InterchangeEnd, Message, Segment
from hub.edi.validate import check

AT = dt.datetime(2026, 1, 6, 9, 30, tzinfo=dt.UTC)


@dataclass(slots=True)
class Read:
    """What a file holds: its messages' segments, and every finding of envelope and standard."""

    messages: list[list[Segment]] = field(default_factory=list)
    ta1: list[Segment] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def answered(data: bytes, policy: AckPolicy | None = None) -> list[Answer]:
    """The acknowledgments of a file."""
    collector, numbers, made = Collector(), PreviewNumbers(), []
    for event in read(data):
        if isinstance(event, Message):
            checked = check(event)
            report = collector.add(event, checked.findings, is_known=checked.spec is not None)
        else:
            report = collector.add(event)
        if report is not None:
            made += answers(report, policy or AckPolicy(), numbers, at=AT)
    return made


def taken_apart(data: bytes) -> Read:
    """Read and check a file with our own reader and dictionary."""
    seen = Read()
    for event in read(data):
        if isinstance(event, Message):
            seen.messages.append(event.segments)
            seen.findings += [*event.findings, *check(event).findings]
        elif isinstance(event, GroupEnd):
            seen.findings += event.group.findings
        elif isinstance(event, InterchangeEnd):
            seen.ta1 += event.interchange.ta1
            seen.findings += event.interchange.findings
    return seen
