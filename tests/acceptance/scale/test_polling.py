"""Pollers of several processes on one site: each document comes once, by one of them, in the connection's hours."""

from __future__ import annotations

import threading
import time

from hub.bootstrap import open_hub
from hub.ports import Arrival, InboundDocument
from hub.testing.flow_site import interchange, order_850, write_site
from hub.worker.polling import Polling


class SharedFolder:
    """A far side that knows how many poll it at a time, and hands every document out until it is released."""

    def __init__(self):
        self.waiting, self.at_once, self.most, self.polls = {}, 0, 0, 0
        self.guard = threading.Lock()

    def check(self):
        pass

    def close(self):
        pass

    def poll(self, cursor=None):
        with self.guard:
            self.at_once += 1
            self.polls += 1
            self.most = max(self.most, self.at_once)
        try:
            for name, payload in sorted(self.waiting.items()):
                time.sleep(0.01)
                document = InboundDocument(payload=payload, idempotency_key=name, received_at=self.now())
                yield Arrival(document=document, release=lambda _stored, name=name: self.waiting.pop(name, None))
        finally:
            with self.guard:
                self.at_once -= 1


def site_of(tmp_path, poll="{every: 200ms}"):
    site = write_site(tmp_path / "site")
    file = site / "partners" / "acme.yaml"
    file.write_text(file.read_text().replace("in_flight: 8}", f"in_flight: 8, poll: {poll}}}"))
    return site


def opened(site, url, far_side):
    hub = open_hub(site, database_url=url)
    hub.build_connector = lambda _name: far_side
    far_side.now = hub.now
    return hub


def test_two_processes_never_poll_one_folder_at_a_time(tmp_path, postgres):
    site, url, far_side = site_of(tmp_path), postgres.fresh(), SharedFolder()
    hubs = [opened(site, url, far_side) for _ in range(2)]
    far_side.waiting = {f"f{n}": interchange([order_850(f"P{n}")], control=n) for n in range(1, 41)}
    try:
        for hub in hubs:
            hub.start()
        end = time.monotonic() + 30
        while (far_side.waiting or far_side.polls < 5) and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        for hub in hubs:
            hub.stop()
    assert far_side.waiting == {}
    assert far_side.polls >= 5
    assert far_side.most == 1
    postgres.drop(url)


def test_a_refused_login_is_not_tried_again_at_the_pace_of_the_polls(tmp_path, sqlite_files):
    from hub.errors import TemporaryDeliveryError, UnusableConnection
    from hub.testing.services import FrozenClock

    class Refusing(SharedFolder):
        def poll(self, cursor=None):
            raise self.fault

    site, clock, far_side = site_of(tmp_path, "{every: 1s}"), FrozenClock(), Refusing()
    hub = open_hub(site, clock=clock, database_url=sqlite_files.fresh(tmp_path / "db"))
    hub.build_connector = lambda _name: far_side
    try:
        waits = []
        for fault in (TemporaryDeliveryError("away"), UnusableConnection("login refused", code="DLV-432")):
            far_side.fault = fault
            with hub.transaction() as tx:
                tx.polls.enrol(["acme/main"])
                (turn,) = tx.polls.claim(["acme/main"], "me", limit=1)
            Polling(hub, hub.site.connections["acme/main"]).poll(turn)
            with hub.read() as view:
                waits.append((view.polls.next_due(["acme/main"]) - view.now) / 1_000_000)
            clock.advance(10)
        assert 1.8 <= waits[0] <= 2.2
        assert 810 <= waits[1] <= 990
        # whoever starts the hub anew has mended something
        with hub.transaction() as tx:
            tx.polls.hasten(["acme/main"])
        with hub.read() as view:
            assert view.polls.next_due(["acme/main"]) <= view.now
    finally:
        hub.stop()


def test_outside_its_hours_a_connection_is_not_polled_and_is_due_when_they_begin(tmp_path, sqlite_files):
    from hub.testing.services import FrozenClock

    site = site_of(tmp_path, '{every: 30s, daily: "06:00-11:00"}')
    clock, far_side = FrozenClock(), SharedFolder()
    hub = open_hub(site, clock=clock, database_url=sqlite_files.fresh(tmp_path / "db"))
    hub.build_connector = lambda _name: far_side
    try:
        with hub.transaction() as tx:
            tx.polls.enrol(["acme/main"])
        with hub.transaction() as tx:
            (turn,) = tx.polls.claim(["acme/main"], "me", limit=1)
        Polling(hub, hub.site.connections["acme/main"]).poll(turn)
        assert far_side.polls == 0
        with hub.read() as view:
            wait = (view.polls.next_due(["acme/main"]) - view.now) / 1_000_000
        # the clock stands at noon: eighteen hours until six
        assert wait == 18 * 3600
        clock.advance(wait)
        with hub.transaction() as tx:
            (turn,) = tx.polls.claim(["acme/main"], "me", limit=1)
        far_side.now = hub.now
        Polling(hub, hub.site.connections["acme/main"]).poll(turn)
        assert far_side.polls == 1
    finally:
        hub.stop()
