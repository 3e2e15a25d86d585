"""What is particular to posting: identity, deadlines, every status, ids, keys that are no header, settings that leak."""

import hashlib
import time
from datetime import timedelta
from email.utils import format_datetime

import pytest

from connectors.http import CONNECTOR
from hub.errors import (
    DeliveryError,
    HubError,
    PermanentDeliveryError,
    TemporaryDeliveryError,
    UncertainDeliveryError,
)
from hub.ports import OutboundDocument
from hub.testing.certificates import self_signed
from hub.testing.http_server import Behaviour, StandInServer
from hub.testing.services import START, FakeServices


@pytest.fixture
def server():
    server = StandInServer()
    yield server
    server.close()


def build(server, **more):
    send = {"url": server.url, "connect_timeout": 1, "read_timeout": 1, **more}
    return CONNECTOR.build(CONNECTOR.settings(send=send), FakeServices(secrets={"env:PW": "pässword"}))


def document(key="key-1", **more):
    return OutboundDocument(payload=b"ISA*855~", idempotency_key=key, name="855.edi", **more)


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(tmp_path):
    server = StandInServer(certificate=self_signed(tmp_path))
    try:
        with pytest.raises(PermanentDeliveryError) as refused:
            build(server).send(document())
        assert refused.value.code == "DLV-425"
        with pytest.raises(PermanentDeliveryError):
            build(server).check()
        assert server.requests == []
    finally:
        server.close()


def test_a_certificate_for_another_name_is_refused(tmp_path):
    certificate = self_signed(tmp_path, "elsewhere.example")
    server = StandInServer(certificate=certificate)
    try:
        with pytest.raises(PermanentDeliveryError):
            build(server, url=server.url.replace("127.0.0.1", "localhost"), ca_file=str(certificate[0])).send(document())
        assert server.requests == []
    finally:
        server.close()


def test_an_answer_that_drips_byte_by_byte_is_given_up_at_the_total_timeout(server):
    server.behaviour = Behaviour(drips=True)
    started = time.monotonic()
    with pytest.raises(UncertainDeliveryError, match="too long"):
        build(server, total_timeout=0.5).send(document())
    assert 0.4 < time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, PermanentDeliveryError),
        (401, PermanentDeliveryError),
        (404, PermanentDeliveryError),
        (409, PermanentDeliveryError),
        (413, PermanentDeliveryError),
        (422, PermanentDeliveryError),
        (408, TemporaryDeliveryError),
        (425, TemporaryDeliveryError),
        (429, TemporaryDeliveryError),
        (503, TemporaryDeliveryError),
        (500, UncertainDeliveryError),
        (502, UncertainDeliveryError),
        (504, UncertainDeliveryError),
    ],
)
def test_each_status_means_what_happens_next(server, status, kind):
    server.behaviour = Behaviour(status=status)
    with pytest.raises(DeliveryError) as refused:
        build(server).send(document())
    assert type(refused.value) is kind
    assert str(status) in refused.value.message
    assert refused.value.hint


def test_a_redirect_is_not_followed(server):
    other = StandInServer()
    try:
        server.behaviour = Behaviour(status=307, headers={"location": other.url})
        with pytest.raises(PermanentDeliveryError, match="moved"):
            build(server).send(document())
        assert other.requests == []
    finally:
        other.close()


@pytest.mark.parametrize(
    ("value", "delay"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("999999999999", 86_400.0),
        (format_datetime(START + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(START - timedelta(seconds=90), usegmt=True), 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_the_delay_is_read_as_seconds_or_as_a_date(server, value, delay):
    server.behaviour = Behaviour(status=503, headers={"retry-after": value})
    with pytest.raises(TemporaryDeliveryError) as refused:
        build(server).send(document())
    assert refused.value.retry_after == delay


def test_a_key_still_at_work_is_tried_again_after_its_delay(server):
    server.behaviour = Behaviour(status=409, headers={"retry-after": "2"})
    with pytest.raises(TemporaryDeliveryError) as refused:
        build(server).send(document())
    assert refused.value.retry_after == 2


@pytest.mark.parametrize(
    ("behaviour", "reference"),
    [
        (Behaviour(body=b'{"id": "A-1"}'), "A-1"),
        (Behaviour(body=b'{"id": 17}'), "17"),
        (Behaviour(body=b'{"message_id": "A-2"}'), "A-2"),
        (Behaviour(body=b"{}", headers={"location": "/messages/A-3/"}), "A-3"),
        (Behaviour(body=b"thanks", headers={"x-message-id": "A-4"}), "A-4"),
        (Behaviour(body=b""), "key-1"),
        (Behaviour(body=b"[" * 100_000), "key-1"),
    ],
    ids=["id", "number", "message_id", "location", "header", "nothing", "nested"],
)
def test_the_reference_is_the_far_sides_id_or_our_key(server, behaviour, reference):
    server.behaviour = behaviour
    assert build(server).send(document()).reference == reference


def test_what_was_posted_is_what_the_settings_say(server):
    build(server, auth={"basic": {"user": "edihub", "password": {"env": "PW"}}}, headers={"X-Partner": "edihub"}).send(
        document(media_type="application/edifact", headers={"x-note": "n"})
    )
    received = server.requests[0]
    assert received.body == b"ISA*855~"
    assert received.headers["content-type"] == "application/edifact"
    assert received.headers["idempotency-key"] == "key-1"
    assert received.headers["x-partner"] == "edihub"
    assert received.headers["x-note"] == "n"
    assert received.headers["authorization"] == "Basic ZWRpaHViOnDDpHNzd29yZA=="


@pytest.mark.parametrize("key", ["ключ", "a\nb", "x" * 300, "x\x7f"])
def test_a_key_that_is_no_header_is_named_by_its_digest_at_every_attempt(server, key):
    for _ in range(2):
        build(server).send(document(key))
    sent = {received.headers["idempotency-key"] for received in server.requests}
    assert len(sent) == 1
    assert len(server.effects) == 1


def test_a_header_that_cannot_be_written_is_permanent_and_nothing_leaves(server):
    with pytest.raises(PermanentDeliveryError):
        build(server).send(document(headers={"x-note": "a\r\nx-evil: 1"}))
    assert server.requests == []


def test_a_missing_secret_is_named_and_nothing_leaves(server):
    with pytest.raises(HubError, match="nowhere"):
        build(server, auth={"bearer": {"env": "nowhere"}}).send(document())
    assert server.requests == []


@pytest.mark.parametrize(
    ("send", "complaint"),
    [
        ({"url": "http://edi.acme.example/in"}, "TLS"),
        ({"url": "https://user:pass@edi.acme.example/in"}, "credentials"),
        ({"url": "ftp://edi.acme.example/in"}, "https"),
        ({"url": "https://"}, "https"),
        ({"url": "https://a.example/#x"}, "fragment"),
        ({"url": "https://a.example/", "headers": {"Idempotency-Key": "1"}}, "set by the hub"),
        ({"url": "https://a.example/", "headers": {"X": "a\nb"}}, "pattern"),
        ({"url": "https://a.example/", "auth": {}}, "bearer"),
        ({"url": "https://a.example/", "read_timeout": "0"}, "greater"),
    ],
)
def test_settings_that_would_leak_or_hang_are_refused(send, complaint):
    with pytest.raises(ValueError, match=complaint):
        CONNECTOR.settings(send=send)


def test_an_address_without_tls_beyond_this_machine_must_be_asked_for():
    assert CONNECTOR.settings(send={"url": "http://edi.acme.example/in", "plaintext": "true"}).send.plaintext is True


def test_a_document_in_a_file_is_posted_from_the_file(server, tmp_path):
    body = tmp_path / "large"
    body.write_bytes(b"ISA*" + b"x" * 3_000_000)
    receipt = build(server).send(OutboundDocument(payload=b"", body=body, idempotency_key="key-1", name="855.edi"))
    assert server.requests[0].body == body.read_bytes()
    assert server.requests[0].headers["content-length"] == "3000004"
    assert "transfer-encoding" not in server.requests[0].headers
    assert receipt.evidence["sha256"] == hashlib.sha256(body.read_bytes()).hexdigest()


def test_a_receiver_is_closed_unless_it_is_said_to_be_open():
    with pytest.raises(ValueError, match="open"):
        CONNECTOR.settings(receive={})
    assert CONNECTOR.settings(receive={"open": "true"}).receive.open is True
