"""The HTTP connector against real servers on loopback, held to the suites."""

import json
import socket
from pathlib import Path

import pytest
import yaml

from connectors.http import CONNECTOR
from hub.ports import HttpRequest
from hub.testing.certificates import self_signed
from hub.testing.http_server import Behaviour, StandInServer
from hub.testing.listener import ListenerContract
from hub.testing.sender import SenderContract
from hub.testing.services import FakeServices

QUALITY = yaml.safe_load(Path(__file__).parents[3].joinpath("connectors/http/quality.yaml").read_text())
TOKEN = "canary-token-51f0"
PASSWORD = "canary-password-9a"


class HttpCaller:
    """A partner who posts to us with a bearer token."""

    max_size = 1000

    def __init__(self):
        self.services = FakeServices(secrets={"secret:token": TOKEN})

    def settings(self):
        return {"receive": {"auth": {"bearer": {"secret": "token"}}, "max_size": str(self.max_size)}}

    def secrets(self):
        return {"token": TOKEN}

    def go_down(self):
        self.services._secrets.clear()

    def request(self, payload, *, key=None):
        return self.post(payload, f"Bearer {TOKEN}", key)

    def forged(self, payload):
        return self.post(payload, "Bearer guess")

    def unknown(self, payload):
        return self.post(payload, "")

    def post(self, payload, authorization, key=None):
        headers = {"content-type": "application/edi-x12"}
        if authorization:
            headers["authorization"] = authorization
        if key is not None:
            headers["idempotency-key"] = key
        return HttpRequest(method="POST", path="/in/web", headers=headers, body=payload)

    def says_duplicate_accepted(self, response):
        return response.status == 202 and json.loads(response.body) == {"id": "M-4711", "duplicate": True}


class HttpBasicCaller(HttpCaller):
    """The same with a user name and a password."""

    def __init__(self):
        super().__init__()
        self.services = FakeServices(secrets={"secret:pw": PASSWORD})

    def settings(self):
        return {"receive": {"auth": {"basic": {"user": "acme", "password": {"secret": "pw"}}}, "max_size": str(self.max_size)}}

    def secrets(self):
        return {"pw": PASSWORD}

    def request(self, payload, *, key=None):
        # base64("acme:canary-password-9a"), written out so that the test does not compute it as the code does
        return self.post(payload, "basic YWNtZTpjYW5hcnktcGFzc3dvcmQtOWE=", key)

    def forged(self, payload):
        return self.post(payload, "Basic YWNtZTpndWVzcw==")


class HttpReceiver:
    """A partner's server on loopback."""

    patience = 1.5

    def __init__(self, folder, certificate=None):
        self.services = FakeServices(secrets={"secret:out": PASSWORD})
        self.folder = folder
        self.certificate = certificate
        self.server = StandInServer(expected_authorization=f"Bearer {PASSWORD}", certificate=certificate)
        self.extra = {}
        self.others = []

    def settings(self):
        trust = {"ca_file": str(self.certificate[0])} if self.certificate else {}
        timeouts = {"connect_timeout": "0.5", "read_timeout": "0.5", "total_timeout": "10"}
        return {"send": {"url": self.server.url, "auth": {"bearer": {"secret": "out"}}, **trust, **timeouts, **self.extra}}

    def secrets(self):
        return {"out": PASSWORD}

    def go_down(self):
        self.server.close()

    def impostor_settings(self):
        (self.folder / "impostor").mkdir()
        impostor = StandInServer(certificate=self_signed(self.folder / "impostor"))
        self.others.append(impostor)
        return {"send": {**self.settings()["send"], "url": impostor.url}}

    def effects(self):
        return list(self.server.effects.values())

    def refuse_for_now(self, retry_after):
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        self.server.behaviour = Behaviour(status=429 if retry_after is None else 503, headers=headers)

    def refuse_for_good(self):
        self.server.behaviour = Behaviour(status=422)

    def cut(self, when):
        if when == "before":
            with socket.create_server(("127.0.0.1", 0)) as closed:
                self.extra = {"url": f"http://127.0.0.1:{closed.getsockname()[1]}/in"}
        self.server.behaviour = Behaviour(cut=when)

    def stall(self):
        self.server.behaviour = Behaviour(stalls=True)

    def recover(self):
        self.extra = {}
        self.server.behaviour = Behaviour()

    def close(self):
        for server in [self.server, *self.others]:
            server.close()


class TestHttpListener(ListenerContract):
    spec = CONNECTOR
    exempt = QUALITY["exempt"]["listener"]

    @pytest.fixture(params=[HttpCaller, HttpBasicCaller], ids=["bearer", "basic"])
    def far_side(self, request):
        return request.param()


class TestHttpSender(SenderContract):
    spec = CONNECTOR
    exempt = QUALITY["exempt"]["sender"]

    @pytest.fixture(params=["plain", "tls"])
    def far_side(self, request, tmp_path):
        far_side = HttpReceiver(tmp_path, self_signed(tmp_path) if request.param == "tls" else None)
        yield far_side
        far_side.close()
