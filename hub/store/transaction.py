"""What a use case may touch inside one transaction, and what a page may look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from hub.store.alerts import Alerts
from hub.store.audit import Audit
from hub.store.blobs import Blobs
from hub.store.changes import Changes
from hub.store.deadlines import Deadlines
from hub.store.documents import Documents
from hub.store.endpoints import Endpoints
from hub.store.events import Events
from hub.store.idempotency import Idempotency
from hub.store.ids import IdMaker
from hub.store.interchanges import Interchanges
from hub.store.jobs import Jobs
from hub.store.keeping import Keeping
from hub.store.keys import Keys
from hub.store.messages import Messages
from hub.store.numbers import Numbers
from hub.store.orders import Orders
from hub.store.polls import Polls
from hub.store.sessions import Sessions
from hub.store.statements import hear
from hub.store.stock_figures import StockFigures
from hub.store.subscribers import Subscribers
from hub.store.units import Units
from hub.store.users import Users
from hub.store.work import Work

Table = TypeVar("Table")


class _table(Generic[Table]):  # noqa: N801  reads as the decorator it is
    """Makes a table's object on its first use. A transaction is one thread's, so none of `cached_property`'s locks is taken."""

    def __init__(self, make: Callable[[Any], Table]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __get__(self, transaction: Any, owner: type | None = None) -> Table:
        made = transaction.__dict__[self._make.__name__] = self._make(transaction)
        return made


class Transaction:
    """The tables by name. Everything in it commits together or not at all; `now` is one instant in microseconds."""

    def __init__(self, connection: Connection, *, ids: IdMaker, blobs: Blobs, now: int) -> None:
        self.connection = connection
        self.blobs = blobs
        self.now = now
        self._ids = ids

    @_table
    def messages(self) -> Messages:
        """Transport messages in and out."""
        return Messages(self.connection, self._ids, self.now)

    @_table
    def interchanges(self) -> Interchanges:
        """Interchanges and their control numbers."""
        return Interchanges(self.connection, self._ids, self.now)

    @_table
    def documents(self) -> Documents:
        """Documents and their lights."""
        return Documents(self.connection, self._ids, self.now)

    @_table
    def orders(self) -> Orders:
        """Orders and their history."""
        return Orders(self.connection, self._ids, self.now)

    @_table
    def units(self) -> Units:
        """Logistic units by their SSCC, and documents of several orders."""
        return Units(self.connection, self.now)

    @_table
    def jobs(self) -> Jobs:
        """Work still to do."""
        return Jobs(self.connection, self._ids, self.now)

    @_table
    def numbers(self) -> Numbers:
        """Control numbers."""
        return Numbers(self.connection)

    @_table
    def audit(self) -> Audit:
        """The audit trail."""
        return Audit(self.connection, self._ids, self.now)

    @_table
    def events(self) -> Events:
        """Business events for subscribers."""
        return Events(self.connection, self._ids, self.now)

    @_table
    def alerts(self) -> Alerts:
        """What somebody must look at."""
        return Alerts(self.connection, self._ids, self.now)

    @_table
    def deadlines(self) -> Deadlines:
        """Our own deadlines on orders."""
        return Deadlines(self.connection, self._ids, self.now)

    @_table
    def idempotency(self) -> Idempotency:
        """Answers by idempotency key."""
        return Idempotency(self.connection, self.now)

    @_table
    def keys(self) -> Keys:
        """API keys."""
        return Keys(self.connection, self.now)

    @_table
    def subscribers(self) -> Subscribers:
        """Where each subscriber of our events stands."""
        return Subscribers(self.connection, self.now)

    @_table
    def users(self) -> Users:
        """The people of the console."""
        return Users(self.connection, self._ids, self.now)

    @_table
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(self.connection, self.now)

    @_table
    def keeping(self) -> Keeping:
        """What may be removed, and what may not."""
        return Keeping(self.connection, self._ids, self.now)

    @_table
    def endpoints(self) -> Endpoints:
        """Far sides that failed of late."""
        return Endpoints(self.connection, self.now)

    @_table
    def polls(self) -> Polls:
        """Where the pollers stand."""
        return Polls(self.connection, self.now)

    @_table
    def changes(self) -> Changes:
        """Changes of orders that buyers ask for."""
        return Changes(self.connection, self.now)

    @_table
    def work(self) -> Work:
        """Work for people."""
        return Work(self.connection, self._ids, self.now)

    @_table
    def stock(self) -> StockFigures:
        """Stock as partners report it."""
        return StockFigures(self.connection, self.now)

    def payload(self, message_id: str) -> bytes:
        """The stored bytes of a message, their hash checked."""
        return self.messages.payload(message_id, self.blobs)

    def flush(self) -> set[str]:
        """Write what was collected, and return the lanes to ring after the commit."""
        used = self.__dict__
        lanes: set[str] = set()
        if "documents" in used:
            self.documents.flush()
        # whoever is told of an answer may write to the trail, tell of it, or add to the lanes
        hear(self.connection)
        if "audit" in used and not self.audit.is_empty:
            self.audit.flush()
            lanes.add("seal")
        if "events" in used and not self.events.is_empty:
            self.events.flush()
            lanes.add("seal")
        if "jobs" in used:
            self.jobs.flush()
            lanes |= self.jobs.rung
        return lanes
