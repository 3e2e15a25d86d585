"""Read BER and DER from a source of any size, within bounds.

A `Cursor` walks the elements of one level; `enter` goes one level down. Definite and indefinite lengths, primitive and
constructed strings are read alike (X.690 8.1.3, 8.7.3). Nothing is ever copied but what is asked for. Depth, the number of
elements and every length are bounded, so that any input ends in a value or a `BerError`, in time proportional to its size.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from connectors.as2.source import MemorySource, Source

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
CONTEXT_0, CONTEXT_1, CONTEXT_2, CONTEXT_0_PRIMITIVE = 0xA0, 0xA1, 0xA2, 0x80

MAX_DEPTH = 16
MAX_VALUE = 256 * 1024
_CONSTRUCTED = 0x20
_ELEMENTS_FREE = 4096
_BYTES_PER_ELEMENT = 128
_INDEFINITE = -1


class BerError(ValueError):
    """The bytes are not BER, or go beyond a bound."""


#: one element: its identifier octet, where it starts, where its content starts, and how long that is (-1: indefinite); a plain
#: tuple, since a message is made of some hundred of them
Element: TypeAlias = tuple[int, int, int, int]
TAG, START, BODY, LENGTH = range(4)


def is_constructed(element: Element) -> bool:
    """Whether it holds elements instead of a value."""
    return bool(element[TAG] & _CONSTRUCTED)


class _Bounds:
    """What one structure may still spend: an element for every 128 bytes, beyond the first 4096."""

    __slots__ = ("elements",)

    def __init__(self, size: int) -> None:
        self.elements = _ELEMENTS_FREE + size // _BYTES_PER_ELEMENT


def context(number: int, *, constructed: bool = True) -> int:
    """The identifier octet of a context-specific tag."""
    return 0x80 | (_CONSTRUCTED if constructed else 0) | number


class Cursor:
    """The elements of one level, in order.

    What lies in memory with a definite length is cut into its elements in one go when it is entered; everything else, one by one.
    """

    __slots__ = ("_bounds", "_data", "_depth", "_end", "_index", "_items", "_open", "_position", "source")

    def __init__(self, source: Source, data: bytes | None, start: int, end: int, depth: int, bounds: _Bounds) -> None:
        self.source = source
        self._data = data
        self._position = start
        self._end = end
        self._depth = depth
        self._bounds = bounds
        self._open: Element | None = None
        self._items: list[Element] | None = None
        self._index = 0
        if data is None or not depth or end < 0:
            return
        # The level is cut in this very function: its few lines are most of what reading a small message costs.
        self._items = items = []
        left, position = bounds.elements, start
        while position < end:
            tag, length, body = data[position], data[position + 1] if position + 4 <= end else 0xFF, position + 2
            if length == 0x82:
                length, body = data[position + 2] << 8 | data[position + 3], position + 4
            elif length == 0x81:
                length, body = data[position + 2], position + 3
            after = body + length
            is_plain = (length < 0x80 or body != position + 2) and after <= end
            if is_plain and tag & 0x1F != 0x1F and tag and left > 0:
                items.append((tag, position, body, length))
                position = after
            else:
                position = self._cut_rare(items, position, end, left)
            left -= 1
        bounds.elements = left

    def _cut_rare(self, items: list[Element], position: int, end: int, left: int) -> int:
        """One element that is large, of indefinite length, or wrong; returns where it ends."""
        if left <= 0:
            raise BerError("too many elements for its size")
        element = self._head(position, end)
        if element[TAG] == 0:
            raise BerError(f"an end-of-contents stands at {position} where none may")
        items.append(element)
        after = self.end_of(element)
        if after > end:
            raise BerError(f"the element at {element[START]} is longer than what holds it")
        return after

    def peek(self) -> Element | None:
        """The next element, or None at the end of this level."""
        if self._items is not None:
            return self._items[self._index] if self._index < len(self._items) else None
        if self._open is not None:
            self._position = self.end_of(self._open)
            self._open = None
        is_open = self._end == _INDEFINITE
        limit = self.source.size if is_open else self._end
        if self._position >= limit:
            if is_open:
                raise BerError("an indefinite length has no end")
            return None
        element = self._head(self._position, limit)
        if element[TAG]:
            return element
        if not is_open or element[LENGTH]:
            raise BerError(f"an end-of-contents stands at {element[START]} where none may")
        return None

    def next(self, *tags: int) -> Element:
        """The next element; it must be there, and have one of the tags where any are given."""
        items, index = self._items, self._index
        element = items[index] if items is not None and index < len(items) else self.peek()
        if element is None:
            raise BerError("an element is missing")
        if tags and element[TAG] not in tags:
            raise BerError(f"tag {element[TAG]:#04x} at {element[START]}, where {tags[0]:#04x} belongs")
        if items is not None:
            self._index = index + 1
        else:
            self._take(element)
        return element

    def optional(self, *tags: int) -> Element | None:
        """The next element if it has one of the tags."""
        element = self.peek()
        if element is None or element[TAG] not in tags:
            return None
        if self._items is not None:
            self._index += 1
        else:
            self._take(element)
        return element

    def _take(self, element: Element) -> None:
        if element[LENGTH] == _INDEFINITE:
            self._open = element
        else:
            self._position = element[BODY] + element[LENGTH]

    def enter(self, element: Element) -> Cursor:
        """The elements inside a constructed element."""
        tag, start, body, length = element
        if not tag & _CONSTRUCTED:
            raise BerError(f"the element at {start} holds no elements")
        if self._depth >= MAX_DEPTH:
            raise BerError(f"nested deeper than {MAX_DEPTH}")
        end = _INDEFINITE if length == _INDEFINITE else body + length
        return Cursor(self.source, self._data, body, end, self._depth + 1, self._bounds)

    def end_of(self, element: Element) -> int:
        """Where the element ends, its end-of-contents included."""
        if element[LENGTH] != _INDEFINITE:
            return element[BODY] + element[LENGTH]
        position, open_levels, size = element[BODY], 1, self.source.size
        while open_levels:
            inner = self._head(position, size)
            if inner[TAG] == 0:
                if inner[LENGTH]:
                    raise BerError("an end-of-contents is not empty")
                open_levels -= 1
                position += 2
            elif inner[LENGTH] == _INDEFINITE:
                open_levels += 1
                if open_levels + self._depth > MAX_DEPTH:
                    raise BerError(f"nested deeper than {MAX_DEPTH}")
                position = inner[BODY]
            else:
                position = inner[BODY] + inner[LENGTH]
        return position

    def raw(self, element: Element) -> bytes:
        """The element as it stands, with its header."""
        if self._data is not None and 0 <= element[LENGTH] <= MAX_VALUE:
            return self._data[element[START] : element[BODY] + element[LENGTH]]
        end = self.end_of(element)
        if end - element[START] > MAX_VALUE:
            raise BerError(f"the element at {element[START]} is larger than {MAX_VALUE} bytes")
        return self.source.read(element[START], end - element[START])

    def value(self, element: Element) -> bytes:
        """The content of a primitive element, or the joined content of a constructed string."""
        tag, _, body, length = element
        if self._data is not None and not tag & _CONSTRUCTED and length <= MAX_VALUE:
            return self._data[body : body + length]
        if element[TAG] & _CONSTRUCTED:
            parts, total = [], 0
            for start, length in self.runs(element):
                total += length
                if total > MAX_VALUE:
                    raise BerError(f"the value at {element[START]} is larger than {MAX_VALUE} bytes")
                parts.append(self.source.read(start, length))
            return b"".join(parts)
        if element[LENGTH] > MAX_VALUE:
            raise BerError(f"the value at {element[START]} is larger than {MAX_VALUE} bytes")
        return self.source.read(element[BODY], element[LENGTH])

    def runs(self, element: Element) -> Iterator[tuple[int, int]]:
        """Where the bytes of an octet string lie, as (offset, length), however it is cut into pieces."""
        if not element[TAG] & _CONSTRUCTED:
            yield element[BODY], element[LENGTH]
            return
        levels = [self.enter(element)]
        while levels:
            cursor = levels[-1]
            piece = cursor.optional(OCTET_STRING, OCTET_STRING | _CONSTRUCTED)
            if piece is None:
                if cursor.peek() is not None:
                    raise BerError("an octet string is made of something else")
                levels.pop()
            elif piece[TAG] & _CONSTRUCTED:
                levels.append(cursor.enter(piece))
            elif piece[LENGTH]:
                yield piece[BODY], piece[LENGTH]

    def integer(self, *, maximum_octets: int = 64) -> int:
        """The next element as an INTEGER."""
        element = self.next(INTEGER)
        if not 0 < element[LENGTH] <= maximum_octets:
            raise BerError(f"an INTEGER of {element[LENGTH]} octets")
        return int.from_bytes(self.source.read(element[BODY], element[LENGTH]), "big", signed=True)

    def oid(self) -> str:
        """The next element as an OBJECT IDENTIFIER, dotted."""
        element = self.next(OID)
        if not 0 < element[LENGTH] <= 64:
            raise BerError(f"an OBJECT IDENTIFIER of {element[LENGTH]} octets")
        return decode_oid(self.value(element))

    def finish(self) -> None:
        """Nothing may follow on this level."""
        element = self.peek()
        if element is not None:
            raise BerError(f"tag {element[TAG]:#04x} at {element[START]}, where nothing may follow")

    def _head(self, position: int, limit: int) -> Element:
        bounds = self._bounds
        bounds.elements -= 1
        if bounds.elements < 0:
            raise BerError("too many elements for its size")
        # in memory there is nothing to fetch, and most lengths have one octet: half of the time a small message takes
        head, at = (self.source.read(position, 10), 0) if self._data is None else (self._data, position)
        if at + 2 > len(head):
            raise BerError(f"cut off at {position}")
        tag, first = head[at], head[at + 1]
        if tag & 0x1F == 0x1F:
            raise BerError(f"a tag of several octets at {position}")
        if first < 0x80:
            body, length = position + 2, first
        elif first == 0x82 and at + 4 <= len(head):
            body, length = position + 4, head[at + 2] << 8 | head[at + 3]
        elif first == 0x80:
            if not tag & _CONSTRUCTED:
                raise BerError(f"an indefinite length of a primitive element at {position}")
            return tag, position, position + 2, _INDEFINITE
        else:
            octets = first & 0x7F
            if octets > 8 or len(head) < at + 2 + octets:
                raise BerError(f"a length of {octets} octets at {position}")
            body, length = position + 2 + octets, int.from_bytes(head[at + 2 : at + 2 + octets], "big")
        if body + length > limit:
            raise BerError(f"the element at {position} is cut off: {length} octets announced, {max(limit - body, 0)} there")
        return tag, position, body, length


def walk(source: Source | bytes) -> Cursor:
    """A cursor at the first element of a source."""
    if isinstance(source, bytes):
        return Cursor(MemorySource(source), source, 0, len(source), 0, _Bounds(len(source)))
    data = source.data if isinstance(source, MemorySource) else None
    return Cursor(source, data, 0, source.size, 0, _Bounds(source.size))


def within(data: bytes, start: int, depth: int) -> Cursor:
    """A cursor at the elements from `start` to the end of `data`, which stand at that depth."""
    return Cursor(MemorySource(data), data, start, len(data), depth, _Bounds(len(data)))


@lru_cache(maxsize=256)
def decode_oid(content: bytes) -> str:
    """The dotted form of an OBJECT IDENTIFIER's content (X.690 8.19)."""
    if not content or content[-1] & 0x80:
        raise BerError("an OBJECT IDENTIFIER is cut off")
    numbers: list[int] = []
    number = 0
    for octet in content:
        number = number << 7 | octet & 0x7F
        if not octet & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))
