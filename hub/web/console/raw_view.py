"""Stored bytes as a person can read them: one segment a line, its offset, every control character visible."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from hub.edi.delimiters import Header, isa_header, una_header, undeclared
from hub.edi.segments import Segments, ServiceCharacters

LINES = 300
LONGEST_LINE = 4_000
_BLANK = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n\x00\x1a]*")
_NAMES = ["NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US"]  # fmt: skip
_SEGMENT_LIMIT = 1 << 20
_PLAIN_WIDTH = 160
_HEADS = re.compile(rb"UN[AB]|ISA")


@dataclass(frozen=True, slots=True)
class Line:
    """One segment with what follows it up to the next. `index` counts from 1 at the header of the message shown, 0 elsewhere."""

    number: int
    offset: int
    end: int
    index: int


@dataclass(frozen=True, slots=True)
class RawView:
    """Some lines of a file. `lines` are pairs of a line and its pieces, each piece a kind (tag, service, control, text) and its text."""

    lines: list[tuple[Line, list[tuple[str, str]]]]
    first: int
    total: int


def raw_view(data: bytes, *, position: int | None, first: int | None) -> RawView:
    """The lines from `first` on (from 1), by default those where message number `position` (from 0) of the file begins."""
    lines, characters = _lines(data, position)
    begin = next((line.number for line in lines if line.index == 1), 1)
    wanted = first if first is not None else (1 if begin < LINES // 2 else begin)
    start = max(1, min(wanted, max(1, len(lines))))
    shown = lines[start - 1 : start - 1 + LINES]
    return RawView([(line, _pieces(data, line, characters)) for line in shown], start, len(lines))


def _lines(data: bytes, position: int | None) -> tuple[list[Line], ServiceCharacters | None]:
    header = _header(data, 0)
    if header is None:
        return _plain_lines(data), None
    starts = list(_starts(data, header))
    starts[0] = (0, starts[0][1])  # whatever stands in front of the first segment is shown too
    lines: list[Line] = []
    message, index = -1, 0
    for number, (offset, tag) in enumerate(starts, 1):
        if tag in {b"ST", b"UNH"}:
            message, index = message + 1, 0
        index += 1
        is_inside = message == position and message >= 0
        end = starts[number][0] if number < len(starts) else len(data)
        lines.append(Line(number, offset, end, index if is_inside else 0))
        if tag in {b"SE", b"UNT"}:
            message, index = (message, -1_000_000) if is_inside else (message, index)
    return [line if line.index >= 0 else Line(line.number, line.offset, line.end, 0) for line in lines], header.characters


def _starts(data: bytes, header: Header) -> list[tuple[int, bytes]]:
    """Where every segment begins, and its tag; each interchange is read by its own service characters."""
    found: list[tuple[int, bytes]] = []
    following: Header | None = header
    while following is not None:
        header, following = following, None
        at = begin = max(header.after, header.start)
        if begin > header.start:  # ISA and UNA are not read by the characters that they declare
            found.append((header.start, data[header.start : header.start + 3]))
        segments = Segments(data, header.characters, origin=header.start, limit=_SEGMENT_LIMIT)
        while following is None and (piece := segments.following(at)) is not None:
            if _HEADS.match(piece.content) and (piece.start > begin or piece.content.startswith(b"ISA")):
                following = _header(data, piece.start)
            if following is None:
                found.append((piece.start, piece.content[:4].split(header.characters.element, 1)[0]))
                at = piece.after
    return found or [(0, b"")]


def _header(data: bytes, at: int) -> Header | None:
    match = _BLANK.match(data, at)
    place = match.end() if match else at
    return isa_header(data, place) or una_header(data, place) or undeclared(data, place)


def _plain_lines(data: bytes) -> list[Line]:
    """Bytes that are no EDI: by their line ends, long lines cut."""
    lines: list[Line] = []
    at = 0
    while at < len(data):
        stop = data.find(b"\n", at, at + _PLAIN_WIDTH)
        end = stop + 1 if stop >= 0 else min(at + _PLAIN_WIDTH, len(data))
        lines.append(Line(len(lines) + 1, at, end, 0))
        at = end
    return lines


def _pieces(data: bytes, line: Line, characters: ServiceCharacters | None) -> list[tuple[str, str]]:
    content = data[line.offset : min(line.end, line.offset + LONGEST_LINE)]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("iso8859-1")
    service = "" if characters is None else "".join(_service(characters))
    pieces: list[tuple[str, str]] = []
    run: list[str] = []
    for character in text:
        kind = "service" if character in service and character.isprintable() else _kind(character)
        if kind == "text":
            run.append(character)
            continue
        if run:
            pieces.append(("text" if pieces or characters is None else "tag", "".join(run)))
            run = []
        pieces.append((kind, character if kind == "service" else _visible(character)))
    if run:
        pieces.append(("text" if pieces or characters is None else "tag", "".join(run)))
    if line.end - line.offset > LONGEST_LINE:
        pieces.append(("control", f" … {line.end - line.offset - LONGEST_LINE:,} more bytes"))
    return pieces


def _service(characters: ServiceCharacters) -> list[str]:
    each = (characters.segment, characters.element, characters.component, characters.repetition, characters.release)
    return [one.decode("iso8859-1") for one in each if len(one) == 1]


def _kind(character: str) -> str:
    return "text" if unicodedata.category(character)[0] != "C" else "control"


def _visible(character: str) -> str:
    """A character that is not seen, as one that is; marks that turn the direction of writing would hide what stands there."""
    code = ord(character)
    return _NAMES[code] if code < len(_NAMES) else f"U+{code:04X}"
