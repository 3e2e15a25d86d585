"""`edihub translate FILE`: the canonical documents of an X12 or EDIFACT file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.source import opened
from hub.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.cli.partner import View
    from hub.edi.inspect import Findings
    from hub.edi.mapped import Buffer
    from hub.edi.tree import Message
    from hub.guides.stream import Stream
from hub.guides.understand import Choice

_LONG = 8_000_000


def translate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An X12 or EDIFACT file; - reads standard input.")],
    partner: Annotated[str, typer.Option("--partner", metavar="NAME", help="Read as agreed with this partner.")] = "",
    guide: Annotated[str, typer.Option("--guide", metavar="NAME", help="Read every message by this guide.")] = "",
    trace: Annotated[bool, typer.Option("--trace", help="Say where every member came from.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Turn a file into canonical documents; without a partner the stock guide for each message is used.

    Example: edihub translate order.edi --json
    """
    from hub.cli.partner import view
    from hub.guides.stream import Stream

    seen = view(partner=partner, guide=guide)
    stream = Stream(seen.library, _chooser(seen), schemas=seen.schemas, trace=trace)
    try:
        with opened(file) as data:
            findings = _write(data, stream, is_compact=json)
    except InputError as refused:
        from hub.cli.refusal import print_refusal

        print_refusal(refused, "documents")
        raise
    if not json:
        from contextlib import redirect_stdout

        from hub.cli.inspect import print_findings

        with redirect_stdout(sys.stderr):
            print_findings(findings)
    raise typer.Exit(findings.exit_code)


def _chooser(seen: View) -> Callable[[Message], Choice]:
    """How the guide of a message is chosen: named, by the partner's agreement, or the stock's nearest."""
    from hub.guides.run import Context
    from hub.guides.understand import Choice

    def choose(message: Message) -> Choice:
        agreement = seen.agreement(message)
        context = Context(partner=seen.partner, values=dict(agreement.values) if agreement else {})
        tables = agreement.tables if agreement else {}
        return Choice(guide=seen.guide or (agreement.guide if agreement else ""), tables=tables, context=context)

    return choose


def _write(data: Buffer, stream: Stream, *, is_compact: bool) -> Findings:
    import msgspec

    from hub.cli.progress import reading
    from hub.edi.inspect import finding_json

    encoder = msgspec.json.Encoder(decimal_format="string")

    def shown(value: Any) -> bytes:
        text = encoder.encode(value)
        return text if is_compact else msgspec.json.format(text, indent=2)

    out = sys.stdout.buffer
    opening = b'{"documents":['
    traces = []
    with reading(len(data), shown=len(data) >= _LONG) as advance:
        for understood in stream.read(data):
            if understood.document is not None:
                out.write(opening + shown(understood.document))
                opening = b","
                traces.append(understood.trace)
            advance(stream.offset)
    findings = stream.findings
    out.write(
        (b"" if opening == b"," else opening) + b'],"findings":' + shown([finding_json(each) for each in findings.listed])
    )
    out.write(b',"findings_omitted":' + str(findings.omitted).encode())
    if stream.is_traced:
        out.write(b',"trace":' + shown(traces))
    out.write(b"}\n")
    return findings
