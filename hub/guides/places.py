"""Text at a position of a segment, and whether a segment holds more than a guide speaks of."""

from __future__ import annotations

from collections.abc import Callable

from hub.edi.tree import Repeats, Segment
from hub.guides.run import Get, Run
from hub.guides.shape import Key


def getter(key: Key, *, is_edifact: bool) -> Get:
    """Text at a position: empty where the segment ends before it."""
    first, component = key.first, key.component
    if not is_edifact:
        return _x12_component(first, component) if component else _x12_element(first)
    return _edifact_component(first, max(component, 1))


def _x12_element(first: int) -> Get:
    def get(segment: Segment, _run: Run) -> str:
        return segment[first] if len(segment) > first else ""  # type: ignore[return-value]

    return get


def _x12_component(first: int, component: int) -> Get:
    def get(segment: Segment, run: Run) -> str:
        if len(segment) <= first:
            return ""
        parts = segment[first].split(run.component) if run.component else [segment[first]]  # type: ignore[union-attr]
        return parts[component - 1] if len(parts) >= component else ""  # type: ignore[return-value]

    return get


def _edifact_component(first: int, component: int) -> Get:
    def get(segment: Segment, run: Run) -> str:
        if len(segment) <= first:
            return ""
        value = segment[first]
        if type(value) is str:
            return value if component == 1 else ""
        if type(value) is Repeats:
            run.spilled.add(run.index)
            value = value[0] if value else ""
            if type(value) is str:
                return value if component == 1 else ""
        return value[component - 1] if len(value) >= component else ""  # type: ignore[return-value]

    return get


class Coverage:
    """Which elements and components of a segment the entries speak of.

    `last` is the last element spoken of, `gaps` those before it that are not; `partial` the composites of which only the
    first components are, each with their number.
    """

    def __init__(self, keys: list[Key], *, is_edifact: bool) -> None:
        caps: dict[int, int] = {}
        self._covered: set[tuple[int, int]] = set()
        for key in keys:
            for position in range(key.first, key.last + 1):
                if not key.component:
                    caps[position] = 99
                self._covered.update((position, each) for each in range(key.component, key.component_last + 1))
        for position in {position for position, component in self._covered if component and position not in caps}:
            cap = 0
            while (position, cap + 1) in self._covered:
                cap += 1
            caps[position] = cap
        self.last = max(caps, default=0)
        self.gaps = [position for position in range(1, self.last) if position not in caps]
        self.partial = [(position, cap) for position, cap in caps.items() if cap < 99] if is_edifact else []

    def has_more(self, segment: Segment) -> bool:
        """Whether a composite that is spoken of in part holds anything in the other parts."""
        return any(
            text and (position, number) not in self._covered
            for position, cap in self.partial
            if len(segment) > position and type(segment[position]) is list
            for number, text in enumerate(segment[position][cap:], cap + 1)
        )


More = Callable[[Segment], bool]
