"""What every table is made of: the naming of its indexes, and columns that many of them have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, DefaultClause, Integer, MetaData, Text, literal_column, text


def fixed(value: str) -> ColumnElement[str]:
    """A value written into the statement itself: with a parameter in its place no database would use a partial index."""
    return literal_column(f"'{value}'")


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def id_column() -> Column[str]:
    """The id, which sorts by creation."""
    return Column("id", Text, primary_key=True)


def text_column(name: str, *, default: str = "") -> Column[str]:
    """A text that is never null."""
    return Column(name, Text, nullable=False, server_default=text(f"'{default}'"))


def count_column(name: str) -> Column[int]:
    """A number that begins at 0."""
    return Column(name, Integer, nullable=False, server_default=text("0"))


def at_column(name: str, *, null: bool = False) -> Column[int]:
    """An instant in microseconds since 1970."""
    return Column(name, BigInteger, nullable=null)


def flag_column(name: str) -> Column[bool]:
    """Yes or no, no unless said."""
    return Column(name, Boolean, nullable=False, server_default=text("false"))


def default_of(column: Column[Any]) -> str | int | bool | None:
    """What the database writes into a column of the kinds above that an insert leaves out."""
    if not isinstance(column.server_default, DefaultClause):
        return None
    said = str(column.server_default.arg)
    if said == "false":
        return False
    return said.strip("'") if said.startswith("'") else int(said)
