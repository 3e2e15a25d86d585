"""What the whole way cannot do without, each part alone and bare: the sum is the floor under an order's CPU time."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h11
import msgspec

ROUNDS = 300
ROWS = 25
"""Rows that one order leaves behind: messages, documents, jobs, audit events, business events."""


def floors(order: bytes) -> dict[str, Any]:
    """CPU microseconds per order: receive the request, hash, split, decode and encode the document, write rows and files."""
    with tempfile.TemporaryDirectory(prefix="edihub-floor-") as folder:
        parts = {
            "http_us": _each(lambda: _http(order)),
            "sha256_us": _each(lambda: hashlib.sha256(order).digest()),
            "split_us": _each(lambda: [segment.split("*") for segment in order.decode().split("~")]),
            "json_us": _each(_json(order)),
            "rows_us": _rows(Path(folder), order),
            "files_us": _files(Path(folder), order),
        }
    return {**parts, "sum_us": sum(parts.values())}


def _each(act: Callable[[], object]) -> int:
    begun = time.process_time()
    for _ in range(ROUNDS):
        act()
    return round((time.process_time() - begun) / ROUNDS * 1e6)


def _http(body: bytes) -> None:
    server = h11.Connection(h11.SERVER)
    head = f"POST /in HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    server.receive_data(head + body)
    while not isinstance(server.next_event(), h11.EndOfMessage):
        pass
    server.send(h11.Response(status_code=200, headers=[("content-length", "2")]))
    server.send(h11.Data(data=b"ok"))
    server.send(h11.EndOfMessage())


def _json(order: bytes) -> Callable[[], object]:
    document = {"lines": [{"number": str(n), "text": segment} for n, segment in enumerate(order.decode().split("~"))]}
    encoded = msgspec.json.encode(document)
    return lambda: (msgspec.json.encode(document), msgspec.json.decode(encoded))


def _rows(folder: Path, order: bytes) -> int:
    """Rows written in four durable commits shared by ten orders, with one index, by the bare driver."""
    database = sqlite3.connect(folder / "floor.db", isolation_level=None)
    database.execute("pragma journal_mode=wal")
    database.execute("pragma synchronous=full")
    database.execute("create table row (id text primary key, subject text, payload blob)")
    database.execute("create index by_subject on row (subject)")
    begun, orders = time.process_time(), 100
    for group in range(orders // 10):
        for step in range(4):
            database.execute("begin immediate")
            for place in range(10):
                key = f"{group:06}{step}{place:02}"
                rows = [(f"{key}{n:03}", key, order if n == 0 and step == 0 else b"x" * 200) for n in range(ROWS // 4)]
                database.executemany("insert into row values (?, ?, ?)", rows)
            database.execute("commit")
    taken = time.process_time() - begun
    database.close()
    return round(taken / orders * 1e6)


def _files(folder: Path, order: bytes) -> int:
    """Two files written, synced and renamed."""
    begun, orders = time.process_time(), 100
    for number in range(orders * 2):
        part = folder / f"{number}.part"
        with part.open("wb") as file:
            file.write(order)
            file.flush()
            os.fsync(file.fileno())
        part.rename(folder / f"{number}.x12")
    return round((time.process_time() - begun) / orders * 1e6)
