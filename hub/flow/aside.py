"""What is set aside by the hub itself is told, so that somebody hears of it without looking."""

from __future__ import annotations

from collections.abc import Mapping

from hub.store.transaction import Transaction


def tell_aside(tx: Transaction, kind: str, subject: str, *, state: str, error: Mapping[str, str]) -> None:
    """Tell that a message or document is held or quarantined; `kind` is the job's: document, message or deliver."""
    if kind == "document":
        row = tx.documents.get(subject)
        data = {"document_id": row.id, "type": row.type, "number": row.number, "partner": row.partner, "error": dict(error)}
        tx.events.tell(f"document.{state}", order=row.order_id, message=row.message_id, test=row.test, data=data)
        return
    message = tx.messages.get(subject)
    tx.events.tell(
        f"message.{state}", message=subject, test=message.test, data={"partner": message.partner, "error": dict(error)}
    )
