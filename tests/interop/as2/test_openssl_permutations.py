"""The 24 permutations of security, receipt and compression, at once and later, both ways, against the OpenSSL command line."""

from __future__ import annotations

from itertools import product

import pytest
from as2_openssl_peer import OpenSslPeer, compressed, mic_of, uncompressed
from as2_partner import ORDER, as_request, connector, document, person, station, stored

from connectors.as2.transport import Answer
from hub.ports import HttpRequest

SECURITY = ("plain", "encrypted", "signed", "signed+encrypted")
RECEIPTS = ("no receipt", "unsigned receipt", "signed receipt")
WAYS = [
    (security, receipt, squeeze, mode)
    for security, receipt, squeeze in product(SECURITY, RECEIPTS, ("as is", "compressed"))
    for mode in (("at once",) if receipt == "no receipt" else ("at once", "later"))
]
MDN_URL = "http://127.0.0.1:9/mdn"
PART = b'Content-Type: application/edi-x12\r\nContent-Disposition: attachment; filename="850.edi"\r\n\r\n' + ORDER


def hub(**more: object):
    return connector(
        person("HUB"), person("ACME"), partner_mdn_url=MDN_URL, require={"signed": False, "encrypted": False}, **more
    )


@pytest.fixture(autouse=True)
def row(request: pytest.FixtureRequest, record_property) -> None:
    security, receipt, squeeze, mode = request.node.callspec.params["way"]
    direction = "in" if "arrives" in request.node.name else "out"
    record_property("permutation", ("openssl", f"{security}, {receipt}, {squeeze}", f"{direction} {mode}"))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way).replace(" ", "_"))
def test_a_message_of_the_openssl_peer_arrives_and_gets_its_mdn(way: tuple[str, ...], peer: OpenSslPeer) -> None:
    security, receipt, squeeze, mode = way
    headers, body, mic_over = _message(peer, security, squeeze)
    headers |= {"as2-from": "ACME", "as2-to": "HUB", "as2-version": "1.1", "message-id": "<4711@acme>"}
    if receipt != "no receipt":
        headers["disposition-notification-to"] = "edi@acme.example"
    if receipt == "signed receipt":
        headers["disposition-notification-options"] = (
            "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha256"
        )
    if mode == "later":
        headers["receipt-delivery-option"] = MDN_URL
    call = station(acme=hub()).gateway.receive(HttpRequest(method="POST", path="/as2", headers=headers, body=body))
    assert call.rejection is None
    assert [b"".join(one.pieces()) for one in call.documents] == [ORDER]
    answer = stored(call)
    assert answer.status == 200
    if receipt == "no receipt":
        assert answer.body == b""
        assert call.sends == ()
        return
    if mode == "later":
        assert answer.body == b""
        (mdn,) = call.sends
        assert mdn.evidence["url"] == MDN_URL
        arrived = as_request(mdn.wire)
        content_type, report = arrived.headers["content-type"], arrived.body
    else:
        content_type, report = answer.headers["Content-Type"], answer.body
    if receipt == "signed receipt":
        report = peer.verified(content_type, report)
    else:
        assert content_type.startswith("multipart/report")
    mic = mic_of(mic_over) if receipt == "signed receipt" else mic_of(mic_over).replace("sha256", "sha-256")
    assert f"Received-Content-MIC: {mic}\r\n".encode() in report
    assert b"Original-Message-ID: <4711@acme>" in report
    assert b"Disposition: automatic-action/MDN-sent-automatically; processed\r\n" in report


def _message(peer: OpenSslPeer, security: str, squeeze: str) -> tuple[dict[str, str], bytes, bytes]:
    """Headers and body of a message, and the bytes its MIC is over (RFC 4130 7.3.1, RFC 5402 4)."""
    part, mic_over = PART, PART
    if squeeze == "compressed":
        head = b"Content-Type: application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z\r\n\r\n"
        part = head + compressed(PART)
    elif security == "plain":
        mic_over = ORDER
    if "signed" in security:
        mic_over = part
        content_type, body = peer.signed(part)
        part = f"Content-Type: {content_type}\r\n\r\n".encode() + body
    if "encrypted" in security:
        kind = "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"
        return {"content-type": kind}, peer.encrypted(part, stream=security == "encrypted"), mic_over
    head, _, body = part.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    return {name.lower(): value for name, value in fields.items()}, body, mic_over


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way).replace(" ", "_"))
def test_the_openssl_peer_takes_a_message_and_its_mdn_is_accepted(way: tuple[str, ...], peer: OpenSslPeer) -> None:
    security, receipt, squeeze, mode = way
    asks = {"no receipt": "none"}.get(receipt, {"at once": "sync", "later": "async"}[mode])
    sender = hub(
        sign="sha256" if "signed" in security else "none",
        encrypt="aes256_cbc" if "encrypted" in security else "none",
        compress="before_signing" if squeeze == "compressed" else "none",
        mdn={"mode": asks, "signed": receipt == "signed receipt", "url": "http://127.0.0.1:9/as2"},
    )
    ready = sender.prepare(document())
    request = as_request(ready.wire)
    payload, mic_over = _open(peer, request.headers["content-type"], request.body)
    assert payload == ORDER
    assert request.headers["message-id"] == ready.reference
    assert ("disposition-notification-to" in request.headers) == (receipt != "no receipt")
    assert ("disposition-notification-options" in request.headers) == (receipt == "signed receipt")
    if receipt == "no receipt":
        settled = _outcome(sender, ready, Answer(200, {}, b""))
        assert settled.answer_due is None
        return
    content_type, report = peer.mdn(request.headers["message-id"], mic_of(mic_over), sign=receipt == "signed receipt")
    if mode == "at once":
        settled = _outcome(sender, ready, Answer(200, {"content-type": content_type}, report))
    else:
        promised = _outcome(sender, ready, Answer(202, {}, b""))
        assert promised.answer_due is not None
        headers = {"as2-from": "ACME", "as2-to": "HUB", "message-id": "<mdn-1@acme>", "content-type": content_type}
        call = sender.receive(HttpRequest(method="POST", path="/as2", headers=headers, body=report))
        assert call.answer(()).status == 200
        (proof,) = call.proofs
        assert proof.reference == ready.reference
        settled = proof.judge(ready.evidence)
    assert settled.evidence["mdn_disposition"].endswith("processed")
    assert settled.evidence["mdn_signed"] is (receipt == "signed receipt")


def _outcome(sender, ready, answer: Answer):
    from connectors.as2 import sending

    return sending.outcome(answer, ready, sender.settings, sender.receipt_relation, sender._services.now())


def _open(peer: OpenSslPeer, content_type: str, body: bytes) -> tuple[bytes, bytes]:
    """The payload of a message, and the bytes its MIC is over."""
    signed, entity, part = None, None, body
    while True:
        if "enveloped-data" in content_type:
            part = peer.decrypted(part)
        elif "compressed-data" in content_type:
            part = uncompressed(part)
        elif content_type.startswith("multipart/signed"):
            part = signed = peer.verified(content_type, part)
        else:
            return part, signed or entity or part
        entity = part
        head, _, part = part.partition(b"\r\n\r\n")
        fields = {line.split(": ")[0].lower(): line.split(": ", 1)[1] for line in head.decode().split("\r\n")}
        content_type = fields["content-type"]
