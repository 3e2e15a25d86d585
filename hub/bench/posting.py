"""A load generator for benchmarks of many processes: orders over HTTP from a few threads, as fast as answered or at a pace."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hub.bench.flow import order


@dataclass(slots=True)
class Posting:
    """Posts orders that were never sent before to one address; `latencies` are the seconds from request to 2xx."""

    port: int
    path: str
    clients: int = 8
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def post(self, orders: int, *, rate: float = 0.0) -> None:
        """Send so many; with `rate` so many a second, each due at its time whether the one before is through or not."""
        places = iter(range(orders))
        begun = time.monotonic()
        hands = [threading.Thread(target=self._hand, args=(places, rate, begun)) for _ in range(self.clients)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()

    def percentiles(self) -> dict[str, Any]:
        """What the requests since the last call took, in milliseconds."""
        taken, self.latencies = sorted(self.latencies), []
        return {"requests": len(taken), "p50_ms": percentile(taken, 0.5), "p99_ms": percentile(taken, 0.99)}

    def _hand(self, places: Iterator[int], rate: float, begun: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while True:
            with self._guard:
                place, number = next(places, None), next(self.numbers)
            if place is None:
                break
            if rate:
                time.sleep(max(0.0, begun + place / rate - time.monotonic()))
            body = order(number)
            sent = time.perf_counter()
            connection.request("POST", self.path, body, {"Content-Type": "application/edi-x12"})
            answer = connection.getresponse()
            answer.read()
            with self._guard:
                if 200 <= answer.status < 300:
                    self.latencies.append(time.perf_counter() - sent)
                else:
                    self.refused += 1
        connection.close()


def percentile(taken: list[float], share: float) -> float:
    """A percentile of sorted seconds, in milliseconds."""
    return round(taken[min(len(taken) - 1, int(len(taken) * share))] * 1000, 2) if taken else 0.0
