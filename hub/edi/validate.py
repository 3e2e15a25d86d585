"""Checks a message against its specification: structure first, then every element of every placed segment.

The fast way is one compiled pattern per segment over the message's own text (`hub.edi.patterns`); only a segment it does not
accept goes the slow way that explains (`hub.edi.explain`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs

from hub.edi.catalogue_standard import finding
from hub.edi.columns import Columns, are_right, columns_of
from hub.edi.dictionary import message_spec
from hub.edi.explain import Fault, Form, explain
from hub.edi.findings import Finding, Severity, Where
from hub.edi.kept import Kept
from hub.edi.locate import locate
from hub.edi.patterns import Pattern, compile_pattern
from hub.edi.place import Placement, place
from hub.edi.profile import profile_findings
from hub.edi.service_segments import SERVICE_TAGS, as_told
from hub.edi.structure import MessageSpec, SegmentSpec
from hub.edi.tree import Delimiters, Message, Repeats, Segment

_MOST_LOCATED = 200
"""How many findings of one message get a byte offset: each costs a look into the message's text."""

_PAYS_AFTER = 6
"""A segment is compared with its pattern once it came this often: compiling costs as much as explaining some dozens."""

_MANY = 4
"""From so many loop occurrences of one shape on their segments are checked element by element together."""

_AT_ONCE = 250
"""Loop occurrences that are looked at together: more of them do not stay in the processor's cache from column to column."""

_CERTAIN = {
    "x12": frozenset({"EDI-211", "EDI-216", "EDI-218", "EDI-219"}),
    "edifact": frozenset({"EDI-216", "EDI-223"}),
}
"""What is an error even where a neighbouring release stands in for the one that the message is of."""


@dataclass(frozen=True, slots=True)
class Validation:
    """The placement and the findings of the standard's layer; `omitted` counts those that were not kept (`hub.edi.kept`)."""

    placement: Placement
    findings: list[Finding]
    omitted: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """A message checked without knowing beforehand what it is; `validation` is None where no dictionary has its type."""

    spec: MessageSpec | None
    validation: Validation | None
    findings: list[Finding]
    omitted: int = 0


def check(message: Message, *, roots: tuple[Path, ...] = ()) -> Checked:
    """Find the specification of `message` and check it; a type that no dictionary has is a warning. `roots`: see `message_spec`."""
    spec = message_spec(message.interchange.standard, message.type, message.version, message.association, roots=roots)
    if spec is None:
        return Checked(None, None, [_unknown(message)] if message.type else [])
    validation = validate(message, spec)
    return Checked(spec, validation, validation.findings, validation.omitted)


class _Patterns(dict[str, Pattern]):
    """The compiled patterns by tag; `seen` counts the segments that have none yet. `columns` are the checks of many at once."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, int] = {}
        self.columns: dict[str, Columns] = {}


def _count(patterns: _Patterns, spec: SegmentSpec, delimiters: Delimiters) -> None:
    count = patterns.seen[spec.tag] = patterns.seen.get(spec.tag, 0) + 1
    if count >= _PAYS_AFTER:
        patterns[spec.tag] = compile_pattern(spec, delimiters)


def validate(message: Message, spec: MessageSpec) -> Validation:
    """Check `message`; the findings are in the order of its segments, structural ones first."""
    if not message.complete:
        return Validation(Placement(spec, [], []), [])
    placement = place(message, spec)
    kept = Kept(placement.findings)
    if not spec.exact:
        kept.add(_nearest(message, spec))
    delimiters = message.interchange.delimiters
    form = Form(standard=spec.standard, delimiters=delimiters, six_digit_dates=_has_six_digit_dates(message, spec))
    patterns = _patterns(spec, delimiters)
    texts = [] if spec.standard == "x12" and message.raw else _texts(message)
    separator = delimiters.element
    nodes, segments = spec.nodes, message.segments
    placed = placement.nodes
    # Measured: everything a right segment needs is in these lines; a method call more costs a third of it.
    for index in _in_doubt(message, placement, patterns):
        target = placed[index]
        if target < 0:
            continue
        segment_spec = nodes[target].spec
        pattern = patterns.get(segment_spec.tag)
        if pattern is not None:
            # The elements of X12 are its text as it arrived, so that a segment's is made again where it is asked for.
            found = pattern.match(texts[index] if texts else separator.join(segments[index]))  # type: ignore[arg-type]
            if found is not None and (found.groups() in pattern.right or pattern.knows(found.groups())):
                continue
        else:
            _count(patterns, segment_spec, delimiters)
        for fault in explain(segments[index], segment_spec, form):
            found_here: Finding | None = _finding(message, spec, index, segment_spec, fault)
            if segment_spec.tag in SERVICE_TAGS and found_here is not None:
                found_here = as_told(found_here, message.findings)
            if found_here is not None:
                kept.add(found_here)
    for narrowed in profile_findings(message, spec, placement.nodes):
        kept.add(narrowed)
    return Validation(placement, _located(message, kept.findings), placement.omitted + kept.omitted)


def _in_doubt(message: Message, placement: Placement, patterns: _Patterns) -> Iterable[int]:
    """The segments to be looked at one by one: all but those that `hub.edi.columns` found right together."""
    every = range(len(placement.nodes))
    if (
        placement.spec.standard != "x12"
        or not any(each.times >= _MANY for each in placement.stretches)
        or not _is_plain(message)
    ):
        return every
    nodes, segments = placement.spec.nodes, message.segments
    left: list[int] = []
    done = 0
    for stretch in placement.stretches:
        begin, length = stretch.begin, len(stretch.run.nodes)
        if stretch.times < _MANY:
            continue
        left += every[done:begin]
        done = begin + length * stretch.times
        for start in range(begin, done, length * _AT_ONCE):
            stop = min(start + length * _AT_ONCE, done)
            for offset, node in enumerate(stretch.run.nodes, start):
                left += _wrong(segments[offset:stop:length], every[offset:stop:length], nodes[node].spec, patterns)
    left += every[done:]
    left.sort()
    return left


def _wrong(segments: list[Segment], indexes: range, spec: SegmentSpec, patterns: _Patterns) -> Iterable[int]:
    """Those of the segments of one node that are not plainly right; the segments of one length are compared together."""
    columns = patterns.columns.get(spec.tag)
    if columns is None:
        columns = patterns.columns[spec.tag] = columns_of(spec)
    sizes = set(map(len, segments))
    if len(sizes) == 1:
        return () if are_right(columns, segments) else indexes
    left: list[int] = []
    for size in sizes:
        alike = [index for index, segment in zip(indexes, segments, strict=True) if len(segment) == size]
        if not are_right(columns, [segment for segment in segments if len(segment) == size]):
            left += alike
    return left


def _is_plain(message: Message) -> bool:
    """Whether no separator inside elements occurs in the message, so that every element is one value."""
    delimiters = message.interchange.delimiters
    return bool(message.raw) and not any(mark and mark in message.raw for mark in (delimiters.component, delimiters.repetition))


def _patterns(spec: MessageSpec, delimiters: Delimiters) -> _Patterns:
    """The patterns of a release for one set of service characters; kept with the specification."""
    known = spec.memo.get(delimiters)
    if isinstance(known, _Patterns):
        return known
    made = spec.memo[delimiters] = _Patterns()
    return made


def _texts(message: Message) -> list[str]:
    """The segments as they stand in the file, or written again where its text does not divide into exactly these segments."""
    delimiters = message.interchange.delimiters
    if message.raw:
        texts = message.raw.split(delimiters.segment)
        if len(texts) == len(message.segments) + 1:
            return texts
    return [_text(segment, delimiters) for segment in message.segments]


def _text(segment: Segment, delimiters: Delimiters) -> str:
    """A segment with its separators; empty, which no pattern accepts, where its data contains one of them."""
    component, release = delimiters.component, delimiters.release
    values, parts = [], 0
    for element in segment:
        if isinstance(element, str):
            values.append(element)
        elif isinstance(element, Repeats):
            return ""
        else:
            values.append(component.join(element))
            parts += len(element) - 1
    text = delimiters.element.join(values)
    is_plain = text.count(delimiters.element) == len(segment) - 1 and not (release and release in text)
    return text if is_plain and (not release or text.count(component) == parts) else ""


def _has_six_digit_dates(message: Message, spec: MessageSpec) -> bool:
    return spec.standard == "x12" and not spec.exact and message.version.strip()[:6] < "004010"


def _finding(message: Message, spec: MessageSpec, index: int, segment_spec: SegmentSpec, fault: Fault) -> Finding:
    is_uncertain = not spec.exact and fault.code not in _CERTAIN[spec.standard] and segment_spec.tag not in {"UNH", "UNT"}
    severity: Severity | None = "warning" if is_uncertain else None
    where = Where(
        interchange=message.interchange.control_number,
        group=message.group.control_number or None,
        message=message.control_number,
        segment_index=index + 1,
        segment=segment_spec.tag,
        element=fault.element,
        component=fault.component,
        repetition=fault.repetition,
        data_element=fault.number,
    )
    return finding(fault.code, spec.standard, fault.text, where, value=fault.value, severity=severity)


def _located(message: Message, findings: list[Finding]) -> list[Finding]:
    """The findings with the byte offset of the first `_MOST_LOCATED` of them."""
    if not findings or not message.raw:
        return findings
    out = []
    for count, found in enumerate(findings):
        where = found.where
        if count < _MOST_LOCATED and where.segment_index is not None:
            offset = locate(message, where.segment_index, where.element, where.component, repetition=where.repetition)
            found = structs.replace(found, where=structs.replace(where, offset=offset))  # noqa: PLW2901
        out.append(found)
    return out


def _unknown(message: Message) -> Finding:
    where = Where(
        interchange=message.interchange.control_number,
        group=message.group.control_number or None,
        message=message.control_number,
    )
    text = f"no dictionary has the message type {message.type[:10]!r}; only its envelope was checked"
    return finding("EDI-233", message.interchange.standard, text, where)


def _nearest(message: Message, spec: MessageSpec) -> Finding:
    where = Where(
        interchange=message.interchange.control_number,
        group=message.group.control_number or None,
        message=message.control_number,
    )
    version = message.version.strip()
    named = f"release {version} is not carried" if version else "no release is named"
    text = f"{named}; checked against {spec.release}"
    return finding("EDI-232", spec.standard, text, where)
