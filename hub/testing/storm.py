"""Load on a fleet while its parts are killed: orders over HTTP and as files, each repeated until it was acknowledged."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hub.flow.crash import POINTS
from hub.testing.fleet import Fleet
from hub.testing.flow_site import HUB_TOML, interchange, order_850
from hub.testing.servers import PostgresCluster, QueueServer

PARTNER = """\
partner: acme
identities: {x12: "ZZ:ACME"}
connections:
  web: {connector: http, settings: {receive: {open: true}}}
  files: {connector: folder, settings: {inbox: inbox, settle: 0}, poll: {every: 200ms}}
  out: {connector: folder, settings: {outbox: outbox}, in_flight: 8}
defaults: {over: out, confirm: automatic}
agreements:
  - receive: x12/004010/850
  - send: x12/004010/855
    triggered_by: [confirmed]
"""
PATIENCE = 300.0
"""Seconds, on a machine that does much else, for what takes one on a quiet one."""
FILES = 0.3
"""The share of orders that come as files."""


def write_storm_site(folder: Path) -> Path:
    """A site whose partner sends over HTTP and through a folder, and is answered into another."""
    for name in ("partners", "var", "inbox", "outbox"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "hub.toml").write_text(HUB_TOML)
    (folder / "partners" / "acme.yaml").write_text(PARTNER)
    return folder


@dataclass(slots=True, kw_only=True)
class Storm:
    """Clients that send so many orders a second, and a seeded hand that kills.

    `sent` and `acknowledged` are what the ledger compares with the store: orders by number, their bytes.
    """

    fleet: Fleet
    seed: int
    rate: float = 25.0
    clients: int = 4
    cluster: PostgresCluster | None = None
    queue: QueueServer | None = None
    sent: dict[str, bytes] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    strikes: Counter[str] = field(default_factory=Counter)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def kills(self) -> int:
        """How often a process was killed."""
        return sum(self.strikes.values())

    def run(self, kills: int, *, pause: tuple[float, float] = (0.4, 1.6)) -> None:
        """Kill so many times under load, then let everything come to an end."""
        choose = random.Random(self.seed)  # noqa: S311  repeatable, not secret
        hands = [threading.Thread(target=self.client, args=(self.seed + n,), daemon=True) for n in range(self.clients)]
        self.fleet.start_all()
        for hand in hands:
            hand.start()
        while self.kills < kills:
            self._work_on(choose.uniform(*pause))
            name, strike = choose.choice(self._choices(choose))
            strike()
            self.strikes[name] += 1
        self.strikes.update(f"{name} at a point" for name in self.fleet.revive())
        for name in self.fleet.names:
            # whoever still has a plan would die of it while the rest is done
            self.fleet.kill(name)
            self.fleet.start(name)
        self._settle()
        self.end(hands)

    def end(self, hands: Sequence[threading.Thread]) -> None:
        """Let the clients finish what they have begun, and begin nothing more."""
        self._over.set()
        for hand in hands:
            hand.join(PATIENCE)

    def wait_until_taken(self, seconds: float = PATIENCE) -> None:
        """Until no file waits in the inbox; each that went was acknowledged by its removal."""
        inbox, until = self.fleet.site / "inbox", time.monotonic() + seconds
        while any(inbox.glob("*.x12")) and time.monotonic() < until:
            time.sleep(0.1)
        for number in self.sent:
            if number.startswith("F") and not (inbox / f"{number}.x12").exists():
                self.acknowledged.add(number)

    def _work_on(self, seconds: float) -> None:
        """Let the load run for a while: at least until something was acknowledged again, for ten seconds at most."""
        begun, before = time.monotonic(), len(self.acknowledged)
        while time.monotonic() - begun < seconds or (len(self.acknowledged) < before + 3 and time.monotonic() - begun < 10):
            time.sleep(0.05)
            self.strikes.update(f"{name} at a point" for name in self.fleet.revive())

    def _settle(self) -> None:
        """A process that came before its database is back gives up, and is started again as a supervisor does."""
        until = time.monotonic() + PATIENCE
        while not (self.fleet.is_ready() and not self.fleet.revive()) and time.monotonic() < until:
            time.sleep(0.5)

    def _choices(self, choose: random.Random) -> list[tuple[str, Callable[[], None]]]:
        plan = f"{choose.choice(POINTS)}:{choose.randint(1, 5)}"
        name = choose.choice(self.fleet.names)
        found: list[tuple[str, Callable[[], None]]] = [(f"{name} killed", lambda: self._again(name, plan))] * 4
        if self.cluster is not None:
            found += [("postgres killed", self._crash_postgres), ("postgres clients cut", self.cluster.terminate_all)]
        if self.queue is not None:
            found += [("queue killed", self._crash_queue), ("queue flushed", self.queue.flush)]
        return found

    def _again(self, name: str, plan: str) -> None:
        self.fleet.kill(name)
        self.fleet.start(name, plan)

    def _crash_postgres(self) -> None:
        assert self.cluster is not None
        self.cluster.kill()
        time.sleep(0.3)
        self.cluster.again()

    def _crash_queue(self) -> None:
        assert self.queue is not None
        self.queue.kill()
        time.sleep(0.5)
        self.queue.again()

    def client(self, seed: int) -> None:
        """One client: sends until the storm is over."""
        choose = random.Random(seed)  # noqa: S311  repeatable, not secret
        while not self._over.is_set():
            begun = time.monotonic()
            number, payload = self._new("F" if choose.random() < FILES else "H")
            if number.startswith("F"):
                self._put(number, payload)
            else:
                self._post(number, payload)
            time.sleep(max(0.0, self.clients / self.rate - (time.monotonic() - begun)))

    def _new(self, kind: str) -> tuple[str, bytes]:
        with self._guard:
            control = len(self.sent) + 1
            number = f"{kind}{control:06}"
            self.sent[number] = interchange([order_850(number)], control=control)
        return number, self.sent[number]

    def _put(self, number: str, payload: bytes) -> None:
        part = self.fleet.site / "inbox" / f"{number}.part"
        part.write_bytes(payload)
        part.rename(part.with_suffix(".x12"))

    def _post(self, number: str, payload: bytes) -> None:
        """Repeat until it was acknowledged, as a partner does."""
        headers = {"Content-Type": "application/edi-x12", "Idempotency-Key": number}
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            connection = http.client.HTTPConnection("127.0.0.1", self.fleet.port, timeout=20)
            try:
                connection.request("POST", "/in/acme/web", payload, headers)
                status = connection.getresponse().status
            except (OSError, http.client.HTTPException):
                status = 0
            finally:
                connection.close()
            if 200 <= status < 300:
                with self._guard:
                    self.acknowledged.add(number)
                return
            time.sleep(0.1)
