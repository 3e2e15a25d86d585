"""The canonical model as paths: what type stands at `requested.delivery_on`, and is there such a member at all."""

from __future__ import annotations

import datetime as dt
import types
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

Kind = Literal["text", "decimal", "date", "integer", "boolean", "literal", "struct", "texts", "structs", "any"]

_PLAIN: dict[Any, Kind] = {str: "text", Decimal: "decimal", dt.date: "date", int: "integer", bool: "boolean"}


@dataclass(frozen=True, slots=True)
class Member:
    """The type at a path: its kind, the struct for `struct` and `structs`, the allowed words for `literal`."""

    kind: Kind
    struct: type[Any] | None = None
    words: tuple[str, ...] = ()


@lru_cache(maxsize=512)
def _member(owner: Any, path: str) -> Member | None:
    found: Member | None = None
    struct: Any = owner
    for part in path.split("."):
        name, is_item = (part[:-2], True) if part.endswith("[]") else (part, False)
        if struct is None or (found is not None and found.kind == "structs"):  # an item of a list is named by `[]`
            return None
        hint = _hints(struct).get(name)
        if hint is None:
            return None
        found = _classify(hint)
        if is_item:
            if found.kind not in {"texts", "structs"}:
                return None
            found = Member("text") if found.kind == "texts" else Member("struct", found.struct)
        struct = found.struct
    return found


def member(owner: type[Any], path: str) -> Member | None:
    """The member at a dotted path, or None where the model has none; a trailing `[]` names an item of the list."""
    wanted: Any = owner
    return _member(wanted, path)


def member_names(owner: type[Any], path: str = "") -> list[str]:
    """The members of the struct at a path, for suggestions."""
    if path:
        found = member(owner, path)
        if found is None or found.struct is None:
            return []
        owner = found.struct
    wanted: Any = owner
    return sorted(_hints(wanted))


@lru_cache(maxsize=128)
def _hints(struct: Any) -> dict[str, Any]:
    return {name: hint for name, hint in get_type_hints(struct).items() if not name.startswith("_")}


def _classify(hint: Any) -> Member:
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        inner = [part for part in get_args(hint) if part is not type(None)]
        return _classify(inner[0]) if len(inner) == 1 else Member("any")
    if origin is Literal:
        return Member("literal", words=tuple(get_args(hint)))
    if origin is tuple:
        item = _classify(get_args(hint)[0])
        return Member("structs", item.struct) if item.kind == "struct" else Member("texts", words=item.words)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return Member("struct", hint)
    return Member(_PLAIN.get(hint, "any"))
