"""Orders as the API, the screen and the command line show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from hub.errors import NotFound
from hub.store.changes import changes_of
from hub.store.encoding import from_json
from hub.store.events import event_item
from hub.store.instants import rfc3339
from hub.store.message_items import chain_of
from hub.store.orders import STATUSES
from hub.store.paging import Page, checked_limit, from_cursor, to_cursor
from hub.store.tables import event, order_history, orders

Labeller: TypeAlias = Callable[[str, str], str]
"""What people of a channel call a status: its slug and the channel to words."""


def plain_label(slug: str, _channel: str = "") -> str:
    """The slug in words, where nobody knows better."""
    return slug.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What to list; empty members are not asked for. `status` is a slug."""

    partner: str = ""
    number: str = ""
    channel: str = ""
    external_id: str = ""
    status: str = ""
    approval: str = ""
    held: bool | None = None
    test: bool | None = None
    since: int | None = None
    until: int | None = None


def list_orders(
    connection: Connection,
    wanted: OrderFilter,
    *,
    limit: int | None = None,
    after: str | None = None,
    label: Labeller = plain_label,
) -> Page:
    """One page of orders, newest first, each with its document and totals but without its chain."""
    size = checked_limit(limit)
    rows = select(orders).where(*_conditions(wanted))
    if after:
        rows = rows.where(orders.c.id < from_cursor(after, (str,))[0])
    found = list(connection.execute(rows.order_by(orders.c.id.desc()).limit(size + 1)))
    shown = found[:size]
    following = to_cursor(shown[-1].id) if len(found) > size else None
    return Page([summary_of(row, label) for row in shown], following)


def get_order(connection: Connection, wanted: str, *, label: Labeller = plain_label) -> dict[str, Any]:
    """The whole order resource by its id, or the newest of this number: document, chain, lights, matrix, history."""
    row = connection.execute(select(orders).where(orders.c.id == wanted)).one_or_none()
    if row is None:
        newest = select(orders).where(orders.c.number == wanted).order_by(orders.c.id.desc()).limit(1)
        row = connection.execute(newest).one_or_none()
    if row is None:
        raise NotFound(f"no order {wanted}", "list them with `edihub orders`")
    return {
        **summary_of(row, label),
        "documents": chain_of(connection, row.id),
        "matrix": from_json(row.matrix),
        "history": history_of(connection, row.id),
        "changes": changes_of(connection, row.id),
    }


def summary_of(row: Any, label: Labeller = plain_label) -> dict[str, Any]:
    """An order resource without its chain, from a row of `orders`."""
    order = msgspec.json.decode(bytes(row.canonical))
    return {
        "id": row.id,
        "number": row.number or None,
        "channel": row.channel,
        "external_id": row.external_id or None,
        "partner": row.partner or None,
        "test": bool(row.test),
        "status": status_of(row.status, row.channel, label),
        "approval": row.approval,
        "approval_detail": None if row.approval_detail is None else from_json(row.approval_detail),
        "held": None if row.held is None else from_json(row.held),
        "order": order,
        "totals": order.get("totals"),
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


def status_of(code: int, channel: str = "", label: Labeller = plain_label) -> dict[str, Any]:
    """A status with its code, its stable slug and the label that people of a channel know."""
    return {"code": code, "slug": STATUSES[code], "label": label(STATUSES[code], channel)}


def history_of(connection: Connection, order_id: str) -> list[dict[str, Any]]:
    """Who changed the status when, from what to what, and why; oldest first."""
    rows = connection.execute(select(order_history).where(order_history.c.order_id == order_id).order_by(order_history.c.id))
    return [
        {
            "at": rfc3339(row.at),
            "actor": row.actor,
            "from": None if row.from_status is None else STATUSES[row.from_status],
            "to": STATUSES[row.to_status],
            "reason": row.reason or None,
        }
        for row in rows
    ]


def list_events(connection: Connection, *, limit: int | None = None, after: str | None = None) -> Page:
    """Business events after a cursor, oldest first; each event's own `cursor` is valid as `after`, the last one too."""
    size = checked_limit(limit)
    place = from_cursor(after, (int,))[0] if after else 0
    rows = connection.execute(select(event).where(event.c.cursor > place).order_by(event.c.cursor).limit(size))
    items = [event_item(row) for row in rows]
    return Page(items, items[-1]["cursor"] if len(items) == size else None)


def _conditions(wanted: OrderFilter) -> list[ColumnElement[bool]]:
    found = [
        orders.c[name] == getattr(wanted, name)
        for name in ("partner", "number", "channel", "external_id", "approval")
        if getattr(wanted, name)
    ]
    if wanted.status:
        found.append(orders.c.status == (STATUSES.index(wanted.status) if wanted.status in STATUSES else -1))
    if wanted.held is not None:
        found.append(orders.c.held.is_not(None) if wanted.held else orders.c.held.is_(None))
    if wanted.test is not None:
        found.append(orders.c.test.is_(wanted.test))
    if wanted.since is not None:
        found.append(orders.c.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(orders.c.created_at < wanted.until)
    return found
