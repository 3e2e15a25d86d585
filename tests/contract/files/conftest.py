"""Hosts to exchange files with: the same questions to both protocols through one small face."""

import os

import asyncssh
import pytest

from connectors.ftps import CONNECTOR as FTPS
from connectors.sftp import CONNECTOR as SFTP
from hub.ports import Stored
from hub.testing.certificates import self_signed
from hub.testing.ftps_server import FtpsHost
from hub.testing.services import FakeServices
from hub.testing.sftp_server import PASSWORD, SftpHost

# for tests that are not about time: a machine may stand still for seconds, what is about it sets its own (test_files_silence)
PATIENT = {"connect": 10, "banner": 10, "auth": 10, "channel": 10, "read": 10, "transfer": 20}
# What an operation is called by each protocol.
WORDS = {
    "sftp": {
        "list": "scandir",
        "fetch": "open",
        "put": "open",
        "rename": "rename",
        "remove": "remove",
        "look": "stat",
        "end": "close",
    },
    "ftps": {"list": "MLSD", "fetch": "RETR", "put": "STOR", "rename": "RNTO", "remove": "DELE", "look": "MLST", "end": "MLST"},
}
REFUSALS = {
    "sftp": {
        "full": asyncssh.SFTPFailure("No space left on device"),
        "denied": asyncssh.SFTPPermissionDenied("Permission denied"),
        "gone": asyncssh.SFTPNoSuchFile("No such file"),
    },
    "ftps": {"full": "452 Insufficient storage space", "denied": "553 Permission denied", "gone": "550 No such file"},
}
CONNECTORS = {"sftp": SFTP, "ftps": FTPS}


class Far:
    """One host and the connectors to it."""

    def __init__(self, kind, host, secrets):
        self.kind = kind
        self.host = host
        self.root = host.root
        self.services = FakeServices(secrets=secrets)
        self.made = []

    def build(self, **more):
        spec = CONNECTORS[self.kind]
        settings = self.host.settings(**{"timeouts": PATIENT, "settle": 0, **more})
        self.made.append(spec.build(spec.settings(**settings), self.services))
        return self.made[-1]

    def refuse(self, operation, how):
        self.host.behaviour.refuse[WORDS[self.kind][operation]] = REFUSALS[self.kind][how]

    def misbehave(self, what, operation):
        getattr(self.host.behaviour, what).add(WORDS[self.kind][operation])

    def watch(self, operation, call):
        self.host.behaviour.watch[WORDS[self.kind][operation]] = lambda path: call()

    def recover(self):
        behaviour = self.host.behaviour
        for each in (behaviour.refuse, behaviour.cut_before, behaviour.cut_after, behaviour.stall, behaviour.watch):
            each.clear()

    def put(self, name, payload=b"ISA*1", folder="in"):
        (self.root / folder / (os.fsdecode(name) if isinstance(name, bytes) else name)).write_bytes(payload)

    def files(self, folder):
        return sorted(path.name for path in (self.root / folder).iterdir())


def folders(tmp_path):
    root = tmp_path / "host"
    for folder in ("in", "out", "archive"):
        (root / folder).mkdir(parents=True)
    return root


@pytest.fixture
def sftp_far(tmp_path):
    host = SftpHost(folders(tmp_path)).start()
    far = Far("sftp", host, {"env:SFTP_PASSWORD": PASSWORD})
    yield far
    for connector in far.made:
        connector.close()
    host.close()


@pytest.fixture
def ftps_far(tmp_path):
    host = FtpsHost(folders(tmp_path), self_signed(tmp_path)).start()
    far = Far("ftps", host, host.secrets())
    yield far
    for connector in far.made:
        connector.close()
    host.close()


@pytest.fixture(params=["sftp", "ftps"])
def far(request):
    return request.getfixturevalue(f"{request.param}_far")


@pytest.fixture
def stored():
    return Stored(message_id="M1", is_duplicate=False)
