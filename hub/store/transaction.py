"""What a use case may touch inside one transaction, and what a page may look at."""

from __future__ import annotations

from functools import cached_property

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
from hub.store.stock_figures import StockFigures
from hub.store.subscribers import Subscribers
from hub.store.units import Units
from hub.store.users import Users
from hub.store.work import Work


class Transaction:
    """The tables by name. Everything in it commits together or not at all; `now` is one instant in microseconds."""

    def __init__(self, connection: Connection, *, ids: IdMaker, blobs: Blobs, now: int) -> None:
        self.connection = connection
        self.blobs = blobs
        self.now = now
        self._ids = ids

    @cached_property
    def messages(self) -> Messages:
        """Transport messages in and out."""
        return Messages(self.connection, self._ids, self.now)

    @cached_property
    def interchanges(self) -> Interchanges:
        """Interchanges and their control numbers."""
        return Interchanges(self.connection, self._ids, self.now)

    @cached_property
    def documents(self) -> Documents:
        """Documents and their lights."""
        return Documents(self.connection, self._ids, self.now)

    @cached_property
    def orders(self) -> Orders:
        """Orders and their history."""
        return Orders(self.connection, self._ids, self.now)

    @cached_property
    def units(self) -> Units:
        """Logistic units by their SSCC, and documents of several orders."""
        return Units(self.connection, self.now)

    @cached_property
    def jobs(self) -> Jobs:
        """Work still to do."""
        return Jobs(self.connection, self._ids, self.now)

    @cached_property
    def numbers(self) -> Numbers:
        """Control numbers."""
        return Numbers(self.connection)

    @cached_property
    def audit(self) -> Audit:
        """The audit trail."""
        return Audit(self.connection, self._ids, self.now)

    @cached_property
    def events(self) -> Events:
        """Business events for subscribers."""
        return Events(self.connection, self._ids, self.now)

    @cached_property
    def alerts(self) -> Alerts:
        """What somebody must look at."""
        return Alerts(self.connection, self._ids, self.now)

    @cached_property
    def deadlines(self) -> Deadlines:
        """Our own deadlines on orders."""
        return Deadlines(self.connection, self._ids, self.now)

    @cached_property
    def idempotency(self) -> Idempotency:
        """Answers by idempotency key."""
        return Idempotency(self.connection, self.now)

    @cached_property
    def keys(self) -> Keys:
        """API keys."""
        return Keys(self.connection, self.now)

    @cached_property
    def subscribers(self) -> Subscribers:
        """Where each subscriber of our events stands."""
        return Subscribers(self.connection, self.now)

    @cached_property
    def users(self) -> Users:
        """The people of the console."""
        return Users(self.connection, self._ids, self.now)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(self.connection, self.now)

    @cached_property
    def keeping(self) -> Keeping:
        """What may be removed, and what may not."""
        return Keeping(self.connection, self._ids, self.now)

    @cached_property
    def endpoints(self) -> Endpoints:
        """Far sides that failed of late."""
        return Endpoints(self.connection, self.now)

    @cached_property
    def polls(self) -> Polls:
        """Where the pollers stand."""
        return Polls(self.connection, self.now)

    @cached_property
    def changes(self) -> Changes:
        """Changes of orders that buyers ask for."""
        return Changes(self.connection, self.now)

    @cached_property
    def work(self) -> Work:
        """Work for people."""
        return Work(self.connection, self._ids, self.now)

    @cached_property
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
