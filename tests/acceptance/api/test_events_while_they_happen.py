"""A consumer of /api/v1/events that was down for an hour misses and repeats nothing, while many write at once."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict

import httpx
import pytest

from hub.bootstrap import open_hub
from hub.flow.seal import seal
from hub.store.instants import from_micros
from hub.testing.flow_site import write_site
from hub.web.server import Server, listen

WRITERS, ORDERS, STEPS = 6, 3, 8


class Boom(Exception):
    pass


@pytest.fixture
def served(database_url, tmp_path, clock):
    hub = open_hub(write_site(tmp_path / "site"), clock=lambda: from_micros(clock()), database_url=database_url)
    # no threads of its own: the test seals, and decides when
    hub.background = None
    server = Server(hub, listen("127.0.0.1", 0))
    server.start()
    with hub.transaction() as tx:
        key = tx.keys.create("erp", ("events:read",))
    with httpx.Client(base_url=server.url, headers={"authorization": f"Bearer {key}"}, trust_env=False, timeout=20) as client:
        yield hub, client
    server.stop()


class Consumer:
    """Reads pages from its cursor on, and remembers its cursor alone, as an ERP does."""

    def __init__(self, client, limit):
        self.client, self.limit, self.cursor, self.seen = client, limit, None, []

    def read(self):
        while True:
            asked = {"limit": self.limit} | ({"after": self.cursor} if self.cursor else {})
            items = self.client.get("/api/v1/events", params=asked).raise_for_status().json()["items"]
            self.seen += items
            if items:
                self.cursor = items[-1]["cursor"]
            if len(items) < self.limit:
                return


def undo(is_undone):
    if is_undone:
        raise Boom


def write(hub, writer, committed, luck):
    """Steps of orders in transactions that overlap those of other writers; some are undone at the end."""
    for step in range(STEPS):
        for order in range(ORDERS):
            name = f"{writer}/{order}"
            is_undone = luck.random() < 0.15
            try:
                with hub.transaction() as tx:
                    tx.events.tell("order.changed", order=name, test=False, data={"step": step})
                    tx.events.flush()
                    time.sleep(luck.random() * 0.004)
                    undo(is_undone)
            except Boom:
                continue
            committed[name].append(step)


def test_a_consumer_that_was_down_an_hour_misses_and_repeats_nothing(served, clock):
    hub, client = served
    committed = defaultdict(list)
    writers = [threading.Thread(target=write, args=(hub, each, committed, random.Random(each))) for each in range(WRITERS)]
    is_over = threading.Event()
    sequencers = [threading.Thread(target=keep_sealing, args=(hub, is_over)) for _ in range(2)]
    steady, sleeper = Consumer(client, 7), Consumer(client, 50)
    for thread in (*writers, *sequencers):
        thread.start()
    sleeper.read()
    at_rest = len(sleeper.seen)
    while any(thread.is_alive() for thread in writers):
        steady.read()
    clock.forward(seconds=3600)
    for thread in writers:
        thread.join()
    is_over.set()
    for thread in sequencers:
        thread.join()
    seal(hub)
    steady.read()
    sleeper.read()
    fresh = Consumer(client, 500)
    fresh.read()
    assert len(sleeper.seen) > at_rest
    for consumer in (steady, sleeper, fresh):
        steps = defaultdict(list)
        for each in consumer.seen:
            steps[each["order_id"]].append(each["data"]["step"])
        assert steps == committed, "every committed event once, of each order in its order, and none that was undone"
        assert [each["id"] for each in consumer.seen] == [each["id"] for each in fresh.seen]
    assert len({each["cursor"] for each in fresh.seen}) == len(fresh.seen)


def keep_sealing(hub, is_over):
    while not is_over.is_set():
        seal(hub)
        time.sleep(0.002)
