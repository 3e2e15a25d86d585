"""The chain over the audit trail: each seal hashes a batch of event digests together with the seal before it.

Verification names the row: an event whose content no longer has its digest was edited, one that its seal lists and nobody finds
is missing, one that says it was sealed and no seal lists was put in later. What the end of the chain loses is seen against the
head, which the sealer also writes to a file outside the database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import Connection, Integer, bindparam, select, update

from hub.store.audit import digest
from hub.store.locks import lock
from hub.store.statements import Prepared, insert_row, one_of_ids
from hub.store.tables import audit_event, audit_seal

GENESIS = "0" * 64


LIMIT = 500
"""How many events one seal covers at most."""

_UNSEALED = Prepared(
    select(audit_event.c.id, audit_event.c.digest)
    .where(audit_event.c.sealed_in.is_(None), audit_event.c.id > bindparam("after"))
    .order_by(audit_event.c.id)
    .limit(bindparam("most", type_=Integer))
)
_LAST = Prepared(select(audit_seal.c.number, audit_seal.c.hash).order_by(audit_seal.c.number.desc()).limit(1))
_SEALED = Prepared(update(audit_event).where(audit_event.c.id == bindparam("wanted")).values(sealed_in=bindparam("number")))
_ALL_SEALED = Prepared(update(audit_event).where(one_of_ids(audit_event.c.id, "wanted")).values(sealed_in=bindparam("number")))


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal: its number and hash. `is_full` says that more events may wait for the next one, `newest` is the last it lists."""

    number: int
    hash: str
    is_full: bool = field(default=False, compare=False)
    newest: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Broken:
    """One place where the trail does not hold: `what` is edited, missing, inserted, seal_edited, seal_missing or truncated."""

    what: str
    subject: str
    message: str


def head(connection: Connection) -> Head:
    """The last seal; number 0 before the first."""
    row = _LAST.row(connection, {})
    return Head(0, GENESIS) if row is None else Head(row.number, row.hash)


def seal_events(connection: Connection, now: int, limit: int = LIMIT, *, after: str = "") -> Head | None:
    """Seal committed events that are not sealed yet, oldest first; None when there are none. One sealer at a time.

    `after` leaves older ones for another time: on PostgreSQL the index still lists what was sealed and not yet vacuumed.
    """
    lock(connection, "seal audit events")
    rows = _UNSEALED.rows(connection, {"most": limit, "after": after})
    if not rows:
        return None
    before = head(connection)
    members = "\n".join(f"{row.id} {row.digest}" for row in rows)
    new = Head(before.number + 1, _hash(before.hash, members), is_full=len(rows) == limit, newest=rows[-1].id)
    values = {"number": new.number, "at": now, "members": members, "previous": before.hash, "hash": new.hash}
    insert_row(connection, audit_seal, values)
    if connection.dialect.name == "postgresql":
        _ALL_SEALED.later(connection, {"wanted": [row.id for row in rows], "number": new.number})
    else:
        _SEALED.each_later(connection, [{"wanted": row.id, "number": new.number} for row in rows])
    return new


def verify(connection: Connection, known: Head | None = None) -> Iterator[Broken]:
    """Walk the whole trail and name every place that does not hold; `known` is a head that was written down elsewhere."""
    number, previous, known_hash = 0, GENESIS, None
    for seal in connection.execute(select(audit_seal).order_by(audit_seal.c.number).execution_options(yield_per=100)):
        for gone in range(number + 1, seal.number):
            yield Broken("seal_missing", f"seal {gone}", f"seal {gone} is missing from the chain")
        members = dict(line.split(" ", 1) for line in seal.members.split("\n"))
        if seal.hash != _hash(seal.previous, seal.members) or (seal.number == number + 1 and seal.previous != previous):
            yield Broken("seal_edited", f"seal {seal.number}", f"seal {seal.number} no longer fits the one before it")
        yield from _members(connection, seal.number, members)
        number, previous = seal.number, seal.hash
        if known is not None and known.number == number:
            known_hash = seal.hash
    if known is not None and known.number and known_hash != known.hash:
        text = f"the chain ends at seal {number}, its head was written down as seal {known.number} {known.hash[:12]}"
        yield Broken("truncated", f"seal {known.number}", text)
    yield from _beyond(connection, number)


def _members(connection: Connection, number: int, members: dict[str, str]) -> Iterator[Broken]:
    named = connection.execute(select(audit_event).where(audit_event.c.sealed_in == number)).mappings()
    listed = connection.execute(select(audit_event).where(audit_event.c.id.in_(list(members)))).mappings()
    rows = {row["id"]: row for row in chain(named, listed)}
    for event_id, expected in members.items():
        row = rows.pop(event_id, None)
        if row is None:
            yield Broken("missing", event_id, f"audit event {event_id} of seal {number} is missing")
        elif digest(row) != expected or row["digest"] != expected:
            text = f"audit event {event_id} ({row['type']} of {row['subject']}) was edited"
            yield Broken("edited", event_id, text)
        elif row["sealed_in"] != number:
            yield Broken("edited", event_id, f"audit event {event_id} no longer names its seal {number}")
    for event_id in rows:
        yield Broken("inserted", event_id, f"audit event {event_id} says it is in seal {number}, which does not list it")


def _beyond(connection: Connection, number: int) -> Iterator[Broken]:
    beyond = select(audit_event.c.id, audit_event.c.sealed_in).where(audit_event.c.sealed_in > number)
    for stray in connection.execute(beyond.limit(100)):
        yield Broken("seal_missing", stray.id, f"audit event {stray.id} names seal {stray.sealed_in}, which is missing")
    for row in connection.execute(select(audit_event).where(audit_event.c.sealed_in.is_(None))).mappings():
        if digest(row) != row["digest"]:
            yield Broken("edited", row["id"], f"audit event {row['id']} ({row['type']} of {row['subject']}) was edited")


def _hash(previous: str, members: str) -> str:
    return hashlib.sha256(f"{previous}\n{members}".encode()).hexdigest()
