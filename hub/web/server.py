"""Runs the application: uvicorn with our limits, our signals, and an order of stopping that loses nothing.

h11 rather than httptools parses requests: it bounds the head of a request, which httptools does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn

from hub.errors import HubError
from hub.flow.hub import Hub
from hub.web.app import Web, build
from hub.web.patience import patient

HEAD_BYTES = 32 * 1024
CONNECTIONS = 2_000
FINISH_SECONDS = 21
IDLE_SECONDS = 30


class PortTaken(HubError):
    """Somebody else listens at the address already."""

    code = "HUB-532"


class Server:
    """One hub behind one socket. `run` blocks until `stop`; `start` runs it in a thread."""

    def __init__(self, hub: Hub, listening: socket.socket) -> None:
        """`listening` comes from `listen`: the port is known, and taken, before anything starts."""
        self.hub = hub
        self._socket = listening
        self.port = int(listening.getsockname()[1])
        self.url = url_of(listening)
        self._web: Web | None = None
        self._uvicorn: _Uvicorn | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._is_stopping = False
        self._failure: BaseException | None = None

    def run(self, on_ready: Callable[[], None] | None = None) -> None:
        """Serve until `stop`, then finish what is under way, store what was taken, and stop the hub."""
        self._web = build(self.hub)
        config = uvicorn.Config(
            self._web.app,
            http=patient(self._web.garbled),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=HEAD_BYTES,
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=FINISH_SECONDS,
        )
        self._uvicorn = _Uvicorn(config, self._ready, on_ready)
        # Asked to stop while the pages were built: there was nothing yet to tell.
        self._uvicorn.should_exit = self._is_stopping
        try:
            self._web.start()
            self.hub.start()
            asyncio.run(self._uvicorn.serve(sockets=[self._socket]))
        finally:
            self._web.stop()
            self.hub.stop()
            self._socket.close()

    def start(self) -> None:
        """Serve in a thread of this process; returns once requests are answered."""
        self._thread = threading.Thread(target=self._run_aside, name=f"http-{self.port}", daemon=True)
        self._thread.start()
        self._ready.wait(30)
        if self._failure is not None:
            raise self._failure
        if not self._ready.is_set():
            raise HubError("the server did not start within 30 seconds", "look at the log", code="HUB-531")

    def _run_aside(self) -> None:
        try:
            self.run()
        except BaseException as failure:  # noqa: BLE001 - boundary: it is raised again where `start` waits
            self._failure = failure
            self._ready.set()

    def stop(self) -> None:
        """Ask the server to end, and wait for it where it runs in a thread; one that has not begun ends as soon as it does.

        Work and requests end side by side, within 25 s.
        """
        self._is_stopping = True
        self.hub.wind_down()
        if self._uvicorn is not None:
            self._uvicorn.should_exit = True
        if self._thread is not None:
            self._thread.join(FINISH_SECONDS + 35)
            self._thread = None


class _Uvicorn(uvicorn.Server):
    """Tells when it serves, and leaves signals to us: a stop we were asked for is no failure."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event, on_ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._ready = ready
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()
        if self._on_ready is not None:
            self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def stopping_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and Ctrl-C call `stop` once; a second one is left to the system."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def asked(number: int, _frame: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        stop()

    for number in before:
        signal.signal(number, asked)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to an address, port 0 to a free one; raises `PortTaken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, not left to the system: asyncio turns Nagle's delay off only for sockets that say so, and 40 ms is the price.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as fault:
        listening.close()
        raise PortTaken(
            f"cannot listen at {host}:{port}: {fault.strerror}", "stop whoever listens there, or choose another --port"
        ) from fault
    return listening


def url_of(listening: socket.socket) -> str:
    """Where to reach a bound socket from this machine."""
    host, port = listening.getsockname()[:2]
    named = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - an address to connect to in place of "any"
    return f"http://[{named}]:{port}" if ":" in named else f"http://{named}:{port}"
