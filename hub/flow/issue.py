"""Send a canonical document to a partner: written by the agreement's guide, put into an interchange, queued in the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.edi.findings import Finding
from hub.edi.tree import Segment
from hub.edi.write import Body, Written
from hub.errors import HeldForOperator
from hub.flow.clocks.deadlines import deadline, light_columns
from hub.flow.envelope import FUNCTIONAL_GROUPS, Numbered, address_of, numbered_bodies, take_numbers, wrap_edifact, wrap_x12
from hub.flow.hub import Hub
from hub.flow.outbound import demand_connection, way_back
from hub.guides.guide import guide
from hub.guides.run import Context
from hub.model import Document, encode_document
from hub.routing.site import Agreement
from hub.store.documents import DocumentRow
from hub.store.encoding import to_json
from hub.store.messages import body_of
from hub.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A document written as segments, before it has control numbers."""

    agreement: Agreement
    document: Document
    segments: tuple[Segment, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What went into the outbox."""

    message_id: str
    document_id: str


def draft(document: Document, agreement: Agreement, hub: Hub) -> Draft:
    """Write a document with the agreement's guide; raises `HeldForOperator` RTE-330 when it cannot be said on the wire."""
    context = Context(
        partner=agreement.partner,
        values=dict(agreement.values),
        charset=agreement.writing.charset,
        on_bad_character=_ON_BAD[agreement.writing.unmappable],
        on_too_long="refuse" if agreement.writing.too_long == "refuse" else "truncate",
    )
    result = guide(agreement.guide, hub.library, agreement.tables).write(document, context)
    errors = [each for each in result.findings if each.severity == "error"]
    if errors:
        raise HeldForOperator(
            f"{agreement.document} cannot be written: {errors[0].message}",
            errors[0].hint or "complete the document, then replay",
            code="RTE-330",
            detail={"findings": [each.code for each in errors]},
        )
    return Draft(agreement=agreement, document=document, segments=tuple(result.segments), findings=tuple(result.findings))


def issue(
    tx: Transaction, made: Draft, hub: Hub, *, test: bool, order_id: str | None = None, answers: DocumentRow | None = None
) -> Issued:
    """Number a draft, put it into an interchange, and write it to the outbox with its job; raises `HeldForOperator`.

    `answers` is the document that it answers: where the agreement names no connection, the answer goes the way that one came.

    Runs inside the transaction that decides to send it: a control number is used if and only if the message is queued.
    """
    agreement = made.agreement
    connection = agreement.connection or ("" if answers is None else way_back(tx, answers.message_id, hub))
    connection = demand_connection(agreement, connection)
    address = address_of(agreement, test=test)
    numbered = take_numbers(tx.numbers, address, agreement.standard, 1)
    written = wrap(made, numbered, hub, test=test)
    body = body_of(written.data, hub.database.blobs)
    name = f"{agreement.message}_{agreement.partner}_{numbered.interchange}.{_ENDINGS[agreement.standard]}"
    values = {
        "connection": connection,
        "channel": hub.channel(connection),
        "partner": agreement.partner,
        "test": test,
        "media_type": _MEDIA[agreement.standard],
        "evidence": to_json({"name": name}),
    }
    message_id = tx.messages.put_out(values, body)
    row = _document_row(made, numbered, message_id, hub, now=tx.now)
    (document_id,) = tx.documents.add(
        [{**row, "test": test, "order_id": order_id, "answers": None if answers is None else answers.id}]
    )
    ordering = f"{agreement.partner}/{order_id}" if order_id and agreement.ordering == "block" else ""
    tx.jobs.add("deliver", "deliver", message_id, resource=connection, order=ordering)
    tx.audit.queued(
        message_id, document=document_id, connection=connection, sha256=body.sha256, interchange=numbered.interchange
    )
    return Issued(message_id=message_id, document_id=document_id)


_ON_BAD: dict[str, Any] = {"transliterate": "transliterate", "replace": "replace", "refuse": "refuse"}
_ENDINGS = {"x12": "x12", "edifact": "edi"}
_MEDIA = {"x12": "application/edi-x12", "edifact": "application/edifact"}


def wrap(made: Draft, numbered: Numbered, hub: Hub, *, test: bool) -> Written:
    """A draft as an interchange of its own, with these control numbers; raises `HeldForOperator` RTE-330 for what no escape carries."""
    written = _written(made, numbered, hub, test=test)
    if written.refused:
        first = next(each for each in written.findings if each.severity == "error")
        element = f"{first.where.segment}{first.where.element:02d} {first.value!r}: " if first.where.element else ""
        raise HeldForOperator(
            f"{made.agreement.document} cannot be written: {element}{first.message}", first.hint, code="RTE-330"
        )
    return written


def _written(made: Draft, numbered: Numbered, hub: Hub, *, test: bool) -> Written:
    agreement, name = made.agreement, made.agreement.document
    address, base = address_of(agreement, test=test), made.agreement.document.version.base
    if agreement.standard == "x12":
        body = Body(type=name.message, control_number="", segments=made.segments)
        return wrap_x12(address, numbered, numbered_bodies([body], numbered), version=base, at=hub.now())
    body = Body(
        type=name.message,
        control_number="",
        segments=made.segments,
        version=base[:1],
        release=base[1:],
        association=name.association,
    )
    return wrap_edifact(address, numbered, numbered_bodies([body], numbered), at=hub.now())


def _document_row(made: Draft, numbered: Numbered, message_id: str, hub: Hub, *, now: int) -> dict[str, Any]:
    agreement, expect = made.agreement, made.agreement.expect
    is_grouped = agreement.standard == "x12"
    row: dict[str, Any] = {
        "message_id": message_id,
        "direction": "out",
        "kind": made.document.__struct_config__.tag,
        "standard": agreement.standard,
        "type": agreement.message,
        "version": str(agreement.document.version),
        "association": agreement.document.association,
        "partner": agreement.partner,
        "agreement": agreement.id,
        "number": getattr(made.document, "number", None) or "",
        "control_number": numbered.messages[0],
        "group_type": FUNCTIONAL_GROUPS.get(agreement.message, "") if is_grouped else "",
        "group_number": numbered.group if is_grouped else "",
        "interchange_number": numbered.interchange,
        "state": "queued",
        "findings": to_json(made.findings),
        "canonical": encode_document(made.document),
        "delivery": "waiting",
    }
    for light, span in (("delivery", expect.delivery), ("syntax", expect.syntax), ("business", expect.business)):
        row.setdefault(light, "none" if span is None else "waiting")
        expected = None if span is None else deadline(now, span, agreement.partner, hub)
        row |= light_columns(light, expected)
    return row
