"""Business events for ERPs and webhooks, with a cursor that is safe to resume from.

A row's place is not known when it is written: of two transactions that overlap, the later number may commit first, and a reader
that remembers it would never see the earlier one. So the sequencer numbers rows after their commit, in one place.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, BigInteger, Connection, Integer, Text, bindparam, func, select, update

from hub.store.encoding import from_json, to_json
from hub.store.ids import IdMaker
from hub.store.instants import rfc3339
from hub.store.locks import lock
from hub.store.paging import to_cursor
from hub.store.statements import Prepared, insert_rows, one_of_ids
from hub.store.tables import event

LIMIT = 1000
"""How many events are numbered at a time."""

_NUMBER = Prepared(update(event).where(event.c.id == bindparam("wanted")).values(cursor=bindparam("place")))
# the same for many at a time, on PostgreSQL alone: the id at each place of a list
_AT = (
    func.unnest(bindparam("wanted", type_=ARRAY(Text)))
    .table_valued("id", with_ordinality="place", name="numbered")
    .render_derived()
)
_NUMBER_ALL = Prepared(
    update(event).where(event.c.id == _AT.c.id).values(cursor=bindparam("last", type_=BigInteger) + _AT.c.place)
)
_UNNUMBERED = Prepared(
    select(event.c.id, event.c.order_id)
    .where(event.c.cursor.is_(None), event.c.id > bindparam("after"))
    .order_by(event.c.id)
    .limit(bindparam("most", type_=Integer))
)
# numbered or not: by the index of orders, not by that of all that has no number
_OLDER_OF = Prepared(
    select(event.c.id, event.c.cursor).where(one_of_ids(event.c.order_id, "orders"), event.c.id <= bindparam("after"))
)
_LAST = Prepared(select(func.max(event.c.cursor)))


class Events:
    """The rows of `event`, inside one transaction; written together just before the commit."""

    def __init__(self, connection: Connection, ids: IdMaker, now: int) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now
        self._new: list[dict[str, Any]] = []

    @property
    def is_empty(self) -> bool:
        """Whether this transaction told nothing."""
        return not self._new

    def tell(self, type_: str, *, order: str | None = None, message: str | None = None, test: bool, data: Any) -> None:
        """Tell subscribers of one thing that happened (`order.received`, `document.held`)."""
        row = {"id": self._ids.new("evt"), "at": self._now, "type": type_, "order_id": order, "message_id": message}
        self._new.append({**row, "test": test, "data": to_json(data)})

    def leave_gap(self, type_: str, *, data: Any, gap: int = 1_000_000) -> None:
        """Tell of something with a cursor so far on that no reader, whatever it saw of a lost time, is ahead of what comes next."""
        lock(self._connection, "sequence events")
        last = self._connection.scalar(select(func.max(event.c.cursor))) or 0
        row = {"id": self._ids.new("evt"), "cursor": last + gap, "at": self._now, "type": type_, "test": False}
        insert_rows(self._connection, event, [{**row, "data": to_json(data)}])

    def flush(self) -> None:
        """Write what `tell` collected."""
        if self._new:
            insert_rows(self._connection, event, self._new)
            self._new = []


def event_item(row: Any) -> dict[str, Any]:
    """An event as the API lists it and a webhook carries it, from a row that has a cursor."""
    return {
        "cursor": to_cursor(row.cursor),
        "id": row.id,
        "type": row.type,
        "at": rfc3339(row.at),
        "order_id": row.order_id,
        "message_id": row.message_id,
        "test": bool(row.test),
        "data": from_json(row.data),
    }


def events_after(connection: Connection, cursor: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
    """The next events after a cursor, each with its own."""
    wanted = select(event).where(event.c.cursor > cursor).order_by(event.c.cursor).limit(limit)
    return [(row.cursor, event_item(row)) for row in connection.execute(wanted)]


def last_cursor(connection: Connection) -> int:
    """The cursor of the newest event; 0 before the first."""
    return _LAST.scalar(connection, {}) or 0


def sequence_events(connection: Connection, limit: int = LIMIT, *, after: str = "") -> tuple[int, str]:
    """Give cursors to committed events that have none; how many, and the id of the newest. One sequencer at a time, whoever it is.

    On PostgreSQL `after` spares the index what was numbered long ago and not yet vacuumed: of older events, only those of orders that
    have a newer one are looked for, since those of one order are told in their order.
    """
    lock(connection, "sequence events")
    waiting = _UNNUMBERED.rows(connection, {"most": limit, "after": after})
    if not waiting:
        return 0, ""
    found = [row.id for row in waiting]
    if after:
        orders = sorted({row.order_id for row in waiting if row.order_id})
        older = _OLDER_OF.rows(connection, {"after": after, "orders": orders})
        found = sorted(row.id for row in older if row.cursor is None) + found
    last = last_cursor(connection)
    if connection.dialect.name == "postgresql":
        _NUMBER_ALL.later(connection, {"wanted": found, "last": last})
    else:
        _NUMBER.each_later(connection, [{"wanted": row, "place": last + place} for place, row in enumerate(found, 1)])
    return len(waiting), found[-1]
