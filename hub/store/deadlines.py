"""Our own deadlines on orders, and what a clock decided once and for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgres
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from hub.store.clock_tables import OPEN_DEADLINE, clock_mark, order_deadline
from hub.store.encoding import from_json
from hub.store.ids import IdMaker
from hub.store.instants import SECOND
from hub.store.tables import document, message, orders

Duty = Literal["response", "despatch", "invoice"]
State = Literal["running", "due_soon", "overdue", "met", "late", "void"]
OPEN: tuple[State, ...] = ("running", "due_soon", "overdue")
NEVER = 1 << 62
_OVERLAP = 60 * SECOND
"""An order that changed just before it was looked at is looked at again: its transaction may have ended after ours began."""

KINDS: dict[Duty, str] = {"response": "order_response", "despatch": "despatch_advice", "invoice": "invoice"}
"""The canonical document that fulfils a duty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRow:
    """An open deadline with what its order came to."""

    id: str
    order_id: str
    document_id: str
    kind: Duty
    partner: str
    test: bool
    start_at: int
    due_at: int
    next_at: int
    state: State
    number: str
    status: int
    matrix: list[dict[str, Any]]
    updated_at: int


class Deadlines:
    """The rows of `order_deadline` and `clock_mark`, inside one transaction."""

    def __init__(self, connection: Connection, ids: IdMaker, now: int) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now

    def start(self, kind: Duty, *, start_at: int, warn_at: int, due_at: int, **values: Any) -> None:
        """Let a deadline run; the same order, duty and document start it once. `values`: order_id, document_id, partner, test."""
        row = {"id": self._ids.new("ddl"), "kind": kind, "start_at": start_at, "due_at": due_at, "next_at": warn_at}
        # looked at once soon: an order may have been answered in the transaction that made it
        row |= {"state": "running", "checked_at": 0, **values}
        self._connection.execute(self._upsert(order_deadline).values(row).on_conflict_do_nothing())

    def void(self, order_id: str, *, but: str) -> None:
        """End the open deadlines of an order that another document than `but` set: it takes their place."""
        mine = and_(order_deadline.c.order_id == order_id, order_deadline.c.document_id != but)
        ended = update(order_deadline).where(mine, order_deadline.c.state.in_(OPEN))
        self._connection.execute(ended.values(state="void", closed_at=self._now))

    def to_look_at(self, page: int = 200) -> Iterator[DeadlineRow]:
        """Open deadlines that have come to their warning or their end, or whose order changed since they were looked at."""
        last = ""
        changed = or_(
            order_deadline.c.next_at <= self._now,
            orders.c.updated_at > order_deadline.c.checked_at,
        )
        columns = [each for each in order_deadline.c if each.name not in {"checked_at", "closed_at"}]
        columns += [orders.c[name] for name in ("number", "status", "matrix", "updated_at")]
        wanted = select(*columns).join(orders, orders.c.id == order_deadline.c.order_id).where(OPEN_DEADLINE, changed)
        while True:
            rows = list(
                self._connection.execute(wanted.where(order_deadline.c.id > last).order_by(order_deadline.c.id).limit(page))
            )
            yield from (_row(each) for each in rows)
            if len(rows) < page:
                return
            last = rows[-1].id

    def looked_at(self, row: DeadlineRow) -> None:
        """Nothing came of it; until its order changes or its next instant comes it is left alone."""
        same = order_deadline.c.id == row.id
        self._connection.execute(update(order_deadline).where(same).values(checked_at=self._now - _OVERLAP))

    def move(self, row: DeadlineRow, to: State) -> bool:
        """Go to another state, once; False where somebody was faster."""
        values: dict[str, Any] = {"state": to, "checked_at": self._now - _OVERLAP}
        values["next_at"] = row.due_at if to == "due_soon" else NEVER
        if to not in OPEN:
            values["closed_at"] = self._now
        same = and_(order_deadline.c.id == row.id, order_deadline.c.state == row.state)
        return self._connection.execute(update(order_deadline).where(same).values(values)).rowcount == 1

    def fulfilled_by(self, row: DeadlineRow) -> list[tuple[int, bytes]]:
        """When we wrote documents of the kind a duty asks for since it began, and what they say; oldest first."""
        wanted = (
            select(document.c.created_at, document.c.canonical)
            .where(document.c.order_id == row.order_id, document.c.kind == KINDS[row.kind])
            .where(document.c.direction == "out", document.c.created_at >= row.start_at)
            .order_by(document.c.id)
        )
        return [(each.created_at, bytes(each.canonical or b"")) for each in self._connection.execute(wanted)]

    def state_of(self, order_id: str, kind: Duty) -> State | None:
        """The state of an order's newest deadline of a kind."""
        mine = and_(order_deadline.c.order_id == order_id, order_deadline.c.kind == kind)
        newest = select(order_deadline.c.state).where(mine).order_by(order_deadline.c.id.desc()).limit(1)
        return self._connection.scalar(newest)

    def mark(self, name: str) -> bool:
        """Decide something once: True for the one who does."""
        row = self._upsert(clock_mark).values(name=name, at=self._now).on_conflict_do_nothing()
        return self._connection.scalar(row.returning(clock_mark.c.name)) is not None

    def is_marked(self, name: str) -> bool:
        """Whether it was decided."""
        return self._connection.scalar(select(clock_mark.c.at).where(clock_mark.c.name == name)) is not None

    def forget_marks(self, before: int) -> int:
        """Remove marks that nothing asks for any more; how many."""
        return self._connection.execute(clock_mark.delete().where(clock_mark.c.at < before)).rowcount

    def heard_since(self, partner: str, instant: int, *, test: bool) -> bool:
        """Whether a partner sent a document since an instant; acknowledgments answer us and are no sign. Looks at its last 2,000 messages."""
        newest = (
            select(message.c.id, message.c.created_at)
            .where(message.c.partner == partner, message.c.direction == "in")
            .order_by(message.c.id.desc())
            .limit(2000)
            .subquery()
        )
        found = (
            select(func.count())
            .select_from(newest.join(document, document.c.message_id == newest.c.id))
            .where(newest.c.created_at >= instant, document.c.kind != "acknowledgment")
        )
        if not test:
            found = found.where(document.c.test.is_(False))
        return bool(self._connection.scalar(found))

    def _upsert(self, table: Any) -> Any:
        return (upsert_sqlite if self._connection.dialect.name == "sqlite" else upsert_postgres)(table)


def _row(row: Any) -> DeadlineRow:
    values = {name: getattr(row, name) for name in DeadlineRow.__dataclass_fields__}
    return DeadlineRow(**{**values, "test": bool(row.test), "matrix": from_json(row.matrix)})
