"""What comes back for what we sent: the answer is matched to its document and moves its light, only ever forward."""

from __future__ import annotations

from collections.abc import Iterator

from hub.errors import HeldForOperator
from hub.flow.clocks.late import late_reason
from hub.model import Acknowledgment, ApplicationError, GroupAnswer, MessageAnswer, OrderResponse
from hub.store.documents import DocumentRow, Lamp, Light
from hub.store.transaction import Transaction

_LAMPS: dict[str | None, Lamp] = {
    "accepted": "ok",
    "accepted_with_errors": "ok",
    "partially_accepted": "failed",
    "rejected": "failed",
}
"""What a verdict does to the syntax light; `received` (CONTRL 8) says nothing yet."""


def match_acknowledgment(tx: Transaction, row: DocumentRow, answer: Acknowledgment) -> None:
    """Move the syntax light of everything the acknowledgment speaks of; raises `HeldForOperator` when that is nothing we sent."""
    matched: list[DocumentRow] = []
    for document, verdict, reason in _verdicts(tx, row, answer):
        matched.append(document)
        # a TA1 that accepts says only that the envelope arrived: the 997 is still to come
        lamp = _LAMPS.get(verdict) if answer.kind != "TA1" or verdict == "rejected" else None
        if lamp is not None:
            shine(tx, document, "syntax", lamp, f"{answer.kind}: {reason}")
    if not matched:
        refers_to = _named(answer)
        tx.audit.unmatched(row.id, refers_to=refers_to)
        raise HeldForOperator(
            f"the {answer.kind} answers {refers_to}, which we did not send",
            "look for a wrong control number or a message of another system, then discard it",
            code="RTE-340",
        )
    _link(tx, row, matched[0])


def match_response(tx: Transaction, row: DocumentRow, answer: OrderResponse) -> None:
    """Move the business light of the order we sent; raises `HeldForOperator` when we sent none with this number."""
    sent = tx.documents.numbered(answer.order_number or "", partner=row.partner, kind="order", direction="out")
    if sent is None:
        raise HeldForOperator(
            f"it answers order {answer.order_number}, which we did not send", "find the order, then replay", code="BUS-310"
        )
    if answer.detail_follows:
        lamp: Lamp | None = None
    else:
        lamp = "failed" if answer.status == "rejected" else "ok"
    if lamp is not None:
        shine(tx, sent, "business", lamp, f"{row.type}: {answer.status or 'answered'}")
    _link(tx, row, sent)


def match_error(tx: Transaction, row: DocumentRow, answer: ApplicationError) -> None:
    """Move the business light of the document that an 824 or APERAK speaks of."""
    numbers = [each.value for each in answer.refers_to if each.value]
    for number in numbers:
        for kind in ("invoice", "despatch_advice", "order_response", "order"):
            sent = tx.documents.numbered(number, partner=row.partner, kind=kind, direction="out")
            if sent is not None:
                lamp: Lamp = "ok" if answer.verdict == "accepted" else "failed"
                text = answer.errors[0].text if answer.errors else answer.verdict
                shine(tx, sent, "business", lamp, f"{row.type}: {text or 'reported'}")
                _link(tx, row, sent)
                return
    refers_to = ", ".join(numbers) or "nothing"
    raise HeldForOperator(f"it speaks of {refers_to}, which we did not send", "find the document, then replay", code="BUS-311")


def shine(tx: Transaction, document: DocumentRow, light: Light, lamp: Lamp, reason: str) -> None:
    """Move a light forward and tell it; what contradicts an earlier answer is an alarm, and moves nothing."""
    if lamp in {"ok", "failed"}:
        reason = late_reason(document, light, reason, now=tx.now)
    if tx.documents.move(document, light, lamp, reason):
        tx.audit.lit(document.id, light=light, state=lamp, reason=reason)
        data = {"document_id": document.id, "light": light, "state": lamp, "reason": reason, "number": document.number}
        tx.events.tell("document.answered", order=document.order_id, message=document.message_id, test=document.test, data=data)
        return
    stands = getattr(document, light)
    if stands != lamp:
        tx.audit.contradicted(document.id, light=light, stands=stands, told=lamp, reason=reason)
        data = {"document_id": document.id, "light": light, "stands": stands, "told": lamp, "reason": reason}
        tx.events.tell(
            "document.contradicted", order=document.order_id, message=document.message_id, test=document.test, data=data
        )


def _verdicts(tx: Transaction, row: DocumentRow, answer: Acknowledgment) -> Iterator[tuple[DocumentRow, str | None, str]]:
    """Every document spoken of, with the verdict on it and a reason."""
    if answer.kind in {"997", "999"}:
        for group in answer.groups:
            sent = tx.documents.sent(partner=row.partner, group=group.control_number or "", group_type=group.type or "")
            yield from _by_message(_newest(sent), group.messages, group)
        return
    sent = _newest(tx.documents.sent(partner=row.partner, interchange=answer.interchange or ""))
    messages = tuple(each for group in answer.groups for each in group.messages)
    if answer.verdict == "rejected" or not messages:
        for document in sent:
            yield (
                document,
                answer.verdict,
                _reason(answer.verdict, answer.code, answer.errors[0].text if answer.errors else None),
            )
        return
    yield from _by_message(sent, messages, None)


def _by_message(
    sent: list[DocumentRow], messages: tuple[MessageAnswer, ...], group: GroupAnswer | None
) -> Iterator[tuple[DocumentRow, str | None, str]]:
    """A group accepted or rejected as a whole says so of every message it does not name."""
    named = {each.control_number: each for each in messages}
    for document in sent:
        spoken = named.get(document.control_number)
        if spoken is not None:
            text = spoken.errors[0].text if spoken.errors else None
            yield document, spoken.verdict, _reason(spoken.verdict, spoken.code, text)
        elif group is not None and group.verdict in {"accepted", "accepted_with_errors", "rejected"}:
            yield document, group.verdict, _reason(group.verdict, group.code, None)


def _newest(sent: list[DocumentRow]) -> list[DocumentRow]:
    """Those of the latest interchange: numbers come round again after years."""
    return [each for each in sent if each.message_id == sent[0].message_id]


def _reason(verdict: str | None, code: str | None, text: str | None) -> str:
    said = (verdict or "answered").replace("_", " ")
    return " ".join(part for part in (said, f"({code})" if code else "", text or "") if part)


def _named(answer: Acknowledgment) -> str:
    if answer.groups and answer.groups[0].control_number:
        return f"group {answer.groups[0].type or ''} {answer.groups[0].control_number}".replace("  ", " ")
    return f"interchange {answer.interchange}"


def _link(tx: Transaction, row: DocumentRow, sent: DocumentRow) -> None:
    tx.documents.settle(row.id, "done", answers=sent.id, order_id=sent.order_id, error=None)
