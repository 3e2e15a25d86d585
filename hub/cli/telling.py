"""A canonical document told of an order at the shell: read, checked, written, and the order shown afterwards."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from hub.cli.source import opened
from hub.errors import InputError

Told = TypeVar("Told")


def tell(
    order: str, file: str, kind: type[Told], prepare: Callable[..., Any], write: Callable[..., str], *, as_json: bool
) -> None:
    """Read `file` as a document of `kind` and tell it of an order named by id or number; prints the order's id, or the order."""
    from hub.cli.listing import print_json
    from hub.cli.opened import opened_hub, who
    from hub.flow.statuses import status_table
    from hub.store.order_resources import get_order

    with opened(file) as data:
        raw = bytes(data)
    document = _read(raw, kind)
    with opened_hub() as hub:
        with hub.read() as view:
            order_id = view.orders.find(order).id
        prepared = prepare(document, raw, order_id, hub=hub, actor=who())
        with hub.transaction() as tx:
            write(tx, prepared, hub)
        with hub.read() as view:
            after = get_order(view.connection, order_id, label=status_table(hub).label)
    if as_json:
        print_json(after)
        return
    print(order_id)
    if prepared.is_known:
        print("known already; nothing was done", file=sys.stderr)
        return
    sent = ", ".join(f"{each.agreement.message} for {each.agreement.partner}" for each in prepared.drafts)
    print(f"queued: {sent}" if sent else "kept; no agreement sends a document for it", file=sys.stderr)


def _read(raw: bytes, kind: type[Told]) -> Told:
    name = getattr(kind, "__struct_config__").tag  # noqa: B009 - msgspec sets it on every document type
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as wrong:
        raise InputError(f"no canonical {name}: {wrong}", "see the JSON Schema in schemas/canonical", code="MAP-206") from wrong
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise InputError(f"not JSON: {wrong}", f"one canonical {name}", code="MAP-207") from wrong
