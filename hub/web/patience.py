"""A bound on how long a caller may take to say what it wants: uvicorn bounds idle connections, not half a request head."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0


class PatientProtocol(H11Protocol):
    """Closes a connection whose request head is not whole in time; bodies have bounds of their own (`hub.web.body`).

    `garbled` is told who sent what is no HTTP at all, and why it is none.
    """

    garbled: Callable[[str, str], None] = staticmethod(lambda _peer, _why: None)
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A new connection owes us a request head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Some bytes came: either a head is whole, or it is still owed."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_no_more()
        elif self._waiting is None:
            self._wait()

    def eof_received(self) -> bool:  # type: ignore[override]
        """The caller has said everything and may still listen: what is whole is answered, what is not is refused."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or (cycle.more_body and cycle.response_started):
            return False
        self.conn.receive_data(b"")
        cycle.keep_alive = False
        if cycle.more_body:
            self.handle_events()
        return not self.transport.is_closing()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP. A request that was under way tells of it itself."""
        why = str(sys.exception() or msg)
        super().send_400_response(msg)
        if self.cycle is None or self.cycle.response_complete:
            self.garbled("" if self.client is None else f"{self.client[0]}:{self.client[1]}", why)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is owed any more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if not self.transport.is_closing():
            self.transport.close()


def patient(garbled: Callable[[str, str], None]) -> type[PatientProtocol]:
    """The protocol of one server, which tells of what is no HTTP."""
    return type("PatientProtocol", (PatientProtocol,), {"garbled": staticmethod(garbled)})
