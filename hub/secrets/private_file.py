"""Files that only the hub's user may read: created so, replaced whole, and refused when others may read them."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from hub.errors import HubError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class OpenToOthers(HubError):
    """A file with keys that other users of the machine may read."""

    code = "SEC-104"


def write_private(path: Path, text: str) -> None:
    """Replace the file in one step, durable, mode 600; a crash leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_private(path: Path) -> str | None:
    """The file's text, None where there is none; raises `OpenToOthers` where others may read or write it."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return None
    with os.fdopen(handle, encoding="utf-8") as file:
        mode = os.fstat(file.fileno()).st_mode
        if os.name == "posix" and mode & _OTHERS:
            raise OpenToOthers(
                f"{path} may be read or written by others (mode {stat.S_IMODE(mode):03o})", f"run `chmod 600 {path}`"
            )
        return file.read()
