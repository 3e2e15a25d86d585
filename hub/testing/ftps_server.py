"""A stand-in for a partner's FTPS host: pyftpdlib on loopback, misbehaving on demand."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import OpenSSL.SSL

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # asyncore, which pyftpdlib stands on
    from pyftpdlib.authorizers import DummyAuthorizer  # type: ignore[import-untyped]
    from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler  # type: ignore[import-untyped]
    from pyftpdlib.ioloop import IOLoop  # type: ignore[import-untyped]
    from pyftpdlib.servers import FTPServer  # type: ignore[import-untyped]

USER = "partner"
PASSWORD = "pa55-of-the-partner"  # noqa: S105 - the stand-in's own
logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())
logging.getLogger("pyftpdlib").propagate = False


@dataclass(slots=True)
class Behaviour:
    """What goes wrong, by FTP command (STOR, RNTO, MLST...).

    `refuse` answers with the reply, `cut_before` drops the connection instead of obeying, `cut_after` having obeyed, `stall` never
    answers, `watch` is called with the argument first. `cut_body` drops both connections once an upload has begun, `masquerade`
    is the address that PASV claims, `unknown` are commands this server has never heard of.
    """

    refuse: dict[str, str] = field(default_factory=dict)
    cut_before: set[str] = field(default_factory=set)
    cut_after: set[str] = field(default_factory=set)
    stall: set[str] = field(default_factory=set)
    watch: dict[str, Callable[[str], None]] = field(default_factory=dict)
    cut_body: bool = False
    masquerade: str | None = None
    unknown: tuple[str, ...] = ()


@dataclass(slots=True)
class FtpsHost:
    """Serves `root` until closed. `commands` are those received in order; `resumed` says of each data connection whether it did."""

    root: Path
    certificate: tuple[Path, Path]
    implicit: bool = False
    behaviour: Behaviour = field(default_factory=Behaviour)
    commands: list[str] = field(default_factory=list)
    resumed: list[bool] = field(default_factory=list)
    port: int = 0
    _server: Any = None
    _thread: threading.Thread | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> FtpsHost:
        """Listen on a free port, or on the one it had before."""
        self._stopping.clear()
        self._server = FTPServer(("127.0.0.1", self.port), _handler_of(self), ioloop=IOLoop())
        self.port = self._server.address[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop for good; for this host the same as `stop`."""
        self.stop()

    def stop(self) -> None:
        """Close the port and every connection; `start` opens it again."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join(10)
            self._thread = None

    def settings(self, **more: Any) -> dict[str, Any]:
        """Settings of a connection to this host."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "tls": "implicit" if self.implicit else "explicit",
            "user": USER,
            "password": {"env": "FTPS_PASSWORD"},
            "authority": {"file": "keys/partner-ca.pem"},
            **more,
        }

    def secrets(self) -> dict[str, str]:
        """What the settings refer to."""
        return {"env:FTPS_PASSWORD": PASSWORD, "file:keys/partner-ca.pem": self.certificate[0].read_text()}

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self._server.ioloop.loop(timeout=0.02, blocking=False)
        self._server.close_all()
        self._server.ioloop.close()


def _handler_of(host: FtpsHost) -> type[Any]:
    """Handler classes of one host: pyftpdlib keeps its settings on classes."""
    authorizer = DummyAuthorizer()
    authorizer.add_user(USER, PASSWORD, str(host.root), perm="elradfmwMT")
    commands = {name: what for name, what in TLS_FTPHandler.proto_cmds.items() if name not in host.behaviour.unknown}
    return type(
        "Control",
        (_Control,),
        {
            "host": host,
            "authorizer": authorizer,
            "certfile": str(host.certificate[0]),
            "keyfile": str(host.certificate[1]),
            "ssl_context": None,
            "dtp_handler": type("Data", (_Data,), {"host": host}),
            "masquerade_address": host.behaviour.masquerade,
            "proto_cmds": commands,
        },
    )


class _Data(TLS_DTPHandler):  # type: ignore[misc]
    host: FtpsHost

    def handle_ssl_established(self) -> None:
        self.host.resumed.append(_resumes(self.socket))
        super().handle_ssl_established()

    def handle_read(self) -> None:
        super().handle_read()
        if self.host.behaviour.cut_body and self.tot_bytes_received:
            self.cmd_channel.close()

    handle_read_event = handle_read


class _Control(TLS_FTPHandler):  # type: ignore[misc]
    host: FtpsHost
    auth_failed_timeout = 0
    unicode_errors = "surrogateescape"
    use_sendfile = False
    mute = False

    def handle(self) -> None:
        if self.host.implicit:
            self.secure_connection(self.get_ssl_context())
        super().handle()

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        self.host.commands.append(cmd)
        behaviour = self.host.behaviour
        if cmd in behaviour.watch:
            behaviour.watch[cmd](arg)
        if cmd in behaviour.cut_before:
            self.close()
        elif cmd in behaviour.refuse:
            self.respond(behaviour.refuse[cmd])
        elif cmd in behaviour.cut_after:
            self.mute = True
            super().pre_process_command(line, cmd, arg)
            self.close()
        elif cmd not in behaviour.stall:
            super().pre_process_command(line, cmd, arg)

    def respond(self, resp: str, logfun: Any = None) -> None:
        if not self.mute:
            super().respond(resp)


def _resumes(connection: Any) -> bool:
    """Whether a server-side connection resumed an earlier session; pyOpenSSL offers the call only underneath."""
    library: Any = vars(OpenSSL.SSL)["_lib"]
    return bool(library.SSL_session_reused(connection._ssl))  # noqa: SLF001 - see above
