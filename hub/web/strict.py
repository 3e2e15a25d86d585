"""JSON bodies against their types, decimals included: a number of money or goods is text of plain digits, or a whole number.

msgspec alone would take "NaN", "1_000", "1e5" and fractions that were never exact. What passes here is what the OpenAPI document,
made by `schema`, promises to take.
"""

from __future__ import annotations

import json
import re
import types
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

import msgspec

PATTERN = r"^-?[0-9]{1,18}(\.[0-9]{1,12})?$"
MOST = 10**15
DECIMAL_SCHEMA = {
    "anyOf": [{"type": "string", "pattern": PATTERN}, {"type": "integer", "minimum": -MOST, "maximum": MOST}],
    "description": 'Decimal digits as text, such as "12.50"; a whole number may stand without quotes.',
}
_DIGITS = re.compile(PATTERN)
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class _Number:
    """A decimal stands here."""


class _Each:
    """A list whose members follow one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


class _Fields:
    """An object with the fields of a struct; looked into only when one arrives, since a line may hold lines."""

    def __init__(self, struct: type[msgspec.Struct]) -> None:
        self.struct = struct


Plan: TypeAlias = "_Number | _Each | _Fields | None"
"""Where the decimals of a type are: right here, in each member of a list, in fields, or nowhere."""


def decode(raw: bytes, type_: Any) -> Any:
    """The value of a body; raises `msgspec.DecodeError` for what is no JSON and `msgspec.ValidationError` for what does not fit."""
    value = _decoder.decode(raw)
    json.loads(raw, object_pairs_hook=_once, parse_int=str, parse_float=str)
    return msgspec.convert(_walk(value, _plan(type_), "$"), type_, strict=True)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are unique (RFC 8259 4 leaves open which of two counts: neither does here)."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise msgspec.DecodeError(f'the name "{twice[:40]}" stands twice in one object')
    return found


def schema(components: dict[str, Any]) -> dict[str, Any]:
    """Schemas made by msgspec, with decimals described as they are taken."""
    described = {name: _described(each) for name, each in components.items()}
    for each in described.values():
        _free_of_tag(each)
    return described


def _free_of_tag(schema: dict[str, Any]) -> None:
    """An address takes one kind of document, so its `type` may be left out; what we answer always has it."""
    tag = schema.get("properties", {}).get("type", {})
    if "type" in schema.get("required", ()) and len(tag.get("enum", ())) == 1:
        schema["required"] = [name for name in schema["required"] if name != "type"]


def _described(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get("format") == "decimal":
            return DECIMAL_SCHEMA
        return {name: _described(each) for name, each in value.items()}
    return [_described(each) for each in value] if isinstance(value, list) else value


def _walk(value: Any, plan: Plan, path: str) -> Any:
    if plan is None or value is None:
        return _whole(value)
    if isinstance(plan, _Number):
        return _number(value, path)
    if isinstance(plan, _Each):
        return (
            [_walk(each, plan.plan, f"{path}[{place}]") for place, each in enumerate(value)]
            if isinstance(value, list)
            else value
        )
    if not isinstance(value, dict):
        return value
    plans = _fields(plan.struct)
    return {name: _walk(each, plans.get(name), f"{path}.{name}") for name, each in value.items()}


def _number(value: Any, path: str) -> Any:
    if isinstance(value, str) and _DIGITS.match(value) and not value.endswith("\n"):
        return value
    value = _whole(value)
    if isinstance(value, int) and not isinstance(value, bool) and -MOST <= value <= MOST:
        return str(value)
    raise msgspec.ValidationError(f'Expected decimal digits as text, such as "12.50" - at `{path}`')


def _whole(value: Any) -> Any:
    """A JSON number without a fraction is an integer, however it is spelled (JSON Schema 6.1.1); lists and objects as they are."""
    if not isinstance(value, Decimal):
        return value
    if value.is_finite() and abs(value.adjusted()) < 20 and value == value.to_integral_value():
        return int(value)
    return float(value)


@cache
def _plan(type_: Any) -> Plan:
    if type_ is Decimal:
        return _Number()
    origin, arguments = get_origin(type_), get_args(type_)
    if origin is Annotated:
        return _plan(arguments[0])
    if origin in {Union, types.UnionType}:
        found = [plan for plan in (_plan(each) for each in arguments if each is not type(None)) if plan is not None]
        return found[0] if found else None
    if origin in {tuple, list}:
        return _each(arguments[0])
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        return _Fields(type_)
    return None


def _each(type_: Any) -> Plan:
    plan = _plan(type_)
    return None if plan is None else _Each(plan)


@cache
def _fields(struct: type[msgspec.Struct]) -> dict[str, Plan]:
    return {field.encode_name: _plan(field.type) for field in msgspec.structs.fields(struct)}
