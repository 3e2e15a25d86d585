"""What people do with webhooks: look where each stands, tell one again, skip what it will never take, try it."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from hub.errors import NotFound, Refused
from hub.flow.hub import Hub
from hub.flow.telling.webhooks import Subscription, deliver_event, subscriptions
from hub.store.events import events_after, last_cursor
from hub.store.instants import rfc3339
from hub.store.paging import from_cursor, to_cursor
from hub.store.transaction import Transaction

ALERTS = "alerts"
"""The name by which people call the webhook of `[alerts]`."""


def standing(hub: Hub) -> list[dict[str, Any]]:
    """Every webhook: whom it tells what, how far behind it is, and what went wrong; never its path, which may hold a secret."""
    with hub.read() as view:
        newest = last_cursor(view.connection)
        return [_standing(each, view, newest) for each in subscriptions(hub)]


def replay_from(name: str, after: str, hub: Hub, *, actor: str) -> dict[str, Any]:
    """Tell a subscriber every event after a cursor again, in order; an empty cursor means from the first one kept.

    Raises `NotFound` for an unknown webhook and `BadCursor` for what is no cursor.
    """
    with hub.transaction() as tx:
        return rewind(tx, name, after, hub, actor=actor)


def rewind(tx: Transaction, name: str, after: str, hub: Hub, *, actor: str) -> dict[str, Any]:
    """As `replay_from`, inside a transaction."""
    subscription = _named(name, hub)
    place = from_cursor(after, (int,))[0] if after else 0
    tx.subscribers.meet(subscription.key)
    tx.subscribers.rewind(subscription.key, min(place, last_cursor(tx.connection)))
    tx.audit.webhook(subscription.key, what="replayed", actor=actor, detail={"after": after})
    return _standing(subscription, tx, last_cursor(tx.connection))


def skip_event(name: str, hub: Hub, *, actor: str, reason: str) -> dict[str, Any]:
    """Pass over the event that a subscriber does not take; the event. It stays in the stream, for `replay_from` and the API."""
    subscription = _named(name, hub)
    with hub.transaction() as tx:
        present = tx.subscribers.meet(subscription.key)
        waiting = events_after(tx.connection, present.cursor, 1)
        if not waiting or not present.failures:
            raise Refused(f"{subscription.key} holds up nothing", "see `edihub webhook list`", code="BUS-430")
        cursor, item = waiting[0]
        tx.subscribers.rewind(subscription.key, cursor)
        tx.audit.webhook(subscription.key, what="skipped", actor=actor, detail={"event": item["id"], "reason": reason})
        return item


def try_out(name: str, hub: Hub) -> int:
    """Post a `webhook.test` event now, signed like any other; the answer's status. Raises `DeliveryError`. Moves no cursor."""
    subscription = _named(name, hub)
    item = {
        "cursor": "",
        "id": f"evt_test_{secrets.token_hex(6)}",
        "type": "webhook.test",
        "at": hub.now().isoformat().replace("+00:00", "Z"),
        "order_id": None,
        "message_id": None,
        "test": True,
        "data": {"webhook": name},
    }
    return deliver_event(subscription.receiver, item, hub)


def _named(name: str, hub: Hub) -> Subscription:
    wanted = {f"webhook {name}"} | ({"alerts webhook"} if name == ALERTS else set())
    found = next((each for each in subscriptions(hub) if each.key in wanted), None)
    if found is None:
        known = ", ".join(_short(each) for each in subscriptions(hub)) or "there is none"
        raise NotFound(f"no webhook {name}", f"hub.toml has: {known}")
    return found


def _short(subscription: Subscription) -> str:
    return ALERTS if subscription.key == "alerts webhook" else subscription.key.removeprefix("webhook ")


def _standing(subscription: Subscription, view: Transaction, newest: int) -> dict[str, Any]:
    parts = urlsplit(subscription.receiver.url)
    row = view.subscribers.find(subscription.key)
    return {
        "name": _short(subscription),
        "host": parts.netloc,
        "events": list(subscription.events),
        "partners": list(subscription.partners),
        "test": subscription.test,
        "state": "new" if row is None else "failing" if row.state == "failing" else "retrying" if row.failures else "ok",
        "behind": 0 if row is None else max(0, newest - row.cursor),
        "cursor": None if row is None else to_cursor(row.cursor),
        "failures": 0 if row is None else row.failures,
        "next_attempt_at": rfc3339(row.due_at) if row is not None and row.failures and row.due_at else None,
        "delivered_at": None if row is None else rfc3339(row.delivered_at),
        "error": None if row is None else row.error,
    }
