"""TOML read like YAML: plain values with their places. Only `hub.toml` is TOML, so places are found by line."""

from __future__ import annotations

import re
import tomllib

from hub.config.document import Document, Path, Place
from hub.diagnostics import Diagnostic

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_PAIR = re.compile(r"(\s*)([A-Za-z0-9_.\-\"' ]+?)(\s*=\s*)(?=\S)")
_PART = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_\-]+))\s*(?:\.|$)")


def load_toml(text: str, file: str) -> Document:
    """Read one TOML document; `file` is its name in diagnostics."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        return Document(file=file, value=None, diagnostics=(_diagnostic(str(wrong), text, file),))
    except (ValueError, RecursionError) as wrong:
        # tomllib hands dates and long integers to their types unchecked, and recurses into nested arrays.
        return Document(file=file, value=None, diagnostics=(_diagnostic(f"a value out of range: {wrong}", text, file),))
    keys, values = _places(text)
    return Document(file=file, value=value, keys=keys, values=values)


def _diagnostic(problem: str, text: str, file: str) -> Diagnostic:
    found = _AT.search(problem)
    line, column = 1, 1
    if found:
        lines = text.split("\n")
        line, column = (int(found[1]), int(found[2])) if found[1] else (len(lines), len(lines[-1]) + 1)
    message = f"not TOML: {_AT.sub('', problem)}"
    hint = "a key stands once; text stands in double quotes"
    return Diagnostic(file=file, line=line, column=column, level="error", code="CFG-116", message=message, hint=hint)


def _places(text: str) -> tuple[dict[Path, Place], dict[Path, Place]]:
    """Places of tables, keys and values that begin on a line of their own (TOML keys cannot be split over lines)."""
    keys: dict[Path, Place] = {}
    values: dict[Path, Place] = {(): (1, 1)}
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        header = _HEADER.match(line)
        pair = _PAIR.match(line)
        if header:
            table = _parts(header[2])
            column = header.start(2) + 1
            if header[1] == "[[":
                index = counts.get(table, -1) + 1
                counts[table] = index
                keys.setdefault(table, (number, column))
                table = (*table, index)
            _remember(keys, values, table, (number, column), (number, column))
        elif pair:
            path = (*table, *_parts(pair[2]))
            _remember(keys, values, path, (number, pair.start(2) + 1), (number, pair.end() + 1))
    return keys, values


def _remember(keys: dict[Path, Place], values: dict[Path, Place], path: Path, key: Place, value: Place) -> None:
    """Note a key and its value, and the tables that a dotted key makes on the way to it."""
    for length in range(1, len(path) + 1):
        keys.setdefault(path[:length], key)
        values.setdefault(path[:length], value)


def _parts(dotted: str) -> Path:
    return tuple(found[1] or found[2] or found[3] or "" for found in _PART.finditer(dotted))
