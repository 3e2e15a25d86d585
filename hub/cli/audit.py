"""`edihub audit`: the trail of everything that happened, and the proof that nobody changed it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The audit trail.")


@app.command()
def verify(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Check the whole chain; names every row that was edited, removed or put in. Exit 1 where it does not hold.

    Example: edihub audit verify
    """
    from hub.cli.listing import print_json
    from hub.cli.opened import opened_hub
    from hub.flow.seal import read_head
    from hub.store.audit_trail import count_trail
    from hub.store.seals import head
    from hub.store.seals import verify as walk

    with opened_hub() as hub, hub.read() as view:
        broken = list(walk(view.connection, read_head(hub)))
        events, sealed, seals = count_trail(view.connection)
        last = head(view.connection)
    if as_json:
        found = [{"what": each.what, "subject": each.subject, "message": each.message} for each in broken]
        print_json({"events": events, "sealed": sealed, "seals": seals, "head": last.hash, "broken": found})
    else:
        for each in broken:
            print(f"{each.what}: {each.message}")
        print(f"{events:,} events, {sealed:,} of them in {seals:,} seals, head {last.hash[:16]}", file=sys.stderr)
    if broken:
        raise typer.Exit(1)
    print("the chain holds", file=sys.stderr)


@app.command("list")
def list_trail(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="The id of a message, document or order.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """What happened to one thing, oldest first."""
    from hub.cli.listing import listed, print_json
    from hub.cli.opened import opened_hub
    from hub.store.audit_trail import trail_of

    with opened_hub() as hub, hub.read() as view:
        trail = trail_of(view.connection, [wanted])
    if as_json:
        print_json({"items": list(trail)})
        return
    rows = [
        (each["at"][:19], each["type"], each["actor"], ", ".join(f"{name} {value}" for name, value in each["detail"].items()))
        for each in trail
    ]
    listed(("at", "event", "actor", "detail"), rows)
