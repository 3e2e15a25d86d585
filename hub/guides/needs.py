"""What a document cannot do without, whatever its guide: a number to answer, lines to act on, in each line what and how many.

A standard may leave these open (EDIFACT leaves the number in BGM and all of LIN open), and a stock guide demands no more than
its standard. Nobody can act on an order without them all the same, so that their absence is said, and holds the document. It
is never a matter of a 997 or a CONTRL.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.edi.tree import Segment
from hub.guides.binding import Binding
from hub.guides.places import getter
from hub.guides.run import Frame, Get, Note, Run
from hub.guides.shape import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A member that must be there; `unless` names the words of other members with which the document does without."""

    member: str
    called: str
    unless: tuple[tuple[str, frozenset[str]], ...] = ()


_NO_ORDER = ("purpose", frozenset({"cancellation", "confirmation", "duplicate", "copy"}))
"""These bring no order of their own, and may be nothing but a reference to one."""

NEEDS: dict[str, tuple[Need, ...]] = {
    "order": (
        Need(member="number", called="number of the order"),
        Need(member="lines", called="line", unless=(_NO_ORDER,)),
    ),
    "order_change": (Need(member="order_number", called="number of the order that it changes"),),
    "order_response": (Need(member="order_number", called="number of the order that it answers"),),
    "despatch_advice": (Need(member="number", called="number of the despatch"),),
    "receiving_advice": (Need(member="number", called="number of the receipt"),),
    "inventory_report": (Need(member="lines", called="line"),),
    "invoice": (
        Need(member="number", called="number of the invoice"),
        Need(member="issued_on", called="date of the invoice"),
    ),
}

_ORDERED = frozenset({"order"})
"""The documents whose lines must say what is wanted and how many of it."""


@dataclass(slots=True)
class Spot:
    """Where a guide reads a member: nodes with the qualifiers that must match there, the element, what people call the place."""

    nodes: dict[int, list[tuple[tuple[Get, frozenset[str]], ...]]] = field(default_factory=dict)
    key: Key | None = None
    called: str = ""

    def has(self, node: int, segment: Segment, run: Run) -> bool:
        """Whether a segment is one that carries the member."""
        return any(all(get(segment, run) in values for get, values in tests) for tests in self.nodes.get(node, ()))


@dataclass(slots=True)
class Needs:
    """The needs of one guide's document, and where the guide reads each of them."""

    needs: tuple[Need, ...]
    has_lines: bool
    spots: dict[str, Spot] = field(default_factory=dict)


def needs_of(binding: Binding) -> Needs | None:
    """What the document of a guide cannot do without; None for one that has no needs."""
    needs = NEEDS.get(binding.text.document, ())
    if not needs:
        return None
    found = Needs(needs, binding.text.document in _ORDERED)
    for name in [*(need.member for need in needs), "lines"]:
        found.spots[name] = _spot_of(binding, name)
    return found


def _spot_of(binding: Binding, member: str) -> Spot:
    spot = Spot()
    is_edifact = binding.syntax == "edifact"
    for node, bounds in binding.at.items():
        for bound in bounds:
            segment = bound.segment
            if bound.opens is not None and bound.opens.each == member and bound.outer.parent is binding.root:
                spot.nodes.setdefault(node, []).append(())
                spot.called = spot.called or segment.tag
            entry = next((each for each in segment.elements if each.to == member), None)
            if entry is None or bound.scope.number != 0:
                continue
            tests = tuple((getter(key, is_edifact=is_edifact), frozenset(words)) for key, words in segment.qualifiers)
            spot.nodes.setdefault(node, []).append(tests)
            if not spot.called:
                spot.key = entry.key
                first = f" with {segment.qualifiers[0][1][0]}" if segment.qualifiers else str(entry.key)
                spot.called = f"{segment.tag}{first}"
    return spot


def check_needs(needs: Needs, document: Frame, segments: list[Segment], nodes: list[int], notes: list[Note]) -> list[Note]:
    """What a document lacks, each at the segment where the guide reads it, or at the message where that is missing too.

    What came and could not be read has its note among `notes` already, and is not said to be missing as well.
    """
    unread = sorted({note.index for note in notes if note.code == "MAP-210"})
    found = [
        _lacking(needs.spots[need.member], need, segments, nodes)
        for need in needs.needs
        if document.get(need.member) in _NOTHING and not any(document.get(name) in words for name, words in need.unless)
    ]
    if needs.has_lines:
        found += _lacking_lines(needs.spots["lines"], document.get("lines", []), nodes, unread)
    return [note for note in found if note.index not in unread]


_NOTHING: tuple[object, ...] = (None, "", [])


_HOW_MANY = frozenset({"quantity", "quantities", "schedule"})
"""The members of a line that say how many of it are wanted."""


def _unsaid(line: Frame, heads: set[str]) -> Iterator[str]:
    """What an ordered line does not say. A line that others belong to may only head them."""
    if line.get("number") in heads or "components" in line:
        return
    if _HOW_MANY.isdisjoint(line):
        yield "how many are ordered"
    if not line.get("item") and "notes" not in line:
        yield "what is ordered"


def _lacking(spot: Spot, need: Need, segments: list[Segment], nodes: list[int]) -> Note:
    run, key = Run(0, "", ""), spot.key
    index = next((at for at, node in enumerate(nodes) if node in spot.nodes and spot.has(node, segments[at], run)), None)
    return Note(
        code="MAP-234",
        message=f"no {need.called}",
        index=index or 0,
        element=key.first if key and index is not None else None,
        component=(key.component or None) if key and index is not None else None,
        hint=f"the partner sends it in {spot.called}; without it nobody can act on this document",
    )


def _lacking_lines(spot: Spot, lines: list[Frame], nodes: list[int], unread: list[int]) -> Iterator[Note]:
    heads = {line["parent"] for line in lines if "parent" in line}
    begin: list[int] | None = None
    for position, line in enumerate(lines):
        if line.get("item") and ("quantity" in line or not _HOW_MANY.isdisjoint(line)):
            continue
        for what in _unsaid(line, heads):
            if begin is None:
                begin = [at for at, node in enumerate(nodes) if node in spot.nodes]
                begin = [*begin, len(nodes)] if len(begin) == len(lines) else []
            if begin and bisect_left(unread, begin[position]) < bisect_left(unread, begin[position + 1]):
                continue
            yield Note(
                code="MAP-235",
                message=f"line {line.get('number', position + 1)} does not say {what}",
                index=begin[position] if begin else -1,
                hint="the partner sends the line again in full, or the order is completed by hand",
            )
