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


class Unreadable(HubError):
    """A file with keys that the hub's user may not read."""

    code = "SEC-108"


def is_open_to_others(state: os.stat_result) -> bool:
    """Whether anybody but the hub's user may read or write a file.

    A file of root's that our group may read is ours alone to read: so a cluster mounts secrets for a user without rights.
    """
    if os.name != "posix":
        return False
    is_mounted = state.st_uid == 0 and os.geteuid() != 0
    return bool(state.st_mode & (_OTHERS & ~stat.S_IRGRP if is_mounted else _OTHERS))


def read_private(path: Path) -> str | None:
    """The file's text, None where there is none; raises `OpenToOthers` where others may read or write it, or `Unreadable`."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise Unreadable(
            f"{path} cannot be read: {fault.strerror}", "give it to the user that edihub runs as, mode 600"
        ) from fault
    with os.fdopen(handle, encoding="utf-8") as file:
        mode = os.fstat(file.fileno()).st_mode
        if is_open_to_others(os.fstat(file.fileno())):
            raise OpenToOthers(
                f"{path} may be read or written by others (mode {stat.S_IMODE(mode):03o})", f"run `chmod 600 {path}`"
            )
        return file.read()
