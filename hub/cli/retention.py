"""`edihub retention`: remove what has been kept long enough, or say what would go."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, help="How long payloads and records are kept: [retention] in hub.toml and partner files."
)
_Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False, as_json: _Json = False
) -> None:
    """Remove what is due, archived first where hub.toml names an archive; nothing under legal hold.

    Example: edihub retention run --dry-run
    """
    from dataclasses import asdict

    from hub.cli.listing import print_json
    from hub.cli.opened import opened_hub
    from hub.cli.progress import counting
    from hub.flow.keeping.retention import archive_folder, retain, would_remove

    with opened_hub() as hub:
        if dry_run:
            done = would_remove(hub)
        else:
            with counting("removing") as progress:
                done = retain(hub, archive=archive_folder(hub), progress=progress)
    if as_json:
        print_json({"dry_run": dry_run, **asdict(done)})
        return
    verb = "would go" if dry_run else "removed"
    print(f"{verb}: {done.payloads:,} payloads ({done.size:,} bytes), {done.messages:,} messages, {done.orders:,} orders")
    if done.archive:
        print(f"the payloads are in {done.archive}")


@app.command("list")
def list_terms(as_json: _Json = False) -> None:
    """How long what is kept, by partner."""
    from hub.cli.listing import listed, print_json
    from hub.cli.opened import opened_hub
    from hub.flow.keeping.retention import terms

    with opened_hub() as hub:
        found = terms(hub)
    days = [
        (
            each.partner or "everybody else",
            *("for ever" if span is None else f"{span.days} days" for span in (each.payloads, each.messages)),
        )
        for each in found
    ]
    if as_json:
        print_json(
            {"items": [{"partner": who, "payloads": payloads, "messages": messages} for who, payloads, messages in days]}
        )
        return
    listed(("partner", "payloads", "messages"), days)
