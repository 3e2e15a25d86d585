"""Where a segment, an element or a component of a message lies in the file, computed when a finding needs it."""

from __future__ import annotations

from hub.edi.segments import Segments, ServiceCharacters
from hub.edi.tree import Message


def locate(
    message: Message,
    segment_index: int,
    element: int | None = None,
    component: int | None = None,
    *,
    repetition: int | None = None,
) -> int:
    """The byte offset in the file of a place in `message`; every number counts from 1, `segment_index` at ST or UNH.

    A place behind the end of its segment is that of the segment's terminator; a segment behind the last one, the message's end.
    """
    if not message.complete:
        return message.offset
    raw = message.raw.encode(message.codec)
    if not message.starts:
        message.starts = _starts(message, raw)
    if segment_index > len(message.starts):
        return message.offset + len(raw)
    start = message.starts[max(segment_index, 1) - 1]
    if not element:
        return start
    characters = _characters(message, raw)
    begin = start - message.offset
    end = message.starts[segment_index] - message.offset if segment_index < len(message.starts) else len(raw)
    place = _nth(raw, begin, end, element, characters.element, characters)
    stop = _nth(raw, place, end, 1, characters.element, characters) if repetition or component else end
    if repetition and repetition > 1 and characters.repetition:
        place = min(_nth(raw, place, stop, repetition - 1, characters.repetition, characters), stop)
    if component and component > 1 and characters.component:
        place = min(_nth(raw, place, stop, component - 1, characters.component, characters), stop)
    return message.offset + place


def _starts(message: Message, raw: bytes) -> list[int]:
    segments = Segments(raw, _characters(message, raw), origin=0, limit=len(raw))
    starts: list[int] = []
    piece = segments.following(0)
    while piece is not None:
        starts.append(message.offset + piece.start)
        piece = segments.following(piece.after)
    return starts


def _characters(message: Message, raw: bytes) -> ServiceCharacters:
    delimiters = message.interchange.delimiters
    return ServiceCharacters(
        segment=_bytes(delimiters.segment, raw),
        element=_bytes(delimiters.element, raw),
        component=_bytes(delimiters.component, raw),
        repetition=_bytes(delimiters.repetition, raw),
        release=_bytes(delimiters.release, raw),
    )


def _bytes(character: str, raw: bytes) -> bytes:
    """The bytes of a service character as this file writes it: beyond ASCII, UTF-8 or one byte."""
    encoded = character.encode("utf-8")
    return encoded if character.isascii() or encoded in raw else character.encode("iso8859-1", "replace")


def _nth(raw: bytes, begin: int, end: int, count: int, separator: bytes, characters: ServiceCharacters) -> int:
    """One past the `count`th unreleased separator in `raw[begin:end]`; the place of the terminator where there are fewer."""
    place = begin
    while count:
        at = _next(raw, place, end, separator, characters.release)
        if at < 0:
            terminator = _next(raw, begin, end, b"\n" if characters.by_line else characters.segment, characters.release)
            return terminator if terminator >= 0 else end
        place = at + len(separator)
        count -= 1
    return place


def _next(raw: bytes, begin: int, end: int, separator: bytes, release: bytes) -> int:
    at = raw.find(separator, begin, end)
    while at >= 0 and release:
        run = at
        while run > begin and raw[run - 1 : run] == release:
            run -= 1
        if (at - run) % 2 == 0:
            return at
        at = raw.find(separator, at + 1, end)
    return at
