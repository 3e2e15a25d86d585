"""The findings against a standard's dictionary, EDI-201 to EDI-239: severity, how to mend it, what the acknowledgments say.

Wire codes: 997 AK304 (720) and AK403 (723), 999 IK304 (620) and IK403 (621), CONTRL 0085 in UCS and UCD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hub.edi.findings import Finding, Severity, Where, Who, WireCode

Wires = tuple[WireCode, ...]


@dataclass(frozen=True, slots=True)
class StandardCode:
    """One kind of finding. `x12` is the AK3 or AK4 code, `edifact` the UCS or UCD code; empty where none can say it."""

    severity: Severity
    level: Literal["message", "segment", "element"]
    x12: str
    edifact: str
    hint: str
    who: Who = "partner"


CATALOGUE: dict[str, StandardCode] = {
    # Segments.
    "EDI-201": StandardCode("error", "segment", "1", "15", "send only segments of the standard; check for an unescaped terminator"),
    "EDI-202": StandardCode("error", "segment", "7", "15", "send the segment at its place in the message"),
    "EDI-203": StandardCode("error", "segment", "3", "13", "send the mandatory segment at its place"),
    "EDI-204": StandardCode("error", "segment", "4", "36", "split the message; the loop occurs more often than the standard allows"),
    "EDI-205": StandardCode("error", "segment", "5", "35", "send the segment as often as the standard allows"),
    "EDI-206": StandardCode("error", "segment", "6", "15", "leave out the segment; the standard has it for other messages"),
    "EDI-207": StandardCode("error", "segment", "2", "15", "send the segment that begins the loop before it, or leave it out"),
    # Elements.
    "EDI-211": StandardCode("error", "element", "1", "13", "send the mandatory element"),
    "EDI-212": StandardCode("error", "element", "2", "13", "send the element that another one of the segment requires"),
    "EDI-213": StandardCode("error", "element", "3", "16", "send no more elements than the segment has; check for a separator in the data"),
    "EDI-214": StandardCode("error", "element", "4", "40", "send the element at its least length"),
    "EDI-215": StandardCode("error", "element", "5", "39", "shorten the element to its greatest length"),
    "EDI-216": StandardCode("error", "element", "6", "37", "send digits, a sign and a decimal mark only, as the type of the element asks"),
    "EDI-217": StandardCode("error", "element", "7", "12", "send a code of the list"),
    "EDI-218": StandardCode("error", "element", "8", "12", "send a date of the calendar in the element's form"),
    "EDI-219": StandardCode("error", "element", "9", "12", "send a time of the day in the element's form"),
    "EDI-220": StandardCode("error", "element", "10", "15", "send only one of the elements that exclude each other"),
    "EDI-221": StandardCode("error", "element", "12", "35", "repeat the element as often as the standard allows"),
    "EDI-222": StandardCode("error", "element", "13", "16", "send no more components than the composite has"),
    "EDI-223": StandardCode("error", "element", "6", "38", "write a digit before the decimal mark"),
    # Said to the partner by nobody: the list is open, or the release is not ours.
    "EDI-231": StandardCode("warning", "element", "", "", "agree on the code, or add it to the site's code list", "admin"),
    "EDI-232": StandardCode("warning", "message", "", "", "check what the nearest release says before relying on it", "admin"),
    "EDI-233": StandardCode("warning", "message", "", "", "add the message to the site's schemas, or agree not to exchange it", "admin"),
    "EDI-234": StandardCode("warning", "segment", "", "", "leave out segments without elements"),
    "EDI-235": StandardCode("warning", "element", "", "", "follow the association's profile of the message"),
    "EDI-236": StandardCode("warning", "segment", "", "", "follow the association's profile of the message"),
}  # fmt: skip

_X12_SEGMENTS = {"997": {"segment": "AK3", "element": "AK4"}, "999": {"segment": "IK3", "element": "IK4"}}
_CONTRL_SEGMENTS = {"segment": "UCS", "element": "UCD"}


def _wires(entry: StandardCode, standard: str) -> Wires:
    if standard == "edifact":
        segment = _CONTRL_SEGMENTS.get(entry.level)
        return (WireCode("CONTRL", segment, entry.edifact),) if entry.edifact and segment else ()
    if not entry.x12:
        return ()
    return (
        WireCode("997", _X12_SEGMENTS["997"][entry.level], entry.x12),
        WireCode("999", _X12_SEGMENTS["999"][entry.level], entry.x12),
    )


_BY_STANDARD: dict[tuple[str, str], Wires] = {
    (standard, code): _wires(entry, standard) for standard in ("x12", "edifact") for code, entry in CATALOGUE.items()
}


def finding(
    code: str, standard: str, message: str, where: Where, *, value: str | None = None, severity: Severity | None = None
) -> Finding:
    """A finding of the standard with its catalogue's cure and wire codes; a warning carries none.

    `severity` overrides the catalogue's where the message's release is not carried and nothing is certain.
    """
    entry = CATALOGUE[code]
    chosen = severity or entry.severity
    return Finding(
        code=code,
        severity=chosen,
        layer="standard",
        message=message,
        where=where,
        wire=_BY_STANDARD[standard, code] if chosen == "error" else (),
        hint=entry.hint,
        who=entry.who,
        value=value if value is None else value[:99],
    )
