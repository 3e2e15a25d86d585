"""Updates by id, built once per set of columns: building an expression costs more than running it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, Update, bindparam, update


@lru_cache(maxsize=512)
def _by_id(table: Table, names: tuple[str, ...]) -> Update:
    return update(table).where(table.c.id == bindparam("wanted_id")).values({name: bindparam(f"new_{name}") for name in names})


def write_row(connection: Connection, table: Table, row_id: str, values: Mapping[str, Any]) -> None:
    """Write columns of the row with this id."""
    new = {f"new_{name}": value for name, value in values.items()}
    connection.execute(_by_id(table, tuple(values)), {"wanted_id": row_id, **new})
