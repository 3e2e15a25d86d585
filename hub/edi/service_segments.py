"""Faults inside ST, SE, UNH and UNT are about the set or message as a whole: AK5, IK5 and UCM tell them, no note on a segment does."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from hub.edi.findings import Finding, WireCode

SERVICE_TAGS = frozenset({"ST", "SE", "UNH", "UNT"})

_SET_CODES = {("ST", 1): "6", ("ST", 2): "7", ("SE", 1): "4", ("SE", 2): "7"}
"""Element by element the code of 718 and 618."""


def as_told(found: Finding, envelope: Iterable[Finding]) -> Finding | None:
    """`found`, about an element of a service segment, with the wire codes of the message; None where `envelope` says it already."""
    where = found.where
    if any((each.where.segment, each.where.element) == (where.segment, where.element) for each in envelope):
        return None
    if where.segment in {"UNH", "UNT"}:
        return structs.replace(found, wire=tuple([structs.replace(each, segment="UCM") for each in found.wire]))
    code = _SET_CODES.get((where.segment or "", where.element or 0))
    if code is None or not found.wire:
        return found
    return structs.replace(found, wire=(WireCode("997", "AK5", code), WireCode("999", "IK5", code)))
