"""SFTP and FTPS, each held to everything a poller and a sender promise."""

import os
from pathlib import Path

import asyncssh
import pytest
import yaml

from connectors.ftps import CONNECTOR as FTPS
from connectors.sftp import CONNECTOR as SFTP
from hub.testing.certificates import self_signed
from hub.testing.poller import PollerContract
from hub.testing.sender import SenderContract

ROOT = Path(__file__).parents[3]
QUALITY = {name: yaml.safe_load((ROOT / "connectors" / name / "quality.yaml").read_text()) for name in ("sftp", "ftps")}


class FarFiles:
    """A `FarInbox` and a `FarReceiver` over either host."""

    patience = 8.0

    def __init__(self, far, tmp_path, way):
        self.far = far
        self.services = far.services
        self.way = way
        self.tmp_path = tmp_path
        self.serial = 0

    def settings(self):
        timeouts = {"connect": 2, "banner": 2, "auth": 2, "channel": 2, "read": 2, "transfer": 30}
        return self.far.host.settings(timeouts=timeouts, settle=2, **self.way)

    def secrets(self):
        return {"password": next(value for name, value in self.services._secrets.items() if name.startswith("env:"))}

    def go_down(self):
        self.far.host.close()

    def impostor_settings(self):
        if self.far.kind == "sftp":
            other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
            return {**self.settings(), "host_keys": [other]}
        self.services._secrets["file:keys/partner-ca.pem"] = self_signed(self.tmp_path, "somebody-else")[0].read_text()
        return self.settings()

    def put(self, name, payload):
        self.serial += 1
        fresh = self.far.root / "being-made"
        fresh.write_bytes(payload)
        os.utime(fresh, (self.serial, self.serial))
        fresh.rename(self.far.root / "in" / name)

    def put_half(self, name, payload):
        path = self.far.root / "in" / name
        path.write_bytes(payload[:5])

        def grow():
            size = path.stat().st_size
            path.write_bytes(payload[: min(size + 1, len(payload) - 1)])

        self.far.watch("list", grow)

        def finish():
            self.far.recover()
            path.write_bytes(payload)

        return finish

    def waiting(self):
        return self.far.files("in")

    def let_settle(self):
        self.services.clock.advance(5)

    def effects(self):
        return [path.read_bytes() for path in sorted((self.far.root / "out").iterdir()) if path.suffix != ".part"]

    def refuse_for_now(self, retry_after):
        self.far.refuse("put", "full")

    def refuse_for_good(self):
        self.far.refuse("put", "denied")

    def cut(self, when):
        what, operation = {"before": ("cut_before", "put"), "after": ("cut_after", "rename")}[when]
        self.far.misbehave(what, operation)

    def stall(self):
        self.far.misbehave("stall", "rename")

    def recover(self):
        self.far.recover()


class Closing:
    """Closes what the suites leave open: these connectors hold sockets."""

    def build(self, far_side, settings=None):
        connector = super().build(far_side, settings)
        far_side.far.made.append(connector)
        return connector


class TestSftpPoller(Closing, PollerContract):
    spec = SFTP
    exempt = QUALITY["sftp"]["exempt"]["poller"]

    @pytest.fixture
    def far_side(self, sftp_far, tmp_path):
        return FarFiles(sftp_far, tmp_path, {"inbox": "in"})


class TestSftpSender(Closing, SenderContract):
    spec = SFTP
    exempt = QUALITY["sftp"]["exempt"]["sender"]

    @pytest.fixture
    def far_side(self, sftp_far, tmp_path):
        return FarFiles(sftp_far, tmp_path, {"outbox": "out"})


class TestFtpsPoller(Closing, PollerContract):
    spec = FTPS
    exempt = QUALITY["ftps"]["exempt"]["poller"]

    @pytest.fixture
    def far_side(self, ftps_far, tmp_path):
        return FarFiles(ftps_far, tmp_path, {"inbox": "in"})


class TestFtpsSender(Closing, SenderContract):
    spec = FTPS
    exempt = QUALITY["ftps"]["exempt"]["sender"]

    @pytest.fixture
    def far_side(self, ftps_far, tmp_path):
        return FarFiles(ftps_far, tmp_path, {"outbox": "out"})
