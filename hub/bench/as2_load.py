"""Signed and encrypted orders over AS2 at `POST /as2`, as fast as one embedded hub takes them: stored, answered by a signed MDN.

The hub is `edihub serve` on SQLite on a real disk. The load generator is this process, on the same cores; it sends messages made
before the clock starts. An order counts once its MDN has come, since the hub stores before it answers; the hub processes orders
behind, and what that takes is in the figures. Every MDN must say "processed", and some of each phase are verified.
"""

from __future__ import annotations

import importlib
import json
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hub.bench.flow import order
from hub.bench.served import cpu_of, serving

LINES = 65
"""Lines of an order of 5 KB."""
CLIENTS = 8
VERIFIED = 50
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
_PARTNER = {
    "partner": "acme",
    "identities": {"x12": "ZZ:ACME"},
    "connections": {
        "as2": {"connector": "as2"},
        "out": {"connector": "folder", "settings": {"outbox": "outbox"}, "in_flight": 40},
    },
    "defaults": {"over": "out"},
    "agreements": [{"receive": "x12/004010/850"}],
}


@dataclass(slots=True)
class Load:
    """Requests ready for the wire, and what became of them."""

    url: str
    requests: Iterator[bytes]
    latencies: list[float] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_request(self) -> bytes | None:
        """One that was never sent before, None when there is no more."""
        with self.lock:
            return next(self.requests, None)

    def post(self, line: socket.socket, request: bytes) -> None:
        """Send one over a kept connection, and note how long its MDN took."""
        begun = time.perf_counter()
        line.sendall(request)
        answer = _answer(line)
        taken = time.perf_counter() - begun
        with self.lock:
            self.latencies.append(taken)
            if b"automatic-action/MDN-sent-automatically; processed\r\n" not in answer:
                self.refused.append(answer)
            elif len(self.answers) < VERIFIED:
                self.answers.append(answer)


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: `orders` (of the fast phase, 3000), `seconds` (of the steady phase, 10), `rate` (150), `workers`, `folder`."""
    orders, seconds = int(options.get("orders") or 3000), float(options.get("seconds") or 10)
    rate = float(options.get("rate") or 150)
    folder = Path(options.get("folder") or tempfile.mkdtemp(prefix="edihub-bench-"))
    contender = _contender()
    both = contender.people()
    _write_site(folder, contender, both, workers=int(options.get("workers") or 2))
    warm = 200
    made = contender.posted(both, [order(number, LINES) for number in range(1, warm + orders + int(rate * seconds) + 1)])
    try:
        with serving(folder) as (url, pid):
            host = urlsplit(url).netloc
            load = Load(url, iter([_request(host, *each) for each in made]))
            _fast(load, pid, warm)
            found = {"bench": "as2-load", "order_bytes": len(order(1, LINES)), "fast": _fast(load, pid, orders)}
            found["behind"] = _settle(folder, pid, warm + orders)
            found["steady"] = _steady(load, rate, seconds)
    finally:
        if not options.get("folder"):
            shutil.rmtree(folder, ignore_errors=True)
    found["verified_mdns"] = contender.verified(both, made, [_parted(answer) for answer in load.answers])
    return {**found, "table": _table(found), "bars": _bars(found), "notes": _notes(found)}


def _contender() -> Any:
    (entry,) = entry_points(group="hub.connectors", name="as2")
    return importlib.import_module(f"{entry.module}.benchmark")


def _write_site(folder: Path, contender: Any, both: Mapping[str, Mapping[str, str]], *, workers: int) -> None:
    for name in ("partners", "outbox", "var", "keys"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "hub.toml").write_text(HUB_TOML.format(workers=workers))
    partner = json.loads(json.dumps(_PARTNER))
    partner["connections"]["as2"]["settings"] = contender.site_settings("HUB", "ACME")
    (folder / "partners" / "acme.yaml").write_text(json.dumps(partner))
    for name, person in both.items():
        (folder / "keys" / f"{name}.pem").write_text(person["certificate"])
        key = folder / "keys" / f"{name}.key"
        key.touch(mode=0o600)
        key.write_text(person["key"])


def _request(host: str, headers: Mapping[str, str], body: bytes) -> bytes:
    fields = {"Host": host, **headers, "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST /as2 HTTP/1.1\r\n{head}\r\n".encode() + body


def _fast(load: Load, pid: int, orders: int) -> dict[str, Any]:
    """So many as fast as MDNs come back; CPU is of the time until the last MDN, processing of orders beside it included."""
    load.latencies.clear()
    left = threading.Semaphore(orders)
    user, system = cpu_of(pid)
    own, begun = time.process_time(), time.monotonic()

    def client() -> None:
        with _connect(load.url) as line:
            while left.acquire(blocking=False) and (request := load.next_request()) is not None:
                load.post(line, request)

    _together(client)
    seconds = time.monotonic() - begun
    user_after, system_after = cpu_of(pid)
    if load.refused:
        raise RuntimeError(f"{len(load.refused)} orders were refused: {load.refused[0][:2000]!r}")
    return {
        "orders": orders,
        "orders_per_second": round(orders / seconds, 1),
        "hub_cpu_us_per_order": round((user_after + system_after - user - system) / orders * 1e6),
        "of_it_in_the_kernel_us": round((system_after - system) / orders * 1e6),
        "load_generator_us_per_order": round((time.process_time() - own) / orders * 1e6),
    }


def _settle(folder: Path, pid: int, orders: int) -> dict[str, Any]:
    """Until every order is processed and its 997 lies in the outbox; what that took after the last MDN."""
    user, system = cpu_of(pid)
    begun = time.monotonic()
    at_first = present = _files(folder)
    while present < orders:
        if time.monotonic() - begun > PATIENCE:
            raise RuntimeError(f"{orders} acknowledgments were due, {present} arrived")
        time.sleep(0.1)
        present = _files(folder)
    user_after, system_after = cpu_of(pid)
    spent = user_after + system_after - user - system
    return {"orders": orders - at_first, "seconds": round(time.monotonic() - begun, 1), "hub_cpu_seconds": round(spent, 2)}


def _files(folder: Path) -> int:
    return sum(1 for each in (folder / "outbox").iterdir() if each.name.endswith(".x12"))


def _steady(load: Load, rate: float, seconds: float) -> dict[str, Any]:
    """Request to MDN at a steady pace; a request is due at its time whether the one before is through or not, and waiting counts."""
    load.latencies.clear()
    begun, places, guard = time.monotonic(), iter(range(int(rate * seconds))), threading.Lock()
    taken: list[float] = []

    def client() -> None:
        with _connect(load.url) as line:
            while True:
                with guard:
                    place, request = next(places, None), None
                if place is None or (request := load.next_request()) is None:
                    return
                due = begun + place / rate
                time.sleep(max(0.0, due - time.monotonic()))
                load.post(line, request)
                with guard:
                    taken.append(time.monotonic() - due)

    _together(client)
    taken.sort()
    return {
        "orders_per_second": round(len(taken) / (time.monotonic() - begun), 1),
        "requests": len(taken),
        "p50_ms": round(taken[len(taken) // 2] * 1000, 1),
        "p99_ms": round(taken[int(len(taken) * 0.99)] * 1000, 1),
        "max_ms": round(taken[-1] * 1000, 1),
    }


def _together(client: Any) -> None:
    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    line = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=60)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _answer(line: socket.socket) -> bytes:
    """One HTTP answer, head and body; the hub says how long each is."""
    data = line.recv(65536)
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(line)
    name = data[:end].lower().index(b"content-length:") + 15
    length = int(data[name : data.index(b"\r\n", name)])
    while len(data) < end + 4 + length:
        data += _more(line)
    return data


def _more(line: socket.socket) -> bytes:
    found = line.recv(65536)
    if not found:
        raise RuntimeError("the hub hung up")
    return found


def _parted(answer: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = (line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value for name, _, value in fields}, body


def _table(found: Mapping[str, Any]) -> dict[str, Any]:
    fast, steady = found["fast"], found["steady"]
    columns = ["phase", "orders/s", "hub CPU us/order", "of it kernel", "load generator us/order", "p50 ms", "p99 ms", "max ms"]
    quick = [fast["hub_cpu_us_per_order"], fast["of_it_in_the_kernel_us"], fast["load_generator_us_per_order"]]
    rows = [
        ["as fast as it goes", fast["orders_per_second"], *quick, "-", "-", "-"],
        ["at a steady pace", steady["orders_per_second"], "-", "-", "-", steady["p50_ms"], steady["p99_ms"], steady["max_ms"]],
    ]
    return {"columns": columns, "rows": rows}


def _bars(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    speed, late = found["fast"]["orders_per_second"], found["steady"]["p99_ms"]
    return [
        {"what": "orders a second, stored and answered by a signed MDN", "value": speed, "bar": ">= 300", "met": speed >= 300},
        {"what": "p99 from request to MDN at half of that, ms", "value": late, "bar": "< 150", "met": late < 150},
    ]


def _notes(found: Mapping[str, Any]) -> list[str]:
    behind = found["behind"]
    return [
        f"orders of {found['order_bytes']} bytes, RSA-2048, SHA-256, AES-256-CBC; {found['verified_mdns']} MDNs verified, MIC included",
        f"{behind['orders']} orders were still to be processed at the last MDN: {behind['seconds']} s, {behind['hub_cpu_seconds']} s of CPU",
    ]
