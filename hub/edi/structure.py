"""The values a dictionary is made of: code lists, elements, segments and the nodes of a message's structure.

All are frozen and hold facts only; `hub.edi.dictionary` makes them from `schemas/**`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hub.edi.tree import Standard

Use = Literal["M", "O", "X"]

UNBOUNDED = 1 << 30
"""The `max` of what may repeat without a limit (X12 `>1`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """The values of one coded element. Only a `closed` list makes an unlisted value an error."""

    number: str
    closed: bool
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementSpec:
    """One position of a segment or composite.

    `ref` names the place (`BEG01`, `DTM01.2`), `number` is the standard's own (`353`, `C507`), `type` is the standard's
    (`AN ID DT TM R N0..N9` in X12; `a n an` in EDIFACT; empty for a composite). Lengths count characters without sign and
    decimal mark. `repeat` is how often the element may occur at its place.
    """

    ref: str
    number: str
    name: str
    type: str
    min: int
    max: int
    use: Use
    codes: CodeList | None = None
    components: tuple[ElementSpec, ...] = ()
    repeat: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A rule between elements (X12.6 3.8.4.3): `kind` is P, R, E, C or L; `positions` count from 1."""

    kind: str
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSpec:
    """One segment of one release; element 1 stands at `elements[0]`."""

    tag: str
    name: str
    elements: tuple[ElementSpec, ...]
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One segment position of a message.

    `loop` is the id of the loop it stands in ("" at message level; a trigger stands in its own), `path` the loops from the
    outside in (`PO1/N1`), `parent` the node index of the trigger of the enclosing loop, -1 at message level; a trigger's
    parent is the trigger of the loop around its own. A trigger's `min` and `loop_max` are those of its loop. `end` is the
    index after the last node of the loop (of a trigger), or of the node itself.
    """

    index: int
    tag: str
    loop: str
    path: str
    parent: int
    is_trigger: bool
    min: int
    max: int
    loop_max: int
    end: int
    spec: SegmentSpec


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a profile about an element, or its component (0: the element itself), of every segment with one tag."""

    kind: Literal["require", "without", "values"]
    element: int
    component: int
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules by tag, the nodes that the association does not use, and all nodes that either speaks of (`narrowed`)."""

    name: str
    rules: Mapping[str, tuple[Rule, ...]]
    unused: frozenset[int]
    narrowed: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MessageSpec:
    """One message of one carried release.

    `release` is the dictionary used; `exact` is False when the release asked for is not carried and its nearest neighbour
    stands in, so that only what no release allows counts as an error. `segments` are those the release describes, `tags` the
    further ones that its standard has. `profile` is what the message's association narrows, if it is known.
    """

    standard: Standard
    type: str
    release: str
    name: str
    group: str
    nodes: tuple[Node, ...]
    segments: Mapping[str, SegmentSpec]
    tags: frozenset[str] = frozenset()
    exact: bool = True
    profile: Profile | None = None
    memo: dict[object, object] = field(default_factory=dict, repr=False)
