"""What a partner's 997, 999, CONTRL, TA1, 824 or APERAK says about something sent before."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from hub.model.common import Extension, Note, Part, Party, Reference, Source

Verdict = Literal["accepted", "accepted_with_errors", "partially_accepted", "rejected", "received"]


class ReportedError(Part, frozen=True, kw_only=True):
    """One fault the partner reports: where, its code, and the value it did not like."""

    code: str | None = None
    level: Literal["interchange", "group", "message", "segment", "element"] | None = None
    segment: str | None = None
    segment_index: int | None = None
    element: int | None = None
    component: int | None = None
    repetition: int | None = None
    data_element: str | None = None
    loop: str | None = None
    value: str | None = None
    text: str | None = None


class MessageAnswer(Part, frozen=True, kw_only=True):
    """The verdict on one message, by its type and control number."""

    type: str | None = None
    control_number: str | None = None
    version: str | None = None
    release: str | None = None
    agency: str | None = None
    association: str | None = None
    verdict: Verdict | None = None
    code: str | None = None
    errors: tuple[ReportedError, ...] = ()


class GroupAnswer(Part, frozen=True, kw_only=True):
    """The verdict on one functional group and its messages; a group accepted without messages accepts them all."""

    type: str | None = None
    control_number: str | None = None
    version: str | None = None
    sender: str | None = None
    sender_qualifier: str | None = None
    receiver: str | None = None
    receiver_qualifier: str | None = None
    verdict: Verdict | None = None
    code: str | None = None
    included: int | None = None
    received: int | None = None
    accepted: int | None = None
    messages: tuple[MessageAnswer, ...] = ()
    errors: tuple[ReportedError, ...] = ()


class Acknowledgment(Part, frozen=True, kw_only=True, tag_field="type", tag="acknowledgment"):
    """TA1, 997, 999 or CONTRL as one shape; `interchange` is the control number answered."""

    kind: Literal["TA1", "997", "999", "CONTRL"] | None = None
    number: str | None = None
    interchange: str | None = None
    interchange_date: str | None = None
    interchange_time: str | None = None
    sender: str | None = None
    sender_qualifier: str | None = None
    receiver: str | None = None
    receiver_qualifier: str | None = None
    verdict: Verdict | None = None
    code: str | None = None
    groups: tuple[GroupAnswer, ...] = ()
    errors: tuple[ReportedError, ...] = ()
    extensions: tuple[Extension, ...] = ()
    source: Source | None = None


class AnsweredDocument(Reference, frozen=True, kw_only=True):
    """A document that an application speaks of, with its verdict; `errors` are those of this document alone."""

    verdict: Verdict | None = None
    verdict_code: str | None = None
    message_type: str | None = None
    group: str | None = None
    message: str | None = None
    errors: tuple[ReportedError, ...] = ()
    references: tuple[Reference, ...] = ()


class ApplicationError(Part, frozen=True, kw_only=True, tag_field="type", tag="application_error"):
    """824 or APERAK: what the partner's application thinks of documents; `errors` belong to no single one of them."""

    number: str | None = None
    purpose: str | None = None
    purpose_code: str | None = None
    issued_on: dt.date | None = None
    issued_time: str | None = None
    verdict: Verdict | None = None
    code: str | None = None
    refers_to: tuple[AnsweredDocument, ...] = ()
    buyer: Party | None = None
    supplier: Party | None = None
    parties: tuple[Party, ...] = ()
    errors: tuple[ReportedError, ...] = ()
    notes: tuple[Note, ...] = ()
    extensions: tuple[Extension, ...] = ()
    source: Source | None = None
