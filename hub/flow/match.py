"""What comes back for what we sent: the answer is matched to its document and moves its light, only ever forward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hub.errors import HeldForOperator
from hub.flow.clocks.late import late_reason
from hub.flow.rejection import explained
from hub.flow.work import open_work
from hub.model import Acknowledgment, GroupAnswer, MessageAnswer, ReportedError
from hub.store.documents import DocumentRow, Lamp, Light
from hub.store.transaction import Transaction
from hub.store.work import Task

_LAMPS: dict[str | None, Lamp] = {
    "accepted": "ok",
    "accepted_with_errors": "ok",
    "partially_accepted": "failed",
    "rejected": "failed",
}
"""What a verdict does to the syntax light; `received` (CONTRL 8) says nothing yet."""
_OF_ALL = frozenset({"accepted", "accepted_with_errors", "rejected"})
"""Verdicts on a group or interchange that hold for whatever in it is not named; one that is accepted in part says nothing of it."""
_FOLLOWED = frozenset({"5"})
"""AK502 5 says only that segments are in error: the segments themselves say more."""


class Said(NamedTuple):
    """What an acknowledgment says of one document: the verdict, the same in words, and the errors it reports."""

    document: DocumentRow
    verdict: str | None
    words: str
    errors: tuple[ReportedError, ...]


def match_acknowledgment(tx: Transaction, row: DocumentRow, answer: Acknowledgment) -> None:
    """Move the syntax light of everything the acknowledgment speaks of; raises `HeldForOperator` when that is nothing we sent."""
    matched: list[DocumentRow] = []
    for said in _verdicts(tx, row, answer):
        matched.append(said.document)
        # a TA1 that accepts says only that the envelope arrived: the 997 is still to come
        lamp = _LAMPS.get(said.verdict) if answer.kind != "TA1" or said.verdict == "rejected" else None
        if lamp is not None:
            _judge(tx, row, answer.kind or row.type, said, lamp)
    if not matched:
        refers_to = _named(answer)
        tx.audit.unmatched(row.id, refers_to=refers_to)
        raise HeldForOperator(
            f"the {answer.kind} answers {refers_to}, which we did not send",
            "look for a wrong control number or a message of another system, then discard it",
            code="RTE-340",
        )
    _link(tx, row, matched[0])


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
        task = Task(
            kind="contradiction",
            subject=document.id,
            code="BUS-342",
            message=f"the {light} light of {document.type} {document.number} stands at {stands}, and now is told: {reason}"[
                :500
            ],
            hint="ask the partner which answer holds; the light stays as it is",
            partner=document.partner,
            order_id=document.order_id,
            document_id=document.id,
            test=document.test,
        )
        open_work(tx, task)


def _judge(tx: Transaction, row: DocumentRow, kind: str, said: Said, lamp: Lamp) -> None:
    """Move the light; what was rejected, or accepted with errors, is explained to a person by the bytes we sent."""
    sent = said.document
    errors = [each for each in said.errors if each.code not in _FOLLOWED] or list(said.errors)
    told = explained(tx, sent, errors, kind)
    reason = " ".join([said.words, *(each["text"] for each in told[:1])])
    shine(tx, sent, "syntax", lamp, f"{kind}: {reason}"[:500])
    if lamp == "ok" and not told:
        return
    is_failed = lamp == "failed"
    shown = "; ".join(each["text"] for each in told[:3]) or "no error is named"
    task = Task(
        kind="syntax_failed" if is_failed else "syntax_errors",
        subject=sent.id,
        code="BUS-340" if is_failed else "BUS-341",
        message=f"{row.partner} {said.words} our {sent.type} {sent.number or sent.control_number}: {shown}"[:500],
        hint="mend what is named, in the document, its guide or the partner's agreement, and send it again",
        partner=row.partner,
        order_id=sent.order_id,
        document_id=row.id,
        test=row.test,
        detail={"acknowledgment": kind, "errors": told},
    )
    open_work(tx, task)


def _verdicts(tx: Transaction, row: DocumentRow, answer: Acknowledgment) -> Iterator[Said]:
    """Every document spoken of, with the verdict on it and the errors reported about it."""
    if answer.kind in {"997", "999"}:
        for group in answer.groups:
            sent = tx.documents.sent(partner=row.partner, group=group.control_number or "", group_type=group.type or "")
            yield from _by_message(_newest(sent), group.messages, group)
        return
    sent = _newest(tx.documents.sent(partner=row.partner, interchange=answer.interchange or ""))
    groups = {group.control_number: group for group in answer.groups if group.control_number}
    whole = GroupAnswer(verdict=answer.verdict, code=answer.code, errors=answer.errors)
    messages = tuple(each for group in answer.groups if not group.control_number for each in group.messages)
    if answer.verdict == "rejected":
        yield from _by_message(sent, (), whole)
        return
    for number in dict.fromkeys(each.group_number for each in sent):
        inside = [each for each in sent if each.group_number == number]
        group = groups.get(number, whole)
        yield from _by_message(inside, group.messages if number in groups else messages, group)


def _by_message(sent: list[DocumentRow], messages: tuple[MessageAnswer, ...], group: GroupAnswer) -> Iterator[Said]:
    """A level that is rejected is rejected with all below it; one that is accepted accepts what it does not name (X12.56, ISO 9735-4)."""
    named = {each.control_number: each for each in messages}
    for document in sent:
        spoken = named.get(document.control_number)
        if spoken is not None and (group.verdict != "rejected" or spoken.verdict == "rejected"):
            yield Said(document, spoken.verdict, _words(spoken.verdict, spoken.code), spoken.errors)
        elif group.verdict in _OF_ALL:
            errors = (*group.errors, *(() if spoken is None else spoken.errors)) if group.verdict == "rejected" else ()
            yield Said(document, group.verdict, _words(group.verdict, group.code), errors)
        elif group.verdict == "received":
            yield Said(document, "received", "received", ())


def _newest(sent: list[DocumentRow]) -> list[DocumentRow]:
    """Those of the latest interchange: numbers come round again after years."""
    return [each for each in sent if each.message_id == sent[0].message_id]


def _words(verdict: str | None, code: str | None) -> str:
    said = (verdict or "answered").replace("_", " ")
    return f"{said} ({code})" if code else said


def _named(answer: Acknowledgment) -> str:
    if answer.groups and answer.groups[0].control_number:
        return f"group {answer.groups[0].type or ''} {answer.groups[0].control_number}".replace("  ", " ")
    return f"interchange {answer.interchange}"


def _link(tx: Transaction, row: DocumentRow, sent: DocumentRow) -> None:
    tx.documents.settle(row.id, "done", answers=sent.id, order_id=sent.order_id, error=None)
