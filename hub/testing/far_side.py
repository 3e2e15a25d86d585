"""What a contract suite needs from the other end of a connector. A connector's test file implements one of these.

A far side is real (files, sockets on loopback), or the in-memory one of `hub.testing.memory` that keeps the suites honest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from hub.ports import HttpRequest, HttpResponse
from hub.testing.services import FakeServices

Cut = Literal["before", "during", "after"]


class FarSide(Protocol):
    """What every suite needs."""

    services: FakeServices

    def settings(self) -> dict[str, Any]:
        """Settings of a connector that reaches this far side, as a partner file would give them."""
        ...

    def secrets(self) -> Mapping[str, str]:
        """Name and value of every secret the settings refer to; empty where the transport has none."""
        ...

    def go_down(self) -> None:
        """Stop being there: the port closed, the folder gone."""
        ...

    def impostor_settings(self) -> dict[str, Any]:
        """Settings, otherwise right, that lead to somebody else who pretends to be this far side."""
        ...


class FarInbox(FarSide, Protocol):
    """A place that a poller empties."""

    def put(self, name: str, payload: bytes) -> None:
        """Place a whole document; later calls are later documents."""
        ...

    def put_half(self, name: str, payload: bytes) -> Callable[[], None]:
        """Begin to place a document; the returned function finishes it."""
        ...

    def waiting(self) -> list[str]:
        """Names of the documents that have not been released."""
        ...

    def let_settle(self) -> None:
        """Let as much time pass as the poller waits for a document to stand still."""
        ...


class FarCaller(FarSide, Protocol):
    """Somebody who pushes documents over HTTP."""

    max_size: int

    def request(self, payload: bytes, *, key: str | None = None) -> HttpRequest:
        """A right request that carries the payload; with `key`, the transport's own identity of it."""
        ...

    def forged(self, payload: bytes) -> HttpRequest:
        """The same from somebody whose proof (password, signature) is wrong."""
        ...

    def unknown(self, payload: bytes) -> HttpRequest:
        """The same from somebody nobody has heard of."""
        ...

    def says_duplicate_accepted(self, response: HttpResponse) -> bool:
        """Whether the answer is what the protocol gives a repeated request: success, and known already."""
        ...


class FarReceiver(FarSide, Protocol):
    """Somebody to whom a sender delivers; it keeps one effect per key."""

    patience: float
    """Seconds after which a sender with these settings must have given up on a far side that says nothing."""

    def effects(self) -> list[bytes]:
        """The payloads that took effect, in order: what the partner's application would see."""
        ...

    def refuse_for_now(self, retry_after: int | None) -> None:
        """From now on refuse with 'not now', and with the delay where the protocol can say one."""
        ...

    def refuse_for_good(self) -> None:
        """From now on refuse with 'never'."""
        ...

    def cut(self, when: Cut) -> None:
        """Break the next exchange before, during or after the body."""
        ...

    def stall(self) -> None:
        """From now on take the document and never answer."""
        ...

    def recover(self) -> None:
        """Behave again."""
        ...
