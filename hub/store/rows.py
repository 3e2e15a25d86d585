"""The rows of every table as plain values, in and out of any of the two databases: for backups, restores and moves.

A row travels as one line of JSON with bytes in base64, so that what SQLite wrote PostgreSQL reads, and the other way round.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, LargeBinary, RowMapping, Table, func, insert, select

from hub.errors import InputError
from hub.store.tables import metadata

BATCH = 100
"""Rows read or written at once: some 25 MB where each has the largest payload that a row holds."""
_DIGESTS = 1 << 256

_encoder = msgspec.json.Encoder(order="sorted")


@dataclass(slots=True)
class Tally:
    """How many rows, and a digest of them that does not depend on their order: the sum of the SHA-256 of each line."""

    rows: int = 0
    digest: int = 0

    def add(self, line: bytes) -> None:
        """Count one line."""
        self.rows += 1
        self.digest = (self.digest + int.from_bytes(hashlib.sha256(line).digest(), "big")) % _DIGESTS

    def told(self) -> dict[str, Any]:
        """As a manifest has it."""
        return {"rows": self.rows, "digest": f"{self.digest:064x}"}


def all_tables() -> tuple[Table, ...]:
    """Every table, in an order in which they can be filled."""
    return tuple(metadata.sorted_tables)


def count_rows(connection: Connection) -> int:
    """How many rows there are altogether, for a progress bar."""
    return sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in all_tables())


def filled_table(connection: Connection) -> str:
    """The name of a table that has rows; empty where none has."""
    for table in all_tables():
        if connection.execute(select(*table.primary_key.columns).limit(1)).first() is not None:
            return table.name
    return ""


def batches(connection: Connection, table: Table) -> Iterator[Sequence[RowMapping]]:
    """The rows of a table, a batch at a time, by primary key."""
    rows = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=BATCH)
    with connection.execute(rows) as found:
        yield from found.mappings().partitions(BATCH)


def line_of(table: Table, row: RowMapping) -> bytes:
    """One row as a line of JSON, without its line end."""
    return _encoder.encode({column.name: _plain(row[column.name]) for column in table.columns})


def row_of(table: Table, line: bytes) -> dict[str, Any]:
    """The values of a line; raises `InputError` HUB-560 where it is not a row of this table."""
    try:
        values = msgspec.json.decode(line)
        return {column.name: _value(column.type, values[column.name]) for column in table.columns if column.name in values}
    except (msgspec.DecodeError, ValueError, TypeError, AttributeError) as broken:
        raise InputError(f"a line of {table.name} is damaged: {broken}", "use another backup", code="HUB-560") from broken


def copy_rows(source: Connection, target: Connection, table: Table, told: Callable[[int], None]) -> Tally:
    """Insert every row of a table of one database into another's; what was copied. `told` hears how many so far."""
    tally = Tally()
    for batch in batches(source, table):
        for row in batch:
            tally.add(line_of(table, row))
        target.execute(insert(table), [dict(row) for row in batch])
        told(tally.rows)
    return tally


def put_rows(connection: Connection, table: Table, lines: Iterable[bytes]) -> Tally:
    """Insert rows that come as lines; what was inserted, counted as it stands in the table's own form."""
    tally, waiting = Tally(), list[dict[str, Any]]()
    for line in lines:
        tally.add(line)
        waiting.append(row_of(table, line))
        if len(waiting) == BATCH:
            connection.execute(insert(table), waiting)
            waiting = []
    if waiting:
        connection.execute(insert(table), waiting)
    return tally


def tally_of(connection: Connection, table: Table) -> Tally:
    """What stands in a table now."""
    tally = Tally()
    for batch in batches(connection, table):
        for row in batch:
            tally.add(line_of(table, row))
    return tally


def _plain(value: Any) -> Any:
    return base64.b64encode(bytes(value)).decode() if isinstance(value, bytes | memoryview | bytearray) else value


def _value(kind: Any, value: Any) -> Any:
    return base64.b64decode(value, validate=True) if isinstance(kind, LargeBinary) and value is not None else value
