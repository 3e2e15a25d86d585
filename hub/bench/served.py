"""A hub in a process of its own, for benchmarks: `edihub serve` on a site, and what it costs."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """A hub on this site: its address and its process."""
    log = folder / "serve.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "hub.cli", "--site", str(folder), "serve", "--port", "0"]
        process = subprocess.Popen(command, stdout=output, stderr=output)  # noqa: S603  our own program, no shell
    try:
        yield _address(log, process), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"http://[\d.]+:\d+", log.read_text(errors="replace"))
        if found:
            return found[0]
        time.sleep(0.05)
    raise RuntimeError(f"the hub did not start: {log.read_text(errors='replace')[-500:]}")


def cpu_of(pid: int) -> tuple[float, float]:
    """CPU seconds of a process so far, its own and the kernel's for it; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0, 0.0
    ticks = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / ticks, int(fields[12]) / ticks
