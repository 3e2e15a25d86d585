"""Make a site again from a backup, and make it safe to go on with: a backup does not know what was sent after it.

Control numbers and the cursors of events are raised by a gap, so that none is used twice; every lease is void; everybody signs
in again. What was waiting is sent with the Message-ID and the bytes it had, so that a partner who has it already sees a repetition.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hub.errors import InputError, Refused
from hub.flow.keeping.backup import Progress
from hub.flow.seal import write_head
from hub.store.archive import Archive
from hub.store.database import Database
from hub.store.keeping import make_safe
from hub.store.migrate import HEAD
from hub.store.rows import all_tables, filled_table, put_rows
from hub.store.seals import Broken, Head, verify
from hub.store.transaction import Transaction

NUMBER_GAP = 1000
"""By how much control numbers are raised; more than a site sends between two backups to any one partner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came back."""

    rows: int
    payloads: int
    made_at: str
    broken: tuple[Broken, ...]


def unpack_site(archive: Archive, root: Path) -> None:
    """Write the site's own files into `root`, which is empty."""
    for name in archive.names("site"):
        archive.extract(f"site/{name}", root / name)
    (root / "var").mkdir(parents=True, exist_ok=True)


def fill_store(
    archive: Archive,
    database: Database,
    var: Path,
    *,
    actor: str,
    gap: int = NUMBER_GAP,
    progress: Progress = lambda _done, _total: None,
) -> Restored:
    """Fill an empty store in one transaction, check it against the manifest, and make it safe to go on with.

    Raises `Refused` HUB-562 where the store has rows or another revision, `InputError` HUB-560 where the archive is not what
    its manifest says. The audit chain is walked whole; where it does not hold is told, as it was in the backup.
    """
    _demand_revision(archive)
    payloads = _payloads(archive, database, var)
    manifest = archive.manifest
    with database.transaction() as tx:
        demand_empty(tx)
        rows = _rows(archive, tx, progress)
        make_safe(tx.connection, gap=gap)
        last = Head(int(manifest["head"]["number"]), str(manifest["head"]["hash"]))
        broken = tuple(verify(tx.connection, last))
        tx.audit.restored(made_at=manifest["made_at"], rows=rows, gap=gap, actor=actor)
        tx.events.leave_gap("store.restored", data={"made_at": manifest["made_at"]})
    write_head(var, last)
    return Restored(rows=rows, payloads=payloads, made_at=manifest["made_at"], broken=broken)


def demand_empty(tx: Transaction) -> None:
    """Raise `Refused` HUB-562 where any table has rows."""
    filled = filled_table(tx.connection)
    if filled:
        raise Refused(f"the store is not empty: {filled} has rows", "name an empty database", code="HUB-562")


def _demand_revision(archive: Archive) -> None:
    revision = archive.manifest.get("revision")
    if revision != HEAD:
        raise Refused(
            f"the backup has the tables of revision {revision}, this edihub has {HEAD}",
            f"restore it with edihub {archive.manifest.get('edihub')}, then install the newer one, which migrates",
            code="HUB-562",
        )


def _rows(archive: Archive, tx: Transaction, progress: Progress) -> int:
    told = archive.manifest["tables"]
    total, done = sum(each["rows"] for each in told.values()), 0
    for table in all_tables():
        tally = put_rows(tx.connection, table, archive.lines(f"tables/{table.name}.jsonl"))
        if tally.told() != told.get(table.name):
            raise InputError(
                f"{table.name} has other rows than the archive's manifest says", "use another backup", code="HUB-560"
            )
        done += tally.rows
        progress(done, total)
    return done


def _payloads(archive: Archive, database: Database, var: Path) -> int:
    names = archive.names("payloads")
    for name in names:
        spooled = var / f"restoring-{name}"
        archive.extract(f"payloads/{name}", spooled)
        digest, _ = database.blobs.put_file(spooled)
        if digest != name:
            raise InputError(f"the payload {name} has other bytes in the archive", "use another backup", code="HUB-560")
    if len(names) != archive.manifest["payloads"]:
        raise InputError("payloads are missing from the archive", "use another backup", code="HUB-560")
    return len(names)
