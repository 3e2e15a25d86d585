"""What an acknowledgment is made of: the values of the envelopes and the findings, without the messages themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.edi.acknowledge.packed import MessageReport, PackedReports
from hub.edi.envelope_reader import text
from hub.edi.findings import Finding
from hub.edi.kept import MOST_FINDINGS, Kept
from hub.edi.tree import Event, Group, GroupEnd, Interchange, InterchangeEnd, Message

ACKNOWLEDGMENTS = frozenset({"TA1", "997", "999", "CONTRL"})
"""Never acknowledged themselves: answers to answers would have no end."""

_MOST_IN_DETAIL = 50_000
"""How many findings of one interchange are kept in full; beyond it, of every message the first of each kind."""


@dataclass(slots=True, kw_only=True)
class GroupReport:
    """One functional group, or the messages of an interchange that stand in none (`group.header` is empty)."""

    group: Group
    messages: PackedReports = field(default_factory=PackedReports)

    @property
    def is_acknowledgment(self) -> bool:
        """Whether the group holds only what is never acknowledged."""
        if self.group.type in {"FA", "CONTRL"}:
            return True
        message = None
        for message in self.messages:
            if message.type not in ACKNOWLEDGMENTS:
                return False
        return message is not None


@dataclass(slots=True, kw_only=True)
class InterchangeReport:
    """One interchange and its groups."""

    interchange: Interchange
    groups: list[GroupReport] = field(default_factory=list)

    @property
    def is_acknowledgment(self) -> bool:
        """Whether nothing in it asks for an answer: TA1 alone, or acknowledgments only."""
        if not self.groups:
            return bool(self.interchange.ta1)
        return all(group.is_acknowledgment for group in self.groups)

    def envelope_findings(self, ack: str, segment: str) -> list[Finding]:
        """The findings anywhere in it that this acknowledgment reports at the interchange's level."""
        everywhere = [*self.interchange.findings]
        for group in self.groups:
            everywhere += group.group.findings
            everywhere += group.messages.raised
        return [found for found in everywhere if any(wire.ack == ack and wire.segment == segment for wire in found.wire)]


class Collector:
    """Takes the events of `read`, in their order, with what validation found, and gives the reports of whole interchanges."""

    def __init__(self) -> None:
        self._report: InterchangeReport | None = None
        self._kept = 0

    def add(self, event: Event, findings: Iterable[Finding] = (), *, is_known: bool = True) -> InterchangeReport | None:
        """Take one event; `findings` and `is_known` are about a message. Returns the report once its interchange has ended."""
        if isinstance(event, Interchange):
            self._report, self._kept = InterchangeReport(interchange=event), 0
        elif self._report is None:
            return None
        elif isinstance(event, Group):
            self._report.groups.append(GroupReport(group=event))
        elif isinstance(event, Message):
            self._message(self._report, event, findings, is_known=is_known)
        elif isinstance(event, InterchangeEnd):
            report, self._report = self._report, None
            return report
        else:
            assert isinstance(event, GroupEnd)
        return None

    def _message(self, report: InterchangeReport, message: Message, findings: Iterable[Finding], *, is_known: bool) -> None:
        told = (found for found in (*message.findings, *findings) if found.wire)
        kept = Kept(told, most=MOST_FINDINGS if self._kept < _MOST_IN_DETAIL else 0)
        self._kept += len(kept.findings)
        report.groups[-1].messages.append(
            MessageReport(
                type=message.type,
                version=message.version,
                association=message.association,
                control_number=message.control_number,
                header=list(message.segments[0]) if message.segments else [],
                findings=kept.findings,
                is_known=is_known,
            )
        )


def implementation(message: MessageReport) -> str:
    """ST03, the implementation convention reference, where the sender gave one."""
    return text(message.header, 3)
