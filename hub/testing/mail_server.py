"""A real mail server on loopback (RFC 5321, STARTTLS of RFC 3207, AUTH PLAIN of RFC 4954) that keeps what it is given."""

from __future__ import annotations

import base64
import contextlib
import socketserver
import ssl
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it arrived: its envelope, its bytes, and whether the line was encrypted and by whom."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    is_encrypted: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.content, policy=policy.default)


class MailServer:
    """Listens until closed. `refusal` is said to every mail instead of taking it, such as `451 try later`."""

    def __init__(self, *, certificate: tuple[Path, Path] | None = None, accounts: dict[str, str] | None = None) -> None:
        self.letters: list[Letter] = []
        self.refusal = ""
        self.accounts = accounts or {}
        self.context: ssl.SSLContext | None = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.mail = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    mail: MailServer


class _Session(socketserver.StreamRequestHandler):
    server: _Server
    timeout = 10

    def handle(self) -> None:
        self.user, self.sender, self.recipients, self.is_encrypted = "", "", list[str](), False
        with contextlib.suppress(OSError, ssl.SSLError):
            self._say("220 stand-in ESMTP")
            while line := self.rfile.readline(2000):
                verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
                if verb.upper() == "QUIT":
                    self._say("221 bye")
                    return
                self._obey(verb.upper(), rest)

    def finish(self) -> None:
        """Close the encrypted line too, which the base class does not know of."""
        super().finish()
        self.connection.close()

    def _obey(self, verb: str, rest: str) -> None:
        mail = self.server.mail
        if verb == "EHLO":
            offers = [
                *(["STARTTLS"] if mail.context and not self.is_encrypted else []),
                *(["AUTH PLAIN"] if mail.accounts else []),
            ]
            self._say("\r\n".join([*(f"250-{each}" for each in ["stand-in", *offers]), "250 8BITMIME"]))
        elif verb == "STARTTLS" and mail.context is not None:
            self._say("220 go on")
            self.connection = mail.context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
            self.is_encrypted = True
        elif verb == "AUTH":
            self._log_in(rest)
        elif verb == "MAIL":
            if mail.accounts and not self.user:
                self._say("530 authentication required")
            else:
                self.sender, self.recipients = _address(rest), []
                self._say(mail.refusal or "250 ok")
        elif verb == "RCPT":
            self.recipients.append(_address(rest))
            self._say("250 ok")
        elif verb == "DATA":
            self._take()
        else:
            self._say("250 ok" if verb in {"NOOP", "RSET", "HELO"} else "502 not known here")

    def _log_in(self, rest: str) -> None:
        kind, _, given = rest.partition(" ")
        _, user, password = base64.b64decode(given).decode().split("\0")
        is_known = kind.upper() == "PLAIN" and self.server.mail.accounts.get(user) == password
        self.user = user if is_known else ""
        self._say("235 welcome" if is_known else "535 wrong user or password")

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            # a dot that begins a line was doubled (RFC 5321 4.5.2)
            lines.append(line[1:] if line.startswith(b".") else line)
        letter = Letter(self.sender, tuple(self.recipients), b"".join(lines), self.is_encrypted, self.user)
        self.server.mail.letters.append(letter)
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
        self.wfile.flush()


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]
