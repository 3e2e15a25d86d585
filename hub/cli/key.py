"""`edihub key`: the keys with which callers of the API name themselves."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Keys of the API.")
_MICROS_PER_DAY = 86_400_000_000


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who will use it; stands in histories and the audit trail.")],
    more: Annotated[list[str] | None, typer.Argument(metavar="", hidden=True)] = None,
    *,
    scope: Annotated[list[str] | None, typer.Option("--scope", metavar="SCOPE...", help="What it may do.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3660, help="Ends after so many days; otherwise never.")] = None,
) -> None:
    """Make a key and print it, and nothing else: this is the only time that it can be seen.

    Scopes: orders:read orders:write orders:approve documents:write messages:read events:read catalogue:write admin

    Example: edihub key create erp --scope orders:read orders:write
    """
    from hub.cli.listing import demand_word
    from hub.cli.opened import opened_hub, who

    scopes = tuple(word for given in [*(scope or []), *(more or [])] for word in given.replace(",", " ").split())
    from hub.store.keys import SCOPES

    if not scopes:
        raise typer.BadParameter(f"name at least one of {', '.join(SCOPES)}", param_hint="--scope")
    for each in scopes:
        demand_word("--scope", each, SCOPES)
    with opened_hub() as hub, hub.transaction() as tx:
        key = tx.keys.create(name, scopes, expires_at=None if days is None else tx.now + days * _MICROS_PER_DAY)
        tx.audit.key_created(key.partition(".")[0], name=name, scopes=" ".join(scopes), actor=who())
    print(key)


@app.command("list")
def list_keys(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Every key with what it may do and when it was used last; never the key itself."""
    from hub.cli.listing import listed, print_json
    from hub.cli.opened import opened_hub

    with opened_hub() as hub, hub.read() as view:
        keys = view.keys.list()
    if as_json:
        print_json({"keys": keys})
        return
    titles = ("id", "name", "scopes", "created", "used", "ends", "revoked")
    listed(titles, [[str(key[title.replace("ends", "expires")] or "") for title in titles] for key in keys])


@app.command("revoke")
def revoke(name: Annotated[str, typer.Argument(metavar="NAME|ID", help="The key's name or id.")]) -> None:
    """End a key; a running hub refuses it within five seconds."""
    from hub.cli.opened import opened_hub, who

    with opened_hub() as hub, hub.transaction() as tx:
        tx.keys.revoke(name)
        tx.audit.key_revoked(name, actor=who())
    print("revoked", file=sys.stderr)
