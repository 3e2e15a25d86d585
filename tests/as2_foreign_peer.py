"""Peers that live in environments of their own, made by `make interop` under `.peers/`: spoken to in lines of JSON."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from as2_partner import Person

from hub.bench.as2 import PYAS2LIB
from hub.bench.peers import PeerMissing, cache_folder

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "tests" / "interop" / "as2" / "peers"


def peers() -> Path:
    """Where the peers are installed: `EDIHUB_PEERS`, else `.peers` in the clone."""
    return Path(os.environ.get("EDIHUB_PEERS") or ROOT / ".peers")


def pyas2lib_command() -> list[str]:
    """The peer's own interpreter: the one `make interop` made, else the benchmark's, fetched from the package index on first use."""
    python = peers() / "pyas2lib" / "bin" / "python"
    if not python.exists():
        python = _fetched()
    return [str(python), str(PROGRAMS / "pyas2lib_peer.py")]


def _fetched() -> Path:
    lock = cache_folder() / "pyas2lib.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            return PYAS2LIB.python()
        except PeerMissing as missing:
            pytest.skip(f"pyas2lib cannot be fetched: {missing}")


def libas2_command() -> list[str]:
    if not (peers() / "libas2" / "node_modules" / "libas2").is_dir():
        pytest.skip("libas2 is not installed: `make interop` does it under .peers/ where node and npm are there")
    return ["node", str(PROGRAMS / "libas2_peer.js")]


class ForeignPeer:
    """One running peer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, **request: object) -> dict:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "fault" not in answer, answer["fault"]
        return answer


@contextmanager
def running(command: list[str]) -> Iterator[ForeignPeer]:
    environment = {**os.environ, "NODE_PATH": str(peers() / "libas2" / "node_modules")}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"ready": True}
        yield ForeignPeer(process)
        assert process.stdin is not None
        process.stdin.close()


def described(one: Person) -> dict[str, str]:
    return {"name": one.name, "certificate": one.certificate_pem, "key": one.key_pem}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
