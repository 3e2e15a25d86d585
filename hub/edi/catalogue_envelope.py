"""The findings of the codec, EDI-101 to EDI-199: severity, who acts, how to mend it, and what the acknowledgments say.

Wire codes: TA105 (X12 I18), 997 AK502 (718) and AK905 (716), 999 IK502 (618) and AK905, CONTRL 0085.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.edi.findings import Finding, Severity, Where, Who, WireCode


@dataclass(frozen=True, slots=True)
class EnvelopeCode:
    """One kind of envelope finding. `wire` holds `ACK:SEGMENT:CODE` of every acknowledgment that can say it."""

    severity: Severity
    hint: str
    wire: str = ""
    who: Who = "partner"


def _set(code: str) -> str:
    return f"997:AK5:{code} 999:IK5:{code}"


def _group(code: str) -> str:
    return f"997:AK9:{code} 999:AK9:{code}"


CATALOGUE: dict[str, EnvelopeCode] = {
    # The file around the interchange.
    "EDI-101": EnvelopeCode("warning", "write files without a byte-order mark"),
    "EDI-102": EnvelopeCode("warning", "write one byte per character; the file was read as what its first bytes show"),
    "EDI-103": EnvelopeCode("error", "send nothing before the first ISA, UNA or UNB", "TA1:TA1:024 CONTRL:UCI:33"),
    "EDI-104": EnvelopeCode("error", "send nothing after the interchange trailer", "TA1:TA1:024 CONTRL:UCI:33"),
    "EDI-105": EnvelopeCode("warning", "drop the padding (0x1A, NUL) behind the last segment"),
    # X12 header.
    "EDI-110": EnvelopeCode("warning", "pad ISA02, ISA04, ISA06 and ISA08 so that ISA has 106 characters"),
    "EDI-111": EnvelopeCode("error", "send all sixteen ISA elements with one separator", "TA1:TA1:022"),
    "EDI-112": EnvelopeCode("warning", "give ISA16, the component separator"),
    "EDI-113": EnvelopeCode("error", "use four different service characters", "TA1:TA1:026 CONTRL:UCI:22"),
    "EDI-114": EnvelopeCode("warning", "give ISA09 as a date YYMMDD", "TA1:TA1:014"),
    "EDI-115": EnvelopeCode("warning", "give ISA10 as a time HHMM", "TA1:TA1:015"),
    "EDI-116": EnvelopeCode("error", "give ISA13 as nine digits", "TA1:TA1:018"),
    "EDI-117": EnvelopeCode("warning", "give ISA14 as 0 or 1", "TA1:TA1:019"),
    "EDI-118": EnvelopeCode("warning", "give ISA15 as I, P or T", "TA1:TA1:020"),
    "EDI-119": EnvelopeCode("warning", "name the sender in ISA06", "TA1:TA1:006"),
    "EDI-120": EnvelopeCode("warning", "name the receiver in ISA08", "TA1:TA1:008"),
    "EDI-122": EnvelopeCode("error", "use a segment terminator that cannot occur in data", "TA1:TA1:004"),
    "EDI-121": EnvelopeCode("error", "begin the interchange with ISA", "TA1:TA1:022"),
    "EDI-123": EnvelopeCode("warning", "give ISA12 as a version of the control segments, such as 00401", "TA1:TA1:017"),
    "EDI-124": EnvelopeCode("warning", "give ISA05 a qualifier that X12 knows, ZZ where none fits", "TA1:TA1:005"),
    "EDI-125": EnvelopeCode("warning", "give ISA07 a qualifier that X12 knows, ZZ where none fits", "TA1:TA1:007"),
    "EDI-126": EnvelopeCode("warning", "give ISA01 as 00 to 08", "TA1:TA1:010"),
    "EDI-127": EnvelopeCode("warning", "give ISA03 as 00 or 01", "TA1:TA1:012"),
    "EDI-128": EnvelopeCode("warning", "give ISA11 as U before version 00402", "TA1:TA1:016"),
    # EDIFACT header.
    "EDI-130": EnvelopeCode("warning", "write all six service characters of UNA, a space for the reserved one"),
    "EDI-131": EnvelopeCode("warning", "envelope the message in UNB and UNZ; without them it cannot be acknowledged"),
    "EDI-132": EnvelopeCode("error", "declare service characters other than the standard ones in UNA", "CONTRL:UCI:22"),
    "EDI-133": EnvelopeCode("error", "give every mandatory element of UNB", "CONTRL:UCI:13"),
    "EDI-134": EnvelopeCode("warning", "use a syntax identifier of ISO 9735 (UNOA to UNOY)", "CONTRL:UCI:2"),
    "EDI-135": EnvelopeCode("error", "send either groups or messages in one interchange", "CONTRL:UCI:30"),
    "EDI-136": EnvelopeCode("error", "send one message type in one group", "CONTRL:UCF:31"),
    "EDI-137": EnvelopeCode("warning", "give date and time of UNB as YYMMDD (syntax 4: CCYYMMDD) and HHMM", "CONTRL:UCI:12"),
    # Characters and lines.
    "EDI-140": EnvelopeCode("warning", "name the character set that the file has"),
    "EDI-141": EnvelopeCode("warning", "do not wrap lines inside a segment"),
    "EDI-142": EnvelopeCode("error", "end every segment with the segment terminator", f"{_set('5')} CONTRL:UCM:18"),
    "EDI-146": EnvelopeCode("error", "end every segment with the segment terminator", "TA1:TA1:024 CONTRL:UCI:18"),
    "EDI-143": EnvelopeCode("warning", "end the last segment with the segment terminator"),
    "EDI-144": EnvelopeCode("warning", "send no empty segment (two terminators in a row)"),
    "EDI-145": EnvelopeCode("error", "send the whole file", "TA1:TA1:023 CONTRL:UCI:18"),
    # Interchange trailer.
    "EDI-150": EnvelopeCode("error", "end the interchange with its trailer", "TA1:TA1:023 CONTRL:UCI:13"),
    "EDI-151": EnvelopeCode("error", "repeat the control number of the header in the trailer", "TA1:TA1:001 CONTRL:UCI:28"),
    "EDI-152": EnvelopeCode("error", "count the groups (X12), or the messages or groups (EDIFACT)", "TA1:TA1:021 CONTRL:UCI:29"),
    "EDI-153": EnvelopeCode("warning", "count IEA01 as 0 where only TA1 is sent"),
    "EDI-154": EnvelopeCode("error", "send at least one message in an interchange", "CONTRL:UCI:32"),
    "EDI-155": EnvelopeCode("error", "send other content under a control number of its own", "TA1:TA1:025 CONTRL:UCI:26"),
    # Functional group.
    "EDI-160": EnvelopeCode("error", "end the group with its trailer", f"{_group('3')} CONTRL:UCF:13"),
    "EDI-161": EnvelopeCode("error", "repeat the control number of the group header in its trailer", f"{_group('4')} CONTRL:UCF:28"),
    "EDI-162": EnvelopeCode("error", "count the messages of the group in its trailer", f"{_group('5')} CONTRL:UCF:29"),
    "EDI-163": EnvelopeCode("error", "begin the group with its header", "TA1:TA1:024 CONTRL:UCI:33"),
    "EDI-164": EnvelopeCode("error", "put transaction sets inside a functional group", "TA1:TA1:024"),
    "EDI-165": EnvelopeCode("error", "give the group a control number", f"{_group('6')} CONTRL:UCF:13"),
    "EDI-166": EnvelopeCode("warning", "use every group control number once in an interchange", f"{_group('19')} CONTRL:UCF:26"),
    "EDI-167": EnvelopeCode("warning", "give every mandatory element of GS", "TA1:TA1:024"),
    # Message.
    "EDI-170": EnvelopeCode("error", "end the message with its trailer", f"{_set('2')} CONTRL:UCM:13"),
    "EDI-171": EnvelopeCode("error", "repeat the control number of the message header in its trailer", f"{_set('3')} CONTRL:UCM:28"),
    "EDI-172": EnvelopeCode("error", "count every segment from header to trailer, both included", f"{_set('4')} CONTRL:UCM:29"),
    "EDI-173": EnvelopeCode("error", "give the message type in the header", f"{_set('6')} CONTRL:UCM:13"),
    "EDI-174": EnvelopeCode("error", "give the message a control number", f"{_set('7')} CONTRL:UCM:13"),
    "EDI-175": EnvelopeCode("error", "put every segment inside a message", "TA1:TA1:024 CONTRL:UCI:33"),
    "EDI-176": EnvelopeCode("error", "begin the message with its header", "TA1:TA1:024 CONTRL:UCI:33"),
    "EDI-177": EnvelopeCode("error", "split the message, or raise the limit of the site", f"{_set('5')} CONTRL:UCM:18", "admin"),
    "EDI-178": EnvelopeCode("error", "end segments with their terminator; this one is longer than the limit", f"{_set('5')} CONTRL:UCM:18"),
    "EDI-179": EnvelopeCode("warning", "use every message control number once in a group", f"{_set('23')} CONTRL:UCM:26"),
    # Writing.
    "EDI-190": EnvelopeCode("warning", "agree on a character set that has these letters", who="admin"),
    "EDI-191": EnvelopeCode("warning", "agree on a character set that has these characters", who="admin"),
    "EDI-192": EnvelopeCode("warning", "agree on service characters that do not occur in data", who="admin"),
    "EDI-193": EnvelopeCode("warning", "shorten the text at its source", who="operator"),
    "EDI-194": EnvelopeCode("error", "correct the value at its source, or agree on another character set", who="operator"),
    "EDI-195": EnvelopeCode("error", "correct the identity in the partner's file", who="admin"),
}  # fmt: skip

_WIRE = {
    code: tuple(WireCode(*triple.split(":")) for triple in entry.wire.split())  # type: ignore[arg-type]
    for code, entry in CATALOGUE.items()
}
_ACKS = {"x12": {"TA1", "997", "999"}, "edifact": {"CONTRL"}}
_BY_STANDARD = {
    (standard, code): tuple(wire for wire in wires if wire.ack in acks)
    for standard, acks in _ACKS.items()
    for code, wires in _WIRE.items()
}


def finding(code: str, standard: str, message: str, where: Where, *, value: str | None = None) -> Finding:
    """A finding of the envelope with its catalogue's severity, cure and wire codes of `standard`."""
    entry = CATALOGUE[code]
    return Finding(
        code=code,
        severity=entry.severity,
        layer="envelope",
        message=message,
        where=where,
        wire=_BY_STANDARD.get((standard, code), ()),
        hint=entry.hint,
        who=entry.who,
        value=value if value is None else value[:99],
    )
