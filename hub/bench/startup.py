"""How soon an embedded hub takes requests: on an empty site, and after kill -9 with ten thousand messages in flight."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.bench.scale import site
from hub.bench.served import cpu_of
from hub.testing.fleet import Fleet
from hub.testing.flow_site import interchange, order_850


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: `messages` in flight (10000)."""
    messages = int(options.get("messages") or 10_000)
    with site() as folder:
        fleet = Fleet(site=folder)
        first = _start(fleet)
        fleet.stop()
        again = _start(fleet)
        cpu = round(sum(cpu_of(fleet.processes["edge"].pid)), 2)
        fleet.stop()
        put_in_flight(folder, messages)
        fleet.start("edge")
        time.sleep(2.0)
        fleet.kill("edge")
        begun = time.monotonic()
        recovered = _start(fleet)
        working = _until_working(fleet, begun)
        fleet.kill("edge")
        fleet.processes.clear()
    figures = {
        "first_start_s": first,
        "start_s": again,
        "start_cpu_s": cpu,
        "start_after_kill_s": recovered,
        "work_after_kill_s": working,
    }
    bars = [
        {"what": "embedded hub ready, s", "value": again, "bar": "< 2", "met": again < 2},
        {
            "what": f"ready and working after kill -9 with {messages:,} in flight, s",
            "value": working,
            "bar": "< 10",
            "met": working < 10,
        },
    ]
    return {"bench": "startup", "messages": messages, **figures, "bars": bars}


def put_in_flight(folder: Path, messages: int) -> None:
    """Accept so many orders that nobody has processed, as a hub does that is killed in a burst."""
    from hub.bootstrap import open_hub
    from hub.flow.take import Taking, take_together
    from hub.ports import InboundDocument

    hub = open_hub(folder)
    try:
        for start in range(0, messages, 500):
            takings = [
                Taking(
                    connection="acme/in",
                    documents=(
                        InboundDocument(
                            payload=interchange([order_850(f"B{number:06}")], control=500_000 + number),
                            idempotency_key=f"in-flight-{number}",
                            received_at=hub.now(),
                        ),
                    ),
                )
                for number in range(start, min(start + 500, messages))
            ]
            take_together(takings, hub=hub)
    finally:
        hub.stop()


def _start(fleet: Fleet) -> float:
    begun = time.monotonic()
    fleet.start("edge")
    fleet.wait_ready()
    return round(time.monotonic() - begun, 2)


def _until_working(fleet: Fleet, begun: float) -> float:
    """Until another answer lies at the far side than before."""
    outbox = fleet.site / "outbox"
    before = len(list(outbox.glob("*.x12")))
    while len(list(outbox.glob("*.x12"))) <= before:
        if time.monotonic() - begun > 60:
            raise RuntimeError(f"nothing is done: {fleet.log('edge')}")
        time.sleep(0.02)
    return round(time.monotonic() - begun, 2)
