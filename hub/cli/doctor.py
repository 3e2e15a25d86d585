"""`edihub doctor`: what is wrong with this machine and this site, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.terminal import paint

if TYPE_CHECKING:
    from pathlib import Path

    from hub.cli.checkup.finding import Finding

COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Look at Python, SQLite, clock, disk, port, store, queue, site files, keys, certificates and secrets; change nothing.

    Prints one line per check with its cure. Exit code 1 if anything is wrong; warnings alone exit 0.

    Example: edihub --site /srv/edihub doctor
    """
    from hub.cli.here import has_site, site_folder

    root = site_folder() if has_site() else None
    findings = list(_findings(root))
    wrong = sum(1 for each in findings if each.verdict == "error")
    if as_json:
        from dataclasses import asdict

        from hub.cli.listing import print_json

        print_json({"healthy": wrong == 0, "checks": [asdict(each) for each in findings]})
    else:
        for each in findings:
            _show(each)
        if root is None:
            print("no site here: only the machine was looked at", file=sys.stderr)
    if wrong:
        raise typer.Exit(1)


def _findings(root: Path | None) -> Iterator[Finding]:
    from hub.cli.checkup import keys, machine, site

    yield machine.python()
    yield machine.sqlite()
    if root is None:
        return
    yield machine.clock(root / "var")
    yield machine.disk(root / "var")
    yield site.writable(root / "var")
    yield from site.files(root)
    yield from _port(root)
    yield from _services(root)
    yield from keys.modes(root / "keys")
    yield from keys.certificates([root / "keys", root / "partners"])
    yield from keys.secrets(root)


def _port(root: Path) -> Iterator[Finding]:
    from hub.cli.checkup.machine import port
    from hub.errors import ConfigError
    from hub.routing.load import load_site

    try:
        http = load_site(root).file.http
    except ConfigError:
        return  # the site's files were named above
    yield port(http.host, http.port)


def _services(root: Path) -> Iterator[Finding]:
    from hub.cli.checkup import services
    from hub.errors import ConfigError
    from hub.routing.load import load_site

    try:
        site = load_site(root)
    except ConfigError:
        return  # the site's files were named above
    yield from services.store(site)
    yield from services.queue(site)


def _show(finding: Finding) -> None:
    print(
        f"{paint(finding.verdict.ljust(7), COLOURS[finding.verdict], sys.stdout)}  {finding.check.ljust(12)}  {finding.found}"
    )
    if finding.cure and finding.verdict != "ok":
        print(f"{' ' * 23}{finding.cure}")
