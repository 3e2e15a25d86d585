"""What is particular to leaving files at another host: never half visible, never doubled, proved by the listing."""

import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.names import outgoing, printable
from hub.errors import PermanentDeliveryError, TemporaryDeliveryError, UncertainDeliveryError
from hub.ports import OutboundDocument

PAYLOAD = b"ISA*855~" * 1000


def document(payload=PAYLOAD, key="key-1", name="855-1.edi"):
    return OutboundDocument(payload=payload, idempotency_key=key, name=name)


def test_the_receipt_proves_the_file_by_its_listed_size(far):
    receipt = far.build(outbox="out").send(document())
    assert receipt.reference == "out/855-1.edi"
    assert receipt.evidence == {
        "endpoint": f"partner@127.0.0.1:{far.host.port}",
        "path": "out/855-1.edi",
        "size": 8000,
        "sha256": hashlib.sha256(PAYLOAD).hexdigest(),
        "already_there": False,
        "listed": True,
        "listed_size": 8000,
        "proof": "listed at its size",
    }
    assert far.files("out") == ["855-1.edi"]


def test_the_final_name_appears_whole_or_not_at_all(far):
    seen = []
    far.watch("rename", lambda: seen.append([(path.suffix, path.stat().st_size) for path in (far.root / "out").iterdir()]))
    far.build(outbox="out").send(document())
    assert seen == [[(".part", 8000)]]


def test_a_connection_cut_in_the_body_is_temporary_and_nothing_is_visible(far):
    big = document(bytes(range(256)) * 32 * 1024)
    if far.kind == "sftp":
        far.host.behaviour.cut_before.add("write")
    else:
        far.host.behaviour.cut_body = True
    sender = far.build(outbox="out")
    with pytest.raises(TemporaryDeliveryError):
        sender.send(big)
    assert [name for name in far.files("out") if not name.endswith(".part")] == []
    far.recover()
    if far.kind == "ftps":
        far.host.behaviour.cut_body = False
    assert sender.send(big).evidence["listed_size"] == 8 * 1024 * 1024
    assert far.files("out") == ["855-1.edi"]


def test_a_lost_answer_to_the_rename_is_uncertain_and_the_next_attempt_finds_the_file(far):
    sender = far.build(outbox="out")
    far.misbehave("cut_after", "rename")
    with pytest.raises(UncertainDeliveryError) as lost:
        sender.send(document())
    assert lost.value.code == "DLV-447"
    far.recover()
    uploads = []
    far.watch("rename", lambda: uploads.append(1))
    assert sender.send(document()).evidence["already_there"] is True
    assert uploads == []


def test_a_file_fetched_at_once_counts_as_delivered(far):
    def fetch():
        (far.root / "out" / "855-1.edi").unlink(missing_ok=True)

    far.watch("look", fetch)
    evidence = far.build(outbox="out").send(document()).evidence
    assert (evidence["listed"], evidence["proof"]) == (False, "accepted by the host and already fetched")


def test_a_listing_that_fails_after_the_rename_causes_no_second_delivery(far):
    far.watch("rename", lambda: far.misbehave("cut_before", "look"))
    receipt = far.build(outbox="out").send(document())
    assert receipt.evidence["listed"] is False
    assert "DLV-437" in receipt.evidence["proof"]
    assert far.files("out") == ["855-1.edi"]


def test_a_letter_box_that_shows_nothing_still_takes_the_file(far):
    far.refuse("look", "denied")
    evidence = far.build(outbox="out").send(document()).evidence
    assert evidence["listed"] is False
    assert "does not list it" in evidence["proof"]
    assert far.files("out") == ["855-1.edi"]


def test_another_file_of_that_name_is_never_overwritten(far):
    far.put("855-1.edi", b"not fetched yet", folder="out")
    sender = far.build(outbox="out")
    with pytest.raises(TemporaryDeliveryError) as waits:
        sender.send(document())
    assert waits.value.code == "DLV-443"
    assert (far.root / "out" / "855-1.edi").read_bytes() == b"not fetched yet"
    (far.root / "out" / "855-1.edi").unlink()
    assert sender.send(document()).evidence["listed"] is True


def test_another_file_of_that_name_and_size_is_not_taken_for_ours(far):
    far.put("855-1.edi", b"x" * len(PAYLOAD), folder="out")
    with pytest.raises(TemporaryDeliveryError) as waits:
        far.build(outbox="out").send(document())
    assert waits.value.code == "DLV-443"


def test_a_leftover_part_of_a_crashed_attempt_is_replaced(far):
    token = hashlib.sha256(b"key-1").hexdigest()[:12]
    far.put(f"855-1.edi.{token}.part", b"half of something longer" * 1000, folder="out")
    far.build(outbox="out").send(document())
    assert far.files("out") == ["855-1.edi"]
    assert (far.root / "out" / "855-1.edi").read_bytes() == PAYLOAD


def test_where_renaming_is_forbidden_the_file_is_written_directly(far):
    far.refuse("rename", "denied")
    assert far.build(outbox="out", part="").send(document()).evidence["listed"] is True
    with pytest.raises(PermanentDeliveryError):
        far.build(outbox="out").send(document(name="855-2.edi"))


def test_a_done_marker_follows_the_file_also_when_the_first_attempt_lost_it(far):
    sender = far.build(outbox="out", send_marker=".done")
    far.misbehave("cut_after", "rename")
    with pytest.raises(UncertainDeliveryError):
        sender.send(document())
    assert far.files("out") == ["855-1.edi"]
    far.recover()
    sender.send(document())
    assert far.files("out") == ["855-1.edi", "855-1.edi.done"]
    assert (far.root / "out" / "855-1.edi.done").read_bytes() == b""


def test_a_full_disk_is_temporary_and_says_so(far):
    far.refuse("put", "full")
    with pytest.raises(TemporaryDeliveryError) as full:
        far.build(outbox="out").send(document())
    assert full.value.code == "DLV-442"


def test_an_outbox_that_is_not_there_or_not_ours_is_named(far):
    with pytest.raises(PermanentDeliveryError, match="the outbox folder nowhere is not there"):
        far.build(outbox="nowhere").send(document())
    far.refuse("put", "denied")
    with pytest.raises(PermanentDeliveryError, match="may not be used") as denied:
        far.build(outbox="out").send(document())
    assert denied.value.code == "DLV-441"


def test_a_host_that_stores_less_than_it_confirmed_is_found_out(sftp_far):
    def truncate():
        for path in (sftp_far.root / "out").glob("*.part"):
            path.write_bytes(b"x")

    sftp_far.host.behaviour.watch["stat"] = lambda path: truncate()
    with pytest.raises(TemporaryDeliveryError) as short:
        sftp_far.build(outbox="out").send(document())
    assert short.value.code == "DLV-444"
    assert [name for name in sftp_far.files("out") if not name.endswith(".part")] == []


def test_an_upload_of_a_file_too_large_for_memory_is_streamed(far, tmp_path):
    body = tmp_path / "body"
    with body.open("wb") as file:
        file.truncate(3 * 1024 * 1024 + 5)
    sent = OutboundDocument(payload=b"", body=body, idempotency_key="key-1", name="big.edi")
    assert far.build(outbox="out").send(sent).evidence["listed_size"] == 3 * 1024 * 1024 + 5


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "..\\x.ini", "a\x00b.edi", "..", "", ".ssh", "Best\u00e4tigung.edi", "line\nend"],
)
def test_a_hostile_suggested_name_stays_inside_the_outbox(far, name):
    reference = far.build(outbox="out").send(document(name=name)).reference
    assert [f"out/{name}" for name in far.files("out")] == [reference]
    assert sorted(path.name for path in far.root.iterdir()) == ["archive", "in", "out"]


@given(st.text(max_size=100), st.sampled_from(["{name}", "{stem}-{key}{suffix}", "{key}", "out-{name}"]))
def test_every_name_becomes_one_plain_visible_component(name, template):
    made = outgoing(template, name, "key-1")
    assert made
    assert set(made) <= set(string.ascii_letters + string.digits + "._-")
    assert not made.startswith(".")
    assert made == outgoing(template, name, "key-1")


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_two_documents_whose_names_had_to_be_changed_do_not_share_one(first, second):
    assert outgoing("{name}", f"\u00e4{first}", "k1") != outgoing("{name}", f"\u00e4{second}", "k2")


@given(st.binary(max_size=300))
def test_every_name_is_shown_in_one_plain_line(name):
    shown = printable(name)
    assert shown.isprintable()
    assert len(shown) <= 200
    shown.encode("utf-8")
