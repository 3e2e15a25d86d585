"""The lists of the API: orders, messages, events, each by key and cursor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from hub.errors import NotFound
from hub.flow.statuses import status_table
from hub.store.instants import to_micros
from hub.store.message_items import MessageFilter, get_item, list_messages, message_of_item
from hub.store.order_resources import OrderFilter, get_order, list_events, list_orders
from hub.store.paging import BadCursor, Page
from hub.web.endpoint import Answer, Asked, Endpoint
from hub.web.resources import Approval, Event, LightState, MessageItem, OrderItem, OrderResource, PageOf, StatusSlug

Limit = Annotated[int, Meta(ge=1, le=500, description="How many items, at most.")]
Cursor = Annotated[
    str, Meta(min_length=1, max_length=200, pattern="^[A-Za-z0-9_-]+$", description="`next` of the page before.")
]
Word = Annotated[str, Meta(min_length=1, max_length=200, pattern="^[^\\x00-\\x1f\\x7f]+$")]
Instant = Annotated[datetime, Meta(tz=True)]
Light = Annotated[str, Meta(pattern=f"^(delivery|syntax|business):({'|'.join(LightState.__args__)})$")]


class PageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a page begins and how long it is."""

    limit: Limit = 50
    after: Cursor | None = None


class OrderQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which orders; what is not given is not asked for."""

    partner: Word | None = None
    number: Word | None = None
    channel: Word | None = None
    external_id: Word | None = None
    status: StatusSlug | None = None
    approval: Approval | None = None
    held: bool | None = None
    test: bool | None = None
    since: Instant | None = None
    until: Instant | None = None


class MessageQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which messages; `message` is the type on the wire (850), `number` the business number, `light` such as `syntax:overdue`."""

    direction: Annotated[str, Meta(pattern="^(in|out)$")] | None = None
    partner: Word | None = None
    connection: Word | None = None
    standard: Word | None = None
    message: Word | None = None
    state: Word | None = None
    number: Word | None = None
    control_number: Word | None = None
    transport_id: Word | None = None
    order_id: Word | None = None
    light: Light | None = None
    test: bool | None = None
    since: Instant | None = None
    until: Instant | None = None


def _orders(asked: Asked) -> Answer:
    with asked.hub.read() as view, known_cursor():
        page = list_orders(
            view.connection,
            OrderFilter(**_given(asked.query)),
            limit=asked.query.limit,
            after=asked.query.after,
            label=status_table(asked.hub).label,
        )
    return page_of(asked, page)


def _order(asked: Asked) -> Answer:
    with asked.hub.read() as view:
        return Answer(value=get_order(view.connection, asked.path["id"], label=status_table(asked.hub).label))


def _messages(asked: Asked) -> Answer:
    wanted = MessageFilter(**_given(asked.query))
    with asked.hub.read() as view, known_cursor():
        page = list_messages(view.connection, wanted, limit=asked.query.limit, after=asked.query.after)
    return page_of(asked, page)


def _message(asked: Asked) -> Answer:
    with asked.hub.read() as view:
        return Answer(value=get_item(view.connection, asked.path["id"]))


def _payload(asked: Asked) -> Answer:
    """The stored bytes: an attachment, never something a browser would show."""
    with asked.hub.read() as view:
        message_id = message_of_item(view.connection, asked.path["id"])
        payload = view.payload(message_id)
    disposition = f'attachment; filename="{message_id}"'
    return Answer(value=payload, media_type="application/octet-stream", headers={"content-disposition": disposition})


def _events(asked: Asked) -> Answer:
    with asked.hub.read() as view, known_cursor():
        return page_of(asked, list_events(view.connection, limit=asked.query.limit, after=asked.query.after))


def _given(query: PageQuery) -> dict[str, Any]:
    """The filters that were given; instants as the store counts them."""
    values = {name: getattr(query, name) for name in query.__struct_fields__ if name not in {"limit", "after"}}
    return {
        name: to_micros(value) if isinstance(value, datetime) else value for name, value in values.items() if value is not None
    }


@contextmanager
def known_cursor() -> Iterator[None]:
    """A cursor that names no place in its list is not found, as an id would be."""
    try:
        yield
    except BadCursor as wrong:
        raise NotFound(wrong.message, wrong.hint, code="HUB-407") from wrong


def page_of(asked: Asked, page: Page) -> Answer:
    """The envelope of every list, and the next page as a link (RFC 8288)."""
    headers = {}
    if page.next is not None:
        said = {name: _spelled(getattr(asked.query, name)) for name in asked.query.__struct_fields__ if name != "after"}
        following = {name: value for name, value in said.items() if value is not None} | {"after": page.next}
        headers["link"] = f'<{asked.url}?{urlencode(following)}>; rel="next"'
    return Answer(value=page.as_json(), headers=headers)


def _spelled(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)


LISTS = (
    Endpoint(
        method="GET",
        path="/api/v1/orders",
        scope="orders:read",
        name="list_orders",
        summary="Orders, newest first.",
        handler=_orders,
        query=OrderQuery,
        answers={200: PageOf[OrderItem]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/orders/{id}",
        scope="orders:read",
        name="get_order",
        summary="One order with its documents, lights, counts per line and history.",
        handler=_order,
        answers={200: OrderResource},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/messages",
        scope="messages:read",
        name="list_messages",
        summary="The audit log, newest first: every document in and out.",
        handler=_messages,
        query=MessageQuery,
        answers={200: PageOf[MessageItem]},
        tag="messages",
    ),
    Endpoint(
        method="GET",
        path="/api/v1/messages/{id}",
        scope="messages:read",
        name="get_message",
        summary="One document or message by its id, or by its transport id.",
        handler=_message,
        answers={200: MessageItem},
        tag="messages",
    ),
    Endpoint(
        method="GET",
        path="/api/v1/messages/{id}/payload",
        scope="messages:read",
        name="get_payload",
        summary="The bytes as they came or went.",
        handler=_payload,
        answers={200: None},
        tag="messages",
    ),
    Endpoint(
        method="GET",
        path="/api/v1/events",
        scope="events:read",
        name="list_events",
        summary="Business events, oldest first, in an order that is safe to resume from.",
        handler=_events,
        query=PageQuery,
        answers={200: PageOf[Event]},
        tag="events",
    ),
)
