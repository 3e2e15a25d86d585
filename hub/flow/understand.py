"""From a judged message to a canonical document: the work of step two that needs no transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from hub.edi.findings import Finding
from hub.errors import HeldForOperator
from hub.flow.hub import Hub
from hub.flow.reading import Judged
from hub.flow.sums import differences
from hub.guides.guide import guide
from hub.guides.library import choose_guide
from hub.guides.run import Context
from hub.model import Document
from hub.routing.options import Findings
from hub.routing.site import Agreement

Fate = Literal["accept", "hold", "reject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a message says, and what becomes of it. `document` is None where it is only kept.

    `findings` are those of every layer, the standard's first.
    """

    agreement: Agreement | None
    document: Document | None
    content_sha256: str
    findings: list[Finding] = field(default_factory=list)
    fate: Fate = "accept"
    error: dict[str, Any] | None = None


def understand(judged: Judged, hub: Hub) -> Understood:
    """Read one message with its guide; raises `HeldForOperator` when nothing governs it or no guide reads it."""
    agreement = judged.agreement
    if judged.is_acknowledgment and agreement is None:
        name = stock_guide(judged, hub)
    elif agreement is None:
        assert judged.refusal is not None
        raise judged.refusal.error()
    elif agreement.is_kept_only:
        return Understood(agreement=agreement, document=None, content_sha256=judged.content_sha256)
    else:
        name = agreement.guide
    if judged.placement is None:
        raise HeldForOperator(
            f"{judged.message.type} is larger than the hub keeps in memory or has no dictionary",
            "raise the limits in hub.toml, or ask the partner for smaller messages",
            code="RTE-331",
        )
    context = Context(partner=agreement.partner if agreement else "", values=dict(agreement.values) if agreement else {})
    result = guide(name, hub.library, agreement.tables if agreement else None).read(judged.message, judged.placement, context)
    findings = [*result.findings, *(differences(result.document, agreement.tolerances) if agreement else ())]
    fate, worst = _fate(findings, agreement.findings if agreement else Findings())
    return Understood(
        agreement=agreement,
        document=result.document,
        content_sha256=judged.content_sha256,
        findings=[*judged.findings, *findings][: hub.site.file.limits.findings],
        fate=fate,
        error=None if worst is None else error_of(worst),
    )


def stock_guide(judged: Judged, hub: Hub) -> str:
    """The shipped guide nearest to a message, for what needs no agreement: the acknowledgments of what we sent."""
    message = judged.message
    name, _ = choose_guide(hub.library, message.interchange.standard, message.type, message.version, message.association)
    if name is None:
        raise HeldForOperator(
            f"no guide reads {message.type} {message.version}", "add a guide for it, then replay", code="RTE-332"
        )
    return name


def error_of(finding: Finding) -> dict[str, Any]:
    """A finding as the reason that a document is held or rejected: code, what, where, why, who acts, cure."""
    where = finding.where
    place = {name: getattr(where, name) for name in ("segment", "segment_index", "element", "component", "offset")}
    return {
        "code": finding.code,
        "message": finding.message,
        "where": {name: value for name, value in place.items() if value is not None},
        "value": finding.value,
        "who": finding.who,
        "hint": finding.hint,
    }


def _fate(findings: list[Finding], policy: Findings) -> tuple[Fate, Finding | None]:
    """The strictest thing the agreement says about any of the findings, and the finding that it says it about."""
    fate: Fate = "accept"
    worst: Finding | None = None
    for each in findings:
        if each.severity != "error":
            continue
        verdict = getattr(policy, each.layer, "hold")
        if verdict == "reject":
            return "reject", each
        if verdict == "hold" and fate == "accept":
            fate, worst = "hold", each
    return fate, worst
