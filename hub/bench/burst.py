"""Everything at once over sFTP: many orders in few files, and as many files of one order, until each is answered.

The far side is OpenSSH's sshd where this machine has one, else asyncssh. The hub is embedded: `edihub serve` and nothing else.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.bench.sftp_far_side import asyncssh_far_side, openssh_far_side, sshd
from hub.testing.fleet import Fleet
from hub.testing.flow_site import interchange, order_850

HUB_TOML = """\
name = "bench"
[identities.main]
x12 = "ZZ:EDIHUB"
"""
PARTNER = """\
partner: acme
identities: {{x12: "ZZ:ACME"}}
connections:
  drop: {{connector: sftp, settings: {settings}, poll: {{every: 1s}}, in_flight: 8}}
defaults: {{over: drop, confirm: manual}}
agreements:
  - receive: x12/004010/850
"""


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: `orders` (20000), `files` (400, into which they are put first), `single` (as many single files; 0 leaves it out)."""
    orders, files = int(options.get("orders") or 20_000), int(options.get("files") or 400)
    single = int(options["single"]) if options.get("single") not in {None, ""} else orders
    rows = [_burst(orders, files)]
    if single:
        rows.append(_burst(single, single))
    bars = []
    for row in rows:
        bar = 300 if row["files"] < row["orders"] else 900
        allowed = round(bar * row["orders"] / 20_000, 1)
        what = f"{row['orders']:,} orders in {row['files']:,} files answered, s"
        bars.append({"what": what, "value": row["seconds"], "bar": f"< {allowed}", "met": row["seconds"] < allowed})
    columns = ["orders", "files", "seconds", "orders/s", "server"]
    table = {
        "columns": columns,
        "rows": [[row[name] for name in ("orders", "files", "seconds", "orders_per_second", "server")] for row in rows],
    }
    return {"bench": "burst", "rows": rows, "table": table, "bars": bars}


def _burst(orders: int, files: int) -> dict[str, Any]:
    chosen = openssh_far_side if sshd() else asyncssh_far_side
    with chosen() as (root, settings, server), tempfile.TemporaryDirectory(prefix="edihub-burst-") as folder:
        site = _site(Path(folder), settings)
        fleet = Fleet(site=site)
        fleet.start_all()
        try:
            waiting = root.parent / "waiting"
            waiting.mkdir(exist_ok=True)
            _write(waiting, orders, files)
            begun = time.monotonic()
            for each in sorted(waiting.iterdir()):
                each.rename(root / "in" / each.name)
            _wait(root / "out", files, begun, fleet)
            seconds = time.monotonic() - begun
        finally:
            fleet.stop()
        rate = round(orders / seconds, 1)
        return {"orders": orders, "files": files, "seconds": round(seconds, 1), "orders_per_second": rate, "server": server}


def _site(folder: Path, settings: Mapping[str, Any]) -> Path:
    (folder / "partners").mkdir(parents=True)
    (folder / "var").mkdir()
    (folder / "hub.toml").write_text(HUB_TOML)
    (folder / "partners" / "acme.yaml").write_text(PARTNER.format(settings=json.dumps(settings)))
    return folder


def _write(folder: Path, orders: int, files: int) -> None:
    each = orders // files
    for number in range(files):
        messages = [order_850(f"B{number:05}-{place:04}") for place in range(each)]
        (folder / f"burst-{number:06}.x12").write_bytes(interchange(messages, control=number + 1))


def _wait(out: Path, files: int, begun: float, fleet: Fleet) -> None:
    """Until every file has its functional acknowledgment."""
    while sum(1 for each in os.scandir(out) if not each.name.endswith(".part")) < files:
        if time.monotonic() - begun > 3600:
            raise RuntimeError(f"not all was answered: {fleet.log('edge')}")
        time.sleep(0.2)
