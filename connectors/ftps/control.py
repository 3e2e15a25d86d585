"""The FTP control connection: TLS before anything else, data connections that resume its session, bounded replies."""

from __future__ import annotations

import ftplib
import socket
import ssl

from hub.errors import UnusableConnection

_MOST_LINES = 1_000


def tls_context(authority: str | None) -> ssl.SSLContext:
    """A context that checks the certificate and the host's name; `authority` in PEM replaces the system's authorities."""
    try:
        context = ssl.create_default_context(cadata=authority)
    except (ssl.SSLError, ValueError) as error:
        raise UnusableConnection(
            "the certificates under `authority:` cannot be read", "store them in PEM form, as text", code="DLV-433"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a server's own certificate may be the authority
    return context


class Control(ftplib.FTP_TLS):
    """`ftplib`'s client with what it lacks.

    Text is Latin-1, so that names pass as the bytes they are. The address in the answer to PASV is ignored by `ftplib`: data
    goes to the host that was authenticated.
    """

    sock: ssl.SSLSocket | socket.socket

    def __init__(self, *, context: ssl.SSLContext, timeout: float) -> None:
        super().__init__(context=context, timeout=timeout, encoding="latin-1")
        self.data: socket.socket | None = None

    def connect_within_tls(self, host: str, port: int, timeout: float) -> None:
        """Connect with TLS from the first byte; the server speaks first inside it."""
        self.host = host
        self.port = port
        plain = socket.create_connection((host, port), timeout)
        plain.settimeout(self.timeout)
        self.af = plain.family
        self.sock = self.context.wrap_socket(plain, server_hostname=host)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()

    def connect_in_clear(self, host: str, port: int, timeout: float) -> None:
        """Connect and read the greeting; `auth` makes it TLS before a name or password is sent."""
        self.host = host
        self.port = port
        self.sock = socket.create_connection((host, port), timeout)
        self.sock.settimeout(self.timeout)
        self.af = self.sock.family
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Open a data connection inside TLS, resuming the control connection's session as many servers demand."""
        plain, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321 - wrapped in TLS below, before a byte of data
        assert isinstance(self.sock, ssl.SSLSocket)
        self.data = plain
        try:
            self.data = self.context.wrap_socket(plain, server_hostname=self.host, session=self.sock.session)
        except BaseException:
            plain.close()
            raise
        return self.data, size

    def getmultiline(self) -> str:
        """One reply; RFC 959 4.2 sets no end to its lines, this does."""
        lines = [self.getline()]
        if lines[0][3:4] == "-":
            code = lines[0][:3]
            while True:
                lines.append(self.getline())
                if lines[-1][:3] == code and lines[-1][3:4] != "-":
                    break
                if len(lines) == _MOST_LINES:
                    raise ftplib.error_proto("a reply that does not end")  # noqa: S321 - an exception, not a call
        return "\n".join(lines)

    def cut(self) -> None:
        """End both connections from another thread; `SSLSocket.shutdown` would pull TLS from under a running read."""
        for connection in (self.data, self.sock):
            if connection is not None:
                _shut(connection)

    def leave(self) -> None:
        """Say goodbye without waiting for the answer, and close."""
        try:
            if self.sock is not None:
                self.sock.settimeout(1)
                self.putcmd("QUIT")
        except (OSError, EOFError, ValueError):
            pass  # the other side was first
        finally:
            self.close()


def _shut(connection: socket.socket) -> None:
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return  # closed already
