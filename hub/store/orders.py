"""Orders: the canonical order as it stands now, its status, and who changed it when and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from hub.errors import NotFound, Refused
from hub.store.encoding import from_json, to_json
from hub.store.ids import IdMaker
from hub.store.locks import lock
from hub.store.statements import Prepared, insert_row, write_row
from hub.store.tables import order_history, orders

STATUSES = (
    "draft", "processing", "pending_payment", "confirmed", "shipping", "delivered", "refund", "return", "cancelled", "on_hold",
    "failed", "return_pending", "partial_return", "partial_refund", "paid", "ready", "stock_unavailable",
)  # fmt: skip
"""Status slugs by code."""
DRAFT, CONFIRMED, CANCELLED, ON_HOLD = 0, 3, 8, 9


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One row of `orders`; `canonical` is the order document as JSON bytes, `matrix` a list of counts per line.

    `approval_detail` is the rule that asked for approval, what the order came to, and who decided.
    """

    id: str
    order_key: str
    number: str
    channel: str
    external_id: str
    partner: str
    agreement: str
    test: bool
    status: int
    approval: str
    approval_detail: dict[str, Any] | None
    held: dict[str, Any] | None
    canonical: bytes
    source_document: str | None
    matrix: list[dict[str, Any]]
    revision: int
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of status; `before` is None for the first."""

    before: int | None
    after: int
    actor: str
    reason: str
    at: int


_NAMES = tuple(OrderRow.__dataclass_fields__)
_BY_KEY = Prepared(select(orders).where(orders.c.order_key == bindparam("wanted")))
_BY_ID = Prepared(select(orders).where(orders.c.id == bindparam("wanted")))
_SAME_NUMBER = Prepared(
    select(orders)
    .where(orders.c.number == bindparam("number"), orders.c.partner == bindparam("partner"))
    .order_by(orders.c.id.desc())
    .limit(5)
)


class Orders:
    """The rows of `orders` and `order_history`, inside one transaction."""

    def __init__(self, connection: Connection, ids: IdMaker, now: int) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now
        self._absent = ""

    def add(self, *, actor: str, reason: str, matrix: list[dict[str, Any]], held: Any = None, **values: Any) -> str:
        """Write a new order and the first line of its history; its id is returned."""
        order_id = self._ids.new("ord")
        self._absent = ""
        row = {"id": order_id, "matrix": to_json(matrix), "held": None if held is None else to_json(held), **values}
        if row.get("approval_detail") is not None:
            row["approval_detail"] = to_json(row["approval_detail"])
        insert_row(self._connection, orders, {**row, "created_at": self._now, "updated_at": self._now})
        self._remember(order_id, actor, None, values["status"], reason)
        return order_id

    def with_key(self, key: str) -> OrderRow | None:
        """The order with this key, locked against a twin that is being made at the same time."""
        if key == self._absent:  # locked since, so that nobody can have made it
            return None
        lock(self._connection, f"order {key}")
        row = _BY_KEY.row(self._connection, {"wanted": key})
        self._absent = key if row is None else ""
        return None if row is None else order_of(row)

    def ahead_of(self, key: str, number: str, partner: str) -> None:
        """Lock an order's key, and have at hand what `with_key` and `same_number` will ask for."""
        lock(self._connection, f"order {key}")
        _BY_KEY.ahead(self._connection, {"wanted": key})
        _SAME_NUMBER.ahead(self._connection, {"number": number, "partner": partner})

    def get(self, order_id: str) -> OrderRow:
        """One order; raises `NotFound`."""
        row = _BY_ID.row(self._connection, {"wanted": order_id})
        if row is None:
            raise NotFound(f"no order {order_id}", "list them with `edihub orders`")
        return order_of(row)

    def find(self, wanted: str) -> OrderRow:
        """The order with this id, else the only one with this number; raises `NotFound`, or `Refused` where there are several."""
        row = _BY_ID.row(self._connection, {"wanted": wanted})
        if row is not None:
            return order_of(row)
        found = list(self._connection.execute(select(orders).where(orders.c.number == wanted).order_by(orders.c.id).limit(6)))
        if not found:
            raise NotFound(f"no order {wanted}", "list them with `edihub orders`")
        if len(found) > 1:
            ids = ", ".join(f"{row.id} ({row.partner or row.channel})" for row in found)
            raise Refused(f"several orders have the number {wanted}", f"name one by its id: {ids}", code="BUS-358")
        return order_of(found[0])

    def numbered(self, number: str, partner: str) -> OrderRow | None:
        """The newest order of a partner with this number."""
        same = select(orders).where(orders.c.number == number, orders.c.partner == partner)
        row = self._connection.execute(same.order_by(orders.c.id.desc()).limit(1)).one_or_none()
        return None if row is None else order_of(row)

    def same_number(self, number: str, partner: str, *, test: bool) -> list[OrderRow]:
        """The newest orders of a partner with this number."""
        found = _SAME_NUMBER.rows(self._connection, {"number": number, "partner": partner})
        return [order for order in map(order_of, found) if order.test == test]

    def history(self, order_id: str) -> list[Step]:
        """How the status changed, oldest first."""
        rows = self._connection.execute(
            select(order_history).where(order_history.c.order_id == order_id).order_by(order_history.c.id)
        )
        return [
            Step(before=row.from_status, after=row.to_status, actor=row.actor, reason=row.reason, at=row.at) for row in rows
        ]

    def set(self, order: OrderRow, **values: Any) -> None:
        """Write columns of an order; its revision grows."""
        for name in ("matrix", "held", "approval_detail"):
            if values.get(name) is not None:
                values[name] = to_json(values[name])
        write_row(self._connection, orders, order.id, {"updated_at": self._now, "revision": order.revision + 1, **values})

    def move(self, order: OrderRow, status: int, *, actor: str, reason: str, **values: Any) -> None:
        """Change the status, and write down who did it and why."""
        self.set(order, status=status, **values)
        self._remember(order.id, actor, order.status, status, reason)

    def _remember(self, order_id: str, actor: str, before: int | None, after: int, reason: str) -> None:
        row = {"id": self._ids.new("his"), "order_id": order_id, "at": self._now, "actor": actor}
        insert_row(self._connection, order_history, {**row, "from_status": before, "to_status": after, "reason": reason})


def order_of(row: Any) -> OrderRow:
    """The value of a row that has all columns of `orders`."""
    values = {name: getattr(row, name) for name in _NAMES}
    values["matrix"] = from_json(row.matrix)
    values["test"] = bool(row.test)
    for name in ("held", "approval_detail"):
        if values[name] is not None:
            values[name] = from_json(values[name])
    return OrderRow(**values)
