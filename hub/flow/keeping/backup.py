"""Write a whole site into one file while it goes on working: every row as of one moment, every large payload, the site's files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub import __version__
from hub.flow.hub import Hub
from hub.flow.seal import seal
from hub.secrets.keyring import MASTER_FILE
from hub.store.archive import ArchiveWriter, writing
from hub.store.instants import rfc3339
from hub.store.keeping import large_payloads
from hub.store.migrate import HEAD
from hub.store.rows import Tally, all_tables, batches, count_rows, line_of
from hub.store.seals import head
from hub.store.transaction import Transaction

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""

SITE_FILES = ("hub.toml", "partners", "mappings", "schemas", "keys")
"""What of a site's folder goes with its data; the master key does not, it would open the sealed secrets beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """What a backup holds."""

    rows: int
    payloads: int
    files: int
    size: int
    head: str


def back_up(hub: Hub, target: Path, progress: Progress = lambda _done, _total: None) -> BackedUp:
    """Write the archive; raises `Refused` HUB-561 where the file exists, `DamagedPayload` where a stored payload is not whole."""
    seal(hub)
    with writing(target) as archive, hub.read() as view:
        now, total = view.now, count_rows(view.connection)
        tables = _tables(archive, view, lambda done: progress(done, total))
        last = head(view.connection)
        digests = large_payloads(view.connection)
        for digest in digests:
            archive.copy(f"payloads/{digest}", hub.database.blobs.checked_file(digest))
        files = list(site_files(hub.site.root))
        for file in files:
            archive.copy(f"site/{file.relative_to(hub.site.root).as_posix()}", file)
        archive.manifest(
            {
                "edihub": __version__,
                "made_at": rfc3339(now),
                "site": hub.site.file.name,
                "revision": HEAD,
                "head": {"number": last.number, "hash": last.hash},
                "tables": {name: tally.told() for name, tally in tables.items()},
                "payloads": len(digests),
            }
        )
    rows = sum(tally.rows for tally in tables.values())
    return BackedUp(rows=rows, payloads=len(digests), files=len(files), size=target.stat().st_size, head=last.hash)


def site_files(root: Path) -> Iterator[Path]:
    """The files of a site that a backup takes along, without the master key."""
    for name in SITE_FILES:
        place = root / name
        if place.is_file():
            yield place
        for folder, _, names in os.walk(place):
            yield from (Path(folder) / each for each in sorted(names) if Path(folder) / each != root / MASTER_FILE)


def _tables(archive: ArchiveWriter, view: Transaction, advance: Callable[[int], Any]) -> dict[str, Tally]:
    tallies, done = {}, 0
    for table in all_tables():
        tally = tallies[table.name] = Tally()
        with archive.member(f"tables/{table.name}.jsonl") as file:
            for batch in batches(view.connection, table):
                for row in batch:
                    line = line_of(table, row)
                    tally.add(line)
                    file.write(line + b"\n")
                done += len(batch)
                advance(done)
    return tallies
