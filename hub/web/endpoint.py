"""One address of the API, declared once: the route, its permission, its documentation and its tests come from the same value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from hub.flow.hub import Hub
from hub.store.keys import ApiKey


class NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No query parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that passed every check: who asks, for what, with what. `body` has the declared type, `raw` is as it came."""

    hub: Hub
    caller: ApiKey
    path: Mapping[str, str]
    query: Any
    body: Any
    raw: bytes
    key: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the endpoint answers: `value` is written as JSON, bytes as they are."""

    value: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address and what may be relied upon there.

    `scope` is the permission a caller needs (`PUBLIC`: none). `answers` maps each status of success to the type of its body, None
    for bytes. `body_needs` are members of which the body has at least one, and not an empty one. `takes_key` says that an `Idempotency-Key` is honoured. `handler` runs in a worker thread and may block.
    """

    method: Literal["GET", "POST"]
    path: str
    scope: str
    name: str
    summary: str
    handler: Callable[[Asked], Answer]
    answers: Mapping[int, Any]
    query: type[msgspec.Struct] = NoQuery
    body: Any = None
    is_body_optional: bool = False
    body_needs: tuple[str, ...] = ()
    takes_key: bool = False
    refusals: tuple[int, ...] = ()
    tag: str = "orders"
    is_alias: bool = False
