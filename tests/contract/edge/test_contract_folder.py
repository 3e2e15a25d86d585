"""The folder connector against real folders, held to the suites."""

import contextlib
import os
import shutil
from pathlib import Path

import pytest
import yaml

from connectors.folder import CONNECTOR
from hub.ports import BatchSender
from hub.testing.poller import PollerContract
from hub.testing.sender import SenderContract, document
from hub.testing.services import FakeServices

QUALITY = yaml.safe_load(Path(__file__).parents[3].joinpath("connectors/folder/quality.yaml").read_text())


class FolderFarSide:
    """A partner who works on the same disk."""

    patience = 1.0

    def __init__(self, root, side):
        self.services = FakeServices()
        self.folder = root / side
        self.folder.mkdir()
        self.away = root / "unmounted"
        self.changes = {side: str(self.folder), "settle": "5"}
        self.serial = 0

    def settings(self):
        return self.changes

    def secrets(self):
        return {}

    def go_down(self):
        shutil.rmtree(self.folder)


class FolderInbox(FolderFarSide):
    def put(self, name, payload):
        self.serial += 1
        fresh = self.folder.parent / "being-made"
        fresh.write_bytes(payload)
        os.utime(fresh, ns=(self.serial * 10**9, self.serial * 10**9))
        fresh.rename(self.folder / name)

    def put_half(self, name, payload):
        file = (self.folder / name).open("wb", buffering=0)
        file.write(payload[:5])

        def finish():
            file.write(payload[5:])
            file.close()

        return finish

    def waiting(self):
        return [path.name for path in self.folder.iterdir() if path.is_file()]

    def let_settle(self):
        self.services.clock.advance(5)


class FolderOutbox(FolderFarSide):
    def effects(self):
        folder = self.folder if self.folder.exists() else self.away
        return [path.read_bytes() for path in sorted(folder.iterdir())]

    def refuse_for_now(self, retry_after):
        self.folder.rename(self.away)

    def refuse_for_good(self):
        self.changes = {**self.changes, "name": "nul"}

    def cut(self, when):
        assert when == "before"
        self.refuse_for_now(None)

    def recover(self):
        self.away.rename(self.folder)


class TestFolderPoller(PollerContract):
    spec = CONNECTOR
    exempt = QUALITY["exempt"]["poller"]

    @pytest.fixture
    def far_side(self, tmp_path):
        return FolderInbox(tmp_path, "inbox")


class TestFolderSender(SenderContract):
    spec = CONNECTOR
    exempt = QUALITY["exempt"]["sender"]

    @pytest.fixture
    def far_side(self, tmp_path):
        return FolderOutbox(tmp_path, "outbox")

    @pytest.mark.parametrize("has_inbox", [False, True])
    def test_several_are_sent_together(self, far_side, tmp_path, has_inbox):
        if has_inbox:
            inbox = tmp_path / "inbox"
            inbox.mkdir()
            far_side.changes = {**far_side.changes, "inbox": str(inbox)}
        sender = self.sender(far_side)
        assert isinstance(sender, BatchSender)
        sent = sender.send_many([document(b"1", "k1", "1.edi"), document(b"2", "k2", "2.edi")], contextlib.nullcontext)
        assert [receipt.reference for receipt in sent] == ["1.edi", "2.edi"]
        assert far_side.effects() == [b"1", b"2"]
