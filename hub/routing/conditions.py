"""Conditions in rules: `all`, `any` and `not` over field, operator and value, compared exactly.

There is no expression language: a value is a decimal, a date or a text because its field is one, never because it looks
like one, so `0.1 + 0.2` questions and `0042 = 42` surprises cannot arise. A comparison with a field that is absent is false,
whatever the operator; ask for that with `present` or `absent`. A path that leads through a list (`lines.price`) asks whether
any of its values fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from hub.config import Document, did_you_mean
from hub.config.document import Path
from hub.diagnostics import Diagnostic
from hub.errors import HeldForOperator
from hub.routing.options import Block

Kind: TypeAlias = Literal["number", "date", "text"]
Operator: TypeAlias = Literal[
    "equals", "differs", "above", "at_least", "below", "at_most", "in", "not_in", "starts_with", "contains", "present", "absent"
]
Value: TypeAlias = "Decimal | date | str"

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_ORDERED = frozenset({"above", "at_least", "below", "at_most"})
_LISTED = frozenset({"in", "not_in"})
_TEXTUAL = frozenset({"starts_with", "contains"})
_BARE = frozenset({"present", "absent"})


class ComparisonFile(Block):
    """One comparison, as YAML writes it."""

    field: str
    operator: Operator
    value: str | tuple[str, ...] | None = None


class AllFile(Block):
    """Every part holds."""

    all: Annotated[tuple[ConditionFile, ...], Field(min_length=1)]


class AnyFile(Block):
    """At least one part holds."""

    any: Annotated[tuple[ConditionFile, ...], Field(min_length=1)]


class NotFile(Block):
    """The part does not hold."""

    not_: Annotated[ConditionFile, Field(alias="not")]


def _which(value: Any) -> str:
    if isinstance(value, Mapping):
        return next((f"<{name}>" for name in ("all", "any", "not") if name in value), "<comparison>")
    return "<comparison>"


ConditionFile: TypeAlias = Annotated[
    Annotated[AllFile, Tag("<all>")]
    | Annotated[AnyFile, Tag("<any>")]
    | Annotated[NotFile, Tag("<not>")]
    | Annotated[ComparisonFile, Tag("<comparison>")],
    Discriminator(_which),
]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison with its operands in the type of the field."""

    field: str
    operator: Operator
    kind: Kind
    operands: tuple[Value, ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.operands))
        return f"{self.field} {self.operator.replace('_', ' ')} {shown}".rstrip()


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition: TypeAlias = "Comparison | AllOf | AnyOf | Not"

AllFile.model_rebuild()
AnyFile.model_rebuild()
NotFile.model_rebuild()


def compile_condition(
    file: AllFile | AnyFile | NotFile | ComparisonFile, fields: Mapping[str, Kind], document: Document, path: Path = ()
) -> tuple[Condition | None, list[Diagnostic]]:
    """Give every comparison the type of its field; unknown fields and values of another type are mistakes at their place."""
    found: list[Diagnostic] = []
    compiled = _compile(file, fields, lambda *said, hint: found.append(document.diagnostic(*said, hint=hint)), path)
    return (None if found else compiled), found


_Report: TypeAlias = Callable[..., None]


def _compile(
    file: AllFile | AnyFile | NotFile | ComparisonFile, fields: Mapping[str, Kind], report: _Report, path: Path
) -> Condition:
    if isinstance(file, AllFile):
        return AllOf(tuple(_compile(part, fields, report, (*path, "all", at)) for at, part in enumerate(file.all)))
    if isinstance(file, AnyFile):
        return AnyOf(tuple(_compile(part, fields, report, (*path, "any", at)) for at, part in enumerate(file.any)))
    if isinstance(file, NotFile):
        return Not(_compile(file.not_, fields, report, (*path, "not")))
    return _compile_comparison(file, fields, report, path)


def _compile_comparison(file: ComparisonFile, fields: Mapping[str, Kind], report: _Report, path: Path) -> Comparison:
    kind = fields.get(file.field)
    if kind is None:
        report("CFG-212", f'there is no field "{file.field}"', (*path, "field"), hint=did_you_mean(file.field, fields))
        return Comparison(file.field, file.operator, "text")
    values = (file.value,) if isinstance(file.value, str) else (file.value or ())
    operator = file.operator
    if operator in _BARE and values:
        report("CFG-321", f"`{operator}` takes no value", (*path, "value"), hint="remove it")
    elif operator not in _BARE and not values:
        report("CFG-322", f"`{operator}` needs a value", path, hint="add `value:`")
    elif operator not in _LISTED and len(values) > 1:
        report("CFG-323", f"`{operator}` takes one value", (*path, "value"), hint="use `in` for several")
    if operator in _TEXTUAL and kind != "text":
        report(
            "CFG-324", f"`{operator}` compares text, {file.field} is a {kind}", (*path, "operator"), hint="use equals or above"
        )
    if operator in _ORDERED and kind == "text":
        report(
            "CFG-325",
            f"`{operator}` compares numbers and dates, {file.field} is text",
            (*path, "operator"),
            hint="use equals or in",
        )
    operands: list[Value] = []
    for at, value in enumerate(values):
        try:
            operands.append(typed(value, kind))
        except ValueError:
            place = (*path, "value") if isinstance(file.value, str) else (*path, "value", at)
            hint = "a date is YYYY-MM-DD" if kind == "date" else "a decimal point, no thousands separators"
            report("CFG-326", f'"{value}" is not a {kind}, as {file.field} is', place, hint=hint)
    return Comparison(file.field, operator, kind, tuple(operands))


def typed(value: Any, kind: Kind) -> Value:
    """A value in the type its field has; raises ValueError where it is not of that type. Never through float."""
    if kind == "text":
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind == "date":
        if isinstance(value, datetime):
            return value.date()
        return value if isinstance(value, date) else date.fromisoformat(_matching(_DATE, value))
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
    else:
        number = Decimal(_matching(_NUMBER, value))
    return _finite(number)


def _matching(form: re.Pattern[str], value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not form.fullmatch(text):
        raise ValueError(f"{value!r} has another form")
    return text


def _finite(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


def holds(condition: Condition, facts: Any) -> bool:
    """Whether a condition holds for facts: nested mappings, lists and objects with attributes."""
    if isinstance(condition, AllOf):
        return all(holds(part, facts) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return any(holds(part, facts) for part in condition.parts)
    if isinstance(condition, Not):
        return not holds(condition.part, facts)
    return _judge(condition, facts)


def _judge(test: Comparison, facts: Any) -> bool:
    values = [value for value in _values(facts, test.field.split(".")) if value is not None and value != ""]
    if test.operator in _BARE:
        return bool(values) == (test.operator == "present")
    try:
        return any(_compare(test, typed(value, test.kind)) for value in values)
    except ValueError:
        raise HeldForOperator(
            f"the rule `{test}` cannot be judged: {test.field} holds no {test.kind}",
            "correct the document or the rule, then replay",
            code="RTE-350",
        ) from None


def _compare(test: Comparison, value: Any) -> bool:
    if test.operator in _LISTED:
        return (value in test.operands) == (test.operator == "in")
    operand: Any = test.operands[0]
    return bool(_COMPARE[test.operator](value, operand))


_COMPARE: dict[str, Callable[[Any, Any], object]] = {
    "equals": lambda value, operand: value == operand,
    "differs": lambda value, operand: value != operand,
    "above": lambda value, operand: value > operand,
    "at_least": lambda value, operand: value >= operand,
    "below": lambda value, operand: value < operand,
    "at_most": lambda value, operand: value <= operand,
    "starts_with": lambda value, operand: value.startswith(operand),
    "contains": lambda value, operand: operand in value,
}


def _values(facts: Any, path: list[str]) -> Iterator[Any]:
    """Every value a path leads to; through a list it leads to each of its members."""
    if isinstance(facts, list | tuple):
        for each in facts:
            yield from _values(each, path)
    elif not path:
        yield facts
    elif isinstance(facts, Mapping):
        yield from _values(facts.get(path[0]), path[1:])
    elif facts is not None:
        yield from _values(getattr(facts, path[0], None), path[1:])
