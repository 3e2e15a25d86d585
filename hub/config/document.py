"""A configuration file as plain values that remember where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hub.diagnostics import Diagnostic, Level

Path: TypeAlias = "tuple[str | int, ...]"
Place: TypeAlias = "tuple[int, int]"
"""Line and column, both from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file said: `value` is made of dict, list and str (TOML adds int, float, bool and dates).

    `value` is None where nothing usable could be read; `diagnostics` then says why. A path is the keys and list indexes
    that lead to a value: `("agreements", 0, "guide")`.
    """

    file: str
    value: Any
    values: Mapping[Path, Place] = field(default_factory=dict)
    keys: Mapping[Path, Place] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether any mistake found while reading is an error."""
        return any(diagnostic.level == "error" for diagnostic in self.diagnostics)

    def place(self, path: Path = (), *, key: bool = False) -> Place:
        """The place of a value (of its key with `key`), or of the nearest enclosing one that is known."""
        if key and path in self.keys:
            return self.keys[path]
        while path:
            place = self.values.get(path) or self.keys.get(path)
            if place:
                return place
            path = path[:-1]
        return self.values.get((), (1, 1))

    def get(self, path: Path) -> Any:
        """The value at a path, or None where the path leads nowhere."""
        value: Any = self.value
        part: Any
        for part in path:
            try:
                value = value[part] if isinstance(value, dict | list) else None
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def diagnostic(
        self, code: str, message: str, path: Path = (), *, hint: str = "", level: Level = "error", key: bool = False
    ) -> Diagnostic:
        """A diagnostic at the place of `path`."""
        line, column = self.place(path, key=key)
        return Diagnostic(file=self.file, line=line, column=column, level=level, code=code, message=message, hint=hint)
