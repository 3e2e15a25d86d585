"""The same work on SQLite, on PostgreSQL, and on PostgreSQL with edge and workers apart and a queue between them."""

from __future__ import annotations

import time

import pytest

from hub.bootstrap import open_hub
from hub.errors import HubError, TemporaryDeliveryError
from hub.ports import InboundDocument
from hub.testing.flow_site import FarSide, interchange, order_850, write_site
from hub.testing.servers import queue_server

RESPONSE = "  - send: x12/004010/855\n    triggered_by: [confirmed]"


class Team:
    """One site's hubs: on a queue an edge and two workers, else one that does everything."""

    def __init__(self, site, stage, far_side):
        roles = ["edge", "worker", "worker"] if stage.queue_url else ["all"]
        self.hubs = [open_hub(site, database_url=stage.database_url, queue_url=stage.queue_url, role=role) for role in roles]
        for hub in self.hubs:
            hub.build_connector = lambda _name: far_side
        self.edge = self.hubs[0]
        self.sent = 0

    def start(self):
        for hub in self.hubs:
            hub.start()
        return self

    def accept(self, count=1):
        for _ in range(count):
            self.sent += 1
            payload = interchange([order_850(f"PO-{self.sent}")], control=self.sent)
            document = InboundDocument(payload=payload, idempotency_key=f"K{self.sent}", received_at=self.edge.now())
            self.edge.accept(document, connection="acme/main")

    def until(self, far_side, count, seconds=20.0):
        end = time.monotonic() + seconds
        while len(far_side.received) < count and time.monotonic() < end:
            time.sleep(0.02)
        return len(far_side.received)

    def stop(self):
        for hub in self.hubs:
            hub.stop()


@pytest.fixture
def team(tmp_path, stage):
    far_side = FarSide()
    made = Team(write_site(tmp_path / "site", confirm="automatic", agreements=RESPONSE), stage, far_side)
    yield made, far_side
    made.stop()


def test_orders_are_acknowledged_and_answered_once_each(team):
    made, far_side = team
    made.start().accept(30)
    assert made.until(far_side, 60) == 60
    time.sleep(0.3)
    assert len({document.idempotency_key for document in far_side.received}) == len(far_side.received) == 60


def test_what_was_accepted_while_nobody_worked_is_done_once_somebody_does(team):
    made, far_side = team
    made.accept(5)
    made.start()
    assert made.until(far_side, 10) == 10


def suspended(hub):
    with hub.read() as view:
        return [name for name, endpoint in view.endpoints.shaky().items() if endpoint.is_open]


def test_a_dead_far_side_is_left_alone(team):
    made, far_side = team
    far_side.failures = [TemporaryDeliveryError("nobody there", "wait") for _ in range(100)]
    made.start().accept(6)
    end = time.monotonic() + 30
    while not suspended(made.edge) and time.monotonic() < end:
        time.sleep(0.05)
    assert suspended(made.edge) == ["acme/main"]
    made.accept(3)
    taken = len(far_side.received)
    time.sleep(1.5)
    # what was claimed before may still have gone out, nothing after
    assert len(far_side.received) == taken


@pytest.fixture
def apart(tmp_path, postgres):
    """Edge and workers on a queue of their own that may be lost."""
    from hub.testing.store_fixtures import Stage

    address = postgres.fresh()
    with queue_server() as server:
        far_side = FarSide()
        site = write_site(tmp_path / "site", confirm="automatic", agreements=RESPONSE)
        made = Team(site, Stage(address, server.url), far_side)
        yield made, far_side, server
        made.stop()
    postgres.drop(address)


def test_a_ring_through_the_queue_starts_the_work_at_once(apart):
    made, far_side, _ = apart
    made.start()
    time.sleep(1.0)
    begun = time.monotonic()
    made.accept()
    assert made.until(far_side, 2) == 2
    assert time.monotonic() - begun < 3.0


def test_a_queue_that_forgets_or_dies_or_was_never_there_costs_seconds_only(apart):
    made, far_side, server = apart
    server.kill()
    made.start()
    made.accept(2)
    assert made.until(far_side, 4, seconds=15) == 4
    end = time.monotonic() + 10
    while not made.edge.database.bell.fault() and time.monotonic() < end:
        time.sleep(0.05)
    assert "Connect" in made.edge.database.bell.fault()
    server.again()
    end = time.monotonic() + 10
    while made.edge.database.bell.fault() and time.monotonic() < end:
        time.sleep(0.05)
    server.flush()
    made.accept(2)
    assert made.until(far_side, 8, seconds=15) == 8


def test_a_queue_on_an_embedded_store_is_refused(tmp_path, sqlite_files):
    site = write_site(tmp_path / "site")
    with pytest.raises(HubError, match="the store is SQLite"):
        open_hub(site, database_url=sqlite_files.fresh(tmp_path / "db"), queue_url="redis://127.0.0.1:1/0")
