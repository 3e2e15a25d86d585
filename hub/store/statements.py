"""Statements built and compiled once, and run on the driver itself.

Measured: SQLAlchemy's own execution costs about 110 us a statement beside some 12 us of the driver's, and an order needs forty of
them. So the statements of an order's way are compiled once per database and handed to the driver's cursor; everything else
goes the ordinary way, on the same connection and in the same transaction.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Connection,
    Insert,
    Table,
    Text,
    any_,
    bindparam,
    insert,
    literal_column,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement, visitors

from hub.store.exchange import Answer, exchange_of


def one_of_ids(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """That a column is one of the ids in a list, in a statement for PostgreSQL alone: their number does not change its text."""
    found: ColumnElement[bool] = column == any_(bindparam(name, type_=ARRAY(Text)))
    return found


MOST = "most"
"""The parameter of a LIMIT. It has few values, and each gets a text of its own: see `_with_constants`."""


class Prepared:
    """One statement. Its parameters are the names of its `bindparam`s; booleans come back as the driver has them (0 and 1)."""

    def __init__(self, clause: ClauseElement, *, is_row: bool = False) -> None:
        """`is_row`: it inserts one row of parameters, each once, in the order of its columns."""
        self._clause = clause
        self._is_row = is_row
        # any other may find no row to write
        self._always_writes = isinstance(clause, Insert)
        self._compiled: dict[tuple[str, Any], tuple[Any, tuple[str, ...], dict[str, Any]]] = {}
        self._row: Any = None

    def rows(self, connection: Connection, params: Mapping[str, Any]) -> list[Any]:
        """Run it and return all rows, their columns by name."""
        if _is_postgres(connection):
            answer = self._ask(connection, params)
            if self._row is None:
                self._row = _row_maker(answer.names)
            return answer.rows(self._row)
        cursor = self._run(connection, params)
        found = cursor.fetchall()
        if self._row is None:
            self._row = _row_maker([column[0] for column in cursor.description])
        cursor.close()
        return [self._row(each) for each in found]

    def row(self, connection: Connection, params: Mapping[str, Any]) -> Any:
        """The first row, None where there is none."""
        found = self.rows(connection, params)
        return found[0] if found else None

    def scalars(self, connection: Connection, params: Mapping[str, Any]) -> list[Any]:
        """The first column of all rows."""
        if _is_postgres(connection):
            return [each[0] for each in self._ask(connection, params).rows()]
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
        if _is_postgres(connection):
            return self._ask(connection, params).count
        cursor = self._run(connection, params)
        count: int = cursor.rowcount
        cursor.close()
        return count

    def later(self, connection: Connection, params: Mapping[str, Any]) -> None:
        """Run it, at the latest with the commit: nobody needs to know what it came to."""
        if _is_postgres(connection):
            self._wait(connection, params, None)
        else:
            self._run(connection, params).close()

    def demand(self, connection: Connection, params: Mapping[str, Any], otherwise: Callable[[], None]) -> None:
        """Run it, before the commit; `otherwise` is called, before that too, where it neither touched nor found a row, and may raise."""
        if _is_postgres(connection):

            def told(answer: Answer) -> None:
                if not answer.count:
                    otherwise()

            self._wait(connection, params, told)
            return
        cursor = self._run(connection, params)
        is_met = cursor.rowcount > 0 if cursor.description is None else cursor.fetchone() is not None
        cursor.close()
        if not is_met:
            otherwise()

    def rows_later(self, connection: Connection, params: Mapping[str, Any], told: Callable[[list[Any]], None]) -> None:
        """Run it, before the commit; `told` is given its rows, before that too."""
        if not _is_postgres(connection):
            told(self.rows(connection, params))
            return

        def answered(answer: Answer) -> None:
            if self._row is None:
                self._row = _row_maker(answer.names)
            told(answer.rows(self._row))

        self._wait(connection, params, answered)

    def ahead(self, connection: Connection, params: Mapping[str, Any]) -> None:
        """Have the answer at hand once it is asked for in this transaction, with others: see `Exchange.ahead`.

        On SQLite, where an answer costs no exchange, it is looked up when it is asked for.
        """
        if _is_postgres(connection):
            text, names, fixed = self._text(connection, params)
            exchange_of(connection).ahead(text, _values(names, fixed, params))

    def each_later(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each set of parameters, at the latest with the commit."""
        if _is_postgres(connection):
            for row in rows:
                self._wait(connection, row, None)
            return
        text, names, fixed = self._text(connection, rows[0])
        many = [_values(names, fixed, row) for row in rows]
        cursor = _driver(connection).cursor()
        try:
            cursor.executemany(text, many)
        except connection.dialect.loaded_dbapi.Error as failure:
            raise _wrapped(connection, text, failure) from failure
        cursor.close()

    def _ask(self, connection: Connection, params: Mapping[str, Any]) -> Answer:
        text, names, fixed = self._text(connection, params)
        return exchange_of(connection).ask(text, _values(names, fixed, params))

    def _wait(self, connection: Connection, params: Mapping[str, Any], told: Callable[[Answer], None] | None) -> None:
        text, names, fixed = self._text(connection, params)
        exchange = exchange_of(connection)
        exchange.has_written = exchange.has_written or self._always_writes
        exchange.later(text, _values(names, fixed, params), told, is_row=self._is_row)

    def _run(self, connection: Connection, params: Mapping[str, Any]) -> Any:
        text, names, fixed = self._text(connection, params)
        try:
            return _driver(connection).execute(text, _values(names, fixed, params))
        except connection.dialect.loaded_dbapi.Error as failure:
            raise _wrapped(connection, text, failure) from failure

    def _text(self, connection: Connection, params: Mapping[str, Any]) -> tuple[Any, tuple[str, ...], dict[str, Any]]:
        """Its text as the driver takes it, the names of its values in their order, and those that are always the same."""
        key = (connection.dialect.name, params.get(MOST))
        found = self._compiled.get(key)
        if found is None:
            compiled: Any = _with_constants(self._clause, key[1]).compile(dialect=connection.dialect)
            fixed = {name: value for name, value in compiled.params.items() if value is not None}
            if _is_postgres(connection):
                found = (*_numbered(str(compiled)), fixed)
            else:
                found = (str(compiled), tuple(compiled.positiontup or ()), fixed)
            self._compiled[key] = found
        return found


def _is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _row_maker(names: Sequence[str]) -> Any:
    """Makes a row of its values: a namedtuple reads like SQLAlchemy's rows."""
    made: Any = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024
    return made._make


_PLACE = re.compile(r"%(?:\((\w+)\)s|%)")


def _numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """A statement with `$1` where `%(name)s` stands, as the server takes it, and the names in their order."""
    names: list[str] = []

    def place(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "%"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _PLACE.sub(place, text).encode(), tuple(names)


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


def _values(names: tuple[str, ...], fixed: Mapping[str, Any], params: Mapping[str, Any]) -> list[Any]:
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
    return Prepared(insert(table).values({name: bindparam(name, type_=table.c[name].type) for name in names}), is_row=True)


def write_row(connection: Connection, table: Table, row_id: str, values: Mapping[str, Any]) -> None:
    """Write columns of the row with this id, where there is one."""
    _update(table, tuple(values)).later(connection, _new(row_id, values))


def write_row_where(
    connection: Connection,
    table: Table,
    row_id: str,
    values: Mapping[str, Any],
    *,
    only: ColumnElement[bool],
    otherwise: Callable[[], None],
) -> None:
    """Write columns of the row with this id where `only` holds for it; else `otherwise` is called, before the commit."""
    _update(table, tuple(values), only).demand(connection, _new(row_id, values), otherwise)


def _new(row_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"wanted_id": row_id, **{f"new_{name}": value for name, value in values.items()}}


def hear(connection: Connection) -> None:
    """Have everything run that somebody is to be told of."""
    if _is_postgres(connection):
        exchange_of(connection).hear()


def insert_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert one row; columns that are left out get the table's default."""
    _insert(table, tuple(values)).later(connection, values)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    if len(rows) == 1:
        insert_row(connection, table, rows[0])
    elif rows:
        _insert(table, tuple(rows[0])).each_later(connection, rows)
