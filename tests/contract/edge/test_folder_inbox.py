"""What is particular to a drop folder: half files, markers, odd names, links, archives, crashes of a release."""

import os
from pathlib import Path

import pytest

from connectors.folder import CONNECTOR
from hub.errors import LeftBehind, TemporaryDeliveryError
from hub.ports import Stored
from hub.testing.services import FakeServices

STORED = Stored(message_id="M1", is_duplicate=False)


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def services():
    return FakeServices()


def build(inbox, services, **more):
    return CONNECTOR.build(CONNECTOR.settings(inbox=inbox, **{"settle": "0", **more}), services)


def names(poller):
    return [arrival.document.name for arrival in poller.poll()]


def test_half_written_files_are_never_taken(inbox, services):
    poller = build(inbox, services, settle="2")
    with (inbox / "slow.edi").open("wb", buffering=0) as file:
        for chunk in (b"ISA*", b"00*", b"IEA~"):
            file.write(chunk)
            assert names(poller) == []
            services.clock.advance(60)
            assert names(poller) == [], "the writer still has it open"
    services.clock.advance(2)
    assert [each.document.payload for each in poller.poll()] == [b"ISA*00*IEA~"]


def test_a_file_that_grows_between_looks_waits_until_it_stands_still(inbox, services):
    poller = build(inbox, services, settle="2")
    for size in range(1, 5):
        (inbox / "growing.edi").write_bytes(b"x" * size)
        assert names(poller) == []
        services.clock.advance(1.5)
    assert names(poller) == []
    services.clock.advance(1.5)
    assert names(poller) == ["growing.edi"]


def test_a_clock_set_back_delays_a_file_but_does_not_hold_it(inbox, services):
    poller = build(inbox, services, settle="2")
    (inbox / "a.edi").write_bytes(b"ISA")
    assert names(poller) == []
    services.clock.advance(-86_400)
    assert names(poller) == []
    services.clock.advance(3)
    assert names(poller) == ["a.edi"]


def test_part_files_and_hidden_files_and_folders_are_not_documents(inbox, services):
    for name in ("a.edi.part", "b.TMP", ".hidden.edi", "c.filepart"):
        (inbox / name).write_bytes(b"ISA")
    (inbox / "folder.edi").mkdir()
    os.mkfifo(inbox / "pipe.edi")
    (inbox / "d.edi").write_bytes(b"ISA")
    assert names(build(inbox, services)) == ["d.edi"]


def test_with_a_done_marker_a_file_waits_for_it_and_takes_it_along(inbox, services):
    poller = build(inbox, services, done_marker=".done")
    (inbox / "a.edi").write_bytes(b"ISA")
    assert names(poller) == []
    (inbox / "a.edi.done").touch()
    arrivals = list(poller.poll())
    assert [each.document.name for each in arrivals] == ["a.edi"]
    arrivals[0].release(STORED)
    assert sorted(path.name for path in inbox.iterdir()) == ["archive"]


def test_only_names_of_the_pattern_are_taken(inbox, services):
    for name in ("a.edi", "b.csv"):
        (inbox / name).write_bytes(b"ISA")
    assert names(build(inbox, services, pattern="*.edi")) == ["a.edi"]


def test_a_symbolic_link_is_not_followed(inbox, services, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"not yours")
    (inbox / "link.edi").symlink_to(secret)
    assert names(build(inbox, services)) == []


@pytest.mark.parametrize("raw", [b"Best\xe4tigung.edi", b"comm\xc3\xa2nd\xc4\x83.edi", b"new\nline.edi", b" spaces .edi"])
def test_any_name_the_disk_can_hold_is_taken_and_archived(inbox, services, raw):
    (inbox / os.fsdecode(raw)).write_bytes(b"ISA")
    poller = build(inbox, services)
    arrival = next(iter(poller.poll()))
    arrival.document.name.encode("utf-8")
    assert arrival.document.idempotency_key.isascii()
    arrival.release(STORED)
    assert [os.fsencode(path.name) for path in (inbox / "archive").iterdir()] == [b"M1-" + raw]


def test_the_longest_name_is_archived_too(inbox, services):
    name = "n" * 251 + ".edi"
    (inbox / name).write_bytes(b"ISA")
    next(iter(build(inbox, services).poll())).release(STORED)
    archived = [path.name for path in (inbox / "archive").iterdir()]
    assert len(archived) == 1
    assert archived[0].startswith("M1-")
    assert archived[0].endswith("n.edi")


def test_released_files_can_be_deleted_instead_of_archived(inbox, services):
    (inbox / "a.edi").write_bytes(b"ISA")
    next(iter(build(inbox, services, after="delete").poll())).release(STORED)
    assert list(inbox.iterdir()) == []


def test_an_archive_on_another_file_system_gets_a_copy(inbox, services):
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == inbox.stat().st_dev:
        pytest.skip("no second file system at /dev/shm")
    archive = elsewhere / f"edihub-test-{os.getpid()}"
    (inbox / "a.edi").write_bytes(b"ISA*1")
    try:
        next(iter(build(inbox, services, archive=str(archive)).poll())).release(STORED)
        assert (archive / "M1-a.edi").read_bytes() == b"ISA*1"
        assert list(inbox.iterdir()) == []
    finally:
        (archive / "M1-a.edi").unlink(missing_ok=True)
        archive.rmdir()


def test_a_release_cut_short_by_a_crash_shows_the_same_arrival_again(inbox, services):
    (inbox / "a.edi").write_bytes(b"ISA*1")
    poller = build(inbox, services)
    before = next(iter(poller.poll())).document.idempotency_key
    (inbox / "a.edi").rename(inbox / ".a.edi.releasing")
    assert [each.document.idempotency_key for each in build(inbox, services).poll()] == [before]


def test_a_crash_of_a_release_never_overwrites_a_newer_file(inbox, services):
    (inbox / ".a.edi.releasing").write_bytes(b"older")
    (inbox / "a.edi").write_bytes(b"newer")
    assert [each.document.payload for each in build(inbox, services).poll()] == [b"newer"]
    assert (inbox / ".a.edi.releasing").read_bytes() == b"older"


def test_a_file_over_the_limit_is_named_and_the_others_still_arrive(inbox, services):
    (inbox / "big.edi").write_bytes(b"x" * 101)
    (inbox / "small.edi").write_bytes(b"ISA")
    poll = build(inbox, services, max_size="100").poll()
    assert next(poll).document.name == "small.edi"
    with pytest.raises(LeftBehind, match=r"big\.edi.*101 bytes.*100") as refused:
        next(poll)
    assert [(left["code"], left["name"]) for left in refused.value.detail["left"]] == [("DLV-413", "big.edi")]


def test_a_file_that_vanishes_while_polling_is_no_error(inbox, services):
    for name in ("a.edi", "b.edi"):
        (inbox / name).write_bytes(b"ISA")
        os.utime(inbox / name, ns=(ord(name[0]), ord(name[0])))
    poll = build(inbox, services).poll()
    next(poll)
    (inbox / "b.edi").unlink()
    assert list(poll) == []


def test_the_inbox_that_is_not_there_is_named(inbox, services):
    poller = build(inbox / "missing", services)
    with pytest.raises(TemporaryDeliveryError, match="missing"):
        list(poller.poll())


class SpoolingServices(FakeServices):
    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def spool(self):
        return self.folder


def test_a_large_file_arrives_as_a_file_when_the_hub_can_take_one(inbox, tmp_path):
    spool = tmp_path / "spool"
    spool.mkdir()
    content = os.urandom(5 << 20)
    (inbox / "big.edi").write_bytes(content)
    poll = build(inbox, SpoolingServices(spool)).poll()
    document = next(poll).document
    assert document.payload == b""
    assert document.body.parent == spool
    assert b"".join(document.pieces()) == content
    assert document.idempotency_key == next(build(inbox, FakeServices()).poll()).document.idempotency_key
    assert list(poll) == []
    assert list(spool.iterdir()) == [], "what the hub did not move away is removed"
