"""Reads any file of X12 or EDIFACT: interchanges, groups and messages in order, one message in memory at a time.

Every byte belongs to a segment, a separator or a finding. What is wrong becomes a finding on the value it belongs to; only a
file that is neither X12 nor EDIFACT is refused.
"""

from __future__ import annotations

import mmap as maps
import re
from collections.abc import Iterator
from mmap import mmap

from hub.edi.catalogue_envelope import finding
from hub.edi.delimiters import Header, bare_x12, isa_header, una_header, undeclared
from hub.edi.edifact_reader import EdifactReader
from hub.edi.envelope_reader import EnvelopeReader
from hub.edi.findings import Finding, Where
from hub.edi.lexer import Finds
from hub.edi.limits import DEFAULT, Limits
from hub.edi.mapped import Buffer, matches, run_end
from hub.edi.segments import BETWEEN
from hub.edi.transcode import transcoded
from hub.edi.tree import Event, Interchange, InterchangeEnd
from hub.edi.x12_reader import X12Reader
from hub.errors import InputError

_STRIDE = 16_000_000
# A byte-order mark, also one that was taken for three letters and encoded again.
_MARKS = re.compile(rb"(?:\xef\xbb\xbf|\xc3\xaf\xc2\xbb\xc2\xbf)*")
_HEADER = re.compile(
    rb"ISA([^A-Za-z0-9\r\n])..\1|UNA[^A-Za-z0-9]{4}|UNB[^A-Za-z0-9\r\n ]|UNH[^A-Za-z0-9\r\n ]|UNG[^A-Za-z0-9\r\n ]", re.DOTALL
)
_X12_TAGS = (b"ISA", b"GS", b"ST")
_BEGUN = re.compile(rb"(ISA(?=[^A-Za-z0-9])|UN[ABGH](?=[^A-Za-z0-9])|GS(?=[^\w\s][A-Z]{2})|ST(?=[^\w\s]\d))")
_BLANK = re.compile(b"[" + re.escape(BETWEEN) + b"]*")


def read(
    data: bytes | memoryview | mmap,
    limits: Limits = DEFAULT,
    *,
    spans: list[tuple[int, int]] | None = None,
    forget: bool = False,
) -> Iterator[Event]:
    """Yield Interchange, then Group, Message..., GroupEnd for each group, then InterchangeEnd, for each interchange of `data`.

    Header values are complete when yielded; what the trailer adds is filled in before the End event. `spans`, if given,
    collects the byte range of every segment or message read. `forget` gives the pages of a read-only mapped file back to the
    system as they have been read. Raises `InputError` when `data` is neither X12 nor EDIFACT.
    """
    buffer: Buffer = bytes(data) if isinstance(data, memoryview) else data
    buffer, written_in = transcoded(buffer)
    position, leading = _begin(buffer)
    if written_in:
        leading.append(("EDI-102", 0, f"the file is {written_in}; it was converted, and offsets count in the converted text"))
    first = _locate_header(buffer, position, limits)
    if first is None:
        raise _refusal(buffer, position)
    if first.start > position:
        leading.append(("EDI-103", position, f"{first.start - position:,} bytes stand before the first header"))
    header: Header | None = first
    index = 0
    finds: Finds = {}
    behind = _Behind(buffer if forget else b"")
    while header is not None:
        reader = _reader(buffer, header, limits, index, finds)
        reader.spans = spans
        for code, offset, text in leading:
            reader.note(code, text, offset)
        leading = []
        for event in reader.events():
            yield event
            behind.give_back(reader.end)
        index = reader.index
        header = _after(buffer, reader)
        yield InterchangeEnd(reader.interchange)


class _Behind:
    """The part of a mapped file that has been read; its pages can be fetched again."""

    def __init__(self, data: Buffer) -> None:
        self._map = data if isinstance(data, mmap) and hasattr(mmap, "madvise") else None
        self._done = 0

    def give_back(self, end: int) -> None:
        """Drop the pages before `end`, some megabytes at a time."""
        if self._map is None or end - self._done < _STRIDE:
            return
        length = (end - self._done) // maps.PAGESIZE * maps.PAGESIZE
        self._map.madvise(maps.MADV_DONTNEED, self._done, length)
        self._done += length


def _begin(data: Buffer) -> tuple[int, list[tuple[str, int, str]]]:
    notes = []
    position = 0
    mark = _MARKS.match(data, 0)
    if mark is not None and mark.end():
        notes.append(("EDI-101", 0, "the file begins with a byte-order mark"))
        position = mark.end()
    return run_end(_BLANK.match, data, position), notes


def _header_at(data: Buffer, at: int) -> Header | None:
    return isa_header(data, at) or una_header(data, at) or undeclared(data, at) or bare_x12(data, at)


def _locate_header(data: Buffer, position: int, limits: Limits) -> Header | None:
    """The first header at or near `position`: right there, or behind at most `junk_bytes` of something else."""
    header = _header_at(data, position)
    if header is not None:
        return header
    end = min(len(data), position + limits.junk_bytes)
    for match in _HEADER.finditer(data, position, end):
        if match.group()[:3] in (b"UNH", b"UNG"):
            before = bytes(data[max(0, match.start() - 1) : match.start()])
            if before and before not in (b"\n", b"\r", b"'"):
                continue
        header = _header_at(data, match.start())
        if header is not None:
            return header
    return None


def _reader(data: Buffer, header: Header, limits: Limits, index: int, finds: Finds) -> EnvelopeReader:
    if bytes(data[header.start : header.start + 1]) != b"U":
        return X12Reader(data, header, limits, index=index, finds=finds)
    return EdifactReader(data, header, limits, index=index, finds=finds)


def _after(data: Buffer, reader: EnvelopeReader) -> Header | None:
    """The next interchange's header; what lies between is padding or a finding of the interchange before it."""
    end = reader.end
    position = run_end(_BLANK.match, data, end)
    blanks = bytes(data[end : min(position, end + 4096)])
    padding = min((at for at in (blanks.find(b"\x1a"), blanks.find(b"\x00")) if at >= 0), default=-1)
    if padding >= 0:
        reader.note("EDI-105", "padding behind the last segment", end + padding)
    if position >= len(data):
        return None
    mark = _MARKS.match(data, position)
    if mark is not None and mark.end() > position:
        reader.note("EDI-101", "a byte-order mark stands between two interchanges", position)
        position = run_end(_BLANK.match, data, mark.end())
    header = _header_at(data, position)
    if header is None and position < len(data):
        header = _search(data, position)
        stop = header.start if header else len(data)
        reader.note("EDI-104", f"{stop - position:,} bytes behind the interchange belong to nothing", position)
    return header


def _search(data: Buffer, position: int) -> Header | None:
    for match in matches(_HEADER, data, position):
        if match.group()[:3] in (b"UNH", b"UNG"):
            continue
        header = _header_at(data, match.start())
        if header is not None:
            return header
    return None


def _refusal(data: Buffer, position: int) -> InputError:
    start = bytes(data[position : position + 64])
    if not len(data) or position >= len(data):
        return InputError("the file is empty", "send a file that begins with ISA, UNA or UNB", code="EDI-002")
    if start.startswith(b"STX="):
        return InputError("the file is TRADACOMS, which the hub does not read", "ask the partner for EDIFACT", code="EDI-003")
    begun = _BEGUN.match(start)
    if begun is not None:
        tag, whole = begun.group(1).decode(), "ISA" if begun.group(1) in _X12_TAGS else "UNB"
        text = f"the file begins with {tag}, but too little of it can be read to know its separators"
        hint = f"send the whole file, from {whole} with all its elements on; it was cut, or a line end broke its header"
        return InputError(text, hint, code="EDI-006")
    return InputError(
        "the file is neither X12 nor EDIFACT",
        "an X12 file begins with ISA, an EDIFACT file with UNA or UNB; check that the right file was sent and is not encrypted or zipped",
        code="EDI-001",
    )


def fault(error: InputError) -> Finding:
    """The finding that says what `read` refused."""
    return Finding(
        code=error.code, severity="error", layer="envelope", message=error.message, where=Where(offset=0), hint=error.hint
    )


__all__ = ["DEFAULT", "Interchange", "Limits", "fault", "finding", "read"]
