"""One process at a time works on an embedded store: a lock on a file that ends with the process, however it ends."""

from __future__ import annotations

import os
from pathlib import Path

from hub.errors import Refused


class ProcessLock:
    """An exclusive lock on `path`, held until `release` or until this process is gone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock; raises `Refused` HUB-450 when another process has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
        except OSError as taken:
            os.close(descriptor)
            raise Refused(
                f"another edihub works on this site (it holds {self._path})",
                "stop it first, or move the store to PostgreSQL to run several",
                code="HUB-450",
            ) from taken
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; may be called twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
