"""`edihub order confirm ID` and its sisters: take an order on, with the same guards as the API and the screen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli import order_change

if TYPE_CHECKING:
    from hub.flow.orders.given import Given
    from hub.flow.orders.life import Action

app = typer.Typer(no_args_is_help=True, help="Take an order on. Every change keeps who, when and why.")
app.add_typer(order_change.app, name="change")

Wanted = Annotated[str, typer.Argument(metavar="ID", help="The id of an order, or its number where only one has it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; stands in the order's history.")]
Lines = Annotated[
    Path | None,
    typer.Option("--lines", metavar="FILE", help="JSON: what becomes of lines, as in an order_response; - is stdin."),
]
AsJson = Annotated[bool, typer.Option("--json", help="The order afterwards, as one JSON document.")]


@app.command()
def confirm(wanted: Wanted, *, reason: Reason = "", lines: Lines = None, as_json: AsJson = False) -> None:
    """Confirm an order; the partner gets the 855 or ORDRSP that is agreed.

    Lines that FILE does not name are accepted as ordered.

    Example: edihub order confirm 4500000042 --lines short.json
    """
    _act("confirm", wanted, reason=reason, lines=lines, as_json=as_json)


@app.command()
def backorder(wanted: Wanted, *, reason: Reason = "", lines: Lines = None, as_json: AsJson = False) -> None:
    """Let an order wait for goods; the partner is told which lines wait. It goes on only when a person says so."""
    _act("backorder", wanted, reason=reason, lines=lines, as_json=as_json)


@app.command()
def cancel(wanted: Wanted, *, reason: Reason = "", as_json: AsJson = False) -> None:
    """Give an order up; the partner is told as agreed."""
    _act("cancel", wanted, reason=reason, as_json=as_json)


@app.command()
def hold(wanted: Wanted, *, reason: Reason = "", as_json: AsJson = False) -> None:
    """Stop an order until a person decides."""
    _act("hold", wanted, reason=reason, as_json=as_json)


@app.command()
def release(wanted: Wanted, *, reason: Reason = "", as_json: AsJson = False) -> None:
    """Let a held order go on from where it was."""
    _act("release", wanted, reason=reason, as_json=as_json)


@app.command()
def approve(wanted: Wanted, *, reason: Reason = "", as_json: AsJson = False) -> None:
    """Approve an order that a rule stopped."""
    _act("approve", wanted, reason=reason, as_json=as_json)


@app.command()
def reject(wanted: Wanted, *, reason: Reason = "", as_json: AsJson = False) -> None:
    """Refuse an order that waits for approval: it is cancelled, and the partner told."""
    _act("reject", wanted, reason=reason, as_json=as_json)


@app.command()
def ready(wanted: Wanted, *, reason: Reason = "", as_json: AsJson = False) -> None:
    """The goods are reserved and wait for picking."""
    _act("ready", wanted, reason=reason, as_json=as_json)


@app.command()
def paid(wanted: Wanted, *, reason: Reason = "", as_json: AsJson = False) -> None:
    """The order was paid in full."""
    _act("paid", wanted, reason=reason, as_json=as_json)


@app.command()
def delivered(wanted: Wanted, *, reason: Reason = "", as_json: AsJson = False) -> None:
    """The carrier or the buyer confirmed receipt."""
    _act("delivered", wanted, reason=reason, as_json=as_json)


@app.command()
def status(
    wanted: Wanted,
    to: Annotated[str, typer.Argument(metavar="STATUS", help="draft, processing, pending_payment, failed, refund, ...")],
    *,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Take an order to any status that may follow its own.

    Example: edihub order status 4500000042 processing
    """
    _act("move", wanted, reason=reason, to=to, as_json=as_json)


def _act(action: Action, wanted: str, *, reason: str, as_json: bool, lines: Path | None = None, to: str = "") -> None:
    from hub.cli.listing import print_json
    from hub.cli.opened import opened_hub, who
    from hub.flow.orders.act import carry_out
    from hub.flow.orders.steps import prepare_step
    from hub.flow.statuses import status_table
    from hub.store.order_resources import get_order

    given = _given(lines, to)
    with opened_hub() as hub:
        with hub.read() as view:
            order_id = view.orders.find(wanted).id
        said = reason or (given.response.reason if given.response is not None else None) or ""
        act = prepare_step(action, order_id, hub=hub, actor=who(), reason=said, given=given)
        with hub.transaction() as tx:
            carry_out(tx, act, hub)
        with hub.read() as view:
            order = get_order(view.connection, order_id, label=status_table(hub).label)
    if as_json:
        print_json(order)
        return
    print(order_id)
    approval = "" if order["approval"] == "not_required" else f", {order['approval']}"
    print(f"{order['number'] or order_id} is {order['status']['slug']}{approval}", file=sys.stderr)
    for each in act.drafts:
        print(f"queued for {each.agreement.partner}: {each.agreement.document}", file=sys.stderr)


def _given(lines: Path | None, to: str) -> Given:
    from hub.cli.source import opened
    from hub.flow.orders.given import Given, given_in, read_confirming

    if lines is None:
        return Given(to=to)
    with opened(str(lines)) as raw:
        return given_in(read_confirming(bytes(raw)))
