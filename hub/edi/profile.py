"""What an association narrows in a message of a directory: EANCOM's ORDERS and ORDRSP.

The directory alone decides what a CONTRL rejects. What only the profile forbids is a warning: the message is right by the
standard that its header names.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hub.edi.catalogue_standard import finding
from hub.edi.findings import Finding, Where
from hub.edi.schema_text import Line, fault, lines
from hub.edi.structure import MessageSpec, Node, Profile, Rule
from hub.edi.tree import Message, Repeats, Segment


def read_profile(path: Path, name: str, nodes: tuple[Node, ...]) -> Profile:
    """`require BGM01.1`, `without LIN02`, `values BGM03 9 31`, and `without SG25/PCD` for a segment, `without SG25/SG26` for a loop."""
    rules: dict[str, list[Rule]] = {}
    unused: set[int] = set()
    for line in lines(path):
        kind, _, rest = line.text.partition(" ")
        place, _, values = rest.partition(" ")
        if kind == "without" and not place[-1].isdigit():
            unused |= _segments(path, line, place, nodes)
        elif kind == "without" and _loop_of(place):
            unused |= _loop(path, line, place, nodes)
        elif kind in {"require", "without", "values"} and place[3:5].isdigit():
            component = int(place[6:] or 0)
            rules.setdefault(place[:3], []).append(
                Rule(kind, int(place[3:5]), component, frozenset(values.split()))  # type: ignore[arg-type]
            )
        else:
            raise fault(path, line, f"no rule {line.text}")
    narrowed = {node.index for node in nodes if node.tag in rules} | unused
    return Profile(name, {tag: tuple(each) for tag, each in rules.items()}, frozenset(unused), frozenset(narrowed))


def _loop_of(place: str) -> str:
    last = place.rpartition("/")[2]
    return last if last.startswith("SG") else ""


def _segments(path: Path, line: Line, place: str, nodes: tuple[Node, ...]) -> set[int]:
    loop, _, tag = place.rpartition("/")
    found = {node.index for node in nodes if node.tag == tag and node.loop == loop and not node.is_trigger}
    if not found:
        raise fault(path, line, f"no segment {place}")
    return found


def _loop(path: Path, line: Line, place: str, nodes: tuple[Node, ...]) -> set[int]:
    found = {node.index for node in nodes if node.is_trigger and node.loop == _loop_of(place)}
    if not found:
        raise fault(path, line, f"no loop {place}")
    return found


def profile_findings(message: Message, spec: MessageSpec, placed: list[int]) -> Iterator[Finding]:
    """The warnings of the specification's profile about a message whose segments have these nodes."""
    profile = spec.profile
    if profile is None:
        return
    for index, target in enumerate(placed):
        if target not in profile.narrowed:
            continue
        node = spec.nodes[target]
        segment = message.segments[index]
        if target in profile.unused:
            text = f"{profile.name} does not use {node.tag} in {node.loop or 'the message'}"
            yield _finding(message, "EDI-236", text, index, node)
        for rule in profile.rules.get(node.tag, ()):
            text = _broken(segment, rule, profile.name)
            if text:
                yield _finding(message, "EDI-235", text, index, node, rule=rule)


def _broken(segment: Segment, rule: Rule, name: str) -> str:
    value = _value(segment, rule)
    place = f"{segment[0]}{rule.element:02d}" + (f".{rule.component}" if rule.component else "")
    if rule.kind == "require":
        return "" if value else f"{name} requires {place}"
    if rule.kind == "without":
        return f"{name} does not use {place}" if value else ""
    return f"{name} does not have the code {value!r} in {place}" if value and value not in rule.values else ""


def _value(segment: Segment, rule: Rule) -> str:
    if rule.element >= len(segment):
        return ""
    element = segment[rule.element]
    if isinstance(element, Repeats):
        element = element[0] if element else ""
    if isinstance(element, str):
        return element if rule.component <= 1 else ""
    if not rule.component:
        return "".join(element)
    part = element[rule.component - 1] if rule.component <= len(element) else ""
    return part if isinstance(part, str) else ""


def _finding(message: Message, code: str, text: str, index: int, node: Node, *, rule: Rule | None = None) -> Finding:
    where = Where(
        interchange=message.interchange.control_number,
        group=message.group.control_number or None,
        message=message.control_number,
        segment_index=index + 1,
        segment=node.tag,
        element=rule.element if rule else None,
        component=(rule.component or None) if rule else None,
        loop=node.loop or None,
    )
    return finding(code, "edifact", text, where)
