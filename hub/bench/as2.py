"""`edihub bench as2`: CPU per message beside the bare primitives and pyas2lib, in one run.

Signed (SHA-256), encrypted (AES-256-CBC), RSA-2048, signed MDN. Ours and the floor take turns; of many runs the tenth
percentile counts, as noise only ever adds. Options: `peers` (no leaves pyas2lib out), `large` (no leaves the 50 MB rows out), `folder`.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from hub.bench.peers import Peer, PeerMissing

PYAS2LIB = Peer("pyas2lib", "pyas2lib==1.4.4", "peer_pyas2lib.py")
_SIZES = {"5 KB": (5_000, 2000), "1 MB": (1_000_000, 100), "50 MB": (50_000_000, 7)}
_BLOCK = 25
_PEER_ROUNDS = {"5 KB": (20, 5), "1 MB": (2, 3), "50 MB": (1, 1)}
_FLOOR_BARS = {
    ("receive + signed MDN", "5 KB"): 1.3,
    ("the same through the connector", "5 KB"): 1.3,
    ("receive + signed MDN", "50 MB"): 1.2,
    ("the same through the connector", "50 MB"): 1.2,
}
_PEER_BAR = 10.0
#: a row of ours that the peer does as part of another
_SAME = {"the same through the connector": "receive + signed MDN"}


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Measure every row, compare with the bars."""
    contender = _contender()
    sizes = [name for name in _SIZES if name != "50 MB" or str(options.get("large") or "yes") != "no"]
    both = contender.people()
    rows: list[list[Any]] = []
    bars: list[dict[str, Any]] = []
    notes = ["floor: each primitive once, the content in memory as one run; CPU time, tenth percentile of single runs"]
    measured: dict[str, Any] = {}
    for label in sizes:
        peer = _peer(both, label, options, notes)
        with tempfile.TemporaryDirectory(dir=options.get("folder")) as folder:
            for case in contender.cases(both, _SIZES[label][0], Path(folder)):
                ours, floor = _turns(case.ours, case.floor, _SIZES[label][1])
                theirs = peer.get(_SAME.get(case.name, case.name))
                measured[f"{case.name}, {label}"] = {"ours": ours, "floor": floor, "pyas2lib": theirs}
                rows.append(_row(case.name, label, ours, floor, theirs))
                bars += _bars(case.name, label, ours / floor, theirs / ours if theirs else None)
    columns = ["work", "payload", "floor ms", "ours ms", "x floor", "pyas2lib ms", "x ours"]
    table = {"columns": columns, "rows": rows}
    return {"bench": "as2", "python": sys.version.split()[0], "cases": measured, "table": table, "bars": bars, "notes": notes}


def _contender() -> Any:
    """What the AS2 connector has to measure; found by its registration, as everything of a connector is."""
    (entry,) = entry_points(group="hub.connectors", name="as2")
    return importlib.import_module(f"{entry.module}.benchmark")


def _turns(ours: Callable[[], object], floor: Callable[[], object], turns: int) -> tuple[float, float]:
    """CPU seconds of one run of each, in blocks that take turns: the run nine of ten are slower than, as noise only ever adds."""
    spent: tuple[list[float], list[float]] = ([], [])
    block = min(_BLOCK, turns)
    for _ in range(turns // block):
        for work, times in zip((ours, floor), spent, strict=True):
            work()
            times += [_clocked(work) for _ in range(block)]
    return sorted(spent[0])[len(spent[0]) // 10], sorted(spent[1])[len(spent[1]) // 10]


def _clocked(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _peer(both: Mapping[str, Any], label: str, options: Mapping[str, Any], notes: list[str]) -> dict[str, float]:
    if str(options.get("peers") or "yes") == "no":
        return {}
    rounds, repeats = _PEER_ROUNDS[label]
    request = {"people": both, "size": _SIZES[label][0], "rounds": rounds, "repeats": repeats}
    try:
        command = [str(PYAS2LIB.python()), str(PYAS2LIB.path())]
        done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True)  # noqa: S603 - our own script
    except (PeerMissing, subprocess.CalledProcessError) as missing:
        notes.append(f"pyas2lib, {label}: {missing}")
        return {}
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _row(name: str, label: str, ours: float, floor: float, theirs: float | None) -> list[Any]:
    peer = [f"{theirs * 1e3:.2f}", f"{theirs / ours:.1f}"] if theirs else ["-", "-"]
    return [name, label, f"{floor * 1e3:.3f}", f"{ours * 1e3:.3f}", f"{ours / floor:.2f}", *peer]


def _bars(name: str, label: str, to_floor: float, to_peer: float | None) -> list[dict[str, Any]]:
    found = []
    bar = _FLOOR_BARS.get((name, label))
    if bar is not None:
        found.append(
            {"what": f"{name}, {label}: times the floor", "value": round(to_floor, 2), "bar": bar, "met": to_floor <= bar}
        )
    if to_peer is not None:
        what = f"{name}, {label}: faster than pyas2lib"
        found.append({"what": what, "value": round(to_peer, 1), "bar": _PEER_BAR, "met": to_peer >= _PEER_BAR})
    return found
