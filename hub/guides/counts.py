"""Counts and sums: checked on reading, computed on writing (`count: lines`, `sum: lines.quantity`)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hub.edi.tree import Segment
from hub.guides.run import Frame, Note
from hub.guides.shape import Elements
from hub.guides.verbs import read_decimal


def computed(entry: Elements, frame: Frame, segments: Sequence[Segment] = ()) -> Decimal | None:
    """What an entry counts or adds up in a frame; None where it adds up nothing.

    `count: lines` counts items, `lines by order_line` the different ones, `segments HL` the segments of the message.
    """
    if entry.count.startswith(_SEGMENTS):
        tag = entry.count.removeprefix(_SEGMENTS)
        return Decimal(sum(1 for segment in segments if segment[0] == tag))
    if entry.count:
        path, _, member = entry.count.partition(" by ")
        if not member and "." not in path:
            return Decimal(len(frame.get(path) or ()))
        items = _items(frame, path.split("."))
        return Decimal(len({str(each.get(member)) for each in items} if member else items))
    *lists, summed = entry.total.split(".")
    found = [each[summed] for each in _items(frame, lists) if each.get(summed) is not None]
    return sum((Decimal(str(each)) for each in found), Decimal(0)) if found else None


_SEGMENTS = "segments "


def _items(frame: Frame, path: list[str]) -> list[Any]:
    items: list[Any] = [frame]
    for part in path:
        items = [inner for item in items for inner in item.get(part) or ()]
    return items


def check_count(check: tuple[Elements, Frame, str, int], segments: Sequence[Segment], notes: list[Note]) -> None:
    """A count or sum that does not hold is a warning: the lines themselves are what was ordered."""
    entry, frame, text, index = check
    try:
        said = read_decimal(text)
    except ValueError:
        return
    found = computed(entry, frame, segments)
    if found is None or said == found:
        return
    what = entry.count or entry.total
    notes.append(
        Note(
            code="MAP-221",
            message=f"{what}: the message says {said}, its lines give {found}",
            index=index,
            element=entry.key.first,
            component=entry.key.component or None,
            value=text[:99],
            severity="warning",
            hint="tell the partner; the lines count",
        )
    )
