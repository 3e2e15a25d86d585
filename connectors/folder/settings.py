"""What a folder connection can be told in a partner file."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hub.ports import ConnectorSettings

NAME_FIELDS = frozenset({"name", "stem", "suffix", "key"})
_SAFE_LITERAL = re.compile(r"[A-Za-z0-9._-]*")


def _template(value: str) -> str:
    """Accept only known fields and characters that mean nothing to any file system."""
    try:
        parts = list(Formatter().parse(value))
    except ValueError as fault:
        raise ValueError(f"the template {value!r} has an unmatched brace") from fault
    for literal, name, form, conversion in parts:
        if not _SAFE_LITERAL.fullmatch(literal):
            raise ValueError(f"a file name may hold only letters, digits, '.', '_' and '-'; {literal!r} has something else")
        if name is not None and (name not in NAME_FIELDS or form or conversion):
            raise ValueError(f"{{{name}}} is no field of a file name; known: {', '.join(sorted(NAME_FIELDS))}")
    return value


class FolderSettings(ConnectorSettings):
    """`inbox` is read, `outbox` is written; one of them is enough.

    A file is taken once its size and time stood still for `settle` seconds (0: at first sight, for partners who rename into
    place), or, with `done_marker`, once a file of the same name plus that suffix stands beside it.
    """

    inbox: Path | None = None
    outbox: Path | None = None
    archive: Path | None = None
    after: Literal["archive", "delete"] = "archive"
    pattern: Annotated[str, Field(min_length=1)] = "*"
    settle: Annotated[float, Field(ge=0, le=86_400)] = 2.0
    done_marker: Annotated[str, Field(pattern=r"^(\.[A-Za-z0-9]+)?$", examples=[".done"])] = ""
    ignore: tuple[str, ...] = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
    max_size: Annotated[int, Field(gt=0)] = 256 * 1024 * 1024
    name: Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_template)] = "{name}"

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if self.inbox is None and self.outbox is None:
            raise ValueError("a folder connection needs an `inbox`, an `outbox` or both")
        if self.inbox is not None and self.inbox == self.outbox:
            raise ValueError("`inbox` and `outbox` are the same folder: the hub would read what it writes")
        return self

    @property
    def archive_folder(self) -> Path:
        """Where released files go: `archive`, or a folder of that name inside the inbox."""
        if self.archive is not None:
            return self.archive
        return (self.inbox or Path()) / "archive"
