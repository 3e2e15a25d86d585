"""Segments of a guide as a complete interchange with fixed identities and numbers, for round trips and goldens."""

from __future__ import annotations

from collections.abc import Sequence

from hub.edi.tree import PartyId, Segment
from hub.edi.write import (
    EDIFACT_4_DELIMITERS,
    EDIFACT_DELIMITERS,
    Body,
    EdifactEnvelope,
    GroupBody,
    X12Envelope,
    write_edifact,
    write_x12,
)
from hub.guides.guide import Guide

_GROUPS = {"850": "PO", "855": "PR", "856": "SH", "997": "FA", "999": "FA"}
_SERVICE = {"S3": ("D", "3"), "S4": ("4", "1")}


def interchange_of(guide: Guide, segments: Sequence[Segment]) -> bytes:
    """The bytes of one interchange with these segments as its only message."""
    if guide.spec.standard == "x12":
        return _x12(guide, segments)
    version, release = _SERVICE.get(guide.spec.release, (guide.spec.release[:1], guide.spec.release[1:]))
    parts = guide.name.split("/")
    association = parts[2] if len(parts) == 4 and parts[2].startswith("EAN") else ""
    is_fourth = guide.spec.release == "S4"
    envelope = EdifactEnvelope(
        sender=PartyId(qualifier="14", id="5412345000020"),
        receiver=PartyId(qualifier="14", id="5412345000013"),
        control_number="1",
        date="20260924" if is_fourth else "260924",
        time="1200",
        version="4" if is_fourth else "3",
        delimiters=EDIFACT_4_DELIMITERS if is_fourth else EDIFACT_DELIMITERS,
    )
    body = Body(
        type=guide.spec.type, control_number="1", segments=segments, version=version, release=release, association=association
    )
    return write_edifact(envelope, [body]).data


def _x12(guide: Guide, segments: Sequence[Segment]) -> bytes:
    ours, theirs = PartyId(qualifier="ZZ", id="EDIHUB"), PartyId(qualifier="ZZ", id="ACME")
    envelope = X12Envelope(
        sender=ours, receiver=theirs, control_number="1", date="260924", time="1200", version=guide.spec.release[:5]
    )
    if guide.spec.type == "TA1":
        return write_x12(envelope, [], ta1=segments).data
    version = "005010X231A1" if guide.spec.type == "999" else guide.spec.release
    group = GroupBody(
        type=_GROUPS.get(guide.spec.type, "PO"),
        sender=ours,
        receiver=theirs,
        control_number="1",
        date="20260924",
        time="1200",
        version=version,
        messages=[
            Body(type=guide.spec.type, control_number="0001", segments=segments, association=version if "X" in version else "")
        ],
    )
    return write_x12(envelope, [group]).data
