"""What was rejected without an answer that says so: nobody would ever hear of it, so a person tells the partner."""

from __future__ import annotations

from typing import Any, Final

from hub.flow.reading import Reading
from hub.flow.work import open_work
from hub.store.documents import DocumentRow
from hub.store.transaction import Transaction
from hub.store.work import Task

UNTOLD: Final = "rejected_untold"
CODE: Final = "BUS-345"


def untold_document(tx: Transaction, row: DocumentRow, number: str, error: dict[str, Any]) -> None:
    """A document that was rejected for what it says, where no agreement sends an 824 or APERAK."""
    task = Task(
        kind=UNTOLD,
        subject=row.id,
        code=CODE,
        message=f"{row.type} {number} of {row.partner} was rejected: {error['message']}"[:500],
        hint="tell the partner, or let an agreement send it: `send: x12/004010/824` or `edifact/D96A/APERAK`",
        partner=row.partner,
        document_id=row.id,
        test=row.test,
    )
    open_work(tx, task)


def untold_interchange(
    tx: Transaction, reading: Reading, message_id: str, document_id: str | None, rejected: tuple[int, dict[str, Any]]
) -> None:
    """Messages of an interchange that were rejected for their syntax, where the agreement has no TA1, 997, 999 or CONTRL sent.

    `rejected` is how many, and the first error; none where the interchange has no message. `document_id` is the first of them.
    """
    count, error = rejected
    interchange = reading.interchange
    partner = "" if reading.partner is None else reading.partner.id
    how = "technical: errors" if interchange.standard == "x12" else "when: always"
    what = f"{count} {'message was' if count == 1 else 'messages were'} rejected in" if count else "rejected was"
    task = Task(
        kind=UNTOLD,
        subject=document_id or message_id,
        code=CODE,
        message=f"{what} interchange {interchange.control_number} of {partner}, and nothing tells them: {error['message']}"[
            :500
        ],
        hint=f"ask the partner to send it again, or have it answered (`acknowledge: {{{how}}}`); `edihub replay` takes it as it is",
        partner=partner,
        document_id=document_id,
        test=reading.is_test,
        detail={"interchange": interchange.control_number, "error": error},
    )
    open_work(tx, task)
