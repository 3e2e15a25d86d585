"""The reports of many messages in little memory: beyond a few hundred they are kept as compressed values.

An interchange of 500,000 messages would otherwise hold a gigabyte until its trailer says whether it is accepted at all. What an
acknowledgment does not say (the words of a finding) is let go with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hub.edi.blocks import Blocks
from hub.edi.findings import Finding, Where, WireCode
from hub.edi.tree import Repeats, Segment

_FRESH = 512
"""The newest messages stand as they are: most interchanges have no more."""
_HEADER_ELEMENTS = 4
"""ST03 and UNH02 are the last elements of a header that an answer repeats."""
_MOST_RAISED = 10_000


@dataclass(slots=True, kw_only=True)
class MessageReport:
    """One message: its header segment, its findings, and whether a dictionary or guide knows its type."""

    type: str
    version: str
    association: str
    control_number: str
    header: Segment
    findings: list[Finding]
    is_known: bool = True


@dataclass(slots=True)
class PackedReports:
    """A list of `MessageReport` that is only added to and read from front to back.

    `raised` are the findings of messages that speak of the whole interchange (TA1, UCI); `eancom` is the version of the first
    message of a GS1 profile, empty where there is none.
    """

    raised: list[Finding] = field(default_factory=list)
    eancom: str = ""
    _packed: Blocks = field(default_factory=Blocks)
    _last: list[MessageReport] = field(default_factory=list)

    def append(self, report: MessageReport) -> None:
        """Add the report of the next message."""
        if len(self._last) == _FRESH:
            for each in self._last:
                self._packed.append(_plain(each))
            self._last.clear()
        self._last.append(report)
        if not self.eancom and report.association[:3].upper() == "EAN":
            self.eancom = report.version
        if report.findings and len(self.raised) < _MOST_RAISED:
            self.raised += [found for found in report.findings if any(wire.segment in _RAISED for wire in found.wire)]

    @property
    def only(self) -> MessageReport | None:
        """The one report there is; None of none, and of several."""
        return self._last[0] if len(self._last) == 1 and not len(self._packed) else None

    def __len__(self) -> int:
        return len(self._packed) + len(self._last)

    def __iter__(self) -> Iterator[MessageReport]:
        for values in self._packed:
            yield _report(values)
        yield from self._last


_RAISED = frozenset({"TA1", "UCI"})


def _plain(report: MessageReport) -> tuple[Any, ...]:
    header = [_first(element) for element in report.header[:_HEADER_ELEMENTS]]
    findings = [_finding(found) for found in report.findings]
    return report.type, report.version, report.association, report.control_number, header, findings, report.is_known


def _first(element: Any) -> Any:
    """An element as text or components; of a repeated one the first, as the writers of answers read it."""
    if isinstance(element, Repeats):
        element = element[0] if element else ""
    return list(element) if isinstance(element, list) else element


def _finding(found: Finding) -> tuple[Any, ...]:
    wire = [(each.ack, each.segment, each.code) for each in found.wire]
    place = {name: value for name in _PLACE if (value := getattr(found.where, name)) is not None}
    return found.code, found.severity, found.layer, wire, place, found.value


_PLACE = Where.__struct_fields__


def _report(values: tuple[Any, ...]) -> MessageReport:
    kind, version, association, control_number, header, findings, is_known = values
    return MessageReport(
        type=kind,
        version=version,
        association=association,
        control_number=control_number,
        header=header,
        findings=[
            Finding(
                code=code,
                severity=severity,
                layer=layer,
                message="",
                where=Where(**place),
                wire=tuple([WireCode(*each) for each in wire]),
                value=value,
            )
            for code, severity, layer, wire, place, value in findings
        ],
        is_known=is_known,
    )
