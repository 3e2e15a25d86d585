"""Take a person's data out of an order (GDPR article 17): names, addresses, contacts and free text go; numbers and hashes stay.

The bytes that carried the data go as well. Where an interchange carried other orders too, its bytes are theirs also: that is
refused unless it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from hub.errors import Refused
from hub.flow.hub import Hub
from hub.flow.keeping.retention import remove_file
from hub.store.transaction import Transaction

GONE = frozenset({"contact", "contacts", "notes", "extensions", "echo"})
"""Members that are removed wherever they stand: people write anything into them."""
_KEPT_OF_ADDRESS = ("country",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """What was taken out."""

    documents: int
    payloads: int
    fields: int


def redact(hub: Hub, order_id: str, *, reason: str, actor: str, shared: bool = False) -> Redacted:
    """Redact an order, its documents and the bytes of its messages.

    Raises `NotFound`, or `Refused` BUS-460 under legal hold, while a message is under way, or where bytes belong to other orders
    too and `shared` was not said.
    """
    with hub.transaction() as tx:
        order = tx.orders.get(order_id)
        documents = tx.documents.of_order(order.id)
        messages = list(dict.fromkeys(row.message_id for row in documents))
        _demand_free(tx, order.id, order.partner, messages, shared=shared)
        fields = 0
        cleaned, count = without_person(order.canonical)
        fields += count
        tx.orders.set(order, canonical=cleaned)
        for row in documents:
            if row.canonical:
                cleaned, count = without_person(row.canonical)
                fields += count
                tx.documents.set(row.id, canonical=cleaned)
        files = [tx.keeping.files_of(each) for each in messages]
        for message_id in messages:
            digest = tx.messages.get(message_id).sha256
            tx.keeping.remove_bytes(message_id, f"redacted: {reason}")
            tx.audit.payload_removed(message_id, why="redacted", sha256=digest, actor=actor)
        tx.audit.redacted(order.id, reason=reason, fields=fields, actor=actor)
    for digest in {each for pair in files for each in pair if each}:
        remove_file(hub, digest)
    return Redacted(documents=len(documents), payloads=len(messages), fields=fields)


def without_person(canonical: bytes) -> tuple[bytes, int]:
    """A canonical document without what says who somebody is, and how many members went."""
    counted = [0]
    value = _clean(msgspec.json.decode(canonical), counted)
    return msgspec.json.encode(value), counted[0]


def _clean(value: Any, counted: list[int]) -> Any:
    if isinstance(value, list):
        return [_clean(each, counted) for each in value]
    if not isinstance(value, dict):
        return value
    cleaned: dict[str, Any] = {}
    for name, member in value.items():
        if name in GONE:
            counted[0] += 1
        elif name == "address" and isinstance(member, dict):
            counted[0] += 1
            cleaned[name] = {each: member[each] for each in _KEPT_OF_ADDRESS if each in member}
        elif name in {"name", "names"}:
            counted[0] += 1
            cleaned[name] = "redacted" if isinstance(member, str) else []
        else:
            cleaned[name] = _clean(member, counted)
    return cleaned


def _demand_free(tx: Transaction, order_id: str, partner: str, messages: list[str], *, shared: bool) -> None:
    if tx.keeping.is_held(order_id, f"partner:{partner}", *messages):
        raise Refused(f"order {order_id} is under legal hold", "end the hold first: edihub legal-hold list", code="BUS-460")
    waiting = [each for each in messages if not tx.messages.get(each).is_settled]
    if waiting:
        raise Refused(
            f"message {waiting[0]} of the order is still under way", "wait until it is settled, or cancel it", code="BUS-460"
        )
    others = sorted(tx.keeping.other_orders(order_id, messages))
    if others and not shared:
        raise Refused(
            f"the bytes of its messages belong to {len(others)} other orders too, such as {others[0]}",
            "add --shared to remove those bytes for all of them; their canonical documents stay",
            code="BUS-460",
        )
