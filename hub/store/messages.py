"""Transport messages: what arrived, and what is to be sent (the outbox), each with its bytes and its evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, exists, select

from hub.errors import NotFound
from hub.ports import InboundDocument
from hub.store.blobs import Blobs, checked
from hub.store.encoding import from_json, to_json
from hub.store.ids import IdMaker
from hub.store.instants import from_micros
from hub.store.statements import Prepared, insert_row, write_row, write_row_where
from hub.store.states import WrongTurn, may_become
from hub.store.tables import interchange, message

SETTLED = ("done", "duplicate", "rejected", "delivered", "cancelled", "discarded")
"""States in which a message waits for nobody."""

_BY_ID = Prepared(select(message).where(message.c.id == bindparam("wanted")))
_CREATED = Prepared(select(message.c.created_at).where(message.c.id == bindparam("wanted")))
_FRESH = Prepared(
    select(message.c.created_at, exists().where(interchange.c.message_id == message.c.id).label("is_read")).where(
        message.c.id == bindparam("wanted")
    )
)
_PAYLOAD = Prepared(
    select(message.c.sha256, message.c.payload, message.c.removed_at, message.c.removed_why).where(
        message.c.id == bindparam("wanted")
    )
)
_ANSWERS = Prepared(select(message.c.id).where(message.c.answer_to == bindparam("wanted")).order_by(message.c.id))
_SENT_AS = Prepared(
    select(message)
    .where(
        message.c.transport_id == bindparam("reference"),
        message.c.connection == bindparam("connection_name"),
        message.c.direction == "out",
    )
    .order_by(message.c.id.desc())
    .limit(1)
)
_PROOFS = Prepared(
    select(message).where(message.c.answer_to == bindparam("wanted"), message.c.direction == "in").order_by(message.c.id)
)
_BY_KEY = Prepared(
    select(message.c.id, message.c.sha256, message.c.answer).where(
        message.c.connection == bindparam("connection_name"), message.c.dedupe_key == bindparam("key")
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A payload ready for its row: its hash, its size, and its bytes unless they already lie in a file."""

    sha256: str
    size: int
    in_row: bytes | None


def body_of(payload: bytes, blobs: Blobs, *, file: Path | None = None) -> Body:
    """Make the bytes durable where they are too large for a row, before any transaction names them."""
    if file is not None:
        digest, size = blobs.put_file(file)
        return Body(sha256=digest, size=size, in_row=None)
    digest = hashlib.sha256(payload).hexdigest()
    if len(payload) <= blobs.in_row:
        return Body(sha256=digest, size=len(payload), in_row=payload)
    blobs.put(payload, digest)
    return Body(sha256=digest, size=len(payload), in_row=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One row of `message`, without its bytes."""

    id: str
    direction: str
    connection: str
    channel: str
    partner: str
    transport_id: str
    media_type: str
    sha256: str
    size: int
    headers: dict[str, str]
    evidence: dict[str, Any]
    state: str
    test: bool
    error: dict[str, Any] | None
    duplicate_of: str | None
    answer_to: str | None
    attempts: int
    receipt: dict[str, Any] | None
    created_at: int
    settled_at: int | None
    dedupe_key: str | None

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in SETTLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to send: its wire bytes once they were made, else its payload; either in memory or in a file."""

    message: Message
    payload: bytes = b""
    body: Path | None = None
    wire: bytes | None = None
    wire_body: Path | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What `keep` did: a new message, or the one that the same arrival made before. `is_conflict`: other bytes, same key."""

    id: str
    is_duplicate: bool
    is_conflict: bool = False
    answer: bytes | None = None


class Messages:
    """The rows of `message`, inside one transaction."""

    def __init__(self, connection: Connection, ids: IdMaker, now: int) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now
        self._arrived: dict[str, int] = {}

    def keep(
        self,
        arrival: InboundDocument,
        body: Body,
        *,
        connection: str,
        channel: str,
        answer: bytes | None = None,
        rival: str = "",
    ) -> Kept:
        """Store an arrival once per transport key.

        The same key with the same bytes is a duplicate of the first, and comes back with the first one's `answer`. The same key with
        other bytes is kept apart without reserving the key, marked as a conflict for a person to look at: nothing that arrived is
        dropped. So is a new key that comes with `rival`, the message whose place the arrival claims.
        """
        known = self._known(connection, arrival.idempotency_key)
        if known is not None and known.sha256 == body.sha256:
            return Kept(known.id, is_duplicate=True, answer=known.answer)
        first = rival if known is None else known.id
        message_id = self._ids.new("msg")
        insert_row(
            self._connection,
            message,
            {
                "id": message_id,
                "direction": "in",
                "connection": connection,
                "channel": channel,
                "answer": answer,
                "dedupe_key": arrival.idempotency_key if not first and arrival.idempotency_key else None,
                "transport_id": arrival.reference or arrival.name,
                "media_type": arrival.media_type,
                "sha256": body.sha256,
                "size": body.size,
                "payload": body.in_row,
                "headers": to_json(dict(arrival.headers)),
                "evidence": to_json({**arrival.evidence, "key": arrival.idempotency_key}),
                "state": "received",
                "duplicate_of": first or None,
                "created_at": self._now,
            },
        )
        return Kept(message_id, is_duplicate=False, is_conflict=bool(first))

    def put_in(self, body: Body, *, channel: str, partner: str, test: bool) -> str:
        """Write a message that was understood as it came (a canonical document over the API); its id is returned."""
        message_id = self._ids.new("msg")
        row: dict[str, Any] = {"id": message_id, "direction": "in", "channel": channel, "partner": partner}
        row |= {"media_type": "application/json"}
        row |= {"sha256": body.sha256, "size": body.size, "payload": body.in_row, "state": "done", "test": test}
        insert_row(self._connection, message, {**row, "created_at": self._now, "settled_at": self._now})
        return message_id

    def put_out(self, values: dict[str, Any], body: Body) -> str:
        """Write an outgoing message: the outbox. `values` are columns of `message`; its id is returned."""
        message_id = self._ids.new("msg")
        row = {
            "id": message_id,
            "direction": "out",
            "sha256": body.sha256,
            "size": body.size,
            "payload": body.in_row,
            "state": "ready",
            "created_at": self._now,
            **values,
        }
        insert_row(self._connection, message, row)
        return message_id

    def get(self, message_id: str) -> Message:
        """One message; raises `NotFound`."""
        row = _BY_ID.row(self._connection, {"wanted": message_id})
        if row is None:
            raise NotFound(f"no message {message_id}", "list them with `edihub messages`")
        return message_of(row)

    def payload(self, message_id: str, blobs: Blobs) -> bytes:
        """The stored bytes, their hash checked; raises `NotFound` or `DamagedPayload`."""
        in_row, digest = self.place_of(message_id)
        return blobs.get(digest) if in_row is None else in_row

    def place_of(self, message_id: str) -> tuple[bytes | None, str]:
        """The stored bytes, their hash checked, or None where they lie in the file that the hash names."""
        row = _PAYLOAD.row(self._connection, {"wanted": message_id})
        if row is None:
            raise NotFound(f"no message {message_id}", "list them with `edihub messages`")
        if row.removed_at is not None:
            raise _removed(row)
        return None if row.payload is None else checked(bytes(row.payload), row.sha256), row.sha256

    def arrived_at(self, message_id: str) -> int:
        """When a message was stored, in microseconds; raises `NotFound`."""
        found = self._arrived.get(message_id) or _CREATED.scalar(self._connection, {"wanted": message_id})
        if found is None:
            raise NotFound(f"no message {message_id}", "list them with `edihub messages`")
        return int(found)

    def ahead_of_reading(self, message_id: str) -> None:
        """Have at hand what `is_read` will ask for."""
        _FRESH.ahead(self._connection, {"wanted": message_id})

    def is_read(self, message_id: str) -> bool:
        """Whether any interchange of a message is written down; when it arrived is known with the same look."""
        found = _FRESH.row(self._connection, {"wanted": message_id})
        if found is None:
            raise NotFound(f"no message {message_id}", "list them with `edihub messages`")
        self._arrived[message_id] = int(found.created_at)
        return bool(found.is_read)

    def ahead_of_places(self, message_ids: Iterable[str]) -> None:
        """Have at hand what `place_of` will ask for, for each of them."""
        for message_id in message_ids:
            _PAYLOAD.ahead(self._connection, {"wanted": message_id})

    def ahead_of_outgoing(self, message_ids: Iterable[str]) -> None:
        """Have at hand what `outgoing` will ask for, for each of them."""
        for message_id in message_ids:
            _BY_ID.ahead(self._connection, {"wanted": message_id})

    def outgoing(self, message_id: str, blobs: Blobs) -> Outgoing:
        """A message to send with its wire bytes, or its payload while there are none; hashes checked, large bytes left in files."""
        row = _BY_ID.row(self._connection, {"wanted": message_id})
        if row is None:
            raise NotFound(f"no message {message_id}", "list them with `edihub messages`")
        if row.removed_at is not None:
            raise _removed(row)
        if row.wire_sha256 is not None:
            return Outgoing(message=message_of(row), wire_body=blobs.checked_file(row.wire_sha256))
        if row.wire is not None:
            return Outgoing(message=message_of(row), wire=bytes(row.wire))
        if row.payload is None:
            return Outgoing(message=message_of(row), body=blobs.checked_file(row.sha256))
        return Outgoing(message=message_of(row), payload=checked(bytes(row.payload), row.sha256))

    def keep_wire(self, message_id: str, wire: Body, *, reference: str, evidence: dict[str, Any]) -> None:
        """Store what a connector prepared, before any of it leaves."""
        values: dict[str, Any] = {"wire": wire.in_row, "wire_sha256": None if wire.in_row is not None else wire.sha256}
        self.set(message_id, transport_id=reference, evidence=to_json(evidence), **values)

    def set(self, message_id: str, **values: Any) -> None:
        """Write columns of one message; `error` and `receipt` are plain values.

        A state that does not follow is refused with `WrongTurn`, before the commit at the latest.
        """
        for name in ("error", "receipt"):
            if values.get(name) is not None:
                values[name] = to_json(values[name])
        if "state" not in values:
            write_row(self._connection, message, message_id, values)
            return

        def refuse() -> None:
            present = self.get(message_id)
            raise WrongTurn(f"message {message_id} is {present.state}, it cannot become {values['state']}", "look at it again")

        only = may_become(values["state"])
        write_row_where(self._connection, message, message_id, values, only=only, otherwise=refuse)

    def settle(self, message_id: str, state: str, **values: Any) -> None:
        """Move to a final state, with its instant."""
        self.set(message_id, state=state, settled_at=self._now, **values)

    def with_key(self, connection: str, key: str) -> str | None:
        """The message that has this transport key on a connection, whichever way it went."""
        known = self._known(connection, key)
        return None if known is None else str(known.id)

    def sent_as(self, connection: str, reference: str) -> Message | None:
        """What we sent over a connection under this name of the transport (Message-ID), the newest first."""
        row = _SENT_AS.row(self._connection, {"reference": reference, "connection_name": connection}) if reference else None
        return None if row is None else message_of(row)

    def proofs_of(self, message_id: str) -> list[Message]:
        """The receipts that came for an outgoing message, oldest first."""
        return [message_of(row) for row in _PROOFS.rows(self._connection, {"wanted": message_id})]

    def answers_to(self, message_id: str) -> list[str]:
        """The outgoing messages that acknowledge this one, oldest first."""
        return _ANSWERS.scalars(self._connection, {"wanted": message_id})

    def _known(self, connection: str, key: str) -> Any:
        if not key:
            return None
        return _BY_KEY.row(self._connection, {"connection_name": connection, "key": key})


def _removed(row: Any) -> NotFound:
    """Why there are no bytes any more."""
    return NotFound(
        f"its bytes were removed on {from_micros(row.removed_at):%Y-%m-%d}: {row.removed_why}",
        "their hash and the whole story are kept; look in the archive of that day",
        code="HUB-564",
    )


def message_of(row: Any) -> Message:
    """The value of a row that has all columns of `message`."""
    return Message(
        id=row.id,
        direction=row.direction,
        connection=row.connection,
        channel=row.channel,
        partner=row.partner,
        transport_id=row.transport_id,
        media_type=row.media_type,
        sha256=row.sha256,
        size=row.size,
        headers=from_json(row.headers),
        evidence=from_json(row.evidence),
        state=row.state,
        test=bool(row.test),
        error=None if row.error is None else from_json(row.error),
        duplicate_of=row.duplicate_of,
        answer_to=row.answer_to,
        attempts=row.attempts,
        receipt=None if row.receipt is None else from_json(row.receipt),
        created_at=row.created_at,
        settled_at=row.settled_at,
        dedupe_key=row.dedupe_key,
    )
