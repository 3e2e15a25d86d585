"""The settings that every connection over folders of another host shares."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ByteSize, ConfigDict, Field, field_validator, model_validator

from hub.ports import ConnectorSettings

_Seconds = Annotated[float, Field(gt=0, le=86_400)]
_PART_WRITERS = ("*.part", "*.tmp", "*.filepart", ".*")


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _folder(value: str) -> str:
    if any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in value):
        raise ValueError("a folder must not hold control characters")
    return value


def _marker(value: str | None) -> str | None:
    if value is None:
        return None
    if "{name}" not in value and "{stem}" not in value:
        raise ValueError("a marker must hold {name} or {stem}, for example '{name}.done'")
    if value == "{name}" or "/" in value:
        raise ValueError("a marker is another file of the same folder, for example '{name}.done'")
    return value


class Inbound(_Frozen):
    """Where the partner leaves files for us, when one is complete, and what becomes of it once it is stored.

    `complete`: `stable` takes a file whose size and time were the same in `polls` polls in a row, `marker` one whose marker file
    is there, `renamed` any that is there (the partner uploads under another name and renames).
    """

    folder: str = ""
    patterns: tuple[str, ...] = ("*",)
    ignore: tuple[str, ...] = _PART_WRITERS
    complete: Literal["stable", "marker", "renamed"] = "stable"
    polls: int = Field(default=2, ge=2, le=100)
    marker: str | None = None
    after: Literal["delete", "archive"] = "delete"
    archive: str | None = None
    largest_file: ByteSize = ByteSize(2 * 1024**3)
    most_files: int = Field(default=250_000, ge=1, le=2_000_000)
    stuck_after: _Seconds = 3_600.0

    @field_validator("folder", "archive")
    @classmethod
    def _plain_folder(cls, value: str | None) -> str | None:
        return value if value is None else _folder(value)

    @field_validator("marker")
    @classmethod
    def _names_the_file(cls, value: str | None) -> str | None:
        return _marker(value)

    @model_validator(mode="after")
    def _members_agree(self) -> Inbound:
        if (self.complete == "marker") != (self.marker is not None):
            raise ValueError("`complete: marker` and `marker: '{name}.done'` belong together")
        if (self.after == "archive") != (self.archive is not None):
            raise ValueError("`after: archive` and `archive: FOLDER` belong together")
        if self.archive is not None and self.archive.rstrip("/") == self.folder.rstrip("/"):
            raise ValueError("the archive must be another folder than the inbound one")
        return self


class Outbound(_Frozen):
    """Where we leave files for the partner. `part` is the ending while uploading; empty where the host forbids renaming."""

    folder: str = ""
    part: str = ".part"
    marker: str | None = None

    @field_validator("folder")
    @classmethod
    def _plain_folder(cls, value: str) -> str:
        return _folder(value)

    @field_validator("part")
    @classmethod
    def _plain_ending(cls, value: str) -> str:
        if "/" in value or not value.isprintable():
            raise ValueError("an ending such as '.part'")
        return value

    @field_validator("marker")
    @classmethod
    def _names_the_file(cls, value: str | None) -> str | None:
        return _marker(value)


class Timeouts(_Frozen):
    """Seconds for each stage. `read` is for one answer, `transfer` for one whole listing, download or upload."""

    connect: _Seconds = 10.0
    banner: _Seconds = 15.0
    auth: _Seconds = 30.0
    channel: _Seconds = 15.0
    read: _Seconds = 60.0
    transfer: _Seconds = 3_600.0


class FileSettings(ConnectorSettings):
    """What `connectors.sftp` and `connectors.ftps` have in common."""

    host: str = Field(min_length=1, max_length=253)
    user: str = Field(min_length=1, max_length=255)
    inbound: Inbound | None = None
    outbound: Outbound | None = None
    timeouts: Timeouts = Timeouts()

    @field_validator("host", "user")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable() or value != value.strip():
            raise ValueError("no control characters and no blanks around it")
        return value

    @model_validator(mode="after")
    def _has_work(self) -> FileSettings:
        if self.inbound is None and self.outbound is None:
            raise ValueError("name an `inbound:` folder, an `outbound:` folder or both")
        return self
