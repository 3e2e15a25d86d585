"""Which service characters an interchange uses: read from ISA by element position, from UNA, or from what UNB itself shows.

X12.6 3.1 and appendix A; ISO 9735-1 6 (UNA) and annex A (the separators of levels A and B).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise

from hub.edi.mapped import Buffer
from hub.edi.segments import BETWEEN, ServiceCharacters, text_of

LINE_ENDS = b"\r\n"
_ISA_REACH = 600
_NEXT_TAG = rb"(?:GS|TA1|IEA|ISB|ISE|ST|GE)"
_NEXT_UN = rb"(?:UNB|UNG|UNH|UNZ|UIB|USH)"
_ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1)


@dataclass(slots=True)
class Header:
    """What the first bytes of an interchange say: its characters, where its first segment is, and what was odd about it.

    `notes` are (catalogue code, offset, text). `una` tells whether a UNA stood in front.
    """

    characters: ServiceCharacters
    start: int
    stop: int
    after: int
    elements: list[bytes] = field(default_factory=list)
    notes: list[tuple[str, int, str]] = field(default_factory=list)
    una: bool = False


def character_at(data: Buffer, at: int) -> bytes:
    """The character at `at`: one byte, or a whole UTF-8 sequence where one stands there."""
    lead = bytes(data[at : at + 1])
    if lead < b"\xc2" or not lead:
        return lead
    length = 2 if lead < b"\xe0" else 3 if lead < b"\xf0" else 4
    sequence = bytes(data[at : at + length])
    try:
        return sequence if len(sequence.decode("utf-8")) == 1 else lead
    except UnicodeDecodeError:
        return lead


_ISA_LENGTH = 106
_PIECES = (3, *_ISA_WIDTHS, 2)


@lru_cache(maxsize=256)
def _isa_characters(element: bytes, component: bytes, terminator: bytes) -> ServiceCharacters | None:
    """The characters of an ISA whose every element has its width; None where they need another look."""
    if (
        terminator in b" \t\r\nGTIS"
        or terminator.isalnum()
        or component in b" \t\r\n"
        or element in b" \t\r\n"
        or element.isalnum()
    ):
        return None
    return ServiceCharacters(segment=terminator, element=element, component=component)


def _regular_isa(data: Buffer, at: int) -> Header | None:
    """The ISA as the standard lays it out, which nearly all are: 106 bytes, every element of its width; None for any other."""
    window = bytes(data[at : at + _ISA_LENGTH])
    pieces = window.split(window[3:4]) if len(window) == _ISA_LENGTH else []
    if tuple(map(len, pieces)) != _PIECES or not window.isascii() or b"GS" in window or b"\r" in window or b"\n" in window:
        return None
    characters = _isa_characters(window[3:4], pieces[16][:1], pieces[16][1:])
    if characters is None:
        return None
    pieces[16] = pieces[16][:1]
    return Header(characters, at, at + _ISA_LENGTH - 1, at + _ISA_LENGTH, pieces[1:])


def isa_header(data: Buffer, at: int) -> Header | None:
    """Read the ISA at `at`; None when these bytes are no ISA."""
    if bytes(data[at : at + 3]) != b"ISA":
        return None
    return _regular_isa(data, at) or _any_isa(data, at)


def _any_isa(data: Buffer, at: int) -> Header | None:
    element = character_at(data, at + 3)
    if not element or element.isalnum() or element in LINE_ENDS or element == b" ":
        return _isa_by_second_separator(data, at)
    window = bytes(data[at : at + _ISA_REACH])
    pieces = window.split(element, 16)
    if len(pieces) < 17:
        return _malformed_isa(data, at, element, window)
    width = len(element)
    places = [end - width for end in accumulate(len(piece) + width for piece in pieces[:16])]
    if len(window[places[14] + width : places[15]].strip()) > 2:  # ISA15 is one character: an element is missing before it
        return _malformed_isa(data, at, element, window)
    if b"GS" in window[: places[15]] and re.search(
        rb"[\r\n~][\r\n\t ]*GS%b[A-Z]{2}%b" % ((re.escape(element),) * 2), window[: places[15]]
    ):  # cut before its end
        return _malformed_isa(data, at, element, window)
    header = _isa_tail(data, at, element, at + places[15] + width)
    bounds = [*places[:16], header.stop - at]
    header.elements = [window[left + width : right] for left, right in pairwise(bounds)]
    segment = window[: header.stop - at]
    wrapped = b"\r" in segment or b"\n" in segment
    if wrapped:
        header.elements = [value.replace(b"\r", b"").replace(b"\n", b"") for value in header.elements]
    if wrapped and header.characters.by_line:
        header.notes.append(("EDI-111", at, "ISA runs over a line end, and line ends terminate the segments"))
    elif wrapped:
        header.notes.append(("EDI-141", at, "ISA runs over a line end; the line end was taken out"))
    widths = tuple(len(value.decode("utf-8", "replace")) for value in header.elements[:15])
    if widths != _ISA_WIDTHS and not wrapped:
        number = next(index for index, pair in enumerate(zip(widths, _ISA_WIDTHS, strict=True), 1) if pair[0] != pair[1])
        header.notes.append(
            ("EDI-110", at, f"ISA{number:02} has {widths[number - 1]} characters, not {_ISA_WIDTHS[number - 1]}")
        )
    return header


def _isa_tail(data: Buffer, at: int, element: bytes, place: int) -> Header:
    """Component separator and terminator, from the byte behind the last element separator on."""
    notes: list[tuple[str, int, str]] = []
    tag = re.compile(rb"[" + re.escape(BETWEEN) + rb"]*" + _NEXT_TAG + re.escape(element))
    if data[place : place + 1] in (b"\r", b"\n"):  # wrapped right before ISA16, or ISA16 and the terminator are missing
        line_end = b"\r\n" if bytes(data[place : place + 2]) == b"\r\n" else bytes(data[place : place + 1])
        if tag.match(data, place):
            notes.append(("EDI-112", place, "ISA16 is missing"))
            characters = ServiceCharacters(segment=line_end, element=element, component=b"")
            return Header(characters, at, place, place + len(line_end), notes=notes)
        place += len(line_end)
    component = character_at(data, place)
    behind = place + len(component)
    if component and bytes(data[behind : behind + 1]) in (b"\r", b"\n", b" ", b"\t", b"G", b"T", b"I", b"S"):
        ended = _ends_lines(data, behind, element, component)
        if ended or (bytes(data[behind : behind + 1]) in b"GTIS" and tag.match(data, behind)):
            notes.append(("EDI-112", place, "ISA16 is missing: the segment terminator stands in its place"))
            characters = ServiceCharacters(segment=component, element=element, component=b"")
            return Header(characters, at, place, behind, notes=notes)
    terminator = character_at(data, behind)
    if terminator == b"\r" and bytes(data[behind + 1 : behind + 2]) == b"\n":
        terminator = b"\r\n"
    elif terminator in (b"\r", b"\n") and not tag.match(data, behind + 1):  # wrapped between ISA16 and the terminator
        further = behind + 1
        if tag.match(data, further + 1):
            terminator, behind = character_at(data, further), further
    if terminator == b" ":
        return _isa_blank_tail(data, at, element, component, behind)
    if not terminator:
        return Header(ServiceCharacters(segment=b"~", element=element, component=component), at, behind, behind, notes=notes)
    characters = ServiceCharacters(segment=terminator, element=element, component=component)
    return Header(characters, at, behind, behind + len(terminator), notes=notes)


def _isa_blank_tail(data: Buffer, at: int, element: bytes, component: bytes, behind: int) -> Header:
    """A blank where the terminator should be: before the real one, before a line end that is taken with it, or by mistake."""
    marked = re.compile(rb" +([^\w\s])[" + re.escape(BETWEEN) + rb"]*" + _NEXT_TAG + re.escape(element)).match(data, behind)
    if marked is not None:
        place = marked.start(1)
        note = ("EDI-110", behind, "blanks stand between ISA16 and the segment terminator")
        characters = ServiceCharacters(segment=marked.group(1), element=element, component=component)
        return Header(characters, at, behind, place + 1, notes=[note])
    blank = re.compile(rb" +(?:\r?\n)?").match(data, behind)
    terminator = blank.group() if blank else b" "
    characters = ServiceCharacters(segment=terminator, element=element, component=component)
    note = ("EDI-122", behind, "the segment terminator is a blank")
    return Header(characters, at, behind, behind + len(terminator), notes=[note])


def _ends_lines(data: Buffer, behind: int, element: bytes, component: bytes) -> bool:
    """Whether the lines after ISA end in the character that stands where ISA16 should be: then it is the terminator."""
    lines = [line.rstrip(b"\r \t") for line in bytes(data[behind : behind + 4096]).split(b"\n")[1:-1]]
    lines = [line for line in lines if element in line][:20]
    return bool(lines) and sum(line.endswith(component) for line in lines) * 2 > len(lines)


def _malformed_isa(data: Buffer, at: int, element: bytes, window: bytes) -> Header | None:
    """An ISA with too few elements: its terminator is whatever stands before the segment that follows it."""
    follow = re.search(rb"[ \t]*" + _NEXT_TAG + re.escape(element), window[4:])
    if follow is None or window[4 : 4 + follow.start()].count(element) < 8:
        if window.count(element) < 10 or not re.match(rb"ISA(.)\d\d\1", window, re.DOTALL):
            return None
        stop = re.search(rb"[\r\n]|$", window)
        end = stop.start() if stop else len(window)
        terminator = window[end : end + 2] if window[end : end + 2] == b"\r\n" else window[end : end + 1] or b"~"
        begin = end + len(terminator) if end < len(window) else end
    else:
        begin = 4 + follow.start()
        end = begin - 1
        if window[end : end + 1] in (b"\n", b"\r"):
            line_end = b"\r\n" if window[end - 1 : end + 1] == b"\r\n" else window[end : end + 1]
            end = begin - len(line_end)
            before = window[end - 1 : end]
            if _ends_lines(data, at + end, element, before):
                end, line_end = end - 1, before
            terminator = line_end
        else:
            terminator = window[end : end + 1]
    elements = window[3 + len(element) : end].replace(b"\r", b"").replace(b"\n", b"").split(element)
    characters = ServiceCharacters(segment=terminator, element=element, component=b"")
    note = ("EDI-111", at, f"ISA has {len(elements)} elements, not 16")
    return Header(characters, at, at + end, at + begin, elements=elements, notes=[note])


def _isa_by_second_separator(data: Buffer, at: int) -> Header | None:
    """An ISA whose first separator differs from the others (`ISA 00*...`): the others are right."""
    window = bytes(data[at : at + _ISA_REACH])
    match = re.match(rb"ISA[^\w]\d\d([^\w\s])", window)
    if match is None:
        return None
    element = match.group(1)
    return _malformed_isa(data, at, element, window.replace(window[3:4], element, 1))


def with_repetition(characters: ServiceCharacters, standards_id: bytes, version: bytes) -> ServiceCharacters:
    """ISA11 is the repetition separator from control version 00402 on; a letter, a digit or a blank there is none (X12.5 3.4)."""
    if version.strip() < b"00402":
        return characters
    one = text_of(standards_id)
    usable = (
        len(one) == 1
        and not one.isalnum()
        and one not in " \t\r\n"
        and standards_id not in (characters.element, characters.segment)
    )
    if not usable:
        return characters
    return ServiceCharacters(
        segment=characters.segment, element=characters.element, component=characters.component, repetition=standards_id
    )


_DEFAULT = ServiceCharacters(segment=b"'", element=b"+", component=b":", repetition=b"", release=b"?")
_LEVEL_B = ServiceCharacters(segment=b"\x1c", element=b"\x1d", component=b"\x1f")


def una_header(data: Buffer, at: int) -> Header | None:
    """Read the UNA at `at` (ISO 9735-1 7.1); None when these bytes are no UNA."""
    if bytes(data[at : at + 3]) != b"UNA":
        return None
    full = _service_string(data, at, 6)
    if full is None:
        return None
    *five, reserved, terminator = (*full[:4], b"", full[4], full[5])
    place = at + 3 + sum(map(len, full))
    short = _service_string(data, at, 5)
    following = re.compile(rb"[" + re.escape(BETWEEN) + rb"]*[A-Z][A-Z0-9]{2}" + re.escape(full[1]))
    notes: list[tuple[str, int, str]] = []
    if short is not None and _reserved_missing(data, place, full, following):
        reserved, terminator = b" ", short[4]
        place = at + 3 + sum(map(len, short))
        notes.append(("EDI-130", at, "UNA has five service characters, not six: the reserved one is missing"))
    elif not following.match(data, place):
        return None if not following.search(bytes(data[place : place + 64])) else _una_with_default_end(data, at, full)
    if terminator == b"\r" and bytes(data[place : place + 1]) == b"\n":
        terminator, place = b"\r\n", place + 1
    component, element, decimal, release = five[:4]
    characters = ServiceCharacters(
        segment=terminator,
        element=element,
        component=component,
        repetition=b"" if reserved == b" " else reserved,
        release=b"" if release == b" " else release,
        decimal=text_of(decimal),
    )
    distinct = [value for value in (component, element, characters.release, characters.repetition, terminator) if value]
    if len(set(distinct)) != len(distinct):
        notes.append(("EDI-113", at, "two service characters of UNA are the same"))
    return Header(characters, at, place, place, notes=notes, una=True)


def _service_string(data: Buffer, at: int, count: int) -> list[bytes] | None:
    found: list[bytes] = []
    place = at + 3
    for _ in range(count):
        one = character_at(data, place)
        if not one:
            return None
        found.append(one)
        place += len(one)
    return None if any(value.isalnum() for value in found[:4]) else found


def _reserved_missing(data: Buffer, place: int, full: list[bytes], following: re.Pattern[bytes]) -> bool:
    """Whether the fifth character is already the terminator, and the sixth belongs to what follows."""
    fifth, sixth = full[4], full[5]
    if fifth == b" " or fifth.isalnum():
        return False
    if sixth.isalnum():  # `UNA:+.?'UNB`
        return bool(following.match(data, place - len(sixth)))
    if sixth not in (b"\r", b"\n"):
        return False
    rest = bytes(data[place : place + 1024])
    line = re.split(rb"[\r\n]+", rest.lstrip(BETWEEN))[0]
    return line.endswith(fifth) or fifth + b"UN" in line


def _una_with_default_end(data: Buffer, at: int, full: list[bytes]) -> Header | None:
    """A UNA cut short or with bytes behind it: what can be used of it, with a finding."""
    begin = re.compile(_NEXT_UN + re.escape(full[1])).search(data, at + 3)
    if begin is None:
        return None
    characters = ServiceCharacters(
        segment=b"'", element=full[1], component=full[0], release=b"" if full[3] == b" " else full[3], decimal=text_of(full[2])
    )
    note = ("EDI-113", at, "UNA does not have its six service characters")
    return Header(characters, at, begin.start(), begin.start(), notes=[note], una=True)


def undeclared(data: Buffer, at: int) -> Header | None:
    """The service characters of a UNB, UNG or UNH without UNA: level A or B of ISO 9735, else what the bytes show."""
    if not re.compile(_NEXT_UN + rb"[^A-Za-z0-9]").match(data, at):
        return None
    element = character_at(data, at + 3)
    if element == b"+":
        return Header(_DEFAULT, at, at, at)
    if element == b"\x1d":
        return Header(_LEVEL_B, at, at, at)
    if element in LINE_ENDS or element == b" ":
        return None
    window = bytes(data[at : at + 2048])
    syntax = re.match(rb"UNB" + re.escape(element) + rb"\w{4}(\W)\d", window)
    follow = re.search(rb"(\W)\s*(?:UNH|UNG)" + re.escape(element), window[3:])
    if syntax is None:
        return None
    characters = ServiceCharacters(
        segment=follow.group(1) if follow else b"'", element=element, component=syntax.group(1), release=b"?"
    )
    return Header(
        characters, at, at, at, notes=[("EDI-132", at, "service characters differ from the standard ones without a UNA")]
    )


def bare_x12(data: Buffer, at: int) -> Header | None:
    """A functional group or a transaction set without ISA: its separator is what follows the tag, its terminator what ends it."""
    window = bytes(data[at : at + 2048])
    opening = re.match(rb"(?:GS([^\w\s])[A-Z]{2}\1|ST([^\w\s])\d{3}\2)", window)
    if opening is None:
        return None
    element = opening.group(1) or opening.group(2)
    escaped = re.escape(element)
    ended = re.match(
        rb"(?:GS(?:%b[^\r\n]*?){8}?|ST%b\d{3}%b\w{1,9}(?:%b[\w.]*)?)[ \t]*([^\w\s]|\r?\n)\s*[A-Z][A-Z0-9]{1,2}%b"
        % ((escaped,) * 5),
        window,
    )
    if ended is None or ended.group(1) == element:
        return None
    characters = ServiceCharacters(segment=ended.group(1), element=element, component=b"")
    return Header(
        characters, at, at, at, notes=[("EDI-121", at, "the file has no ISA: what it holds has no interchange around it")]
    )
