"""`edihub alerts`: what somebody must look at, and saying that it is over."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(invoke_without_command=True, help="Alerts: what somebody must look at.")


@app.callback()
def alerts(
    ctx: typer.Context,
    cleared: Annotated[bool, typer.Option("--cleared", help="What has passed, instead of what is open.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 50,
    after: Annotated[str, typer.Option(help="Go on behind this cursor (`next` of the page before).")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List alerts, newest first, in plain words: what, where, why, who acts, what to do.

    Example: edihub alerts
    """
    if ctx.invoked_subcommand is not None:
        return
    from hub.cli.listing import print_json
    from hub.cli.opened import opened_hub

    with opened_hub() as hub, hub.read() as view:
        page = view.alerts.page(is_open=not cleared, limit=limit, after=after or None)
    if as_json:
        print_json(page.as_json())
        return
    for each in page.items:
        seen = f", seen {each['count']} times" if each["count"] > 1 else ""
        print(f"{each['id']}  {each['code']}  {'TEST ' if each['test'] else ''}{each['what']}")
        print(f"    since   {each['opened_at'][:19]}Z{seen}")
        for title, name in (("where", "where"), ("why", "why"), ("who", "who"), ("to do", "cure"), ("page", "link")):
            if each[name]:
                print(f"    {title:<7} {each[name]}")
    if not page.items:
        print("nothing to show", file=sys.stderr)
    if page.next:
        print(f"more: --after {page.next}", file=sys.stderr)


@app.command("clear")
def clear_alert(
    alert_id: Annotated[str, typer.Argument(metavar="ID", help="The alert's id.")],
    reason: Annotated[str, typer.Option(help="What was done about it.")],
) -> None:
    """Say that an alert is over; the same condition opens a new one."""
    from hub.cli.opened import opened_hub, who
    from hub.flow.telling.alerts import clear

    with opened_hub() as hub, hub.transaction() as tx:
        is_new = clear(tx, tx.alerts.get(alert_id), actor=who(), reason=reason)
    print("cleared" if is_new else "it was over already", file=sys.stderr)
