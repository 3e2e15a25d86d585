"""An FTPS session: nothing secret before TLS is checked, nothing in clear afterwards."""

from __future__ import annotations

import ftplib
import re
import socket
import ssl
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress

from connectors.files.remote import Entry, NotDone, NotThere, RemoteRefusal, join
from connectors.ftps.control import Control, tls_context
from connectors.ftps.listing import entry_of, facts_of, lines_of, time_of
from connectors.ftps.replies import FAILURES, reason_of, replies, untrusted
from connectors.ftps.settings import FtpsSettings
from hub.errors import PermanentDeliveryError, TemporaryDeliveryError
from hub.ports import Services

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


def open_session(settings: FtpsSettings, services: Services) -> FtpsSession:
    """Connect, check the certificate, log in, protect data connections: in this order, within the sum of the time limits."""
    limits = settings.timeouts
    authority = services.secret(settings.authority.name) if settings.authority is not None else None
    control = Control(context=tls_context(authority), timeout=limits.banner)
    guard = threading.Timer(limits.connect + 2 * limits.banner + limits.auth + limits.channel, control.cut)
    guard.daemon = True
    guard.start()
    try:
        _secure(control, settings)
        _log_in(control, settings, services)
        return _prepared(control, settings)
    except BaseException:
        control.leave()
        raise
    finally:
        guard.cancel()


def _secure(control: Control, settings: FtpsSettings) -> None:
    host, port = settings.host, settings.tcp_port
    try:
        if settings.tls == "implicit":
            control.connect_within_tls(host, port, settings.timeouts.connect)
        else:
            control.connect_in_clear(host, port, settings.timeouts.connect)
            control.auth()
    except ssl.SSLCertVerificationError as error:
        raise untrusted(error) from error
    except ftplib.error_perm as error:
        raise PermanentDeliveryError(
            f"{host}:{port} does not offer TLS ({reason_of(str(error))})",
            "no login was tried in clear; ask the partner for FTPS, or try `tls: implicit`",
            code="DLV-435",
        ) from error
    except ssl.SSLError as error:
        raise PermanentDeliveryError(
            f"{host}:{port} and we have no acceptable TLS in common ({error.reason or 'no reason given'})",
            "TLS 1.2 or later is needed; for a port that expects TLS at once set `tls: implicit`",
            code="DLV-431",
        ) from error
    except FAILURES as error:
        why = (error.strerror if isinstance(error, OSError) else "") or "no answer in time, or none that is FTP"
        raise TemporaryDeliveryError(
            f"{host}:{port} cannot be reached: {why}",
            "tried again later; check name, port, firewall and `tls:`",
            code="DLV-436",
        ) from error


def _log_in(control: Control, settings: FtpsSettings, services: Services) -> None:
    secret = services.secret(settings.password.name)
    assert isinstance(control.sock, ssl.SSLSocket)
    control.timeout = settings.timeouts.auth
    control.sock.settimeout(settings.timeouts.auth)
    try:
        control.login(settings.user, secret)
    except ftplib.error_perm as error:
        raise PermanentDeliveryError(
            f"{settings.host} refuses the login of {settings.user}",
            "nothing is tried again, so that the account is not locked; agree user and password with the partner",
            code="DLV-432",
        ) from error
    except ValueError:
        raise PermanentDeliveryError(
            f"the password under {settings.password.name} holds a line end", "store it without one", code="DLV-433"
        ) from None
    except FAILURES as error:
        raise TemporaryDeliveryError(
            f"{settings.host} did not answer the login of {settings.user}", "tried again later", code="DLV-437"
        ) from error


def _prepared(control: Control, settings: FtpsSettings) -> FtpsSession:
    """Protect data connections, switch to bytes, and learn what the server can do."""
    control.timeout = settings.timeouts.read
    control.sock.settimeout(settings.timeouts.read)
    try:
        control.prot_p()
    except ftplib.Error as error:
        raise PermanentDeliveryError(
            f"{settings.host} will not protect data connections ({reason_of(str(error))})",
            "nothing is sent in clear; ask the partner to allow PROT P",
            code="DLV-435",
        ) from error
    except (OSError, EOFError) as error:
        raise TemporaryDeliveryError(f"{settings.host} fell silent after the login", "tried again", code="DLV-437") from error
    try:
        with replies(b""):
            control.voidcmd("TYPE I")
            features = _features(control)
            if "UTF8" in features:
                with suppress(ftplib.error_perm, ftplib.error_temp):
                    control.voidcmd("OPTS UTF8 ON")
            home = control.pwd() or "/"
    except RemoteRefusal as refusal:
        raise PermanentDeliveryError(
            f"{settings.host} refuses what every FTP server can do: {refusal.reason}", "tell the partner", code="DLV-439"
        ) from refusal
    return FtpsSession(control, features=features, home=home)


def _features(control: Control) -> frozenset[str]:
    """The names of the extensions the server says it has (RFC 2389); none where it does not know the question."""
    try:
        reply = control.sendcmd("FEAT")
    except (ftplib.error_perm, ftplib.error_temp):
        return frozenset()
    return frozenset(match[1].upper() for line in reply.split("\n")[1:] if (match := re.match(r"\s+(\w+)", line)))


def _command(verb: str, path: bytes) -> str:
    return f"{verb} {path.decode('latin-1')}" if path else verb
