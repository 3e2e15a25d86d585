"""The whole way: orders over HTTP in, stored, translated, acknowledged, answered, delivered to a folder.

The hub runs as `edihub serve` in a process of its own, on SQLite on a real disk; the load generator is this process, on the same
cores. Throughput counts from the first request to the last file delivered. Latency is measured at half of it, at a steady pace.
"""

from __future__ import annotations

import http.client
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hub.bench.flow_floors import floors
from hub.bench.flow_prefill import prefill
from hub.bench.served import cpu_of, serving

LINES = 20
CLIENTS = 12
ANSWERS = 2
PATIENCE = 600.0

HUB_TOML = """\
name = "bench"
[identities.main]
x12 = "ZZ:EDIHUB"
[http]
port = 0
[limits]
workers = {workers}
"""

PARTNER = """\
partner: acme
identities: {x12: "ZZ:ACME"}
connections:
  in: {connector: http, settings: {receive: {open: true}}}
  out: {connector: folder, settings: {outbox: outbox}, in_flight: 40}
defaults: {over: out, confirm: automatic}
agreements:
  - receive: x12/004010/850
  - send: x12/004010/855
    triggered_by: [confirmed]
"""


@dataclass(slots=True)
class Load:
    """Requests with their latencies, counted by the clients that send them."""

    url: str
    number: int = 0
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_order(self) -> bytes:
        """The bytes of an order that was never sent before."""
        with self.lock:
            self.number += 1
            number = self.number
        return order(number)

    def send(self, connection: http.client.HTTPConnection) -> None:
        """Post one order and note how long the 2xx took."""
        body = self.next_order()
        begun = time.perf_counter()
        connection.request("POST", "/in/acme/in", body, {"Content-Type": "application/edi-x12"})
        answer = connection.getresponse()
        answer.read()
        taken = time.perf_counter() - begun
        with self.lock:
            if 200 <= answer.status < 300:
                self.latencies.append(taken)
            else:
                self.refused += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What one phase came to: orders per second over the whole way, and CPU seconds of both processes."""

    orders: int
    seconds: float
    hub_cpu: float
    hub_system: float
    load_cpu: float

    def as_json(self) -> dict[str, Any]:
        """Rounded figures."""
        return {
            "orders": self.orders,
            "orders_per_second": round(self.orders / self.seconds, 1),
            "hub_cpu_us_per_order": round(self.hub_cpu / self.orders * 1e6),
            "of_it_in_the_kernel_us": round(self.hub_system / self.orders * 1e6),
            "load_generator_cpu_share": round(self.load_cpu / (self.load_cpu + self.hub_cpu), 3),
        }


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: `orders` (2000 a phase), `prefill` (rows before the second phase, 0 leaves it out), `workers`, `folder`, `seconds`."""
    orders, rows = int(options.get("orders") or 2000), int(options.get("prefill") or 0)
    folder = Path(options.get("folder") or tempfile.mkdtemp(prefix="edihub-bench-"))
    _write_site(folder, workers=int(options.get("workers") or 2))
    found: dict[str, Any] = {"bench": "flow", "lines": LINES, "order_bytes": len(order(1))}
    try:
        with serving(folder) as (url, pid):
            load = Load(url)
            _phase(load, folder, pid, min(200, orders))
            found["empty"] = _phase(load, folder, pid, orders).as_json()
            found["latency"] = _latency(load, found["empty"]["orders_per_second"] / 2, float(options.get("seconds") or 15))
            _wait(folder, load.number * ANSWERS)
        if rows:
            found["prefill"] = prefill(folder / "var" / "hub.db", rows)
            with serving(folder) as (url, pid):
                load.url = url
                _phase(load, folder, pid, min(200, orders))
                found["full"] = _phase(load, folder, pid, orders).as_json()
                found["full_latency"] = _latency(
                    load, found["full"]["orders_per_second"] / 2, float(options.get("seconds") or 15)
                )
            ratio = found["full"]["orders_per_second"] / found["empty"]["orders_per_second"]
            found["full_over_empty"] = round(ratio, 3)
    finally:
        if not options.get("folder"):
            shutil.rmtree(folder, ignore_errors=True)
    found["floors"] = floors(order(1))
    found["over_the_floors"] = round(found["empty"]["hub_cpu_us_per_order"] / found["floors"]["sum_us"], 1)
    return {**found, "table": _table(found), "bars": _bars(found), "notes": _notes(found)}


def _table(found: Mapping[str, Any]) -> dict[str, Any]:
    columns = [
        "phase",
        "stored",
        "orders/s",
        "hub CPU us/order",
        "of it kernel",
        "load generator's share",
        "p50 ms",
        "p99 ms",
        "at orders/s",
    ]
    rows = []
    for phase, latency, stored in (
        ("empty", "latency", "few"),
        ("full", "full_latency", f"{found.get('prefill', {}).get('messages', 0):,}"),
    ):
        if phase in found:
            figures, late = found[phase], found[latency]
            share = f"{figures['load_generator_cpu_share']:.0%}"
            speed = [figures["orders_per_second"], figures["hub_cpu_us_per_order"], figures["of_it_in_the_kernel_us"], share]
            rows.append([phase, stored, *speed, late["p50_ms"], late["p99_ms"], late["orders_per_second"]])
    return {"columns": columns, "rows": rows}


def _bars(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    speed, late = found["empty"]["orders_per_second"], found["latency"]["p99_ms"]
    bars = [
        {"what": "orders a second, the whole way", "value": speed, "bar": ">= 150", "met": speed >= 150},
        {"what": "p99 from request to 2xx at half of it, ms", "value": late, "bar": "< 50", "met": late < 50},
    ]
    if "full" in found:
        ratio = found["full_over_empty"]
        bars.append({"what": "speed full over speed empty", "value": ratio, "bar": ">= 0.85", "met": ratio >= 0.85})
    return bars


def _notes(found: Mapping[str, Any]) -> list[str]:
    floor = ", ".join(f"{name.removesuffix('_us')} {value}" for name, value in found["floors"].items() if name != "sum_us")
    return [
        f"an order's floors in CPU us: {floor}; their sum is {found['floors']['sum_us']}, the hub takes {found['over_the_floors']} times that",
        "the load generator and the hub share these cores; --set prefill=1000000 adds the second row",
    ]


def order(number: int, lines: int = LINES) -> bytes:
    """An 850 of so many lines in an interchange of its own."""
    items = [
        f"PO1*{n}*{n + number % 7}*EA*12.5*CA*BP*BUY{n:05}*VP*WIDGET-{n:03}~PID*F****Widget of kind {n}"
        for n in range(1, lines + 1)
    ]
    body = [
        f"BEG*00*SA*PO{number:08}**20260924",
        "REF*DP*099",
        "DTM*002*20261001",
        "N1*ST*STORE 42*92*0042",
        *items,
        f"CTT*{lines}",
    ]
    count = sum(part.count("~") + 1 for part in body) + 2
    out = [
        f"ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260924*1200*U*00401*{number % 10**9:09}*0*P*>",
        f"GS*PO*ACME*EDIHUB*20260924*1200*{number}*X*004010",
        "ST*850*0001",
        *body,
        f"SE*{count}*0001",
        f"GE*1*{number}",
        f"IEA*1*{number % 10**9:09}",
    ]
    return "".join(f"{segment}~" for segment in out).encode()


def _phase(load: Load, folder: Path, pid: int, orders: int) -> Phase:
    """Send as fast as answers come, and wait until every answer lies in the outbox."""
    goal = (load.number + orders) * ANSWERS
    (user, system), load_before, begun = cpu_of(pid), time.process_time(), time.monotonic()
    _in_threads(load, orders)
    _wait(folder, goal)
    seconds = time.monotonic() - begun
    user_after, system_after = cpu_of(pid)
    return Phase(
        orders=orders,
        seconds=seconds,
        hub_cpu=user_after + system_after - user - system,
        hub_system=system_after - system,
        load_cpu=time.process_time() - load_before,
    )


def _in_threads(load: Load, orders: int) -> None:
    left = threading.Semaphore(orders)

    def client() -> None:
        connection = _connect(load.url)
        while left.acquire(blocking=False):
            load.send(connection)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if load.refused:
        raise RuntimeError(f"{load.refused} orders were refused")


def _latency(load: Load, rate: float, seconds: float) -> dict[str, Any]:
    """Request to 2xx at a steady rate; a request is due at its time whether the one before is through or not."""
    load.latencies.clear()
    begun, places = time.monotonic(), iter(range(int(rate * seconds)))
    guard = threading.Lock()

    def client() -> None:
        connection = _connect(load.url)
        while True:
            with guard:
                place = next(places, None)
            if place is None:
                break
            time.sleep(max(0.0, begun + place / rate - time.monotonic()))
            load.send(connection)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = sorted(load.latencies)
    return {
        "orders_per_second": round(rate, 1),
        "requests": len(taken),
        "p50_ms": round(taken[len(taken) // 2] * 1000, 1),
        "p99_ms": round(taken[int(len(taken) * 0.99)] * 1000, 1),
        "max_ms": round(taken[-1] * 1000, 1),
    }


def _wait(folder: Path, files: int) -> None:
    """Until the outbox holds so many files."""
    until = time.monotonic() + PATIENCE
    while (present := sum(1 for each in os.scandir(folder / "outbox") if each.name.endswith(".x12"))) < files:
        if time.monotonic() > until:
            raise RuntimeError(f"{files} answers were due, {present} arrived")
        time.sleep(0.1)


def _write_site(folder: Path, *, workers: int) -> None:
    for name in ("partners", "outbox", "var"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "hub.toml").write_text(HUB_TOML.format(workers=workers))
    (folder / "partners" / "acme.yaml").write_text(PARTNER)


def _connect(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=60)
