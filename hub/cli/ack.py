"""`edihub ack FILE`: what the hub would answer to a file. A preview: it consumes no control number and sends nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.source import opened
from hub.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.cli.partner import View
    from hub.edi.acknowledge import AckPolicy, Answer
    from hub.edi.mapped import Buffer
    from hub.edi.tree import Message


_LONG = 2_000_000


def ack(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An X12 or EDIFACT file; - reads standard input.")],
    partner: Annotated[str, typer.Option("--partner", metavar="NAME", help="Answer as agreed with this partner.")] = "",
    kind: Annotated[str, typer.Option("--as", metavar="KIND", help="997 or 999, whatever was agreed.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show the TA1, 997, 999 or CONTRL that a file would get; nothing for a file of acknowledgments."""
    from hub.cli.partner import view

    if kind not in {"", "997", "999"}:
        raise typer.BadParameter("997 or 999", param_hint="--as")
    seen = view(partner=partner)
    is_whole = True
    try:
        with opened(file) as data:
            made = _answers(data, seen, kind)
            for answer in _printed_json(made) if json else _printed(made):
                is_whole = is_whole and bool(answer.data)
                for found in answer.findings:
                    print(f"{found.severity} {found.code}: {found.message}; {found.hint}", file=sys.stderr)
    except InputError as refused:
        # What cannot be read at all is refused before anything is printed; the shape of the document is kept.
        if json:
            from hub.cli.refusal import print_refusal

            print_refusal(refused, "answers")
        raise
    raise typer.Exit(0 if is_whole else 1)


def _answers(data: Buffer, seen: View, kind: str) -> Iterator[Answer]:
    """The answers to each interchange, as soon as it was read to its end."""
    from datetime import UTC, datetime

    from hub.cli.progress import reading
    from hub.edi.acknowledge import Collector, PreviewNumbers, answers
    from hub.edi.read import read
    from hub.edi.tree import Message
    from hub.edi.validate import check

    collector, numbers = Collector(), PreviewNumbers()
    policy = _policy(None, seen, kind)
    now = datetime.now(UTC)
    with reading(len(data), shown=len(data) >= _LONG) as advance:
        for event in read(data, forget=True):
            if isinstance(event, Message):
                advance(event.offset)
                checked = check(event, roots=seen.schemas)
                policy = _policy(event, seen, kind)
                report = collector.add(event, checked.findings, is_known=checked.spec is not None)
            else:
                report = collector.add(event)
            if report is not None:
                yield from answers(report, policy, numbers, at=now)


def _policy(message: Message | None, seen: View, kind: str) -> AckPolicy:
    from dataclasses import replace

    from hub.edi.acknowledge import AckPolicy

    agreement = seen.agreement(message) if message is not None else None
    if agreement is None:
        policy = AckPolicy()
    else:
        from hub.routing.acknowledging import ack_policy

        policy = ack_policy(agreement)
    if kind == "999":
        return replace(policy, functional="999")
    return replace(policy, functional="997") if kind == "997" else policy


def _printed(made: Iterator[Answer]) -> Iterator[Answer]:
    """Write each answer to stdout, a line end after it."""
    for answer in made:
        sys.stdout.buffer.write(answer.data)
        if answer.data and not answer.data.endswith(b"\n"):
            sys.stdout.buffer.write(b"\n")
        yield answer


def _printed_json(made: Iterator[Answer]) -> Iterator[Answer]:
    """Write one JSON document to stdout, answer by answer."""
    import msgspec

    from hub.edi.inspect import finding_json

    count = 0
    for count, answer in enumerate(made, 1):
        listed = {
            "kind": answer.kind,
            "control_number": answer.control_number,
            "answers": answer.answers,
            "verdict": answer.verdict,
            "groups": list(answer.groups),
            "data": answer.data.decode("iso8859-1"),
            "findings": [finding_json(found) for found in answer.findings],
        }
        sys.stdout.write("," if count > 1 else '{"answers":[')
        sys.stdout.write(msgspec.json.encode(listed).decode())
        yield answer
    sys.stdout.write(("" if count else '{"answers":[') + "]}\n")
