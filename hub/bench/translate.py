"""`edihub bench translate`: an order validated, to canonical, with its acknowledgment, beside the floor of splitting its bytes.

CPU time per document over distinct documents. Hub and floor take turns of the same length, and the ratio is the median of the
turns: what disturbs the machine disturbs both. A line costs more in a long document, since what it is split into no longer fits the
caches: the floor's own growth stands beside ours. The collector of garbage is set as in the processes that serve (`hub.guides.calm`).
Options: `documents`, `turns`.
The floor splits on terminator and element separator (X12), and on components with release characters resolved (EDIFACT).
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from hub.bench.translate_orders import edifact_order, x12_order
from hub.edi.acknowledge import AckPolicy, Collector, PreviewNumbers, answers
from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import check
from hub.guides.calm import settled
from hub.guides.guide import guide
from hub.guides.library import choose_guide, stock_library
from hub.model import encode_document

_MOST = 25.0
_AIM = 15.0
_SIZES = (1, 10, 100, 1_000, 10_000)
_LINEAR = 1.5
_RELEASED = re.compile(r"\?(.)")
_MAKERS: dict[str, Callable[[int, int], bytes]] = {"x12": x12_order, "edifact": edifact_order}


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Measure both standards at 20 lines, and how time grows from 1 to 10,000 lines."""
    with settled():
        return _run(options)


def _run(options: Mapping[str, Any]) -> dict[str, Any]:
    documents, turns = int(options.get("documents") or 200), int(options.get("turns") or 9)
    found: dict[str, Any] = {"bench": "translate", "documents": documents, "turns": turns, "python": sys.version.split()[0]}
    rows: list[list[Any]] = []
    bars: list[dict[str, Any]] = []
    notes = [f"the aim is {_AIM:g} times the floor"]
    for standard, make in _MAKERS.items():
        measured = _measure(standard, [make(number, 20) for number in range(1, documents + 1)], turns)
        growth, floors = _growth(make), _growth(make, _FLOORS[standard])
        found[standard] = measured | {"us_per_line": growth, "floor_us_per_line": floors}
        rows.append([standard, 20, *(round(measured[name], 1) for name in ("bytes", "floor_us", "hub_us", "ratio"))])
        for size, taken in growth.items():
            floor = floors[size]
            rows.append([standard, size, "", round(floor * size, 1), round(taken * size, 1), round(taken / floor, 1)])
        bars.append(_bar(f"{standard}: times the floor", measured["ratio"], _MOST))
        bars.append(_bar(f"{standard}: cost of a line at 10,000 lines over that at 100", growth[10_000] / growth[100], _LINEAR))
        notes.append(
            f"{standard}: the floor of a line grows to {floors[10_000] / floors[100]:.2f} times from 100 to 10,000 lines"
        )
    columns = ["standard", "lines", "bytes", "floor us", "hub us", "times"]
    return found | {
        "table": {"columns": columns, "rows": rows},
        "bars": bars,
        "notes": notes,
    }


def _bar(name: str, value: float, most: float) -> dict[str, Any]:
    return {"what": name, "value": round(value, 2), "bar": most, "met": value <= most}


def understood(data: bytes) -> bytes:
    """One file read, checked, translated and acknowledged; returns the canonical document, or raises where there is none."""
    collector, numbers, policy = Collector(), PreviewNumbers(), AckPolicy()
    now = datetime(2026, 9, 24, tzinfo=UTC)
    library = stock_library()
    document = b""
    acknowledged = b""
    for event in read(data):
        if isinstance(event, Message):
            checked = check(event)
            standard = event.interchange.standard
            name, _ = choose_guide(library, standard, event.type, event.version, event.association)
            assert name is not None
            assert checked.validation is not None
            result = guide(name, library).read(event, checked.validation.placement)
            document = encode_document(result.document)
            report = collector.add(event, checked.findings, is_known=True)
        else:
            report = collector.add(event)
        if report is not None:
            acknowledged = b"".join(each.data for each in answers(report, policy, numbers, at=now))
    if not document or not acknowledged:
        raise AssertionError("the order was not understood, or not acknowledged")
    return document


def x12_floor(data: bytes) -> list[list[str]]:
    """Split on terminator and element separator."""
    return [segment.split("*") for segment in data.decode("ascii").split("~")]


def edifact_floor(data: bytes) -> list[list[list[str]]]:
    """Split on terminator, element and component separators; a segment with a release character goes the careful way."""
    return [
        [element.split(":") for element in segment.split("+")] if "?" not in segment else _released(segment)
        for segment in data.decode("iso8859-1").split("'")
    ]


def _released(segment: str) -> list[list[str]]:
    """Escaped separators stand aside while the segment is split."""
    kept: list[str] = []

    def aside(found: re.Match[str]) -> str:
        kept.append(found[1])
        return chr(0xE000 + len(kept) - 1)

    parts = [element.split(":") for element in _RELEASED.sub(aside, segment).split("+")]
    back = {0xE000 + at: character for at, character in enumerate(kept)}
    return [[component.translate(back) for component in element] for element in parts]


_FLOORS: dict[str, Callable[[bytes], Any]] = {"x12": x12_floor, "edifact": edifact_floor}


def _measure(standard: str, documents: list[bytes], turns: int) -> dict[str, float]:
    floor, hub = _FLOORS[standard], understood
    warm = _timed(hub, documents) / _timed(floor, documents)
    rows = []
    for _ in range(turns):
        taken = _timed(hub, documents)
        split = _timed(floor, documents * max(1, round(warm)))
        rows.append((taken / split, taken, split))
    ratio, taken, split = sorted(rows)[len(rows) // 2]
    size = sum(len(each) for each in documents) / len(documents)
    return {"bytes": size, "floor_us": split, "hub_us": taken, "ratio": ratio}


def _growth(make: Callable[[int, int], bytes], work: Callable[[bytes], Any] | None = None) -> dict[int, float]:
    """CPU microseconds per line by the number of lines; of the hub, or of other work."""
    found = {}
    for size in _SIZES:
        documents = [make(number, size) for number in range(1, max(2, 2_000 // size) + 1)]
        if understood(documents[0]).count(b'"position":') != size:
            raise AssertionError(f"not all of {size:,} lines were understood")
        found[size] = min(_timed(work or understood, documents) for _ in range(3)) / size
    return found


def _timed(work: Callable[[bytes], Any], documents: list[bytes]) -> float:
    """CPU microseconds per document."""
    begun = time.process_time()
    for document in documents:
        work(document)
    return (time.process_time() - begun) / len(documents) * 1e6
