"""Payloads too large for a row: files named by their SHA-256, durable before the row that names them is committed."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from pathlib import Path

from hub.errors import HubError

IN_ROW = 256 * 1024
"""Payloads up to this many bytes stand in their row, unless the site says otherwise: one transaction, one backup."""


class DamagedPayload(HubError):
    """Stored bytes are missing or no longer have the hash they were stored under."""

    code = "HUB-510"


class Blobs:
    """A folder of files `aa/aabb...`, each written once: file synced, renamed, folder synced."""

    def __init__(self, folder: Path, in_row: int = IN_ROW) -> None:
        self._folder = folder
        self.in_row = in_row

    def put(self, payload: bytes, digest: str) -> None:
        """Keep `payload` under its SHA-256; the file is durable on return, the same bytes again cost nothing."""
        path = self._path(digest)
        if _touch(path):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{digest}.{secrets.token_hex(4)}.part")
        with part.open("xb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        _sync_folder(path.parent)
        _sync_folder(self._folder)

    def put_file(self, body: Path) -> tuple[str, int]:
        """Keep the bytes of a file, which is moved away; its SHA-256 and size. Never more than 1 MiB in memory."""
        digest = hashlib.sha256()
        with body.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
            size = file.tell()
            os.fsync(file.fileno())
        name = digest.hexdigest()
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            body.rename(path)
        except OSError:  # another file system: the bytes are copied, then the original goes
            self._copy(body, path)
            body.unlink()
        _sync_folder(path.parent)
        _sync_folder(self._folder)
        return name, size

    def file(self, digest: str) -> Path:
        """The file that holds `digest`, for reading piece by piece; raises `DamagedPayload` when it is missing."""
        path = self._path(digest)
        if not path.exists():
            raise DamagedPayload(f"the stored payload {digest} is missing", "restore it from a backup")
        return path

    def checked_file(self, digest: str) -> Path:
        """Like `file`, its bytes held against the hash; raises `DamagedPayload`."""
        path = self.file(digest)
        found = hashlib.sha256()
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                found.update(piece)
        if found.hexdigest() != digest:
            raise DamagedPayload(f"the stored payload {digest} has other bytes now", "restore it from a backup")
        return path

    def remove(self, digest: str, *, untouched_for: float) -> bool:
        """Remove a file that no row names and nobody kept anew for so many seconds; whether it went.

        It is set aside first: what arrives meanwhile writes its own file, what arrived a moment ago is seen by the file's time.
        """
        path = self._path(digest)
        aside = path.with_name(f".{digest}.{secrets.token_hex(4)}.removed")
        try:
            path.rename(aside)
        except FileNotFoundError:
            return False
        if time.time() - aside.stat().st_mtime < untouched_for:
            aside.rename(path)
            return False
        aside.unlink()
        return True

    def _copy(self, body: Path, path: Path) -> None:
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        with body.open("rb") as source, part.open("xb") as file:
            while piece := source.read(1 << 20):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)

    def get(self, digest: str) -> bytes:
        """The bytes of `digest`, their hash checked; raises `DamagedPayload`."""
        try:
            payload = self._path(digest).read_bytes()
        except FileNotFoundError as missing:
            raise DamagedPayload(
                f"the stored payload {digest} is missing", "restore it from a backup", detail={"sha256": digest}
            ) from missing
        return checked(payload, digest)

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def checked(payload: bytes, digest: str) -> bytes:
    """Return `payload` when it has this SHA-256, else raise `DamagedPayload`."""
    if hashlib.sha256(payload).hexdigest() != digest:
        raise DamagedPayload(
            f"the stored payload {digest} has other bytes now", "restore it from a backup", detail={"sha256": digest}
        )
    return payload


def _touch(path: Path) -> bool:
    """Say that a file's bytes are wanted now; False where it is not there."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
