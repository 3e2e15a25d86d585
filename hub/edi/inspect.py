"""What a file holds, without a partner: the JSON shape of `edihub inspect`, written while the file is read.

One message is in memory at a time, and one line of JSON for each group; a file of millions of messages needs no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile
from typing import Any

import msgspec

from hub.edi.findings import Finding
from hub.edi.limits import DEFAULT, Limits
from hub.edi.mapped import Buffer
from hub.edi.read import fault, read
from hub.edi.tree import Group, GroupEnd, Interchange, InterchangeEnd, Message, PartyId
from hub.errors import InputError

FINDINGS_LISTED = 1_000
_SPOOL = 4_000_000
_json = msgspec.json.Encoder().encode


class Findings:
    """The first findings of a file in full, and the count of all."""

    def __init__(self, listed: int = FINDINGS_LISTED) -> None:
        self._most = listed
        self.listed: list[Finding] = []
        self.omitted = 0
        self.errors = 0
        self.unreadable = False

    def take(self, findings: list[Finding], omitted: int = 0) -> None:
        """Count these findings and keep what there is room for, errors and warnings in their order."""
        room = self._most - len(self.listed)
        self.listed += findings[:room] if room > 0 else []
        self.omitted += max(0, len(findings) - max(room, 0)) + omitted
        self.errors += sum(1 for found in findings if found.severity == "error")

    @property
    def exit_code(self) -> int:
        """3 where the file could not be read, 1 if anything is an error; warnings alone are fine."""
        if self.unreadable:
            return 3
        return 1 if self.errors else 0


Check = Callable[[Message], tuple[list[Finding], int]]
"""What else to find in a message: the findings, and how many more there were."""


def inspected(
    data: Buffer, limits: Limits = DEFAULT, *, progress: Callable[[int], None] | None = None, check: Check | None = None
) -> Iterator[tuple[bytes, Findings]]:
    """Yield the JSON document of one file piece by piece, each with the findings so far; `progress` gets byte offsets.

    `check` adds findings to every message. A file that is neither X12 nor EDIFACT yields the same shape with no interchange and the refusal as its finding.
    """
    findings = Findings()
    try:
        yield from _document(data, limits, findings, progress or _ignored, check=check)
    except InputError as refused:
        findings.take([fault(refused)])
        findings.unreadable = True
        yield b'{"interchanges":[' + _closing(findings), findings


def _ignored(_offset: int) -> None:
    """Report progress to nobody."""


def _document(
    data: Buffer, limits: Limits, findings: Findings, progress: Callable[[int], None], *, check: Check | None
) -> Iterator[tuple[bytes, Findings]]:
    first = True
    groups = _Groups()
    with groups.file:
        for event in read(data, limits, forget=True):
            if isinstance(event, Message):
                findings.take(event.findings)
                if check is not None:
                    findings.take(*check(event))
                yield (b"," if event.index > groups.first_message else b"") + _json(message_json(event)), findings
                progress(event.offset)
            elif isinstance(event, GroupEnd):
                findings.take(event.group.findings)
                groups.add(event.group)
            elif isinstance(event, Interchange):
                yield (b'{"interchanges":[' if first else b",") + b'{"messages":[', findings
                first = False
            elif isinstance(event, InterchangeEnd):
                findings.take(event.interchange.findings, event.interchange.findings_omitted)
                yield b'],"groups":[', findings
                for piece in groups.taken():
                    yield piece, findings
                yield b"]," + _json(interchange_json(event.interchange))[1:], findings
                progress(event.interchange.end)
    yield _closing(findings), findings


class _Groups:
    """The lines of the groups of one interchange, kept aside until its messages have been written."""

    def __init__(self) -> None:
        self.file = SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115 - the caller closes it
        self.first_message = 0
        self._messages = 0
        self._any = False

    def add(self, group: Group) -> None:
        """Keep one group; messages without a group have none to show."""
        self._messages += group.message_count
        if group.header:
            self.file.write((b"," if self._any else b"") + _json(group_json(group)))
            self._any = True

    def taken(self) -> Iterator[bytes]:
        """What was kept, and begin anew."""
        self.file.seek(0)
        while piece := self.file.read(65_536):
            yield piece
        self.file.seek(0)
        self.file.truncate()
        self._any = False
        self.first_message = self._messages


def _closing(findings: Findings) -> bytes:
    listed = [finding_json(found) for found in findings.listed]
    return b'],"findings":' + _json(listed) + b',"findings_omitted":' + str(findings.omitted).encode() + b"}"


def interchange_json(interchange: Interchange) -> dict[str, Any]:
    """The facts of one interchange's header and counts; groups and messages are apart."""
    return {
        "standard": interchange.standard,
        "sender": party_json(interchange.sender),
        "receiver": party_json(interchange.receiver),
        "control_number": interchange.control_number,
        "version": interchange.version,
        "date": when(interchange.date, interchange.time),
        "test": interchange.test,
        "delimiters": msgspec.to_builtins(interchange.delimiters),
        "charset": interchange.charset,
        "ack_requested": interchange.ack_requested,
        "application_reference": interchange.application_reference,
        "agreement": interchange.agreement,
        "segments": interchange.segment_count,
        "ta1": interchange.ta1,
        "enveloped": bool(interchange.header),
    }


def group_json(group: Group) -> dict[str, Any]:
    """One functional group."""
    return {
        "type": group.type,
        "control_number": group.control_number,
        "version": group.version,
        "sender": party_json(group.sender),
        "receiver": party_json(group.receiver),
        "date": when(group.date, group.time),
        "messages": group.message_count,
    }


def message_json(message: Message) -> dict[str, Any]:
    """One transaction set or message."""
    return {
        "type": message.type,
        "version": message.version,
        "association": message.association,
        "control_number": message.control_number,
        "segments": message.segment_count,
        "group": message.group.control_number,
    }


def party_json(party: PartyId) -> dict[str, str]:
    """A sender or receiver as the envelope names it."""
    members = {"qualifier": party.qualifier, "id": party.id}
    return members | {"internal": party.internal} if party.internal else members


_NOWHERE: dict[str, Any] = dict.fromkeys(
    ("interchange", "group", "message", "segment_index", "segment", "element", "component", "offset")
)


def finding_json(found: Finding) -> dict[str, Any]:
    """A finding with the members that scripts rely on, also where they are empty; a part of the place that does not apply is null."""
    members: dict[str, Any] = msgspec.to_builtins(found)
    return {
        "code": found.code,
        "severity": found.severity,
        "layer": found.layer,
        "message": found.message,
        "where": _NOWHERE | members.get("where", {}),
        "wire": members.get("wire", []),
        **{name: members[name] for name in ("hint", "who", "value") if name in members},
    }


def when(date: str, time: str) -> str:
    """Date and time of an envelope as `YYYY-MM-DDTHH:MM`, without an offset as none is sent; as sent where they are no date.

    Two-digit years run from 1970 to 2069.
    """
    if not (date.isdecimal() and len(date) in {6, 8}):
        return f"{date} {time}".strip()
    full = date if len(date) == 8 else ("19" if date >= "70" else "20") + date
    day = f"{full[:4]}-{full[4:6]}-{full[6:]}"
    if not (time.isdecimal() and len(time) >= 4):
        return day
    seconds = f":{time[4:6]}" if len(time) >= 6 else ""
    return f"{day}T{time[:2]}:{time[2:4]}{seconds}"


__all__ = ["Findings", "finding_json", "group_json", "inspected", "interchange_json", "message_json"]
