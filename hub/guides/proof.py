"""What we wrote, read before it leaves: against the standard, by its own guide, and beside the document it was made from."""

from __future__ import annotations

from dataclasses import dataclass

from hub.edi.dictionary import MessageSpec
from hub.edi.findings import Finding
from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import validate
from hub.guides.guide import Guide
from hub.guides.lost import lost_members
from hub.guides.run import Context
from hub.model import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`wrong` is what its reader would reject; `lost` what the document says and the message does not."""

    wrong: tuple[Finding, ...]
    lost: tuple[Finding, ...]


def prove(message: Message, spec: MessageSpec, document: Document, reader: Guide, context: Context) -> Proof:
    """Read a message that was made from a document back, by the structure `spec` and its own guide."""
    checked = validate(message, spec)
    result = reader.read(message, checked.placement, context)
    wrong = tuple(each for each in (*checked.findings, *result.findings) if each.severity == "error")
    return Proof(wrong=wrong, lost=tuple(lost_members(document, result.document)))


def first_message(data: bytes) -> Message | None:
    """The first message of an interchange; None where it has none, as one that carries a TA1 alone."""
    return next((each for each in read(data) if isinstance(each, Message)), None)
