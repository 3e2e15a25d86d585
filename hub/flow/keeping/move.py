"""Move a store to another database: every row, compared afterwards; the old one stays as it was."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert

from hub.errors import InputError
from hub.flow.keeping.backup import Progress
from hub.flow.keeping.restore import demand_empty, make_safe
from hub.store.database import Database
from hub.store.rows import Tally, all_tables, batches, count_rows, line_of, tally_of


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
            copied = Tally()
            for batch in batches(view.connection, table):
                for row in batch:
                    copied.add(line_of(table, row))
                tx.connection.execute(insert(table), [dict(row) for row in batch])
                progress(sum(tables.values()) + copied.rows, total)
            if tally_of(tx.connection, table) != copied:
                raise InputError(
                    f"{table.name} does not read back as it was written",
                    "check that the target's encoding is UTF-8, then try again",
                    code="HUB-563",
                )
            tables[table.name] = copied.rows
        make_safe(tx, gap=0)
        tx.audit.moved(rows=sum(tables.values()), actor=actor)
    return Moved(tables=tables)
