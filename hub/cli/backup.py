"""`edihub backup`: the whole site in one file, while it goes on working."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write; it must not be there yet.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Write every row as of one moment, every large payload, and the site's own files into one ZIP of mode 600.

    The hub may go on working. The master key (keys/master.key or EDIHUB_MASTER_KEY) is not in it: keep that elsewhere.

    Example: edihub backup /backups/edihub-2026-11-22.zip
    """
    from dataclasses import asdict

    from hub.cli.listing import print_json
    from hub.cli.opened import opened_hub
    from hub.cli.progress import counting
    from hub.flow.keeping.backup import back_up

    with opened_hub() as hub, counting("backing up") as progress:
        done = back_up(hub, file, progress)
    if as_json:
        print_json({"file": str(file), **asdict(done)})
        return
    print(
        f"{file}: {done.rows:,} rows, {done.payloads:,} large payloads, {done.files:,} files of the site, {done.size:,} bytes; "
        f"audit head {done.head[:16]}"
    )
    print("the master key is not in it: keep a copy of keys/master.key or EDIHUB_MASTER_KEY elsewhere", file=sys.stderr)
