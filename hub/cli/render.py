"""`edihub render FILE.json --as NAME`: one canonical document as wire bytes, a preview that consumes no control number."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.source import opened
from hub.errors import InputError

if TYPE_CHECKING:
    from hub.cli.partner import View
    from hub.edi.findings import Finding
    from hub.edi.write import Written
    from hub.flow.envelope import Address
    from hub.guides.guide import Guide
    from hub.model import Document
    from hub.routing.site import Agreement


def render(
    file: Annotated[str, typer.Argument(metavar="FILE", help="One canonical document as JSON; - reads standard input.")],
    name: Annotated[str, typer.Option("--as", metavar="NAME", help="The guide to write by, such as x12/004010/855.")],
    partner: Annotated[str, typer.Option("--partner", metavar="NAME", help="Write as agreed with this partner.")] = "",
) -> None:
    """Write one canonical document as a complete interchange on standard output, with control number 1.

    It is read back first, as everything that leaves the hub: what breaks its standard is not printed, what the message has no
    place for is told.

    Example: edihub render answer.json --as edifact/D96A/ORDRSP > answer.edi
    """
    from hub.cli.partner import view
    from hub.guides.guide import guide
    from hub.guides.run import Context

    with opened(file) as data:
        document = _document(bytes(data))
    seen = view(partner=partner)
    agreement = _agreement(seen, name)
    chosen = guide(name, seen.library, agreement.tables if agreement else None)
    kind = document.__struct_config__.tag
    if chosen.text.document != kind:
        message = f"{name} writes {chosen.text.document}, and {file} holds {kind}"
        raise InputError(message, "name a guide of that document: edihub guide list", code="MAP-205")
    values = dict(agreement.values) if agreement else {}
    result = chosen.write(document, Context(partner=partner, values=values))
    _say(result.findings)
    if result.refused:
        raise typer.Exit(1)
    written = _wrapped(chosen, result.segments, agreement, is_test=bool(document.source and document.source.test))
    _say(list(written.findings))
    if written.refused or not _stands(written.data, document, chosen, values, partner):
        raise typer.Exit(1)
    sys.stdout.buffer.write(written.data)
    sys.stdout.buffer.flush()


def _stands(data: bytes, document: Document, chosen: Guide, values: dict[str, str], partner: str) -> bool:
    """Whether what was written can be read; says what is wrong with it, and what it lost."""
    from hub.guides.proof import first_message, prove
    from hub.guides.run import Context

    message = first_message(data)
    if message is None:
        return True
    proof = prove(message, chosen.spec, document, chosen, Context(partner=partner, values=values))
    _say([*proof.wrong, *proof.lost])
    return not proof.wrong


def _document(data: bytes) -> Document:
    import msgspec

    from hub.model import decode_document

    try:
        return decode_document(data)
    except msgspec.ValidationError as wrong:
        raise InputError(
            f"no canonical document: {wrong}", "see the JSON Schema in schemas/canonical", code="MAP-206"
        ) from wrong
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise InputError(
            f"not JSON: {wrong}", "one canonical document, as edihub translate prints them", code="MAP-207"
        ) from wrong


def _agreement(seen: View, name: str) -> Agreement | None:
    """The partner's outbound agreement that writes by this guide, else any of the same message."""
    if seen.site is None or not seen.partner:
        return None
    offered = seen.site.agreements_of(seen.partner, direction="outbound")
    by_guide = [each for each in offered if each.guide == name]
    by_type = [each for each in offered if each.message == name.rpartition("/")[2]]
    found = [*by_guide, *by_type, *offered]
    return found[0] if found else None


def _wrapped(chosen: Guide, segments: list[Any], agreement: Agreement | None, *, is_test: bool) -> Written:
    from hub.edi.write import Body
    from hub.flow.envelope import Numbered, address_of, wrap_edifact, wrap_x12

    release, kind = chosen.spec.release, chosen.spec.type
    standard = chosen.spec.standard
    address = address_of(agreement, test=is_test) if agreement else _preview(standard, release, is_test=is_test)
    at = datetime.now(UTC)
    if standard == "x12":
        numbered = Numbered(interchange="1", group="1", messages=("0001",))
        if kind == "TA1":
            return wrap_x12(address, numbered, [], version=release, at=at, ta1=segments)
        extra = "005010X231A1" if kind == "999" else ""
        body = Body(type=kind, control_number="0001", segments=segments, association=extra)
        return wrap_x12(address, numbered, [body], version=extra or release, at=at)
    version, number = {"S3": ("D", "3"), "S4": ("4", "1")}.get(release, (release[:1], release[1:]))
    body = Body(
        type=kind, control_number="1", segments=segments, version=version, release=number, association=_association(chosen.name)
    )
    return wrap_edifact(address, Numbered(interchange="1", group="1", messages=("1",)), [body], at=at)


def _association(name: str) -> str:
    """The association code a guide's name carries: EAN010 in edifact/D01B/EAN010/ORDERS."""
    parts = name.split("/")
    return parts[2] if len(parts) == 4 and parts[2].startswith("EAN") else ""


def _preview(standard: str, release: str, *, is_test: bool) -> Address:
    """Ours and a partner's identity as `edihub init` writes them, where no agreement says who they are."""
    from hub.edi.tree import PartyId
    from hub.flow.envelope import Address
    from hub.routing.options import Numbering
    from hub.routing.writing import Writing

    qualifier, ours, theirs = ("ZZ", "EDIHUB", "ACME") if standard == "x12" else ("14", "5412345000020", "5412345000013")
    return Address(
        sender=PartyId(qualifier=qualifier, id=ours),
        receiver=PartyId(qualifier=qualifier, id=theirs),
        group_sender=ours,
        group_receiver=theirs,
        partner="",
        agreement="",
        numbering=Numbering(),
        writing=Writing(syntax="UNOC:4" if release == "S4" else ""),
        test="test" if is_test else "production",
        zone="UTC",
    )


def _say(findings: list[Finding]) -> None:
    from hub.cli.terminal import paint

    for found in findings:
        colour = "red" if found.severity == "error" else "yellow"
        place = f" ({found.where.segment})" if found.where.segment else ""
        print(f"{paint(found.severity, colour, sys.stderr)} {found.code} {found.message}{place}; {found.hint}", file=sys.stderr)
