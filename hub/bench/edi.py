"""`edihub bench edi`: the codec beside the floor of plain splitting, pydifact and badx12, on the same orders.

CPU time in a fresh process for each contender, contenders taking turns, medians. Options: `size` and `peer_size` in MB, `runs`,
`peers` (no leaves them out), `folder` for the files.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.bench import edi_files
from hub.bench.peers import BADX12, PYDIFACT, Peer, PeerMissing, cache_folder

_WRITERS = {"x12": edi_files.write_x12, "edifact": edi_files.write_edifact}
_FLOORS = {"x12": "x12-floor", "edifact": "edifact-floor"}
_PEERS = {"x12": BADX12, "edifact": PYDIFACT}
_BARS = {"x12": (0.5, 100.0), "edifact": (0.4, 20.0)}
_PEAK_MB = 200
_PEER_MB = {"x12": 2, "edifact": 5}


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Write the files, measure every contender, compare with the bars."""
    size, runs = int(options.get("size") or 50), int(options.get("runs") or 5)
    folder = Path(options.get("folder") or cache_folder() / "files")
    folder.mkdir(parents=True, exist_ok=True)
    with_peers = str(options.get("peers") or "yes") != "no"
    rows: list[list[Any]] = []
    bars: list[dict[str, Any]] = []
    found: dict[str, Any] = {"bench": "edi", "size_mb": size, "runs": runs, "python": sys.version.split()[0]}
    for standard in ("x12", "edifact"):
        path = _file(folder, standard, size)
        measured = _turns(path, {"floor": _FLOORS[standard], "ours": "ours"}, runs)
        ours, floor = measured["ours"], measured["floor"]
        if ours["messages"] != floor["messages"]:
            raise AssertionError(f"{standard}: {ours['messages']} messages read, the floor has {floor['messages']}")
        peer = (
            _peer(folder, standard, int(options.get("peer_size") or _PEER_MB[standard]))
            if with_peers
            else {"missing": "left out"}
        )
        measured["peer"] = peer
        found[standard] = measured
        rows += _rows(standard, measured)
        bars += _compare(standard, measured)
    notes = [
        f"{_PEERS[standard].name}: {found[standard]['peer']['missing']}"
        for standard in _PEERS
        if "missing" in found[standard]["peer"]
    ]
    columns = ["standard", "contender", "MB", "MB/s", "CPU s", "peak MB"]
    return found | {"table": {"columns": columns, "rows": rows}, "bars": bars, "notes": notes}


def _file(folder: Path, standard: str, size: int) -> Path:
    path = folder / f"{standard}-{size}.edi"
    if not path.exists():
        partial = path.with_suffix(".partial")
        _WRITERS[standard](partial, size * 1_000_000)
        partial.rename(path)
    return path


def _turns(path: Path, contenders: dict[str, str], runs: int) -> dict[str, Any]:
    """The median CPU time of each contender; they take turns, so that a noisy neighbour disturbs all alike."""
    results: dict[str, list[dict[str, Any]]] = {role: [] for role in contenders}
    for _ in range(runs):
        for role, name in contenders.items():
            results[role].append(_measured([sys.executable, "-m", "hub.bench.edi_contender", name, str(path)]))
    megabytes = path.stat().st_size / 1e6
    return {role: _median(taken, megabytes) for role, taken in results.items()}


def _median(taken: list[dict[str, Any]], megabytes: float) -> dict[str, Any]:
    seconds = statistics.median(one["seconds"] for one in taken)
    peak = max(one["peak_mb"] for one in taken)
    return taken[0] | {"seconds": seconds, "peak_mb": peak, "mb": megabytes, "mb_per_s": megabytes / seconds}


def _measured(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own fixed commands
    if done.returncode:
        raise PeerMissing((done.stderr.strip().splitlines() or ["no output"])[-1])
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _peer(folder: Path, standard: str, size: int) -> dict[str, Any]:
    """One run on a smaller file: the peers take minutes for the whole, and get slower as files grow, so this flatters them."""
    peer: Peer = _PEERS[standard]
    try:
        path = _file(folder, standard, size)
        result = _measured([str(peer.python()), str(peer.path()), str(path)])
    except PeerMissing as missing:
        return {"name": peer.name, "missing": f"not measured: {missing}"}
    return {"name": peer.name} | _median([result], path.stat().st_size / 1e6)


def _rows(standard: str, measured: dict[str, Any]) -> list[list[Any]]:
    rows = []
    for role in ("floor", "ours", "peer"):
        one = measured[role]
        if "missing" in one:
            continue
        name = one.get("name", {"floor": "floor: split only", "ours": "edihub"}.get(role, role))
        rows.append([standard, name, round(one["mb"], 1), round(one["mb_per_s"], 2), round(one["seconds"], 3), one["peak_mb"]])
    return rows


def _compare(standard: str, measured: dict[str, Any]) -> list[dict[str, Any]]:
    of_floor, of_peer = _BARS[standard]
    speed = measured["ours"]["mb_per_s"]
    bars = [_bar(f"{standard}: part of the floor's speed", speed / measured["floor"]["mb_per_s"], of_floor)]
    if "mb_per_s" in measured["peer"]:
        bars.append(_bar(f"{standard}: times {measured['peer']['name']}", speed / measured["peer"]["mb_per_s"], of_peer))
    peak = measured["ours"]["peak_mb"]
    bars.append({"what": f"{standard}: peak memory, MB, at most", "value": peak, "bar": _PEAK_MB, "met": peak <= _PEAK_MB})
    return bars


def _bar(what: str, value: float, bar: float) -> dict[str, Any]:
    return {"what": what, "value": round(value, 2), "bar": bar, "met": value >= bar}
