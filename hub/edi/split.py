"""Splits decoded text into segments, elements and components; one splitter for each syntax.

`regular` takes a whole message at once and is the codec's inner loop: it gives up (None) on anything out of the ordinary, and
the caller then goes segment by segment.
"""

from __future__ import annotations

import re
from operator import itemgetter
from sys import intern
from typing import Any, Protocol, TypeAlias

from hub.edi.segments import ServiceCharacters
from hub.edi.tree import Element, Repeats, Segment

Regular: TypeAlias = "tuple[list[Segment], list[str]]"
"""The segments of a message and their tags, one text for all tags that are alike."""

_HELD = "\x00"
_AT_ONCE = 500
"""Segments whose tags are gathered together, while they are in the processor's cache: by the end of a long message they have left
it, and each later look at all tags would fetch every segment again."""
_tag = itemgetter(0)


class Splitter(Protocol):
    """What the readers need of a syntax. `use` names the codec of the text to come."""

    def use(self, codec: str) -> None:
        """Take the service characters in the codec that the next text was decoded with."""

    def split(self, text: str) -> Segment:
        """One segment's text into its elements."""

    def regular(self, text: str) -> Regular | None:
        """A message's text, terminator included, into its segments; None when its layout is not regular."""


class X12Splitter:
    """X12: an element is always text, since only the dictionary knows which elements are composite."""

    def __init__(self, characters: ServiceCharacters, gap: str) -> None:
        self._characters = characters
        self._gap = gap
        self._codec = ""
        self.use("utf-8")

    def use(self, codec: str) -> None:
        """ASCII text is the same in every codec; only characters beyond it differ."""
        if codec in {"ascii", self._codec}:
            return
        self._codec = codec
        self._element = self._characters.element.decode(codec, "replace")
        self._terminator = self._characters.segment.decode(codec, "replace")
        self._stop = self._terminator + self._gap
        self._ends_lines = "\n" in self._stop or "\r" in self._stop

    def split(self, text: str) -> Segment:
        """Split at the element separator."""
        return text.split(self._element)  # type: ignore[return-value]

    def regular(self, text: str) -> Regular | None:
        """Split at terminator, line end and separator; None where line ends and terminators do not go together."""
        parts = text[: -len(self._terminator)].split(self._stop)
        if not self._ends_lines:
            if "\n" in text or "\r" in text:
                return None
        elif text.count(self._terminator) != len(parts) or not _lines_match(text, self._stop, len(parts), self._terminator):
            return None
        element = self._element
        segments: list[Any] = []
        tags: list[str] = []
        for start in range(0, len(parts), _AT_ONCE):
            some = [part.split(element) for part in parts[start : start + _AT_ONCE]]
            segments += some
            tags += map(intern, map(_tag, some))
        return segments, tags


def _lines_match(text: str, stop: str, stops: int, last: str) -> bool:
    """Whether line ends stand behind terminators only: `stops` of them, the last one `last` instead of `stop`."""
    feeds = stop.count("\n") * (stops - 1) + last.count("\n")
    returns = stop.count("\r") * (stops - 1) + last.count("\r")
    return text.count("\n") == feeds and ("\r" in text) == (returns > 0) and (not returns or text.count("\r") == returns)


class EdifactSplitter:
    """EDIFACT: an element is text, components, or repetitions of those; release characters are resolved."""

    def __init__(self, characters: ServiceCharacters, gap: str) -> None:
        self._characters = characters
        self._gap = gap
        self._codec = ""
        self.use("utf-8")

    def use(self, codec: str) -> None:
        """ASCII text is the same in every codec; only characters beyond it differ."""
        if codec in {"ascii", self._codec}:
            return
        self._codec = codec
        own = self._characters
        five = (own.segment, own.element, own.component, own.repetition, own.release)
        self._terminator, self._plus, self._colon, self._star, self._release = (one.decode(codec, "replace") for one in five)
        self._stop = self._terminator + self._gap
        self._ends_lines = "\n" in self._stop or "\r" in self._stop
        self._resolve = re.compile(re.escape(self._release) + "(.)", re.DOTALL).sub

    def split(self, text: str) -> Segment:
        """Split one segment; the tag loses its nesting indicators (`TAG:1:2`, ISO 9735:1988 8.4.2)."""
        release, star, colon = self._release, self._star, self._colon
        released = bool(release) and release in text
        if released or (star and star in text):
            pieces = self._pieces(text, self._plus) if released else text.split(self._plus)
            segment = [self._element(one, released=released) for one in pieces]
        else:
            segment = [one.split(colon) if colon in one else one for one in text.split(self._plus)]
        if not isinstance(segment[0], str):
            first = segment[0][0]
            segment[0] = first if isinstance(first, str) else first[0]
        return segment

    def _element(self, one: str, *, released: bool) -> Element:
        star = self._star
        if star and star in one:
            repetitions = self._pieces(one, star) if released else one.split(star)
            if len(repetitions) > 1:
                return Repeats(self._composite(repetition, released=released) for repetition in repetitions)
        return self._composite(one, released=released)

    def _composite(self, one: str, *, released: bool) -> str | list[str]:
        if self._colon not in one:
            return self._resolved(one) if released else one
        if not released:
            return one.split(self._colon)
        components = [self._resolved(component) for component in self._pieces(one, self._colon)]
        return components if len(components) > 1 else components[0]

    def _resolved(self, value: str) -> str:
        return self._resolve(r"\1", value) if self._release in value else value

    def _pieces(self, text: str, separator: str) -> list[str]:
        """Split at the separators that no release character precedes; release characters stay in the pieces."""
        parts = text.split(separator)
        release = self._release
        if not release or release not in text:
            return parts
        pieces: list[str] = []
        held: list[str] = []
        for one in parts:
            if one.endswith(release) and (len(one) - len(one.rstrip(release))) % 2 == 1:
                held.append(one)
            elif held:
                pieces.append(separator.join((*held, one)))
                held = []
            else:
                pieces.append(one)
        if held:
            pieces.append(separator.join(held))
        return pieces

    def regular(self, text: str) -> Regular | None:
        """Split a whole message; only segments with a release character or a repetition take the longer way."""
        held = self._release + _HELD if self._release else ""
        swapped = bool(held) and self._release + self._terminator in text and self._can_swap(text)
        if swapped:  # so that one C call splits at the unreleased terminators only
            text = text.replace(self._release + self._terminator, held)
        parts = self._parts(text)
        if parts is None:
            return None
        segments: list[Segment] = []
        tags: list[str] = []
        specials = self._specials(text)
        try:
            for start in range(0, len(parts), _AT_ONCE):
                some = self._some(parts[start : start + _AT_ONCE], specials, held if swapped else "")
                segments += some
                tags += map(intern, map(_tag, some))
        except TypeError:  # a nesting indicator makes a composite of a tag
            return None
        return segments, tags

    def _some(self, parts: list[str], specials: tuple[str, str], held: str) -> list[Segment]:
        """Some segments; `held` stands for a released terminator."""
        colon, plus, split = self._colon, self._plus, self.split
        first, second = specials
        segments: list[Segment] = []
        for part in parts:
            if first and (first in part or (second and second in part)):
                segments.append(split(part.replace(held, self._release + self._terminator) if held else part))
                continue
            segment: Segment = part.split(plus)  # type: ignore[assignment]
            if colon in part:
                place = 0
                for item in segment:
                    if colon in item:
                        segment[place] = item.split(colon)  # type: ignore[union-attr]
                    place += 1  # noqa: SIM113 - the codec's innermost loop: enumerate is a tenth slower
            segments.append(segment)
        return segments

    def _specials(self, text: str) -> tuple[str, str]:
        """Which of release character and repetition separator occur in `text`, present ones first."""
        present = [one for one in (self._release, self._star) if one and one in text]
        return (*present, "", "")[:2]  # type: ignore[return-value]

    def _can_swap(self, text: str) -> bool:
        """Whether each release character before a terminator releases it, and the stand-in is free."""
        return _HELD not in text and self._release * 2 not in text and not self._ends_lines

    def _parts(self, text: str) -> list[str] | None:
        """The segments' texts; None where line ends and terminators do not go together."""
        stop, terminator, release = self._stop, self._terminator, self._release
        released = bool(release) and release + terminator in text
        if not self._ends_lines and ("\n" in text or "\r" in text):
            return None
        body = text[: -len(terminator)]
        if not self._ends_lines:
            return self._pieces(body, stop) if released else body.split(stop)
        parts = body.split(stop)
        if not _lines_match(text, stop, len(parts), terminator):
            return None
        if not released:
            return parts if text.count(terminator) == len(parts) else None
        for part in parts:  # a terminator inside a line is right where it is released, one at the end where it is not
            if part.endswith(release) and (len(part) - len(part.rstrip(release))) % 2 == 1:
                return None
            if terminator in part and len(self._pieces(part, terminator)) > 1:
                return None
        return parts
