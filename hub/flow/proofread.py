"""Read what we wrote before it leaves: with our own reader, against the standard, and beside the document it was made from."""

from __future__ import annotations

from dataclasses import replace

from hub.edi.dictionary import message_spec
from hub.errors import HeldForOperator
from hub.flow.envelope import Numbered
from hub.flow.hub import Hub
from hub.flow.issue import Draft, wrap
from hub.guides.guide import guide
from hub.guides.proof import first_message, prove
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
    message = first_message(written.data)
    if message is None:
        raise HeldForOperator(f"{name} cannot be read back", "report it with the document", code="RTE-335")
    spec = message_spec(agreement.standard, message.type, message.version, message.association, roots=hub.site.roots)
    if spec is None:
        return made
    reader = guide(agreement.guide, hub.library, agreement.tables)
    proof = prove(message, spec, made.document, reader, Context(partner=agreement.partner, values=dict(agreement.values)))
    if proof.wrong:
        first = proof.wrong[0]
        raise HeldForOperator(
            f"{name} would not stand: {first.message}",
            f"complete the document so that {first.where.segment or 'the message'} can be written, then send it again",
            code="RTE-335",
            detail={"findings": [each.code for each in proof.wrong]},
        )
    return replace(made, findings=(*made.findings, *proof.lost))
