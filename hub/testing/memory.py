"""Connectors without a network, and their far sides: the fakes other tests build on. They pass the suites themselves."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.errors import PermanentDeliveryError, TemporaryDeliveryError, UncertainDeliveryError
from hub.ports import (
    Arrival,
    Call,
    ConnectorSettings,
    ConnectorSpec,
    HttpRequest,
    HttpResponse,
    InboundDocument,
    OutboundDocument,
    Receipt,
    Rejection,
    Services,
    Stored,
)
from hub.testing.far_side import Cut
from hub.testing.services import FakeServices

SECRET_NAME = "memory-password"  # noqa: S105 - the name of a secret, not its value
SECRET = "canary-7d0c1f"  # noqa: S105 - a canary that tests look for


class MemorySettings(ConnectorSettings):
    """`identity` is who the far side must be; `password` names a secret."""

    identity: str = "acme"
    password: str = SECRET_NAME


@dataclass(slots=True)
class Waiting:
    """One document at the far side; `serial` tells a replaced one from its predecessor."""

    payload: bytes
    serial: int
    is_whole: bool = True


class MemoryServices(FakeServices):
    """Services that also lead a memory connector to its far side."""

    def __init__(self, far_side: MemoryFarSide) -> None:
        super().__init__(secrets={SECRET_NAME: SECRET})
        self.far_side = far_side


@dataclass(slots=True)
class MemoryFarSide:
    """A far side of every kind at once: an inbox, a caller and a receiver."""

    identity: str = "acme"
    max_size: int = 1000
    patience: float = 0.3
    is_down: bool = False
    documents: dict[str, Waiting] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    not_now: tuple[float | None] | None = None
    is_closed_for_good: bool = False
    is_silent: bool = False
    next_cut: Cut | None = None
    serials: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    services: MemoryServices = field(init=False)

    def __post_init__(self) -> None:
        self.services = MemoryServices(self)

    def settings(self) -> dict[str, Any]:
        return {"identity": "acme"}

    def secrets(self) -> Mapping[str, str]:
        return {SECRET_NAME: SECRET}

    def go_down(self) -> None:
        self.is_down = True

    def impostor_settings(self) -> dict[str, Any]:
        return {"identity": "somebody-else"}

    def put(self, name: str, payload: bytes) -> None:
        self.documents[name] = Waiting(payload, next(self.serials))

    def put_half(self, name: str, payload: bytes) -> Callable[[], None]:
        self.documents[name] = Waiting(payload[: len(payload) // 2], next(self.serials), is_whole=False)
        return lambda: self.put(name, payload)

    def waiting(self) -> list[str]:
        return list(self.documents)

    def let_settle(self) -> None:
        """Nothing needs time here."""

    def request(self, payload: bytes, *, key: str | None = None) -> HttpRequest:
        return self._call(payload, {"x-password": SECRET, "x-key": key or f"serial-{next(self.serials)}"})

    def forged(self, payload: bytes) -> HttpRequest:
        return self._call(payload, {"x-password": "guess", "x-key": "k"})

    def unknown(self, payload: bytes) -> HttpRequest:
        return self._call(payload, {})

    def _call(self, payload: bytes, headers: Mapping[str, str]) -> HttpRequest:
        return HttpRequest(method="POST", path="/in", headers=headers, body=payload)

    def says_duplicate_accepted(self, response: HttpResponse) -> bool:
        return response.status == 200 and json.loads(response.body)["duplicate"] is True

    def effects(self) -> list[bytes]:
        return list(self.kept.values())

    def refuse_for_now(self, retry_after: int | None) -> None:
        self.not_now = (retry_after,)

    def refuse_for_good(self) -> None:
        self.is_closed_for_good = True

    def cut(self, when: Cut) -> None:
        self.next_cut = when

    def stall(self) -> None:
        self.is_silent = True

    def recover(self) -> None:
        self.not_now, self.is_closed_for_good, self.is_silent, self.next_cut = None, False, False, None


class MemoryConnector:
    """What the three kinds share."""

    def __init__(self, settings: MemorySettings, services: Services) -> None:
        if not isinstance(services, MemoryServices):
            raise TypeError("a memory connector finds its far side through MemoryServices")
        self.settings = settings
        self.services = services
        self.far_side = services.far_side

    def check(self) -> None:
        """Raise when the far side is down or somebody else."""
        if self.far_side.is_down:
            raise TemporaryDeliveryError("the far side is not there", "start it", code="DLV-401")
        if self.far_side.identity != self.settings.identity:
            raise PermanentDeliveryError("the far side is somebody else", "look at `identity`", code="DLV-402")

    def close(self) -> None:
        """Nothing is held open."""


class MemoryPoller(MemoryConnector):
    """Polls the documents of its far side."""

    def poll(self, cursor: str | None = None) -> Iterator[Arrival]:
        """Yield what is whole, oldest first."""
        del cursor
        self.check()
        whole = [(name, found) for name, found in self.far_side.documents.items() if found.is_whole]
        for name, found in sorted(whole, key=lambda each: each[1].serial):
            yield Arrival(document=self.document(name, found), release=self.releaser(name, found))

    def document(self, name: str, found: Waiting) -> InboundDocument:
        """One waiting document as it arrives."""
        digest = hashlib.sha256(found.payload).hexdigest()
        return InboundDocument(
            payload=found.payload,
            idempotency_key=f"{name}:{found.serial}:{digest}",
            received_at=self.services.now(),
            name=name,
        )

    def releaser(self, name: str, found: Waiting) -> Callable[[Stored], None]:
        """Take this very document away."""

        def release(stored: Stored) -> None:
            if self.far_side.documents.get(name) is found:
                del self.far_side.documents[name]

        return release


class MemoryListener(MemoryConnector):
    """Takes requests whose password is right."""

    def admit(self, head: HttpRequest) -> HttpResponse | None:
        """Refuse by the head."""
        if head.method != "POST":
            return HttpResponse(status=405)
        given = head.headers.get("x-password", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self.services.secret(self.settings.password).encode()):
            return HttpResponse(status=401)
        length = head.headers.get("content-length", "")
        if length.isdecimal() and length.isascii() and int(length) > self.far_side.max_size:
            return HttpResponse(status=413)
        return None

    def receive(self, request: HttpRequest) -> Call:
        """The body as one document."""
        refusal = self.admit(request)
        if refusal is None and len(request.body) > self.far_side.max_size:
            refusal = HttpResponse(status=413)
        if refusal is not None:
            rejection = Rejection(code="SEC-401", message=f"refused with {refusal.status}")
            return Call(documents=(), answer=lambda _stored: refusal, rejection=rejection)
        document = InboundDocument(
            payload=request.body, idempotency_key=self.key(request), received_at=self.services.now(), name="request"
        )
        return Call(documents=(document,), answer=self.answer)

    def key(self, request: HttpRequest) -> str:
        """The caller's own name for the request."""
        return request.headers.get("x-key", "")

    def answer(self, stored: tuple[Stored, ...]) -> HttpResponse:
        """200 once it is stored."""
        if not stored:
            return HttpResponse(status=503)
        if stored[0].is_conflict:
            return HttpResponse(status=422)
        body = {"id": stored[0].message_id, "duplicate": stored[0].is_duplicate}
        return HttpResponse(status=200, body=json.dumps(body).encode())


class MemorySender(MemoryConnector):
    """Delivers into the far side's memory."""

    def send(self, document: OutboundDocument) -> Receipt:
        """Deliver once, or raise what the far side's mood asks for."""
        far_side = self.far_side
        self.check()
        if far_side.next_cut == "before":
            raise TemporaryDeliveryError("cut before the body", "try again")
        if far_side.next_cut == "during":
            raise UncertainDeliveryError("cut during the body", "ask")
        if far_side.not_now is not None:
            raise TemporaryDeliveryError("not now", "try again", retry_after=far_side.not_now[0])
        if far_side.is_closed_for_good:
            raise PermanentDeliveryError("never", "ask the partner")
        key = document.idempotency_key
        far_side.kept.setdefault(key, b"".join(document.pieces()))
        if far_side.next_cut == "after" or far_side.is_silent:
            raise UncertainDeliveryError("no answer", "ask")
        return Receipt(reference=f"kept-{key}")


MEMORY_POLLER = ConnectorSpec(name="memory-poller", summary="in-memory inbox", settings=MemorySettings, build=MemoryPoller)
MEMORY_LISTENER = ConnectorSpec(
    name="memory-listener", summary="in-memory caller", settings=MemorySettings, build=MemoryListener
)
MEMORY_SENDER = ConnectorSpec(name="memory-sender", summary="in-memory receiver", settings=MemorySettings, build=MemorySender)
