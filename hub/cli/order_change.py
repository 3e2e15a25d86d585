"""`edihub order change`: the changes that buyers ask for, and deciding those that wait."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.flow.orders.change_decision import Choice

app = typer.Typer(no_args_is_help=True, help="Changes that the buyer asks for.")

Wanted = Annotated[str, typer.Argument(metavar="ORDER", help="The id of an order, or its number where only one has it.")]
Document = Annotated[
    str, typer.Argument(metavar="[DOCUMENT]", help="The id of the change's document; the only one that waits may go unsaid.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; the buyer is told.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("list")
def list_changes(wanted: Wanted, *, as_json: AsJson = False) -> None:
    """Every change asked for of an order, oldest first.

    Example: edihub order change list 4500000042
    """
    from hub.cli.listing import listed, print_json
    from hub.cli.opened import opened_hub
    from hub.store.changes import changes_of
    from hub.store.order_resources import get_order

    with opened_hub() as hub, hub.read() as view:
        changes = changes_of(view.connection, get_order(view.connection, wanted)["id"])
    if as_json:
        print_json({"items": changes, "next": None})
        return
    rows = [
        (
            each["at"][:19].replace("T", " "),
            each["sequence"] or each["number"] or "",
            each["purpose"] or "",
            each["state"],
            (each["problem"] or {}).get("message", "") if each["state"] != "applied" else each["reason"] or "",
            each["document"],
        )
        for each in changes
    ]
    listed(("asked", "number", "purpose", "state", "why", "document"), rows)


@app.command()
def accept(
    wanted: Wanted,
    document: Document = "",
    *,
    line: Annotated[list[str] | None, typer.Option("--line", help="Only this line; may be said several times.")] = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Make a change that waits, whole or some lines of it; the partner is told as agreed.

    Example: edihub order change accept 4500000042 --line 1
    """
    _decide("accept", wanted, document, lines=tuple(line or ()), reason=reason, as_json=as_json)


@app.command()
def reject(wanted: Wanted, document: Document = "", *, reason: Reason = "", as_json: AsJson = False) -> None:
    """Refuse a change that waits; the partner is told as agreed.

    Example: edihub order change reject 4500000042 --reason "already picked"
    """
    _decide("reject", wanted, document, lines=(), reason=reason, as_json=as_json)


def _decide(choice: Choice, wanted: str, document: str, *, lines: tuple[str, ...], reason: str, as_json: bool) -> None:
    from hub.cli.listing import print_json
    from hub.cli.opened import opened_hub, who
    from hub.flow.orders.change_decision import Said, carry_out_change_decision, prepare_change_decision
    from hub.store.order_resources import get_order

    with opened_hub() as hub:
        with hub.read() as view:
            order_id = get_order(view.connection, wanted)["id"]
        said = Said(reason=reason, lines=lines)
        decision = prepare_change_decision(choice, order_id, document, hub=hub, actor=who(), said=said)
        with hub.transaction() as tx:
            carry_out_change_decision(tx, decision, hub)
        with hub.read() as view:
            after = get_order(view.connection, order_id)
    if as_json:
        print_json(after)
    else:
        print(order_id)
        print("accepted" if choice == "accept" else "rejected", file=sys.stderr)
