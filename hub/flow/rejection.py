"""A partner's complaint in plain words: the place it names, what our bytes say there, and what its code means."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from hub.edi.dictionary import message_spec, segment_spec
from hub.edi.read import read
from hub.edi.structure import ElementSpec, MessageSpec, SegmentSpec
from hub.edi.tree import Element, Message, Segment
from hub.errors import HubError
from hub.model import ReportedError
from hub.store.documents import DocumentRow
from hub.store.transaction import Transaction

MOST = 20
"""How many errors of one document are explained; the acknowledgment itself names them all."""
_NUMBERS = {
    ("997", "segment"): "720", ("997", "element"): "723", ("997", "message"): "718", ("997", "group"): "716",
    ("999", "segment"): "620", ("999", "element"): "621", ("999", "message"): "618", ("999", "group"): "716",
    ("TA1", "interchange"): "I18",
}  # fmt: skip
"""The data element whose codes an acknowledgment uses, by what the error is about; CONTRL uses 0085 everywhere, 824 its 647."""
_RELEASES = {"999": "005010"}
_APPLICATION = MappingProxyType(
    {
        "003": "billed twice", "004": "commodity code not valid", "006": "duplicate", "007": "data missing", "008": "out of range",
        "009": "date not valid", "010": "total does not add up", "011": "does not match", "012": "combination not valid",
        "024": "another reason", "848": "data not correct",
        "H": "unit of measure missing or not valid", "J": "purpose code missing or not valid", "P": "quantity missing or not valid",
        "Q": "item missing or not valid", "MA": "store number missing or not valid", "MB": "order number missing or not valid",
        "MC": "bill of lading missing or not valid", "MD": "invoice date missing or not valid",
        "ME": "department missing or not valid", "MF": "vendor number missing or not valid", "MG": "UPC missing or not valid",
        "MH": "DUNS number missing or not valid", "MI": "carrier code missing or not valid", "MJ": "terms missing or not valid",
        "MN": "unit cost missing or not valid",
    }
)  # fmt: skip
"""Application error conditions (X12 element 647) that trading documents meet."""


def explained(tx: Transaction, sent: DocumentRow, errors: Iterable[ReportedError], kind: str) -> list[dict[str, Any]]:
    """Each error with `text`, a sentence; and where the place is known, with `segment`, `sent` and `value` as we sent them.

    `kind` is what complains: 997, 999, TA1, CONTRL, 824 or APERAK. Bytes that are kept no longer explain nothing more.
    """
    listed = list(errors)[:MOST]
    message = _message(tx, sent) if any(each.segment_index or each.segment for each in listed) else None
    spec = None if message is None else _spec_of(message)
    return [_explained(each, message, spec, kind) for each in listed]


def words_of(kind: str, level: str, code: str) -> str:
    """What a code of an acknowledgment means, empty where no dictionary says it."""
    if kind == "824":
        return _APPLICATION.get(code, "")
    number = "0085" if kind == "CONTRL" else _NUMBERS.get((kind, level), "")
    return _words(kind, number).get(code, "")


def _explained(error: ReportedError, message: Message | None, spec: MessageSpec | None, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {"code": error.code, "level": error.level}
    segment = None if message is None else _segment(message, error)
    tag = error.segment or ("" if segment is None else str(segment[0]))
    value = error.value
    name = ""
    if segment is not None and message is not None:
        found["sent"] = _shown(segment, message)
        value = _value(segment, error, message) if error.element else value
        name = _name(spec, tag, error)
    if tag:
        found |= {"segment": tag, "segment_index": error.segment_index, "element": error.element, "component": error.component}
    if value:
        found["value"] = value
    said = error.text or words_of(kind, error.level or "", error.code or "") or "an error without a text"
    place = _place(tag, error, name)
    code = f" (code {error.code})" if error.code else ""
    shown = f' "{value}"' if value else ""
    found["text"] = f"{place}{shown}: {said}{code}" if place else f"{said}{code}"
    return {member: what for member, what in found.items() if what is not None}


def _place(tag: str, error: ReportedError, name: str) -> str:
    if not tag:
        return f"segment {error.segment_index}" if error.segment_index else ""
    element = f"{error.element:02}" if error.element else ""
    component = f".{error.component}" if error.component and element else ""
    at = f" at position {error.segment_index}" if error.segment_index else ""
    return f"{tag}{element}{component}{at}" + (f", {name}," if name else "")


def _message(tx: Transaction, sent: DocumentRow) -> Message | None:
    try:
        payload = tx.payload(sent.message_id)
    except HubError:
        # removed by retention: the acknowledgment is still explained, without our bytes
        return None
    for event in read(payload):
        if isinstance(event, Message) and event.control_number == sent.control_number and _is_in_group(event, sent):
            return event
    return None


def _is_in_group(message: Message, sent: DocumentRow) -> bool:
    return not sent.group_number or message.group.control_number == sent.group_number


def _segment(message: Message, error: ReportedError) -> Segment | None:
    """The segment that is meant: by its position where the tag agrees, else the only one of this tag."""
    segments = message.segments
    if error.segment_index and error.segment_index <= len(segments):
        found = segments[error.segment_index - 1]
        if error.segment in {None, found[0]}:
            return found
    same = [each for each in segments if each[0] == error.segment]
    return same[0] if len(same) == 1 else None


def _value(segment: Segment, error: ReportedError, message: Message) -> str | None:
    place = error.element or 0
    if place >= len(segment):
        return error.value
    element = segment[place]
    if isinstance(element, str) and error.component and message.interchange.standard == "x12":
        parts = element.split(message.interchange.delimiters.component)
        return parts[error.component - 1] if error.component <= len(parts) else error.value
    if not isinstance(element, str) and error.component:
        return str(element[error.component - 1]) if error.component <= len(element) else error.value
    return _text(element, message)


def _shown(segment: Segment, message: Message) -> str:
    return message.interchange.delimiters.element.join(_text(each, message) for each in segment)


def _text(element: Element, message: Message) -> str:
    if isinstance(element, str):
        return element
    return message.interchange.delimiters.component.join(str(each) for each in element)


def _name(spec: MessageSpec | None, tag: str, error: ReportedError) -> str:
    segment = None if spec is None else next((node.spec for node in spec.nodes if node.tag == tag), None)
    if segment is None or not error.element or error.element > len(segment.elements):
        return ""
    element = segment.elements[error.element - 1]
    parts = element.components
    if error.component and error.component <= len(parts):
        element = parts[error.component - 1]
    return element.name


def _spec_of(message: Message) -> MessageSpec | None:
    return message_spec(message.interchange.standard, message.type, message.version, message.association)


@lru_cache(maxsize=32)
def _words(kind: str, number: str) -> dict[str, str]:
    """The code list of a data element, as the acknowledgment's own message has it."""
    for segment in _segments(kind):
        for element in _elements(segment):
            if element.number == number and element.codes is not None:
                return dict(element.codes.values)
    return {}


def _segments(kind: str) -> Iterable[SegmentSpec]:
    if kind == "TA1":
        found = segment_spec("x12", "TA1", "004010")
        return () if found is None else (found,)
    spec = message_spec("edifact", kind, "D3") if kind == "CONTRL" else message_spec("x12", kind, _RELEASES.get(kind, "004010"))
    return () if spec is None else (node.spec for node in spec.nodes)


def _elements(segment: SegmentSpec) -> Iterable[ElementSpec]:
    for element in segment.elements:
        yield element
        yield from element.components
