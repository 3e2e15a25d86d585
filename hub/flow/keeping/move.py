"""Move a store to another database: every row, compared afterwards; the old one stays as it was."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hub.errors import InputError
from hub.flow.keeping.backup import Progress
from hub.flow.keeping.restore import demand_empty
from hub.store.database import Database
from hub.store.keeping import make_safe
from hub.store.rows import all_tables, copy_rows, count_rows, tally_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How many rows each table has now."""

    tables: dict[str, int]


def move_store(source: Database, target: Database, *, actor: str, progress: Progress = lambda _done, _total: None) -> Moved:
    """Copy every row in one transaction of the target, then read them again and compare.

    Nobody may write to the source meanwhile. Raises `Refused` HUB-562 where the target has rows, `InputError` HUB-563 where a
    table does not come out the same; the target is then as empty as before. Large payloads stay where they are: every process
    of the new site must reach that folder.
    """
    tables: dict[str, int] = {}
    with source.read() as view, target.transaction() as tx:
        demand_empty(tx)
        total = count_rows(view.connection)
        for table in all_tables():
            so_far = partial(_tell, progress, sum(tables.values()), total)
            copied = copy_rows(view.connection, tx.connection, table, so_far)
            if tally_of(tx.connection, table) != copied:
                raise InputError(
                    f"{table.name} does not read back as it was written",
                    "check that the target's encoding is UTF-8, then try again",
                    code="HUB-563",
                )
            tables[table.name] = copied.rows
        make_safe(tx.connection, gap=0)
        tx.audit.moved(rows=sum(tables.values()), actor=actor)
    return Moved(tables=tables)


def _tell(progress: Progress, before: int, total: int, rows: int) -> None:
    progress(before + rows, total)
