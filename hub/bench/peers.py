"""Other people's libraries, each in an environment of its own under the cache folder, fetched from the package index by name."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Peer:
    """A library: its requirement, and the script beside this file that measures it."""

    name: str
    requirement: str
    script: str

    def python(self) -> Path:
        """The interpreter of the peer's environment, made on first use. Raises `PeerMissing` with the reason."""
        folder = cache_folder() / self.requirement.replace("==", "-")
        interpreter = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
        ready = folder / ".ready"
        if not ready.exists():
            _run([sys.executable, "-m", "venv", str(folder)])
            _run([str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", self.requirement])
            ready.touch()
        return interpreter

    def path(self) -> Path:
        """The script that measures the peer."""
        return _HERE / self.script


class PeerMissing(Exception):
    """The peer could not be installed; the text says why."""


def cache_folder() -> Path:
    """Where environments and benchmark files are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "edihub" / "bench"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own fixed commands
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise PeerMissing(lines[-1] if lines else f"exit code {done.returncode}")


PYDIFACT = Peer("pydifact", "pydifact==0.2.3", "peer_pydifact.py")
BADX12 = Peer("badx12", "badx12==0.2.2", "peer_badx12.py")
