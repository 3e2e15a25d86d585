"""What a connector is, and the values it exchanges with the hub.

A connector moves bytes and knows one outside system. It never sleeps between attempts, retries, logs a payload, reads the
environment or opens a session at import: it raises one of the three delivery errors of `hub.errors` and lets the hub decide.
Which protocols of this module its class satisfies is what it can do; there are no flags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from pydantic import BaseModel, ConfigDict, model_validator

from hub.errors import DeliveryError

_PIECE = 1 << 20


class ConnectorSettings(BaseModel):
    """Base of a connector's settings: unknown keys are errors, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretReference(BaseModel):
    """Where a secret is kept, never the secret: `{env: NAME}`, `{file: PATH}` or `{secret: NAME}` (the site's sealed store)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: str | None = None
    file: str | None = None
    secret: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> SecretReference:
        if sum(place is not None and place != "" for place in (self.env, self.file, self.secret)) != 1:
            raise ValueError("name exactly one place: {env: NAME}, {file: PATH} or {secret: NAME}")
        return self

    @property
    def name(self) -> str:
        """What `Services.secret` is asked for: `env:NAME`, `file:PATH` or `secret:NAME`."""
        if self.env:
            return f"env:{self.env}"
        return f"file:{self.file}" if self.file else f"secret:{self.secret}"


def _pieces(payload: bytes, body: Path | None) -> Iterator[bytes]:
    if body is None:
        yield from (payload[at : at + _PIECE] for at in range(0, len(payload), _PIECE))
        return
    with body.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundDocument:
    """Bytes that arrived, with the evidence of how.

    `idempotency_key` names the arrival at its transport (AS2: from, to and Message-ID; file: path, size and sha256): the same
    key is the same arrival. `evidence` holds small JSON values for the audit trail (algorithms, MIC, peer, file name).
    `reference` is what the far side calls it (Message-ID) and people look for it by; empty where that is its name.

    `body` is set where the bytes are too many for memory: they are in this file, which may be moved away, and `payload` is
    empty. Only a hub whose services are `Spooling` is given one. `pieces` reads both kinds.
    """

    payload: bytes
    idempotency_key: str
    received_at: datetime
    name: str = ""
    media_type: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    body: Path | None = None
    reference: str = ""

    def pieces(self) -> Iterator[bytes]:
        """The bytes from the first to the last, at most 1 MiB at a time."""
        return _pieces(self.payload, self.body)

    @property
    def size(self) -> int:
        """How many bytes arrived."""
        return len(self.payload) if self.body is None else self.body.stat().st_size


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundDocument:
    """Bytes to send. `idempotency_key` is stable over every attempt; `name` is the suggested file name.

    `wire` is what `Preparer.prepare` made (signed, encrypted), stored before the first attempt; None where a connector has
    nothing to prepare. `body` may name a file that holds the bytes instead of `payload`, where they are too many for memory, and
    `wire_body` one that holds the wire bytes (made in the hub's `spool`, the hub's own from the moment `prepare` returns it);
    `pieces` reads every kind. `reference` (AS2: the Message-ID) and `evidence` (MIC, algorithms, certificates) come from `prepare`
    too and are stored with the wire bytes: `send` and `Proof.judge` are given them again.
    """

    payload: bytes
    idempotency_key: str
    name: str = ""
    media_type: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    wire: bytes | None = None
    body: Path | None = None
    wire_body: Path | None = None
    reference: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def pieces(self) -> Iterator[bytes]:
        """The bytes to send from the first to the last, at most 1 MiB at a time."""
        if self.wire is None and self.wire_body is None:
            return _pieces(self.payload, self.body)
        return _pieces(self.wire or b"", self.wire_body)

    @property
    def size(self) -> int:
        """How many bytes are to be sent."""
        if self.wire_body is not None:
            return self.wire_body.stat().st_size
        if self.wire is not None:
            return len(self.wire)
        return len(self.payload) if self.body is None else self.body.stat().st_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof of delivery, or the promise of one.

    `reference` is the far side's name for it (HTTP id, remote path, Message-ID). `answer_due` is set when a proof is still
    to come (asynchronous MDN): the delivery light waits until then.
    """

    reference: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes | None = None
    answer_due: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The hub's promise that an arrival is durable.

    `answer` is, for a duplicate, what `Call.answer_bytes` was when the arrival was stored first. `is_conflict` says that the
    same key arrived before with other bytes: nothing was stored under it, an operator is alarmed, the far side is told.
    """

    message_id: str
    is_duplicate: bool
    answer: bytes | None = None
    is_conflict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One polled document. `release` (move, delete, advance) is called only after the commit, and may be called twice."""

    document: InboundDocument
    release: Callable[[Stored], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A received HTTP request, its body complete and bounded. Header names are lower case.

    A large body stands in the file `body_path`, and `body` is empty; the edge removes it after the answer.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)
    peer: str = ""
    body_path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """An answer to an `HttpRequest`. `rejection` says for the audit trail why a `Gatekeeper` refused, where that is worth a row."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    rejection: Rejection | None = None


RECEIPT_KEY = "mdn "
"""What stands before the idempotency key of an arrival in the key of a receipt for it that is sent on its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReceipt:
    """What is kept of one delivery that a receipt proves: the receipt as it came, or as we gave it for what arrived (`is_given`).

    `evidence` is that of `prepare`, or of the `InboundDocument`; `at` is when the receipt came or was given.
    """

    receipt: bytes
    evidence: Mapping[str, Any]
    payload: bytes
    at: datetime
    is_given: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof of delivery that came on its own (asynchronous MDN), already checked for who signed it.

    The hub finds the delivery of this connection whose `reference` it names, and gives `judge` the `evidence` that `prepare` left
    there: it returns the `Receipt`, or raises `PermanentDeliveryError` (a failed MDN, a missing or different MIC). Where nothing
    has that reference the proof is stored and alarmed, and no state changes.
    """

    reference: str
    raw: bytes
    judge: Callable[[Mapping[str, Any]], Receipt]
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why a request was refused, for the audit trail. It reserves no idempotency key: a repeat is judged afresh.

    `connection` names the connection a `Gateway` refused it for, "" where it found none.
    """

    code: str
    message: str
    hint: str = ""
    reference: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    connection: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One pushed request: what it carried, and the answer to give once that is stored.

    A request that fails its checks is a `Call` without documents whose `answer` says so, and whose `rejection` says why.
    `answer_bytes` (a signed MDN) is stored in the transaction that stores the documents, and comes back as `Stored.answer` when
    the same arrival is repeated. `sends` (an asynchronous MDN, its wire bytes made) are queued over the same connection in that
    transaction too, or with the `rejection` where there are no documents; when the arrival is a duplicate, the sends stored with
    the first are sent again instead of these.
    `connection` names the connection a `Gateway` found, "" where it found none.
    `after_last` is the idempotency key of the document that would follow the last one: where something is stored under it, the
    same arrival came before with more documents, and this one is in conflict with it, as one with other bytes is.
    """

    documents: tuple[InboundDocument, ...]
    answer: Callable[[tuple[Stored, ...]], HttpResponse]
    answer_bytes: bytes | None = None
    sends: tuple[OutboundDocument, ...] = ()
    proofs: tuple[Proof, ...] = ()
    rejection: Rejection | None = None
    connection: str = ""
    after_last: str = ""


@runtime_checkable
class Connector(Protocol):
    """What every connector can do. `check` raises a `DeliveryError` that names the fault; `close` may be called twice."""

    def check(self) -> None:
        """Raise a `DeliveryError` that names what is wrong."""

    def close(self) -> None:
        """Let go of every socket and file."""


@runtime_checkable
class Poller(Connector, Protocol):
    """Fetches documents; order is stable; a document is not seen again once released."""

    def poll(self, cursor: str | None = None) -> Iterator[Arrival]:
        """Yield what waits at the far side, oldest first."""
        ...


@runtime_checkable
class Listener(Connector, Protocol):
    """Receives documents that are pushed over HTTP."""

    def receive(self, request: HttpRequest) -> Call:
        """Check the request and say what it carried."""
        ...


@runtime_checkable
class Gatekeeper(Protocol):
    """A listener that can refuse by method and headers alone, before a byte of the body is read."""

    def admit(self, head: HttpRequest) -> HttpResponse | None:
        """The refusal, or None to go on; `head.body` is empty."""
        ...


@runtime_checkable
class Gateway(Protocol):
    """One address for every connection of a kind (`POST /as2`): finds the connection the request is for, and receives for it."""

    def receive(self, request: HttpRequest) -> Call:
        """Like `Listener.receive`; the call says which connection it belongs to."""
        ...


@runtime_checkable
class Sender(Connector, Protocol):
    """Delivers one document, or raises one of the three delivery errors."""

    def send(self, document: OutboundDocument) -> Receipt:
        """Deliver, or raise a `DeliveryError`."""
        ...


Waiting: TypeAlias = "Callable[[], AbstractContextManager[None]]"
"""Entered by a connector for as long as it waits for a disk or a far side: others work meanwhile."""


@runtime_checkable
class BatchSender(Protocol):
    """A sender to which several documents together cost less than one by one, and that is never kept waiting by a far side."""

    def send_many(self, documents: Sequence[OutboundDocument], waiting: Waiting) -> list[Receipt | DeliveryError]:
        """Make one attempt for each, as `send` would, and return what came of each in the same order; one cannot spoil another."""
        ...


@runtime_checkable
class Preparer(Protocol):
    """A sender whose wire bytes must be made, and stored, before the first byte leaves."""

    def prepare(self, document: OutboundDocument) -> OutboundDocument:
        """Return the document with `wire` set; the same bytes serve every attempt."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateStatus:
    """One certificate a connector uses. `role` is such as "ours: decrypt" or "theirs: verify"; `sha256` its fingerprint in hex."""

    role: str
    subject: str
    sha256: str
    not_before: datetime
    not_after: datetime


@runtime_checkable
class Certified(Protocol):
    """A connector that rests on certificates, so that somebody can be warned before one expires."""

    def certificates(self) -> tuple[CertificateStatus, ...]:
        """Every certificate in use, both sides, past and coming ones included."""
        ...


Side = Literal["ours", "theirs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFiles:
    """A certificate as PEM text and, where it is ours, its private key."""

    certificate: str
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A certificate that takes over on a day, the old one being accepted for `overlap` longer."""

    side: Side
    new: KeyFiles
    on: datetime
    overlap: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """One thing a rehearsal tried, and whether it held; `why` is empty where it did."""

    what: str
    holds: bool
    why: str = ""


class CertificateDesk(Protocol):
    """What people do with the certificates of one kind of connector; it reads no file and no clock, and changes nothing."""

    def create(self, name: str, *, at: datetime, days: int, bits: int) -> KeyFiles:
        """A new key of ours and its certificate."""
        ...

    def read(self, certificate: bytes, key: bytes | None = None, password: str | None = None) -> KeyFiles:
        """Files of any usual kind as PEM texts; raises `HubError` where they are none, or do not belong together."""
        ...

    def describe(self, certificate: str, role: str) -> CertificateStatus:
        """What to show of a certificate."""
        ...

    def present(self, connector: Connector, side: Side, at: datetime) -> str:
        """The certificate that a connection uses at a moment, as PEM: ours to give to the partner, or theirs."""
        ...

    def warnings(self, certificates: Sequence[CertificateStatus], at: datetime) -> list[tuple[int, CertificateStatus]]:
        """Those that end soon, each with the step reached: 60, 30, 14, 7, 1 days, or 0 when it is over."""
        ...

    def rehearse(self, connector: Connector, change: Change) -> tuple[Rehearsed, ...]:
        """Try a change with real messages before it happens."""
        ...

    def rotate(
        self, connector: Connector, change: Change, references: Mapping[str, SecretReference]
    ) -> tuple[str, list[dict[str, Any]]]:
        """The setting that lists the certificates and its new value; `references` say where `certificate` and `key` are kept.

        Raises `HubError` where the change would leave a gap.
        """
        ...


class Services(Protocol):
    """What the hub lends a connector: the clock and named secrets. Faked in tests."""

    def now(self) -> datetime:
        """The current instant, aware, UTC."""
        ...

    def secret(self, name: str) -> str:
        """The secret a `SecretReference.name` points at; raises `HubError` when there is none."""
        ...


@runtime_checkable
class Spooling(Protocol):
    """Services of a hub that takes documents as files (`InboundDocument.body`)."""

    def spool(self) -> Path:
        """An existing folder for downloads, on the disk where payloads are stored."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorSpec:
    """How a connector is registered: `[project.entry-points."hub.connectors"] name = "connectors.name:CONNECTOR"`.

    `gateway` makes the one receiver for all connections of this kind, given by name; None where each has an address of its own.
    Its address is `POST /NAME`. `explain` says in plain words what a code of this connector means for the evidence beside it.
    `desk` is for the people who look after certificates. `prove` makes of a kept receipt files that stand as a proof without us.
    """

    name: str
    summary: str
    settings: type[ConnectorSettings]
    build: Callable[[Any, Services], Connector]
    gateway: Callable[[Mapping[str, Connector], Services], Gateway] | None = None
    explain: Callable[[str, Mapping[str, Any]], str] | None = None
    desk: Callable[[], CertificateDesk] | None = None
    prove: Callable[[Connector, KeptReceipt], Mapping[str, bytes]] | None = None
