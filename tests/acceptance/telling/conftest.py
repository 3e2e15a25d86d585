"""A hub whose events go to a real HTTP receiver on loopback; the test does the threads' work itself, on a clock of its own."""

from __future__ import annotations

import json

import pytest

from hub.bootstrap import open_hub
from hub.flow.seal import seal
from hub.flow.telling.webhooks import meet_subscribers, subscriptions, tell
from hub.ports import InboundDocument
from hub.store.instants import from_micros
from hub.testing.flow_site import FarSide, write_site
from hub.testing.http_server import StandInServer
from hub.worker.drain import drain

WEBHOOK = """
[[webhooks]]
name = "erp"
url = "{url}"
secret = {{env = "HOOK_SECRET"}}
allow_networks = ["127.0.0.0/8"]
timeout = "1s"
failing_after = "1d"
"""


class Told:
    """A hub, its receiver, and what a test does with them."""

    def __init__(self, hub, far_side, receiver, clock):
        self.hub, self.far_side, self.receiver, self.clock = hub, far_side, receiver, clock
        self.arrivals = 0
        meet_subscribers(hub)

    def take(self, payload, *, connection="acme/main"):
        self.arrivals += 1
        document = InboundDocument(payload=payload, idempotency_key=f"arrival-{self.arrivals}", received_at=self.hub.now())
        stored = self.hub.accept(document, connection=connection)
        drain(self.hub)
        return stored.message_id

    def happen(self, type_="order.received", *, order=None, test=False, **data):
        with self.hub.transaction() as tx:
            tx.events.tell(type_, order=order, test=test, data=data)
        seal(self.hub)

    def tell(self):
        seal(self.hub)
        return [tell(each, self.hub) for each in subscriptions(self.hub)]

    def received(self):
        return [json.loads(each.body) for each in self.receiver.requests]

    def subscriber(self, key="webhook erp"):
        with self.hub.read() as view:
            return view.subscribers.find(key)


@pytest.fixture
def receiver():
    server = StandInServer()
    yield server
    server.close()


@pytest.fixture
def make(database_url, tmp_path, clock, receiver, monkeypatch):
    """Open a hub with this text at the end of its `hub.toml`; `{url}` stands for the receiver."""
    monkeypatch.setenv("HOOK_SECRET", "first secret")
    opened = []

    def build(more="", *, webhook=WEBHOOK, **options):
        site = write_site(tmp_path / "site", **options)
        file = site / "hub.toml"
        file.write_text(file.read_text() + webhook.format(url=receiver.url) + more.replace("{url}", receiver.url))
        hub = open_hub(site, clock=lambda: from_micros(clock()), database_url=database_url)
        far_side = FarSide()
        hub.build_connector = lambda name: far_side
        opened.append(hub)
        return Told(hub, far_side, receiver, clock)

    yield build
    for hub in opened:
        hub.stop()
