"""Done right 20, through whole hubs: `edihub send` of a large file over AS2, two hubs, and none of the processes grows with it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from as2_two_hubs import Pair, until

from hub.testing.flow_site import interchange

TEXT = "MSG*" + "Words that a buyer sends to every supplier. " * 5
PEAK_MIB = 128
LIMIT = 600 << 20


def _write_file(path: Path, mib: int) -> int:
    """An interchange of `mib` MiB made of text messages, four to a MiB; its size in octets."""
    lines = (1 << 18) // (len(TEXT) + 1) + 1
    whole = interchange([[f"BMG*00*{number:05}", "MIT*1*Notice", TEXT] for number in range(4 * mib)], type_="864").decode()
    many = (TEXT + "~") * lines
    with path.open("w") as file:
        for segment in whole.split("~")[:-1]:
            if segment == TEXT:
                file.write(many)
            elif segment.startswith("SE*"):
                file.write(f"SE*{lines + 4}*{segment.rpartition('*')[2]}~")
            else:
                file.write(segment + "~")
    return path.stat().st_size


def _peak(pid: int) -> int:
    """MiB: the most that was resident at any time."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) // 1024


class Process:
    """A command of ours, and the most memory it had."""

    def __init__(self, site: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "hub.cli", "--site", str(site), *arguments]
        self.log = site / f"{arguments[0]}.log"
        self.peak = 0
        with self.log.open("wb") as log:
            self.running = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ})

    def look(self) -> int | None:
        """Note the memory; the exit code once it has ended."""
        with contextlib.suppress(FileNotFoundError, TypeError):  # it ended between two looks
            self.peak = max(self.peak, _peak(self.running.pid))
        return self.running.poll()

    def stop(self) -> None:
        self.look()
        self.running.terminate()
        self.running.wait(60)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory of a process is read from /proc")
@pytest.mark.parametrize("mib", [pytest.param(64, id="64-mib"), pytest.param(500, id="500-mib", marks=pytest.mark.long)])
def test_a_large_file_goes_from_hub_to_hub_and_no_process_needs_more_than_128_mib(tmp_path, mib, capsys):
    pair = Pair(tmp_path, acme={"max_size": LIMIT}, edihub={"max_size": LIMIT})
    for root in (pair.acme_root, pair.hub_root):
        toml = root / "hub.toml"
        toml.write_text(toml.read_text().replace("workers = 1", f"workers = 1\npayload = {LIMIT}"))
    (file,) = (pair.hub_root / "partners").iterdir()
    partner = yaml.safe_load(file.read_text())
    partner["agreements"] = [{"receive": "x12/004010/864", "keep": True}]
    file.write_text(yaml.safe_dump(partner, sort_keys=False))
    port = pair.sockets[1].getsockname()[1]
    for each in pair.sockets:
        each.close()
    size = _write_file(tmp_path / "large.edi", mib)
    receiver = Process(pair.hub_root, "serve", "--port", str(port))
    until(receiver.log.read_text, lambda said: "health" in said)
    begun = time.monotonic()
    sender = Process(pair.acme_root, "send", str(tmp_path / "large.edi"), "--partner", "edihub", "--seconds", "900")
    while sender.look() is None:
        receiver.look()
        assert time.monotonic() - begun < 900, sender.log.read_text()
        time.sleep(0.05)
    assert sender.running.returncode == 0, sender.log.read_text() + receiver.log.read_text()
    sent, received = time.monotonic() - begun, receiver.peak
    while not (kept := _documents(pair.hub_root)) or any(each["state"] == "received" for each in kept):
        assert time.monotonic() - begun < 900, receiver.log.read_text()
        receiver.look()
        time.sleep(0.5)
    receiver.stop()
    with capsys.disabled():
        print(f"\n{size >> 20} MiB: sender {sender.peak} MiB; receiver {received} MiB to the MDN, after {sent:.0f} s")
        print(f"receiver {receiver.peak} MiB until it was processed")
    assert sender.peak < PEAK_MIB
    assert receiver.peak < PEAK_MIB


def _documents(site: Path) -> list[dict]:
    import sqlite3

    store = sqlite3.connect(f"file:{site / 'var' / 'hub.db'}?mode=ro", uri=True)
    try:
        found = store.execute("select state from document where direction = 'in' order by position desc limit 3").fetchall()
    finally:
        store.close()
    return [{"state": state} for (state,) in found]
