"""Done right 3, 17, 18 and 22 on two whole hubs: orders and receipts over real sockets, repeated, forged, and killed in between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
from as2_two_hubs import Pair, key_files, order, post, until

from hub.flow.send import send_file
from hub.store.blobs import IN_ROW
from hub.testing.flow_site import interchange, order_850


@pytest.fixture(scope="module", params=["sync", "async"])
def pair(request, tmp_path_factory):
    with Pair(tmp_path_factory.mktemp(request.param), mode=request.param) as running:
        running.mode = request.param
        yield running


def test_an_order_goes_signed_and_encrypted_and_its_receipts_come_back_verified(pair):
    sent = pair.send(order("4500000001", control=11))
    message = pair.settled(sent)
    assert message.state == "delivered", message.error
    assert message.evidence["prepared"]["mdn"] == pair.mode
    assert message.receipt["evidence"]["mdn_signed"]
    assert message.receipt["evidence"]["mdn_mic"].split(",")[0] == message.evidence["prepared"]["mic"].split(",")[0]
    (raw,) = pair.acme.proofs(sent)
    assert b"disposition-notification" in raw
    lights = until(lambda: pair.acme.lights(sent), lambda found: found["syntax"]["state"] == "ok")
    assert lights["delivery"]["state"] == "ok"
    (arrived,) = until(
        lambda: [each for each in pair.hub.orders() if each["number"] == "4500000001"], lambda found: len(found) == 1
    )
    assert arrived["transport_id"] == message.transport_id
    evidence = pair.hub.message(arrived["message_id"]).evidence
    assert evidence["mic"].split(",")[0] == message.evidence["prepared"]["mic"].split(",")[0]
    told = next(each for each in pair.hub.trail(arrived["message_id"]) if each["type"] == "message.received")
    assert {"cipher", "digest", "signed_by", "decrypted_with", "mic", "peer", "took_ms"} <= set(told["detail"]["evidence"])


def test_the_same_message_again_gets_the_stored_receipt_and_is_no_second_order(pair):
    sent = pair.send(order("4500000002", control=12))
    message = pair.settled(sent)
    before = pair.acme.proofs(sent)
    again = post(pair.hub_url, pair.acme.wire(sent))
    assert again.status_code == 200
    if pair.mode == "sync":
        assert before[0].partition(b"\r\n\r\n")[2] == again.content
    else:
        assert again.content == b""
        replies = [each for each in pair.hub.items(direction="out") if each["transport_id"] and not each["number"]]
        assert len({each["transport_id"] for each in replies}) == len(replies)
        until(
            lambda: [each for each in pair.acme.trail(*_proof_ids(pair, sent)) if each["type"] == "message.repeated"],
            lambda found: len(found) == 1,
        )
    assert pair.acme.proofs(sent) == before
    until(lambda: pair.acme.lights(sent)["syntax"]["state"], lambda state: state == "ok")
    until(lambda: [each for each in pair.hub.orders() if each["number"] == "4500000002"], lambda found: len(found) == 1)
    assert pair.acme.message(sent).receipt == message.receipt


def _proof_ids(pair, sent):
    with pair.acme.hub.read() as view:
        return [each.id for each in view.messages.proofs_of(sent)]


def test_a_large_order_goes_through_files_and_comes_out_as_it_was(pair):
    payload = interchange([order_850("4500000005", lines=20_000)], control=15)
    assert len(payload) > 2 * IN_ROW
    sent = pair.send(payload)
    message = pair.settled(sent)
    assert message.state == "delivered", message.error
    (arrived,) = [each for each in pair.hub.items(direction="in") if each["transport_id"] == message.transport_id]
    with pair.hub.hub.read() as view:
        assert view.payload(arrived["message_id"]) == payload
    spools = [*(pair.acme_root / "var/spool").iterdir(), *(pair.hub_root / "var/spool").iterdir()]
    assert spools == []


def test_a_receipt_that_was_tampered_with_is_refused_and_changes_nothing(pair):
    sent = pair.send(order("4500000003", control=13))
    message = pair.settled(sent)
    (raw,) = pair.acme.proofs(sent)
    forged = raw.replace(b"processed", b"failed!!!", 1)
    assert forged != raw
    headers = {"as2-from": "EDIHUB", "as2-to": "ACME", "message-id": "<forged@x>", "as2-version": "1.2"}
    head, _, body = forged.partition(b"\r\n\r\n")
    headers |= dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line.lower().startswith("content-type"))
    wire = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n" + body
    assert post(pair.acme_url, wire).status_code == 403
    refused = [each for each in pair.acme.trail("edihub/as2") if each["type"] == "request.refused"]
    assert refused[-1]["detail"]["code"] == "AS2-104"
    assert "digest" in refused[-1]["detail"]["explained"]
    assert pair.acme.message(sent).receipt == message.receipt
    assert pair.acme.lights(sent)["delivery"]["state"] == "ok"


def test_a_true_receipt_for_something_that_was_never_sent_is_kept_and_changes_nothing(pair):
    """EDIHUB signs an MDN about a message that ACME's store does not know."""
    from connectors.as2.cms.sign import Signing
    from connectors.as2.disposition import Disposition
    from connectors.as2.mdn_write import MdnToWrite, write_mdn

    own = pair.hub.hub.connector("acme/as2")._roles.signing(pair.hub.hub.now())
    mdn = MdnToWrite("EDIHUB", "ACME", "<never@sent>", Disposition(), "AAAA, sha256", "Took it.", "")
    reply = write_mdn(mdn, at=pair.hub.hub.now(), signing=Signing(own), domain="edihub")
    wire = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items()).encode() + b"\r\n" + reply.body
    assert post(pair.acme_url, wire).status_code == 200
    (kept,) = [each for each in pair.acme.items(direction="in", state="held") if each["error"]["code"] == "DLV-457"]
    assert kept["transport_id"] == reply.headers["Message-ID"]
    with pair.acme.hub.read() as view:
        assert view.payload(kept["message_id"]).endswith(reply.body)


def test_a_stranger_gets_an_mdn_that_says_so_and_the_audit_explains_it(pair):
    sent = pair.send(order("4500000004", control=14))
    pair.settled(sent)
    wire = pair.acme.wire(sent).replace(b"AS2-From: ACME", b"AS2-From: NOBODY", 1)
    answer = post(pair.hub_url, wire)
    assert answer.status_code == 200
    assert b"unknown-trading-relation" in answer.content or b"unknown-trading-partner" in answer.content
    refused = [each for each in pair.hub.trail("") if each["type"] == "request.refused"]
    assert refused[-1]["detail"]["code"] == "AS2-101"
    assert "NOBODY" in refused[-1]["detail"]["explained"]


def test_a_signature_of_a_certificate_that_is_not_known_is_refused_and_said_in_words(tmp_path):
    made = Pair(tmp_path)
    for ending, text in ((".pem", key_files("EVIL").certificate), (".key", key_files("EVIL").key)):
        (made.acme_root / "keys" / f"ACME{ending}").write_text(text)
    with made as pair:
        sent = pair.send()
        message = pair.settled(sent)
        assert (message.state, message.error["code"]) == ("dead", "AS2-305")
        assert "authentication-failed" in message.error["message"]
        assert pair.acme.lights(sent)["delivery"]["state"] == "failed"
        assert len(pair.acme.proofs(sent)) == 1
        assert pair.hub.orders() == []
        (refused,) = [each for each in pair.hub.trail("acme/as2") if each["type"] == "request.refused"]
        assert refused["detail"]["code"] == "AS2-103"
        assert refused["detail"]["reference"] == message.transport_id


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_hub_killed_between_its_commit_and_its_answer_loses_and_doubles_nothing(mode, tmp_path):
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("this system has no SIGKILL")
    pair = Pair(tmp_path, mode=mode)
    port = pair.sockets[1].getsockname()[1]
    pair.sockets[1].close()
    with Serving(pair.hub_root, port, kill="after-keep:1") as dying:
        from as2_two_hubs import Side

        pair.acme = Side(pair.acme_root, pair.sockets[0])
        try:
            sent = send_file(order(), "edihub", pair.acme.hub, name="850.edi").message_id
            assert dying.wait(30) == -signal.SIGKILL
            first = until(lambda: pair.acme.message(sent), lambda message: message.attempts >= 1)
            assert first.state == "retry"
            with Serving(pair.hub_root, port):
                message = pair.settled(sent)
                assert message.state == "delivered", message.error
                # the stored MDN may come from the hub that lives again before we have asked once more
                assert message.attempts >= (2 if mode == "sync" else 1)
                assert message.transport_id == first.transport_id
        finally:
            pair.acme.server.stop()
    found = json.loads(_edihub(pair.hub_root, "messages", "--json"))["items"]
    assert len([each for each in found if each["message"] == "850"]) == 1


class Serving:
    """`edihub serve` in a process of its own, until the block is left."""

    def __init__(self, site, port, kill=""):
        self.site, self.port, self.kill = site, port, kill

    def __enter__(self):
        command = [sys.executable, "-m", "hub.cli", "--site", str(self.site), "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, env={**os.environ, "EDIHUB_KILL": self.kill}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        import httpx

        def ready():
            try:
                return httpx.get(f"http://127.0.0.1:{self.port}/healthz", trust_env=False).status_code
            except httpx.TransportError:
                return 0

        until(ready, lambda status: status == 200)
        return self.process

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=60)


def _edihub(site, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", "--site", str(site), *arguments], capture_output=True, check=True, timeout=60
    )
    return done.stdout


def test_the_openssl_command_line_posts_an_order_to_a_real_hub_and_verifies_its_receipt(pair, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is missing")
    from as2_openssl_peer import OpenSslPeer

    for name in ("ACME", "EDIHUB"):
        (tmp_path / f"{name}.pem").write_text(key_files(name).certificate)
        (tmp_path / f"{name}.key").write_text(key_files(name).key)
    peer = OpenSslPeer(tmp_path, "ACME", "EDIHUB")
    payload = order("4500000099", control=99)
    part = b"Content-Type: application/edi-x12\r\n\r\n" + payload
    content_type, signed = peer.signed(part)
    body = peer.encrypted(f"Content-Type: {content_type}\r\n\r\n".encode() + signed, stream=True)
    wish = "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha256"
    headers = {
        "AS2-From": "ACME", "AS2-To": "EDIHUB", "AS2-Version": "1.1", "Message-ID": f"<openssl-{pair.mode}@acme>",
        "Content-Type": "application/pkcs7-mime; smime-type=enveloped-data", "Disposition-Notification-To": "edi@acme",
        "Disposition-Notification-Options": wish,
    }  # fmt: skip
    wire = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n" + body
    answer = post(pair.hub_url, wire)
    assert answer.status_code == 200
    report = peer.verified(answer.headers["content-type"], answer.content)
    assert b"automatic-action/MDN-sent-automatically; processed" in report
    assert post(pair.hub_url, wire).content == answer.content
    until(lambda: [each for each in pair.hub.orders() if each["number"] == "4500000099"], lambda found: len(found) == 1)


AS2 = {"AS2-From": "ACME", "AS2-To": "EDIHUB", "Message-ID": "<rubbish@acme>", "AS2-Version": "1.2"}
MDN = {"Disposition-Notification-To": "x"}


@pytest.mark.parametrize(
    ("headers", "body", "statuses"),
    [
        ({}, b"", {400}),
        ({"AS2-From": "ACME"}, b"x", {400}),
        (AS2, b"", {400, 403}),
        (AS2 | {"Content-Type": "application/pkcs7-mime"}, b"\x30\x80\x00", {400, 403}),
        (AS2 | MDN | {"Content-Type": "application/pkcs7-mime"}, b"\x30\x84\xff\xff\xff\xff", {200}),
        (AS2 | MDN | {"Content-Type": "multipart/signed"}, b"--\r\n", {200}),
        (AS2 | MDN | {"Content-Type": '\xff;;;="', "Subject": "\xe9" * 500}, b"\x00" * 5000, {200, 400, 403}),
        (AS2 | {"Content-Type": "multipart/report; boundary=x"}, b"--x\r\n\r\n--x--", {400, 403}),
        (AS2 | MDN | {"Receipt-Delivery-Option": "http://169.254.169.254/latest"}, b"x", {200}),
        (AS2 | {"AS2-From": "A" * 5000}, b"x", {200, 400, 403}),
    ],
)
def test_rubbish_at_a_real_hub_gets_an_mdn_or_a_refusal_and_leaves_no_order(headers, body, statuses, pair):
    import httpx

    before = len([each for each in pair.hub.trail("acme/as2", "") if each["type"] == "request.refused"])
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = httpx.post(pair.hub_url, headers=raw, content=body, trust_env=False, timeout=20)
    assert answer.status_code in statuses, answer.text
    if answer.status_code == 200:
        assert b"disposition-notification" in answer.content
    refused = [each for each in pair.hub.trail("acme/as2", "") if each["type"] == "request.refused"]
    assert len(refused) == before + 1
    assert refused[-1]["detail"]["message"]
    # What tests before this one sent may still be on its way; all of it is numbered, and rubbish has no number.
    assert [each for each in pair.hub.orders() if each["type"] == "order" and not each["number"].startswith("45000000")] == []
