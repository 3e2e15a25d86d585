"""Kill a hub at named places while clients send to it, then look whether anything was lost or happened twice.

The hub runs in a process of its own, made anew after every kill. Clients repeat what was not acknowledged, as real ones do. The
far side writes down every copy it is given in a file that outlives the kills.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from hub.bootstrap import open_hub
from hub.flow.crash import NEVER, POINTS, CrashPoints
from hub.flow.hub import Hub
from hub.ports import InboundDocument, OutboundDocument, Receipt, Stored
from hub.store.instants import from_micros
from hub.testing.flow_site import interchange, order_850

CONNECTION = "acme/main"
WINDOW = 8
CLIENTS = 4
PAIRED = 3
"""Every third file holds two orders."""
PER_LIFE = 14
PATIENCE = 20.0
STILL = 80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What one life of the hub is told: where it works, where it dies, and whether it has the deliberate bug."""

    site: Path
    url: str
    delivered: Path
    plan: str
    acknowledges_early: bool


class FileFarSide:
    """A far side that appends every copy to a file with one write, so that no kill can tear it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self) -> None:
        """There is nothing that could be down."""

    def close(self) -> None:
        """There is nothing to let go of."""

    def send(self, document: OutboundDocument) -> Receipt:
        """Write the copy down."""
        line = json.dumps({"key": document.idempotency_key, "payload": document.payload.decode("latin-1")}) + "\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)
        return Receipt(reference=document.idempotency_key)


def live(pipe: Connection, life: Life) -> None:
    """One life: accept what the pipe brings, say so once it is stored, work in the background; end on None, or at the crash point."""
    hub = open_hub(life.site, database_url=life.url)
    hub.crash_point = CrashPoints(life.plan)
    hub.crash_limit = NEVER  # a hundred kills are the test's doing, not the messages'
    far_side = FileFarSide(life.delivered)
    hub.build_connector = lambda _name: far_side
    hub.start()
    said = threading.Lock()
    accept = _early(hub) if life.acknowledges_early else _accept(hub)

    def serve(key: str, payload: bytes) -> None:
        stored = accept(key, payload)
        with said:
            pipe.send((key, stored))

    with ThreadPoolExecutor(CLIENTS) as clients:
        while (asked := pipe.recv()) is not None:
            clients.submit(serve, *asked)
    _wait_until_idle(hub)
    hub.stop()
    pipe.send(None)


def _accept(hub: Hub) -> Callable[[str, bytes], str]:
    def accept(key: str, payload: bytes) -> str:
        return _stored(hub, key, payload).message_id

    return accept


def _early(hub: Hub) -> Callable[[str, bytes], str]:
    """The deliberate bug: the answer is given before the commit. The harness must notice what it loses."""

    def accept(key: str, payload: bytes) -> str:
        threading.Timer(0.05, _stored, (hub, key, payload)).start()
        return "promised"

    return accept


def _stored(hub: Hub, key: str, payload: bytes) -> Stored:
    document = InboundDocument(payload=payload, idempotency_key=key, received_at=from_micros(hub.database.now()))
    return hub.accept(document, connection=CONNECTION)


def _wait_until_idle(hub: Hub) -> None:
    """Until nothing is left to do, or nothing moved for longer than the lease of a killed worker lasts."""
    depth, until = -1, time.monotonic() + STILL
    while depth and time.monotonic() < until:
        with hub.read() as view:
            now = sum(view.jobs.depth().values())
        if now != depth:
            depth, until = now, time.monotonic() + STILL
        time.sleep(0.05)


@dataclass(slots=True)
class Harness:
    """The clients and the ledger: what was sent, with how many orders, what was acknowledged, how often the hub died."""

    site: Path
    url: str
    seed: int
    acknowledges_early: bool = False
    kills: int = 0
    sent: dict[str, bytes] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)
    points: Counter[str] = field(default_factory=Counter)

    @property
    def delivered(self) -> Path:
        """The far side's file."""
        return self.site / "delivered.jsonl"

    def run(self, kills: int) -> None:
        """Live and die `kills` times at places the seed chooses, then live once more until everything is done."""
        choose = random.Random(self.seed)  # noqa: S311  repeatable, not secret
        while self.kills < kills:
            point = choose.choice(POINTS)
            self._one_life(f"{point}:{choose.randint(1, 6)}")
            self.points[point] += 1
        self._one_life("")

    def _one_life(self, plan: str) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["hub.testing.kills", "hub.edi.validate", "hub.guides.guide", "hub.guides.writing"])
        ours, theirs = context.Pipe()
        life = Life(
            site=self.site, url=self.url, delivered=self.delivered, plan=plan, acknowledges_early=self.acknowledges_early
        )
        process = context.Process(target=live, args=(theirs, life), daemon=True)
        process.start()
        theirs.close()
        try:
            self._send(ours, process.pid or 0, is_last=not plan)
        except (EOFError, ConnectionResetError, BrokenPipeError):
            self.kills += 1
        process.join(PATIENCE)
        ours.close()

    def _send(self, pipe: Connection, pid: int, *, is_last: bool) -> None:
        todo = [key for key in self.sent if key not in self.acknowledged]
        todo += [self._new() for _ in range(PER_LIFE)]
        outstanding: set[str] = set()
        while todo or outstanding:
            while todo and len(outstanding) < WINDOW:
                key = todo.pop(0)
                pipe.send((key, self.sent[key]))
                outstanding.add(key)
            if not pipe.poll(PATIENCE):
                os.kill(pid, signal.SIGKILL)
                raise EOFError
            key, message_id = pipe.recv()
            self.acknowledged[key] = message_id
            outstanding.discard(key)
        if not is_last:
            # the point lies behind the last answer, or was never reached: then the kill comes from outside
            if not pipe.poll(0.3):
                os.kill(pid, signal.SIGKILL)
            pipe.recv()
            raise EOFError
        pipe.send(None)
        while pipe.recv() is not None:
            pass

    def _new(self) -> str:
        number = len(self.sent) + 1
        key = f"K{number:06}"
        # two orders in one file are processed in two steps, one alone in one
        held = [f"PO-{number:06}"] if number % PAIRED else [f"PO-{number:06}A", f"PO-{number:06}B"]
        self.orders[key] = len(held)
        self.sent[key] = interchange([order_850(each) for each in held], control=number)
        return key
