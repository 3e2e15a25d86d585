"""What waits for a person, in one list: from the rows that already say it, and from the items opened for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Select,
    Subquery,
    and_,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from hub.errors import NotFound
from hub.store.encoding import from_json
from hub.store.instants import rfc3339
from hub.store.paging import Page, checked_limit, from_cursor, to_cursor
from hub.store.return_tables import order_change, work_item
from hub.store.tables import LIGHT_WRONG, document, message, orders

LIGHT_CODES = {
    "delivery_failed": "BUS-420",
    "delivery_overdue": "BUS-421",
    "syntax_failed": "BUS-422",
    "syntax_overdue": "BUS-423",
    "business_failed": "BUS-424",
    "business_overdue": "BUS-425",
}
"""The code of each light that needs somebody, by kind."""
_HINTS = {
    "delivery_failed": "mend the connection, then `edihub resend`",
    "delivery_overdue": "ask the partner whether it arrived; an overdue receipt never resends by itself",
    "syntax_failed": "mend what the partner's acknowledgment names, then send the document again",
    "syntax_overdue": "ask the partner for the acknowledgment",
    "business_failed": "read what the partner says, answer, then mark it as handled",
    "business_overdue": "ask the partner for the answer",
}
_PENDING = text("order_change.state = 'pending'")
_HELD = text("orders.held is not null")
_OPEN_WORK = text("work_item.handled_at is null")
_UNSETTLED = text("document.state not in ('done', 'sent')")
_MESSAGE_UNSETTLED = text("message.state not in ('done', 'delivered')")
_LIGHT_WRONG = text(f"({LIGHT_WRONG.text})")
_SHOWN = ("at", "id", "kind", "subject", "code", "message", "hint", "who", "partner", "order_id", "document_id", "test", "error", "detail")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFilter:
    """What to list; empty members are not asked for. `handled` lists what was dealt with instead of what is open."""

    kind: str = ""
    partner: str = ""
    order_id: str = ""
    test: bool | None = None
    handled: bool = False


def list_work(connection: Connection, wanted: WorkFilter, *, limit: int | None = None, after: str | None = None) -> Page:
    """One page of work items, newest first."""
    size = checked_limit(limit)
    rows = _handled() if wanted.handled else _open().subquery()
    newest = rows.c.handled_at if wanted.handled else rows.c.at
    found = select(rows, newest.label("key")).where(*_conditions(rows, wanted))
    if after:
        at, item_id = from_cursor(after, (int, str))
        found = found.where(or_(newest < at, and_(newest == at, rows.c.id < item_id)))
    page = list(connection.execute(found.order_by(newest.desc(), rows.c.id.desc()).limit(size + 1)))
    shown = page[:size]
    following = to_cursor(shown[-1].key, shown[-1].id) if len(page) > size else None
    return Page([item_of(row) for row in shown], following)


def count_work(connection: Connection, *, most: int = 1000) -> int:
    """How many items are open, counted up to `most`."""
    rows = _open().subquery()
    return connection.scalar(select(func.count()).select_from(select(rows.c.id).limit(most).subquery())) or 0


def get_work(connection: Connection, item_id: str) -> dict[str, Any]:
    """One item, open or handled; raises `NotFound`."""
    open_ones = _open().subquery()
    row = connection.execute(select(open_ones).where(open_ones.c.id == item_id)).one_or_none()
    if row is None:
        handled = _handled()
        row = connection.execute(select(handled).where(handled.c.id == item_id)).one_or_none()
    if row is None:
        raise NotFound(f"no work item {item_id}", "list them with `edihub work`")
    return item_of(row)


def item_of(row: Any) -> dict[str, Any]:
    """A work item as the API shows it; a held thing's own reason goes before the general one."""
    error = {} if not row.error else from_json(row.error)
    values = {
        "id": row.id,
        "kind": row.kind,
        "subject": row.subject,
        "code": error.get("code") or row.code,
        "message": error.get("message") or row.message or row.kind.replace("_", " "),
        "hint": error.get("hint") or row.hint,
        "who": error.get("who") or row.who,
        "partner": row.partner or None,
        "order_id": row.order_id,
        "document_id": row.document_id,
        "test": bool(row.test),
        "detail": from_json(row.detail) if row.detail else {},
        "opened_at": rfc3339(row.at),
    }
    done = getattr(row, "handled_at", None)
    handled = {"handled_at": rfc3339(done), "handled_by": row.handled_by, "note": row.note or None} if done else {}
    return {**values, "handled_at": None, "handled_by": None, "note": None, **handled}


def _open() -> CompoundSelect[Any]:
    own = [work_item.c.opened_at.label("at")] + [work_item.c[name] for name in ("id", "kind", "subject", "code", "message")]
    rest = [work_item.c[name] for name in ("hint", "who", "partner", "order_id", "document_id", "test")]
    items = select(*own, *rest, null().label("error"), work_item.c.detail).where(_OPEN_WORK)
    return union_all(items, _documents(), _messages(), _orders(), _changes(), *(_light(kind) for kind in LIGHT_CODES))


def _handled() -> Subquery:
    own = [work_item.c[name] for name in _SHOWN if name not in {"at", "error"}]
    extra = [work_item.c[name] for name in ("handled_at", "handled_by", "note")]
    rows = select(work_item.c.opened_at.label("at"), null().label("error"), *own, *extra)
    return rows.where(work_item.c.handled_at.is_not(None)).subquery()


def _documents() -> Select[Any]:
    """Documents that wait for a person, or that nobody can process."""
    kind = literal("document_", literal_execute=True) + document.c.state
    at = func.coalesce(document.c.settled_at, document.c.created_at)
    waits = (_UNSETTLED, document.c.direction == "in", document.c.state.in_(("held", "quarantined")))
    return _derived(document, kind=kind, at=at, order_id=document.c.order_id, document_id=document.c.id).where(*waits)


def _messages() -> Select[Any]:
    """Messages given up, and those that wait without a document that says so."""
    kind = literal("message_", literal_execute=True) + message.c.state
    at = func.coalesce(message.c.settled_at, message.c.created_at)
    spoken = exists().where(document.c.message_id == message.c.id, document.c.state.in_(("held", "quarantined")))
    waits = message.c.state.in_(("held", "dead", "quarantined"))
    rows = _derived(message, kind=kind, at=at, order_id=null(), document_id=null())
    return rows.where(_MESSAGE_UNSETTLED, waits, ~spoken)


def _orders() -> Select[Any]:
    at = orders.c.updated_at
    kind = literal("order_held", literal_execute=True)
    rows = _derived(orders, kind=kind, at=at, order_id=orders.c.id, document_id=orders.c.source_document, error=orders.c.held)
    return rows.where(_HELD)


def _changes() -> Select[Any]:
    kind = literal("change_pending", literal_execute=True)
    columns = {"partner": orders.c.partner, "test": orders.c.test, "error": order_change.c.problem}
    words = ("the buyer asks for a change of the order", "accept or reject it")
    rows = _derived(order_change, kind=kind, at=order_change.c.created_at, order_id=orders.c.id, words=words, **columns)
    return rows.where(_PENDING, orders.c.id == order_change.c.order_id)


def _light(kind: str) -> Select[Any]:
    light, _, state = kind.partition("_")
    rows = _derived(
        document,
        kind=literal(kind, literal_execute=True),
        at=func.coalesce(document.c[f"{light}_at"], document.c.created_at),
        order_id=document.c.order_id,
        error=null(),
        code=LIGHT_CODES[kind],
        reason=document.c[f"{light}_reason"],
        words=("", _HINTS[kind]),
    )
    return rows.where(_LIGHT_WRONG, document.c[light] == state)


def _derived(table: Any, *, kind: ColumnElement[str], at: Any, order_id: Any, **given: Any) -> Select[Any]:
    """Items made from rows of `table`, without those that a row of `work_item` stands in for."""
    message_words, hint = given.get("words", ("", "look at it, then replay or discard it"))
    values = {
        "at": at,
        "id": table.c.id + "." + kind,
        "kind": kind,
        "subject": table.c.id,
        "code": literal(given.get("code", "")),
        "message": given.get("reason", literal(message_words)),
        "hint": literal(hint),
        "who": literal("operator"),
        "partner": given.get("partner", table.c.get("partner")),
        "order_id": order_id,
        "document_id": given.get("document_id", table.c.id),
        "test": given.get("test", table.c.get("test")),
        "error": given.get("error", table.c.get("error")),
        "detail": literal("{}"),
    }
    of_this = and_(work_item.c.subject == table.c.id, work_item.c.kind == kind)
    stands_in = exists().where(of_this, or_(work_item.c.handled_at.is_(None), work_item.c.handled_at >= at))
    return select(*(values[name].label(name) for name in _SHOWN)).where(~stands_in)


def _conditions(rows: Any, wanted: WorkFilter) -> list[ColumnElement[bool]]:
    found = [rows.c[name] == getattr(wanted, name) for name in ("kind", "partner", "order_id") if getattr(wanted, name)]
    if wanted.test is not None:
        found.append(rows.c.test.is_(wanted.test))
    return found
