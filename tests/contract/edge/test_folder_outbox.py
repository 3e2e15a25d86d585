"""What is particular to an outbox folder: safe names, no half files, no overwriting, proof by listing."""

import contextlib
import errno
import hashlib
import os
import resource
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.folder import CONNECTOR
from connectors.folder.outbox import file_name
from hub.errors import PermanentDeliveryError, TemporaryDeliveryError, UncertainDeliveryError
from hub.ports import OutboundDocument
from hub.testing.services import FakeServices

HOSTILE_NAMES = [
    "../../etc/passwd",
    "/etc/passwd",
    "..\\..\\windows\\system.ini",
    "a\x00b.edi",
    "..",
    ".",
    "",
    ".ssh",
    "x" * 150 + ".edi",
    "Bestätigung.edi",
    "rtl\u202eide.exe",
    "%2e%2e%2fpasswd",
    "line\nbreak.edi",
]


@pytest.fixture(params=["without a name", "as a part"])
def outbox(tmp_path, request, monkeypatch):
    """An outbox; files are made durable before they have a name where the system can, else under a name of their own."""
    if request.param == "as a part":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    folder = tmp_path / "outbox"
    folder.mkdir()
    return folder


def build(outbox, **more):
    return CONNECTOR.build(CONNECTOR.settings(outbox=outbox, **more), FakeServices())


def document(payload=b"ISA*855", key="key-1", name="855-1.edi"):
    return OutboundDocument(payload=payload, idempotency_key=key, name=name)


def test_the_receipt_proves_name_size_and_digest(outbox):
    receipt = build(outbox).send(document())
    assert receipt.reference == "855-1.edi"
    assert receipt.evidence == {
        "file": "855-1.edi",
        "size": 7,
        "sha256": hashlib.sha256(b"ISA*855").hexdigest(),
        "listed": True,
    }
    assert [path.name for path in outbox.iterdir()] == ["855-1.edi"]


def test_a_name_that_something_else_has_holds_up_its_own_document_alone(outbox):
    (outbox / "taken.edi").mkdir()
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    documents = [document(name="taken.edi", key="1"), document(name="free.edi", key="2")]
    refused, sent = build(outbox).send_many(documents, contextlib.nullcontext)
    assert isinstance(refused, TemporaryDeliveryError)
    assert refused.code == "DLV-419"
    assert sent.reference == "free.edi"
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before


def test_a_file_that_the_folder_cannot_show_is_sent_again(outbox, monkeypatch):
    really = Path.lstat

    def stale(path):
        if path.name == "stale.edi":
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return really(path)

    monkeypatch.setattr(Path, "lstat", stale)
    documents = [document(name="stale.edi", key="1"), document(name="shown.edi", key="2")]
    unsure, sent = build(outbox).send_many(documents, contextlib.nullcontext)
    assert isinstance(unsure, UncertainDeliveryError)
    assert sent.reference == "shown.edi"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_stays_inside_the_outbox(outbox, name):
    reference = build(outbox).send(document(name=name)).reference
    assert [path.name for path in outbox.iterdir()] == [reference]
    assert [path.name for path in outbox.parent.iterdir()] == ["outbox"]


@given(st.text(max_size=100), st.sampled_from(["{name}", "{stem}-{key}{suffix}", "{key}", "out-{name}"]))
def test_every_name_becomes_one_plain_visible_component(name, template):
    made = file_name(template, document(name=name))
    assert made
    assert set(made) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert not made.startswith(".")
    assert made == file_name(template, document(name=name))


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_two_documents_whose_names_had_to_be_changed_do_not_share_one(first, second):
    changed = [file_name("{name}", document(key=f"k{index}", name=f"ä{name}")) for index, name in enumerate((first, second))]
    assert changed[0] != changed[1]


@pytest.mark.parametrize("template", ["../{name}", "{name}/x", "{secret}", "{name!r}", "{name:>9}", "a b", "{0}", "{name"])
def test_a_template_that_could_leave_the_folder_or_reach_into_objects_is_refused(outbox, template):
    with pytest.raises(ValueError, match=r"file name|field|brace"):
        CONNECTOR.settings(outbox=outbox, name=template)


@pytest.mark.parametrize("template", ["nul", "CON", "com1.edi", "{name}" * 20])
def test_a_template_that_no_file_system_takes_is_permanent(outbox, template):
    with pytest.raises(PermanentDeliveryError) as refused:
        build(outbox, name=template).send(document(name="n" * 60 + ".edi"))
    assert refused.value.code == "DLV-412"


def test_another_file_of_that_name_is_never_overwritten(outbox):
    (outbox / "855-1.edi").write_bytes(b"not taken yet")
    with pytest.raises(TemporaryDeliveryError) as refused:
        build(outbox).send(document())
    assert refused.value.code == "DLV-419"
    assert (outbox / "855-1.edi").read_bytes() == b"not taken yet"
    (outbox / "855-1.edi").unlink()
    assert build(outbox).send(document()).reference == "855-1.edi"


def test_a_symbolic_link_of_that_name_is_not_written_through(outbox, tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (outbox / "855-1.edi").symlink_to(victim)
    with pytest.raises(TemporaryDeliveryError):
        build(outbox).send(document())
    assert victim.read_bytes() == b"precious"


def test_an_attempt_whose_outcome_was_lost_is_found_and_not_repeated(outbox):
    (outbox / "855-1.edi").write_bytes(b"ISA*855")
    before = (outbox / "855-1.edi").stat()
    receipt = build(outbox).send(document())
    assert receipt.evidence["listed"] is True
    assert (outbox / "855-1.edi").stat().st_ino == before.st_ino


def test_a_leftover_part_of_a_crashed_attempt_is_replaced(outbox):
    build(outbox).send(document())
    token = hashlib.sha256(b"key-2").hexdigest()[:12]
    (outbox / f"855-2.edi.{token}.part").write_bytes(b"half of a longer docum")
    build(outbox).send(document(b"short", "key-2", "855-2.edi"))
    assert sorted(path.name for path in outbox.iterdir()) == ["855-1.edi", "855-2.edi"]
    assert (outbox / "855-2.edi").read_bytes() == b"short"


def test_a_document_in_a_file_is_written_and_found_again(outbox, tmp_path):
    body = tmp_path / "large"
    body.write_bytes(b"ISA*" + b"x" * 3_000_000)
    large = OutboundDocument(payload=b"", body=body, idempotency_key="key-1", name="855-1.edi")
    first, second = build(outbox).send(large), build(outbox).send(large)
    assert (outbox / "855-1.edi").read_bytes() == body.read_bytes()
    assert first.evidence == second.evidence
    assert first.evidence["size"] == 3_000_004


def test_several_together_each_have_their_own_outcome_in_their_own_place(outbox):
    (outbox / "taken.edi").write_bytes(b"not taken yet")
    (outbox / "again.edi").write_bytes(b"sent before")
    wanted = ["one.edi", "taken.edi", "again.edi", "x" * 300, "two.edi", "two.edi"]
    bytes_of = [b"1", b"2", b"sent before", b"3", b"4", b"another of that name"]
    documents = [document(payload, f"k{n}", name) for n, (payload, name) in enumerate(zip(bytes_of, wanted, strict=True))]
    outcomes = build(outbox).send_many(documents, contextlib.nullcontext)
    assert [getattr(each, "code", "") or each.reference for each in outcomes] == [
        "one.edi", "DLV-419", "again.edi", "DLV-412", "two.edi", "DLV-419",
    ]  # fmt: skip
    assert sorted((path.name, path.read_bytes()) for path in outbox.iterdir()) == [
        ("again.edi", b"sent before"), ("one.edi", b"1"), ("taken.edi", b"not taken yet"), ("two.edi", b"4"),
    ]  # fmt: skip


def test_several_together_are_on_the_disk_before_one_of_them_is_seen_and_others_work_meanwhile(outbox, monkeypatch):
    steps, is_waiting = [], []
    fsync, link = os.fsync, os.link

    @contextlib.contextmanager
    def waiting():
        is_waiting.append(True)
        yield
        is_waiting.clear()

    monkeypatch.setattr(os, "fsync", lambda handle: steps.append("synced" if is_waiting else "in its turn") or fsync(handle))
    monkeypatch.setattr(os, "link", lambda *a, **k: steps.append("seen") or link(*a, **k))
    build(outbox).send_many([document(b"1", "k1", "1.edi"), document(b"2", "k2", "2.edi")], waiting)
    assert steps == ["synced", "synced", "seen", "seen", "synced"]


def test_a_file_that_the_disk_does_not_take_fails_alone(outbox, monkeypatch):
    fsync, seen = os.fsync, []

    def failing(handle):
        seen.append(handle)
        if len(seen) == 2:
            raise OSError(errno.EIO, "Input/output error")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", failing)
    documents = [document(b"1", "k1", "1.edi"), document(b"2", "k2", "2.edi"), document(b"3", "k3", "3.edi")]
    first, second, third = build(outbox).send_many(documents, contextlib.nullcontext)
    assert (first.reference, second.code, third.reference) == ("1.edi", "DLV-414", "3.edi")
    assert sorted(path.name for path in outbox.iterdir()) == ["1.edi", "3.edi"]


def test_names_that_the_disk_does_not_confirm_are_uncertain(outbox, monkeypatch):
    def failing(_folder):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("connectors.folder.outbox.sync_folder", failing)
    (outbox / "taken.edi").write_bytes(b"not taken yet")
    documents = [document(b"1", "k1", "1.edi"), document(b"2", "k2", "taken.edi")]
    outcomes = build(outbox).send_many(documents, contextlib.nullcontext)
    assert [each.code for each in outcomes] == ["DLV-417", "DLV-419"]
    assert isinstance(outcomes[0], UncertainDeliveryError)


def test_no_file_stays_open_whatever_happens(outbox):
    (outbox / "taken.edi").write_bytes(b"not taken yet")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for n in range(20):
        build(outbox).send_many(
            [document(b"1", f"a{n}", "taken.edi"), document(b"2", f"b{n}", f"{n}.edi")], contextlib.nullcontext
        )
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_disk_that_fills_up_during_the_body_leaves_nothing_visible(outbox):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(TemporaryDeliveryError) as refused:
            build(outbox).send(document(b"x" * 100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert refused.value.code == "DLV-414"
    assert list(outbox.iterdir()) == []
    assert build(outbox).send(document(b"x" * 100_000)).evidence["size"] == 100_000
