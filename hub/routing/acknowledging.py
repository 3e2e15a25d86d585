"""An agreement's words about acknowledging, as the policy that makes the acknowledgments."""

from __future__ import annotations

from typing import Literal

from hub.edi.acknowledge import AckPolicy
from hub.edi.acknowledge.policy import Reaction
from hub.routing.site import Agreement

_TECHNICAL: dict[str, Literal["never", "requested", "errors"]] = {
    "requested": "requested",
    "errors": "errors",
    "never": "never",
}
_REACTIONS: dict[str, Reaction] = {"accept": "accept", "accept_with_errors": "accept_with_errors", "reject": "by_code"}
"""`reject` lets errors reject that lose something; what can be understood all the same is only noted."""


def ack_policy(agreement: Agreement) -> AckPolicy:
    """What the agreement says about TA1, 997, 999 and CONTRL."""
    acknowledge, findings = agreement.acknowledge, agreement.findings
    return AckPolicy(
        functional="999" if agreement.acknowledged_as == "999" else "997",
        ta1=_TECHNICAL[acknowledge.technical],
        detail=acknowledge.detail,
        envelope=_REACTIONS[findings.envelope],
        standard=_REACTIONS[findings.standard],
        directory=acknowledge.directory,
    )
