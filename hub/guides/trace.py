"""Where every canonical member came from: byte offset, element, line of the guide, row of the table."""

from __future__ import annotations

from typing import Any

import msgspec

from hub.edi.locate import locate
from hub.edi.tree import Message, Repeats, Segment
from hub.guides.run import Frame, Run
from hub.guides.shape import Key


class TraceRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One member: `lines[0].quantity` <- PO1 02 at a byte of the file, said by a line of the guide."""

    member: str
    value: str
    raw: str
    segment_index: int
    segment: str
    element: str
    offset: int
    guide: str
    table: str | None = None


def trace_rows(run: Run, root: Frame, message: Message) -> list[TraceRow]:
    """The rows of a run, in the order of the message."""
    paths: dict[int, str] = {}
    _walk(root, "", paths)
    for merged, part in run.aliases:
        paths.setdefault(id(part), paths.get(id(merged), ""))
    rows = []
    for step in run.trace or ():
        around = paths.get(id(step.frame))
        if around is None:
            continue
        key = step.key
        element, component = key.first, key.component or None
        raw = text_at(message.segments[step.index], key)
        row = step.table.places.get(raw) if step.table is not None else None
        rows.append(
            TraceRow(
                member=f"{around}.{step.member}" if around else step.member,
                value=step.value,
                raw=raw,
                segment_index=step.index + 1,
                segment=str(message.segments[step.index][0]),
                element=str(key),
                offset=locate(message, step.index + 1, element, component),
                guide=str(step.place),
                table=str(row) if row else None,
            )
        )
    return rows


def text_at(segment: Segment, key: Key) -> str:
    """What stood at a position, as it came."""
    value = segment[key.first] if len(segment) > key.first else ""
    if isinstance(value, str):
        return value if key.component <= 1 else ""
    parts = value[0] if isinstance(value, Repeats) and value else value
    if isinstance(parts, str):
        return parts
    at = max(key.component, 1) - 1
    return str(parts[at]) if at < len(parts) else ""


def _walk(value: Any, path: str, paths: dict[int, str]) -> None:
    if isinstance(value, dict):
        paths[id(value)] = path
        for name, inner in value.items():
            _walk(inner, f"{path}.{name}" if path else name, paths)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _walk(inner, f"{path}[{index}]", paths)
