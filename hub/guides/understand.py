"""One message understood: validated against its dictionary and read by a guide. What `edihub translate` and the flow share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hub.edi.findings import Finding
from hub.edi.place import Placement, place
from hub.edi.tree import Interchange, Message, Segment
from hub.edi.validate import check
from hub.guides.guide import Guide, ReadResult, guide
from hub.guides.library import Library, choose_guide
from hub.guides.run import Context
from hub.guides.trace import TraceRow
from hub.model import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How one message is read: by the named guide, or by the nearest stock guide where none is named.

    `tables` are the agreement's: the name of a table in the guide to the one that stands in for it.
    """

    guide: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)
    context: Context = field(default_factory=Context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What became of one message: its document, or none where no guide reads its type, and every finding below the envelope."""

    document: Document | None = None
    findings: list[Finding] = field(default_factory=list)
    guide: str = ""
    trace: list[TraceRow] = field(default_factory=list)
    omitted: int = 0


def understand(
    message: Message, library: Library, choice: Choice, *, schemas: tuple[Path, ...] = (), trace: bool = False
) -> Understood:
    """Validate and read a message by the chosen guide, else by the stock guide nearest to its version.

    Raises `NotFound` for a guide that is named and not there; a type that no stock guide reads gives a finding and no
    document. `schemas` are a site's own dictionary folders.
    """
    name: str | None = choice.guide
    if not name:
        standard = message.interchange.standard
        name, _ = choose_guide(library, standard, message.type, message.version, message.association)
    if not name:
        return Understood(findings=[_unknown(message)])
    chosen = guide(name, library, choice.tables)
    checked = check(message, roots=schemas)
    placement = checked.validation.placement if checked.validation else place(message, chosen.spec)
    result = chosen.read(message, placement, choice.context, trace=trace)
    return Understood(
        document=result.document,
        findings=[*checked.findings, *result.findings],
        guide=name,
        trace=result.trace,
        omitted=checked.omitted,
    )


def understand_ta1(interchange: Interchange, library: Library, context: Context | None = None) -> Iterator[ReadResult]:
    """Every TA1 of an interchange, each as an acknowledgment."""
    if not interchange.ta1:
        return
    release = "005010" if interchange.version >= "00501" else "004010"
    chosen: Guide = guide(f"x12/{release}/TA1", library)
    for segment in interchange.ta1:
        yield chosen.read(alone(interchange, segment), Placement(chosen.spec, [0], []), context)


def alone(interchange: Interchange, segment: Segment) -> Message:
    """A TA1 in the shape of a message: it stands in no transaction set and has no control number of its own."""
    from hub.edi.tree import Group

    group = Group(
        interchange=interchange,
        type="",
        sender=interchange.sender,
        receiver=interchange.receiver,
        control_number="",
        version=interchange.version,
    )
    return Message(
        interchange=interchange,
        group=group,
        type="TA1",
        version=interchange.version,
        control_number="",
        segments=[segment],
        offset=interchange.offset,
    )


def _unknown(message: Message) -> Finding:
    from hub.edi.findings import Where

    return Finding(
        code="MAP-200",
        severity="error",
        layer="guide",
        message=f"no guide reads {message.type} in version {message.version or 'none'}",
        where=Where(
            interchange=message.interchange.control_number,
            group=message.group.control_number or None,
            message=message.control_number,
            offset=message.offset,
        ),
        hint="write a guide for it under mappings/guides, or agree to keep it unread",
        who="admin",
        value=message.type,
    )
