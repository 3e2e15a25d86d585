"""What no kill can show: whether an acknowledgment left while what it promises was not yet on the disk.

The page cache outlives a killed process, so a missing fsync loses nothing until the power fails. Here the system calls tell:
from a write to the log, or to a payload's file, until its fsync returned, no 2xx may be sent. Right for one request at a time.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync,rename,renameat,renameat2"
_CALL = re.compile(r"^(?P<pid>\d+)\s+(?P<name>\w+)\((?P<rest>.*)$")
_RESUMED = re.compile(r"^(?P<pid>\d+)\s+<\.\.\. (?P<name>\w+) resumed>")
_PATH = re.compile(r"^\d+<(?P<path>[^>]*)>")
_ANSWER = re.compile(r'"HTTP/1\.1 2\d\d')
_WRITES = {"pwrite64", "pwritev", "write", "writev"}
_SYNCS = {"fsync", "fdatasync"}


def can_trace() -> str:
    """Why system calls cannot be seen here; empty where they can."""
    if shutil.which("strace") is None:
        return "strace is missing (apt-get install strace)"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)  # noqa: S607
    return "" if tried.returncode == 0 else "this system does not let strace trace"


def traced(command: list[str], to: Path) -> list[str]:
    """The command under strace."""
    return ["strace", "-f", "-y", "-s", "32", "-e", f"trace={CALLS}", "-o", str(to), *command]


@dataclass(slots=True)
class Verdict:
    """How many acknowledgments were seen, and for each that came too early what was dirty."""

    answers: int = 0
    dirty: list[str] = field(default_factory=list)
    syncs: int = 0


def judge(lines: Iterable[str]) -> Verdict:
    """Read a trace."""
    found, dirty, under_way = Verdict(), set[str](), dict[str, str]()
    for line in lines:
        resumed = _RESUMED.match(line)
        if resumed:
            path = under_way.pop(resumed["pid"], "")
            if resumed["name"] in _SYNCS and path:
                _clean(found, dirty, path)
            continue
        call = _CALL.match(line)
        if call is None:
            continue
        name, rest = call["name"], call["rest"]
        path = (_PATH.match(rest) or {"path": ""})["path"]
        if name in _WRITES and _must_last(path):
            dirty.add(path)
        elif name in _SYNCS and "<unfinished" in line:
            under_way[call["pid"]] = path
        elif name in _SYNCS:
            _clean(found, dirty, path)
        elif _ANSWER.search(rest):
            found.answers += 1
            if dirty:
                found.dirty.append(", ".join(sorted(dirty)))
    return found


def _must_last(path: str) -> bool:
    return path.endswith("-wal") or "/payloads/" in path or "/spool/" in path


def _clean(found: Verdict, dirty: set[str], path: str) -> None:
    if path in dirty:
        found.syncs += 1
        dirty.discard(path)
