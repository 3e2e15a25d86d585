"""Peers that live in environments of their own, made by `make interop` under `.peers/`: spoken to in lines of JSON."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from as2_partner import Person

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "tests" / "interop" / "as2" / "peers"


def peers() -> Path:
    """Where the peers are installed: `EDIHUB_PEERS`, else `.peers` in the clone."""
    return Path(os.environ.get("EDIHUB_PEERS") or ROOT / ".peers")


def pyas2lib_command() -> list[str]:
    python = peers() / "pyas2lib" / "bin" / "python"
    if not python.exists():
        pytest.skip("pyas2lib has no environment: `make interop` makes it under .peers/")
    return [str(python), str(PROGRAMS / "pyas2lib_peer.py")]


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
