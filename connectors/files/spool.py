"""Taking a download in: into memory when it is small, into a file of the hub's spool when it is not."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hub.ports import Services, Spooling

IN_MEMORY = 8 * 1024 * 1024
WITHOUT_SPOOL = 64 * 1024 * 1024


class MoreThanListed(Exception):
    """The file grew while it was read."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A download: its bytes, or the file that holds them."""

    payload: bytes
    body: Path | None
    size: int
    sha256: str


def limit(services: Services, largest: int) -> int:
    """The largest file that can be taken: without a spool, what memory is meant for."""
    return largest if isinstance(services, Spooling) else min(largest, WITHOUT_SPOOL)


def take(pieces: Iterator[bytes], listed: int, services: Services) -> Taken:
    """Read to the end; raises `MoreThanListed` as soon as more than `listed` bytes come."""
    if listed > IN_MEMORY and isinstance(services, Spooling):
        return _to_file(pieces, listed, services.spool())
    digest = hashlib.sha256()
    kept = b"".join(_counted(pieces, listed, digest))
    return Taken(kept, None, len(kept), digest.hexdigest())


def _to_file(pieces: Iterator[bytes], listed: int, folder: Path) -> Taken:
    handle, name = tempfile.mkstemp(prefix="arrival-", dir=folder)
    path = Path(name)
    digest = hashlib.sha256()
    try:
        with os.fdopen(handle, "wb") as file:
            size = sum(file.write(piece) for piece in _counted(pieces, listed, digest))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Taken(b"", path, size, digest.hexdigest())


def _counted(pieces: Iterator[bytes], listed: int, digest: hashlib._Hash) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > listed:
            raise MoreThanListed
        digest.update(piece)
        yield piece
