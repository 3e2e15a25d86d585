"""The few file operations that intake and delivery stand on, each with the guarantee in its name."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
READ_FLAGS = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0)
_PIECE = 1 << 20
_NO_NAMELESS_HERE = {
    errno.EOPNOTSUPP, errno.ENOTSUP, errno.EISDIR, errno.EINVAL, errno.ENOSYS, errno.EXDEV, errno.EPERM, errno.ENOENT,
}  # fmt: skip
_NO_LINKS_HERE = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


def has_writer(handle: int) -> bool:
    """Whether somebody has the file open for writing: a read lease is granted only when nobody has (fcntl(2), Linux).

    Where leases do not exist (network shares, other systems) the answer is no, and the settling time alone decides.
    """
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as fault:
        return fault.errno == errno.EAGAIN
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def move_without_overwrite(source: Path, target: Path) -> bool:
    """Give `source` the name `target` unless that name is taken."""
    try:
        publish(source, target)
    except FileExistsError:
        return False
    return True


def publish(part: Path, final: Path) -> None:
    """Rename without ever overwriting: a hard link refuses a name that is taken, a plain rename does not.

    File systems without hard links get a look before the rename.
    """
    try:
        os.link(part, final, follow_symlinks=False)
    except OSError as fault:
        if fault.errno not in _NO_LINKS_HERE:
            raise
        if os.path.lexists(final):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(final)) from fault
        part.rename(final)
        return
    part.unlink()


def holds(path: Path, size: int, pieces: Iterable[bytes]) -> bool:
    """Whether exactly these bytes stand there already, from an attempt whose outcome was lost; no where it cannot be read."""
    try:
        handle = os.open(path, READ_FLAGS)
    except OSError:
        return False
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size != size:
            return False
        with os.fdopen(handle, "rb", closefd=False) as file:
            return all(file.read(len(piece)) == piece for piece in pieces)
    except OSError:
        return False
    finally:
        os.close(handle)


class Laid:
    """A file that is written and not yet seen: `sync` makes its bytes durable, `publish` gives it its name, `drop` lets go of it.

    Where the system can (Linux, local file systems) it has no name before: nothing is left of an attempt that was cut off, and the
    disk is asked for less. Elsewhere it is written as `part`.
    """

    def __init__(self, final: Path, pieces: Callable[[], Iterable[bytes]], part: Path) -> None:
        """Write; raises `OSError`, and then there is nothing to drop."""
        self._final, self._pieces, self._part = final, pieces, part
        nameless = _nameless(final.parent)
        self._is_nameless = nameless is not None
        self._handle = _opened(part) if nameless is None else nameless
        try:
            self.digest = _write(self._handle, pieces())
        except BaseException:  # whatever it was, the handle is not left open
            self.drop()
            raise

    def sync(self) -> None:
        """Wait until the bytes are on the disk."""
        os.fsync(self._handle)

    def publish(self) -> None:
        """Give the file its name, which nobody may have, and let go of it. Raises `FileExistsError`."""
        try:
            if self._is_nameless and self._link():
                self._part.unlink(missing_ok=True)
                return
            if self._is_nameless:
                write_durably(self._part, self._pieces())
            publish(self._part, self._final)
        finally:
            self.drop()

    def drop(self) -> None:
        """Let go of it: what has no name is gone."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _link(self) -> bool:
        handle = self._handle
        try:
            # the handle stands in for a folder, which an absolute path does not need: only so the link is followed
            os.link(f"/proc/self/fd/{handle}", self._final, src_dir_fd=handle, follow_symlinks=True)
        except OSError as fault:
            if fault.errno in _NO_NAMELESS_HERE:
                return False
            raise
        return True


def _nameless(folder: Path) -> int | None:
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None:
        return None
    try:
        return os.open(folder, os.O_WRONLY | flag | getattr(os, "O_CLOEXEC", 0), 0o640)
    except OSError as fault:
        if fault.errno in _NO_NAMELESS_HERE:
            return None
        raise


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_FOLLOW, 0o640)


def _write(handle: int, pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        left = memoryview(piece)
        while left:
            left = left[os.write(handle, left) :]
    return digest.hexdigest()


def write_durably(path: Path, pieces: Iterable[bytes]) -> str:
    """Write, fsync, and return the digest; a leftover of an earlier attempt is overwritten, a symbolic link refused."""
    handle = _opened(path)
    try:
        digest = _write(handle, pieces)
        os.fsync(handle)
    finally:
        os.close(handle)
    return digest


def read_pieces(file: BinaryIO) -> Iterator[bytes]:
    """What is left of an open file, at most 1 MiB at a time."""
    while piece := file.read(_PIECE):
        yield piece


def copy_durably(source: Path, target: Path) -> None:
    """Copy to another file system and fsync the copy."""
    with source.open("rb") as reading:
        write_durably(target, read_pieces(reading))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can open folders."""
    directory = getattr(os, "O_DIRECTORY", None)
    if directory is None:
        return
    handle = os.open(folder, os.O_RDONLY | directory)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
