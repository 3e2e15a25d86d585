"""Replaces one value of a TOML file a person wrote; everything else in it stays as it stands, comments included."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Sequence
from typing import Any

from hub.errors import NotFound, Refused

_HEADER = re.compile(r"\s*\[(?!\[)(.+)\]\s*(#.*)?\Z")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")


def replaced(text: str, path: Sequence[str], value: Any) -> str:
    """The text with the value at a path of keys replaced; `NotFound` where there is none, `Refused` where it cannot be done safely."""
    expected = _with(tomllib.loads(text), path, value)
    for start, end, keys in _values(text):
        if list(path[: len(keys)]) != keys:
            continue
        # a table written in braces that holds the value is written anew as a whole
        changed = text[:start] + " " + _inline(_at(expected, keys)) + text[end:]
        if _loads_as(changed, expected):
            return changed
    raise Refused(
        f"{'.'.join(path)} cannot be replaced where it stands",
        f"write it yourself: {path[-1]} = {_inline(value)}",
        code="SEC-113",
    )


def _with(data: dict[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    holder = changed
    for name in path[:-1]:
        holder = holder.get(name, {})
    if path[-1] not in holder:
        raise NotFound(f"the file has no {'.'.join(path)}", "write it there first; `edihub lint` says what it may hold")
    holder[path[-1]] = value
    return changed


def _at(data: Any, keys: Sequence[str]) -> Any:
    for name in keys:
        data = data[name]
    return data


def _values(text: str) -> list[tuple[int, int, list[str]]]:
    """Where each value stands that a line begins: behind its equals sign, to its end, and the keys that lead to it."""
    found: list[tuple[int, int, list[str]]] = []
    table: list[str] = []
    at = 0
    while at < len(text):
        end_of_line = text.find("\n", at) + 1 or len(text)
        line = text[at:end_of_line].rstrip("\r\n")
        if (header := _HEADER.match(line)) is not None:
            table = _keys(f"[{header[1]}]")
        elif (key := _KEY.match(line)) is not None and (end := _end(text, at + key.end())) is not None:
            found.append((at + key.end(), end, table + _keys(f"{key[1]} = 0")))
            end_of_line = text.find("\n", end) + 1 or len(text)
        at = end_of_line
    return found


def _keys(text: str) -> list[str]:
    """The keys that one header or one assignment leads through."""
    keys: list[str] = []
    try:
        data: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return keys
    while isinstance(data, dict) and data:
        ((name, data),) = data.items()
        keys.append(name)
    return keys


def _end(text: str, start: int) -> int | None:
    """Where the value that begins at `start` ends: at the end of the first line with which it is whole."""
    end = start
    while end < len(text):
        end = text.find("\n", end + 1)
        end = len(text) if end < 0 else end
        try:
            tomllib.loads(f"x = {text[start:end]}")
        except tomllib.TOMLDecodeError:
            continue
        return end
    return None


def _inline(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {_inline(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _loads_as(text: str, expected: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == expected
    except tomllib.TOMLDecodeError:
        return False
