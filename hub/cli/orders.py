"""`edihub orders`: the orders there are, newest first."""

from __future__ import annotations

from typing import Annotated

import typer


def orders(
    partner: Annotated[str, typer.Option(help="Only this partner's.")] = "",
    status: Annotated[str, typer.Option(help="Only in this status: draft, confirmed, on_hold, ...")] = "",
    number: Annotated[str, typer.Option(help="Only with this order number.")] = "",
    channel: Annotated[str, typer.Option(help="Only from this channel.")] = "",
    approval: Annotated[str, typer.Option(help="Only with this approval: pending, approved, rejected, not_required.")] = "",
    held: Annotated[bool, typer.Option("--held", help="Only those that wait for a person.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 50,
    after: Annotated[str, typer.Option(help="Go on behind this cursor (`next` of the page before).")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List orders, newest first.

    Example: edihub orders --partner acme --status confirmed
    """
    from hub.cli.listing import demand_word, listed, print_json
    from hub.cli.opened import opened_hub
    from hub.flow.statuses import status_table
    from hub.store.order_resources import OrderFilter, list_orders
    from hub.store.orders import STATUSES

    demand_word("--status", status, STATUSES)
    demand_word("--approval", approval, ("not_required", "pending", "approved", "rejected"))
    wanted = OrderFilter(partner=partner, status=status, number=number, channel=channel, approval=approval, held=held or None)
    with opened_hub() as hub, hub.read() as view:
        page = list_orders(view.connection, wanted, limit=limit, after=after or None, label=status_table(hub).label)
    if as_json:
        print_json(page.as_json())
        return
    rows = [
        (
            item["created_at"][:19].replace("T", " "),
            item["number"] or "",
            item["partner"] or item["channel"],
            item["status"]["slug"],
            str(len(item["order"].get("lines", ()))),
            ("TEST " if item["test"] else "") + (item["held"]["message"] if item["held"] else ""),
            item["id"],
        )
        for item in page.items
    ]
    listed(("received", "number", "partner", "status", "lines", "note", "id"), rows, following=page.next)
