"""Gives every segment of a message its place in the structure, and says which are missing, misplaced or too many."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from hub.edi.catalogue_standard import finding
from hub.edi.findings import Finding, Severity, Where
from hub.edi.kept import Kept
from hub.edi.runs import Head, Stretch, runs_of
from hub.edi.structure import MessageSpec, Node
from hub.edi.tree import Message
from hub.edi.walk import START, Step, Walk, best, can_follow, is_ambiguous, limit, passed_over, steps, walk

_TRAILERS = frozenset({"SE", "UNT"})


@dataclass(frozen=True, slots=True)
class Placement:
    """`nodes[i]` is the node index of `message.segments[i]`, -1 where it has no place.

    A segment that is out of order but belongs to a loop around it keeps the node it would have in order, beside its finding.
    `omitted` counts the findings that were not kept (`hub.edi.kept`). `stretches` are loop occurrences that were placed
    as a whole.
    """

    spec: MessageSpec
    nodes: list[int]
    findings: list[Finding]
    omitted: int = 0
    stretches: list[Stretch] = field(default_factory=list)


@dataclass(slots=True)
class _Walker:
    """The state of one walk: where it is, how often each node occurred in the loop instance around it."""

    message: Message
    spec: MessageSpec
    table: Walk
    counts: list[int]
    placed: list[int] = field(default_factory=list)
    kept: Kept = field(default_factory=Kept)
    lasts: dict[str, int] = field(default_factory=dict)
    current: int = START

    def last(self) -> int:
        """The index of the last segment that has a place, -1 before the first."""
        at = len(self.placed) - 1
        while at >= 0 and self.placed[at] < 0:
            at -= 1
        return at


def place(message: Message, spec: MessageSpec) -> Placement:
    """Walk the segments of `message` through `spec`."""
    table = walk(spec)
    walker = _Walker(message, spec, table, [0] * (len(spec.nodes) + 1))
    rows, counts, placed = table.rows, walker.counts, walker.placed
    shapes = runs_of(table)
    zeros = [0] * len(spec.nodes)
    found: list[Stretch] = []
    tags: list[str] = message.tags or [segment[0] for segment in message.segments]  # type: ignore[misc]
    current, index, total = START, 0, len(tags)
    head = shapes.head(tags)
    if head is not None:
        current, index = head.current, len(head.placed)
        placed += head.placed
        counts[:] = head.counts
    begin, is_certain = index, True
    # Measured: about 0.3 us for a segment with one possible place, which nearly all have, and less for a whole loop
    # occurrence of a shape that came before; everything else is in _slow.
    while index < total:
        step = rows[current + 1].get(tags[index])
        if step is None or counts[step[0]] >= step[1]:
            walker.current = current
            _slow(walker, index)
            current = walker.current
            index += 1
            is_certain = False
            continue
        before, (current, most, end) = current, step
        counts[current] += 1
        if not end:
            placed.append(current)
            index += 1
            continue
        stretch = shapes.at(current, tags, index, most - counts[current] + 1)
        if stretch is None:
            counts[current + 1 : end] = zeros[current + 1 : end]
            placed.append(current)
            index += 1
            continue
        found.append(stretch)
        run, times = stretch.run, stretch.times
        if is_certain and times > 1 and index > begin:
            shapes.learn(tags, index, times, partial(_head, placed, counts, before, current))
        counts[current] += times - 1
        counts[current + 1 : end] = run.counts
        nodes = run.nodes * times
        placed += nodes
        index += len(nodes)
        current = nodes[-1]
    walker.current = current
    _report_missing(walker, passed_over(table, walker.current))
    return Placement(spec, placed, walker.kept.findings, walker.kept.omitted, found)


def _head(placed: list[int], counts: list[int], current: int, entered: int) -> Head:
    """What has been walked before the loop `entered`, whose first segment is counted already."""
    before = counts.copy()
    before[entered] -= 1
    return Head(placed.copy(), before, current)


def _slow(walker: _Walker, index: int) -> None:
    """A segment with several possible places, or none, or one too many, or after something missing."""
    written = walker.message.segments[index][0]
    tag = written.strip() if isinstance(written, str) else ""
    chosen = _choose(walker, steps(walker.table, walker.current, tag), index)
    if chosen is None:
        _unexpected(walker, index, tag)
        return
    _report_missing(walker, chosen.missing)
    node = walker.spec.nodes[chosen.target]
    walker.counts[node.index] += 1
    if walker.counts[node.index] > limit(node):
        _too_many(walker, index, node)
    _enter(walker, node)


def _choose(walker: _Walker, candidates: tuple[Step, ...], index: int) -> Step | None:
    nodes, counts, segments = walker.spec.nodes, walker.counts, walker.message.segments
    with_room = [step for step in candidates if counts[step.target] < limit(nodes[step.target])]
    usable = with_room or list(candidates[:1])
    if not usable:
        return None
    if is_ambiguous(walker.table, usable):
        return best(walker.table, [step for step in usable if not step.missing], segments[index + 1 : index + 9])
    chosen = next((step for step in usable if not step.missing), usable[0])
    if chosen.missing and index + 1 < len(segments) and _strays(walker, chosen, index):
        return None
    return chosen


def _strays(walker: _Walker, step: Step, index: int) -> bool:
    """Whether this step would leave the next segment without the place it has from here, or jump a separator still to come."""
    if any(_comes_later(walker, node, index) for node in step.missing):
        return True
    following = walker.message.segments[index + 1]
    return can_follow(walker.table, walker.current, following) and not can_follow(walker.table, step.target, following)


def _comes_later(walker: _Walker, index: int, current: int) -> bool:
    """Whether the mandatory node at message level, the only one of its tag, is to be found behind the present segment."""
    node = walker.spec.nodes[index]
    if node.parent != START or node.is_trigger or limit(node) != 1:
        return False
    if sum(each.tag == node.tag for each in walker.spec.nodes) > 1:
        return False
    if not walker.lasts:
        walker.lasts.update((str(segment[0]).strip(), place) for place, segment in enumerate(walker.message.segments))
    return walker.lasts.get(node.tag, -1) > current


def _enter(walker: _Walker, node: Node) -> None:
    if node.is_trigger:
        for inner in range(node.index + 1, node.end):
            walker.counts[inner] = 0
    walker.placed.append(node.index)
    walker.current = node.index


def _unexpected(walker: _Walker, index: int, tag: str) -> None:
    """Report a segment without a place; keep its node where a loop around it has one, so that a guide can still read it."""
    home = _home(walker, tag)
    code, text = _why(walker, tag, is_at_home=home is not None)
    _report(walker, code, f"segment {tag or '(empty)'} {text}", index + 1, tag)
    if home is None or (home.is_trigger and home.index > walker.current):
        walker.placed.append(-1)
        return
    walker.counts[home.index] += 1
    if home.is_trigger:
        _enter(walker, home)
    else:
        walker.placed.append(home.index)


def _why(walker: _Walker, tag: str, *, is_at_home: bool) -> tuple[str, str]:
    """What is wrong with a segment that has no place: each is a code of its own to X12 (720)."""
    spec = walker.spec
    if tag in walker.table.tags:
        if is_at_home:
            return "EDI-202", "is out of sequence"
        return "EDI-207", "is not expected here: it belongs to a loop that has not begun"
    if tag in spec.segments or tag in spec.tags:
        return "EDI-206", f"is not a segment of {spec.type}"
    return "EDI-201", "is not a segment of the standard"


def _home(walker: _Walker, tag: str) -> Node | None:
    """The node the segment would have if order did not matter: the nearest in the loops around the current place."""
    nodes = walker.spec.nodes
    loop = walker.current
    if loop != START and not nodes[loop].is_trigger:
        loop = nodes[loop].parent
    while True:
        for member in walker.table.members.get(loop, ()):
            if nodes[member].tag == tag and tag not in _TRAILERS:
                return nodes[member]
        if loop == START:
            return None
        loop = nodes[loop].parent


def _report_missing(walker: _Walker, missing: tuple[int, ...]) -> None:
    """X12 names the position where the segment should stand, CONTRL the last segment before it (0096)."""
    for index in missing:
        node = walker.spec.nodes[index]
        if walker.counts[index] or node.tag in _TRAILERS:
            continue
        walker.counts[index] += 1
        position = walker.last() + (2 if walker.spec.standard == "x12" else 1)
        text = f"mandatory segment {node.tag} is missing" + (f" in loop {node.loop}" if node.loop else "")
        _report(walker, "EDI-203", text, position, node.tag, loop=node.loop)


def _too_many(walker: _Walker, index: int, node: Node) -> None:
    most = limit(node)
    if node.is_trigger:
        code, text = "EDI-204", f"loop {node.loop} occurs more than {most} times"
    else:
        code, text = "EDI-205", f"segment {node.tag} occurs more than {most} times"
    _report(walker, code, text, index + 1, node.tag, loop=node.loop)


def _report(walker: _Walker, code: str, text: str, position: int, tag: str, *, loop: str = "") -> None:
    message, spec = walker.message, walker.spec
    where = Where(
        interchange=message.interchange.control_number,
        group=message.group.control_number or None,
        message=message.control_number,
        segment_index=position,
        segment=tag,
        loop=loop or None,
    )
    severity: Severity | None = None if spec.exact or code == "EDI-203" else "warning"
    walker.kept.add(finding(code, spec.standard, text, where, severity=severity))
