"""Reads the text form of `schemas/**`, described in schemas/README.md, into values of `hub.edi.structure`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hub.diagnostics import Diagnostic
from hub.edi.structure import UNBOUNDED, CodeList, Condition, ElementSpec, Node, SegmentSpec
from hub.errors import ConfigError

_TOKEN = re.compile(r"(?P<number>[A-Z]?\d{1,4})(?P<use>[!-]?)(?:\*(?P<repeat>\d+))?$")
_CONDITION = re.compile(r"(?P<kind>[PRECL])(?P<positions>(?:\d\d){2,})$")
_LOOP = re.compile(r"loop (?P<id>\S+?)(?P<use>!?)(?: (?P<max>\d+|\*))?$")
_SEGMENT = re.compile(r"(?P<tag>[A-Z][A-Z0-9]{1,2})(?P<use>!?)(?: (?P<max>\d+|\*))?$")
_USES = {"!": "M", "": "O", "-": "X"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line with content: its number from 1, the depth of its indentation in steps of two, its text."""

    number: int
    depth: int
    text: str


def lines(path: Path) -> Iterator[Line]:
    """Yield the lines of a schema file without comments and blank lines."""
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = raw.split(" #", 1)[0].rstrip() if " #" in raw else raw.rstrip()
        if text and not text.startswith("#"):
            body = text.lstrip(" ")
            yield Line(number, (len(text) - len(body)) // 2, body)


def fault(path: Path, line: Line, message: str) -> ConfigError:
    """The error for a line of a schema that does not follow its form."""
    place = Diagnostic(
        file=str(path), line=line.number, column=1, level="error", code="CFG-190", message=message, hint="see schemas/README.md"
    )
    return ConfigError([place])


def read_names(path: Path) -> dict[str, str]:
    """`353 Purpose of the set`: number, composite or tag -> our name for it."""
    names = {}
    for line in lines(path):
        key, _, name = line.text.partition(" ")
        names[key] = name
    return names


def read_tags(path: Path) -> frozenset[str]:
    """Segment tags, several a line."""
    return frozenset(tag for line in lines(path) for tag in line.text.split())


def read_codes(path: Path) -> dict[str, CodeList]:
    """`353 closed` followed by indented `00 original`, or by bare codes after `=`: element number -> its code list."""
    heads: dict[str, bool] = {}
    values: dict[str, dict[str, str]] = {}
    number = ""
    for line in lines(path):
        key, _, rest = line.text.partition(" ")
        if line.depth == 0:
            if rest not in {"open", "closed"}:
                raise fault(path, line, "a code list is open or closed")
            number = key
            heads[number], values[number] = rest == "closed", {}
        elif key == "=":
            values[number].update(dict.fromkeys(rest.split(), ""))
        else:
            values[number][key] = rest
    return {number: CodeList(number=number, closed=closed, values=values[number]) for number, closed in heads.items()}


def read_elements(path: Path, names: Mapping[str, str], codes: Mapping[str, CodeList]) -> dict[str, ElementSpec]:
    """`353 ID 2 2`: number, type, least and greatest length -> an element that stands nowhere yet."""
    elements = {}
    for line in lines(path):
        parts = line.text.split()
        if len(parts) != 4:
            raise fault(path, line, "an element is: number type min max")
        number, kind, least, most = parts
        elements[number] = ElementSpec(
            ref="", number=number, name=names.get(number, number), type=kind, min=int(least), max=int(most), use="O",
            codes=codes.get(number),
        )  # fmt: skip
    return elements


def _expand(text: str) -> str:
    """`10(235 234)` is ten pairs in a row."""
    return re.sub(r"(\d+)\(([^)]*)\)", lambda match: " ".join([match[2]] * int(match[1])), text)


def _positions(path: Path, line: Line, text: str, prefix: str, known: Mapping[str, ElementSpec]) -> tuple[ElementSpec, ...]:
    found: list[ElementSpec] = []
    for token in _expand(text).split():
        match = _TOKEN.match(token)
        if match is None or match["number"] not in known:
            raise fault(path, line, f"no element {token}")
        ref = f"{prefix}{len(found) + 1:02d}" if "." not in prefix else f"{prefix}{len(found) + 1}"
        base = known[match["number"]]
        parts = tuple(replace(part, ref=f"{ref}.{place}") for place, part in enumerate(base.components, 1))
        repeat = int(match["repeat"] or 1)
        found.append(replace(base, ref=ref, use=_USES[match["use"]], repeat=repeat, components=parts))  # type: ignore[arg-type]
    return tuple(found)


def read_composites(path: Path, names: Mapping[str, str], elements: Mapping[str, ElementSpec]) -> dict[str, ElementSpec]:
    """`C507: 2005! 2380 2379`: a composite and its components."""
    composites = {}
    for line in lines(path):
        number, _, text = line.text.partition(":")
        parts = _positions(path, line, text, f"{number}.", elements)
        composites[number] = ElementSpec(
            ref="", number=number, name=names.get(number, number), type="", min=0, max=0, use="O", components=parts
        )
    return composites


def read_segments(path: Path, names: Mapping[str, str], known: Mapping[str, ElementSpec]) -> dict[str, SegmentSpec]:
    """`N1: 98! 93 66 67 706 98; R0203 P0304`: a segment, its elements and the conditions between them."""
    segments = {}
    for line in lines(path):
        tag, _, text = line.text.partition(":")
        body, _, rules = text.partition(";")
        elements = _positions(path, line, body, tag, known)
        conditions = []
        for rule in rules.split():
            match = _CONDITION.match(rule)
            if match is None:
                raise fault(path, line, f"no condition {rule}")
            digits = match["positions"]
            places = tuple(int(digits[at : at + 2]) for at in range(0, len(digits), 2))
            conditions.append(Condition(kind=match["kind"], positions=places))
        segments[tag] = SegmentSpec(tag=tag, name=names.get(tag, tag), elements=elements, conditions=tuple(conditions))
    return segments


def _limit(text: str | None) -> int:
    return UNBOUNDED if text == "*" else int(text or 1)


@dataclass(slots=True)
class _Open:
    """A loop whose nodes are being read."""

    depth: int
    loop: str
    path: str
    trigger: int
    min: int
    loop_max: int


def read_structure(path: Path, segments: Mapping[str, SegmentSpec]) -> tuple[dict[str, str], tuple[Node, ...]]:
    """A message: `key: value` lines, then segments and loops by indentation. Returns the values and the nodes."""
    heads: dict[str, str] = {}
    nodes: list[Node] = []
    stack: list[_Open] = []
    for line in lines(path):
        key, colon, value = line.text.partition(": ")
        if colon:
            heads[key] = value
            continue
        while stack and line.depth <= stack[-1].depth:
            _close(nodes, stack.pop())
        loop = _LOOP.match(line.text)
        if loop is not None:
            outer = stack[-1].path + "/" if stack else ""
            least = 1 if loop["use"] else 0
            stack.append(_Open(line.depth, loop["id"], outer + loop["id"], -1, least, _limit(loop["max"])))
            continue
        match = _SEGMENT.match(line.text)
        if match is None or match["tag"] not in segments:
            raise fault(path, line, f"no segment {line.text}")
        nodes.append(_node(len(nodes), match, stack, segments[match["tag"]]))
    while stack:
        _close(nodes, stack.pop())
    return heads, tuple(nodes)


def _node(index: int, match: re.Match[str], stack: list[_Open], spec: SegmentSpec) -> Node:
    is_trigger = bool(stack) and stack[-1].trigger < 0
    if is_trigger:
        stack[-1].trigger = index
    around = stack[:-1] if is_trigger else stack
    inner = stack[-1] if stack else None
    return Node(
        index=index,
        tag=match["tag"],
        loop=inner.loop if inner else "",
        path=inner.path if inner else "",
        parent=around[-1].trigger if around else -1,
        is_trigger=is_trigger,
        min=inner.min if inner and is_trigger else int(bool(match["use"])),
        max=_limit(match["max"]),
        loop_max=inner.loop_max if inner and is_trigger else 1,
        end=index + 1,
        spec=spec,
    )


def _close(nodes: list[Node], loop: _Open) -> None:
    if loop.trigger >= 0:
        nodes[loop.trigger] = replace(nodes[loop.trigger], end=len(nodes))
