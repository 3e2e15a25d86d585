"""`edihub connection`: whether our connections to partners work, tried now."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.terminal import paint

if TYPE_CHECKING:
    from hub.routing.site import Site

TRANSPORT_FAILED = 5
app = typer.Typer(no_args_is_help=True, help="The connections of the site.")
_Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("list")
def list_connections(as_json: _Json = False) -> None:
    """Every connection with its connector."""
    from hub.cli.here import load_site_here
    from hub.cli.listing import listed, print_json

    connections = load_site_here().connections.values()
    if as_json:
        print_json(
            {"connections": [{"id": each.id, "partner": each.partner, "connector": each.spec.name} for each in connections]}
        )
    else:
        listed(
            ("connection", "connector", "what it does"), [(each.id, each.spec.name, each.spec.summary) for each in connections]
        )


@app.command("check")
def check_connections(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Connections; none: all of them.")] = None,
    *,
    as_json: _Json = False,
) -> None:
    """Log in at the far side and look at what the settings name; sends nothing, takes nothing.

    Prints one line per connection, with the cure where it fails. Exit code 5 if any fails. May be used while the hub runs: a
    connection that it left alone, and that works now, is tried again at once.

    Example: edihub connection check acme/sftp
    """
    from hub.cli.here import load_site_here
    from hub.cli.listing import print_json

    site = load_site_here()
    results = [_tried(site, name) for name in _wanted(site, names)]
    if as_json:
        print_json({"connections": results})
    else:
        for result in results:
            _show(result)
    _try_again(site, [result["id"] for result in results if result["works"]])
    if not all(result["works"] for result in results):
        raise typer.Exit(TRANSPORT_FAILED)


def _wanted(site: Site, names: list[str] | None) -> list[str]:
    from hub.errors import NotFound

    for name in names or ():
        if name not in site.connections:
            known = ", ".join(sorted(site.connections)) or "none"
            raise NotFound(f"no connection {name}", f"the site has: {known}")
    return names or sorted(site.connections)


def _tried(site: Site, name: str) -> dict[str, Any]:
    from hub.bootstrap import build_connector
    from hub.errors import HubError

    started = time.monotonic()
    result: dict[str, Any] = {"id": name, "connector": site.connections[name].spec.name, "works": True}
    try:
        connector = build_connector(site, name)
        try:
            connector.check()
        finally:
            connector.close()
    except HubError as failure:
        result |= {"works": False, "code": failure.code, "message": failure.message, "hint": failure.hint}
    return result | {"seconds": round(time.monotonic() - started, 3)}


def _try_again(site: Site, names: list[str]) -> None:
    """Whoever mended a connection does not wait for the hub to find out; that the store cannot be asked takes nothing from the check."""
    from hub.cli.opened import opened_hub
    from hub.errors import HubError
    from hub.flow.far_sides import try_at_once

    if not names:
        return
    try:
        with opened_hub(site) as hub, hub.transaction() as tx:
            back = [name for name in names if try_at_once(tx, name)]
    except HubError as failure:
        print(f"note: what waits is tried again by its schedule: {failure.code} {failure.message}", file=sys.stderr)
        return
    for name in back:
        print(f"{name} was left alone since it failed; the hub tries it again now", file=sys.stderr)


def _show(result: dict[str, Any]) -> None:
    colour, word = ("green", "works") if result["works"] else ("red", "fails")
    print(f"{paint(word, colour, sys.stdout)}  {result['id']}  {result['connector']}, {result['seconds']:.1f} s")
    if not result["works"]:
        print(f"       {result['code']}: {result['message']}")
        if result["hint"]:
            print(f"       {result['hint']}")
