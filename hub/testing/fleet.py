"""A hub as it runs in production: `edihub serve` and `edihub worker` processes that are killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 40.0


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@dataclass(slots=True, kw_only=True)
class Fleet:
    """The processes of one site. `store` and `queue` are empty for an embedded hub, which is one `serve` alone.

    A process is called `edge`, `worker-1`, `worker-2`... `environment` is what each is told besides.
    """

    site: Path
    store: str = ""
    queue: str = ""
    workers: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the edge listens, before and after every kill."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def names(self) -> list[str]:
        """Every process there should be."""
        return ["edge", *(f"worker-{number + 1}" for number in range(self.workers))]

    def start(self, name: str, plan: str = "") -> None:
        """Start one process; with `plan`, it dies at a crash point (`POINT:NTH`)."""
        verb = ["serve", "--port", str(self.port)] if name == "edge" else ["worker"]
        told = {**os.environ, **self.environment, "EDIHUB_STORE_URL": self.store, "EDIHUB_QUEUE_URL": self.queue}
        # set even where it is empty: a hundred kills are the test's doing, no message is set aside for them
        told["EDIHUB_KILL"] = plan
        with (self.site / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", "hub.cli", "--site", str(self.site), *verb]
            self.processes[name] = subprocess.Popen(command, env=told, stdout=log, stderr=log)  # noqa: S603  our own program

    def start_all(self) -> None:
        """Start every process and wait until the edge takes requests."""
        for name in self.names:
            self.start(name)
        self.wait_ready()

    def revive(self) -> list[str]:
        """Start again what is not running; the names of what had died."""
        dead = [name for name, process in self.processes.items() if process.poll() is not None]
        for name in dead:
            self.start(name)
        return dead

    def kill(self, name: str) -> None:
        """SIGKILL."""
        self.processes[name].kill()
        self.processes[name].wait()

    def terminate(self, name: str) -> float:
        """SIGTERM; the seconds it took to end in order. Raises where it did not."""
        process, begun = self.processes[name], time.monotonic()
        process.send_signal(signal.SIGTERM)
        status = process.wait(STOP_SECONDS)
        if status != 0:
            raise RuntimeError(f"{name} ended with {status}: {self.log(name)}")
        return time.monotonic() - begun

    def stop(self) -> None:
        """End everything in order, by force what does not."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def wait_ready(self, seconds: float = START_SECONDS) -> float:
        """Until `/readyz` says yes; how long it took."""
        begun = time.monotonic()
        while not self.is_ready():
            if time.monotonic() - begun > seconds:
                raise RuntimeError(f"the edge is not ready: {self.log('edge')}")
            if self.processes["edge"].poll() is not None:
                raise RuntimeError(f"the edge died: {self.log('edge')}")
            time.sleep(0.02)
        return time.monotonic() - begun

    def is_ready(self) -> bool:
        """Whether the edge says that it is."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310  our own address
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def log(self, name: str) -> str:
        """The end of what a process printed."""
        return (self.site / f"{name}.log").read_text(errors="replace")[-3000:]
