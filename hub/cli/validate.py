"""`edihub validate FILE`: what is wrong with a file by its envelope, its standard and its message guide."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.source import opened
from hub.errors import InputError

if TYPE_CHECKING:
    from hub.cli.partner import View
    from hub.edi.findings import Finding
    from hub.edi.inspect import Check, Findings
    from hub.edi.mapped import Buffer
    from hub.edi.tree import Message

_LONG = 2_000_000
_ROWS = 100


def validate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An X12 or EDIFACT file; - reads standard input.")],
    guide: Annotated[str, typer.Option("--guide", metavar="NAME", help="Check against this message guide.")] = "",
    partner: Annotated[str, typer.Option("--partner", metavar="NAME", help="Check as agreed with this partner.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check a file against its envelope, its standard and its message guide; exit 1 on any error."""
    from hub.cli.partner import view

    seen = view(partner=partner, guide=guide)
    try:
        with opened(file) as data:
            findings = _as_json(data, seen) if json else _as_lines(data, seen)
    except InputError as refused:
        if json:
            from hub.cli.refusal import print_refusal

            print_refusal(refused, "interchanges")
        raise
    raise typer.Exit(findings.exit_code)


def checker(seen: View) -> Check:
    """The check of one message by its standard and its guide."""
    from hub.edi.validate import check

    def found(message: Message) -> tuple[list[Finding], int]:
        checked = check(message, roots=seen.schemas)
        return [*checked.findings, *seen.guide_findings(message, checked)], checked.omitted

    return found


def _as_json(data: Buffer, seen: View) -> Findings:
    from hub.cli.progress import reading
    from hub.edi.inspect import Findings, inspected

    findings = Findings()
    out = sys.stdout.buffer
    with reading(len(data), shown=len(data) >= _LONG) as advance:
        for piece, findings in inspected(data, progress=advance, check=checker(seen)):  # noqa: B007 - the last one is the whole
            out.write(piece)
    out.write(b"\n")
    if findings.unreadable:
        from hub.cli.refusal import say_unreadable

        say_unreadable(findings)
    return findings


def _as_lines(data: Buffer, seen: View) -> Findings:
    from hub.cli.inspect import print_findings
    from hub.cli.progress import reading
    from hub.edi.inspect import Findings
    from hub.edi.read import read
    from hub.edi.tree import GroupEnd, InterchangeEnd, Message

    findings, check = Findings(listed=_ROWS), checker(seen)
    messages = 0
    with reading(len(data), shown=len(data) >= _LONG) as advance:
        for event in read(data, forget=True):
            if isinstance(event, Message):
                messages += 1
                findings.take(event.findings)
                findings.take(*check(event))
                advance(event.offset)
            elif isinstance(event, GroupEnd):
                findings.take(event.group.findings)
            elif isinstance(event, InterchangeEnd):
                findings.take(event.interchange.findings, event.interchange.findings_omitted)
    print(f"{_count(messages, 'message')}, {_count(findings.errors, 'error')}")
    print_findings(findings)
    return findings


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
