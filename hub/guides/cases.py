"""The `tests:` block of a guide: wire and canonical pairs written by hand, run by the test suite in both directions.

A case reads its wire file and compares with its canonical file; `write: true` also writes the canonical file and compares with
the wire's segments. What tells how a document arrived (`source`) is left out of the comparison.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from hub.edi.place import place
from hub.edi.read import read
from hub.edi.tree import InterchangeEnd, Message, Segment
from hub.errors import HubError
from hub.guides.guide import Guide
from hub.guides.understand import alone
from hub.model import decode_document, encode_document

_TRAILERS = frozenset({"ST", "SE", "UNH", "UNT"})


def run_case(guide: Guide, case: Mapping[str, str], root: Path) -> str:
    """Why a case fails, in one sentence; empty where it holds."""
    try:
        message = _message(guide, (root / case["wire"]).read_bytes())
        wanted = json.loads((root / case["canonical"]).read_text(encoding="utf-8"))
    except (OSError, ValueError, HubError) as wrong:
        return f"cannot be read: {wrong}"
    except KeyError as missing:
        return f"has no {missing}"
    if message is None:
        return f"{case['wire']} holds no {guide.spec.type}"
    found = json.loads(encode_document(guide.read(message, place(message, guide.spec)).document))
    found.pop("source", None)
    difference = first_difference(wanted, found)
    if difference:
        return f"{case['wire']}: {difference}"
    return _written(guide, case, message, wanted) if case.get("write") == "true" else ""


def _written(guide: Guide, case: Mapping[str, str], message: Message, wanted: Any) -> str:
    try:
        document = decode_document(json.dumps(wanted))
    except msgspec.ValidationError as wrong:
        return f"{case['canonical']}: {wrong}"
    result = guide.write(document)
    if result.findings:
        return f"{case['canonical']}: {result.findings[0].message}"
    sent = [_plain(segment) for segment in message.segments if segment[0] not in _TRAILERS]
    made = [_plain(segment) for segment in result.segments]
    for index, (left, right) in enumerate(zip(sent, made, strict=False)):
        if left != right:
            return f"{case['canonical']}: segment {index + 1} is written as {right}, not {left}"
    if len(sent) != len(made):
        return f"{case['canonical']}: {len(made)} segments are written, not {len(sent)}"
    return ""


def _message(guide: Guide, data: bytes) -> Message | None:
    for event in read(data):
        if isinstance(event, Message) and event.type == guide.spec.type:
            return event
        if isinstance(event, InterchangeEnd) and guide.spec.type == "TA1" and event.interchange.ta1:
            return alone(event.interchange, event.interchange.ta1[0])
    return None


def _plain(segment: Segment) -> list[Any]:
    """A segment without what the wire may leave out: empty ends, lists of one component."""
    elements: list[Any] = []
    for element in segment:
        parts = list(element) if isinstance(element, list) else [element]
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
        elements.append(parts[0] if len(parts) == 1 else parts)
    while len(elements) > 1 and not elements[-1]:
        elements.pop()
    return elements


def first_difference(wanted: Any, found: Any, path: str = "") -> str:
    """Where two JSON values differ first, in words; empty where they are equal."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in [*wanted, *(name for name in found if name not in wanted)]:
            place_ = f"{path}.{name}" if path else name
            if name not in found or name not in wanted:
                return f"{place_} is {found.get(name, 'absent')}, not {wanted.get(name, 'absent')}"
            difference = first_difference(wanted[name], found[name], place_)
            if difference:
                return difference
        return ""
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return next((text for index, (a, b) in pairs if (text := first_difference(a, b, f"{path}[{index}]"))), "")
    return "" if wanted == found else f"{path} is {found}, not {wanted}"
