"""One compiled pattern per segment that says "all right" at once; a segment it does not accept is explained element by element.

Patterns accept only right segments. They are compiled for the service characters of an interchange when a segment has come
often enough to pay for the compiling.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from hub.edi.elements import accepting
from hub.edi.structure import Condition, ElementSpec, SegmentSpec
from hub.edi.tree import Delimiters


@dataclass(frozen=True, slots=True)
class Pattern:
    """`match` the text of a segment, then look the captured codes up: `one` group each, or `many` groups of one list."""

    match: Callable[[str], re.Match[str] | None]
    one: tuple[tuple[int, frozenset[str | None]], ...]
    many: tuple[tuple[tuple[int, ...], frozenset[str | None]], ...]

    def accepts(self, text: str) -> bool:
        """Whether the segment is right in every element."""
        found = self.match(text)
        if found is None:
            return False
        for group, values in self.one:
            if found[group] not in values:
                return False
        return all(values.issuperset(found.group(*groups)) for groups, values in self.many)


@dataclass(slots=True)
class _Builder:
    """Collects the groups that capture codes while the pattern is written."""

    delimiters: Delimiters
    groups: list[ElementSpec]

    def excluded(self) -> str:
        marks = self.delimiters
        characters = marks.segment + marks.element + marks.component + marks.repetition + marks.release
        return "".join(re.escape(character) for character in dict.fromkeys(characters)) + r"\r\n"

    def simple(self, spec: ElementSpec) -> str:
        text = accepting(spec, self.excluded())
        if spec.codes is None:
            return text
        self.groups.append(replace(spec, components=()))
        return f"({text})"

    def element(self, spec: ElementSpec) -> str:
        if not spec.components:
            return self.simple(spec)
        mark = re.escape(self.delimiters.component)
        needed = max((place for place, part in enumerate(spec.components) if part.use == "M"), default=-1)
        parts = []
        for place, part in enumerate(spec.components):
            text = self.simple(part)
            text = text if part.use == "M" else f"(?:{text})?+"
            text = text if place == 0 else f"{mark}{text}"
            parts.append(text if place <= needed or place == 0 else f"(?:{text})?+")
        return "".join(parts)

    def segment(self, spec: SegmentSpec) -> str:
        mark = re.escape(self.delimiters.element)
        pairs = {rule.positions[0] for rule in spec.conditions if _is_neighbours(rule)}
        needed = max((place for place, part in enumerate(spec.elements, 1) if part.use == "M"), default=0)
        parts, place = [], 1
        while place <= len(spec.elements):
            text = self.element(spec.elements[place - 1])
            if place in pairs and place > needed:
                second = self.element(spec.elements[place])
                parts.append(f"(?:{mark}(?:{text}{mark}{second}|(?:{mark})?+))?+")
                place += 2
                continue
            text = f"{mark}{text}" if spec.elements[place - 1].use == "M" else f"{mark}(?:{text})?+"
            parts.append(text if place <= needed else f"(?:{text})?+")
            place += 1
        return "".join(parts)


def _is_neighbours(rule: Condition) -> bool:
    return rule.kind == "P" and len(rule.positions) == 2 and rule.positions[1] == rule.positions[0] + 1


def _guard(rule: Condition, mark: str) -> str:
    """A look-ahead behind the tag that holds when the rule does."""

    def filled(place: int) -> str:
        return f"(?:{mark}[^{mark}]*+){{{place - 1}}}+{mark}[^{mark}]"

    first, *others = rule.positions
    if rule.kind == "R":
        return f"(?={'|'.join(filled(place) for place in rule.positions)})"
    if rule.kind == "P":
        every, none = "".join(f"(?={filled(p)})" for p in rule.positions), "".join(f"(?!{filled(p)})" for p in rule.positions)
        return f"(?:{every}|{none})"
    if rule.kind == "E":
        pairs = [(a, b) for at, a in enumerate(rule.positions) for b in rule.positions[at + 1 :]]
        return "".join(f"(?!(?={filled(a)}){filled(b)})" for a, b in pairs)
    if rule.kind == "C":
        return f"(?:(?!{filled(first)})|{''.join(f'(?={filled(p)})' for p in others)})"
    return f"(?:(?!{filled(first)})|{'|'.join(f'(?={filled(p)})' for p in others)})"


def compile_pattern(spec: SegmentSpec, delimiters: Delimiters) -> Pattern:
    """The pattern of one segment for one set of service characters."""
    builder = _Builder(delimiters, [])
    body = builder.segment(spec)
    mark = re.escape(delimiters.element)
    pairs = [rule for rule in spec.conditions if _is_neighbours(rule) and rule.positions[0] > _last_mandatory(spec)]
    guards = "".join(_guard(rule, mark) for rule in spec.conditions if rule not in pairs)
    expression = re.compile(rf"[ \r\n]*+{spec.tag}{guards}{body}{mark}*+\r?")
    by_list: dict[str, list[int]] = {}
    for group, element in enumerate(builder.groups, 1):
        by_list.setdefault(element.number, []).append(group)
    values = {e.number: frozenset({None, *e.codes.values}) for e in builder.groups if e.codes is not None}
    return Pattern(
        expression.fullmatch,
        tuple((groups[0], values[number]) for number, groups in by_list.items() if len(groups) == 1),
        tuple((tuple(groups), values[number]) for number, groups in by_list.items() if len(groups) > 1),
    )


def _last_mandatory(spec: SegmentSpec) -> int:
    return max((place for place, part in enumerate(spec.elements, 1) if part.use == "M"), default=0)
