"""The AS2 connector held to the suites: real HTTP on loopback, a partner of our own kind at the other end."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from as2_partner import Station, as_request, connector, document, person, secrets_of, settings, station

from connectors.as2 import CONNECTOR
from hub.ports import HttpRequest
from hub.testing.listener import ListenerContract
from hub.testing.sender import SenderContract
from hub.testing.services import FakeServices

QUALITY = yaml.safe_load(Path(__file__).parents[3].joinpath("connectors/as2/quality.yaml").read_text())
HUB, ACME, EVIL = person("HUB"), person("ACME"), person("EVIL")
TIMEOUTS = {"connect_timeout": "1s", "read_timeout": "1s", "total_timeout": "20s"}


class As2Server:
    """ACME's AS2 server on loopback, which misbehaves on demand."""

    def __init__(self, behind: Station) -> None:
        self.behind = behind
        self.status = 0
        self.headers: dict[str, str] = {}
        self.cut = ""
        self.stalls = False
        closing = self.closing = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                pass

            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                if server.cut == "during":
                    self.rfile.read(length // 2)
                    self.reset()
                    return
                body = self.rfile.read(length)
                if server.status:
                    self.answer(server.status, server.headers, b"")
                    return
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = server.behind.receive(HttpRequest(method="POST", path="/", headers=headers, body=body))
                if server.cut == "after":
                    self.reset()
                elif server.stalls:
                    closing.wait(30)
                else:
                    self.answer(answer.status, answer.headers, answer.body)

            def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def reset(self) -> None:
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, address: object) -> None:
                """A connection this server broke itself is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/as2"

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class As2Receiver:
    """ACME, to whom we send."""

    patience = 3.0

    def __init__(self) -> None:
        self.services = FakeServices(secrets={**secrets_of(HUB, ACME), "secret:login": "canary-login"})
        self.server = As2Server(station(hub=connector(ACME, HUB)))
        self.others: list[As2Server] = []
        self.elsewhere = ""

    def settings(self):
        login = {"auth": {"user": "edi", "password": {"secret": "login"}}}
        return settings(HUB, ACME, **{**TIMEOUTS, **login, "url": self.elsewhere or self.server.url})

    def secrets(self):
        return {"login": "canary-login", "key": HUB.key_pem.splitlines()[3]}

    def go_down(self):
        self.server.close()

    def impostor_settings(self):
        impostor = As2Server(station(hub=connector(EVIL, HUB, our_name="ACME", require={"signed": False, "encrypted": False})))
        self.others.append(impostor)
        return {**self.settings(), "url": impostor.url}

    def effects(self):
        return list(self.server.behind.payloads)

    def refuse_for_now(self, retry_after):
        self.server.status = 429 if retry_after is None else 503
        self.server.headers = {} if retry_after is None else {"retry-after": str(retry_after)}

    def refuse_for_good(self):
        self.server.status = 422

    def cut(self, when):
        if when == "before":
            with socket.create_server(("127.0.0.1", 0)) as closed:
                self.elsewhere = f"http://127.0.0.1:{closed.getsockname()[1]}/as2"
        self.server.cut = when

    def stall(self):
        self.server.stalls = True

    def recover(self):
        self.server.status, self.server.cut, self.server.stalls, self.elsewhere = 0, "", False, ""

    def close(self):
        for server in (self.server, *self.others):
            server.close()


class As2Caller:
    """ACME, who posts to us and asks for no MDN."""

    max_size = 400_000

    def __init__(self) -> None:
        self.services = FakeServices(secrets=secrets_of(HUB, ACME))
        self.server = As2Server(station())

    def settings(self):
        return settings(HUB, ACME, **TIMEOUTS, url=self.server.url, max_size=str(self.max_size))

    def secrets(self):
        return {"key": HUB.key_pem.splitlines()[3]}

    def go_down(self):
        self.server.close()

    def impostor_settings(self):
        return self.settings()

    def request(self, payload, *, key=None):
        return self._from(ACME, "ACME", payload, key)

    def forged(self, payload):
        return self._from(EVIL, "ACME", payload, "forged")

    def unknown(self, payload):
        return self._from(ACME, "NOBODY", payload, "unknown")

    def _from(self, signer, name, payload, key):
        sender = connector(signer, HUB, our_name=name, mdn={"mode": "none"})
        return as_request(sender.prepare(document(payload, key=key or f"{payload[:40]!r}")).wire)

    def says_duplicate_accepted(self, response):
        return response.status == 200

    def close(self):
        self.server.close()


@pytest.fixture
def receiver():
    found = As2Receiver()
    yield found
    found.close()


@pytest.fixture
def caller():
    found = As2Caller()
    yield found
    found.close()


class TestAs2Sender(SenderContract):
    spec = CONNECTOR
    exempt = QUALITY["exempt"]["sender"]

    @pytest.fixture
    def far_side(self, receiver):
        return receiver


class TestAs2Listener(ListenerContract):
    spec = CONNECTOR
    exempt = QUALITY["exempt"]["listener"]

    @pytest.fixture
    def far_side(self, caller):
        return caller


def test_a_large_payload_is_handed_over_as_a_file_and_goes_when_it_was_stored(tmp_path: Path) -> None:
    from as2_partner import SpoolingServices, stored

    lent = SpoolingServices(tmp_path, secrets=secrets_of(HUB, ACME))
    payload = bytes(range(256)) * 20_000
    ready = connector(ACME, HUB, lent).prepare(document(payload))
    assert ready.wire is None
    arrived = as_request(ready.wire_body.read_bytes())
    spooled = tmp_path / "edge-body"
    spooled.write_bytes(arrived.body)
    call = connector(HUB, ACME, lent).receive(replace(arrived, body=b"", body_path=spooled))
    (found,) = call.documents
    assert found.body is not None
    assert found.body.parent == tmp_path
    assert b"".join(found.pieces()) == payload
    assert stored(call).status == 200
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["edge-body", ready.wire_body.name])
