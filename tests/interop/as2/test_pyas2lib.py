"""pyas2lib 1.4.4 as a partner, in its own process: every permutation it can do, both ways, MDNs judged by both."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import product

import pytest
from as2_foreign_peer import ForeignPeer, b64, described, pyas2lib_command, running
from as2_partner import as_request, connector, document, person, stored

from connectors.as2 import sending, wire
from connectors.as2.transport import Answer
from hub.errors import PermanentDeliveryError

HUB, ACME = person("HUB"), person("ACME")
# pyas2lib rewrites line ends of text it sends; what has CRLF throughout it leaves alone
TEXT = b"UNA:+.? '\r\nUNB+UNOC:3+ACME+HUB+260924:1200+1'\r\nUNZ+0+1'\r\n"
BASIS = {"require": {"signed": False, "encrypted": False}, "partner_mdn_url": "http://127.0.0.1:9/mdn"}
WAYS = list(
    product(
        ("plain", "encrypted", "signed", "signed+encrypted"), ("unsigned receipt", "signed receipt"), ("as is", "compressed")
    )
)
CIPHERS = {"aes_128_cbc": "aes128_cbc", "aes_192_cbc": "aes192_cbc", "aes_256_cbc": "aes256_cbc"}


@pytest.fixture(scope="module")
def peer() -> Iterator[ForeignPeer]:
    with running(pyas2lib_command()) as found:
        yield found


@pytest.fixture(autouse=True)
def row(request: pytest.FixtureRequest, record_property) -> None:
    spec = getattr(request.node, "callspec", None)
    if spec is not None and "way" in spec.params:
        direction = "in" if "arrives" in request.node.name else "out"
        record_property("permutation", ("pyas2lib", ", ".join(spec.params["way"]), f"{direction} at once"))


def how(security: str, receipt: str, squeeze: str, **more: object) -> dict:
    return {
        "sign": "signed" in security,
        "encrypt": "encrypted" in security,
        "enc_alg": "aes_256_cbc",
        "compress": squeeze == "compressed",
        "mdn_mode": "SYNC",
        "mdn_digest_alg": "sha256" if receipt == "signed receipt" else None,
        **more,
    }


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way).replace(" ", "_"))
def test_a_message_of_pyas2lib_arrives_and_it_accepts_our_mdn(way: tuple[str, ...], peer: ForeignPeer) -> None:
    sent = peer.ask(do="build", us=described(ACME), them=described(HUB), how=how(*way), payload=b64(TEXT))
    call = connector(HUB, ACME, **BASIS).receive(as_request(base64.b64decode(sent["raw"])))
    assert call.rejection is None, call.rejection
    assert call.documents[0].payload == TEXT
    answer = stored(call)
    raw = b64(wire.join(dict(answer.headers), answer.body))
    mic = call.documents[0].evidence["mic"].split(",")[0]
    if sent["mic"] is None:
        # it computes no MIC for what it does not sign: what ours is, the OpenSSL peer checks
        assert way[0] in {"plain", "encrypted"}
    ids = {"message_id": sent["message_id"], "mic": sent["mic"] or mic}
    judged = peer.ask(do="judge", us=described(ACME), them=described(HUB), how=how(*way), raw=raw, **ids)
    assert judged == {"status": "processed", "detail": None}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way).replace(" ", "_"))
def test_pyas2lib_takes_a_message_and_its_mdn_is_accepted(way: tuple[str, ...], peer: ForeignPeer) -> None:
    security, receipt, squeeze = way
    sender = connector(
        HUB,
        ACME,
        **BASIS,
        sign="sha256" if "signed" in security else "none",
        encrypt="aes256_cbc" if "encrypted" in security else "none",
        compress="before_signing" if squeeze == "compressed" else "none",
        mdn={"signed": receipt == "signed receipt"},
    )
    ready = sender.prepare(document(TEXT))
    taken = peer.ask(do="parse", us=described(ACME), them=described(HUB), how={}, raw=b64(ready.wire))
    assert taken["status"] == "processed", taken
    assert base64.b64decode(taken["payload"]) == TEXT
    headers, body = wire.split(base64.b64decode(taken["mdn"]).replace(b"\r\n\r\n", b"\n\n", 1).replace(b"\n\n", b"\r\n\r\n", 1))
    answer = Answer(200, {name.lower(): value for name, value in headers.items()}, body)
    if "signed" not in security and receipt == "signed receipt":
        # it sends no MIC for what is not signed: such an MDN says less than was asked for
        with pytest.raises(PermanentDeliveryError) as refused:
            sending.outcome(answer, ready, sender.settings, sender.receipt_relation, sender._services.now())
        assert refused.value.code == "AS2-304"
        return
    receipt_found = sending.outcome(answer, ready, sender.settings, sender.receipt_relation, sender._services.now())
    assert receipt_found.evidence["mdn_signed"] is (receipt == "signed receipt")


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_ciphers_and_digests_go_both_ways(cipher: str, digest: str, peer: ForeignPeer) -> None:
    strong = how("signed+encrypted", "signed receipt", "as is", enc_alg=cipher, digest_alg=digest, mdn_digest_alg=digest)
    sent = peer.ask(do="build", us=described(ACME), them=described(HUB), how=strong, payload=b64(TEXT))
    call = connector(HUB, ACME).receive(as_request(base64.b64decode(sent["raw"])))
    assert call.documents[0].evidence["cipher"] == CIPHERS[cipher]
    assert call.documents[0].evidence["digest"] == digest
    ready = connector(HUB, ACME, encrypt=CIPHERS[cipher], sign=digest).prepare(document(TEXT))
    taken = peer.ask(do="parse", us=described(ACME), them=described(HUB), how={}, raw=b64(ready.wire))
    assert taken["status"] == "processed", taken


def test_pss_goes_both_ways_and_oaep_the_one_way_it_can(peer: ForeignPeer) -> None:
    modern = how("signed+encrypted", "signed receipt", "as is", sign_alg="rsassa_pss")
    sent = peer.ask(do="build", us=described(ACME), them=described(HUB), how=modern, payload=b64(TEXT))
    call = connector(HUB, ACME).receive(as_request(base64.b64decode(sent["raw"])))
    assert call.rejection is None, call.rejection
    assert call.documents[0].evidence["signature"] == "rsa_pss"
    ready = connector(HUB, ACME, signature="rsa_pss", key_transport="rsa_oaep_sha1").prepare(document(TEXT))
    taken = peer.ask(do="parse", us=described(ACME), them=described(HUB), how={}, raw=b64(ready.wire))
    assert taken["status"] == "processed", taken


def test_a_refusal_of_ours_is_understood(peer: ForeignPeer) -> None:
    weak = how("plain", "signed receipt", "as is")
    sent = peer.ask(do="build", us=described(ACME), them=described(HUB), how=weak, payload=b64(TEXT))
    answer = connector(HUB, ACME).receive(as_request(base64.b64decode(sent["raw"]))).answer(())
    raw = b64(wire.join(dict(answer.headers), answer.body))
    ids = {"message_id": sent["message_id"], "mic": ""}
    judged = peer.ask(do="judge", us=described(ACME), them=described(HUB), how={}, raw=raw, **ids)
    assert judged["status"] != "processed"
    assert "insufficient-message-security" in judged["detail"]
