"""A document against its pydantic model: a typed value, or every mistake at its place in our own words."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from hub.config.document import Document, Path
from hub.config.spelling import did_you_mean
from hub.diagnostics import Diagnostic

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(Generic[T]):
    """A checked value and what was found on the way; `value` is None when there was an error."""

    value: T | None
    diagnostics: tuple[Diagnostic, ...] = ()


def mistake(code: str, message: str, hint: str = "") -> PydanticCustomError:
    """The error a pydantic validator raises to give its mistake a code and a cure of its own."""
    return PydanticCustomError("config", "{message}", {"code": code, "message": message, "hint": hint})


def check(document: Document, model: type[T], path: Path = ()) -> Checked[T]:
    """Validate the value at `path` of a document; mistakes of reading it are included when `path` is the whole.

    A part that was left out counts as an empty one, so that its required keys are named.
    """
    found = list(document.diagnostics) if not path else []
    value = document.get(path)
    if value is None and path:
        value = {}
    if document.value is None:
        return Checked(value=None, diagnostics=tuple(found))
    try:
        checked = TypeAdapter(model).validate_python(value)
    except ValidationError as wrong:
        found += diagnostics(document, wrong, model, path)
        return Checked(value=None, diagnostics=tuple(sorted(set(found))))
    failed = any(diagnostic.level == "error" for diagnostic in found)
    return Checked(value=None if failed else checked, diagnostics=tuple(found))


def diagnostics(document: Document, wrong: ValidationError, model: Any, path: Path = ()) -> list[Diagnostic]:
    """Walk every pydantic error back to its line and column.

    A union reports its branches one by one: the branch that got furthest into the document is the one that was meant.
    """
    located = [(_walk(document, path, error["loc"]), error) for error in wrong.errors(include_url=False)]
    found = [_diagnostic(document, place, error, model) for place, error in _meant(located)]
    return list(dict.fromkeys(found))


def _walk(document: Document, path: Path, loc: tuple[int | str, ...]) -> Path:
    """The path in the document that a pydantic location means; names of union branches and validators are skipped."""
    for part in loc:
        if (*path, part) in document.values or (*path, part) in document.keys:
            path = (*path, part)
    return path


def _meant(located: list[tuple[Path, ErrorDetails]]) -> Iterator[tuple[Path, ErrorDetails]]:
    """Drop the errors of union branches that failed at an outer place while another branch got further in."""
    kinds = {
        "string_type",
        "dict_type",
        "list_type",
        "model_type",
        "model_attributes_type",
        "tuple_type",
        "none_required",
        "too_short",
    }
    for path, error in located:
        deeper = any(len(other) > len(path) and other[: len(path)] == path for other, _ in located)
        if not (deeper and error["type"] in kinds):
            yield path, error


def _diagnostic(document: Document, path: Path, error: ErrorDetails, model: Any) -> Diagnostic:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "config":
        return document.diagnostic(str(context["code"]), str(context["message"]), path, hint=str(context["hint"]))
    if kind == "extra_forbidden":
        known = _fields(model, error["loc"][:-1])
        present = document.get(path[:-1])
        free = known - set(present) if isinstance(present, Mapping) else known
        free = free or known
        return document.diagnostic(
            "CFG-102", f'unknown key "{error["loc"][-1]}"', path, hint=did_you_mean(str(error["loc"][-1]), free), key=True
        )
    if kind == "missing":
        return document.diagnostic("CFG-101", f'key "{error["loc"][-1]}" is missing', path, hint="add it")
    if kind == "string_pattern_mismatch" and (examples := _examples(model, error["loc"])):
        value = str(error["input"])
        message = f"{_quoted(value)} has the wrong form" if value else "nothing stands here"
        return document.diagnostic("CFG-113", message, path, hint=f"such as {', '.join(examples)}")
    code, message, hint = _say(kind, error, context)
    return document.diagnostic(code, message, path, hint=hint)


def _say(kind: str, error: ErrorDetails, context: Mapping[str, Any]) -> tuple[str, str, str]:
    value = error["input"]
    shown = _quoted(value)
    if kind in {"literal_error", "enum", "union_tag_invalid"}:
        listed = str(context.get("expected") or context.get("expected_tags", ""))
        known = [word.strip().strip("'") for word in listed.replace(" or ", ", ").split(",")]
        return "CFG-105", f"{shown} is not a value this key takes", did_you_mean(str(value), known)
    if context.get("class_name") == "SecretReference":
        return "CFG-114", "a secret does not stand in a file", "name its place: {env: NAME} or {file: PATH}"
    if kind in _SHAPES:
        given = _SHAPE_OF.get(type(value), type(value).__name__) if value != "" else "nothing"
        return "CFG-104", f"expected {_SHAPES[kind]}, found {given}", _EXAMPLES[_SHAPES[kind]]
    if kind in _FORMS:
        return "CFG-113", f"{shown} is not {_FORMS[kind]}", _EXAMPLES[_FORMS[kind]]
    if kind == "too_short":
        return "CFG-113", f"needs at least {context.get('min_length', 1)} of them", "add what is missing"
    if kind == "value_error":
        return "CFG-113", str(context.get("error", error["msg"])), "correct it"
    if kind == "string_pattern_mismatch":
        return "CFG-113", f"{shown} has the wrong form", f"must match {context.get('pattern', '')}"
    if kind in _BOUNDS:
        member, words = _BOUNDS[kind]
        said = f"{shown} is out of bounds" if value != "" else "nothing stands here"
        return "CFG-113", said, words.format(context.get(member)).replace(" 1 characters", " one character")
    words = error["msg"].replace("Input should be ", "must be ")
    return "CFG-113", f"{shown} {words}" if words.startswith("must") else words, "correct it"


def _quoted(value: object) -> str:
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


_BOUNDS = {
    "greater_than": ("gt", "a number above {}"),
    "greater_than_equal": ("ge", "a number of at least {}"),
    "less_than": ("lt", "a number below {}"),
    "less_than_equal": ("le", "a number of at most {}"),
    "string_too_short": ("min_length", "at least {} characters"),
    "string_too_long": ("max_length", "at most {} characters"),
}
"""Limits that a value is held against: the member of pydantic's context that names them, and the cure."""


_SHAPES = {
    "string_type": "text",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "decimal_type": "a number",
    "missing_keyword_only_argument": "keys and values",
}

_FORMS = {
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_parsing": "true or false",
    "decimal_parsing": "a number",
    "date_from_datetime_parsing": "a date (YYYY-MM-DD)",
    "date_parsing": "a date (YYYY-MM-DD)",
}

_EXAMPLES = {
    "text": "write one value",
    "keys and values": "write `key: value`, one on a line",
    "a list": "write `[one, another]`, or one a line after `- `",
    "a whole number": "digits only",
    "true or false": "write true or false",
    "a number": "digits and a decimal point, such as 12.50",
    "a date (YYYY-MM-DD)": "such as 2026-09-24",
}

_SHAPE_OF: dict[type, str] = {dict: "keys and values", list: "a list", str: "text", int: "a number", bool: "true or false"}


def _fields(model: Any, loc: tuple[int | str, ...]) -> set[str]:
    """The keys a model allows at a location, over every branch of a union."""
    models = set(_models(model))
    for part in loc:
        fields = [pair for each in models for pair in each.model_fields.items()]
        inner = {found for name, field in fields if part in {name, field.alias} for found in _models(field.annotation)}
        models = inner or models
    return {field.alias or name for each in models for name, field in each.model_fields.items()}


def _examples(model: Any, loc: tuple[int | str, ...]) -> list[str]:
    """What the field at a location gives as examples of itself, over every branch of a union."""
    annotations: list[Any] = [model]
    found: list[str] = []
    for part in loc:
        models = [each for annotation in annotations for each in _models(annotation)]
        inner = [field for each in models for name, field in each.model_fields.items() if part in {name, field.alias}]
        if inner:
            found = [str(each) for field in inner for each in (*(field.examples or ()), *_examples_within(field.annotation))]
            annotations = [field.annotation for field in inner]
    return list(dict.fromkeys(found))


def _examples_within(annotation: Any) -> Iterator[Any]:
    """The examples of the annotated types inside a union, a list or a mapping."""
    for part in get_args(annotation):
        if isinstance(part, FieldInfo):
            yield from part.examples or ()
        elif get_origin(part) is not typing.Literal:
            yield from _examples_within(part)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside an annotation: of unions, lists, mappings and annotated types."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    origin = get_origin(annotation)
    if origin in {None, typing.Literal}:
        return
    for part in get_args(annotation):
        if part is not Ellipsis and not isinstance(part, str | int | types.EllipsisType):
            yield from _models(part)
