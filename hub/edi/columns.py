"""Segments of one tag and length checked element by element all at once: the values of a column in a few calls.

A message of twenty lines has twenty segments of each kind. Their third elements are one list of strings, for which a set of
codes or the longest length answers once. Only what is plainly right is accepted; `hub.edi.validate` looks at the rest singly.
For X12, whose elements are text as they arrived.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hub.edi.elements import accepting
from hub.edi.structure import Condition, ElementSpec, SegmentSpec
from hub.edi.tree import Segment

Holds: TypeAlias = "Callable[[Collection[str]], bool]"

_SEPARATOR = "\n"
_MOST_KNOWN = 1000


@dataclass(frozen=True, slots=True)
class Columns:
    """What the elements of one segment have to hold: a check for each, and the places that must be filled.

    `bound` are the places that `needed` or a condition speaks of; `known` whether segments with these places filled are right.
    """

    checks: tuple[Holds, ...]
    needed: frozenset[int]
    conditions: tuple[Condition, ...]
    bound: frozenset[int]
    least: int
    known: dict[tuple[int, ...], bool] = field(default_factory=dict)


def columns_of(spec: SegmentSpec) -> Columns:
    """The checks of one segment."""
    needed = frozenset(place for place, each in enumerate(spec.elements, 1) if each.use == "M")
    bound = frozenset(place for rule in spec.conditions for place in rule.positions)
    return Columns(tuple(map(_holds, spec.elements)), needed, spec.conditions, needed | bound, max(needed, default=1))


def are_right(columns: Columns, segments: Sequence[Segment]) -> bool:
    """Whether these segments, all of one length, are right in every element and condition; False where it is in doubt."""
    rows = zip(*segments, strict=True)
    next(rows)
    if not columns.least < len(segments[0]) <= len(columns.checks) + 1:
        return False
    filled = []
    for place, (holds, column) in enumerate(zip(columns.checks, rows, strict=False), 1):
        if all(column):
            if not holds(column):
                return False
            filled.append(place)
        elif any(column) and (place in columns.bound or not holds([value for value in column if value])):
            return False
    places = tuple(filled)
    is_right = columns.known.get(places)
    if is_right is None:
        is_right = bool(filled) and columns.needed.issubset(filled) and all(_kept(rule, filled) for rule in columns.conditions)
        if len(columns.known) < _MOST_KNOWN:
            columns.known[places] = is_right
    return is_right


def _kept(rule: Condition, filled: list[int]) -> bool:
    """Whether a condition holds for segments that have these elements (X12.6 3.8.4.3)."""
    first, *others = [place in filled for place in rule.positions]
    if rule.kind == "P":
        return all(others) if first else not any(others)
    if rule.kind == "R":
        return first or any(others)
    if rule.kind == "E":
        return first + sum(others) < 2
    if rule.kind == "C":
        return not first or all(others)
    return rule.kind == "L" and (not first or any(others))


def _holds(spec: ElementSpec) -> Holds:
    """What the values of one element have to be, none of them empty."""
    if spec.components:
        return _in_doubt
    least, most = spec.min, spec.max
    if spec.codes is not None:
        return frozenset(code for code in spec.codes.values if least <= len(code) <= most).issuperset
    if spec.type in {"AN", "ID"}:
        # Measured: a set of lengths costs less than the least and the greatest of a list.
        def has_length(column: Collection[str]) -> bool:
            sizes = set(map(len, column))
            return max(sizes) <= most and (least <= 1 or min(sizes) >= least)

        return has_length
    one = accepting(spec, re.escape(_SEPARATOR))
    every = re.compile(f"(?:{one}{_SEPARATOR})*+{one}").fullmatch

    def matches(column: Collection[str]) -> bool:
        return every(_SEPARATOR.join(column)) is not None

    # Lines often have one date for all.
    return (lambda column: matches(set(column))) if spec.type in {"DT", "TM"} else matches


def _in_doubt(_column: Collection[str]) -> bool:
    return False
