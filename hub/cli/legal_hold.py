"""`edihub legal-hold`: what nobody may remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.store.keeping import LegalHold

app = typer.Typer(no_args_is_help=True, help="What neither retention nor redaction may touch.")


@app.command()
def add(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="The id of a message or an order, or partner:NAME.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")],
) -> None:
    """Put a message, an order or everything of a partner under legal hold; prints the id of the hold.

    Example: edihub legal-hold add partner:acme --reason "case 2026/114"
    """
    from hub.cli.opened import opened_hub, who
    from hub.errors import NotFound

    with opened_hub() as hub:
        if subject.startswith("partner:") and subject.removeprefix("partner:") not in hub.site.partners:
            raise NotFound(
                f"no partner {subject.removeprefix('partner:')}", f"partners are {', '.join(sorted(hub.site.partners))}"
            )
        with hub.transaction() as tx:
            if subject.startswith("ord"):
                tx.orders.get(subject)
            elif not subject.startswith("partner:"):
                tx.messages.get(subject)
            hold = tx.keeping.hold(subject, reason=reason, actor=who())
            tx.audit.legal_hold(subject, what="begun", reason=reason, actor=who())
    print(hold)


@app.command()
def end(
    hold: Annotated[str, typer.Argument(metavar="HOLD", help="The id of the hold.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")],
) -> None:
    """End a legal hold; it stays in the list."""
    from hub.cli.opened import opened_hub, who

    with opened_hub() as hub, hub.transaction() as tx:
        subject = tx.keeping.end_hold(hold)
        tx.audit.legal_hold(subject, what="ended", reason=reason, actor=who())


@app.command("list")
def list_holds(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Every legal hold, those in force first."""
    from hub.cli.listing import listed, print_json
    from hub.cli.opened import opened_hub
    from hub.store.instants import from_micros

    with opened_hub() as hub, hub.read() as view:
        holds = view.keeping.holds()
    if as_json:
        print_json({"items": [_shown(each) for each in holds]})
        return
    rows = [(each.id, each.subject, f"{from_micros(each.begun_at):%Y-%m-%d}", _ended(each), each.reason) for each in holds]
    listed(("id", "subject", "begun", "ended", "reason"), rows)


def _shown(hold: LegalHold) -> dict[str, str | None]:
    from dataclasses import asdict

    from hub.store.instants import rfc3339

    return {**asdict(hold), "begun_at": rfc3339(hold.begun_at), "ended_at": rfc3339(hold.ended_at)}


def _ended(hold: LegalHold) -> str:
    from hub.store.instants import from_micros

    return "in force" if hold.ended_at is None else f"{from_micros(hold.ended_at):%Y-%m-%d}"
