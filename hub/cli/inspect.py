"""`edihub inspect FILE`: what an X12 or EDIFACT file holds, without a partner."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.source import opened
from hub.cli.terminal import paint
from hub.errors import InputError

if TYPE_CHECKING:
    from hub.edi.inspect import Findings
    from hub.edi.mapped import Buffer
    from hub.edi.tree import Interchange

_LONG = 8_000_000
_ROWS = 40


def inspect(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An X12 or EDIFACT file; - reads standard input.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show the interchanges, groups and messages of a file, and what is wrong with its envelope."""
    try:
        with opened(file) as data:
            findings = _as_json(data) if json else _as_table(data)
    except InputError as refused:
        if json:  # a script that reads the answer finds the shape it expects, also where there was nothing to read
            _print_refusal(refused)
        raise
    raise typer.Exit(findings.exit_code)


def _print_refusal(refused: InputError) -> None:
    import msgspec

    from hub.edi.inspect import finding_json
    from hub.edi.read import fault

    empty: dict[str, Any] = {"interchanges": [], "findings": [finding_json(fault(refused))], "findings_omitted": 0}
    sys.stdout.write(msgspec.json.encode(empty).decode() + "\n")


def _as_json(data: Buffer) -> Findings:
    from hub.cli.progress import reading
    from hub.edi.inspect import Findings, inspected

    findings = Findings()
    out = sys.stdout.buffer
    with reading(len(data), shown=len(data) >= _LONG) as advance:
        for piece, findings in inspected(data, progress=advance):  # noqa: B007 - the last one is the whole
            out.write(piece)
    out.write(b"\n")
    if findings.unreadable:
        from hub.cli.refusal import say_unreadable

        say_unreadable(findings)
    return findings


def _as_table(data: Buffer) -> Findings:
    from hub.cli.progress import reading
    from hub.edi.inspect import Findings
    from hub.edi.read import read
    from hub.edi.tree import GroupEnd, Interchange, InterchangeEnd, Message

    findings, table = Findings(listed=_ROWS), _Messages()
    with reading(len(data), shown=len(data) >= _LONG) as advance:
        for event in read(data, forget=True):
            if isinstance(event, Message):
                findings.take(event.findings)
                table.add(event)
                advance(event.offset)
            elif isinstance(event, GroupEnd):
                findings.take(event.group.findings)
            elif isinstance(event, InterchangeEnd):
                findings.take(event.interchange.findings, event.interchange.findings_omitted)
                _print_interchange(event.interchange)
                table.print()
            elif isinstance(event, Interchange):
                table = _Messages()
    print_findings(findings)
    return findings


class _Messages:
    """The messages of one interchange: the first ones in full, the rest counted by type."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str, str]] = []
        self._more: dict[tuple[str, str], int] = {}

    def add(self, message: Any) -> None:
        version = f"{message.version} {message.association}".strip()
        if len(self._rows) < _ROWS:
            self._rows.append((message.type, version, message.control_number, f"{message.segment_count:,}"))
        elif len(self._more) < _ROWS or (message.type, version) in self._more:
            self._more[message.type, version] = self._more.get((message.type, version), 0) + 1

    def print(self) -> None:
        if not self._rows:
            return
        rows = [("message", "version", "control number", "segments"), *self._rows]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for number, row in enumerate(rows):
            cells = [*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=False)), row[3].rjust(widths[3])]
            line = "  " + "  ".join(cells)
            print(paint(line, "dim", sys.stdout) if number == 0 else line)
        for (kind, version), count in self._more.items():
            print(f"  and {count:,} more {kind} {version}")


def _print_interchange(interchange: Interchange) -> None:
    from hub.edi.inspect import when

    name = {"x12": "X12", "edifact": "EDIFACT"}[interchange.standard]
    if not interchange.header:
        print(paint(f"{name}, no interchange around the messages", "bold", sys.stdout))
        return
    sender, receiver = (f"{party.qualifier}:{party.id}".strip(":") for party in (interchange.sender, interchange.receiver))
    title = f"{name} {interchange.version} interchange {interchange.control_number}"
    print(paint(title, "bold", sys.stdout) + f"  {sender or '?'} -> {receiver or '?'}")
    facts = [when(interchange.date, interchange.time), interchange.test, interchange.charset]
    facts += [f"{interchange.segment_count:,} segments"]
    facts += ["acknowledgment asked for"] if interchange.ack_requested else []
    facts += [f"{len(interchange.ta1)} TA1"] if interchange.ta1 else []
    print("  " + ", ".join(fact for fact in facts if fact))


def print_findings(findings: Findings) -> None:
    """The findings as lines: severity, code, place, text, cure."""
    for found in findings.listed:
        where = found.where
        place = " ".join(
            part
            for part in (
                f"message {where.message}" if where.message else "",
                f"segment {where.segment_index}" if where.segment_index else "",
                where.segment or "",
                f"element {where.element}" if where.element else "",
                f"byte {where.offset:,}" if where.offset is not None else "",
            )
            if part
        )
        colour = "red" if found.severity == "error" else "yellow"
        print(f"{paint(found.severity, colour, sys.stdout)} {found.code} {found.message} ({place}); {found.hint}")
    if findings.omitted:
        print(f"and {findings.omitted:,} more findings")
    if not findings.listed:
        print(paint("no findings", "green", sys.stdout))
