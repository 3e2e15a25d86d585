"""A compiled guide: reads a placed message into a canonical document and writes a document as segments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, get_type_hints

import msgspec

from hub.diagnostics import Diagnostic
from hub.edi.dictionary import MessageSpec, Node, message_spec, segment_spec
from hub.edi.findings import Finding
from hub.edi.place import Placement, place
from hub.edi.tree import Message, Segment
from hub.errors import ConfigError
from hub.guides.binding import Binding, bind
from hub.guides.calm import uncollected
from hub.guides.counts import check_count
from hub.guides.demands import check_demands, collect
from hub.guides.generate import Handler
from hub.guides.library import Library
from hub.guides.needs import check_needs, needs_of
from hub.guides.reading import ReadCompiler
from hub.guides.run import MEMBERS, Context, Frame, Note, Run, finish_notes
from hub.guides.shape import GuideText
from hub.guides.steps import STEPS
from hub.guides.tables import Table
from hub.guides.texts import join_pieces
from hub.guides.trace import TraceRow, trace_rows
from hub.guides.tree import grow
from hub.guides.writing import WriteCompiler, WriteResult, write
from hub.model import Document, document_types


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """What was read: always a document, and findings of the layers `guide` and `table`. `trace` only where asked for."""

    document: Document
    findings: list[Finding]
    trace: list[TraceRow] = field(default_factory=list)


class Guide:
    """One guide, compiled once; safe to share between threads."""

    def __init__(self, text: GuideText, spec: MessageSpec, library: Library, tables: Mapping[str, str] | None = None) -> None:
        self.name = text.name
        self.text = text
        self.spec = spec
        self.binding: Binding = bind(text, spec, _standing_in(library.tables(), tables))
        self.steps = [STEPS[name] for name in text.steps if name in STEPS]
        self._type = document_types.get(text.document, document_types["order"])
        self._lines = get_type_hints(self._type).get("lines")
        self._handlers = ReadCompiler(self.binding).handlers()
        self.writer = WriteCompiler(self.binding)
        self._traced: list[Handler | None] | None = None
        self._demands = collect(self.binding)
        self._needs = needs_of(self.binding)
        # What a guide names is met several times on the way: each mistake is said once.
        wrong = dict.fromkeys(each for each in self.binding.found if each.level == "error")
        if wrong:
            raise ConfigError(list(wrong))

    def read(
        self, message: Message, placement: Placement, context: Context | None = None, *, trace: bool = False
    ) -> ReadResult:
        """Read a message. Never fails for what a partner sent: what could not be read is absent and has its finding."""
        if len(message.segments) <= _LARGE:
            return self._read(message, placement, context or _NO_CONTEXT, is_traced=trace)
        with uncollected():
            return self._read(message, placement, context or _NO_CONTEXT, is_traced=trace)

    def write(self, document: Document, context: Context | None = None) -> WriteResult:
        """Write a document as the segments between ST and SE, or UNH and UNT."""
        return write(self, document, context or Context())

    def _read(self, message: Message, placement: Placement, context: Context, *, is_traced: bool) -> ReadResult:
        run = Run(len(self.binding.scopes), message.interchange.delimiters.component, message.interchange.delimiters.repetition)
        root: Frame = {"type": self.text.document}
        root.update(self.text.constants)
        run.frames[0] = root
        for scope in self.binding.whole:
            run.frames[scope.number] = {}
        handlers = self._handlers
        if is_traced:
            run.trace = []
            handlers = self._traced_handlers()
        nodes: list[int] = []
        if message.complete:
            nodes = self._nodes(message, placement)
            self._take(message.segments, nodes, handlers, run)
        else:
            run.notes.append(_unread(message))
        self._finish(root, message.segments, run)
        if self._needs is not None and message.complete:
            run.notes += check_needs(self._needs, root, message.segments, nodes, run.notes)
        if self._demands is not None and message.complete:
            run.notes += check_demands(self.binding, self._demands, message.segments, nodes)
        spilled = run.spilled
        if spilled and message.complete:
            root["extensions"] = list(_extensions(message.segments, nodes, self.spec, spilled))
        root["source"] = _source(message, context, self.name)
        rows = trace_rows(run, root, message) if is_traced else []
        document = self._made(root)
        return ReadResult(document=document, findings=finish_notes(run.notes, message), trace=rows)

    def _made(self, root: Frame) -> Document:
        """The document of what was read. Many lines are made a few at a time, and what they were read into is let go meanwhile."""
        lines: list[Any] = root.get("lines") or []
        if len(lines) > _AT_ONCE and self._lines is not None:
            for start in range(0, len(lines), _AT_ONCE):
                lines[start : start + _AT_ONCE] = msgspec.convert(lines[start : start + _AT_ONCE], self._lines)
        document: Document = msgspec.convert(root, self._type)
        return document

    def _nodes(self, message: Message, placement: Placement) -> list[int]:
        """The placement as it is, where it was made by this guide's dictionary; else a new one."""
        made_by = placement.spec
        same = made_by is self.spec or (
            (made_by.type, made_by.release) == (self.spec.type, self.spec.release)
            and len(made_by.nodes) == len(self.spec.nodes)
        )
        return placement.nodes if same else place(message, self.spec).nodes

    def _take(self, segments: list[Segment], nodes: list[int], handlers: list[Handler | None], run: Run) -> None:
        spilled = run.spilled
        # the last handler is none, for the segments without a node (-1)
        for index, (segment, node) in enumerate(zip(segments, nodes, strict=True)):
            run.index = index
            handler = handlers[node]
            if handler is not None:
                handler(segment, run)
            elif node < 0 or (segment[0] not in _ENVELOPE and len(segment) > 1):
                spilled.add(index)

    def _finish(self, root: Frame, segments: list[Segment], run: Run) -> None:
        for scope in self.binding.whole:
            found = run.frames[scope.number]
            if found and scope.loop is not None:
                root.setdefault(scope.loop.each, []).insert(0, found)
        _join_texts(run)
        _summarise_items(run)
        _close(run)
        for loop, _, _ in self.binding.trees[:1]:
            grow(loop, root, run)
        for step in self.steps:
            step.read(root, run.notes)
        for check in run.checks:
            check_count(check, segments, run.notes)

    def _traced_handlers(self) -> list[Handler | None]:
        if self._traced is None:
            self._traced = ReadCompiler(self.binding, is_traced=True).handlers()
        return self._traced


_NO_CONTEXT = Context()
_LARGE = 5_000
"""Segments from which the collector of garbage is held back."""

_AT_ONCE = 100
"""Lines that are made together: more of them do not stay in the processor's cache."""

_ENVELOPE = frozenset({"ST", "SE", "UNH", "UNT", "UNS"})


def guide(name: str, library: Library, tables: Mapping[str, str] | None = None) -> Guide:
    """The named guide, compiled once per library and set of tables; raises `NotFound` or `ConfigError`.

    `tables` names the tables that stand in for those the guide names, as an agreement says.
    """
    key = (name, tuple(sorted(tables.items()))) if tables else name
    found = library.compiled.get(key)
    if not isinstance(found, Guide):
        text = library.text(name)
        found = library.compiled[key] = Guide(text, spec_of(text), library, tables)
    return found


def _close(run: Run) -> None:
    """What was opened for something that never came is taken away; its segment is left over."""
    empty: dict[int, tuple[list[Frame], set[int]]] = {}
    for listed, frame, needed, index in run.opened:
        if not frame.keys() >= needed:
            empty.setdefault(id(listed), (listed, set()))[1].add(id(frame))
            run.spilled.add(index)
    for listed, frames in empty.values():
        listed[:] = [each for each in listed if id(each) not in frames]


def _join_texts(run: Run) -> None:
    """Texts that came in pieces are joined, and what waited for a preferred place is set."""
    for frame, key, width in run.texts:
        frame[key] = join_pieces(frame[key], width, "\n")
    for frame, put, value, index in run.deferred:
        run.index = index
        put(frame, value, run)
    if run.groups:
        _spread(run)


def _summarise_items(run: Run) -> None:
    """The best-ranked ids fill `gtin`, `buyer_id` and their like; what a segment said outright stays."""
    for item, best in run.items.values():
        for name, (_, value) in best.items():
            if name not in item:
                item[name] = value


def _spread(run: Run) -> None:
    """Every shared frame gives way to its outcomes, in its place."""
    lists = {id(listed): listed for listed, _ in run.groups}
    shared = {id(frame) for _, frame in run.groups}
    for listed in lists.values():
        listed[:] = [each for frame in listed for each in (_outcomes(frame, run) if id(frame) in shared else [frame])]


def _outcomes(frame: Frame, run: Run) -> list[Frame]:
    outcomes: list[Frame] = frame.pop(MEMBERS, None) or [{}]
    merged = [_merged(frame, outcome) for outcome in outcomes]
    if run.trace is not None:
        run.aliases += [pair for one, outcome in zip(merged, outcomes, strict=True) for pair in ((one, frame), (one, outcome))]
    return merged


def _merged(shared: Frame, outcome: Frame) -> Frame:
    """An outcome with what it shares; parts that both have are joined, the outcome's members winning."""
    joined = {
        name: {**known, **outcome[name]}
        for name, known in shared.items()
        if isinstance(known, dict) and isinstance(outcome.get(name), dict)
    }
    return {**shared, **outcome, **joined}


def _standing_in(known: Mapping[str, Table], tables: Mapping[str, str] | None) -> Mapping[str, Table]:
    if not tables:
        return known
    return {**known, **{name: known[other] for name, other in tables.items() if other in known}}


def _unread(message: Message) -> Note:
    return Note(
        code="MAP-202",
        message=f"{message.segment_count:,} segments are more than the hub reads as one document",
        index=-1,
        hint="raise the limit of the site, or ask the partner for smaller messages",
        who="admin",
    )


_SERVICE_VERSIONS = {"S3": "D3", "S4": "41"}


def misfits(text: GuideText, library: Library) -> list[Diagnostic]:
    """What does not fit in a guide whose shape has mistakes of its own, as far as it could be read; for `edihub lint`."""
    if not text.document or not text.dictionary:
        return []
    try:
        return Guide(text, spec_of(text), library).binding.found
    except ConfigError as wrong:
        return list(wrong.diagnostics)


def spec_of(text: GuideText) -> MessageSpec:
    """The dictionary a guide is bound to: `x12/004010/850`, `edifact/D96A/ORDERS`; raises `ConfigError`."""
    standard, release, *_, kind = [*text.dictionary.split("/"), "", ""][:3]
    if standard == "x12" and kind == "TA1":
        found = ta1_spec(release)
    else:
        version = _SERVICE_VERSIONS.get(release, release)
        found = message_spec("x12" if standard == "x12" else "edifact", kind, version)
    if found is None:
        message = f'no dictionary for "{text.dictionary}"'
        raise ConfigError(
            [
                Diagnostic(
                    file=text.file,
                    line=1,
                    column=1,
                    level="error",
                    code="CFG-239",
                    message=message,
                    hint="`dictionary:` names a message of the standard, such as x12/004010/850 or edifact/D96A/ORDERS",
                )
            ]
        )
    return found


@lru_cache(maxsize=4)
def ta1_spec(release: str) -> MessageSpec | None:
    """TA1 as a message of one segment: it stands between ISA and GS, in no transaction set."""
    segment = segment_spec("x12", "TA1", release)
    if segment is None:
        return None
    node = Node(
        index=0, tag="TA1", loop="", path="", parent=-1, is_trigger=False, min=1, max=1, loop_max=1, end=1, spec=segment
    )
    return MessageSpec(
        standard="x12", type="TA1", release=release, name=segment.name, group="", nodes=(node,), segments={"TA1": segment}
    )


def _source(message: Message, context: Context, name: str) -> dict[str, Any]:
    interchange = message.interchange
    found: dict[str, Any] = {
        "channel": context.channel,
        "standard": interchange.standard,
        "version": message.version,
        "interchange": interchange.control_number,
        "message": message.control_number,
        "message_type": message.type,
        "sender": interchange.sender.id,
        "receiver": interchange.receiver.id,
        "guide": name,
    }
    if message.association:
        found["association"] = message.association
    if message.group.control_number:
        found["group"] = message.group.control_number
    if context.partner:
        found["partner"] = context.partner
    if interchange.test != "production":
        found["test"] = True
    return found


def _extensions(segments: list[Segment], nodes: list[int], spec: MessageSpec, wanted: set[int]) -> Iterator[dict[str, Any]]:
    """The segments that no entry read in full, each with its address: `PO1[2]/CTP[1]`."""
    counts: dict[tuple[str, str], int] = {}
    paths: dict[int, str] = {-1: ""}
    for index, (segment, number) in enumerate(zip(segments, nodes, strict=True)):
        tag = str(segment[0])
        around = paths.get(spec.nodes[number].parent, "") if number >= 0 else ""
        count = counts[around, tag] = counts.get((around, tag), 0) + 1
        path = f"{around}{tag}[{count}]"
        if number >= 0 and spec.nodes[number].is_trigger:
            paths[number] = f"{path}/"
        if index in wanted:
            yield {"at": path, "segment_index": index + 1, "elements": tuple(segment[1:])}
