"""Python text that is put together line by line and made a function: what the generators of reading and writing share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Source:
    """Lines of a function and the values they name."""

    lines: list[str] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)

    def add(self, depth: int, text: str) -> None:
        """Add a line, so many steps deep."""
        self.lines.append("    " * depth + text)

    def name(self, value: Any, prefix: str) -> str:
        """A name for a value that the code refers to."""
        name = f"{prefix}{len(self.names)}"
        self.names[name] = value
        return name

    def made(self, label: str, function: str) -> Callable[..., Any]:
        """The function; the text is written by the generators, from a checked guide: members and numbers, never its words."""
        exec(compile("\n".join(self.lines), f"<{label}>", "exec"), self.names)  # noqa: S102 - see above
        found: Callable[..., Any] = self.names[function]
        return found
