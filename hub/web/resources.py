"""What the API answers, as types: the OpenAPI document is made from them, and the tests hold the answers to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

import msgspec

from hub.model import Order, Totals

Item = TypeVar("Item")
LightState = Literal["none", "waiting", "ok", "failed", "overdue"]
StatusSlug = Literal[
    "draft", "processing", "pending_payment", "confirmed", "shipping", "delivered", "refund", "return", "cancelled", "on_hold",
    "failed", "return_pending", "partial_return", "partial_refund", "paid", "ready", "stock_unavailable",
]  # fmt: skip
Approval = Literal["not_required", "pending", "approved", "rejected"]


class Light(msgspec.Struct, frozen=True, kw_only=True):
    """One of the three lights of a document."""

    state: LightState
    reason: str | None
    at: datetime | None


class Lights(msgspec.Struct, frozen=True, kw_only=True):
    """Delivery, syntax and business: three answers that never stand for one another."""

    delivery: Light
    syntax: Light
    business: Light


class ChainItem(msgspec.Struct, frozen=True, kw_only=True):
    """A document of an order's chain. `type` is ours (order), `message` the wire's (850)."""

    id: str
    type: str | None
    direction: Literal["in", "out"]
    standard: str | None
    message: str | None
    version: str | None
    number: str | None
    control_number: str | None
    created_at: datetime
    lights: Lights
    test: bool
    group_number: str | None = None
    interchange_number: str | None = None


class MessageItem(msgspec.Struct, frozen=True, kw_only=True):
    """A document as the audit log shows it, with the message that carried it."""

    id: str
    message_id: str
    type: str | None
    direction: Literal["in", "out"]
    standard: str | None
    message: str | None
    version: str | None
    number: str | None
    control_number: str | None
    created_at: datetime
    lights: Lights
    test: bool
    partner: str | None
    connection: str | None
    transport_id: str | None
    size: int
    sha256: str
    state: str
    business_number: str | None
    error: dict[str, Any] | None
    channel: str
    group_number: str | None = None
    interchange_number: str | None = None
    agreement: str | None = None
    order_id: str | None = None
    duplicate_of: str | None = None
    media_type: str | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """An order's status by code, stable slug and label."""

    code: int
    slug: StatusSlug
    label: str


class OrderItem(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list: without its chain. `approval_detail` is the rule that asked for approval, and who decided when and why."""

    id: str
    number: str | None
    channel: str
    external_id: str | None
    partner: str | None
    test: bool
    status: Status
    approval: Approval
    order: Order
    totals: Totals | None
    created_at: datetime
    updated_at: datetime
    held: dict[str, Any] | None = None
    approval_detail: dict[str, Any] | None = None


class OrderResource(OrderItem, frozen=True, kw_only=True):
    """An order with its chain of documents, its counts per line, its history and the changes asked for."""

    documents: list[ChainItem]
    matrix: list[dict[str, Any]]
    history: list[dict[str, Any]]
    changes: list[dict[str, Any]]


class WorkItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for a person, or waited: about which message, document or order, what is wrong and what to do."""

    id: str
    kind: str
    subject: str
    code: str
    message: str
    hint: str
    who: str
    partner: str | None
    order_id: str | None
    document_id: str | None
    test: bool
    detail: dict[str, Any]
    opened_at: datetime
    handled_at: datetime | None
    handled_by: str | None
    note: str | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; `cursor` is valid as `after`."""

    cursor: str
    id: str
    type: str
    at: datetime
    order_id: str | None
    message_id: str | None
    test: bool
    data: Any


class PageOf(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """One page; `next` is the `after` of the next one, null at the end."""

    items: list[Item]
    next: str | None
