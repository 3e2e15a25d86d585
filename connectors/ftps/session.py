"""An FTPS session: nothing secret before TLS is checked, nothing in clear afterwards."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress

from connectors.files.remote import Entry, NotDone, NotThere, join
from connectors.ftps.control import Control
from connectors.ftps.listing import entry_of, facts_of, lines_of, time_of
from connectors.ftps.replies import FAILURES, replies

_GOODBYE = 5.0
_PAUSE = 10.0


class FtpsSession:
    """A `connectors.files.remote.Session` over FTP inside TLS."""

    def __init__(self, control: Control, *, features: frozenset[str], home: str) -> None:
        self._control = control
        self._features = features
        self._home = home
        self._alive = True
        self._asked = time.monotonic()

    def entries(self, folder: bytes) -> Generator[Entry, None, None]:
        """The regular files as the server lists them."""
        if "MLSD" in self._features or "MLST" in self._features:
            with closing(self._lines(_command("MLSD", folder))) as lines:
                for line in lines:
                    entry = entry_of(*facts_of(line))
                    if entry is not None:
                        yield entry
            return
        if not self.has_folder(folder):
            raise NotThere(folder, "no such folder")
        for name in self._plain_names(folder):
            entry = self.find(join(folder, name))
            if entry is not None:
                yield entry

    def has_folder(self, folder: bytes) -> bool:
        """Whether the login can enter the folder."""
        try:
            with replies(folder):
                self._control.voidcmd(_command("CWD", folder or self._home.encode("latin-1")))
        except NotThere:
            return False
        finally:
            with replies(folder):
                self._control.voidcmd(f"CWD {self._home}")
        return True

    def find(self, path: bytes) -> Entry | None:
        """The file under the path."""
        name = path.rsplit(b"/", 1)[-1]
        try:
            with replies(path):
                if "MLST" in self._features:
                    lines = self._control.voidcmd(_command("MLST", path)).split("\n")
                    return entry_of(facts_of(lines[1].strip().encode("latin-1"))[0], name) if len(lines) > 1 else None
                size = self._control.voidcmd(_command("SIZE", path))[4:].strip()
                modified = self._control.voidcmd(_command("MDTM", path))[4:].strip() if "MDTM" in self._features else ""
        except NotThere:
            return None
        if not size.isdecimal():
            raise NotDone(path, "the server does not say the file's size")
        return Entry(name, int(size), time_of(modified))

    def read(self, path: bytes, size: int) -> Generator[bytes, None, None]:  # noqa: ARG002 - FTP sends without being asked
        """The file's bytes."""
        with replies(path):
            yield from self._received(_command("RETR", path))

    def write(self, path: bytes, pieces: Iterator[bytes]) -> None:
        """Upload, end TLS properly (servers take a bare close for a cut), and wait for the confirmation."""
        with replies(path):
            connection = self._transfer(_command("STOR", path))
            try:
                for piece in pieces:
                    connection.sendall(piece)
                connection.settimeout(_GOODBYE)
                with suppress(OSError):
                    assert isinstance(connection, ssl.SSLSocket)
                    connection.unwrap()
            except BaseException:
                self._alive = False
                raise
            finally:
                connection.close()
                self._control.data = None
            self._control.voidresp()

    def rename(self, old: bytes, new: bytes) -> None:
        """Move a file."""
        with replies(old):
            if not self._control.sendcmd(_command("RNFR", old)).startswith("3"):
                raise NotDone(old, "the server does not rename")
            self._control.voidcmd(_command("RNTO", new))

    def remove(self, path: bytes) -> None:
        """Delete a file."""
        with replies(path):
            self._control.voidcmd(_command("DELE", path))

    def alive(self) -> bool:
        """Whether the session can be used; after a pause the server is asked, since servers end sessions that idle."""
        now = time.monotonic()
        if self._alive and now - self._asked > _PAUSE:
            try:
                self._control.voidcmd("NOOP")
            except FAILURES:
                self._alive = False
        self._asked = now
        return self._alive

    def abort(self) -> None:
        """Cut the connection."""
        self._alive = False
        self._control.cut()

    def close(self) -> None:
        """End the session."""
        self._alive = False
        self._control.leave()

    def _plain_names(self, folder: bytes) -> list[bytes]:
        """All names of a folder: the control connection is not free for a question about one before the list has ended."""
        try:
            with closing(self._lines(_command("NLST", folder))) as lines:
                return [name for line in lines if (name := line.rsplit(b"/", 1)[-1]) not in (b"", b".", b"..")]
        except (NotThere, NotDone):
            return []  # 550 or 450 is how some servers say that a folder is empty

    def _lines(self, command: str) -> Generator[bytes, None, None]:
        with replies(command.partition(" ")[2].encode("latin-1")), closing(self._received(command)) as pieces:
            yield from lines_of(pieces)

    def _transfer(self, command: str) -> socket.socket:
        """Open a data connection. One that is refused costs the session: some servers complain about it once more, later."""
        try:
            return self._control.transfercmd(command)
        except BaseException:
            self._alive = False
            raise

    def _received(self, command: str) -> Generator[bytes, None, None]:
        """What a command sends. One that is not read to its end costs the session: servers answer that in too many ways."""
        connection = self._transfer(command)
        try:
            while piece := connection.recv(64 * 1024):
                yield piece
        except BaseException:
            self._alive = False
            raise
        finally:
            connection.close()
            self._control.data = None
        self._control.voidresp()


def _command(verb: str, path: bytes) -> str:
    return f"{verb} {path.decode('latin-1')}" if path else verb
