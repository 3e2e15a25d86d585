"""`edihub restore`: a site again from its backup."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.flow.keeping.restore import Restored
    from hub.store.archive import Archive


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `edihub backup` wrote.", exists=True, dir_okay=False)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The site's folder: new or empty.")],
    store: Annotated[str, typer.Option(help="Fill this empty database instead of the one that hub.toml names.")] = "",
    gap: Annotated[int, typer.Option(min=0, help="By how much control numbers are raised.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Make the site again: its files, its rows, its payloads, everything checked against the archive's manifest.

    A backup forgets what was sent after it: control numbers are raised by --gap so that none is used twice, and what was waiting
    is sent with the Message-ID it had. Exit 1 where the audit chain does not hold.

    Example: edihub restore /backups/edihub-2026-11-22.zip /srv/edihub
    """
    from hub.cli.listing import print_json
    from hub.errors import Refused
    from hub.store.archive import reading

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is not empty", "name a new folder", code="HUB-561")
    part = folder.with_name(f".{folder.name}.restoring")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with reading(file) as archive:
            done = _restore(archive, part, store, gap)
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    if as_json:
        broken = [{"what": each.what, "subject": each.subject, "message": each.message} for each in done.broken]
        values = {"rows": done.rows, "payloads": done.payloads, "made_at": done.made_at, "broken": broken}
        print_json({"site": str(folder), **values})
    else:
        _say(folder, done)
    if done.broken:
        raise typer.Exit(1)


def _restore(archive: Archive, part: Path, store: str, gap: int) -> Restored:
    from hub.bootstrap import open_store, store_url
    from hub.cli.opened import who
    from hub.cli.progress import counting
    from hub.flow.keeping.restore import fill_store, unpack_site
    from hub.routing.load import load_site

    part.mkdir(mode=0o700, parents=True)
    unpack_site(archive, part)
    var = part / "var"
    database = open_store(store or store_url(load_site(part)), var / "payloads")
    try:
        with counting("restoring") as progress:
            return fill_store(archive, database, var, actor=who(), gap=gap, progress=progress)
    finally:
        database.close()


def _say(folder: Path, done: Restored) -> None:
    print(f"{folder}: {done.rows:,} rows and {done.payloads:,} large payloads as of {done.made_at}")
    for each in done.broken:
        print(f"{each.what}: {each.message}")
    hints = "put keys/master.key back (or set EDIHUB_MASTER_KEY), then: edihub --site DIR doctor, edihub --site DIR serve"
    print(hints.replace("DIR", str(folder)), file=sys.stderr)
