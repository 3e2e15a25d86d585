"""The doorbell of a scaled site: dramatiq on Redis or Valkey carries the names of lanes from process to process, nothing else.

What Redis forgets, or never hears, costs seconds: every process also looks at its tables by itself. So nothing of dramatiq that
would keep state is used: no delays, no retries, no dead letters. Rings are coalesced to one per lane and fifth of a second by a
key that expires; a ring that came too early for it is repeated, so that the last one is never swallowed. A thread of its own
talks to Redis: whoever commits never waits for it, dead or slow.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import structlog

from hub.errors import HubError
from hub.store.doorbell import ThreadDoorbell

if TYPE_CHECKING:
    from dramatiq import Actor, Worker

log = structlog.get_logger(__name__)

COALESCE_MS = 200
MOST_WAITING = 20
"""Rings that may wait in the queue: more would wake nobody sooner."""
OWN_LANES = frozenset({"seal"})
"""Lanes that every process looks after by itself."""
QUEUE = "wake"
_PING_SECONDS = 5.0
_AGAIN_SECONDS = 1.0
_TIMEOUT = 2.0


class NoQueue(HubError):
    """The settings ask for a queue that this installation cannot use."""

    code = "HUB-550"


class QueueDoorbell:
    """Rings in this process at once, and in one other by way of Redis. `answer` begins to hear the others."""

    def __init__(self, url: str) -> None:
        """`url` is `redis://`, `rediss://`, `valkey://` or `unix://`; raises `NoQueue`. Redis need not be there."""
        self._here = ThreadDoorbell()
        self._client, self._broker = _connect(url)
        self._actor = self._declare()
        self._worker: Worker | None = None
        self._change = threading.Condition()
        self._due: set[str] = set()
        self._fault = ""
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
        self._thread.start()

    def ring(self, lanes: Iterable[str]) -> None:
        """Wake one waiter of each lane here, and tell the others as soon as Redis takes it."""
        names = set(lanes)
        self._here.ring(names)
        with self._change:
            before = len(self._due)
            self._due |= names - OWN_LANES
            if len(self._due) != before:
                self._change.notify()

    def wait(self, lane: str, seconds: float) -> bool:
        """Wait for a ring, from here or from elsewhere."""
        return self._here.wait(lane, seconds)

    def answer(self) -> None:
        """Take rings out of the queue: each wakes one waiter of this process."""
        from dramatiq import Worker

        if self._worker is None:
            self._worker = Worker(self._broker, worker_threads=2, worker_timeout=COALESCE_MS)
            self._worker.start()

    def fault(self) -> str:
        """Why Redis cannot be reached, as of the last few seconds."""
        return self._fault

    def close(self) -> None:
        """Stop hearing and telling."""
        with self._change:
            self._is_closed = True
            self._change.notify()
        self._thread.join(2 * _TIMEOUT)
        if self._worker is not None:
            self._worker.stop(timeout=2_000)
            self._worker = None
        self._client.close()

    def _declare(self) -> Actor[[str], None]:
        from dramatiq import Actor

        def wake(lane: str) -> None:
            self._here.ring((lane,))

        self._broker.declare_queue(QUEUE)
        options = {"max_retries": 0}
        return Actor(wake, broker=self._broker, actor_name="wake", queue_name=QUEUE, priority=0, options=options)

    def _run(self) -> None:
        pause = 0.0
        while not self._is_closed:
            with self._change:
                if not self._due or pause:
                    self._change.wait_for(lambda: self._is_closed, pause) if pause else self._change.wait(_PING_SECONDS)
                lanes = set(self._due)
                self._due.clear()
            early = self._tell(lanes)
            with self._change:
                self._due |= early
            pause = (_AGAIN_SECONDS if self._fault else COALESCE_MS / 1000) if early else 0.0

    def _tell(self, lanes: set[str]) -> set[str]:
        """Put rings into the queue; the lanes that are to be told again, since it was too early or Redis was away."""
        from redis.exceptions import RedisError

        early = set()
        try:
            if not lanes:
                self._client.ping()
            for lane in sorted(lanes):
                if not self._client.set(f"wake:{lane}", 1, nx=True, px=COALESCE_MS):
                    early.add(lane)
                elif self._client.llen(f"{self._broker.namespace}:{QUEUE}") < MOST_WAITING:
                    self._broker.enqueue(self._actor.message(lane))
        except (RedisError, OSError) as failure:
            self._say(f"{type(failure).__name__}: {failure}"[:200])
            return lanes
        self._say("")
        return early

    def _say(self, fault: str) -> None:
        if bool(fault) != bool(self._fault):
            if fault:
                log.warning("the queue does not answer: work is found by looking, some seconds later", error=fault)
            else:
                log.info("the queue answers again")
        self._fault = fault


def ask(url: str) -> str:
    """Whether a Redis answers at this address: its version; raises `NoQueue`."""
    from redis.exceptions import RedisError

    client, _broker = _connect(url)
    try:
        found: Any = client.info("server")
    except (RedisError, OSError) as failure:
        raise NoQueue(
            f"the queue does not answer: {failure}", "start Redis or Valkey; until then work is found seconds later"
        ) from failure
    finally:
        client.close()
    name = "Valkey" if "valkey_version" in found else "Redis"
    return f"{name} {found.get('valkey_version') or found.get('redis_version')}"


def _connect(url: str) -> tuple[Any, Any]:
    """A client and a broker on it; nothing is sent yet."""
    try:
        from dramatiq.brokers.redis import RedisBroker
        from dramatiq.middleware import Retries
        from redis import ConnectionPool, Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as missing:
        raise NoQueue("a queue is set, but dramatiq is not installed", "pip install 'edihub[redis]'") from missing
    # what dramatiq would print every three seconds of an outage is said once, by us
    logging.getLogger("dramatiq").setLevel(logging.CRITICAL + 1)
    address = url.replace("valkey", "redis", 1) if url.startswith("valkey") else url
    options: dict[str, Any] = {"socket_timeout": _TIMEOUT, "socket_connect_timeout": _TIMEOUT, "retry": Retry(NoBackoff(), 0)}
    try:
        client = Redis(connection_pool=ConnectionPool.from_url(address, **options))
    except ValueError as wrong:
        raise NoQueue(f"the queue's address is wrong: {wrong}", "such as redis://127.0.0.1:6379/0") from wrong
    # by default an idle queue would look after lost messages about once an hour
    make: Any = RedisBroker
    broker = make(client=client, middleware=[Retries(max_retries=0)], maintenance_chance=1_000_000)
    return client, broker
