"""A guide as a table that a partner can read: every segment and element with its use, length, values and meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.edi.dictionary import ElementSpec, Node
from hub.guides.binding import WHOLE_MESSAGE
from hub.guides.guide import Guide
from hub.guides.shape import Elements, Item, Loop, Segment
from hub.guides.tables import Table

_CODES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """One line: `place` is a segment, loop or element; `use` M, O or N; `values` the codes; `meaning` what we make of it."""

    depth: int
    place: str
    name: str
    use: str
    form: str
    values: str
    meaning: str


def printed(guide: Guide) -> Iterator[PrintedRow]:
    """The rows of a guide, in its order."""
    nodes: dict[int, Node] = {}
    for bounds in guide.binding.at.values():
        for bound in bounds:
            nodes.setdefault(id(bound.segment), bound.node)
    yield from _items(guide, guide.text.segments, nodes, 0)


def _items(guide: Guide, items: tuple[Item, ...], nodes: dict[int, Node], depth: int) -> Iterator[PrintedRow]:
    for item in items:
        if isinstance(item, Loop):
            if item.tag == WHOLE_MESSAGE:
                yield from _items(guide, item.segments, nodes, depth)
                continue
            yield PrintedRow(
                depth, f"loop {item.tag}", "", item.use, f"x{item.max}" if item.max else "", "", _loop_meaning(item)
            )
            yield from _items(guide, item.segments, nodes, depth + 1)
            for level in item.levels.values():
                yield PrintedRow(
                    depth + 1, f"level {level.code}", "", "", "", "", f"each of {level.each}" if level.each else ""
                )
                yield from _items(guide, level.segments, nodes, depth + 2)
        else:
            yield from _segment(guide, item, nodes.get(id(item)), depth)


def _loop_meaning(loop: Loop) -> str:
    parts = [loop.note]
    if loop.into:
        slots = ", ".join(f"{'/'.join(codes)} {slot}" for slot, codes in loop.into.slots.items())
        parts.append(slots + (f", else {loop.into.other}" if loop.into.other else ""))
    elif loop.each:
        parts.append(f"each of {loop.each.lstrip('^')}")
    parts += [f"{loop.direction} only: {loop.why}" if loop.direction else "", f"left out: {loop.ignore}" if loop.ignore else ""]
    return "; ".join(part for part in parts if part)


def _segment(guide: Guide, segment: Segment, node: Node | None, depth: int) -> Iterator[PrintedRow]:
    use = segment.use or ("M" if node is not None and node.min else "O")
    parts = [segment.note, f"each of {segment.each.lstrip('^')}" if segment.each else ""]
    parts += [" and ".join(f"{path} is {word}" for path, word in segment.sets.items())]
    parts += [f"{segment.direction} only: {segment.why}" if segment.direction else ""]
    meaning = "; ".join(part for part in parts if part)
    yield PrintedRow(depth, segment.tag, node.spec.name if node else "", use, "", "", meaning)
    for entry in segment.elements:
        yield _element(guide, segment, entry, node, depth + 1)


def _element(guide: Guide, segment: Segment, entry: Elements, node: Node | None, depth: int) -> PrintedRow:
    spec = _spec(node, entry)
    place = f"+{entry.key.first}" if entry.key.is_step else f"{segment.tag}{entry.key}"
    use = entry.use or ("M" if spec is not None and spec.use == "M" else "O")
    form = f"{spec.type} {spec.min}/{spec.max}" if spec is not None and spec.type else ""
    return PrintedRow(depth, place, spec.name if spec else "", use, form, _values(guide, entry), _meaning(entry))


def _spec(node: Node | None, entry: Elements) -> ElementSpec | None:
    if node is None or entry.key.is_step or entry.key.first > len(node.spec.elements):
        return None
    found = node.spec.elements[entry.key.first - 1]
    if entry.key.component and len(found.components) >= entry.key.component:
        return found.components[entry.key.component - 1]
    return found


def _values(guide: Guide, entry: Elements) -> str:
    if entry.constants:
        return " or ".join(each or "nothing" for each in entry.constants)
    if entry.only:
        return ", ".join(entry.only)
    table: Table | None = guide.binding.tables.get(entry.table) if entry.table else None
    if table is None:
        return ""
    codes = list(table.meaning.items())
    listed = ", ".join(f"{code} {word}" for code, word in codes[:_CODES_SHOWN])
    return f"{listed}, ... (table {table.name})" if len(codes) > _CODES_SHOWN else listed


def _meaning(entry: Elements) -> str:
    said = entry.to or ", ".join(dict.fromkeys(entry.slots.values()))
    parts = [said, entry.note]
    parts += [f"number of {entry.count}" if entry.count else "", f"sum of {entry.total}" if entry.total else ""]
    parts += [f"absent means {entry.default}" if entry.default else ""]
    parts += [f"where {entry.fallback_for} is empty" if entry.fallback_for else ""]
    parts += [f"the agreement's {entry.from_agreement}" if entry.from_agreement else ""]
    parts += [
        f"{entry.direction} only: {entry.why}" if entry.direction else "",
        f"left out: {entry.ignore}" if entry.ignore else "",
    ]
    return "; ".join(part for part in parts if part)
