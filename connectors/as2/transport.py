"""Post bytes over HTTP or HTTPS to a checked destination, and say precisely what is known when it fails.

Until the first octet of the request has left, a failure is temporary; after that, until a complete answer is there, it is
uncertain. TLS is verified, at least 1.2; no redirect is followed; every wait has an end.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from connectors.as2.destination import Destination
from hub.errors import TemporaryDeliveryError, UncertainDeliveryError

MAX_ANSWER = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait: for the connection, for each octet, for the whole."""

    connect: timedelta
    read: timedelta
    total: timedelta


@dataclass(frozen=True, slots=True)
class Answer:
    """What the far side answered; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def tls_context(*, ca: str | None = None, certificate: str | None = None, key: str | None = None) -> ssl.SSLContext:
    """A verifying TLS context. `ca` (PEM) takes the place of the system's authorities; the client certificate is PEM too."""
    context = ssl.create_default_context(cadata=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        with _private_file(f"{certificate}\n{key or ''}") as name:
            context.load_cert_chain(name)
    return context


@contextmanager
def _private_file(text: str) -> Iterator[str]:
    """OpenSSL takes a client key from a file only: one that this user alone can read, for as long as that takes."""
    handle, name = tempfile.mkstemp(prefix="as2-", suffix=".pem")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        yield name
    finally:
        os.unlink(name)  # noqa: PTH108  a plain name from mkstemp


class _Connection(http.client.HTTPConnection):
    """An HTTP connection to the address that was checked, whatever the name resolves to by now."""

    def __init__(self, destination: Destination, timeouts: Timeouts, context: ssl.SSLContext | None) -> None:
        super().__init__(destination.host, destination.port)
        self._destination = destination
        self._timeouts = timeouts
        self._context = context

    def connect(self) -> None:
        place = (self._destination.address, self._destination.port)
        plain = socket.create_connection(place, self._timeouts.connect.total_seconds())
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                plain = self._context.wrap_socket(plain, server_hostname=self._destination.host)
            plain.settimeout(self._timeouts.read.total_seconds())
        except BaseException:
            plain.close()
            raise
        self.sock = plain


def post(
    destination: Destination,
    headers: Mapping[str, str],
    pieces: Iterable[bytes],
    *,
    size: int | None,
    timeouts: Timeouts,
    context: ssl.SSLContext | None = None,
) -> Answer:
    """Post a body of `size` octets (None: chunked) and read the whole answer."""
    secure = (context or tls_context()) if destination.scheme == "https" else None
    connection = _Connection(destination, timeouts, secure)
    watch = threading.Timer(timeouts.total.total_seconds(), _cut, (connection,))
    watch.daemon = True
    watch.start()
    try:
        _connect(connection, destination)
        return _exchange(connection, destination, headers, pieces, size)
    finally:
        watch.cancel()
        connection.close()


def knock(destination: Destination, timeouts: Timeouts, context: ssl.SSLContext | None) -> None:
    """Open a connection and close it again; raises what `post` would."""
    connection = _Connection(destination, timeouts, context)
    try:
        _connect(connection, destination)
    finally:
        connection.close()


def _cut(connection: http.client.HTTPConnection) -> None:
    """The whole took too long: cut the line, so that whoever waits on it wakes up."""
    line = connection.sock
    if line is not None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def _connect(connection: _Connection, destination: Destination) -> None:
    where = f"{destination.host}:{destination.port}"
    try:
        connection.connect()
    except ssl.SSLCertVerificationError as fault:
        raise TemporaryDeliveryError(
            f"the TLS certificate of {where} is not trusted: {fault.verify_message}",
            "the partner renews it, or you name their authority under tls.ca",
            code="AS2-312",
        ) from None
    except ssl.SSLError as fault:
        raise TemporaryDeliveryError(
            f"no TLS with {where}: {fault.reason or 'handshake failed'}",
            "both sides need TLS 1.2 or newer; the partner may want a client certificate (tls.certificate)",
            code="AS2-313",
        ) from None
    except TimeoutError:
        raise TemporaryDeliveryError(
            f"{where} did not answer in time", "check address, port and firewall on both sides", code="AS2-314"
        ) from None
    except OSError as fault:
        raise TemporaryDeliveryError(
            f"no connection to {where}: {fault.strerror or type(fault).__name__}",
            "check address, port and firewall on both sides",
            code="AS2-315",
        ) from None


def _exchange(
    connection: _Connection,
    destination: Destination,
    headers: Mapping[str, str],
    pieces: Iterable[bytes],
    size: int | None,
) -> Answer:
    broken: OSError | None = None
    try:
        try:
            _send(connection, destination, headers, pieces, size)
        except (BrokenPipeError, ConnectionResetError) as fault:
            broken = fault  # a server may refuse and hang up before it has read all: its answer is there to be read
        return _answer(connection)
    except (OSError, http.client.HTTPException) as fault:
        raise _uncertain(destination, broken or fault) from None


def _uncertain(destination: Destination, fault: Exception) -> UncertainDeliveryError:
    what = "did not answer in time" if isinstance(fault, TimeoutError) else "hung up without an answer"
    return UncertainDeliveryError(
        f"{destination.host}:{destination.port} {what}; it may have the message or not",
        "the same bytes are sent again under the same Message-ID",
        code="AS2-316",
    )


def _send(
    connection: _Connection, destination: Destination, headers: Mapping[str, str], pieces: Iterable[bytes], size: int | None
) -> None:
    connection.putrequest("POST", destination.target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", destination.host_header)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.putheader("Connection", "close")
    if size is None:
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders(pieces, encode_chunked=True)
        return
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    for piece in pieces:
        connection.send(piece)


def _answer(connection: _Connection) -> Answer:
    response = connection.getresponse()
    parts, size = [], 0
    while piece := response.read(64 * 1024):
        size += len(piece)
        if size > MAX_ANSWER:
            raise http.client.HTTPException("the answer is too large")
        parts.append(piece)
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        headers.setdefault(name.lower(), value)
    return Answer(response.status, headers, b"".join(parts))
