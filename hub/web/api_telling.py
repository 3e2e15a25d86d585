"""Alerts and webhooks over the API: what somebody must look at, and how far each subscriber is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from hub.flow.telling.alerts import clear
from hub.flow.telling.operate import rewind, standing
from hub.store.paging import Page, from_cursor, to_cursor
from hub.store.transaction import Transaction
from hub.web.api_lists import Cursor, PageQuery, known_cursor, page_of
from hub.web.endpoint import Answer, Asked, Endpoint
from hub.web.once import kept, key_of
from hub.web.resources import PageOf


class AlertItem(msgspec.Struct, frozen=True, kw_only=True):
    """An alert in plain words; `cleared_at` is null while its condition lasts, `count` how often it was seen."""

    id: str
    code: str
    subject: str
    partner: str | None
    order_id: str | None
    message_id: str | None
    test: bool
    what: str
    where: str
    why: str
    who: str
    cure: str
    link: str
    count: int
    opened_at: datetime
    last_at: datetime
    cleared_at: datetime | None


class WebhookItem(msgspec.Struct, frozen=True, kw_only=True):
    """A subscriber; `behind` is how many events of the stream it has not been told yet, `cursor` the last it is done with."""

    name: str
    host: str
    events: list[str]
    partners: list[str]
    test: Literal["include", "exclude", "only"]
    state: Literal["new", "ok", "retrying", "failing"]
    behind: int
    cursor: str | None
    failures: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    error: str | None


class AlertQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Open alerts, unless the cleared ones are asked for."""

    cleared: bool = False


class Clearing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done about it."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class Replaying(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to begin again: behind this cursor, or with the first event where it is left out."""

    after: Cursor | None = None


def _alerts(asked: Asked) -> Answer:
    with asked.hub.read() as view, known_cursor():
        page = view.alerts.page(is_open=not asked.query.cleared, limit=asked.query.limit, after=asked.query.after)
    return page_of(asked, page)


def _clear(asked: Asked) -> Answer:
    alert_id = asked.path["id"]

    def write(tx: Transaction) -> tuple[int, Any]:
        clear(tx, tx.alerts.get(alert_id), actor=asked.caller.name, reason=asked.body.reason)
        return 200, tx.alerts.get(alert_id).as_json()

    return kept(asked, f"clear alert {alert_id}", key_of(asked), write)


def _webhooks(asked: Asked) -> Answer:
    """By name; the cursor is the last name of the page before."""
    every = sorted(standing(asked.hub), key=lambda each: str(each["name"]))
    with known_cursor():
        last = from_cursor(asked.query.after, (str,))[0] if asked.query.after else ""
    left = [each for each in every if each["name"] > last]
    shown = left[: asked.query.limit]
    following = to_cursor(shown[-1]["name"]) if len(left) > len(shown) else None
    return page_of(asked, Page(shown, following))


def _replay(asked: Asked) -> Answer:
    name = asked.path["name"]

    def write(tx: Transaction) -> tuple[int, Any]:
        return 200, rewind(tx, name, asked.body.after or "", asked.hub, actor=asked.caller.name)

    with known_cursor():
        return kept(asked, f"replay webhook {name}", key_of(asked), write)


TELLING = (
    Endpoint(
        method="GET",
        path="/api/v1/alerts",
        scope="events:read",
        name="list_alerts",
        summary="What somebody must look at, newest first.",
        handler=_alerts,
        query=AlertQuery,
        answers={200: PageOf[AlertItem]},
        tag="events",
    ),
    Endpoint(
        method="POST",
        path="/api/v1/alerts/{id}/clear",
        scope="documents:write",
        name="clear_alert",
        summary="Say that an alert is over; the same condition opens a new one.",
        handler=_clear,
        body=Clearing,
        answers={200: AlertItem},
        takes_key=True,
        tag="events",
    ),
    Endpoint(
        method="GET",
        path="/api/v1/webhooks",
        scope="admin",
        name="list_webhooks",
        summary="Every webhook out: how far behind it is, and what went wrong.",
        handler=_webhooks,
        query=PageQuery,
        answers={200: PageOf[WebhookItem]},
        tag="events",
    ),
    Endpoint(
        method="POST",
        path="/api/v1/webhooks/{name}/replay",
        scope="admin",
        name="replay_webhook",
        summary="Tell a subscriber every event after a cursor again, in order.",
        handler=_replay,
        body=Replaying,
        answers={200: WebhookItem},
        takes_key=True,
        tag="events",
    ),
)
