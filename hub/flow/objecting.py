"""Tell a partner that a document of theirs was refused: the 824 or APERAK that the agreement sends for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from hub.edi.findings import Finding
from hub.flow.answers import response_number
from hub.flow.hub import Hub
from hub.flow.issue import Draft, draft
from hub.flow.outbound import nearest
from hub.model import Acknowledgment, AnsweredDocument, ApplicationError, Document, ReportedError
from hub.store.documents import DocumentRow

OBJECTIONS = ("824", "APERAK")
_NAMED = {
    "order": ("order", "PO", "ON"),
    "order_change": ("order", "PO", "ON"),
    "order_response": ("order", "PO", "ON"),
    "invoice": ("invoice", "IV", "IV"),
    "despatch_advice": ("despatch_advice", "SI", "AAK"),
}
"""How each document is named: our word, X12 128, EDIFACT 1153."""
_OTHER = ("other", "TN", "ACE")
_MOST = 20


def objection_drafts(row: DocumentRow, document: Document, findings: Sequence[Finding], hub: Hub) -> list[Draft]:
    """What is sent about a refused document, written; none where no agreement sends it.

    Raises `HeldForOperator` where it cannot be written.
    """
    if isinstance(document, ApplicationError | Acknowledgment):
        # an answer is never answered, or two hubs would never stop
        return []
    agreed = [
        each
        for message in OBJECTIONS
        for each in hub.site.agreements_of(row.partner, direction="outbound", message=message)
        if each.guide
    ]
    made = []
    for agreement in nearest(agreed, hub, standard=row.standard, version=row.version, association=row.association):
        today = hub.now().astimezone(ZoneInfo(agreement.time_zone)).date()
        made.append(draft(objection_to(row, document, findings, today=today), agreement, hub))
    return made


def objection_to(
    row: DocumentRow, document: Document, findings: Sequence[Finding], *, today: dt.date
) -> ApplicationError:  # fmt: skip
    """The canonical application error: which document, that it is rejected, and every finding that led there."""
    type_, x12, edifact = _NAMED.get(str(document.__struct_config__.tag), _OTHER)
    is_x12 = row.standard == "x12"
    errors = tuple(_error(each, is_x12=is_x12) for each in findings if each.severity == "error")[:_MOST]
    named = AnsweredDocument(
        type=type_,
        code=x12 if is_x12 else edifact,
        value=_number(document) or row.control_number,
        issued_on=getattr(document, "issued_on", None),
        verdict="rejected",
        verdict_code="TR" if is_x12 else None,
        message_type=row.type,
        group=row.group_number or None,
        message=row.control_number or None,
        errors=errors if is_x12 else (),
    )
    return ApplicationError(
        number=response_number(row.id),
        purpose="original",
        issued_on=today,
        verdict="rejected",
        code=None if is_x12 else "313",
        refers_to=(named,),
        buyer=getattr(document, "buyer", None),
        supplier=getattr(document, "supplier", None),
        errors=() if is_x12 else errors,
    )


def _error(finding: Finding, *, is_x12: bool) -> ReportedError:
    """X12 647 has no code for most of what we find: the guide writes 024, another reason; 9321 takes our own code."""
    where = finding.where
    return ReportedError(
        code=None if is_x12 else finding.code,
        segment=where.segment,
        segment_index=where.segment_index,
        element=where.element,
        value=finding.value,
        text=finding.message,
    )


def _number(document: Document) -> str:
    number = getattr(document, "order_number", None) if hasattr(document, "change_sequence") else None
    return str(number or getattr(document, "number", None) or "")
