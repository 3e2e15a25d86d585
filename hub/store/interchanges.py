"""Interchanges: one ISA..IEA or UNB..UNZ of a message, and whether its control number was seen before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, or_, select, update

from hub.store.ids import IdMaker
from hub.store.instants import SECOND
from hub.store.locks import lock
from hub.store.statements import Prepared, insert_row, write_row
from hub.store.tables import document, interchange

DAY = 86_400 * SECOND

_OF_MESSAGE = Prepared(
    select(interchange).where(interchange.c.message_id == bindparam("wanted")).order_by(interchange.c.position)
)
_SEEN = Prepared(
    select(interchange.c.id, interchange.c.message_id, interchange.c.sha256, interchange.c.state)
    .where(
        interchange.c.sender == bindparam("sender"),
        interchange.c.receiver == bindparam("receiver"),
        interchange.c.control_number == bindparam("control_number"),
        interchange.c.test == bindparam("test"),
        interchange.c.direction == "in",
        or_(interchange.c.state == "accepted", interchange.c.state == "rejected"),
        interchange.c.created_at >= bindparam("since"),
        interchange.c.message_id != bindparam("but"),
    )
    .order_by(interchange.c.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An earlier interchange with the same sender, receiver, test flag and control number."""

    id: str
    message_id: str
    sha256: str
    state: str


class Interchanges:
    """The rows of `interchange`, inside one transaction."""

    def __init__(self, connection: Connection, ids: IdMaker, now: int) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now

    def add(self, **values: Any) -> str:
        """Write one interchange; its id is returned."""
        interchange_id = self._ids.new("ich")
        insert_row(self._connection, interchange, {"id": interchange_id, "created_at": self._now, **values})
        return interchange_id

    def set(self, interchange_id: str, **values: Any) -> None:
        """Write columns of one interchange."""
        write_row(self._connection, interchange, interchange_id, values)

    def of_message(self, message_id: str) -> list[Any]:
        """The rows of one message, in their order in the file."""
        return _OF_MESSAGE.rows(self._connection, {"wanted": message_id})

    def forget(self, interchange_id: str) -> None:
        """Remove a held interchange and its documents before it is read again; the audit trail keeps that it was held."""
        self._connection.execute(delete(document).where(document.c.interchange_id == interchange_id))
        self._connection.execute(delete(interchange).where(interchange.c.id == interchange_id))

    def discard(self, message_id: str) -> None:
        """A person has ended the waiting of a message's held interchanges."""
        held = and_(interchange.c.message_id == message_id, interchange.c.state == "held")
        self._connection.execute(update(interchange).where(held).values(state="discarded"))

    def ahead_of_seen(
        self, *, sender: str, receiver: str, test: bool, control_number: str, days: int, but_message: str
    ) -> None:
        """Lock a control number, and have at hand what `seen` will ask for."""
        _SEEN.ahead(self._connection, self._lock(sender, receiver, control_number, test=test, days=days, but=but_message))

    def seen(self, *, sender: str, receiver: str, test: bool, control_number: str, days: int, but_message: str) -> Seen | None:
        """The first accepted interchange with this control number within the window, other than the message's own.

        Two workers that read the same number at the same time come one after the other.
        """
        row = _SEEN.row(self._connection, self._lock(sender, receiver, control_number, test=test, days=days, but=but_message))
        return None if row is None else Seen(id=row.id, message_id=row.message_id, sha256=row.sha256, state=row.state)

    def _lock(self, sender: str, receiver: str, number: str, *, test: bool, days: int, but: str) -> dict[str, Any]:
        """Lock a control number; the parameters of the look for it."""
        lock(self._connection, f"control {sender} {receiver} {test} {number}")
        wanted = {"sender": sender, "receiver": receiver, "control_number": number, "test": test}
        return wanted | {"since": self._now - days * DAY, "but": but}
