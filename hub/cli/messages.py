"""`edihub messages`: the audit log, newest first."""

from __future__ import annotations

from typing import Annotated, Any

import typer


def messages(
    partner: Annotated[str, typer.Option(help="Only this partner's.")] = "",
    state: Annotated[str, typer.Option(help="Only in this state: held, rejected, dead, done, ...")] = "",
    direction: Annotated[str, typer.Option(help="in or out.")] = "",
    message: Annotated[str, typer.Option("--type", help="Only this message type: 850, ORDERS, 997.")] = "",
    number: Annotated[str, typer.Option(help="Only with this business number.")] = "",
    control: Annotated[str, typer.Option(help="Only with this control number.")] = "",
    light: Annotated[str, typer.Option(help="Only with this light, such as syntax:overdue.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 50,
    after: Annotated[str, typer.Option(help="Go on behind this cursor (`next` of the page before).")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List what came in and went out, newest first, with the three lights of everything sent.

    Example: edihub messages --state held
    """
    from hub.cli.listing import demand_word, listed, print_json
    from hub.cli.opened import opened_hub
    from hub.store.documents import FORWARD, LIGHTS
    from hub.store.message_items import MessageFilter, list_messages
    from hub.store.states import MACHINES

    demand_word("--state", state, sorted({step.after for machine in MACHINES.values() for step in machine}))
    demand_word("--direction", direction, ("in", "out"))
    demand_word("--light", light, (f"{each}:{lamp}" for each in LIGHTS for lamp in FORWARD))
    wanted = MessageFilter(
        partner=partner, state=state, direction=direction, message=message, number=number, control_number=control, light=light
    )
    with opened_hub() as hub, hub.read() as view:
        page = list_messages(view.connection, wanted, limit=limit, after=after or None)
    if as_json:
        print_json(page.as_json())
        return
    titles = ("at", "way", "partner", "type", "number", "control", "state", "delivery/syntax/business", "note", "id")
    listed(titles, [_row(item) for item in page.items], following=page.next)


def _row(item: dict[str, Any]) -> tuple[str, ...]:
    lights = item["lights"]
    shown = (
        "/".join(lights[light]["state"] for light in ("delivery", "syntax", "business")) if item["direction"] == "out" else ""
    )
    note = f"{item['error']['code']} {item['error']['message']}" if item["error"] else ""
    return (
        item["created_at"][:19].replace("T", " "),
        item["direction"],
        item["partner"] or "?",
        item["message"] or "",
        item["business_number"] or "",
        item["interchange_number"] or "",
        item["state"],
        shown,
        ("TEST " if item["test"] else "") + note,
        item["id"],
    )
