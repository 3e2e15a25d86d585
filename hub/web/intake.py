"""Between the event loop and the store: requests wait for a commit without a thread each, and share its fsync.

One thread takes everything that waits, stores it in one transaction and tells each request its fate. While it commits, the next
batch gathers. When too much waits, requests are turned away before anything is read.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

import structlog

from hub.errors import HubError, TransientError
from hub.flow.hub import Hub
from hub.flow.pressure import is_full
from hub.flow.take import Taking, take_together
from hub.ports import Stored

log = structlog.get_logger(__name__)

BATCH = 64
MOST_WAITING = 1_000
MOST_BYTES = 64 << 20
_LOOK_AGAIN = 1.0


@dataclass(slots=True)
class _Waiting:
    """What one request carried, to be stored all or none; `fate` is of the event loop that waits for it, if one does."""

    taking: Taking
    size: int
    fate: asyncio.Future[list[Stored]] | None


class Intake:
    """Stores arrivals in batches. `start` and `stop` bracket its thread."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._queue: deque[_Waiting] = deque()
        self._bytes = 0
        self._change = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._disk: tuple[float, bool] = (0.0, True)

    def start(self) -> None:
        """Begin to store."""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Store what waits, then end."""
        with self._change:
            self._stopping = True
            self._change.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    @property
    def depth(self) -> int:
        """How many requests wait for the next commit."""
        return len(self._queue)

    def refusal(self) -> TransientError | None:
        """Why nothing can be taken now, or None."""
        if self._stopping:
            return TransientError("the hub is stopping", "send it again in a moment")
        if len(self._queue) >= MOST_WAITING or self._bytes >= MOST_BYTES:
            return TransientError("more arrives than the disk can take", "send it again in a moment")
        if not self._has_room():
            return TransientError("the hub's disk is full", "nothing was taken; the hub's operator must free space")
        if self._hub.overload:
            return TransientError(self._hub.overload, "nothing was taken; send it again later")
        return None

    async def keep(self, taking: Taking) -> list[Stored]:
        """Store what a request carried; returns once it is on the disk. Raises `TransientError` when it is not."""
        if taking.is_empty:
            return []
        fate: asyncio.Future[list[Stored]] = asyncio.get_running_loop().create_future()
        self._put(taking, fate)
        # A caller who hangs up does not take the commit back: then nobody asks for the fate.
        return await fate

    def note(self, taking: Taking) -> None:
        """Store what nobody waits for, unless too much waits already."""
        if self.refusal() is None:
            self._put(taking, None)

    def _put(self, taking: Taking, fate: asyncio.Future[list[Stored]] | None) -> None:
        waiting = _Waiting(taking, taking.size, fate)
        with self._change:
            if self._stopping:
                raise TransientError("the hub is stopping", "send it again in a moment")
            self._queue.append(waiting)
            self._bytes += waiting.size
            self._change.notify()

    def _has_room(self) -> bool:
        looked, room = self._disk
        now = time.monotonic()
        if now - looked > _LOOK_AGAIN:
            room = not is_full(self._hub.site.var)
            self._disk = (now, room)
        return room

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._queue and not self._stopping:
                    self._change.wait()
                batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
                self._bytes -= sum(each.size for each in batch)
            if not batch:
                return
            self._store(batch)

    def _store(self, batch: list[_Waiting]) -> None:
        """Store a batch; where it fails as a whole, each request by itself, so that one cannot spoil the others."""
        try:
            stored = take_together([waiting.taking for waiting in batch], hub=self._hub)
        except Exception as failure:  # noqa: BLE001 - boundary: whatever it was, a request must learn its fate and the thread must live
            if len(batch) > 1:
                for waiting in batch:
                    self._store([waiting])
            else:
                _tell([(batch[0].fate, _said(failure))])
            return
        _tell([(waiting.fate, fate) for waiting, fate in zip(batch, stored, strict=True)])


_Told = list[tuple[asyncio.Future[list[Stored]] | None, "list[Stored] | HubError"]]


def _tell(told: _Told) -> None:
    """Each request its fate, with one word to each event loop."""
    of_loops: dict[asyncio.AbstractEventLoop, _Told] = {}
    for waiting, fate in told:
        if waiting is not None:
            of_loops.setdefault(waiting.get_loop(), []).append((waiting, fate))
    for loop, theirs in of_loops.items():
        # a loop that is closed has no request any more that waits
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, theirs)


def _settle(told: _Told) -> None:
    for waiting, fate in told:
        if waiting is None or waiting.done():
            continue
        if isinstance(fate, HubError):
            waiting.set_exception(fate)
        else:
            waiting.set_result(fate)


def _said(failure: Exception) -> HubError:
    if isinstance(failure, HubError):
        return failure
    log.error("an arrival could not be stored", exc_info=failure)
    return TransientError("the store did not take it", "send it again in a moment")
