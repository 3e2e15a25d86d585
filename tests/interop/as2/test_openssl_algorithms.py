"""Done right 6, 12 and 23: every algorithm against the OpenSSL command line, its streamed BER, and peers with habits."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest
from as2_openssl_peer import OpenSslPeer, mic_of
from as2_partner import ORDER, as_request, at, connector, document, other, own, person, station

from connectors.as2 import building, wire
from connectors.as2.building import Content, Plan, build
from connectors.as2.certificates import KeyPair
from connectors.as2.cms import decrypt, encrypt, envelope, sign, signature
from connectors.as2.evidence import COMMAND, bundle
from connectors.as2.source import MemorySource, Spool
from hub.ports import HttpRequest, KeptReceipt

HUB, ACME = person("HUB"), person("ACME")
CBC = ("aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc")
GCM = ("aes-128-gcm", "aes-192-gcm", "aes-256-gcm")
TRANSPORTS = {
    "pkcs1": (),
    "oaep sha1": ("-keyopt", "rsa_padding_mode:oaep"),
    "oaep sha256": ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"),
    "oaep sha512 mgf sha256": (
        "-keyopt",
        "rsa_padding_mode:oaep",
        "-keyopt",
        "rsa_oaep_md:sha512",
        "-keyopt",
        "rsa_mgf1_md:sha256",
    ),
    "oaep label": ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_label:616263"),
    "key id": ("-keyid",),
}
PAYLOAD = bytes(range(256)) * 300


def opened(der: bytes, pair: KeyPair = HUB.pair, spool: bool = False) -> bytes:
    source = Spool(in_memory=0).extend((der,)).source() if spool else MemorySource(der)
    found = envelope.read_envelope(source)
    recipient, key = decrypt.choose(found, (pair,))
    clear = b"".join(decrypt.decrypt(found, recipient, key))
    if spool:
        source.close()
        source.path.unlink()
    return clear


@pytest.mark.parametrize("stream", [False, True], ids=["definite", "streamed"])
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("cipher", CBC + GCM)
def test_what_openssl_encrypts_is_read(peer: OpenSslPeer, cipher: str, transport: str, stream: bool) -> None:
    der = peer.encrypted(PAYLOAD, cipher=cipher, options=TRANSPORTS[transport], stream=stream)
    assert opened(der) == PAYLOAD
    if stream:
        assert der[:2] == b"\x30\x80"
        assert opened(der, spool=True) == PAYLOAD


@pytest.mark.parametrize(
    "transport", ["rsa_pkcs1v15", "rsa_oaep_sha1", "rsa_oaep_sha256", "rsa_oaep_sha384", "rsa_oaep_sha512"]
)
@pytest.mark.parametrize("cipher", ["aes128_cbc", "aes192_cbc", "aes256_cbc", "aes128_gcm", "aes192_gcm", "aes256_gcm"])
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 70_000])
def test_what_is_encrypted_here_openssl_reads(peer: OpenSslPeer, cipher: str, transport: str, size: int) -> None:
    made = encrypt.encrypt((PAYLOAD[:size],), size, recipient=ACME.certificate, cipher=cipher, key_transport=transport)
    der = b"".join(made.pieces)
    assert len(der) == made.size
    if size or "gcm" not in cipher:
        assert peer.decrypted(der) == PAYLOAD[:size]
    assert opened(der, ACME.pair) == PAYLOAD[:size]


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("scheme", sign.SCHEMES)
def test_what_is_signed_here_openssl_verifies(peer: OpenSslPeer, digest: str, scheme: str) -> None:
    signing = sign.Signing(HUB.pair, digest=digest, scheme=scheme)
    built = build((Content((ORDER,), len(ORDER)),), Plan(signing=signing), at(0))
    body = b"".join(built.pieces)
    assert peer.verified(built.fields["Content-Type"], body).endswith(ORDER)


SIGNATURES = {
    "attributes": (),
    "no attributes": ("-noattr",),
    "pss": ("-keyopt", "rsa_padding_mode:pss"),
    "pss salt 20": ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20"),
    "pss mgf sha1": ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_mgf1_md:sha1"),
    "no certificates, key id": ("-nocerts", "-keyid"),
    "no capabilities": ("-nosmimecap",),
    "streamed": ("-stream",),
    "cades": ("-cades",),
}


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("form", SIGNATURES)
def test_what_openssl_signs_is_verified(peer: OpenSslPeer, digest: str, form: str) -> None:
    signed = signature.read_signed(peer.detached(PAYLOAD, digest=digest, options=SIGNATURES[form]))
    (signer,) = signed.signers
    assert signer.identifier.find((HUB.certificate, ACME.certificate)) is ACME.certificate
    right = hashlib.new(digest, PAYLOAD).digest()
    wrong = hashlib.new(digest, PAYLOAD + b"x").digest()
    assert signature.has_valid_signature(signer, ACME.certificate, right)
    assert not signature.has_valid_signature(signer, HUB.certificate, right)
    assert signature.verify_content(signer, ACME.certificate, lambda _: (wrong, right)) == 1
    assert signature.verify_content(signer, ACME.certificate, lambda _: (wrong,)) is None


def receive(body: bytes, content_type: str, **headers: str):
    names = {
        "as2-from": "ACME",
        "as2-to": "HUB",
        "message-id": "<1@a>",
        "content-type": content_type,
        "disposition-notification-to": "x",
    }
    hub = connector(HUB, ACME, require={"signed": True, "encrypted": False})
    return hub.receive(HttpRequest(method="POST", path="/as2", headers={**names, **headers}, body=body))


@pytest.mark.parametrize(
    ("payload", "signed", "variant"),
    [
        (b"A\r\nB\r\n", b"A\r\nB\r\n", "exact"),
        (b"A\r\nB\r\n", b"A\r\nB", "without the last line end"),
        (b"A\nB\n", b"A\nB", "without the last line end"),
        (b"A\nB", b"A\r\nB", "line ends as CRLF"),
        (b"A\rB\r\nC\nD", b"A\r\nB\r\nC\r\nD", "line ends as CRLF"),
    ],
)
def test_peers_that_sign_other_line_ends_are_verified_and_the_audit_says_so(
    peer: OpenSslPeer, payload: bytes, signed: bytes, variant: str
) -> None:
    head = b"Content-Type: text/plain\r\n\r\n"
    content_type, body = peer.signed(head + payload, signed_bytes=head + signed)
    call = receive(body, content_type)
    assert call.rejection is None
    assert call.documents[0].payload == payload
    assert call.documents[0].evidence["verified_over"] == variant
    assert call.documents[0].evidence["mic"].split(",")[0] == mic_of(head + signed).split(",")[0]


def test_no_other_variant_is_tried(peer: OpenSslPeer) -> None:
    head = b"Content-Type: text/plain\r\n\r\n"
    for payload, signed in ((b"A B", b"A  B"), (b"A", b"A\r\n"), (b"A\r\n\r\n", b"A"), (b"A\r\nB", b"A\nB")):
        content_type, body = peer.signed(head + payload, signed_bytes=head + signed)
        assert receive(body, content_type).rejection.code == "AS2-104"


def test_an_opaque_signature_is_refused_as_a_format_nobody_agreed_on(peer: OpenSslPeer) -> None:
    own_key = ("-signer", "ACME.pem", "-inkey", "ACME.key")
    der = peer.run("cms", "-sign", "-nodetach", "-binary", "-outform", "DER", *own_key, data=ORDER)
    assert receive(der, "application/pkcs7-mime; smime-type=signed-data").rejection.code == "AS2-110"


def test_two_signers_of_which_one_is_known_are_one_that_counts(peer: OpenSslPeer) -> None:
    (peer.folder / "EVIL.pem").write_text(person("EVIL").certificate_pem)
    (peer.folder / "EVIL.key").write_text(person("EVIL").key_pem)
    part = b"Content-Type: text/plain\r\n\r\nx"
    content_type, body = peer.signed(part, options=("-signer", "EVIL.pem", "-inkey", "EVIL.key"))
    call = receive(body, content_type)
    assert call.rejection is None
    assert call.documents[0].evidence["signed_by"] == ACME.certificate.sha256


def test_a_certificate_change_of_the_partner_in_flight_fails_nobody(peer: OpenSslPeer) -> None:
    new = person("ACME-2027")
    for name, pem in (("ACME-2027.pem", new.certificate_pem), ("ACME-2027.key", new.key_pem)):
        (peer.folder / name).write_text(pem)
    changed = OpenSslPeer(peer.folder, "ACME-2027", "HUB")
    from as2_partner import secrets_of

    from hub.testing.services import FakeServices

    lent = FakeServices(secrets=secrets_of(HUB, ACME, new))
    both = [other(ACME), other(new, starts=at(5).date())]
    hub = connector(HUB, ACME, lent, our_certificates=[own(HUB)], partner_certificates=both)
    assert as_request(hub.prepare(document()).wire)
    before = hub.prepare(document(key="a"))
    assert before.evidence["encrypted_for"] == ACME.certificate.sha256
    lent.clock.advance(6 * 86400)
    after = hub.prepare(document(key="b"))
    assert after.evidence["encrypted_for"] == new.certificate.sha256
    assert changed.decrypted(as_request(after.wire).body).startswith(b"Content-Type: multipart/signed")
    for sender in (peer, changed):
        content_type, body = sender.signed(b"Content-Type: text/plain\r\n\r\nx")
        der = sender.encrypted(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
        names = {"as2-from": "ACME", "as2-to": "HUB", "message-id": "<1@a>"}
        kind = {"content-type": "application/pkcs7-mime; smime-type=enveloped-data"}
        call = hub.receive(HttpRequest(method="POST", path="/as2", headers={**names, **kind}, body=der))
        assert call.rejection is None


def test_the_evidence_of_a_delivery_is_confirmed_by_openssl_alone(tmp_path: Path) -> None:
    """Row 23."""
    sender = connector(HUB, ACME)
    ready = sender.prepare(document())
    answer = station(hub=connector(ACME, HUB)).receive(as_request(ready.wire))
    raw = wire.join(dict(answer.headers), answer.body)
    kept = KeptReceipt(receipt=raw, evidence=ready.evidence, payload=ORDER, at=at(0))
    files = bundle(kept, signers=(ACME.certificate,))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    done = subprocess.run(COMMAND.split(), cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "verified.txt").read_bytes() == files["mdn-content.txt"]
    summary = json.loads(files["summary.json"])
    assert summary["payload_sha256"] == hashlib.sha256(ORDER).hexdigest()
    assert summary["mic_sent"].split(",")[0] == summary["mic_received"].split(",")[0]
    (tmp_path / "mdn-content.txt").write_bytes(files["mdn-content.txt"].replace(b"processed", b"Processed"))
    assert subprocess.run(COMMAND.split(), cwd=tmp_path, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("transfer_encoding", ["binary", "base64"])
@pytest.mark.parametrize(
    "settings", [{}, {"encrypt": None}, {"sign": None}, {"sign": None, "encrypt": None}, {"sign": "sha512"}], ids=str
)
@pytest.mark.parametrize("compress", ["none", "before_signing", "after_signing"])
def test_openssl_computes_the_mic_from_the_bundle_of_either_side(
    settings, compress, transfer_encoding, tmp_path, monkeypatch
) -> None:
    """Row 23: the bundle holds the very octets the MIC is over."""
    if transfer_encoding == "base64":
        monkeypatch.setattr(building, "_single", _in_base64)
    ready = connector(HUB, ACME, **settings, compress=compress).prepare(document())
    call = connector(ACME, HUB, require={"signed": False, "encrypted": False}).receive(as_request(ready.wire))
    (arrived,) = call.documents
    assert arrived.payload == ORDER
    sides = {
        "sent": KeptReceipt(receipt=call.answer_bytes, evidence=ready.evidence, payload=ORDER, at=at(0)),
        "received": KeptReceipt(receipt=call.answer_bytes, evidence=arrived.evidence, payload=ORDER, at=at(0), is_given=True),
    }
    if transfer_encoding == "base64":
        del sides["sent"]  # what we send is always binary
    is_signed, is_plain = "sign" not in settings or settings["sign"], compress == "none" and set(settings.values()) == {None}
    is_lost = bool(compress == "before_signing" and is_signed) or (
        is_plain and len(settings) == 2 and transfer_encoding == "base64"
    )
    for name, kept in sides.items():
        files = bundle(kept, signers=(ACME.certificate,))
        if name == "received" and is_lost:
            assert "mic-content.bin" not in files  # our zlib need not be the partner's, nor our base64
            assert b"not kept" in files["VERIFY.txt"]
            continue
        folder = tmp_path / name
        folder.mkdir()
        for file, content in {**files, "payload.bin": ORDER}.items():
            (folder / file).write_bytes(content)
        said = subprocess.run(["sh", "-e", "VERIFY.txt"], cwd=folder, capture_output=True, check=True)
        mic = re.search(rb"Received-Content-MIC: (\S+),", files["mdn-content.txt"])[1]
        assert said.stdout.strip() == mic
        (folder / "mic-content.bin").write_bytes(files["mic-content.bin"][:-1])
        wrong = subprocess.run(["sh", "VERIFY.txt"], cwd=folder, capture_output=True, check=False)
        assert wrong.stdout.strip() != mic


def _in_base64(content: building.Content) -> building._Entity:
    encoded = base64.encodebytes(b"".join(content.pieces)).replace(b"\n", b"\r\n")
    fields = {"Content-Type": content.media_type, "Content-Transfer-Encoding": "base64"}
    return building._Entity(fields, len(encoded), (encoded,))
