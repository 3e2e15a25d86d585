"""A stand-in for an HTTP partner: a real server on loopback that keeps one effect per key and misbehaves on demand."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from hub.testing.far_side import Cut

_CHUNK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it arrived; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Behaviour:
    """How the stand-in answers; `status` 0 means as it should."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cut: Cut | None = None
    stalls: bool = False
    drips: bool = False
    body: bytes | None = None


class StandInServer:
    """Serves until closed. `expected_authorization` makes it refuse every other caller with 401."""

    def __init__(self, *, expected_authorization: str = "", certificate: tuple[Path, Path] | None = None) -> None:
        self.behaviour = Behaviour()
        self.requests: list[Received] = []
        self.effects: dict[str, bytes] = {}
        self.expected_authorization = expected_authorization
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.stand_in = self
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}/in"

    def close(self) -> None:
        """Stop listening; a stalled request is let go."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def wait_until_closed(self) -> None:
        """Say nothing for as long as the stand-in lives."""
        self._closing.wait(30)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    stand_in: StandInServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name the base class gives it
        """Say nothing on stderr."""

    def do_POST(self) -> None:
        stand_in = self.server.stand_in
        behaviour = stand_in.behaviour
        length = int(self.headers.get("content-length", "0"))
        if behaviour.cut == "during":
            self.rfile.read(min(length // 2, _CHUNK))
            self._reset()
            return
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        stand_in.requests.append(Received(method="POST", path=self.path, headers=headers, body=body))
        if stand_in.expected_authorization and headers.get("authorization") != stand_in.expected_authorization:
            self._answer(401, {"www-authenticate": "Bearer"}, b"{}")
            return
        if behaviour.status:
            self._answer(behaviour.status, behaviour.headers, b"{}" if behaviour.body is None else behaviour.body)
            return
        self._take_effect(headers.get("idempotency-key", ""), body)

    def _take_effect(self, key: str, body: bytes) -> None:
        stand_in = self.server.stand_in
        behaviour = stand_in.behaviour
        stand_in.effects.setdefault(key, body)
        number = list(stand_in.effects).index(key) + 1
        if behaviour.cut == "after":
            self._reset()
        elif behaviour.stalls:
            stand_in.wait_until_closed()
        elif behaviour.drips:
            self._drip()
        else:
            content = json.dumps({"id": f"R-{number}"}).encode() if behaviour.body is None else behaviour.body
            self._answer(201, behaviour.headers, content)

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        """One byte of a header at a time, for ever: no single read times out."""
        with contextlib.suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
            while not self.server.stand_in._closing.wait(0.05):  # noqa: SLF001 - the handler is a part of the stand-in
                self.wfile.write(b".")
                self.wfile.flush()

    def _reset(self) -> None:
        """End the connection with a reset, as a crash does."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
