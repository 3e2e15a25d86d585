"""`edihub serve`: everything in one process."""

from __future__ import annotations

from typing import Annotated

import typer

TURN_SECONDS = 0.001


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="The address to listen at; hub.toml says the default.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = None,
    work: Annotated[
        bool | None,
        typer.Option("--work/--no-work", help="Whether to process as well; with a queue that is left to `edihub worker`."),
    ] = None,
) -> None:
    """Run the hub: HTTP, pollers, workers and the embedded store in one process, until SIGTERM or Ctrl-C.

    Where the site has a queue this process takes requests, and any number of `edihub worker` do the work; what none of them took
    within some seconds is done here after all.
    """
    import sys

    from hub.cli.frugal import frugally

    # A request waits for the interpreter several times while workers hold it; a shorter turn costs them next to nothing.
    sys.setswitchinterval(TURN_SECONDS)

    with frugally():
        from hub.bootstrap import open_hub, queue_of
        from hub.cli.here import load_site_here
        from hub.guides.calm import settle_down
        from hub.web.server import Server, listen, stopping_on_signals

        site = load_site_here()
        http = site.file.http
        listening = listen(host or http.host, http.port if port is None else port)
        is_working = not queue_of(site) if work is None else work
        server = Server(open_hub(site, role="all" if is_working else "edge"), listening)
    settle_down()

    def say() -> None:
        typer.echo(f"edihub serves {site.file.name} at {server.url}", err=True)
        for address in _addresses(site, server.url):
            typer.echo(f"  {address}", err=True)

    with stopping_on_signals(server.stop):
        server.run(on_ready=say)
    typer.echo("stopped; nothing was lost", err=True)


def _addresses(site: object, url: str) -> list[str]:
    from hub.routing.site import Site

    assert isinstance(site, Site)
    listening = [each.id for each in site.connections.values() if getattr(each.settings, "receive", None) is not None]
    return [
        f"console      {url}/admin/edi   (`edihub user create NAME` lets a person in)",
        f"API          {url}/api/v1/orders   (described at {url}/api/v1/openapi.json)",
        *(f"partner      POST {url}/in/{connection}" for connection in listening),
        f"health       {url}/readyz   {url}/metrics",
    ]
