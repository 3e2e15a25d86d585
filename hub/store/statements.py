"""Statements built and compiled once, and run on the driver itself.

Measured: SQLAlchemy's own execution costs about 110 us a statement beside some 12 us of the driver's, and an order needs forty of
them. So the statements of an order's way are compiled once per database and handed to the driver's cursor; everything else
goes the ordinary way, on the same connection and in the same transaction.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Table, bindparam, insert, literal_column, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement, visitors

MOST = "most"
"""The parameter of a LIMIT. It has few values, and each gets a text of its own: see `_with_constants`."""


class Prepared:
    """One statement. Its parameters are the names of its `bindparam`s; booleans come back as the driver has them (0 and 1)."""

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._compiled: dict[tuple[str, Any], tuple[str, tuple[str, ...] | None, dict[str, Any]]] = {}
        self._row: Any = None

    def rows(self, connection: Connection, params: Mapping[str, Any]) -> list[Any]:
        """Run it and return all rows, their columns by name."""
        cursor = self._run(connection, params)
        found = cursor.fetchall()
        if self._row is None:
            # a namedtuple reads like SQLAlchemy's rows
            names = [column[0] for column in cursor.description]
            made: Any = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024
            self._row = made._make
        cursor.close()
        return [self._row(each) for each in found]

    def row(self, connection: Connection, params: Mapping[str, Any]) -> Any:
        """The first row, None where there is none."""
        found = self.rows(connection, params)
        return found[0] if found else None

    def scalars(self, connection: Connection, params: Mapping[str, Any]) -> list[Any]:
        """The first column of all rows."""
        cursor = self._run(connection, params)
        found = [each[0] for each in cursor.fetchall()]
        cursor.close()
        return found

    def scalar(self, connection: Connection, params: Mapping[str, Any]) -> Any:
        """The first column of the first row, None where there is none."""
        found = self.scalars(connection, params)
        return found[0] if found else None

    def execute(self, connection: Connection, params: Mapping[str, Any]) -> int:
        """Run it and return how many rows it touched."""
        cursor = self._run(connection, params)
        count: int = cursor.rowcount
        cursor.close()
        return count

    def execute_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each set of parameters."""
        text, names, fixed = self._text(connection, rows[0])
        many = [_values(names, fixed, row) for row in rows]
        cursor = _driver(connection).cursor()
        try:
            cursor.executemany(text, many)
        except connection.dialect.loaded_dbapi.Error as failure:
            raise _wrapped(connection, text, failure) from failure
        cursor.close()

    def _run(self, connection: Connection, params: Mapping[str, Any]) -> Any:
        text, names, fixed = self._text(connection, params)
        try:
            return _driver(connection).execute(text, _values(names, fixed, params))
        except connection.dialect.loaded_dbapi.Error as failure:
            raise _wrapped(connection, text, failure) from failure

    def _text(self, connection: Connection, params: Mapping[str, Any]) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
        key = (connection.dialect.name, params.get(MOST))
        found = self._compiled.get(key)
        if found is None:
            compiled: Any = _with_constants(self._clause, key[1]).compile(dialect=connection.dialect)
            positions = compiled.positiontup
            fixed = {name: value for name, value in compiled.params.items() if value is not None}
            found = (str(compiled), None if positions is None else tuple(positions), fixed)
            self._compiled[key] = found
        return found


def _driver(connection: Connection) -> Any:
    """The driver's connection; both have an `execute` that makes its cursor."""
    return connection.connection.dbapi_connection


def _with_constants(clause: ClauseElement, most: int | None) -> ClauseElement:
    """The statement with the values that never change, and `most`, written into its text.

    SQLite plans anew whenever a parameter is bound that its plan may depend on: a LIMIT, or what a partial index is about. That
    took 80 to 300 us each time, several times as long as the query.
    """

    def constant(element: Any, **_options: Any) -> Any:
        if not isinstance(element, BindParameter):
            return None
        value = most if element.key == MOST else element.value
        if type(value) is int:
            return literal_column(str(value), element.type)
        if type(value) is str:
            return literal_column("'" + value.replace("'", "''") + "'", element.type)
        return None

    found: Any = visitors.replacement_traverse(clause, {}, constant)
    return found  # type: ignore[no-any-return]


def _values(names: tuple[str, ...] | None, fixed: Mapping[str, Any], params: Mapping[str, Any]) -> Any:
    if names is None:
        return {**fixed, **params} if fixed else params
    if fixed:
        return [params[name] if name in params else fixed[name] for name in names]
    return [params[name] for name in names]


def _wrapped(connection: Connection, text: str, failure: BaseException) -> BaseException:
    """The driver's exception as SQLAlchemy would have raised it; the values stay out of it."""
    base: Any = connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(text, None, failure, base, hide_parameters=True, dialect=connection.dialect)


@lru_cache(maxsize=512)
def _update(table: Table, names: tuple[str, ...], only: ColumnElement[bool] | None = None) -> Prepared:
    new = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    statement = update(table).where(table.c.id == bindparam("wanted_id")).values(new)
    return Prepared(statement if only is None else statement.where(only))


@lru_cache(maxsize=512)
def _insert(table: Table, names: tuple[str, ...]) -> Prepared:
    return Prepared(insert(table).values({name: bindparam(name, type_=table.c[name].type) for name in names}))


def write_row(
    connection: Connection, table: Table, row_id: str, values: Mapping[str, Any], *, only: ColumnElement[bool] | None = None
) -> bool:
    """Write columns of the row with this id, with `only` where that holds for it; whether there was such a row."""
    new = {f"new_{name}": value for name, value in values.items()}
    return _update(table, tuple(values), only).execute(connection, {"wanted_id": row_id, **new}) == 1


def insert_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert one row; columns that are left out get the table's default."""
    _insert(table, tuple(values)).execute(connection, values)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    if len(rows) == 1:
        insert_row(connection, table, rows[0])
    elif rows:
        _insert(table, tuple(rows[0])).execute_many(connection, rows)
