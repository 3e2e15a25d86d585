"""The settings that every connection over folders of another host shares; `connectors.folder` spells them the same."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from hub.ports import ConnectorSettings

NAME_FIELDS = frozenset({"name", "stem", "suffix", "key"})
_Seconds = Annotated[float, Field(gt=0, le=86_400)]
_Marker = Annotated[str, Field(pattern=r"^(\.[A-Za-z0-9]+)?$", examples=[".done"])]


def _plain(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("no control characters and no blanks around it")
    return value


def _template(value: str) -> str:
    try:
        parts = list(Formatter().parse(value))
    except ValueError as fault:
        raise ValueError(f"the template {value!r} has an unmatched brace") from fault
    for literal, field, form, conversion in parts:
        if any(not (letter.isascii() and (letter.isalnum() or letter in "._-")) for letter in literal):
            raise ValueError(f"a file name may hold only letters, digits, '.', '_' and '-'; {literal!r} has something else")
        if field is not None and (field not in NAME_FIELDS or form or conversion):
            raise ValueError(f"{{{field}}} is no field of a file name; known: {', '.join(sorted(NAME_FIELDS))}")
    return value


class Timeouts(BaseModel):
    """Seconds for each stage. `read` is for one answer, `transfer` for one whole listing, download or upload."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connect: _Seconds = 10.0
    banner: _Seconds = 15.0
    auth: _Seconds = 30.0
    channel: _Seconds = 15.0
    read: _Seconds = 60.0
    transfer: _Seconds = 3_600.0


class FileSettings(ConnectorSettings):
    """Who is called, where files are picked up (`inbox`) and left (`outbox`), and what becomes of them.

    A file is taken once its size and time stood still for `settle` seconds between two polls (0: at first sight, for partners
    who rename into place), or, with `done_marker`, once a file of the same name plus that suffix stands beside it.
    """

    host: Annotated[str, Field(min_length=1, max_length=253), AfterValidator(_plain)]
    user: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_plain)]
    inbox: Annotated[str, AfterValidator(_plain)] | None = None
    outbox: Annotated[str, AfterValidator(_plain)] | None = None
    pattern: Annotated[str, Field(min_length=1)] = "*"
    ignore: tuple[str, ...] = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
    settle: Annotated[float, Field(ge=0, le=86_400)] = 2.0
    done_marker: _Marker = ""
    after: Literal["archive", "delete"] = "delete"
    archive: Annotated[str, Field(min_length=1), AfterValidator(_plain)] | None = None
    max_size: Annotated[int, Field(gt=0)] = 1024 * 1024 * 1024
    max_files: Annotated[int, Field(gt=0, le=2_000_000)] = 250_000
    stuck_after: _Seconds = 3_600.0
    name: Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_template)] = "{name}"
    part: Annotated[str, Field(pattern=r"^(\.[A-Za-z0-9]+)?$", examples=[".done"])] = ".part"
    send_marker: _Marker = ""
    timeouts: Timeouts = Timeouts()

    @model_validator(mode="after")
    def _has_work(self) -> Self:
        if self.inbox is None and self.outbox is None:
            raise ValueError("a connection over files needs an `inbox`, an `outbox` or both")
        if self.inbox is not None and self.inbox == self.outbox:
            raise ValueError("`inbox` and `outbox` are the same folder: the hub would read what it writes")
        if (self.after == "archive") != (self.archive is not None):
            raise ValueError("`after: archive` and `archive: FOLDER` belong together")
        if self.archive is not None and self.inbox is not None and self.archive.rstrip("/") == self.inbox.rstrip("/"):
            raise ValueError("`archive` must be another folder than `inbox`")
        return self
