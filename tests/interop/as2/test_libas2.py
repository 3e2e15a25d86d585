"""npm libas2 0.8.2 as a partner, in its own process: what it can do, both ways."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from as2_foreign_peer import ForeignPeer, b64, described, libas2_command, running
from as2_partner import as_request, connector, document, person, stored

from hub.ports import HttpRequest

HUB, ACME = person("HUB"), person("ACME")
TEXT = b"ISA*00*          *00*          *ZZ*ACME           *ZZ*HUB            ~\r\n"
ENCRYPTION = {"aes128-CBC": "aes128_cbc", "aes192-CBC": "aes192_cbc", "aes256-CBC": "aes256_cbc"}


@pytest.fixture(scope="module")
def peer() -> Iterator[ForeignPeer]:
    with running(libas2_command()) as found:
        yield found


def built(peer: ForeignPeer, **how: object) -> HttpRequest:
    made = peer.ask(do="build", us=described(ACME), them=described(HUB), how=how, payload=b64(TEXT))
    headers = {name.lower(): value for name, value in made["headers"].items()}
    return HttpRequest(method="POST", path="/as2", headers=headers, body=base64.b64decode(made["body"]))


@pytest.mark.parametrize("digest", ["sha-256", "sha-384", "sha-512"])
@pytest.mark.parametrize("cipher", ENCRYPTION)
def test_a_message_of_libas2_arrives_and_it_reads_our_mdn(cipher: str, digest: str, peer: ForeignPeer, record_property) -> None:
    record_property("permutation", ("libas2", f"signed+encrypted, {cipher}, {digest}", "in at once"))
    request = built(peer, sign=digest, encrypt=cipher, mdn={"async": False, "signing": digest})
    call = connector(HUB, ACME).receive(request)
    assert call.rejection is None, call.rejection
    assert b"".join(call.documents[0].pieces()).strip() == TEXT.strip()
    assert call.documents[0].evidence["cipher"] == ENCRYPTION[cipher]
    answer = stored(call)
    judged = peer.ask(
        do="judge", us=described(ACME), them=described(HUB), headers=dict(answer.headers), body=b64(answer.body), signed=True
    )
    assert judged["processed"] is True
    assert judged["original"] == request.headers["message-id"]
    assert judged["mic"]["mic"] == call.documents[0].evidence["mic"].split(",")[0]


@pytest.mark.parametrize("cipher", ["aes128_cbc", "aes192_cbc", "aes256_cbc"])
def test_libas2_opens_what_we_send(cipher: str, peer: ForeignPeer, record_property) -> None:
    record_property("permutation", ("libas2", f"signed+encrypted, {cipher}", "out at once"))
    arrived = as_request(connector(HUB, ACME, encrypt=cipher, key_transport="rsa_oaep_sha512").prepare(document(TEXT)).wire)
    # Node refuses it PKCS#1 v1.5, hence OAEP; its MIME reader takes text only: the HTTP body is handed over as base64, as its own messages travel
    headers = {**arrived.headers, "content-transfer-encoding": "base64"}
    body = base64.encodebytes(arrived.body)
    opened = peer.ask(do="open", us=described(ACME), them=described(HUB), headers=headers, body=b64(body))
    assert opened["signed"] is True
    assert base64.b64decode(opened["content"]).strip() == TEXT.strip()
