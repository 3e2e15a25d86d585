"""What shipments and invoices do to an order, inside the transaction that makes them so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hub.errors import Conflict
from hub.flow.hub import Hub
from hub.flow.issue import Draft, issue
from hub.flow.orders.matrix import Matrix
from hub.flow.orders.subjects import Subject
from hub.flow.outbound import way_back
from hub.store.orders import OrderRow
from hub.store.transaction import Transaction


def move_on(tx: Transaction, subject: Subject, matrix: Matrix) -> OrderRow:
    """Write the new matrix; the order as it stands then. Raises `Conflict` where it changed since it was looked at."""
    row = tx.orders.get(subject.row.id)
    if row.revision != subject.row.revision:
        raise Conflict(f"order {row.number} was changed meanwhile", "look at it again, then repeat", code="HUB-409")
    tx.orders.set(row, matrix=matrix)
    return tx.orders.get(row.id)


def send_drafts(tx: Transaction, drafts: Sequence[Draft], subjects: Sequence[Subject], told_id: str, hub: Hub) -> None:
    """Queue what was written, in the chain of every order it speaks of; `told_id` is the document it was made from.

    Where the agreement names no connection, it goes the way the order came.
    """
    first = subjects[0]
    made_from = tx.documents.get(told_id) if drafts else None
    for made in drafts:
        agreement = made.agreement
        if not agreement.connection and first.source is not None:
            agreement = replace(agreement, connection=way_back(tx, first.source.message_id, hub))
        sent = issue(tx, replace(made, agreement=agreement), hub, test=first.row.test, order_id=first.row.id, answers=made_from)
        tx.units.link(sent.document_id, [each.row.id for each in subjects[1:]])
