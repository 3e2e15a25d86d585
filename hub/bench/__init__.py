"""The benchmarks: ours beside a floor and a peer, in one run.

Each module has `run(options) -> dict`: `table` (columns and rows) and `bars` (what, value, bar, met) are printed, the whole
dictionary is the JSON.
"""

from __future__ import annotations

BENCHES: dict[str, str] = {
    "edi": "hub.bench.edi",
    "translate": "hub.bench.translate",
    "flow": "hub.bench.flow",
    "o2c": "hub.bench.o2c",
    "as2": "hub.bench.as2",
    "as2-load": "hub.bench.as2_load",
    "scale": "hub.bench.scale",
    "startup": "hub.bench.startup",
    "burst": "hub.bench.burst",
    "soak": "hub.bench.soak",
}
"""Name: its module."""
