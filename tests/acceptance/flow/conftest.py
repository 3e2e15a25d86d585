"""A whole hub on each kind of database, its far side in memory, its work done in the test's own thread."""

from __future__ import annotations

import pytest

from hub.bootstrap import open_hub
from hub.ports import InboundDocument
from hub.store.instants import from_micros
from hub.testing.flow_site import FarSide, write_site
from hub.worker.drain import drain


class Bench:
    """A hub under test and what a test does with it."""

    def __init__(self, hub, far_side, clock):
        self.hub = hub
        self.far_side = far_side
        self.clock = clock
        self.arrivals = 0

    def accept(self, payload, *, key=None, connection="acme/main"):
        self.arrivals += 1
        document = InboundDocument(
            payload=payload, idempotency_key=key or f"arrival-{self.arrivals}", received_at=self.hub.now(), name="order.x12"
        )
        return self.hub.accept(document, connection=connection)

    def take(self, payload, **how):
        """Accept, then do all the work there is."""
        stored = self.accept(payload, **how)
        drain(self.hub)
        return stored.message_id

    def drain(self):
        return drain(self.hub)

    def message(self, message_id):
        with self.hub.read() as view:
            return view.messages.get(message_id)

    def documents(self, message_id):
        with self.hub.read() as view:
            return view.documents.of_message(message_id)

    def sent(self):
        return [document.payload.decode() for document in self.far_side.received]

    def orders(self):
        from hub.store.order_resources import OrderFilter, list_orders

        with self.hub.read() as view:
            return list_orders(view.connection, OrderFilter(), limit=500).items

    def events(self):
        from hub.store.order_resources import list_events

        with self.hub.read() as view:
            return [each["type"] for each in list_events(view.connection, limit=500).items]


@pytest.fixture
def make(database_url, tmp_path, clock):
    """Open a hub on a site written with these options."""
    opened = []

    def build(**options):
        site = write_site(tmp_path / "site", **options)
        hub = open_hub(site, clock=lambda: from_micros(clock()), database_url=database_url)
        far_side = FarSide()
        hub.build_connector = lambda name: far_side
        opened.append(hub)
        return Bench(hub, far_side, clock)

    yield build
    for hub in opened:
        hub.stop()


@pytest.fixture
def bench(make):
    """A hub on the plain site."""
    return make()
