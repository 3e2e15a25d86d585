"""Where a tag can stand after a segment: the structure of a message as a table of steps, filled as it is walked.

The order of the candidates is the rule for loops (X12.6 3.9, ISO 9735-1 8.10): the same segment again, then forward within the
loop, then the loop again, then the same in the loop around it. The first with room wins, unless loops that start alike make
it ambiguous; then what follows decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.edi.structure import MessageSpec, Node
from hub.edi.tree import Segment

START = -1
"""The place before the first node."""

_LOOK_AHEAD = 8

FastStep = tuple[int, int, int]
"""Target node, how often it may occur, and the end of its loop (0 where it opens none)."""


@dataclass(frozen=True, slots=True)
class Step:
    """A candidate: the node, and the mandatory nodes that are passed over on the way."""

    target: int
    missing: tuple[int, ...]


@dataclass(slots=True)
class Walk:
    """The steps of one message specification.

    `rows[current + 1]` maps a tag to its step where there is exactly one and it passes over nothing; everything else is in
    `steps`. `members` lists the nodes directly in a loop by its trigger (-1: message level). `runs` is kept for `hub.edi.runs`,
    `ends` for `passed_over`.
    """

    nodes: tuple[Node, ...]
    rows: list[dict[str, FastStep]]
    members: dict[int, list[int]]
    tags: frozenset[str]
    steps: dict[tuple[int, str], tuple[Step, ...]] = field(default_factory=dict)
    runs: object = None
    ends: dict[int, tuple[int, ...]] = field(default_factory=dict)


def walk(spec: MessageSpec) -> Walk:
    """The table of `spec`, made on first use and kept with it."""
    known = spec.memo.get("walk")
    if isinstance(known, Walk):
        return known
    members: dict[int, list[int]] = {START: []}
    for node in spec.nodes:
        members.setdefault(node.parent, []).append(node.index)
    made = Walk(spec.nodes, [{} for _ in range(len(spec.nodes) + 1)], members, frozenset(node.tag for node in spec.nodes))
    spec.memo["walk"] = made
    return made


def limit(node: Node) -> int:
    """How often the node may occur at its place: its own maximum, or that of the loop it opens."""
    return node.loop_max if node.is_trigger else node.max


def steps(table: Walk, current: int, tag: str) -> tuple[Step, ...]:
    """The candidates for `tag` after node `current`, nearest first."""
    known = table.steps.get((current, tag))
    if known is None:
        known = table.steps[current, tag] = _compile(table, current, tag)
        if len(known) == 1 and not known[0].missing:
            node = table.nodes[known[0].target]
            table.rows[current + 1][tag] = (node.index, limit(node), node.end if node.is_trigger else 0)
    return known


def passed_over(table: Walk, current: int) -> tuple[int, ...]:
    """The mandatory nodes that are still to come when the message ends after `current`."""
    known = table.ends.get(current)
    if known is None:
        known = table.ends[current] = _compile_all(table, current, "")[1]
    return known


def _compile(table: Walk, current: int, tag: str) -> tuple[Step, ...]:
    return tuple(_compile_all(table, current, tag)[0])


def _compile_all(table: Walk, current: int, tag: str) -> tuple[list[Step], tuple[int, ...]]:
    nodes = table.nodes
    found: list[Step] = []
    missing: list[int] = []
    loop = START
    if current != START:
        node = nodes[current]
        loop = current if node.is_trigger else node.parent
        if not node.is_trigger and node.tag == tag:
            found.append(Step(current, ()))
    start = current + 1
    while True:
        for index in table.members.get(loop, ()):
            if index < start:
                continue
            if nodes[index].tag == tag:
                found.append(Step(index, tuple(missing)))
            if nodes[index].min:
                missing.append(index)
        if loop == START:
            return found, tuple(missing)
        if nodes[loop].tag == tag:
            found.append(Step(loop, tuple(missing)))
        start, loop = nodes[loop].end, nodes[loop].parent


def is_ambiguous(table: Walk, candidates: Sequence[Step]) -> bool:
    """Whether two candidates pass over nothing and one of them opens a loop, so that only what follows can tell."""
    free = [step for step in candidates if not step.missing]
    return len(free) > 1 and any(table.nodes[step.target].is_trigger for step in free)


def best(table: Walk, candidates: Sequence[Step], following: Sequence[Segment]) -> Step:
    """The candidate in whose loop most of the following segments find their place; the nearest of equals."""
    return max(candidates, key=lambda step: (_score(table, step.target, following), -candidates.index(step)))


def _score(table: Walk, target: int, following: Sequence[Segment]) -> int:
    node = table.nodes[target]
    outer = node.parent
    end = node.end if node.is_trigger else (table.nodes[outer].end if outer != START else len(table.nodes))
    current, score = target, 0
    for segment in following[:_LOOK_AHEAD]:
        tag = segment[0]
        if tag == node.tag or not isinstance(tag, str):
            break
        reached = steps(table, current, tag)
        if not reached or not current <= reached[0].target < end:
            break
        current, score = reached[0].target, score + 1
    return score


def can_follow(table: Walk, current: int, segment: Segment) -> bool:
    """Whether `segment` has a place after node `current` without passing over a mandatory node."""
    tag = segment[0]
    return isinstance(tag, str) and any(not step.missing for step in steps(table, current, tag))
