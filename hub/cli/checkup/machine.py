"""The machine: Python, SQLite, clock, disk, port."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from hub.cli.checkup.finding import Finding

OLDEST_PYTHON = (3, 11)
BUILT = datetime(2026, 9, 1, tzinfo=UTC).timestamp()
"""No machine that runs this version can truthfully show an earlier time."""
_GIB = 1 << 30
_LEAP = 300.0


def python(version: tuple[int, ...] | None = None) -> Finding:
    """Whether this Python is one that edihub is tested on."""
    seen = tuple(sys.version_info[:3]) if version is None else version
    text = ".".join(map(str, seen))
    if seen < OLDEST_PYTHON:
        return Finding(check="python", verdict="error", found=f"Python {text}", cure="use Python 3.11 or later")
    return Finding(check="python", verdict="ok", found=f"Python {text}")


def can_lose_commits(version: tuple[int, ...]) -> bool:
    """Whether this SQLite has the WAL-reset bug: 3.7.0 to 3.51.2, repaired in 3.51.3 and backported to 3.50.7 and 3.44.6."""
    if not (3, 7, 0) <= version < (3, 51, 3):
        return False
    return not ((3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45))


def sqlite(version: tuple[int, ...] | None = None, library: str = "") -> Finding:
    """Which SQLite the embedded store uses, and whether it can lose commits."""
    if version is None:
        from hub.store.engine import sqlite_module

        module = sqlite_module()
        version, library = module.sqlite_version_info, module.__name__
    text = f"SQLite {'.'.join(map(str, version))} of {library}"
    if can_lose_commits(version):
        return Finding(
            check="sqlite",
            verdict="warning",
            found=f"{text} has the WAL-reset bug, which can lose commits when processes race",
            cure="install pysqlite3 >= 0.6.1 (pip install 'pysqlite3>=0.6.1'), or use PostgreSQL; until then run one process",
        )
    return Finding(check="sqlite", verdict="ok", found=text)


def clock(var: Path, now: float | None = None) -> Finding:
    """Whether the clock can be right: not before this version was built, not before the site's newest file."""
    now = time.time() if now is None else now
    shown = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    cure = "set the clock and keep it by NTP (timedatectl set-ntp true); certificates, deadlines and retries go by it"
    if now < BUILT:
        return Finding(check="clock", verdict="error", found=f"{shown} is before this version was made", cure=cure)
    newest = max((path.stat().st_mtime for path in _files(var)), default=0.0)
    if newest > now + _LEAP:
        ahead = int(newest - now)
        return Finding(
            check="clock", verdict="error", found=f"{shown} is {ahead} seconds before the site's newest file", cure=cure
        )
    return Finding(check="clock", verdict="ok", found=shown)


def disk(folder: Path, usage: tuple[int, int] | None = None) -> Finding:
    """Whether there is room: the hub refuses new work where too little is free."""
    from hub.flow.pressure import least_free

    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    total, _, free = (usage[0], 0, usage[1]) if usage else shutil.disk_usage(existing)
    least = least_free(total)
    found = f"{free / _GIB:.1f} GiB free of {total / _GIB:.1f} at {existing}"
    if free < least:
        cure = f"free at least {least / _GIB:.1f} GiB: below that new work is refused before it is acknowledged"
        return Finding(check="disk", verdict="error", found=found, cure=cure)
    if free < 2 * least:
        return Finding(check="disk", verdict="warning", found=found, cure=f"the hub refuses work below {least / _GIB:.1f} GiB")
    return Finding(check="disk", verdict="ok", found=found)


def port(host: str, number: int) -> Finding:
    """Whether the address the hub listens at is free, or the hub itself is behind it."""
    if number == 0:
        return Finding(check="port", verdict="ok", found="any free port")
    where = f"{host}:{number}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        if os.name == "posix":
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, number))
        except OSError as error:
            return _taken(where, host, number, error)
    return Finding(check="port", verdict="ok", found=f"{where} is free")


def _taken(where: str, host: str, number: int, error: OSError) -> Finding:
    if error.errno == errno.EACCES:
        cure = "ports below 1024 need a right of their own: use a higher one behind a proxy, or grant CAP_NET_BIND_SERVICE"
        return Finding(check="port", verdict="error", found=f"{where} may not be used by this user", cure=cure)
    if error.errno != errno.EADDRINUSE:
        cure = "correct `host` under [http] in hub.toml"
        return Finding(check="port", verdict="error", found=f"{where} is no address of this machine", cure=cure)
    if _is_alive(host, number):
        return Finding(check="port", verdict="ok", found=f"an edihub answers at {where}")
    cure = "stop the other program, or choose another `port` under [http] in hub.toml"
    return Finding(check="port", verdict="error", found=f"{where} is taken by another program", cure=cure)


def _is_alive(host: str, number: int) -> bool:
    import http.client

    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - listened at, not bound
    connection = http.client.HTTPConnection(reachable, number, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if path.is_file())
