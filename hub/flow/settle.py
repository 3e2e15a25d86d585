"""What becomes of one message of an interchange: the transaction of step two, and the state of the whole once all are through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.errors import ConfigError, HubError
from hub.flow.answers import origin_of
from hub.flow.hub import Hub
from hub.flow.issue import Draft, issue
from hub.flow.match import match_acknowledgment
from hub.flow.merge import Incoming, merge_order
from hub.flow.objecting import objection_drafts
from hub.flow.orders.arrival import Arrival, Write
from hub.flow.orders.incoming import taking
from hub.flow.orders.judge import judge
from hub.flow.understand import Understood
from hub.flow.untold import untold_document
from hub.model import Acknowledgment, Document, Order, encode_document
from hub.routing.options import Duplicates
from hub.store.documents import DocumentRow
from hub.store.transaction import Transaction

RANKING = ("received", "retry", "quarantined", "held", "rejected", "done", "duplicate")
"""A message is what the first of these is that any of its documents is."""


def settle_document(row: DocumentRow, understood: Understood, hub: Hub) -> Write:
    """Everything step two has to write for one message, as a function of the transaction; the slow work is done here, before it."""
    document = understood.document
    if document is None:
        return lambda tx: tx.documents.settle(row.id, "done", error=None)
    if understood.fate != "accept":
        objections = objection_drafts(row, document, understood.findings, hub) if understood.fate == "reject" else []
        return lambda tx: _set_aside(tx, row, understood, objections, hub)
    if isinstance(document, Order):
        incoming = _incoming(row, document, understood, hub)
        return lambda tx: _merge(tx, incoming, hub)
    if isinstance(document, Acknowledgment):
        return lambda tx: _take(tx, row, document, understood, lambda tx: match_acknowledgment(tx, row, document))
    arrival = Arrival(row=row, document=document, content_sha256=understood.content_sha256, agreement=understood.agreement)
    write = taking(arrival, hub)
    return lambda tx: _take(tx, row, document, understood, write)


def hold_document(tx: Transaction, row: DocumentRow, failure: HubError, *, document: Document | None = None) -> None:
    """Let a document wait for a person, with its reason and whatever could be read of it."""
    error = {"code": failure.code, "message": failure.message, "hint": failure.hint, "who": "operator", **failure.detail}
    if isinstance(failure, ConfigError):
        error |= {"who": "admin", "message": str(next(each for each in failure.diagnostics if each.level == "error"))}
    values: dict[str, Any] = {} if document is None else said_of(document)
    tx.documents.settle(row.id, "held", error=error, **values)
    tx.audit.held(row.id, code=failure.code, message=failure.message)
    data = {"document_id": row.id, "type": row.type, "number": values.get("number", ""), "error": error}
    tx.events.tell("document.held", message=row.message_id, test=row.test, data=data)


def postpone_document(tx: Transaction, row: DocumentRow, bug: Exception) -> None:
    """A document that we stumbled over gets a job of its own, with its own attempts and its own crash counter."""
    message = f"{type(bug).__name__}: {bug}"[:500]
    error = {
        "code": "HUB-500",
        "message": message,
        "hint": "it is tried again; else report it with the stored bytes",
        "who": "developer",
    }
    tx.documents.set(row.id, state="retry", error=error)
    tx.jobs.add("process", "document", row.id)
    tx.audit.attempted(row.id, attempt=1, code="HUB-500", message=message)


def settle_message(tx: Transaction, message_id: str, **values: Any) -> None:
    """Give a message the state that its documents add up to; `values` are columns written with it."""
    states = tx.documents.states(message_id)
    state = next((each for each in RANKING if each in states), "done")
    if state in {"received", "retry", "quarantined", "held"}:
        tx.messages.set(message_id, state=state, **values)
    else:
        tx.messages.settle(message_id, state, error=None, **values)


def _incoming(row: DocumentRow, order: Order, understood: Understood, hub: Hub) -> Incoming:
    agreement = understood.agreement
    return Incoming(
        row=row,
        order=order,
        content_sha256=understood.content_sha256,
        channel="edi",
        duplicates=Duplicates() if agreement is None else agreement.duplicates,
        judgement=judge(order, agreement, origin_of(row), hub),
        is_automatic=agreement is not None and agreement.confirm == "automatic",
        said={"findings": understood.findings, **said_of(order)},
    )


def _merge(tx: Transaction, incoming: Incoming, hub: Hub) -> None:
    tx.audit.translated(incoming.row.id, kind="order", number=incoming.order.number or "")
    merge_order(tx, incoming, hub)


def _take(tx: Transaction, row: DocumentRow, document: Document, understood: Understood, write: Write) -> None:
    """Keep what was read, then do what has to be done about it."""
    said = said_of(document)
    tx.documents.set(row.id, findings=understood.findings, **said)
    tx.audit.translated(row.id, kind=said["kind"], number=said["number"])
    write(tx)


def _set_aside(tx: Transaction, row: DocumentRow, understood: Understood, objections: Sequence[Draft], hub: Hub) -> None:
    """Hold a document, or reject it and tell the partner; where no agreement tells it, a person does."""
    assert understood.document is not None
    assert understood.error is not None
    state = "held" if understood.fate == "hold" else "rejected"
    said = said_of(understood.document)
    tx.documents.settle(row.id, state, error=understood.error, findings=understood.findings, **said)
    note = tx.audit.held if state == "held" else tx.audit.rejected
    note(row.id, code=understood.error["code"], message=understood.error["message"])
    data = {"document_id": row.id, "type": row.type, "number": said["number"], "error": understood.error}
    tx.events.tell(f"document.{state}", message=row.message_id, test=row.test, data=data)
    for made in objections:
        issue(tx, made, hub, test=row.test, answers=row)
    if state == "rejected" and not objections:
        untold_document(tx, row, said["number"], understood.error)


def said_of(document: Document) -> dict[str, Any]:
    """The columns of a document that tell what was read."""
    return {
        "kind": str(document.__struct_config__.tag),
        "number": getattr(document, "number", None) or "",
        "canonical": encode_document(document),
    }
