"""Read what we wrote before it leaves: with our own reader, against the standard, and beside the document it was made from."""

from __future__ import annotations

from dataclasses import replace

from hub.edi.dictionary import message_spec
from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import validate
from hub.errors import HeldForOperator
from hub.flow.envelope import Numbered
from hub.flow.hub import Hub
from hub.flow.issue import Draft, wrap
from hub.guides.guide import guide
from hub.guides.lost import lost_members
from hub.guides.run import Context

_PREVIEW = Numbered(interchange="000000001", group="1", messages=("0001",))
"""Control numbers of an interchange that is never sent."""


def proofread(made: Draft, hub: Hub) -> Draft:
    """The draft with a warning for whatever of its document the message does not say.

    Raises `HeldForOperator` RTE-335 where the message breaks its standard or its own guide cannot read it: such a document does
    not leave.
    """
    agreement, name = made.agreement, made.agreement.document
    written = wrap(made, _PREVIEW, hub, test=False)
    message = next((each for each in read(written.data) if isinstance(each, Message)), None)
    if message is None:
        raise HeldForOperator(f"{name} cannot be read back", "report it with the document", code="RTE-335")
    spec = message_spec(agreement.standard, message.type, message.version, message.association, roots=hub.site.roots)
    if spec is None:
        return made
    checked = validate(message, spec)
    reader = guide(agreement.guide, hub.library, agreement.tables)
    result = reader.read(message, checked.placement, Context(partner=agreement.partner, values=dict(agreement.values)))
    wrong = [each for each in (*checked.findings, *result.findings) if each.severity == "error"]
    if wrong:
        first = wrong[0]
        raise HeldForOperator(
            f"{name} would not stand: {first.message}",
            f"complete the document so that {first.where.segment or 'the message'} can be written, then send it again",
            code="RTE-335",
            detail={"findings": [each.code for each in wrong]},
        )
    return replace(made, findings=(*made.findings, *lost_members(made.document, result.document)))
