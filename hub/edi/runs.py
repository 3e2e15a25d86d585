"""Loop occurrences whose shape came before: placed at once, and checked by one pattern.

Where a segment stands depends on the tags before it only. Once a loop has been entered nothing inside it has occurred yet, so
that the tags up to the next trigger of the same loop decide all their places: the second line of an order is placed like the
first, without a step for each segment.
"""

from __future__ import annotations

from collections.abc import Callable
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


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Where a walk stands behind the segments before the lines: their nodes, and how often each node has occurred."""

    placed: list[int]
    counts: list[int]
    current: int


class Runs:
    """The shapes met so far: trigger node and tags, with None for one that has to be walked; and the heads before the lines.

    `lead` is the tag that begins a line: the trigger of the most occurrences that ever followed each other.
    """

    __slots__ = ("_heads", "_known", "_most", "_table", "lead")

    def __init__(self, table: Walk) -> None:
        self._table = table
        self._known: dict[Shape, LoopRun | None] = {}
        self._heads: dict[tuple[str, ...], Head] = {}
        self._most = 1
        self.lead = ""

    def head(self, tags: list[str]) -> Head | None:
        """Where a walk stands at the first line of a message; None where such a head has not been walked yet."""
        # Measured: a search that finds nothing costs more than one that does, as it raises.
        if self.lead not in tags:
            return None
        return self._heads.get(tuple(tags[: tags.index(self.lead)]))

    def learn(self, tags: list[str], index: int, times: int, reached: Callable[[], Head]) -> None:
        """Remember the head before `times` occurrences at `index`, each of whose segments had one possible place."""
        if times > self._most:
            self.lead, self._most = tags[index], times
        if tags[index] == self.lead and tags.index(self.lead) == index and len(self._heads) < _MOST_SHAPES:
            self._heads[tuple(tags[:index])] = reached()

    def at(self, trigger: int, tags: list[str], index: int, room: int) -> Stretch | None:
        """The occurrences of a loop that begin at `index`, the first up to the next segment with the same tag; at most `room`.

        None where it has to be walked. The last of them may go on behind the shape: what follows is walked from there.
        """
        try:
            stop = tags.index(tags[index], index + 2, index + LONGEST)
        except ValueError:
            return None
        known = self._known
        tags_of_one = tags[index:stop]
        shape: Shape = (trigger, *tags_of_one)
        if shape in known:
            run = known[shape]
        else:
            run = _walked(self._table, trigger, tags_of_one)
            if len(known) < _MOST_SHAPES:
                known[shape] = run
        if run is None:
            return None
        return Stretch(index, _times(tags, index, tags_of_one, room) if run.is_repeated else 1, run)


def _times(tags: list[str], index: int, one: list[str], room: int) -> int:
    """How often `one` stands in `tags` from `index` on without anything between, at most `room` times."""
    length, times, at = len(one), 1, index + len(one)
    many = one * _TOGETHER
    # Measured: comparing some occurrences at a time costs a third of comparing each.
    while times + _TOGETHER <= room and tags[at : at + len(many)] == many:
        times += _TOGETHER
        at += len(many)
    while times < room and tags[at : at + length] == one:
        times += 1
        at += length
    return times


_TOGETHER = 8


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
