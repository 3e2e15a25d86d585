"""The fields rules may speak of, with their types, read off the canonical model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

import msgspec

from hub.model.order import Order
from hub.routing.conditions import Kind

MAX_DEPTH = 5

_CONTEXT: dict[str, Kind] = {
    "channel": "text",
    "partner": "text",
    "agreement": "text",
    "test": "text",
    "approval": "text",
    "status": "text",
    "amount": "number",
    "currency": "text",
}


@cache
def order_fields() -> Mapping[str, Kind]:
    """Fields of a rule about an order: those of the document under `order.`, and what the hub knows beside it."""
    return MappingProxyType({**_CONTEXT, **dict(_fields("order", Order, MAX_DEPTH))})


def _fields(name: str, annotation: Any, depth: int) -> Iterator[tuple[str, Kind]]:
    """Every leaf below a name; a list stands for each of its members, a union for its member that is not None."""
    if get_origin(annotation) is Literal:
        yield name, "text"
        return
    arguments = [each for each in get_args(annotation) if each not in {type(None), Ellipsis}]
    if arguments and get_origin(annotation) is not dict:
        yield from _fields(name, arguments[0], depth)
        return
    if not isinstance(annotation, type):
        return
    if issubclass(annotation, msgspec.Struct):
        if depth:
            for field in msgspec.structs.fields(annotation):
                yield from _fields(f"{name}.{field.name}", field.type, depth - 1)
    elif issubclass(annotation, Decimal | int) and not issubclass(annotation, bool):
        yield name, "number"
    elif issubclass(annotation, dt.date):
        yield name, "date"
    elif issubclass(annotation, str | bool):
        yield name, "text"
