"""Loop occurrences whose shape came before: placed at once, and checked by one pattern.

Where a segment stands depends on the tags before it only. Once a loop has been entered nothing inside it has occurred yet, so
that the tags up to the next trigger of the same loop decide all their places: the second line of an order is placed like the
first, without a step for each segment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from hub.edi.walk import Walk, steps

Shape: TypeAlias = "tuple[int | str, ...]"
"""A trigger node, and the tags of one occurrence of its loop."""

LONGEST = 24
"""Segments of an occurrence that are looked for; a longer one goes segment by segment."""

_MOST_SHAPES = 512


@dataclass(frozen=True, slots=True, eq=False)
class LoopRun:
    """One shape of a loop: the node of each of its segments, and how often each node inside has occurred at its end.

    `is_repeated` tells whether the trigger's tag behind it opens the same loop again.
    """

    nodes: tuple[int, ...]
    counts: tuple[int, ...]
    is_repeated: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Occurrences of one shape that follow each other: `times` of them, the first at segment `begin`."""

    begin: int
    times: int
    run: LoopRun


class Runs:
    """The shapes met so far: trigger node and tags, with None for one that has to be walked."""

    __slots__ = ("_known", "_table")

    def __init__(self, table: Walk) -> None:
        self._table = table
        self._known: dict[Shape, LoopRun | None] = {}

    def at(self, trigger: int, tags: list[str], index: int, room: int) -> Stretch | None:
        """The occurrences of a loop that begin at `index`, each up to the next segment with the same tag; None where it has to be walked.

        At most `room` of them; the last occurrence before another tag is not among them.
        """
        try:
            stop = tags.index(tags[index], index + 2, index + LONGEST)
        except ValueError:
            return None
        known = self._known
        shape: Shape = (trigger, *tags[index:stop])
        if shape in known:
            run = known[shape]
        else:
            run = _walked(self._table, trigger, tags[index:stop])
            if len(known) < _MOST_SHAPES:
                known[shape] = run
        if run is None:
            return None
        times, length = 1, stop - index
        if run.is_repeated:
            alike = tags[index : stop + 1]
            while times < room and tags[stop : stop + length + 1] == alike:
                times += 1
                stop += length
        return Stretch(index, times, run)


def runs_of(table: Walk) -> Runs:
    """The shapes of a table, kept with it."""
    if not isinstance(table.runs, Runs):
        table.runs = Runs(table)
    return table.runs


def _walked(table: Walk, trigger: int, tags: list[str]) -> LoopRun | None:
    """The places of a loop's segments; None where one of them is missing, too many, in doubt, or outside the loop."""
    end = table.nodes[trigger].end
    counts = [0] * len(table.nodes)
    nodes = [trigger]
    for tag in tags[1:]:
        current = nodes[-1]
        steps(table, current, tag)
        step = table.rows[current + 1].get(tag)
        if step is None or not trigger < step[0] < end:
            return None
        target, most, inner = step
        counts[target] += 1
        if counts[target] > most:
            return None
        if inner:
            counts[target + 1 : inner] = [0] * (inner - target - 1)
        nodes.append(target)
    steps(table, nodes[-1], tags[0])
    back = table.rows[nodes[-1] + 1].get(tags[0])
    return LoopRun(tuple(nodes), tuple(counts[trigger + 1 : end]), is_repeated=back is not None and back[0] == trigger)
