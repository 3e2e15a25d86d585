"""What a partner's application says of documents we sent (824, APERAK): each light by its own verdict, errors explained for a person."""

from __future__ import annotations

from typing import Any

from hub.errors import HeldForOperator
from hub.flow.hub import Hub
from hub.flow.match import shine
from hub.flow.orders.arrival import Arrival, is_known
from hub.flow.rejection import explained
from hub.flow.work import open_work
from hub.model import AnsweredDocument, ApplicationError, ReportedError
from hub.model.acknowledgment import Verdict
from hub.store.documents import DocumentRow, Lamp
from hub.store.transaction import Transaction
from hub.store.work import Task

_KINDS: dict[str, tuple[str, ...]] = {
    "invoice": ("invoice",),
    "despatch_advice": ("despatch_advice",),
    "delivery_note": ("despatch_advice",),
    "packing_slip": ("despatch_advice",),
    "order": ("order", "order_change"),
    "order_number": ("order", "order_change"),
    "purchase_order_revision": ("order_change",),
    "supplier_order": ("order_response",),
}
"""Which of our documents a reference means."""
_CODES = {"SI": "despatch_advice", "ASN": "despatch_advice"}
_ANY = ("invoice", "despatch_advice", "order_response", "order", "order_change", "receiving_advice", "inventory_report")
_ANSWERS = ("order_response", "despatch_advice", "invoice")
_LAMPS: dict[Verdict, Lamp] = {
    "accepted": "ok",
    "accepted_with_errors": "ok",
    "partially_accepted": "failed",
    "rejected": "failed",
}
_REJECTS = frozenset({"313"})
"""BGM 1001: an application error; 305 is an acknowledgment."""


def take_objection(tx: Transaction, arrival: Arrival[ApplicationError], _hub: Hub) -> None:
    """Move the business lights of what it speaks of; raises `HeldForOperator` BUS-311 where that is nothing we sent."""
    row, answer = arrival.row, arrival.document
    numbers = [each.value for each in answer.refers_to if each.value]
    if is_known(tx, arrival, *numbers):
        return
    matched: list[DocumentRow] = []
    for each in answer.refers_to:
        sent = find_sent(tx, row, each)
        if sent is None or sent in matched:
            continue
        matched.append(sent)
        _judge(tx, row, answer, each, sent)
    if not matched:
        refers_to = ", ".join(numbers) or "nothing"
        tx.audit.unmatched(row.id, refers_to=refers_to)
        raise HeldForOperator(
            f"it speaks of {refers_to}, which we did not send", "find the document, then replay", code="BUS-311"
        )
    tx.documents.settle(row.id, "done", answers=matched[0].id, order_id=matched[0].order_id, error=None)


def find_sent(tx: Transaction, row: DocumentRow, named: AnsweredDocument) -> DocumentRow | None:
    """The document of ours that is meant: by control numbers where they are said, else by its number and kind.

    A buyer names its own order: then our latest document about that order is meant.
    """
    if named.group and named.message:
        sent = tx.documents.sent(partner=row.partner, group=named.group, message=named.message)
        same = [each for each in sent if named.message_type in {None, each.type}]
        if same:
            return same[0]
    number = named.value or ""
    if not number:
        return None
    type_ = _CODES.get(named.code or "", named.type)
    for kind in (*_KINDS.get(type_, ()), *_ANY):
        found = tx.documents.numbered(number, partner=row.partner, kind=kind, direction="out")
        if found is not None:
            return found
    if type_ in {"order", "order_number"}:
        return _about_order(tx, row, number)
    by_control = tx.documents.sent(partner=row.partner, interchange=number)
    return by_control[0] if by_control else None


def _about_order(tx: Transaction, row: DocumentRow, number: str) -> DocumentRow | None:
    order = tx.orders.numbered(number, row.partner)
    chain = [] if order is None else tx.documents.of_order(order.id)
    ours = [each for each in chain if each.direction == "out" and each.kind in _ANSWERS]
    return ours[-1] if ours else None


def _judge(
    tx: Transaction, row: DocumentRow, answer: ApplicationError, named: AnsweredDocument, sent: DocumentRow
) -> None:  # fmt: skip
    errors = (*named.errors, *answer.errors)
    verdict = named.verdict or answer.verdict or _implied(answer, errors)
    lamp = _LAMPS.get(verdict)
    told = explained(tx, sent, errors, row.type)
    notes = [each.text for each in answer.notes if each.text]
    said = "; ".join([*(each["text"] for each in told[:3]), *notes[:1]]) or verdict.replace("_", " ")
    if lamp is not None:
        shine(tx, sent, "business", lamp, f"{row.type}: {said}"[:500])
    if lamp == "failed" or errors:
        _open(tx, row, sent, verdict, said, {"errors": told, "notes": notes})


def _implied(answer: ApplicationError, errors: tuple[ReportedError, ...]) -> Verdict:
    """What a message without a verdict of its own means: an error document, or errors in it, reject."""
    if answer.code in _REJECTS or errors:
        return "rejected"
    return "accepted" if answer.code == "305" else "received"


def _open(
    tx: Transaction, row: DocumentRow, sent: DocumentRow, verdict: str, said: str, detail: dict[str, Any]
) -> None:  # fmt: skip
    is_failed = verdict in {"rejected", "partially_accepted"}
    open_work(
        tx,
        Task(
            kind="business_failed" if is_failed else "objection",
            subject=sent.id,
            code="BUS-335" if is_failed else "BUS-336",
            message=f"{row.partner} {verdict.replace('_', ' ')} our {sent.type} {sent.number}: {said}"[:500],
            hint="mend what is named and send the document again, or agree with the partner; then mark it as handled",
            partner=row.partner,
            order_id=sent.order_id,
            document_id=row.id,
            test=row.test,
            detail=detail,
        ),
    )
