"""One compiled pattern per segment that says "all right" at once; a segment it does not accept is explained element by element.

Patterns accept only right segments. They are compiled for the service characters of an interchange when a segment has come
often enough to pay for the compiling.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hub.edi.elements import accepting
from hub.edi.qualified_dates import PERIOD, accepting_period
from hub.edi.structure import Condition, ElementSpec, SegmentSpec
from hub.edi.tree import Delimiters

Values = frozenset[str | None]


_MOST_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Pattern:
    """`match` the text of a segment; its groups are the coded elements, which have to be in `right` or pass `knows`.

    The same few combinations of codes come again and again: `right` remembers those that passed.
    """

    match: Callable[[str], re.Match[str] | None]
    lists: tuple[Values, ...]
    right: set[tuple[str | None, ...]]

    def knows(self, codes: tuple[str | None, ...]) -> bool:
        """Whether every captured code is in its list."""
        if not all(code in values for code, values in zip(codes, self.lists, strict=True)):
            return False
        if len(self.right) < _MOST_REMEMBERED:
            self.right.add(codes)
        return True

    def accepts(self, text: str) -> bool:
        """Whether the segment is right in every element."""
        found = self.match(text)
        return found is not None and (found.groups() in self.right or self.knows(found.groups()))


@dataclass(slots=True)
class _Builder:
    """Collects the elements whose codes are captured while the pattern is written."""

    delimiters: Delimiters
    coded: list[ElementSpec]

    def excluded(self) -> str:
        marks = self.delimiters
        characters = marks.segment + marks.element + marks.component + marks.repetition + marks.release
        return "".join(re.escape(character) for character in dict.fromkeys(characters)) + r"\r\n"

    def simple(self, spec: ElementSpec) -> str:
        text = accepting(spec, self.excluded())
        if spec.codes is None:
            return text
        self.coded.append(spec)
        return f"({text})"

    def element(self, spec: ElementSpec) -> str:
        if not spec.components:
            return self.simple(spec)
        mark = re.escape(self.delimiters.component)
        if spec.number == PERIOD:
            qualifier, value, form = (self.simple(part) for part in spec.components)
            return qualifier + accepting_period(value, form, mark)
        needed = max((place for place, part in enumerate(spec.components) if part.use == "M"), default=-1)
        parts = []
        for place, part in enumerate(spec.components):
            text = self.simple(part)
            text = text if part.use == "M" else f"(?:{text})?+"
            parts.append(text if place == 0 else f"{mark}{text}")
        filled = f"(?={mark}*+[^{mark}{re.escape(self.delimiters.element)}])" if needed < 0 and spec.use == "M" else ""
        return filled + _nested(parts, needed + 1 or 1)


def compile_pattern(spec: SegmentSpec, delimiters: Delimiters) -> Pattern:
    """The pattern of one segment for one set of service characters."""
    builder = _Builder(delimiters, [])
    mark = re.escape(delimiters.element)
    needed = max((place for place, part in enumerate(spec.elements, 1) if part.use == "M"), default=0)
    folded = _folded(spec, needed)
    units, place = [], 1
    while place <= len(spec.elements):
        text = builder.element(spec.elements[place - 1])
        rule = folded.get(place)
        if rule is not None:
            units.append(_pair(rule, mark, text, builder.element(spec.elements[place])))
            place += 2
            continue
        units.append(f"{mark}{text}" if spec.elements[place - 1].use == "M" else f"{mark}(?:{text})?+")
        place += 1
    guards = _guards([rule for rule in spec.conditions if rule not in folded.values()], mark)
    expression = re.compile(rf"[ \r\n]*+{spec.tag}{guards}{_nested(units, needed)}{mark}*+\r?")
    lists = tuple(frozenset({None, *(element.codes.values if element.codes else ())}) for element in builder.coded)
    return Pattern(expression.fullmatch, lists, {()})


def _nested(units: list[str], needed: int) -> str:
    """The units in their order: the first `needed` always, each further one only behind the one before it."""
    text = ""
    for unit in reversed(units[needed:]):
        text = f"(?:{unit}{text})?+"
    return "".join(units[:needed]) + text


def _folded(spec: SegmentSpec, needed: int) -> dict[int, Condition]:
    """The conditions between two neighbours, by the first: those the order of the pattern itself can hold."""
    folded: dict[int, Condition] = {}
    for rule in spec.conditions:
        if len(rule.positions) != 2 or rule.kind not in "PC":
            continue
        low, high = sorted(rule.positions)
        is_backward = rule.kind == "P" or rule.positions[0] == high
        is_free = low > needed and folded.keys().isdisjoint({low - 1, low, high})
        if high == low + 1 and is_backward and is_free:
            folded[low] = rule
    return folded


def _pair(rule: Condition, mark: str, first: str, second: str) -> str:
    """Two neighbours: both or none (P), or the second only with the first (C)."""
    if rule.kind == "P":
        return f"{mark}(?:{first}{mark}{second}|{mark})"
    return f"{mark}(?:{first}(?:{mark}(?:{second})?+)?+|{mark})"


def _guards(rules: list[Condition], mark: str) -> str:
    """The rules as look-aheads behind the tag; those that only a long segment can break are passed over at once for a short one."""
    late = [rule for rule in rules if rule.kind != "R"]
    text = "".join(_guard(rule, mark) for rule in rules if rule.kind == "R")
    if not late:
        return text
    is_short = f"(?!(?:{mark}[^{mark}]*+){{{min(map(_reach, late)) - 1}}}+{mark})"
    return f"{text}(?:{is_short}|{''.join(_guard(rule, mark) for rule in late)})"


def _reach(rule: Condition) -> int:
    """The element that a segment has to reach to break the rule."""
    if rule.kind == "E":
        return sorted(rule.positions)[1]
    return min(rule.positions) if rule.kind == "P" else rule.positions[0]


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
