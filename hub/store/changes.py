"""Changes that buyers ask for, each with what became of it. A row's id is that of the document that asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, select, update

from hub.errors import NotFound
from hub.store.encoding import from_json, to_json
from hub.store.instants import rfc3339
from hub.store.return_tables import order_change
from hub.store.statements import insert_row, write_row

ChangeState = Literal["pending", "applied", "rejected", "superseded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One change of one order: `lines` says what it does to each line, `problem` why it waits or was rejected."""

    id: str
    order_id: str
    number: str
    sequence: str
    purpose: str
    state: ChangeState
    lines: list[dict[str, Any]]
    problem: dict[str, Any] | None
    created_at: int
    decided_at: int | None
    decided_by: str
    reason: str


_NAMES = tuple(ChangeRow.__dataclass_fields__)


class Changes:
    """The rows of `order_change`, inside one transaction."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def write(self, row: dict[str, Any]) -> None:
        """Write a change as it is now; a document that is processed again writes the same row once more."""
        values = {**row, "lines": to_json(row["lines"]), "problem": _json(row.get("problem"))}
        known = self._connection.scalar(select(order_change.c.id).where(order_change.c.id == row["id"]))
        if known is None:
            insert_row(self._connection, order_change, {**values, "created_at": self._now})
        else:
            write_row(self._connection, order_change, row["id"], {name: values[name] for name in values if name != "id"})

    def get(self, change_id: str) -> ChangeRow:
        """One change; raises `NotFound`."""
        row = self._connection.execute(select(order_change).where(order_change.c.id == change_id)).one_or_none()
        if row is None:
            raise NotFound(f"no change {change_id}", "look at the order: it lists the changes asked for")
        return _change_of(row)

    def of_order(self, order_id: str) -> list[ChangeRow]:
        """Every change asked for of an order, oldest first."""
        rows = select(order_change).where(order_change.c.order_id == order_id).order_by(order_change.c.id)
        return [_change_of(row) for row in self._connection.execute(rows)]

    def decide(self, change_id: str, state: ChangeState, *, by: str, reason: str) -> None:
        """What became of a change that waited."""
        values = {"state": state, "decided_at": self._now, "decided_by": by, "reason": reason}
        write_row(self._connection, order_change, change_id, values)

    def supersede(self, order_id: str, *, but: str, reason: str) -> None:
        """Whatever still waits for this order was overtaken by a later document."""
        waiting = (order_change.c.order_id == order_id, order_change.c.state == "pending", order_change.c.id != but)
        values = {"state": "superseded", "decided_at": self._now, "decided_by": "hub", "reason": reason}
        self._connection.execute(update(order_change).where(*waiting), values)


def changes_of(connection: Connection, order_id: str) -> list[dict[str, Any]]:
    """The changes of an order as the API shows them, oldest first."""
    return [_shown(each) for each in Changes(connection, 0).of_order(order_id)]


def _shown(row: ChangeRow) -> dict[str, Any]:
    return {
        "document": row.id,
        "number": row.number or None,
        "sequence": row.sequence or None,
        "purpose": row.purpose or None,
        "state": row.state,
        "lines": row.lines,
        "problem": row.problem,
        "at": rfc3339(row.created_at),
        "decided_at": None if row.decided_at is None else rfc3339(row.decided_at),
        "decided_by": row.decided_by or None,
        "reason": row.reason or None,
    }


def _change_of(row: Any) -> ChangeRow:
    values = {name: getattr(row, name) for name in _NAMES}
    values["lines"] = from_json(row.lines)
    values["problem"] = None if row.problem is None else from_json(row.problem)
    return ChangeRow(**values)


def _json(value: Any) -> str | None:
    return None if value is None else to_json(value)
