"""Which guides and tables there are by name: files of the site before files of the stock."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path


class Library:
    """The names of guides and tables under the `mappings/` of several roots; the first root that has a name wins."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._roots = tuple(roots)

    @cached_property
    def guides(self) -> dict[str, Path]:
        """Guide name (`x12/004010/850`) to its file."""
        return self._named("mappings/guides")

    @cached_property
    def tables(self) -> dict[str, Path]:
        """Table name to its file."""
        return self._named("mappings/tables")

    def _named(self, folder: str) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for root in self._roots:
            base = root / folder
            for path in sorted(base.rglob("*.yaml")):
                found.setdefault(path.relative_to(base).with_suffix("").as_posix(), path)
        return found
