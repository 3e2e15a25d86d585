"""Hours in short: a steady load with a kill every so often, and whether memory and file handles stay what they were."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.testing.fleet import Fleet
from hub.testing.storm import Storm, write_storm_site

GROWTH = 0.05
FEW = 3


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: `seconds` (600), `rate` (50 orders a second), `kill` (every 20 seconds; 0 never)."""
    seconds, rate = float(options.get("seconds") or 600), float(options.get("rate") or 50)
    every = float(options.get("kill", 20))
    with tempfile.TemporaryDirectory(prefix="edihub-soak-") as folder:
        fleet = Fleet(site=write_storm_site(Path(folder) / "site"))
        storm = Storm(fleet=fleet, seed=1, rate=rate, clients=8)
        samples = _soak(storm, seconds, every)
    lives = [each for each in samples if len(each) > 1]
    rss = [_growth([sample["rss"] for sample in life]) for life in lives]
    handles = [_growth([float(sample["fds"]) for sample in life]) for life in lives]
    # a life is short: what grows shows between the same moment of the first lives and of the last
    across = _growth([life[-1]["rss"] for life in lives])
    found = {
        "bench": "soak",
        "seconds": seconds,
        "rate": rate,
        "lives": len(samples),
        "orders": len(storm.sent),
        "acknowledged": len(storm.acknowledged),
        "rss_mib": [round(life[-1]["rss"] / 2**20, 1) for life in lives],
        "fds": [_resting(life) for life in lives],
        "rss_growth_within_lives": [round(each, 3) for each in rss],
        "fd_growth_within_lives": [round(each, 3) for each in handles],
        "rss_growth_across_lives": round(across, 3),
    }
    lost = len(storm.sent) - len(storm.acknowledged)
    handles_now = [float(_resting(life)) for life in lives]
    # of some twenty handles one is already a twentieth
    worst = 0.0 if max(handles_now, default=0) - min(handles_now, default=0) <= FEW else round(_growth(handles_now), 3)
    bars = [
        {"what": "orders without an acknowledgment", "value": lost, "bar": "0", "met": lost == 0},
        {
            "what": "growth of memory from the first lives to the last",
            "value": round(across, 3),
            "bar": "< 0.05",
            "met": across < GROWTH,
        },
        {"what": "growth of file handles likewise", "value": worst, "bar": "< 0.05", "met": worst < GROWTH},
    ]
    return {**found, "bars": bars}


def _soak(storm: Storm, seconds: float, every: float) -> list[list[dict[str, Any]]]:
    """Samples of each life of the hub, one a second once it is warm."""
    fleet, lives = storm.fleet, [list[dict[str, Any]]()]
    fleet.start_all()
    hands = [threading.Thread(target=storm.client, args=(n,), daemon=True) for n in range(storm.clients)]
    for hand in hands:
        hand.start()
    begun = last = time.monotonic()
    while time.monotonic() - begun < seconds:
        time.sleep(1.0)
        if every and time.monotonic() - last > every:
            fleet.kill("edge")
            fleet.start_all()
            last = time.monotonic()
            lives.append([])
        elif time.monotonic() - last > min(8.0, every / 2 or 8.0):
            lives[-1].append(_sample(fleet.processes["edge"].pid))
    storm.end(hands)
    storm.wait_until_taken()
    fleet.stop()
    return lives


def _sample(pid: int) -> dict[str, Any]:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return {"rss": pages * os.sysconf("SC_PAGE_SIZE"), "fds": len(list(Path(f"/proc/{pid}/fd").iterdir()))}


def _resting(life: list[dict[str, Any]]) -> int:
    """The file handles that stay open in a life: what one look finds beyond them are files being written, up to ten in a folder at once."""
    return int(min(sample["fds"] for sample in life))


def _growth(values: list[float]) -> float:
    """The mean of the last third over that of the first, less one."""
    third = max(1, len(values) // 3)
    first, last = values[:third], values[-third:]
    return (sum(last) / len(last)) / (sum(first) / len(first)) - 1 if values else 0.0
