"""What a partner's guide asks for beyond the standard: segments, elements and parties that must be there, or must not.

The dictionary checks what the standard demands. A guide that extends another may demand more (`use: M`, `use: N`, `max`,
`require`); only what it says itself counts, so that a stock guide never holds an order for what its standard leaves open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.edi.tree import Segment
from hub.guides.binding import Binding, Bound
from hub.guides.places import getter
from hub.guides.run import Get, Note, Run
from hub.guides.shape import Elements, Key, Loop, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One demand on the segments of a node: how often, with which qualifiers, with which elements.

    `parent` is the trigger of the loop that it counts in, -1 at message level. `least` and `most` are 0 where nothing is asked.
    """

    name: str
    place: Place
    parent: int
    tests: tuple[tuple[Get, frozenset[str]], ...]
    least: int = 0
    most: int = 0
    forbidden: bool = False
    elements: tuple[tuple[Elements, Get], ...] = ()


@dataclass(slots=True)
class Demands:
    """Every demand of a guide by node."""

    at: dict[int, list[Demand]] = field(default_factory=dict)

    def add(self, node: int, demand: Demand) -> None:
        """Demand something of a node."""
        self.at.setdefault(node, []).append(demand)


def collect(binding: Binding) -> Demands | None:
    """The demands that a guide says itself; None where there are none, so that reading pays nothing."""
    if not binding.text.extends:
        return None
    found = Demands()
    for node, bounds in binding.at.items():
        for bound in bounds:
            for demand in _of(binding, bound):
                found.add(node, demand)
    return found if found.at else None


def _of(binding: Binding, bound: Bound) -> Iterator[Demand]:
    segment, loop, own = bound.segment, bound.opens, binding.text.file
    is_edifact = binding.syntax == "edifact"
    tests = tuple((getter(key, is_edifact=is_edifact), frozenset(constants)) for key, constants in segment.qualifiers)
    name = " ".join([segment.tag, *("/".join(constants) for _, constants in segment.qualifiers)])
    elements = tuple(
        (entry, getter(entry.key, is_edifact=is_edifact))
        for entry in segment.elements
        if entry.place.file == own and entry.use in {"M", "N"} and not entry.constants
    )
    says = segment.place.file == own
    least = int(says and segment.use == "M" and loop is None)
    most = segment.max if says else 0
    if loop is not None and loop.place.file == own:
        least = max(least, int(loop.use == "M"))
        most = loop.max or most
        yield from _parties(loop, bound, is_edifact=is_edifact)
    forbidden = says and segment.use == "N"
    if least or most or forbidden or elements:
        place = segment.place if says else bound.segment.place
        parent = bound.node.parent
        yield Demand(
            name=name, place=place, parent=parent, tests=tests, least=least, most=most, forbidden=forbidden, elements=elements
        )


def _parties(loop: Loop, bound: Bound, *, is_edifact: bool) -> Iterator[Demand]:
    """`require: [ship_to]`: a qualifier of the slot must be there."""
    if loop.into is None:
        return
    get = getter(loop.into.by, is_edifact=is_edifact)
    for slot in loop.require:
        qualifiers = loop.into.slots.get(slot, ())
        name = f"{loop.tag} {'/'.join(qualifiers)} ({slot})"
        tests = ((get, frozenset(qualifiers)),)
        yield Demand(name=name, place=loop.place, parent=bound.node.parent, tests=tests, least=1)


def check_demands(binding: Binding, demands: Demands, segments: list[Segment], nodes: list[int]) -> list[Note]:
    """The demands that a message does not meet, each at its segment, or at the loop that lacks it."""
    run = Run(0, "", "")
    notes: list[Note] = []
    spec = binding.spec
    current: dict[int, int] = {-1: -1}
    begun: dict[int, list[int]] = {-1: [-1]}
    counts: dict[tuple[int, int], int] = {}
    for index, (segment, node) in enumerate(zip(segments, nodes, strict=True)):
        if node < 0:
            continue
        if spec.nodes[node].is_trigger:
            current[node] = index
            begun.setdefault(node, []).append(index)
        for demand in demands.at.get(node, ()):
            if all(get(segment, run) in values for get, values in demand.tests):
                key = (id(demand), current.get(demand.parent, -1))
                counts[key] = counts.get(key, 0) + 1
                notes += _at_segment(demand, segment, index, counts[key], run)
    for demand in {id(each): each for listed in demands.at.values() for each in listed}.values():
        for index in begun.get(demand.parent, ()) if demand.least else ():
            if not counts.get((id(demand), index)):
                notes.append(_note("MAP-230", f"the guide asks for {demand.name}, which is not there", index, demand.place))
    return notes


def _at_segment(demand: Demand, segment: Segment, index: int, count: int, run: Run) -> Iterator[Note]:
    if demand.forbidden:
        yield _note("MAP-232", f"the guide does not use {demand.name}", index, demand.place)
    elif demand.most and count > demand.most:
        yield _note("MAP-233", f"{demand.name} comes {count} times, and the guide allows {demand.most}", index, demand.place)
    for entry, get in demand.elements:
        text = get(segment, run)
        if entry.use == "M" and not text:
            yield _note("MAP-231", f"the guide asks for {segment[0]}{entry.key}, which is empty", index, entry.place, entry.key)
        elif entry.use == "N" and text:
            yield _note("MAP-232", f"the guide does not use {segment[0]}{entry.key}", index, entry.place, entry.key)


def _note(code: str, message: str, index: int, place: Place, key: Key | None = None) -> Note:
    return Note(
        code=code,
        message=message,
        index=index,
        element=key.first if key else None,
        component=(key.component or None) if key else None,
        hint=f"agreed in {place}; ask the partner to send as agreed, or change the guide",
    )
