"""Documents: one transaction set or EDIFACT message each, in either direction, with its state and its three lights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import BigInteger, Connection, Integer, Text, and_, bindparam, case, func, or_, select, union, update

from hub.errors import NotFound
from hub.store.columns import default_of, fixed
from hub.store.encoding import from_json, to_json
from hub.store.ids import IdMaker
from hub.store.jobs import LeaseLost
from hub.store.locks import lock
from hub.store.statements import Prepared, insert_rows, write_row
from hub.store.tables import document, interchange

Light = Literal["delivery", "syntax", "business"]
Lamp = Literal["none", "waiting", "ok", "failed", "overdue"]

LIGHTS: tuple[Light, ...] = ("delivery", "syntax", "business")

FORWARD: dict[str, tuple[str, ...]] = {
    "none": ("waiting", "ok", "failed", "overdue"),
    "waiting": ("ok", "failed", "overdue"),
    "overdue": ("ok", "failed"),
    "ok": (),
    "failed": (),
}
"""Where a light may go from where it is: only forward. What would move it back is a contradiction, for a person to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """What the flow needs of a stored document."""

    id: str
    message_id: str
    interchange_id: str | None
    position: int
    direction: str
    kind: str
    standard: str
    type: str
    version: str
    association: str
    partner: str
    agreement: str
    number: str
    control_number: str
    group_type: str
    group_number: str
    interchange_number: str
    test: bool
    order_id: str | None
    answers: str | None
    state: str
    error: dict[str, Any] | None
    canonical: bytes | None
    attempts: int
    delivery: str
    syntax: str
    business: str
    delivery_due: int | None = None
    syntax_due: int | None = None
    business_due: int | None = None


_NAMES = tuple(DocumentRow.__dataclass_fields__)
_UNSAID: dict[str, Any] = {name: default_of(document.c[name]) for name in _NAMES}
"""What a member of a new document is where nobody said it."""
_COLUMNS = tuple(document.c[name] for name in _NAMES)
_BY_ID = Prepared(select(*_COLUMNS).where(document.c.id == bindparam("wanted")))
_IN_ORDER = select(*_COLUMNS).where(document.c.message_id == bindparam("wanted")).order_by(document.c.position)
_OF_MESSAGE = Prepared(_IN_ORDER)
_WAITING = ("received", "retry")
_WAITS = or_(document.c.state == "received", document.c.state == "retry")
_UNSETTLED = Prepared(
    _IN_ORDER.where(_WAITS, document.c.position > bindparam("after", type_=Integer)).limit(bindparam("most", type_=Integer))
)
_BETWEEN = Prepared(
    select(func.count())
    .select_from(document)
    .where(
        document.c.message_id == bindparam("wanted"),
        document.c.position >= bindparam("first", type_=Integer),
        document.c.position <= bindparam("last", type_=Integer),
        document.c.type != "TA1",
    )
)
_IS_UNSETTLED = Prepared(select(document.c.id).where(document.c.id == bindparam("wanted"), _WAITS).with_for_update())
_BY_BUSINESS_KEY = Prepared(
    select(*_COLUMNS)
    .where(document.c.business_key == bindparam("key"), document.c.id != bindparam("but"), document.c.state == "done")
    .order_by(document.c.id)
    .limit(1)
)
_STATES = Prepared(
    union(
        select(document.c.state).where(document.c.message_id == bindparam("wanted")),
        select(interchange.c.state).where(interchange.c.message_id == bindparam("wanted"), interchange.c.state != "accepted"),
    )
)
_RESPONSES = Prepared(
    select(document.c.canonical).where(
        document.c.order_id == bindparam("wanted"), document.c.direction == "out", document.c.kind == "order_response"
    )
)
_LAMP = bindparam("lamp", type_=Text)
_IS_OPEN = and_(
    document.c.delivery != "ok",
    document.c.delivery != "failed",
    # what is overdue and has now been sent is overdue still, until its receipt is here
    or_(document.c.delivery != "overdue", _LAMP != "waiting"),
)
_STARTS = and_(_IS_OPEN, document.c.delivery_due.is_(None))
_DELIVERED = Prepared(
    update(document)
    .where(document.c.message_id == bindparam("wanted"))
    .values(
        state="sent",
        delivery=case((_IS_OPEN, _LAMP), else_=document.c.delivery),
        delivery_reason=case((_IS_OPEN, bindparam("reason", type_=Text)), else_=document.c.delivery_reason),
        delivery_at=case((_IS_OPEN, bindparam("now", type_=BigInteger)), else_=document.c.delivery_at),
        delivery_due=case((_STARTS, bindparam("due", type_=BigInteger)), else_=document.c.delivery_due),
        delivery_next=case((_STARTS, bindparam("next", type_=BigInteger)), else_=document.c.delivery_next),
    )
    .returning(
        *(document.c[name] for name in ("id", "kind", "number", "order_id", "test", "delivery", "delivery_at", "delivery_due"))
    )
)

_OF_ORDER = Prepared(select(*_COLUMNS).where(document.c.order_id == bindparam("wanted")).order_by(document.c.id))


def _moved(light: Light) -> Prepared:
    present = document.c[light] == bindparam("present", type_=Text)
    return Prepared(
        update(document)
        .where(document.c.id == bindparam("wanted"), present)
        .values(
            {
                light: bindparam("lamp", type_=Text),
                f"{light}_reason": bindparam("reason", type_=Text),
                f"{light}_at": bindparam("now", type_=BigInteger),
            }
        )
    )


_LIGHTS: tuple[Light, ...] = ("delivery", "syntax", "business")
_MOVED = {light: _moved(light) for light in _LIGHTS}


@lru_cache(maxsize=16)
def _sent_under(names: tuple[str, ...]) -> Prepared:
    """What was sent to a partner under these control numbers, newest first."""
    asked = [document.c[name] == bindparam(f"asked_{name}") for name in names]
    mine = [document.c.partner == bindparam("of_partner"), document.c.direction == "out"]
    return Prepared(select(*_COLUMNS).where(*mine, *asked).order_by(document.c.id.desc()).limit(2000))


class Documents:
    """The rows of `document`, inside one transaction."""

    def __init__(self, connection: Connection, ids: IdMaker, now: int) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now
        self._waiting: list[dict[str, Any]] = []
        self._is_written_over = False
        self._unfinished: dict[str, dict[str, Any]] = {}
        self._only: dict[str, tuple[str, str]] = {}

    def add(self, rows: list[dict[str, Any]]) -> list[str]:
        """Write documents; every row has the same members. Their ids are returned in order."""
        for row in rows:
            row["id"] = self._ids.new("doc")
            row["created_at"] = self._now
            if row.get("state") in _WAITING:
                self._waiting.append(row)
        if rows:
            insert_rows(self._connection, document, rows)
        return [row["id"] for row in rows]

    def begin(self, row: dict[str, Any]) -> None:
        """Write the only document of its message, whose id is known already and whose interchange is accepted.

        It is written together with what is set of it, once that is a state: until then nothing finds it.
        """
        row["created_at"] = self._now
        self._unfinished[row["id"]] = row
        self._only[row["message_id"]] = (row["id"], row["state"])

    def flush(self) -> None:
        """Write what was begun and has got no state since."""
        while self._unfinished:
            insert_rows(self._connection, document, [self._unfinished.popitem()[1]])

    def get(self, document_id: str) -> DocumentRow:
        """One document; raises `NotFound`."""
        row = _BY_ID.row(self._connection, {"wanted": document_id})
        if row is None:
            raise NotFound(f"no document {document_id}", "list them with `edihub messages`")
        return document_of(row)

    def set(self, document_id: str, **values: Any) -> None:
        """Write columns of one document; `error` and `findings` are plain values."""
        for name in ("error", "findings"):
            if values.get(name) is not None:
                values[name] = to_json(values[name])
        if "state" in values:
            self._only |= {each: (known, values["state"]) for each, (known, _) in self._only.items() if known == document_id}
        begun = self._unfinished.get(document_id)
        if begun is not None:
            begun.update(values)
            if "state" in values:
                insert_rows(self._connection, document, [self._unfinished.pop(document_id)])
            return
        self._is_written_over = self._is_written_over or any(row["id"] == document_id for row in self._waiting)
        write_row(self._connection, document, document_id, values)

    def settle(self, document_id: str, state: str, **values: Any) -> None:
        """Move to a state that lasts, with its instant."""
        self.set(document_id, state=state, settled_at=self._now, **values)

    def of_message(self, message_id: str) -> list[DocumentRow]:
        """The documents of one message, in their order in the file."""
        return [document_of(row) for row in _OF_MESSAGE.rows(self._connection, {"wanted": message_id})]

    def responses_to(self, order_id: str) -> tuple[int, int]:
        """How many responses to this order we wrote, and how many of them decided on it: a mere receipt decides nothing."""
        found = [bytes(each) for each in _RESPONSES.scalars(self._connection, {"wanted": order_id}) if each is not None]
        return len(found), sum(1 for each in found if b'"detail_follows":true' not in each)

    def of_order(self, order_id: str) -> list[DocumentRow]:
        """The chain of an order, oldest first."""
        return [document_of(row) for row in _OF_ORDER.rows(self._connection, {"wanted": order_id})]

    def findings(self, document_id: str) -> list[dict[str, Any]]:
        """What was found in a document, as plain JSON values; empty for an id that is no document's."""
        found = self._connection.scalar(select(document.c.findings).where(document.c.id == document_id))
        return [] if found is None else list(from_json(found))

    def with_business_key(self, key: str, *, but: str) -> DocumentRow | None:
        """The first processed document with this business key, other than `but`; two workers come one after the other."""
        self.lock_business_key(key)
        row = _BY_BUSINESS_KEY.row(self._connection, {"key": key, "but": but})
        return None if row is None else document_of(row)

    def ahead_of_business_key(self, key: str, *, but: str) -> None:
        """Lock a business key, and have at hand what `with_business_key` will ask for."""
        self.lock_business_key(key)
        _BY_BUSINESS_KEY.ahead(self._connection, {"key": key, "but": but})

    def lock_business_key(self, key: str) -> None:
        """From here on no other transaction looks for this business key, until this one ends."""
        lock(self._connection, f"business {key}")

    def content_of(self, document_id: str) -> str:
        """The hash of a document's content, for telling a repetition from a change."""
        return self._connection.scalar(select(document.c.content_sha256).where(document.c.id == document_id)) or ""

    def sent(self, *, partner: str, interchange: str = "", group: str = "", group_type: str = "", message: str = "") -> list[DocumentRow]:  # fmt: skip
        """What we sent a partner under these control numbers, newest first; an empty one is not asked for."""
        numbers = {
            "interchange_number": interchange,
            "group_number": group,
            "group_type": group_type,
            "control_number": message,
        }
        asked = {name: value for name, value in numbers.items() if value}
        if not asked:
            return []
        wanted = {"of_partner": partner, **{f"asked_{name}": value for name, value in asked.items()}}
        return [document_of(row) for row in _sent_under(tuple(asked)).rows(self._connection, wanted)]

    def numbered(self, number: str, *, partner: str, kind: str, direction: str, but: str = "") -> DocumentRow | None:
        """The newest document of a kind with this business number, other than `but`."""
        same = and_(document.c.number == number, document.c.partner == partner, document.c.kind == kind, document.c.direction == direction, document.c.id != but)  # fmt: skip
        row = self._connection.execute(select(*_COLUMNS).where(same).order_by(document.c.id.desc()).limit(1)).one_or_none()
        return None if row is None else document_of(row)

    def move(self, row: DocumentRow, light: Light, to: Lamp, reason: str = "") -> bool:
        """Move one light forward; False, and nothing written, where that would be a step back or to where it is.

        When its answer was due stays written: how late it came can be told at any time.
        """
        present = getattr(row, light)
        if to not in FORWARD[present]:
            return False
        values = {"wanted": row.id, "present": present, "lamp": to, "reason": reason, "now": self._now}
        return _MOVED[light].execute(self._connection, values) == 1

    def reopen_delivery(self, row: DocumentRow) -> None:
        """A resend begins a new delivery: its light waits again. The one exception to lights that only move forward."""
        if row.delivery != "ok":
            self.set(
                row.id,
                delivery="waiting",
                delivery_reason="sent again",
                delivery_at=self._now,
                delivery_due=None,
                delivery_next=None,
            )

    def ticking(self, limit: int = 200) -> list[tuple[DocumentRow, Light]]:
        """Documents one of whose lights waits, and whose warning or deadline has come; the longest past first."""
        found: list[tuple[DocumentRow, Light]] = []
        for light in LIGHTS:
            at = document.c[f"{light}_next"]
            waiting = select(*_COLUMNS).where(document.c[light] == fixed("waiting"), at <= self._now).order_by(at).limit(limit)
            found += [(document_of(row), light) for row in self._connection.execute(waiting)]
        return found

    def warned(self, row: DocumentRow, light: Light) -> bool:
        """Write down that somebody was warned of a light that still waits; False where that was done, or its answer came."""
        due, at = document.c[f"{light}_due"], document.c[f"{light}_next"]
        same = and_(document.c.id == row.id, document.c[light] == fixed("waiting"), at < due)
        return self._connection.execute(update(document).where(same).values({at.name: due})).rowcount == 1

    def demand_unsettled(self, document_id: str) -> None:
        """Lock a document that waits for step two; `LeaseLost` is raised, before the commit at the latest, when somebody was faster."""

        def refuse() -> None:
            raise LeaseLost(f"document {document_id} is settled already", "nothing: it was processed once")

        _IS_UNSETTLED.demand(self._connection, {"wanted": document_id}, refuse)

    def unsettled(self, message_id: str, *, after: int = -1, most: int) -> list[DocumentRow]:
        """The first documents of a message that wait for step two, in their order in the file, behind the place `after`."""
        wanted = {"wanted": message_id, "after": after, "most": most}
        return [document_of(row) for row in _UNSETTLED.rows(self._connection, wanted)]

    def unsettled_of_new(self, message_id: str, *, most: int) -> list[DocumentRow]:
        """The same, of a message all of whose documents were added in this transaction: nothing is read that was just written."""
        if self._is_written_over:
            return self.unsettled(message_id, most=most)
        mine = [row for row in self._waiting if row["message_id"] == message_id]
        mine.sort(key=lambda row: row.get("position", 0))
        return [row_of_new(row) for row in mine[:most]]

    def count_between(self, message_id: str, first: int, last: int) -> int:
        """How many messages of a file are written as documents, from one place to another; a TA1 is no message."""
        found: int = _BETWEEN.scalar(self._connection, {"wanted": message_id, "first": first, "last": last})
        return found

    def states(self, message_id: str) -> frozenset[str]:
        """The states that the documents of a message, and its interchanges that are not accepted, are in."""
        if message_id in self._only:
            return frozenset({self._only[message_id][1]})
        return frozenset(_STATES.scalars(self._connection, {"wanted": message_id}))

    def delivered(
        self,
        message_id: str,
        lamp: Lamp,
        reason: str,
        *,
        told: Callable[[list[Any]], None],
        due_at: int | None = None,
        warn_at: int | None = None,
    ) -> None:
        """The documents of a message left: their delivery light, never back.

        `due_at` is when a receipt that is still to come turns overdue, and `warn_at` when somebody is warned, for documents that
        no deadline runs for yet. Before the commit `told` is given the rows: id, kind, number, order_id, test, the light as it is now.
        """
        values = {"wanted": message_id, "lamp": lamp, "reason": reason, "now": self._now, "due": due_at, "next": warn_at}
        _DELIVERED.rows_later(self._connection, values, told)


def row_of_new(row: dict[str, Any]) -> DocumentRow:
    """A document that is about to be written: what is not said of it is as the table has it."""
    values = {name: row.get(name, unsaid) for name, unsaid in _UNSAID.items()}
    if values["error"] is not None:
        values["error"] = from_json(values["error"])
    return DocumentRow(**values)


def document_of(row: Any) -> DocumentRow:
    """The value of a row with the columns of `DocumentRow`."""
    values = {name: getattr(row, name) for name in _NAMES}
    values["test"] = bool(row.test)
    values["error"] = None if row.error is None else from_json(row.error)
    return DocumentRow(**values)
