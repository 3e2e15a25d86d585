"""Turns segments into bytes: separators, release characters, trimmed ends, and only characters the partner can read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, TypeAlias, cast

from hub.edi.catalogue_envelope import finding
from hub.edi.characters import CharacterPolicy, FreeText, Repertoire
from hub.edi.findings import Finding, Where
from hub.edi.tree import Delimiters, Element, Repeats, Segment, Standard

_CODES = {
    "transliterated": ("EDI-190", "letters that the character set lacks were transliterated"),
    "replaced": ("EDI-191", "characters that the character set lacks were replaced"),
    "unblocked": ("EDI-192", "characters that cannot stand in data were replaced by blanks"),
    "shortened": ("EDI-193", "text was cut to the length of its element"),
    "capitals": ("EDI-190", "text was written in capitals"),
}

_TEXT_ONLY = frozenset({str})
_TEXTS = frozenset({str, FreeText})
_Place: TypeAlias = "tuple[str | None, int | None, str, int]"
"""Control number of the message, index of the segment in it, tag, number of the element (0 for the tag itself)."""


class Writer:
    """Writes segments of one interchange; `findings` says what was changed in free text and what was refused.

    `charset` is a Python codec or an EDIFACT syntax identifier (UNOA to UNOY). `joined` takes X12 elements as `read` yields
    them, component and repetition separators in place; otherwise a composite is a list and a separator in data is refused.
    """

    def __init__(
        self,
        standard: Standard,
        delimiters: Delimiters,
        *,
        charset: str = "ascii",
        line_end: str = "",
        policy: CharacterPolicy | None = None,
        joined: bool = False,
    ) -> None:
        self.standard = standard
        self.delimiters = delimiters
        self.findings: list[Finding] = []
        own = [delimiters.segment, delimiters.element]
        inner = [delimiters.component, delimiters.repetition]
        self._escapes = delimiters.release
        self._joined = joined
        blocked = "" if self._escapes else "".join(own + ([] if joined else inner))
        self.repertoire = Repertoire(charset, blocked, policy or CharacterPolicy())
        self._special = "".join({*own, *inner, delimiters.release} - {""}) if self._escapes else ""
        self._end = delimiters.segment + line_end
        self._plain = frozenset(self._special)

    @property
    def refused(self) -> bool:
        """Whether a value was met that may not be changed and cannot be written: the bytes must not be sent."""
        return any(found.severity == "error" for found in self.findings)

    def segment(self, segment: Segment, *, message: str | None = None, index: int | None = None) -> bytes:
        """One segment with its terminator. `message` and `index` name its place in findings."""
        holds, plain, tag = self.repertoire.holds, self._plain, str(segment[0])
        if _TEXT_ONLY.issuperset(map(type, segment)):
            values = cast("list[str]", segment.copy())
            whole = "".join(values)
            # Measured: nearly every segment stands as it is; looked at in one piece it costs a third.
            is_plain = holds(whole) and plain.isdisjoint(whole)
        else:
            is_plain = False
        if not is_plain:
            values = [
                element
                if type(element) is str and holds(element) and plain.isdisjoint(element)
                else self._element(element, (message, index, tag, number))
                for number, element in enumerate(segment)
            ]
        while len(values) > 1 and not values[-1]:
            values.pop()
        return (self.delimiters.element.join(values) + self._end).encode(self.repertoire.codec)

    def segments(self, segments: Sequence[Segment], *, message: str | None = None, index: int = 1) -> bytes:
        """Several segments, the first of them number `index` of the message."""
        whole = self.plain(segments)
        if whole is not None:
            return whole
        return b"".join([self.segment(each, message=message, index=place) for place, each in enumerate(segments, index)])

    def plain(self, segments: Sequence[Segment]) -> bytes | None:
        """Several segments of which every value stands as it is; None where one has to be looked at by itself.

        Measured: nearly all segments are so; looked at and joined as a whole they cost a third.
        """
        values: list[Any] = list(chain.from_iterable(segments))
        kinds = set(map(type, values))
        has_composites = list in kinds
        if has_composites:
            composites = [value for value in values if type(value) is list]
            values = [value for value in values if type(value) is not list] + list(chain.from_iterable(composites))
            kinds = set(map(type, values))
        if not _TEXTS.issuperset(kinds):
            return None
        if FreeText in kinds and [value for value in values if type(value) is FreeText and not _fits(value)]:
            return None
        whole = "".join(values)
        if not whole.isascii() or self.repertoire.policy.upper or any(map(whole.__contains__, self._special)):
            return None
        if not self.repertoire.holds(whole):
            return None
        component, separator, end = self.delimiters.component, self.delimiters.element, self._end
        rows: Any = segments
        if has_composites:
            if self._joined:
                return None
            rows = [
                [component.join(each).rstrip(component) if type(each) is list else each for each in segment]  # type: ignore[arg-type]
                for segment in segments
            ]
        lines = [separator.join(row).rstrip(separator) for row in rows]
        return (end.join(lines) + end).encode(self.repertoire.codec) if lines else b""

    def _element(self, element: Element, place: _Place) -> str:
        if isinstance(element, str):
            return self._value(element, place)
        if isinstance(element, Repeats):
            return _joined([self._composite(one, place) for one in element], self.delimiters.repetition)
        return self._composite(element, place)

    def _composite(self, element: str | list[str], place: _Place) -> str:
        if isinstance(element, str):
            return self._value(element, place)
        return _joined([self._value(component, place) for component in element], self.delimiters.component)

    def _value(self, value: str, place: _Place) -> str:
        if type(value) is str and self.repertoire.holds(value):
            text = value
        else:
            fitted = self.repertoire.fit(value)
            text = fitted.text
            if fitted.refused:
                said = f"the character {fitted.refused!r} cannot be written and the value may not be changed"
                self._report("EDI-194", said, place, value)
            for how in fitted.done:
                code, said = _CODES[how]
                self._report(code, said, place, value)
        if self._escapes and not self._plain.isdisjoint(text):
            release = self._escapes
            return "".join(release + one if one in self._plain else one for one in text)
        return text

    def _report(self, code: str, said: str, place: _Place, value: str) -> None:
        message, index, tag, number = place
        where = Where(message=message, segment_index=index, segment=tag, element=number or None)
        self.findings.append(finding(code, self.standard, said, where, value=value))


def _fits(value: FreeText) -> bool:
    """Whether free text need not be shortened."""
    return value.limit is None or len(value) <= value.limit


def _joined(values: list[str], separator: str) -> str:
    while len(values) > 1 and not values[-1]:
        values.pop()
    return separator.join(values)
