"""The same document again: recognised by its business key and content, and treated as the agreement says."""

from __future__ import annotations

from hub.errors import HeldForOperator
from hub.routing.options import Duplicates
from hub.store.documents import DocumentRow
from hub.store.transaction import Transaction


def is_repeated(tx: Transaction, row: DocumentRow, key: str, content_sha256: str, policy: Duplicates) -> bool:
    """Whether a document was processed before, with this key and content; then it is settled here and has no second effect.

    Raises `HeldForOperator` BUS-401 where the agreement wants a person to see it. Under `accept`, or with other content, it is
    for the caller.
    """
    first = tx.documents.with_business_key(key, but=row.id)
    if first is None or policy.business == "accept" or tx.documents.content_of(first.id) != content_sha256:
        return False
    if policy.business == "hold":
        raise HeldForOperator(
            f"{row.type} {first.number} was received before, with the same content",
            "discard it, or replay after setting `duplicates: {business: answer}`",
            code="BUS-401",
            detail={"first": first.id},
        )
    tx.documents.settle(row.id, "duplicate", duplicate_of=first.id, order_id=first.order_id, error=None)
    tx.audit.duplicated(row.id, of=first.id, level="business")
    data = {"document_id": row.id, "duplicate_of": first.id, "number": first.number}
    tx.events.tell("document.duplicate", order=first.order_id, message=row.message_id, test=row.test, data=data)
    answer_again(tx, first)
    return True


def answer_again(tx: Transaction, first: DocumentRow) -> None:
    """Send the stored answers to a document once more, the same bytes under the same numbers."""
    for each in tx.documents.of_order(first.order_id) if first.order_id is not None else ():
        if each.direction == "out" and each.answers == first.id and not tx.jobs.is_pending(each.message_id):
            message = tx.messages.get(each.message_id)
            tx.jobs.add("deliver", "deliver", message.id, resource=message.connection)
