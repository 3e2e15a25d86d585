"""Says what is wrong with one segment, element by element: the slow way, for segments that no pattern accepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.edi import elements as rules
from hub.edi.qualified_dates import date_faults
from hub.edi.structure import Condition, ElementSpec, SegmentSpec
from hub.edi.tree import Delimiters, Element, Repeats, Segment, Standard

MANDATORY = "EDI-211"
CONDITIONAL = "EDI-212"
TOO_MANY_ELEMENTS = "EDI-213"
EXCLUDED = "EDI-220"
TOO_MANY_REPEATS = "EDI-221"
TOO_MANY_COMPONENTS = "EDI-222"
EMPTY_SEGMENT = "EDI-234"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in a segment: its code, place (from 1) and the value it is about."""

    code: str
    text: str
    element: int | None = None
    component: int | None = None
    repetition: int | None = None
    number: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the segments of one message are written: standard, service characters, and dates before the year 2000's rule."""

    standard: Standard
    delimiters: Delimiters
    six_digit_dates: bool = False


def explain(segment: Segment, spec: SegmentSpec, form: Form) -> list[Fault]:
    """Everything that is wrong with `segment`, in the order of its elements, conditions last."""
    if all(not part for part in segment[1:]) and not any(part.use == "M" for part in spec.elements):
        return [Fault(code=EMPTY_SEGMENT, text=f"segment {spec.tag} has no elements")]
    found: list[Fault] = []
    for place, element in enumerate(spec.elements, 1):
        value = segment[place] if place < len(segment) else ""
        found.extend(_element(value, element, place, form))
    for place in range(len(spec.elements) + 1, len(segment)):
        if _is_filled(segment[place]):
            text = f"{spec.tag} has {len(spec.elements)} elements, not {place}"
            found.append(Fault(code=TOO_MANY_ELEMENTS, text=text, element=place, value=_text(segment[place], form)))
    lacking: dict[tuple[str, int | None], Fault] = {}
    for condition in spec.conditions:
        for fault in _condition(segment, spec, condition):
            lacking.setdefault((fault.code, fault.element), fault)  # two conditions may ask for the same element
    found.extend(lacking.values())
    if form.standard == "edifact":
        found.extend(
            Fault(code=code, text=text, element=1, component=2, number="2380", value=value)
            for code, text, value in date_faults(segment)
        )
    return found


def _is_filled(value: Element) -> bool:
    return bool(value) if isinstance(value, str) else any(_is_filled(part) for part in value)


def _text(value: Element, form: Form) -> str:
    if isinstance(value, str):
        return value
    mark = form.delimiters.repetition if isinstance(value, Repeats) else form.delimiters.component
    return mark.join(_text(part, form) for part in value)


def _element(value: Element, spec: ElementSpec, place: int, form: Form) -> Iterator[Fault]:
    if not _is_filled(value):
        if spec.use == "M":
            yield Fault(code=MANDATORY, text=f"{spec.ref} ({spec.name}) is mandatory", element=place, number=spec.number)
        return
    repeats = _repeats(value, spec, form)
    if len(repeats) > spec.repeat:
        text = f"{spec.ref} occurs {len(repeats)} times, at most {spec.repeat}"
        yield Fault(code=TOO_MANY_REPEATS, text=text, element=place, number=spec.number, value=_text(value, form))
    for count, each in enumerate(repeats, 1):
        repetition = count if len(repeats) > 1 else None
        if not spec.components:
            yield from _simple(each, spec, Fault(code="", text="", element=place, repetition=repetition), form)
        else:
            yield from _composite(each, spec, Fault(code="", text="", element=place, repetition=repetition), form)


def _repeats(value: Element, spec: ElementSpec, form: Form) -> list[Element]:
    if isinstance(value, Repeats):
        return list(value)
    mark = form.delimiters.repetition
    if form.standard == "x12" and mark and isinstance(value, str) and mark in value and spec.type != "AN":
        return list(value.split(mark))
    return [value]


def _composite(value: Element, spec: ElementSpec, at: Fault, form: Form) -> Iterator[Fault]:
    if form.standard == "x12" and isinstance(value, str):
        value = [*value.split(form.delimiters.component)] if form.delimiters.component else [value]
    parts = [value] if isinstance(value, str) else list(value)
    for place, part in enumerate(spec.components, 1):
        text = parts[place - 1] if place <= len(parts) else ""
        where = Fault(code="", text="", element=at.element, component=place, repetition=at.repetition)
        if text:
            yield from _simple(text, part, where, form)
        elif part.use == "M":
            yield _at(where, MANDATORY, f"{part.ref} ({part.name}) is mandatory", part.number)
    for place in range(len(spec.components) + 1, len(parts) + 1):
        if parts[place - 1]:
            where = Fault(code="", text="", element=at.element, component=place, repetition=at.repetition)
            text = f"{spec.ref} has {len(spec.components)} components, not {place}"
            yield _at(where, TOO_MANY_COMPONENTS, text, None, _text(parts[place - 1], form))


def _simple(value: Element, spec: ElementSpec, at: Fault, form: Form) -> Iterator[Fault]:
    if not isinstance(value, str):
        # A simple element with components: its first is the value, every further one is one too many.
        for place, part in enumerate(value[1:], 2):
            if part:
                where = Fault(code="", text="", element=at.element, component=place, repetition=at.repetition)
                yield _at(where, TOO_MANY_COMPONENTS, f"{spec.ref} has one component, not {place}", None, _text(part, form))
        value = str(value[0])
        if not value:
            if spec.use == "M":
                yield _at(at, MANDATORY, f"{spec.ref} ({spec.name}) is mandatory", spec.number)
            return
    for code in rules.faults(value, spec, six_digit_dates=form.six_digit_dates):
        yield _at(at, code, f"{spec.ref} ({spec.name}) {_reason(code, value, spec)}", spec.number, value)


def _reason(code: str, value: str, spec: ElementSpec) -> str:
    if code == rules.TOO_LONG:
        return f"is longer than {spec.max} characters"
    if code == rules.TOO_SHORT:
        return f"is shorter than {spec.min} characters"
    shown = value if len(value) <= 40 else value[:37] + "..."
    return {
        rules.INVALID_CHARACTER: f"has the value {shown!r}, which its type {spec.type} does not allow",
        rules.INVALID_CODE: f"has the code {shown!r}, which its list does not have",
        rules.UNLISTED_CODE: f"has the code {shown!r}, which the list carried here does not have",
        rules.INVALID_DATE: f"has the value {shown!r}, which is no date",
        rules.INVALID_TIME: f"has the value {shown!r}, which is no time",
        rules.NO_DIGIT_BEFORE_MARK: f"has the value {shown!r} without a digit before the decimal mark",
    }[code]


def _at(where: Fault, code: str, text: str, number: str | None, value: str | None = None) -> Fault:
    return Fault(
        code=code,
        text=text,
        element=where.element,
        component=where.component,
        repetition=where.repetition,
        number=number,
        value=value,
    )


def _condition(segment: Segment, spec: SegmentSpec, rule: Condition) -> Iterator[Fault]:
    """The five conditions of X12.6 3.8.4.3; the fault stands at the element that is missing, or at the second one too many."""
    filled = [place for place in rule.positions if place < len(segment) and _is_filled(segment[place])]
    first = rule.positions[0]
    missing = [place for place in rule.positions if place not in filled]
    code, places, reason = CONDITIONAL, missing, ""
    if rule.kind == "P" and filled and missing:
        reason = f"goes together with {_refs(spec, filled)}"
    elif rule.kind == "R" and not filled:
        places, reason = [first], f"or one of {_refs(spec, rule.positions[1:])} is required"
    elif rule.kind == "C" and first in filled and missing:
        reason = f"is required by {_refs(spec, [first])}"
    elif rule.kind == "L" and filled == [first]:
        places, reason = (
            [rule.positions[1]],
            f"or another of {_refs(spec, rule.positions[1:])} is required by {_refs(spec, [first])}",
        )
    elif rule.kind == "E" and len(filled) > 1:
        code, places, reason = EXCLUDED, filled[1:], f"excludes {_refs(spec, filled[:1])}"
    if not reason:
        return
    for place in places:
        element = spec.elements[place - 1]
        there = segment[place] if place < len(segment) else ""
        value = there if code == EXCLUDED and isinstance(there, str) else None
        yield Fault(
            code=code, text=f"{element.ref} ({element.name}) {reason}", element=place, number=element.number, value=value
        )


def _refs(spec: SegmentSpec, places: tuple[int, ...] | list[int]) -> str:
    return ", ".join(spec.elements[place - 1].ref for place in places)
