"""Webhooks out: every subscriber gets every event it asked for, at least once and strictly in the order of the event stream.

Each has a cursor of its own. An event that is not taken (an answer other than 2xx, or none) is tried again, and holds up the
later ones of that subscriber alone: nobody ever sees an order confirmed before it was received. The pauses double up to an hour,
so that a dead receiver is asked rarely; nothing is ever given up. After `failing_after` without success it counts as failing.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

import hub as package
from hub.errors import HubError, TemporaryDeliveryError
from hub.flow.hub import Hub
from hub.flow.telling.destination import check
from hub.flow.telling.post import post
from hub.flow.telling.signature import HEADER, sign
from hub.routing.telling_file import Receiver
from hub.secrets.resolve import resolve
from hub.store.events import events_after
from hub.store.instants import SECOND
from hub.store.subscribers import Subscriber
from hub.store.transaction import Transaction

BATCH = 100
FIRST_SECONDS, LONGEST_SECONDS = 2.0, 3600.0
Outcome = Literal["idle", "told", "failed", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who is told what. `key` is the subscriber's name in the store."""

    key: str
    receiver: Receiver
    events: tuple[str, ...] = ("*",)
    partners: tuple[str, ...] = ()
    test: Literal["include", "exclude", "only"] = "include"


@dataclass(slots=True)
class _Turn:
    """One turn at a subscriber: its lease, and where it stands."""

    subscription: Subscription
    is_over: Callable[[], bool]
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    cursor: int = 0


def subscriptions(hub: Hub) -> tuple[Subscription, ...]:
    """Every subscription of the site: the webhooks of `hub.toml`, and where its alerts go."""
    found = [
        Subscription(key=key_of(each.name), receiver=each, events=each.events, partners=each.partners, test=each.test)
        for each in hub.site.file.webhooks
    ]
    alerts = hub.site.file.alerts.webhook
    if alerts is not None:
        found.append(Subscription(key="alerts webhook", receiver=alerts, events=("alert.*",)))
    return tuple(found)


def key_of(webhook: str) -> str:
    """The name of a webhook's subscriber in the store."""
    return f"webhook {webhook}"


def meet_subscribers(hub: Hub) -> None:
    """Let every subscription have its place in the stream, new ones at its end."""
    with hub.read() as view:
        new = [each for each in subscriptions(hub) if view.subscribers.find(each.key) is None]
    if new:
        with hub.transaction() as tx:
            for each in new:
                tx.subscribers.meet(each.key)


def tell(subscription: Subscription, hub: Hub, *, is_over: Callable[[], bool] = lambda: False) -> Outcome:
    """Tell a subscriber everything that waits for it, until there is nothing more, it does not take it, or `is_over`."""
    turn = _Turn(subscription, is_over)
    with hub.read() as view:
        found = view.subscribers.find(subscription.key)
        if found is not None and (
            not view.subscribers.is_claimable(subscription.key) or not events_after(view.connection, found.cursor, 1)
        ):
            return "idle"
    with hub.transaction() as tx:
        tx.subscribers.meet(subscription.key)
        claimed = tx.subscribers.claim(subscription.key, turn.token)
    if claimed is None:
        return "idle"
    turn.cursor = claimed.cursor
    outcome = _tell_on(turn, claimed, hub)
    if outcome in {"idle", "told"}:
        with hub.transaction() as tx:
            tx.subscribers.release(subscription.key, turn.token)
    return outcome


def deliver_event(receiver: Receiver, item: dict[str, Any], hub: Hub, *, attempt: int = 1) -> int:
    """Post one event, signed; the status of an answer that takes it. Raises `DeliveryError` otherwise."""
    body = msgspec.json.encode(item)
    keys = [each for each in (receiver.secret, receiver.secret_before) if each is not None]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"edihub/{package.__version__}",
        "Edihub-Event": item["type"],
        "Edihub-Id": item["id"],
        "Edihub-Attempt": str(attempt),
        HEADER: sign(body, [resolve(each.name, hub.site.root) for each in keys], at=int(hub.now().timestamp())),
    }
    ca = receiver.ca and str(hub.site.root / Path(receiver.ca))
    place = check(receiver.url, receiver.allow_networks)
    answered = post(place, body, headers, seconds=receiver.timeout.total_seconds(), ca=ca)
    if 200 <= answered.status < 300:
        return answered.status
    said = f": {answered.text}" if answered.text else ""
    raise TemporaryDeliveryError(
        f"{place.place} answered {answered.status}{said}",
        "look at the receiver's log; it is tried again by itself",
        code="DLV-483",
        retry_after=answered.retry_after,
    )


def wants(subscription: Subscription, item: dict[str, Any], view: Transaction) -> bool:
    """Whether a subscription asks for an event."""
    type_ = item["type"]
    if not any(each in {"*", type_} or (each.endswith(".*") and type_.startswith(each[:-1])) for each in subscription.events):
        return False
    if subscription.test != "include" and item["test"] != (subscription.test == "only"):
        return False
    return not subscription.partners or partner_of(item, view) in subscription.partners


def partner_of(item: dict[str, Any], view: Transaction) -> str:
    """The partner that an event is about: as it says, else of its order, its message or its connection; empty where of none."""
    said = item["data"].get("partner") if isinstance(item["data"], dict) else None
    if said:
        return str(said)
    try:
        if item["order_id"]:
            return view.orders.get(item["order_id"]).partner
        if item["message_id"]:
            return view.messages.get(item["message_id"]).partner
    except HubError:
        return ""  # its order or message was removed since: nobody's
    connection = item["data"].get("connection", "") if isinstance(item["data"], dict) else ""
    return str(connection).partition("/")[0]


def _tell_on(turn: _Turn, claimed: Subscriber, hub: Hub) -> Outcome:
    outcome: Outcome = "idle"
    failures, was_failing = claimed.failures, claimed.state == "failing"
    while True:
        with hub.read() as view:
            batch = [
                (cursor, item, wants(turn.subscription, item, view))
                for cursor, item in events_after(view.connection, turn.cursor, BATCH)
            ]
        if not batch or turn.is_over():
            return outcome
        for cursor, item, is_wanted in batch:
            if turn.is_over():
                return outcome
            turn.cursor = cursor
            if not is_wanted:
                continue
            try:
                deliver_event(turn.subscription.receiver, item, hub, attempt=failures + 1)
            except HubError as failure:
                return _failed(turn, failure, hub)
            if not _taken(turn, hub, recovered=was_failing):
                return "lost"
            outcome, failures, was_failing = "told", 0, False
        with hub.transaction() as tx:
            if not tx.subscribers.advance(turn.subscription.key, turn.token, turn.cursor, delivered=False):
                return "lost"


def _taken(turn: _Turn, hub: Hub, *, recovered: bool) -> bool:
    with hub.transaction() as tx:
        is_mine = tx.subscribers.advance(turn.subscription.key, turn.token, turn.cursor, delivered=True)
        if is_mine and recovered:
            tx.events.tell("webhook.recovered", test=False, data={"webhook": turn.subscription.key})
    return is_mine


def _failed(turn: _Turn, failure: HubError, hub: Hub) -> Outcome:
    """Write down that the event at the cursor was not taken; what lies before it is done with."""
    retry_after = failure.retry_after if isinstance(failure, TemporaryDeliveryError) else None
    key, receiver = turn.subscription.key, turn.subscription.receiver
    with hub.transaction() as tx:
        present = tx.subscribers.find(key)
        if present is None or not tx.subscribers.advance(key, turn.token, turn.cursor - 1, delivered=False):
            return "lost"
        since = tx.now if present.failing_since is None else present.failing_since
        is_failing = tx.now - since >= receiver.failing_after.total_seconds() * SECOND
        error = f"{failure.code} {failure.message}; {failure.hint}"
        due_at = tx.now + pause(present.failures + 1, retry_after)
        tx.subscribers.failed(key, turn.token, error, due_at=due_at, is_failing=is_failing)
        if is_failing and present.state != "failing":
            data = {"webhook": key, "error": {"code": failure.code, "message": failure.message, "hint": failure.hint}}
            tx.events.tell("webhook.failing", test=False, data=data)
    return "failed"


def pause(failures: int, retry_after: float | None) -> int:
    """Microseconds until the next attempt: half of the doubled pause and up to as much again, never sooner than was asked for."""
    ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures - 1, 30))
    seconds = ceiling / 2 + random.uniform(0, ceiling / 2)  # noqa: S311  not a secret
    if retry_after is not None:
        seconds = max(seconds, min(retry_after, 86_400.0))
    return int(seconds * SECOND)
