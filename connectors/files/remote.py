"""A session with a remote host's folders, as narrow as picking up and dropping off need it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """One regular file of a listing. `name` is the host's own bytes, `modified` epoch seconds where the host says."""

    name: bytes
    size: int
    modified: int | None


class RemoteRefusal(Exception):
    """The host answered that it will not; the session goes on."""

    def __init__(self, path: bytes, reason: str = "") -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason


class NotThere(RemoteRefusal):
    """No such file or folder."""


class NotAllowed(RemoteRefusal):
    """The login may not do that."""


class NoRoom(RemoteRefusal):
    """The host's disk or quota is full."""


class NotDone(RemoteRefusal):
    """The host refused for a reason of its own."""


class Session(Protocol):
    """An open, authenticated session. Every call raises a `RemoteRefusal`, or a `DeliveryError` that ends the session."""

    def entries(self, folder: bytes) -> Generator[Entry, None, None]:
        """The regular files of a folder as the host lists them, in its order."""
        ...

    def has_folder(self, folder: bytes) -> bool:
        """Whether the folder is there."""
        ...

    def find(self, path: bytes) -> Entry | None:
        """What the host lists under this path, or None."""
        ...

    def read(self, path: bytes, size: int) -> Generator[bytes, None, None]:
        """The file's bytes; `size` says how many to ask ahead for, a shorter file ends early."""
        ...

    def write(self, path: bytes, pieces: Iterator[bytes]) -> None:
        """Create or truncate the file and write the bytes; on return the host has confirmed each of them."""
        ...

    def rename(self, old: bytes, new: bytes) -> None:
        """Move a file; the caller has made sure that `new` is free."""
        ...

    def remove(self, path: bytes) -> None:
        """Delete a file."""
        ...

    def alive(self) -> bool:
        """Whether the session can still be used."""
        ...

    def abort(self) -> None:
        """Cut the connection from another thread, so that a call that hangs ends with an error."""
        ...

    def close(self) -> None:
        """End the session; may be called twice."""
        ...


def join(folder: bytes, name: bytes) -> bytes:
    """A path below a folder; the login folder is the empty path."""
    return name if folder in (b"", b".") else folder.rstrip(b"/") + b"/" + name
