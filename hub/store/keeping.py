"""What may be removed when, and what may not: legal holds, expired payloads, expired records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, and_, delete, exists, insert, or_, select, union, update

from hub.errors import NotFound
from hub.store.endpoint_tables import poll_cursor
from hub.store.ids import IdMaker
from hub.store.messages import SETTLED
from hub.store.shipment_tables import order_document
from hub.store.tables import (
    console_session,
    control_number,
    document,
    interchange,
    job,
    legal_hold,
    message,
    order_history,
    orders,
)

_HAS_BYTES = or_(
    message.c.payload.is_not(None),
    and_(message.c.payload.is_(None), message.c.removed_at.is_(None)),
    message.c.wire.is_not(None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """One thing that nobody may remove: a message, an order, or everything of a partner (`partner:NAME`)."""

    id: str
    subject: str
    reason: str
    actor: str
    begun_at: int
    ended_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A message whose time is over; `file` and `wire_file` name the files that hold its large bytes."""

    id: str
    partner: str
    sha256: str
    size: int
    file: str | None
    wire_file: str | None


class Keeping:
    """The rows that retention and legal holds work on, inside one transaction."""

    def __init__(self, connection: Connection, ids: IdMaker, now: int) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now

    def hold(self, subject: str, *, reason: str, actor: str) -> str:
        """Put a subject under legal hold; the id of the hold."""
        hold_id = self._ids.new("lgl")
        values = {"id": hold_id, "subject": subject, "reason": reason, "actor": actor, "begun_at": self._now}
        self._connection.execute(insert(legal_hold).values(values))
        return hold_id

    def end_hold(self, hold_id: str) -> str:
        """End a hold; its subject. Raises `NotFound`."""
        row = self._connection.execute(
            update(legal_hold)
            .where(legal_hold.c.id == hold_id, legal_hold.c.ended_at.is_(None))
            .values(ended_at=self._now)
            .returning(legal_hold.c.subject)
        ).one_or_none()
        if row is None:
            raise NotFound(f"no legal hold {hold_id} is in force", "list them with `edihub legal-hold list`")
        return str(row.subject)

    def holds(self) -> list[LegalHold]:
        """Every hold, those in force first."""
        rows = self._connection.execute(select(legal_hold).order_by(legal_hold.c.ended_at.is_not(None), legal_hold.c.id))
        return [LegalHold(**row) for row in rows.mappings()]

    def is_held(self, *subjects: str) -> bool:
        """Whether any of these is under legal hold."""
        found = select(legal_hold.c.id).where(legal_hold.c.subject.in_(subjects), legal_hold.c.ended_at.is_(None))
        return self._connection.execute(found.limit(1)).first() is not None

    def expired_payloads(self, before: int, *, partner: str | None, others: tuple[str, ...] = (), limit: int) -> list[Expired]:
        """Settled messages from before an instant that still have bytes and are under no hold; `partner` None: all but `others`."""
        rows = self._connection.execute(
            select(message).where(_HAS_BYTES, *_due(before, partner, others)).order_by(message.c.id).limit(limit)
        )
        return [
            Expired(
                id=row.id,
                partner=row.partner,
                sha256=row.sha256,
                size=row.size,
                file=row.sha256 if row.payload is None and row.removed_at is None else None,
                wire_file=row.wire_sha256,
            )
            for row in rows
        ]

    def remove_bytes(self, message_id: str, why: str) -> None:
        """Take the bytes out of a message; its hash, its size and its story stay."""
        gone: dict[str, Any] = {"payload": None, "wire": None, "wire_sha256": None, "removed_at": self._now, "removed_why": why}
        self._connection.execute(update(message).where(message.c.id == message_id).values(gone))

    def files_of(self, message_id: str) -> tuple[str | None, str | None]:
        """The files that hold a message's large bytes and wire bytes; None where they stand in the row or are gone."""
        row = self._connection.execute(select(message).where(message.c.id == message_id)).one()
        return row.sha256 if row.payload is None and row.removed_at is None else None, row.wire_sha256

    def other_orders(self, order_id: str, messages: list[str]) -> set[str]:
        """Other orders that have documents in these messages."""
        rows = select(document.c.order_id).where(
            document.c.message_id.in_(messages), document.c.order_id.is_not(None), document.c.order_id != order_id
        )
        return set(self._connection.scalars(rows))

    def is_file_used(self, digest: str) -> bool:
        """Whether any row still names a file of large bytes."""
        by_payload = and_(message.c.sha256 == digest, message.c.payload.is_(None), message.c.removed_at.is_(None))
        found = select(message.c.id).where(or_(by_payload, message.c.wire_sha256 == digest)).limit(1)
        return self._connection.execute(found).first() is not None

    def expired_records(self, before: int, *, partner: str | None, others: tuple[str, ...] = (), limit: int) -> list[str]:
        """Settled messages from before an instant of which no document belongs to an order."""
        has_order = exists().where(document.c.message_id == message.c.id, document.c.order_id.is_not(None))
        rows = select(message.c.id).where(~has_order, *_due(before, partner, others)).order_by(message.c.id).limit(limit)
        return list(self._connection.scalars(rows))

    def expired_orders(
        self, before: int, *, final: tuple[int, ...], partner: str | None, others: tuple[str, ...] = (), limit: int
    ) -> list[tuple[str, str]]:
        """Orders in a final status that nothing happened to since an instant: their ids and numbers."""
        is_theirs = orders.c.partner == partner if partner is not None else orders.c.partner.not_in(others)
        rows = select(orders.c.id, orders.c.number).where(
            orders.c.status.in_(final),
            orders.c.updated_at < before,
            is_theirs,
            ~_held(orders.c.id),
            ~_held_partner(orders.c.partner),
        )
        return [(row.id, row.number) for row in self._connection.execute(rows.order_by(orders.c.id).limit(limit))]

    def remove_message(self, message_id: str) -> None:
        """Remove the rows of a message; the audit trail stays."""
        for table in (document, interchange):
            self._connection.execute(delete(table).where(table.c.message_id == message_id))
        self._connection.execute(delete(message).where(message.c.id == message_id))

    def remove_order(self, order_id: str) -> None:
        """Remove an order with its history; its documents then belong to no order, and go with their messages."""
        self._connection.execute(update(document).where(document.c.order_id == order_id).values(order_id=None))
        self._connection.execute(delete(order_history).where(order_history.c.order_id == order_id))
        self._connection.execute(delete(orders).where(orders.c.id == order_id))


def large_payloads(connection: Connection) -> list[str]:
    """The names of the files that hold what is too large for a row."""
    whole = select(message.c.sha256).where(message.c.payload.is_(None), message.c.removed_at.is_(None))
    wires = select(message.c.wire_sha256).where(message.c.wire_sha256.is_not(None))
    return list(connection.scalars(union(whole, wires)))


def make_safe(connection: Connection, *, gap: int) -> None:
    """Void every lease, end every console session, raise every control number by `gap`."""
    void = {"state": "ready", "lease_owner": "", "lease_token": "", "lease_until": None}
    connection.execute(update(job).where(job.c.state == "leased").values(**void))
    connection.execute(update(poll_cursor).values(lease_owner="", lease_token="", lease_until=None))
    connection.execute(delete(console_session))
    if gap:
        connection.execute(update(control_number).values(value=control_number.c.value + gap))


def _due(before: int, partner: str | None, others: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [
        message.c.state.in_(SETTLED),
        message.c.settled_at < before,
        message.c.partner == partner if partner is not None else message.c.partner.not_in(others),
        ~_held(message.c.id),
        ~_held_partner(message.c.partner),
        message.c.id.not_in(_of_held_orders()),
    ]


def _of_held_orders() -> CompoundSelect[Any]:
    """The messages of held orders: of their documents, of those that several orders share, and of what answers them."""
    held = select(legal_hold.c.subject).where(legal_hold.c.ended_at.is_(None))
    named = document.join(order_document, order_document.c.document_id == document.c.id)
    key = (document.c.id, document.c.message_id)
    own = union(
        select(*key).where(document.c.order_id.in_(held)),
        select(*key).select_from(named).where(order_document.c.order_id.in_(held)),
    ).subquery()
    return union(
        select(own.c.message_id).where(own.c.message_id.is_not(None)),
        select(document.c.message_id).where(document.c.answers.in_(select(own.c.id)), document.c.message_id.is_not(None)),
        select(message.c.id).where(message.c.answer_to.in_(select(own.c.message_id))),
    )


def _held(subject: ColumnElement[Any]) -> ColumnElement[bool]:
    return exists().where(legal_hold.c.subject == subject, legal_hold.c.ended_at.is_(None))


def _held_partner(partner: ColumnElement[Any]) -> ColumnElement[bool]:
    return exists().where(legal_hold.c.subject == "partner:" + partner, legal_hold.c.ended_at.is_(None))
