"""The file of a backup: a ZIP with `manifest.json`, `tables/NAME.jsonl`, `payloads/SHA256` and the site's own files under `site/`.

It is written beside its place and renamed when it is whole and on the disk, with mode 600: it holds what partners sent.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import msgspec

from hub.errors import InputError, Refused

FORMAT = 1
MANIFEST = "manifest.json"
_PIECE = 1 << 20


class ArchiveWriter:
    """Writes the members of an archive one after another."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """A member to write piece by piece, of any size."""
        with self._archive.open(name, "w", force_zip64=True) as file:
            yield file

    def copy(self, name: str, file: Path) -> None:
        """A file as a member."""
        with file.open("rb") as source, self.member(name) as target:
            while piece := source.read(_PIECE):
                target.write(piece)

    def manifest(self, values: dict[str, Any]) -> None:
        """What the archive holds: written last, so that an archive without it is not whole."""
        self._archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode({"format": FORMAT, **values})))


@contextmanager
def writing(path: Path) -> Iterator[ArchiveWriter]:
    """A new archive at `path`, there only once it is whole; raises `Refused` HUB-561 where something stands already."""
    if path.exists():
        raise Refused(f"{path} is there already", "name a new file, or move the old one away", code="HUB-561")
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                yield ArchiveWriter(archive)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


class Archive:
    """An archive to read; `manifest` was checked for its format."""

    def __init__(self, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
        self._archive = archive
        self.manifest = manifest

    def names(self, folder: str) -> list[str]:
        """The members under a folder, without it; raises `InputError` HUB-560 for a name that leads out of it."""
        found = [name.removeprefix(f"{folder}/") for name in self._archive.namelist() if name.startswith(f"{folder}/")]
        for name in found:
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\\" in name:
                raise InputError(f"the archive holds {name!r}, which leads out of it", "use another backup", code="HUB-560")
        return found

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """A member to read piece by piece; raises `InputError` HUB-560 where it is missing or damaged."""
        try:
            with self._archive.open(name) as file:
                yield file
        except (KeyError, zipfile.BadZipFile, EOFError) as broken:
            raise InputError(f"the archive's {name} is damaged: {broken}", "use another backup", code="HUB-560") from broken

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a member; none where it is not there."""
        if name in self._archive.NameToInfo:
            with self.member(name) as file:
                for line in file:
                    yield line.removesuffix(b"\n")

    def extract(self, name: str, target: Path) -> None:
        """Write a member to a file that only we may read."""
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.member(name) as source, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while piece := source.read(_PIECE):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def reading(path: Path) -> Iterator[Archive]:
    """An archive that `writing` made; raises `InputError` HUB-560 where it is something else, or not whole."""
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as broken:
        raise InputError(f"{path} is no backup: {broken}", "name a file that `edihub backup` wrote", code="HUB-560") from broken
    with archive:
        try:
            manifest = msgspec.json.decode(archive.read(MANIFEST))
            known = isinstance(manifest, dict) and manifest.get("format") == FORMAT
        except (KeyError, msgspec.DecodeError, zipfile.BadZipFile) as broken:
            raise InputError(
                f"{path} is no backup: {broken}", "name a file that `edihub backup` wrote", code="HUB-560"
            ) from broken
        if not known:
            raise InputError(f"{path} has a format this edihub does not know", "use the edihub that wrote it", code="HUB-560")
        yield Archive(archive, manifest)
