"""A stand-in for a partner's SFTP host: asyncssh on loopback, which shares no code with the client, misbehaving on demand."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

USER = "partner"
PASSWORD = "pa55-of-the-partner"  # noqa: S105 - the stand-in's own


@dataclass(slots=True)
class Behaviour:
    """What goes wrong, by operation: open, read, write, close, stat, scandir, rename, remove.

    `refuse` answers with the error, `cut_before` and `cut_after` drop the connection around it, `stall` never answers, `watch` is
    called with the path before it, `names` replaces the folder's listing.
    """

    refuse: dict[str, asyncssh.SFTPError] = field(default_factory=dict)
    cut_before: set[str] = field(default_factory=set)
    cut_after: set[str] = field(default_factory=set)
    stall: set[str] = field(default_factory=set)
    watch: dict[str, Callable[[bytes], None]] = field(default_factory=dict)
    names: list[asyncssh.SFTPName] | None = None
    login_stalls: bool = False
    sftp_stalls: bool = False


@dataclass(slots=True)
class SftpHost:
    """Serves `root` until closed. `logins` counts login attempts: none may reach a host whose key is not pinned."""

    root: Path
    key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    more_keys: tuple[asyncssh.SSHKey, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    behaviour: Behaviour = field(default_factory=Behaviour)
    authorized: list[asyncssh.SSHKey] = field(default_factory=list)
    logins: int = 0
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _acceptor: asyncssh.SSHAcceptor | None = None
    _thread: threading.Thread | None = None
    _connections: set[asyncssh.SSHServerConnection] = field(default_factory=set)

    def start(self) -> SftpHost:
        """Listen on a free port, or on the one it had before."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
            self._thread.start()
        self._acceptor = self._run(self._listen())
        self.port = self._acceptor.get_port()
        return self

    def stop(self) -> None:
        """Close the port and every connection; `start` opens it again."""
        self._run(self._shut())

    def close(self) -> None:
        """Stop for good."""
        if self._thread is None:
            return
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
        self._thread = None

    @property
    def host_key(self) -> str:
        """The public key line to pin."""
        return self.key.export_public_key().decode().strip()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 fingerprint to pin."""
        return self.key.get_fingerprint()

    def settings(self, **more: Any) -> dict[str, Any]:
        """Settings of a connection to this host."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": USER,
            "password": {"env": "SFTP_PASSWORD"},
            "host_keys": [self.host_key],
            **more,
        }

    def _run(self, work: Awaitable[Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(_awaited(work), self._loop).result(10)

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_host_keys=[self.key, *self.more_keys],
            server_factory=lambda: _Login(self),
            sftp_factory=None if self.behaviour.sftp_stalls else lambda channel: _Files(channel, self),
            gss_host=None,
            **self.options,
        )

    async def _shut(self) -> None:
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()
            self._acceptor = None
        for connection in list(self._connections):
            connection.abort()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        if others:
            _, stalled = await asyncio.wait(others, timeout=0.3)
            for task in stalled:
                task.cancel()
            await asyncio.gather(*stalled, return_exceptions=True)


async def _awaited(work: Awaitable[Any]) -> Any:
    return await work


class _Login(asyncssh.SSHServer):
    def __init__(self, host: SftpHost) -> None:
        self._host = host
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._host._connections.add(conn)  # noqa: SLF001 - one stand-in in two classes

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._host._connections.discard(self._connection)  # noqa: SLF001 - one stand-in in two classes

    async def begin_auth(self, username: str) -> bool:
        self._host.logins += 1
        if self._host.behaviour.login_stalls:
            await asyncio.sleep(3_600)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key in self._host.authorized

    def session_requested(self) -> Any:
        return _Silent() if self._host.behaviour.sftp_stalls else False


class _Silent(asyncssh.SSHServerSession[bytes]):
    """Grants SFTP and never says a word."""

    def subsystem_requested(self, subsystem: str) -> bool:
        return True


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], host: SftpHost) -> None:
        super().__init__(channel, chroot=os.fsencode(host.root))
        self._behaviour = host.behaviour

    async def _before(self, operation: str, path: bytes) -> None:
        behaviour = self._behaviour
        if operation in behaviour.watch:
            behaviour.watch[operation](path)
        if operation in behaviour.cut_before:
            self.connection.abort()
        if operation in behaviour.stall:
            with contextlib.suppress(*([asyncio.CancelledError] if operation == "close" else [])):
                await asyncio.sleep(3_600)
        if operation in behaviour.refuse:
            raise behaviour.refuse[operation]

    async def _around(self, operation: str, path: bytes, work: Callable[[], Any]) -> Any:
        await self._before(operation, path)
        result = work()
        if operation in self._behaviour.cut_after:
            self.connection.abort()
        return result

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        return await self._around("open", path, lambda: super(_Files, self).open(path, pflags, attrs))

    async def read(self, file_obj: object, offset: int, size: int) -> Any:
        return await self._around("read", b"", lambda: super(_Files, self).read(file_obj, offset, size))

    async def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        return await self._around("write", b"", lambda: super(_Files, self).write(file_obj, offset, data))

    async def close(self, file_obj: object) -> Any:
        return await self._around("close", b"", lambda: super(_Files, self).close(file_obj))

    async def lstat(self, path: bytes) -> Any:
        return await self._around("stat", path, lambda: super(_Files, self).lstat(path))

    async def remove(self, path: bytes) -> Any:
        return await self._around("remove", path, lambda: super(_Files, self).remove(path))

    async def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        return await self._around("rename", newpath, lambda: super(_Files, self).rename(oldpath, newpath))

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        await self._before("scandir", path)
        if self._behaviour.names is not None:
            for name in self._behaviour.names:
                yield name
            return
        async for name in super().scandir(path):
            yield name
