"""What is particular to picking up from another host: half files, markers, odd names, cuts, lost permissions, big files."""

import os
import tracemalloc
from pathlib import Path

import asyncssh
import pytest

from hub.errors import DeliveryError, LeftBehind, PermanentDeliveryError, TemporaryDeliveryError
from hub.ports import Stored


def poll(connector):
    """Payloads by name, and what was left behind by code."""
    arrivals = {}
    left = {}
    iterator = connector.poll()
    try:
        for arrival in iterator:
            arrivals[arrival.document.name] = arrival
    except LeftBehind as behind:
        left = {item["name"]: item["code"] for item in behind.detail["left"]}
    return arrivals, left


def names(connector):
    return sorted(poll(connector)[0])


def test_a_file_is_taken_when_two_polls_saw_the_same_size_and_time(far):
    poller = far.build(inbox="in", settle=60)
    for size in (1, 2, 3):
        far.put("slow.edi", b"x" * size)
        assert names(poller) == []
        far.services.clock.advance(61)
    far.put("slow.edi", b"x" * 4)
    assert names(poller) == [], "the last size has been seen once only"
    far.services.clock.advance(59)
    assert names(poller) == [], "it stood still for less than it must"
    far.services.clock.advance(1)
    assert names(poller) == ["slow.edi"]


def test_a_new_process_waits_for_a_second_look_too(far):
    far.put("a.edi")
    assert names(far.build(inbox="in", settle=60)) == []
    far.services.clock.advance(61)
    assert names(far.build(inbox="in", settle=60)) == []


def test_an_upload_that_never_ends_is_never_taken_and_is_reported(far):
    poller = far.build(inbox="in", settle=60, stuck_after=600)
    for step in range(12):
        far.put("endless.edi", b"x" * (step + 1))
        far.put("fine.edi", b"ISA")
        os.utime(far.root / "in" / "fine.edi", (1, 1))
        arrivals, left = poll(poller)
        assert "endless.edi" not in arrivals
        assert left == ({"endless.edi": "DLV-454"} if step >= 10 else {})
        assert ("fine.edi" in arrivals) == (step > 0), "a stuck file holds up no other"
        far.services.clock.advance(60)


def test_an_empty_file_is_not_a_document_and_is_reported_once_it_stays(far):
    poller = far.build(inbox="in", stuck_after=600)
    far.put("empty.edi", b"")
    assert poll(poller) == ({}, {})
    far.services.clock.advance(600)
    assert poll(poller) == ({}, {"empty.edi": "DLV-453"})
    far.put("empty.edi", b"ISA")
    assert names(poller) == ["empty.edi"]


def test_with_a_done_marker_a_file_waits_for_it_and_takes_it_along(far, stored):
    poller = far.build(inbox="in", done_marker=".done", pattern="*.edi")
    far.put("a.edi")
    far.put("b.edi.done", b"")
    assert names(poller) == []
    far.put("a.edi.done", b"")
    arrivals, left = poll(poller)
    assert (sorted(arrivals), left) == (["a.edi"], {})
    arrivals["a.edi"].release(stored)
    assert far.files("in") == ["b.edi.done"]


def test_a_marker_never_outlives_its_file(far, stored):
    poller = far.build(inbox="in", done_marker=".done")
    far.put("a.edi")
    far.put("a.edi.done", b"")
    arrival = poll(poller)[0]["a.edi"]
    removed = []
    operation = {"sftp": "remove", "ftps": "DELE"}[far.kind]
    far.host.behaviour.watch[operation] = lambda path: removed.append(Path(os.fsdecode(path)).name)
    arrival.release(stored)
    assert removed == ["a.edi.done", "a.edi"]


def test_released_files_can_be_archived_under_their_message_id(far):
    poller = far.build(inbox="in", after="archive", archive="archive")
    for number in (1, 2):
        far.put("orders.edi", b"ISA*%d" % number)
        poll(poller)[0]["orders.edi"].release(Stored(message_id=f"M{number}", is_duplicate=False))
    assert far.files("in") == []
    assert far.files("archive") == ["M1-orders.edi", "M2-orders.edi"]
    assert (far.root / "archive" / "M1-orders.edi").read_bytes() == b"ISA*1"


def test_only_plain_files_of_the_pattern_are_taken(far):
    for name in ("a.edi", "b.csv", "c.edi.part", "d.TMP", ".hidden.edi", "e.filepart"):
        far.put(name)
    (far.root / "in" / "folder.edi").mkdir()
    assert names(far.build(inbox="in", pattern="*.edi")) == ["a.edi"]
    assert names(far.build(inbox="in")) == ["a.edi", "b.csv"]


def test_a_symbolic_link_is_not_followed(sftp_far):
    (sftp_far.root / "secret").write_bytes(b"not yours")
    (sftp_far.root / "in" / "link.edi").symlink_to(sftp_far.root / "secret")
    assert names(sftp_far.build(inbox="in")) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"Best\xe4tigung.edi",
        b"comm\xc3\xa2nd\xc4\x83.edi",
        "\u202eide.exe".encode(),
        b" spaces .edi",
        b"n" * 251 + b".edi",
        b"-rf.edi",
    ],
)
def test_any_name_the_host_can_hold_is_taken_shown_plainly_and_removed(sftp_far, stored, raw):
    sftp_far.put(raw)
    arrivals, left = poll(sftp_far.build(inbox="in"))
    (name,) = arrivals
    assert left == {}
    assert len(name) <= 200
    assert name.isprintable()
    name.encode("utf-8")
    arrivals[name].release(stored)
    assert sftp_far.files("in") == []


def test_over_ftp_the_other_files_arrive_when_the_host_cannot_serve_a_name(ftps_far):
    ftps_far.put(b"Best\xe4tigung.edi")
    ftps_far.put("comm\u00e2nd\u0103.edi")
    arrivals, left = poll(ftps_far.build(inbox="in"))
    assert sorted(arrivals) == ["comm\u00e2nd\u0103.edi"]
    assert left == {"Best\\xe4tigung.edi": "DLV-452"}


def listed(name, size=5):
    attributes = asyncssh.SFTPAttrs(size=size, permissions=0o100644, atime=1, mtime=1, uid=0, gid=0)
    return asyncssh.SFTPName(name, attrs=attributes)


@pytest.mark.parametrize("hostile", [b"../etc/passwd", b"/etc/passwd", b"a/../../b.edi", b"a\x00b.edi", b"new\nline.edi", b""])
def test_a_name_that_leads_elsewhere_is_named_and_never_used(sftp_far, stored, hostile):
    seen = []
    for operation in ("open", "remove", "rename", "stat"):
        sftp_far.host.behaviour.watch[operation] = seen.append
    sftp_far.put("good.edi")
    sftp_far.host.behaviour.names = [listed(hostile), listed(b"good.edi")]
    os.utime(sftp_far.root / "in" / "good.edi", (1, 1))
    arrivals, left = poll(sftp_far.build(inbox="in"))
    arrivals["good.edi"].release(stored)
    assert list(arrivals) == ["good.edi"]
    assert list(left.values()) == ["DLV-450"]
    assert {Path(os.fsdecode(path)).name for path in seen} == {"good.edi"}


def test_a_name_of_300_letters_is_shown_cut_and_harms_nothing(sftp_far):
    sftp_far.host.behaviour.names = [listed(b"n" * 300)]
    poller = sftp_far.build(inbox="in")
    assert poll(poller)[1] == {"n" * 199 + "…": "DLV-452"}, "listed, but the host cannot open it"


def test_a_file_that_the_host_lists_and_never_has_is_named_in_the_end(sftp_far):
    sftp_far.host.behaviour.names = [listed(b"ghost.edi")]
    poller = sftp_far.build(inbox="in")
    assert [poll(poller)[1] for _ in range(3)] == [{}, {}, {"ghost.edi": "DLV-452"}]


def test_a_file_that_vanishes_under_the_hand_is_no_error(far):
    far.put("a.edi")
    far.put("b.edi")
    for name in ("a.edi", "b.edi"):
        os.utime(far.root / "in" / name, (ord(name[0]), ord(name[0])))
    far.watch("fetch", lambda: (far.root / "in" / "a.edi").unlink(missing_ok=True))
    assert poll(far.build(inbox="in"))[1] == {}
    assert names(far.build(inbox="in")) == ["b.edi"]


def test_a_file_replaced_while_it_is_read_is_taken_next_time_and_whole(far):
    far.put("a.edi", b"old content")
    os.utime(far.root / "in" / "a.edi", (1, 1))
    poller = far.build(inbox="in")

    def replace():
        far.recover()
        (far.root / "in" / "a.edi").write_bytes(b"new content")

    far.watch("end", replace)
    assert poll(poller) == ({}, {})
    assert poll(poller)[0]["a.edi"].document.payload == b"new content"


def test_a_file_over_the_limit_is_named_and_the_others_still_arrive(far):
    far.put("big.edi", b"x" * 101)
    far.put("small.edi")
    arrivals, left = poll(far.build(inbox="in", max_size=100))
    assert (list(arrivals), left) == (["small.edi"], {"big.edi": "DLV-451"})


def test_more_files_than_allowed_are_left_for_later(far):
    for number in range(12):
        far.put(f"{number:02}.edi")
    arrivals, left = poll(far.build(inbox="in", max_files=10))
    assert len(arrivals) == 10
    assert list(left.values()) == ["DLV-455"]


def test_a_file_that_may_not_be_read_is_named_and_the_others_still_arrive(sftp_far):
    sftp_far.put("secret.edi")
    sftp_far.put("open.edi")

    def deny(path):
        if path.endswith(b"secret.edi"):
            raise asyncssh.SFTPPermissionDenied("Permission denied")

    sftp_far.host.behaviour.watch["open"] = deny
    arrivals, left = poll(sftp_far.build(inbox="in"))
    assert (list(arrivals), left) == (["open.edi"], {"secret.edi": "DLV-452"})


def test_the_same_bytes_sent_again_are_another_arrival_and_a_file_that_stayed_is_the_same_one(far, stored):
    far.put("a.edi")
    os.utime(far.root / "in" / "a.edi", (1_000_000, 1_000_000))
    first = poll(far.build(inbox="in"))[0]["a.edi"]
    assert poll(far.build(inbox="in"))[0]["a.edi"].document.idempotency_key == first.document.idempotency_key
    first.release(stored)
    far.put("a.edi")
    assert poll(far.build(inbox="in"))[0]["a.edi"].document.idempotency_key != first.document.idempotency_key


def test_a_file_put_there_again_under_its_old_time_does_not_stay_before_a_full_archive(far, stored):
    poller = far.build(inbox="in", after="archive", archive="archive")
    for _ in range(2):
        far.put("a.edi")
        os.utime(far.root / "in" / "a.edi", (1_000_000, 1_000_000))
        poll(poller)[0]["a.edi"].release(stored)
    assert poll(poller) == ({}, {})
    assert (far.files("in"), far.files("archive")) == ([], ["M1-a.edi"])


def test_permission_lost_before_the_removal_takes_the_file_once_and_removes_it_later(far, stored):
    far.put("a.edi")
    poller = far.build(inbox="in")
    arrival = poll(poller)[0]["a.edi"]
    far.refuse("remove", "denied")
    arrival.release(stored)
    fetched = []
    far.watch("fetch", lambda: fetched.append(1))
    assert poll(poller) == ({}, {"a.edi": "DLV-445"})
    assert fetched == [], "it is not downloaded again"
    far.recover()
    assert poll(poller) == ({}, {})
    assert far.files("in") == []


def test_files_that_cannot_be_removed_hold_up_no_other_and_are_named_in_the_same_poll(far, stored):
    for number in range(3):
        far.put(f"{number}.edi", b"ISA*%d" % number)
    far.refuse("remove", "denied")
    taken = []

    def take_all():
        for arrival in far.build(inbox="in").poll():
            taken.append(arrival.document.payload)
            arrival.release(stored)

    with pytest.raises(LeftBehind) as left:
        take_all()
    assert sorted(taken) == [b"ISA*0", b"ISA*1", b"ISA*2"]
    assert [item["code"] for item in left.value.detail["left"]] == ["DLV-445"] * 3


def test_a_release_twice_harms_nothing_even_after_the_session_ended(far, stored):
    far.put("a.edi")
    poller = far.build(inbox="in")
    arrival = poll(poller)[0]["a.edi"]
    poller.close()
    arrival.release(stored)
    arrival.release(stored)
    assert far.files("in") == []


@pytest.mark.parametrize("operation", ["list", "fetch", "look", "remove"])
@pytest.mark.parametrize("when", ["cut_before", "cut_after"])
def test_a_connection_cut_at_any_operation_never_loses_or_doubles_a_file(far, operation, when):
    for number in range(3):
        far.put(f"{number}.edi", b"ISA*%d" % number)
    poller = far.build(inbox="in")
    kept = {}
    faults = 0
    far.misbehave(when, operation)
    for _ in range(3):
        try:
            for arrival in poller.poll():
                kept.setdefault(arrival.document.idempotency_key, arrival.document.payload)
                arrival.release(Stored(message_id=f"M{len(kept)}", is_duplicate=False))
        except TemporaryDeliveryError:
            faults += 1
            far.recover()
    assert faults == (0 if (far.kind, when, operation) == ("sftp", "cut_after", "list") else 1)
    assert sorted(kept.values()) == [b"ISA*0", b"ISA*1", b"ISA*2"]
    assert far.files("in") == []


def test_an_inbox_that_is_not_there_or_not_ours_is_named(far):
    with pytest.raises(PermanentDeliveryError, match="nowhere") as missing:
        list(far.build(inbox="nowhere").poll())
    assert missing.value.code == "DLV-440"
    far.refuse("list", "denied")
    with pytest.raises(PermanentDeliveryError) as denied:
        list(far.build(inbox="in").poll())
    assert denied.value.code == "DLV-441"


def test_check_looks_at_every_folder_and_says_which_is_wrong(far):
    far.build(inbox="in", outbox="out", after="archive", archive="archive").check()
    for wrong, settings in {
        "inbox": {"inbox": "nowhere"},
        "outbox": {"inbox": "in", "outbox": "nowhere"},
        "archive": {"inbox": "in", "after": "archive", "archive": "nowhere"},
    }.items():
        with pytest.raises(DeliveryError, match=f"the {wrong} folder nowhere is not there"):
            far.build(**settings).check()


class Spool:
    """Services of a hub that takes documents as files."""

    def __init__(self, services, folder):
        self.now = services.now
        self.secret = services.secret
        self.folder = folder

    def spool(self):
        return self.folder


@pytest.fixture
def spooling(far, tmp_path):
    folder = tmp_path / "spool"
    folder.mkdir()
    far.services = Spool(far.services, folder)
    return far


def test_a_large_file_is_taken_without_holding_it_in_memory(spooling, tmp_path, stored):
    size = 40 * 1024 * 1024
    with (spooling.root / "in" / "big.edi").open("wb") as file:
        file.truncate(size)
    poller = spooling.build(inbox="in")
    tracemalloc.start()
    try:
        arrival = next(poller.poll())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    document = arrival.document
    assert (document.payload, document.size) == (b"", size)
    assert sum(len(piece) for piece in document.pieces()) == size
    assert peak < 16 * 1024 * 1024
    arrival.release(stored)
    assert list((tmp_path / "spool").iterdir()) == []
    assert spooling.files("in") == []


def test_downloads_nobody_took_leave_nothing_behind(spooling, tmp_path):
    with (spooling.root / "in" / "big.edi").open("wb") as file:
        file.truncate(10 * 1024 * 1024)
    poller = spooling.build(inbox="in")
    for _ in range(3):
        next(poller.poll())
        assert len(list((tmp_path / "spool").iterdir())) == 1
    poller.close()
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_hub_that_takes_no_files_is_given_none(far):
    with (far.root / "in" / "big.edi").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    arrivals, left = poll(far.build(inbox="in"))
    assert (arrivals, left) == ({}, {"big.edi": "DLV-451"})


def test_the_far_side_shows_in_the_evidence(far):
    far.put("a.edi")
    evidence = poll(far.build(inbox="in"))[0]["a.edi"].document.evidence
    assert evidence["endpoint"] == f"partner@127.0.0.1:{far.host.port}"
    assert (evidence["path"], evidence["size"]) == ("in/a.edi", 5)
    assert evidence["modified"] == int(Path(far.root / "in" / "a.edi").stat().st_mtime)
