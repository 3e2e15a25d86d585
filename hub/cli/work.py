"""`edihub work`: what waits for a person, and marking it as handled."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(invoke_without_command=True, help="What waits for a person.")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.callback()
def work(
    ctx: typer.Context,
    kind: Annotated[str, typer.Option(help="Only of this kind: document_held, syntax_failed, change_pending, ...")] = "",
    partner: Annotated[str, typer.Option(help="Only about this partner.")] = "",
    handled: Annotated[bool, typer.Option("--handled", help="What was dealt with, instead of what is open.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 50,
    after: Annotated[str, typer.Option(help="Go on behind this cursor (`next` of the page before).")] = "",
    as_json: AsJson = False,
) -> None:
    """List what waits for a person, newest first: held, dead, failed, overdue, asked for, contradicted.

    Example: edihub work --partner acme
    """
    if ctx.invoked_subcommand is not None:
        return
    from hub.cli.listing import demand_word, listed, print_json
    from hub.cli.opened import opened_hub
    from hub.store.work import KINDS
    from hub.store.work_list import WorkFilter, list_work

    demand_word("--kind", kind, KINDS)
    wanted = WorkFilter(kind=kind, partner=partner, handled=handled)
    with opened_hub() as hub, hub.read() as view:
        page = list_work(view.connection, wanted, limit=limit, after=after or None)
    if as_json:
        print_json(page.as_json())
        return
    rows = [
        (
            item["opened_at"][:19].replace("T", " "),
            item["kind"],
            item["partner"] or "",
            ("TEST " if item["test"] else "") + item["message"],
            item["note"] or item["hint"],
            item["id"],
        )
        for item in page.items
    ]
    listed(("since", "kind", "partner", "what", "done" if handled else "what to do", "id"), rows, following=page.next)


@app.command()
def done(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="The id of a work item.")],
    reason: Annotated[str, typer.Option("--reason", help="What was done about it.")],
    as_json: AsJson = False,
) -> None:
    """Mark a work item as handled; what happens again is listed again.

    Example: edihub work done wrk_0660d45ca0c4759d2c7411 --reason "credited with VK101-7"
    """
    from hub.cli.listing import print_json
    from hub.cli.opened import opened_hub, who
    from hub.flow.work import handle_work

    with opened_hub() as hub, hub.transaction() as tx:
        item = handle_work(tx, wanted, actor=who(), reason=reason)
    if as_json:
        print_json(item)
    else:
        print(item["id"])
        print("handled", file=sys.stderr)
