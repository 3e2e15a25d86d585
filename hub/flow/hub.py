"""What every use case works with: the site, its store, its connectors, the clock. Built by `hub.bootstrap` alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

import structlog

from hub.errors import HubError, NotFound, PermanentDeliveryError
from hub.flow.crash import CrashPoints
from hub.flow.rush import Rush
from hub.flow.tracing import NoTracing, Tracing
from hub.flow.turn import Turn
from hub.guides.library import Library
from hub.ports import BatchSender, Connector, ConnectorSpec, Gateway, InboundDocument, Preparer, Sender, Stored
from hub.routing.agreements import Directory
from hub.routing.site import Site
from hub.store.database import Database
from hub.store.instants import from_micros
from hub.store.transaction import Transaction

log = structlog.get_logger(__name__)


@cache
def _sends_many(kind: type) -> bool:
    """Asking a protocol at run time looks at every member: once for each class is enough."""
    return issubclass(kind, BatchSender) and not issubclass(kind, Preparer)


class Background(Protocol):
    """The threads of a hub: workers, pollers, sweeper, sealer."""

    def start(self) -> None:
        """Begin to work."""

    def wind_down(self) -> None:
        """Begin nothing more; may be called in a signal's handler."""

    def stop(self) -> None:
        """Finish or give back what is at work, then return."""


@dataclass(slots=True)
class Hub:
    """One running site. `transaction` writes, `read` looks, `accept` takes a message in, `start` sets the threads to work.

    `overload` says why nothing more is to be taken in; it is empty as long as the hub keeps up.
    """

    site: Site
    database: Database
    directory: Directory
    library: Library
    build_connector: Callable[[str], Connector]
    build_gateway: Callable[[str, Mapping[str, Connector]], Gateway]
    channels: Mapping[str, str]
    gateway_kinds: Mapping[str, ConnectorSpec] = field(default_factory=dict)
    caps: Mapping[str, int] = field(default_factory=dict)
    crash_point: Callable[[str], None] = field(default_factory=CrashPoints)
    crash_limit: int = 3
    rush: Rush = field(default_factory=Rush)
    turn: Turn = field(default_factory=Turn)
    tracing: Tracing = field(default_factory=NoTracing)
    background: Background | None = None
    overload: str = ""
    _connectors: dict[str, Connector] = field(default_factory=dict)
    _senders: dict[str, Sender] = field(default_factory=dict)
    _gateways: dict[str, Gateway] = field(default_factory=dict)
    _building: threading.Lock = field(default_factory=threading.Lock)
    _generation: int = 0

    def transaction(self, *, at_once: bool = False) -> AbstractContextManager[Transaction]:
        """One transaction, durable once its block is left; inside `Database.together` later, unless it must be so `at_once`."""
        return self.database.transaction(at_once=at_once)

    def read(self) -> AbstractContextManager[Transaction]:
        """The tables as of one moment, for looking only."""
        return self.database.read()

    def now(self) -> datetime:
        """The current instant, aware, UTC; a virtual clock may stand behind it."""
        return from_micros(self.database.now()).astimezone(UTC)

    def accept(self, document: InboundDocument, *, connection: str) -> Stored:
        """Store an arrival durably and queue it; see `hub.flow.accept`."""
        from hub.flow.accept import accept

        return accept(document, connection=connection, hub=self)

    def channel(self, connection: str) -> str:
        """The kind of connector behind a connection, `api` for what comes over our own API."""
        return self.channels.get(connection, "api")

    def gateway(self, kind: str) -> Gateway:
        """The one receiver for all connections of a kind that has one address; raises `NotFound` for another kind."""
        found = self.ready_gateway(kind)
        while found is None:
            with self._building:
                generation = self._generation
            built = self.build_gateway(kind, self._of_kind(kind))
            with self._building:
                # one that was made while a connection was renewed may hold the old one
                if generation == self._generation:
                    found = self._gateways.setdefault(kind, built)
        return found

    def ready_gateway(self, kind: str) -> Gateway | None:
        """The same where it is built already, None where that has to be done first and takes its time."""
        return self._gateways.get(kind)

    def renew(self, connection: str, connector: Connector) -> None:
        """Use another connector for a connection from now on; what is at work with the old one ends with it."""
        with self._building:
            self._generation += 1
            self._connectors[connection] = connector
            self._senders.pop(connection, None)
            self._gateways.pop(self.channel(connection), None)

    def explain(self, connection: str, code: str, evidence: Mapping[str, Any]) -> str:
        """What a connector's code means in plain words, empty where the connector does not say.

        Where no connection is known, as with a stranger, the kinds that are installed are asked by the prefix of their codes.
        """
        found = self.site.connections.get(connection)
        specs = [found.spec] if found is not None else list(self.gateway_kinds.values())
        prefix = code.partition("-")[0].lower()
        return next((spec.explain(code, evidence) for spec in specs if spec.explain is not None and spec.name == prefix), "")

    def _of_kind(self, kind: str) -> dict[str, Connector]:
        """The connectors of a kind; one that cannot be built is left out, and the log says why."""
        built = {}
        for name in sorted(name for name, channel in self.channels.items() if channel == kind):
            try:
                built[name] = self.connector(name)
            except HubError as failure:
                log.warning("connection cannot be built", connection=name, code=failure.code, error=failure.message)
        return built

    def is_switched_off(self, partner: str) -> bool:
        """Whether nothing may be sent to this partner at present."""
        found = self.site.partners.get(partner)
        return found is not None and found.state == "off"

    def connector(self, connection: str) -> Connector:
        """The connector of a connection, built once; raises `NotFound` for a name no partner file has."""
        with self._building:
            found = self._connectors.get(connection)
            if found is None:
                if connection not in self.channels:
                    raise NotFound(
                        f"no connection {connection}", "look at the partner files with `edihub lint`", code="RTE-320"
                    )
                found = self._connectors[connection] = self.build_connector(connection)
            return found

    def ready_connector(self, connection: str) -> Connector | None:
        """The same where it is built already."""
        return self._connectors.get(connection)

    def sender(self, connection: str) -> Sender:
        """The connector of a connection that must be able to send; raises `PermanentDeliveryError` when it cannot."""
        found = self._senders.get(connection)
        if found is not None:
            return found
        connector = self.connector(connection)
        if not isinstance(connector, Sender):
            raise PermanentDeliveryError(f"connection {connection} cannot send", "name another in the agreement's `over`")
        # asking a protocol at run time looks at every member: once per connection is enough
        self._senders[connection] = connector
        return connector

    def takes_many(self, connection: str) -> bool:
        """Whether a connection is known to be sent several documents together."""
        sender = self._senders.get(connection)
        return sender is not None and not self.is_traced and _sends_many(type(sender))

    @property
    def is_traced(self) -> bool:
        """Whether each step has a span of its own, so that none are taken together."""
        return type(self.tracing) is not NoTracing

    def start(self) -> None:
        """Set workers, pollers, sweeper and sealer to work."""
        if self.background is not None:
            self.background.start()

    def wind_down(self) -> None:
        """Begin nothing more, while requests under way are finished; `stop` follows."""
        if self.background is not None:
            self.background.wind_down()

    def stop(self) -> None:
        """Stop the threads and let go of connectors and store. What was not finished is finished by the next start."""
        if self.background is not None:
            self.background.stop()
        for connector in self._connectors.values():
            connector.close()
        self._connectors.clear()
        self.tracing.close()
        self.database.close()
