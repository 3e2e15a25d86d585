"""`edihub migrate-store`: from the embedded database to PostgreSQL, or back."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def migrate_store(
    to: Annotated[str, typer.Option(help="The empty database to fill: postgresql+psycopg://... or sqlite:///FILE.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Copy every row of this site's store into another database, and compare them there; the old store stays as it is.

    Stop the hub first. In one transaction of the new database: when anything fails, it is as empty as before.

    Example: edihub migrate-store --to "$STORE_URL"
    """
    from hub.bootstrap import open_store
    from hub.cli.listing import print_json
    from hub.cli.opened import opened_hub, who
    from hub.cli.progress import counting
    from hub.flow.keeping.move import move_store
    from hub.store.process_lock import ProcessLock

    with opened_hub() as hub:
        lock = ProcessLock(hub.site.var / "hub.lock")
        lock.acquire()
        try:
            target = open_store(to, hub.site.var / "payloads")
            try:
                with counting("moving") as progress:
                    moved = move_store(hub.database, target, actor=who(), progress=progress)
            finally:
                target.close()
        finally:
            lock.release()
    if as_json:
        print_json({"tables": moved.tables})
        return
    for name, rows in moved.tables.items():
        print(f"{rows:>12,}  {name}")
    print(
        'every row is there. Now name it under [store] in hub.toml, as a secret where it has a password: url = {env = "STORE_URL"}',
        file=sys.stderr,
    )
