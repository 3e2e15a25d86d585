"""The audit log as the screen, the API and the command line show it: one item per document, or per message that has none."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, and_, case, func, or_, select, text, union

from hub.errors import NotFound
from hub.store.encoding import from_json
from hub.store.instants import rfc3339
from hub.store.paging import Page, checked_limit, from_cursor, to_cursor
from hub.store.shipment_tables import order_document
from hub.store.tables import LIGHT_WRONG, document, message

_UNSETTLED = text("message.state not in ('done', 'delivered')")
_OPEN = text("document.state not in ('done', 'sent')")
"""As in the indexes of what is not settled, so that they serve."""
_SETTLED = ("done", "delivered", "sent")
"""What most items are in the end: for these states there is no index of candidates, and no need of one."""
_WITH_WRONG_LIGHT = select(document.c.message_id).where(LIGHT_WRONG)
_LIGHTS = ("delivery", "syntax", "business")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """What to list; empty members are not asked for. Instants are microseconds since 1970.

    `message` is the type on the wire (850), `number` the business number, `light` such as `syntax:overdue`. `attention` is one of `ATTENTION`,
    `text` a part of a number, or an id.
    """

    direction: str = ""
    partner: str = ""
    connection: str = ""
    standard: str = ""
    message: str = ""
    state: str = ""
    number: str = ""
    control_number: str = ""
    transport_id: str = ""
    order_id: str = ""
    light: str = ""
    attention: str = ""
    text: str = ""
    test: bool | None = None
    since: int | None = None
    until: int | None = None


ATTENTION = ("failed", "overdue", "held", "dead", "rejected")
"""What a person has to look at: a light that failed or is late, what waits, what was given up, what was refused."""
_STATE = case((or_(document.c.id.is_(None), message.c.direction == "out"), message.c.state), else_=document.c.state)
"""The state that an item shows: of what is on its way that of its message, else that of its document."""
_EQUAL: dict[str, tuple[ColumnElement[Any], ...]] = {
    "direction": (message.c.direction,),
    "partner": (func.coalesce(document.c.partner, message.c.partner),),
    "connection": (message.c.connection,),
    "standard": (document.c.standard,),
    "message": (document.c.type,),
    "state": (_STATE,),
    "number": (document.c.number,),
    "control_number": (document.c.control_number, document.c.group_number, document.c.interchange_number),
    "transport_id": (message.c.transport_id,),
    "order_id": (document.c.order_id,),
}
_MESSAGE = [
    message.c[name].label(f"message_{name}")
    for name in ("id", "direction", "connection", "channel", "partner", "transport_id", "media_type", "sha256", "size", "state", "test", "error", "created_at",
    "duplicate_of")
]  # fmt: skip
_DOCUMENT = [
    document.c[name]
    for name in (
        "id", "position", "type", "kind", "standard", "version", "number", "control_number", "group_number", "interchange_number", "partner",
        "agreement", "test", "order_id", "state", "error", "created_at", "duplicate_of",
        *(f"{light}{suffix}" for light in _LIGHTS for suffix in ("", "_reason", "_at")),
    )
]  # fmt: skip
_ITEMS = message.outerjoin(document, document.c.message_id == message.c.id)
_KEYS = select(message.c.id.label("message_id"), document.c.position, document.c.id).select_from(_ITEMS)
_JOINED = select(*_MESSAGE, *_DOCUMENT).select_from(_ITEMS)
# an outer join begins at the messages: where documents are known by their ids it would read every message there is
_WITH_MESSAGE = select(*_MESSAGE, *_DOCUMENT).select_from(document.join(message, message.c.id == document.c.message_id))


def list_messages(
    connection: Connection,
    wanted: MessageFilter,
    *,
    limit: int | None = None,
    after: str | None = None,
    before: str | None = None,
) -> Page:
    """One page of the audit log, newest first, the documents of a message in their order.

    `after` goes on to older items, `before` back to newer ones. The keys are found first, in narrow indexes; only the rows of the page are read.
    """
    size = checked_limit(limit)
    keys = _KEYS.where(*_conditions(wanted))
    if before:
        keys = keys.where(_newer(before)).order_by(message.c.id, document.c.position.desc())
    else:
        keys = keys.where(_older(after)) if after else keys
        keys = keys.order_by(message.c.id.desc(), document.c.position)
    found = list(connection.execute(keys.limit(size + 1)))
    shown = found[:size]
    is_more = len(found) > size
    if before:
        shown.reverse()
    older = (bool(shown) if before else is_more) and to_cursor(shown[-1].message_id, shown[-1].position or 0)
    newer = (is_more if before else bool(shown and after)) and to_cursor(shown[0].message_id, shown[0].position or 0)
    return Page(_items(connection, shown), older or None, newer or None)


def count_messages(connection: Connection, wanted: MessageFilter, *, most: int = 1000) -> int:
    """How many items there are, counted up to `most`."""
    found = _KEYS.where(*_conditions(wanted)).limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(found)) or 0


def _older(cursor: str) -> ColumnElement[bool]:
    message_id, position = from_cursor(cursor, (str, int))
    return and_(message.c.id <= message_id, or_(message.c.id < message_id, document.c.position > position))


def _newer(cursor: str) -> ColumnElement[bool]:
    message_id, position = from_cursor(cursor, (str, int))
    return and_(message.c.id >= message_id, or_(message.c.id > message_id, document.c.position < position))


def _items(connection: Connection, keys: list[Any]) -> list[dict[str, Any]]:
    """The items of these keys, in their order."""
    rows = connection.execute(_JOINED.where(message.c.id.in_([key.message_id for key in keys])))
    of_key = {(row.message_id, row.id): row for row in rows}
    return [item_of(of_key[key.message_id, key.id]) for key in keys]


def get_item(connection: Connection, wanted: str) -> dict[str, Any]:
    """One item by the id of its document or message, or by its transport id (Message-ID, file name); raises `NotFound`."""
    for column in (document.c.id, message.c.id, message.c.transport_id):
        found = _JOINED.where(column == wanted).order_by(message.c.id.desc(), document.c.position).limit(1)
        row = connection.execute(found).one_or_none()
        if row is not None:
            return item_of(row)
    raise NotFound(f"no message or document {wanted}", "list them with `edihub messages`")


def message_of_item(connection: Connection, wanted: str) -> str:
    """The id of the message that holds a document, or that has this id or transport id; raises `NotFound`."""
    return str(get_item(connection, wanted)["message_id"])


def item_of(row: Any) -> dict[str, Any]:
    """A message item of the API from a joined row."""
    error = row.error if row.id is not None else None
    error = error if error is not None else row.message_error
    return {
        **chain_item(row),
        "message_id": row.message_id,
        "order_id": row.order_id,
        "partner": row.partner or row.message_partner or None,
        "agreement": row.agreement or None,
        "connection": row.message_connection or None,
        "channel": row.message_channel,
        "transport_id": row.message_transport_id or None,
        "media_type": row.message_media_type or None,
        "size": row.message_size,
        "sha256": row.message_sha256,
        "state": row.message_state if row.id is None or _is_on_its_way(row) else row.state,
        "business_number": row.number or None,
        "duplicate_of": row.message_duplicate_of if row.id is None else row.duplicate_of,
        "error": None if error is None else from_json(error),
    }


def chain_item(row: Any) -> dict[str, Any]:
    """A document of an order's chain; a message that is not read yet stands in for its documents."""
    is_document = row.id is not None
    return {
        "id": row.id if is_document else row.message_id,
        "type": (row.kind or None) if is_document else None,
        "direction": row.message_direction,
        "standard": row.standard if is_document else None,
        "message": row.type if is_document else None,
        "version": row.version if is_document else None,
        "number": (row.number or None) if is_document else None,
        "control_number": (row.control_number or None) if is_document else None,
        "group_number": (row.group_number or None) if is_document else None,
        "interchange_number": (row.interchange_number or None) if is_document else None,
        "created_at": rfc3339(row.created_at if is_document else row.message_created_at),
        "lights": {light: _light(row, light) for light in _LIGHTS},
        "test": bool(row.test if is_document else row.message_test),
    }


def chain_of(connection: Connection, order_id: str) -> list[dict[str, Any]]:
    """Every document that belongs to an order, oldest first: its own, their acknowledgments, and those of our answers."""
    named = document.join(order_document, order_document.c.document_id == document.c.id)
    key = [document.c.id, document.c.message_id, document.c.direction]
    own = union(
        select(*key).where(document.c.order_id == order_id),
        select(*key).select_from(named).where(order_document.c.order_id == order_id),
    )
    rows = list(connection.execute(own))
    arrived = [row.message_id for row in rows if row.direction == "in"]
    ids = [row.id for row in rows]
    found = union(
        select(document.c.id).where(document.c.id.in_(ids)),
        select(document.c.id).where(document.c.answers.in_(ids), document.c.answers.is_not(None)),
        select(document.c.id)
        .join(message, message.c.id == document.c.message_id)
        .where(message.c.answer_to.in_(arrived), message.c.answer_to.is_not(None), document.c.kind == "acknowledgment"),
    )
    whole = _WITH_MESSAGE.where(document.c.id.in_(found))
    return [chain_item(row) for row in connection.execute(whole.order_by(document.c.id))]


def answers_of(connection: Connection, document_id: str, message_id: str, *, most: int = 50) -> list[dict[str, Any]]:
    """What answers a document or its message, and what it answers itself, oldest first; each with its `canonical` bytes."""
    asked = select(document.c.answers).where(document.c.id == document_id)
    found = union(
        select(document.c.id).where(document.c.answers == document_id, document.c.answers.is_not(None)),
        select(document.c.id)
        .join(message, message.c.id == document.c.message_id)
        .where(message.c.answer_to == message_id, message.c.answer_to.is_not(None)),
        select(document.c.id).where(document.c.id.in_(asked)),
    )
    rows = connection.execute(
        _WITH_MESSAGE.add_columns(document.c.canonical).where(document.c.id.in_(found)).order_by(document.c.id).limit(most)
    )
    return [{**item_of(row), "canonical": None if row.canonical is None else bytes(row.canonical)} for row in rows]


def items_of_message(connection: Connection, message_id: str, *, most: int = 50) -> list[dict[str, Any]]:
    """The documents of one message in their order, or the message itself where it has none."""
    rows = connection.execute(_JOINED.where(message.c.id == message_id).order_by(document.c.position).limit(most))
    return [item_of(row) for row in rows]


def count_by_state(connection: Connection) -> dict[str, int]:
    """How many documents wait for somebody, by state: the morning triage."""
    # in the words of the partial index, which a parameter would hide
    open_ones = select(document.c.state, func.count()).where(text("state not in ('done', 'sent')")).group_by(document.c.state)
    return {row[0]: row[1] for row in connection.execute(open_ones)}


def _is_on_its_way(row: Any) -> bool:
    return bool(row.message_direction == "out")


def _light(row: Any, light: str) -> dict[str, Any]:
    state = getattr(row, light) or "none"
    return {"state": state, "reason": getattr(row, f"{light}_reason") or None, "at": rfc3339(getattr(row, f"{light}_at"))}


def _conditions(wanted: MessageFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for each in fields(wanted):
        value = getattr(wanted, each.name)
        if value and each.name in _EQUAL:
            found.append(or_(*(column == value for column in _EQUAL[each.name])))
    if wanted.light:
        light, _, state = wanted.light.partition(":")
        if light in _LIGHTS:
            found.append(document.c[light] == state)
        if state in {"failed", "overdue"}:
            found.append(message.c.id.in_(_WITH_WRONG_LIGHT))
    if wanted.state and wanted.state not in _SETTLED:
        found.append(message.c.id.in_(_in_states((wanted.state,))))
    if wanted.attention:
        found += _attention(wanted.attention)
    if wanted.text:
        found += _mentions(wanted.text)
    if wanted.test is not None:
        found.append(func.coalesce(document.c.test, message.c.test).is_(wanted.test))
    if wanted.since is not None:
        found.append(message.c.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(message.c.created_at < wanted.until)
    return found


def _attention(what: str) -> list[ColumnElement[bool]]:
    """The items of one kind of attention, with the few candidates first, from indexes that hold nothing else."""
    if what in {"failed", "overdue"}:
        return [message.c.id.in_(_WITH_WRONG_LIGHT), or_(*(document.c[light] == what for light in _LIGHTS))]
    states = ("dead", "quarantined") if what == "dead" else (what,)
    return [message.c.id.in_(_in_states(states)), _STATE.in_(states)]


def _in_states(states: tuple[str, ...]) -> CompoundSelect[Any]:
    """The messages that are, or have a document that is, in one of these states; none of them a settled one."""
    messages = select(message.c.id).where(message.c.state.in_(states), _UNSETTLED)
    documents = select(document.c.message_id).where(document.c.state.in_(states), _OPEN)
    return union(messages, documents)


def _mentions(said: str) -> list[ColumnElement[bool]]:
    """A number that contains the text, or an id or transport id that is it; candidates first, as one pass over a narrow index."""
    numbers = ("number", "control_number", "group_number", "interchange_number")
    in_document = or_(
        *(document.c[name].contains(said, autoescape=True) for name in numbers),
        document.c.id == said,
        document.c.order_id == said,
    )
    in_message = or_(message.c.id == said, message.c.transport_id.in_((said, f"<{said}>")))
    candidates = union(
        select(document.c.message_id).where(in_document),
        select(message.c.id).where(message.c.id == said),
        select(message.c.id).where(message.c.transport_id.in_((said, f"<{said}>"))),
    )
    return [message.c.id.in_(candidates), or_(in_document, in_message)]
