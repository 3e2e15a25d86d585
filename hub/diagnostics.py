"""What is wrong in a file a person wrote: one value for lint, start-up, editors and CI."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Diagnostic:
    """One mistake at one place; `line` and `column` count from 1, `hint` is the cure."""

    file: str
    line: int
    column: int
    level: Level
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.column} {self.level} {self.code} {self.message}"
        return f"{text}; {self.hint}" if self.hint else text

    def as_json(self) -> dict[str, Any]:
        """The members as plain JSON values."""
        return asdict(self)
