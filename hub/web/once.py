"""A request that comes twice under one `Idempotency-Key` has one effect and one answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from hub.flow.statuses import status_table
from hub.store.order_resources import get_order
from hub.store.transaction import Transaction
from hub.web.endpoint import Answer, Asked

_encoder = msgspec.json.Encoder(decimal_format="string")


def kept(asked: Asked, name: str, key: str, act: Callable[[Transaction], tuple[int, Any]]) -> Answer:
    """Do `act` and keep its answer under the key, in one transaction; the same key again gets the stored answer.

    `act` returns the status and the value to answer with. Without a key nothing is kept.
    """
    digest = hashlib.sha256(asked.raw).hexdigest()
    with asked.hub.transaction() as tx:
        if key:
            before = tx.idempotency.begin(asked.caller.id, name, key, digest)
            if before is not None:
                return _answer(before.status, before.response, is_replayed=True)
        status, value = act(tx)
        content = _encoder.encode(value)
        if key:
            tx.idempotency.finish(asked.caller.id, name, key, status=status, response=content)
    return _answer(status, content)


def once(asked: Asked, name: str, key: str, act: Callable[[Transaction], tuple[int, str]]) -> Answer:
    """As `kept`, for what is done to an order: `act` returns the status and the id of the order to answer with."""

    def whole(tx: Transaction) -> tuple[int, Any]:
        status, order_id = act(tx)
        return status, get_order(tx.connection, order_id, label=status_table(asked.hub).label)

    return kept(asked, name, key, whole)


def stored(asked: Asked, name: str, key: str) -> Answer | None:
    """The answer that was given before, looked up first: the order may by now refuse what it once allowed."""
    digest = hashlib.sha256(asked.raw).hexdigest()
    with asked.hub.read() as view:
        before = view.idempotency.look(asked.caller.id, name, key, digest)
    return None if before is None else _answer(before.status, before.response, is_replayed=True)


def key_of(asked: Asked) -> str:
    """The caller's key as it is stored, apart from keys that an order makes for itself; empty where none was sent."""
    return f"key {asked.key}" if asked.key else ""


def _answer(status: int, content: bytes, *, is_replayed: bool = False) -> Answer:
    headers = {"idempotency-replayed": "true"} if is_replayed else {}
    if status == 201:
        headers["location"] = f"/api/v1/orders/{msgspec.json.decode(content)['id']}"
    return Answer(value=content, status=status, headers=headers)
