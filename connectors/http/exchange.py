"""One HTTP exchange that knows how far it got, so that a cut can be told from a refusal.

httpx is used through this module only.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from connectors.http.settings import Send
from hub.errors import PermanentDeliveryError, TemporaryDeliveryError, UncertainDeliveryError, UnusableConnection

Phase = Literal["connecting", "sending", "waiting"]
_ANSWER_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The far side's answer; the body is cut at 1 MiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Progress:
    """How far one exchange got, told by httpcore's trace events."""

    phase: Phase = "connecting"
    sockets: list[socket.socket] = field(default_factory=list)
    out_of_time: bool = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Called by httpcore at each step; a request that began to leave may have taken effect."""
        if event.endswith("send_request_headers.started"):
            self.phase = "sending"
        elif event.endswith("send_request_body.complete"):
            self.phase = "waiting"
        elif event.endswith(("connect_tcp.complete", "start_tls.complete")):
            connected = info["return_value"].get_extra_info("socket")
            if connected is not None:
                self.sockets.append(connected)

    def give_up(self) -> None:
        """End the exchange from outside: a read that is answered one byte at a time never times out by itself."""
        self.out_of_time = True
        for connected in self.sockets:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)


class Exchange:
    """Posts to one address. Certificates verified, redirects not followed, proxies and netrc of the environment ignored."""

    def __init__(self, settings: Send) -> None:
        self._settings = settings
        self._url = httpx.URL(settings.url)
        self._place = f"{self._url.host}:{self._url.port or (443 if self._url.scheme == 'https' else 80)}"
        self._tls: ssl.SSLContext | None = None

    @property
    def place(self) -> str:
        """Host and port, which may be shown; the address's path and query may hold secrets."""
        return self._place

    def post(self, body: bytes | Iterator[bytes], headers: Mapping[str, str]) -> Answer:
        """Post once on a connection of its own; raises one of the three delivery errors."""
        progress = _Progress()
        timer = threading.Timer(self._settings.total_timeout, progress.give_up)
        timer.daemon = True
        timer.start()
        try:
            with self._failures(progress), self._client() as client:
                request = client.build_request(
                    "POST", self._url, content=body, headers=dict(headers), extensions={"trace": progress.trace}
                )
                response = client.send(request, stream=True)
                with contextlib.closing(response):
                    return Answer(status=response.status_code, headers=response.headers, body=_bounded(response))
        finally:
            timer.cancel()

    def connect(self) -> None:
        """Open a connection, with TLS where the address has it, and close it again."""
        host, port = self._url.host, self._url.port or (443 if self._url.scheme == "https" else 80)
        with self._failures(_Progress()):
            try:
                with socket.create_connection((host, port), timeout=self._settings.connect_timeout) as plain:
                    if self._url.scheme == "https":
                        self._context().wrap_socket(plain, server_hostname=host).close()
            except ssl.SSLError as fault:
                raise httpx.ConnectError(str(fault)) from fault
            except OSError as fault:
                raise httpx.ConnectError(fault.strerror or type(fault).__name__) from fault

    def _client(self) -> httpx.Client:
        settings = self._settings
        timeout = httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout)
        verify = self._context() if self._url.scheme == "https" else False
        return httpx.Client(verify=verify, timeout=timeout, trust_env=False, follow_redirects=False)

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            try:
                self._tls = ssl.create_default_context(cafile=self._settings.ca_file)
            except OSError as fault:
                raise UnusableConnection(
                    f"the certificate file of {self._place} cannot be read", "mend `ca_file` of the connection", code="DLV-424"
                ) from fault
        return self._tls

    @contextlib.contextmanager
    def _failures(self, progress: _Progress) -> Iterator[None]:
        """Sort what went wrong by what the far side may have seen."""
        try:
            yield
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL) as fault:
            raise PermanentDeliveryError(
                f"the request to {self._place} cannot be written: {type(fault).__name__}",
                "look at the connection's address and headers",
                code="DLV-428",
            ) from fault
        except (httpx.TransportError, OSError) as fault:
            if _is_untrusted(fault):
                raise UnusableConnection(
                    f"{self._place} could not prove who it is; nothing was sent",
                    "check the address and the far side's certificate; a private authority goes into `ca_file`",
                    code="DLV-425",
                ) from fault
            if progress.phase == "connecting":
                raise TemporaryDeliveryError(
                    f"{self._place} cannot be reached: {type(fault).__name__}",
                    "the hub tries again; if it stays so, ask the partner whether the address and the firewall are right",
                    code="DLV-420",
                ) from fault
            how = "took too long" if progress.out_of_time or isinstance(fault, httpx.TimeoutException) else "broke off"
            raise UncertainDeliveryError(
                f"the exchange with {self._place} {how} while {progress.phase}; it may or may not have the document",
                "sent again with the same Idempotency-Key where the partner honours it; else ask the partner first",
                code="DLV-423",
            ) from fault


def _bounded(response: httpx.Response) -> bytes:
    """The answer's body as far as it is worth keeping; the status alone already decided."""
    body = bytearray()
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) >= _ANSWER_LIMIT:
                break
    except httpx.TransportError:
        # The status line arrived whole, and it is the verdict: a torn answer body changes nothing.
        return bytes(body[:_ANSWER_LIMIT])
    return bytes(body[:_ANSWER_LIMIT])


def _is_untrusted(fault: BaseException | None) -> bool:
    """Whether a certificate that does not hold is somewhere in the chain of causes."""
    while fault is not None:
        if isinstance(fault, ssl.SSLCertVerificationError):
            return True
        fault = fault.__cause__ or fault.__context__
    return False
