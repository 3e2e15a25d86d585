"""`edihub webhook`: where each subscriber of our events stands, trying one, telling one again."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Webhooks out: the subscribers of this hub's events.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The webhook's name in hub.toml; `alerts` is the one of [alerts].")]


@app.command("list")
def list_webhooks(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Every webhook: whom it tells what, how many events it is behind, and what went wrong."""
    from hub.cli.listing import listed, print_json
    from hub.cli.opened import opened_hub
    from hub.flow.telling.operate import standing

    with opened_hub() as hub:
        found = standing(hub)
    if as_json:
        print_json({"webhooks": found})
        return
    titles = ("name", "host", "events", "state", "behind", "failures", "delivered", "error")
    rows = [
        [
            each["name"],
            each["host"],
            " ".join(each["events"]),
            each["state"],
            str(each["behind"]),
            str(each["failures"]),
            (each["delivered_at"] or "")[:19],
            each["error"] or "",
        ]
        for each in found
    ]
    listed(titles, rows)


@app.command("test")
def test_webhook(name: Name) -> None:
    """Post a `webhook.test` event now, signed like any other; exit 5 where it is not taken.

    Example: edihub webhook test erp
    """
    from hub.cli.opened import opened_hub
    from hub.flow.telling.operate import try_out

    with opened_hub() as hub:
        status = try_out(name, hub)
    print(f"taken: {status}", file=sys.stderr)


@app.command("replay")
def replay_webhook(
    name: Name,
    after: Annotated[str, typer.Option(help="Tell everything behind this cursor again; empty: from the first event.")],
) -> None:
    """Tell a subscriber again, in order; a running hub begins within seconds.

    Example: edihub webhook replay erp --after WzEyXQ
    """
    from hub.cli.opened import opened_hub, who
    from hub.flow.telling.operate import replay_from

    with opened_hub() as hub:
        found = replay_from(name, after, hub, actor=who())
    print(f"{found['behind']} events are told again", file=sys.stderr)


@app.command("skip")
def skip_webhook(name: Name, reason: Annotated[str, typer.Option(help="Why; stands in the audit trail.")]) -> None:
    """Pass over the one event that a subscriber does not take, so that the later ones get through."""
    from hub.cli.opened import opened_hub, who
    from hub.flow.telling.operate import skip_event

    with opened_hub() as hub:
        item = skip_event(name, hub, actor=who(), reason=reason)
    print(f"skipped {item['type']} {item['id']}", file=sys.stderr)
