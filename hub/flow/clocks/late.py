"""An answer that came after its deadline closes it as late, and says by how much."""

from __future__ import annotations

from typing import Any

from hub.flow.clocks.deadlines import in_words
from hub.store.documents import DocumentRow, Light
from hub.store.transaction import Transaction


def late_reason(row: DocumentRow, light: Light, reason: str, *, now: int) -> str:
    """The reason of a light that turns now, led by how late it is; as it stands where it is in time or had no deadline."""
    due: int | None = getattr(row, f"{light}_due")
    return reason if due is None or now <= due else _led(now - due, reason)


def mark_late_deliveries(tx: Transaction, rows: list[Any]) -> None:
    """Say how late it was on documents that are proven delivered only now; `rows` come from `Documents.delivered`."""
    for row in rows:
        if row.delivery == "ok" and row.delivery_at == tx.now and row.delivery_due is not None and row.delivery_due < tx.now:
            tx.documents.set(row.id, delivery_reason=_led(tx.now - row.delivery_due, ""))


def _led(by: int, reason: str) -> str:
    late = f"late by {in_words(by)}"
    return f"{late}; {reason}" if reason else late
