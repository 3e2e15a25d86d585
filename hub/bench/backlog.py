"""How long a claim takes when much waits, on both databases: the transaction of a worker that takes a batch of ten."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from hub.bench.posting import percentile
from hub.store.database import Database
from hub.store.tables import job

CLAIMS = 400
BATCH = 10
PARTNERS = 200


def claims(depth: int, postgres: str) -> dict[str, Any]:
    """Claim times by database and lane, with `depth` jobs ready, half in each lane, for 200 partners."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="edihub-backlog-") as folder:
        for name, url in (("SQLite", f"sqlite:///{folder}/hub.db"), ("PostgreSQL", postgres)):
            database = Database(url=url, blobs=Path(folder) / "payloads")
            try:
                names = [f"partner-{number:03}/main" for number in range(PARTNERS)]
                fill(database, depth, lane="process", resources=[""])
                fill(database, depth, lane="deliver", resources=names)
                found[name] = {lane: _claims(database, lane) for lane in ("process", "deliver")}
            finally:
                database.close()
    return found


def fill(database: Database, depth: int, *, lane: str, resources: Sequence[str]) -> None:
    """Add so many jobs that are due, in turn for each resource."""
    for start in range(0, depth, 5000):
        with database.transaction() as tx:
            rows = [
                {
                    "id": f"job_{start + n:014x}{secrets.randbits(32):08x}",
                    "lane": lane,
                    "kind": "deliver",
                    "subject": f"msg_{start + n:022x}",
                    "resource": resources[(start + n) % len(resources)],
                    "due_at": tx.now,
                    "created_at": tx.now,
                }
                for n in range(min(5000, depth - start))
            ]
            tx.connection.execute(insert(job), rows)


def _claims(database: Database, lane: str) -> dict[str, Any]:
    taken = []
    for _ in range(CLAIMS):
        begun = time.perf_counter()
        with database.transaction() as tx:
            jobs = tx.jobs.claim(lane, "bench", limit=BATCH, caps={} if lane == "deliver" else None)
        taken.append(time.perf_counter() - begun)
        with database.transaction() as tx:
            for each in jobs:
                tx.jobs.finish(each)
    taken.sort()
    return {"claims": CLAIMS, "p50_ms": percentile(taken, 0.5), "p99_ms": percentile(taken, 0.99)}
