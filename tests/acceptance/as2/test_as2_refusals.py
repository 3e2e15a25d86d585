"""Done right 4, 5, 7, 12, 13, 14, 17: what bad input gets: an MDN with the right disposition or a defined 4xx, and no effect."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

import pytest
from as2_openssl_peer import compressed
from as2_partner import (
    ORDER,
    as_request,
    at,
    connector,
    other,
    own,
    person,
    prepared_request,
    secrets_of,
    station,
    stored,
)

from connectors.as2.building import Content, Plan, build
from connectors.as2.cms.sign import Signing
from connectors.as2.faults import KINDS
from hub.ports import HttpRequest
from hub.testing.services import FakeServices

HUB, ACME, EVIL = person("HUB"), person("ACME"), person("EVIL")
MDN = {
    "disposition-notification-to": "edi@acme.example",
    "disposition-notification-options": "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha256",
}


def request(fields: dict[str, str], body: bytes, **more: str) -> HttpRequest:
    names = {"as2-from": "ACME", "as2-to": "HUB", "message-id": "<1@acme>", **MDN, **more}
    return HttpRequest(method="POST", path="/as2", headers={**{k.lower(): v for k, v in fields.items()}, **names}, body=body)


def made(plan: Plan, payload: bytes = ORDER, **more: str) -> HttpRequest:
    built = build((Content((payload,), len(payload), "application/edi-x12", "850.edi"),), plan, at(0))
    body = b"".join(built.pieces)
    return request(built.fields, body, **more)


def good() -> HttpRequest:
    return made(Plan(signing=Signing(ACME.pair), recipient=HUB.certificate))


def refused(message: HttpRequest, code: str, **more) -> str:
    """The disposition of the refusal; nothing was delivered, and the audit says why."""
    receiver = station(acme=connector(HUB, ACME, **more))
    answer = receiver.receive(message)
    (call,) = receiver.calls
    assert receiver.payloads == []
    assert call.rejection is not None
    assert call.rejection.code == code, call.rejection
    assert call.rejection.hint
    assert answer.status == 200
    return disposition(answer.body)


def disposition(body: bytes) -> str:
    found = re.search(rb"Disposition: automatic-action/MDN-sent-automatically; (.*)\r\n", body)
    assert found is not None
    return found.group(1).decode()


def test_a_good_message_is_accepted_so_that_the_refusals_mean_something() -> None:
    receiver = station(acme=connector(HUB, ACME))
    assert disposition(receiver.receive(good()).body) == "processed"
    assert receiver.payloads == [ORDER]


def test_an_unsigned_message_where_signing_is_agreed() -> None:
    assert refused(made(Plan(recipient=HUB.certificate)), "AS2-105") == "processed/error: insufficient-message-security"


def test_a_message_in_the_open_where_encryption_is_agreed() -> None:
    assert refused(made(Plan(signing=Signing(ACME.pair))), "AS2-106") == "processed/error: insufficient-message-security"


def test_a_signature_of_a_stranger() -> None:
    message = made(Plan(signing=Signing(EVIL.pair), recipient=HUB.certificate))
    assert refused(message, "AS2-103") == "processed/error: authentication-failed"


def test_a_signature_of_another_partner_of_ours() -> None:
    """Row 1: B's valid signature does not stand for A."""
    message = made(Plan(signing=Signing(EVIL.pair), recipient=HUB.certificate))
    receiver = station(acme=connector(HUB, ACME), evil=connector(HUB, EVIL))
    assert disposition(receiver.receive(message).body) == "processed/error: authentication-failed"
    assert receiver.payloads == []


def test_a_stranger_who_takes_the_serial_number_of_a_known_certificate() -> None:
    twin = person("ACME-TWIN", serial=ACME.certificate.serial)
    message = made(Plan(signing=Signing(twin.pair), recipient=HUB.certificate))
    assert refused(message, "AS2-103") == "processed/error: authentication-failed"


def test_a_message_that_was_changed_after_it_was_signed() -> None:
    message = made(Plan(signing=Signing(ACME.pair)))
    changed = replace(message, body=message.body.replace(b"ZZ*ACME", b"ZZ*EVIL"))
    found = refused(changed, "AS2-104", require={"signed": True, "encrypted": False})
    assert found == "processed/error: integrity-check-failed"


def test_a_message_encrypted_for_somebody_else() -> None:
    message = made(Plan(signing=Signing(ACME.pair), recipient=EVIL.certificate))
    assert refused(message, "AS2-102") == "processed/error: decryption-failed"


def test_every_failed_decryption_gets_the_same_answer_byte_for_byte_in_its_disposition_and_text() -> None:
    """Row 6: a key that does not unwrap, a padding that is wrong, content that is no MIME, a wrong recipient."""
    message = made(Plan(signing=Signing(ACME.pair), recipient=HUB.certificate))
    cut = bytearray(message.body)
    cut[-1] ^= 1
    key = bytearray(message.body)
    at_key = message.body.index(bytes.fromhex("300d06092a864886f70d0101010500")) + 25
    key[at_key] ^= 1
    garbage = build((Content((b"\x00\x01",), 2),), Plan(recipient=EVIL.certificate), at(0))
    bodies = [bytes(cut), bytes(key), b"".join(garbage.pieces), message.body[:-16], message.body[: len(message.body) // 2]]
    receiver = station(acme=connector(HUB, ACME))
    answers = [receiver.receive(replace(message, body=body)) for body in bodies]
    texts = {
        re.sub(rb"(sig|mdn)-[0-9a-f]+", b"", answer.body.split(b"Content-Type: application/pkcs7-signature")[0])
        for answer in answers
    }
    assert len(texts) == 1
    assert disposition(answers[0].body) == "processed/error: decryption-failed"
    assert receiver.payloads == []


def test_a_message_that_policy_refuses_says_nothing_about_its_padding() -> None:
    """Whoever cuts a captured message to pieces and sends them unsigned gets one answer, whether the padding is right or not."""
    message = made(Plan(recipient=HUB.certificate))
    for octet in range(1, 17):
        broken = bytearray(message.body)
        broken[-octet - 16] ^= 0x55
        assert refused(replace(message, body=bytes(broken)), "AS2-105") == "processed/error: insufficient-message-security"


@pytest.mark.parametrize(("digest", "excuse"), [("sha1", "sha1"), ("md5", "md5")])
def test_a_weak_digest_is_refused_and_a_dated_exception_lets_it_pass_until_its_day(digest: str, excuse: str) -> None:
    message = made(Plan(signing=Signing(ACME.pair, digest=digest), recipient=HUB.certificate))
    assert refused(message, "AS2-107") == "processed/error: insufficient-message-security"
    excused = [{"algorithm": excuse, "until": at(0).date()}]
    receiver = station(acme=connector(HUB, ACME, exceptions=excused))
    assert disposition(receiver.receive(message).body) == "processed"
    assert receiver.calls[0].documents[0].evidence["exceptions"] == [excuse]
    over = [{"algorithm": excuse, "until": at(-1).date()}]
    assert refused(message, "AS2-107", exceptions=over) == "processed/error: insufficient-message-security"


def test_triple_des_is_refused_and_a_dated_exception_lets_it_pass() -> None:
    message = made(Plan(signing=Signing(ACME.pair), recipient=HUB.certificate, cipher="3des_cbc"))
    assert refused(message, "AS2-107") == "processed/error: insufficient-message-security"
    receiver = station(acme=connector(HUB, ACME, exceptions=[{"algorithm": "3des_cbc", "until": at(9).date()}]))
    assert disposition(receiver.receive(message).body) == "processed"
    assert receiver.calls[0].documents[0].evidence["exceptions"] == ["3des_cbc"]


def test_a_short_key_is_refused_and_a_dated_exception_lets_it_pass() -> None:
    short = person("SHORT", bits=1024)
    message = made(Plan(signing=Signing(short.pair), recipient=HUB.certificate))
    lent = FakeServices(secrets=secrets_of(HUB, ACME, short))
    signers = {"partner_certificates": [other(ACME), other(short)], "services": lent}
    assert refused(message, "AS2-107", **signers) == "processed/error: insufficient-message-security"
    excused = {"exceptions": [{"algorithm": "rsa_1024", "until": at(9).date()}]}
    receiver = station(acme=connector(HUB, ACME, **signers, **excused))
    assert disposition(receiver.receive(message).body) == "processed"


@pytest.mark.parametrize("cipher", ["06082a864886f70d0302", "06082a864886f70d0304", "06052b0e030207"])
def test_ciphers_nobody_should_use_are_named_and_never_run(cipher: str) -> None:
    message = made(Plan(recipient=HUB.certificate, cipher="3des_cbc"))
    own_name, others_name = bytes.fromhex("06082a864886f70d0307"), bytes.fromhex(cipher)
    padded = others_name if len(others_name) == len(own_name) else others_name + b"\x05\x00\x00"
    body = message.body.replace(own_name, padded, 1)
    found = refused(replace(message, body=body), "AS2-107" if padded is others_name else "AS2-102")
    assert found.startswith("processed/error: ")


def test_an_expired_certificate_of_the_signer() -> None:
    old = person("OLD-ACME", from_day=-400, to_day=-1)
    message = made(Plan(signing=Signing(old.pair), recipient=HUB.certificate))
    lent = FakeServices(secrets=secrets_of(HUB, ACME, old))
    found = refused(message, "AS2-112", partner_certificates=[other(ACME), other(old)], services=lent)
    assert found == "processed/error: authentication-failed"


def test_a_signature_by_somebody_listed_after_their_last_day() -> None:
    message = made(Plan(signing=Signing(ACME.pair), recipient=HUB.certificate))
    ended = [other(ACME, ends=at(-1).date())]
    lent = FakeServices(secrets=secrets_of(HUB, ACME))
    settings = {"partner_certificates": ended, "services": lent}
    assert refused(message, "AS2-112", **settings) == "processed/error: authentication-failed"


def test_unknown_names_get_an_unsigned_mdn_and_no_500() -> None:
    receiver = station(acme=connector(HUB, ACME))
    for names in ({"as2-from": "NOBODY"}, {"as2-to": "NOBODY"}, {"as2-from": "acme"}, {"as2-from": "ACME "}):
        answer = receiver.receive(made(Plan(signing=Signing(ACME.pair), recipient=HUB.certificate), **names))
        if names == {"as2-from": "ACME "}:
            assert disposition(answer.body) == "processed"
            continue
        assert disposition(answer.body) == "processed/error: unknown-trading-partner"
        assert answer.headers["Content-Type"].startswith("multipart/report")
        assert receiver.calls[-1].rejection.code == "AS2-101"


def test_an_unknown_partner_never_makes_us_post_anywhere() -> None:
    receiver = station(acme=connector(HUB, ACME))
    receiver.receive(made(Plan(), **{"as2-from": "X", "receipt-delivery-option": "http://169.254.169.254/"}))
    assert receiver.queued == []


def test_names_with_spaces_and_quotes_meet() -> None:
    odd = 'Acme "East" \\ Stores'
    receiver = station(acme=connector(HUB, ACME, partner_name=odd, our_name="Our Hub"))
    message = made(Plan(signing=Signing(ACME.pair), recipient=HUB.certificate))
    quoted = {"as2-from": '"Acme \\"East\\" \\\\ Stores"', "as2-to": '"Our Hub"'}
    answer = receiver.receive(replace(message, headers={**message.headers, **quoted}))
    assert disposition(answer.body) == "processed"
    assert answer.headers["AS2-To"] == quoted["as2-from"]
    assert answer.headers["AS2-From"] == '"Our Hub"'


def test_a_micalg_nobody_supports_is_a_failure_only_where_it_is_required() -> None:
    wish = "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg={}, crc32, ripemd"
    message = good()
    required = {**message.headers, "disposition-notification-options": wish.format("required")}
    assert refused(replace(message, headers=required), "AS2-111") == "failed/failure: unsupported MIC-algorithms"
    receiver = station(acme=connector(HUB, ACME))
    optional = {**message.headers, "disposition-notification-options": wish.format("optional")}
    assert disposition(receiver.receive(replace(message, headers=optional)).body) == "processed"


@pytest.mark.parametrize(
    ("asked", "mic"),
    [
        ("sha1", "sha1"),
        ("sha-1, sha256", "sha-1"),
        ("SHA256", "SHA256"),
        ("crc32, sha-512, sha1", "sha-512"),
        ("md5, sha384", "sha384"),
    ],
)
def test_the_first_mic_algorithm_we_have_wins_and_keeps_its_spelling(asked: str, mic: str) -> None:
    message = good()
    wish = f"signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, {asked}"
    receiver = station(acme=connector(HUB, ACME))
    answer = receiver.receive(replace(message, headers={**message.headers, "disposition-notification-options": wish}))
    assert re.search(rb"Received-Content-MIC: [A-Za-z0-9+/]+=*, (.*)\r\n", answer.body).group(1).decode() == mic


def bomb(size: int) -> bytes:
    squeezer = zlib.compressobj(9)
    parts = [squeezer.compress(b"Content-Type: text/plain\r\n\r\n")]
    parts += [squeezer.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)]
    plain = compressed(b"x")
    return plain, b"".join(parts) + squeezer.flush()


def test_a_decompression_bomb_is_stopped_by_its_ratio() -> None:
    import as2_openssl_peer as peer

    _, squeezed = bomb(200_000_000)
    assert len(squeezed) < 250_000
    inner = peer._tlv(0x30, peer._DATA, peer._tlv(0xA0, peer._tlv(0x04, squeezed)))
    der = peer._tlv(
        0x30, peer._COMPRESSED, peer._tlv(0xA0, peer._tlv(0x30, b"\x02\x01\x00", peer._tlv(0x30, peer._ZLIB), inner))
    )
    message = request({"content-type": "application/pkcs7-mime; smime-type=compressed-data"}, der)
    found = refused(message, "AS2-108", require={"signed": False, "encrypted": False})
    assert found == "processed/error: decompression-failed"


def test_a_message_larger_than_agreed_is_refused() -> None:
    message = made(Plan(signing=Signing(ACME.pair), recipient=HUB.certificate), bytes(100_000))
    assert refused(message, "AS2-113", max_size=50_000) == "processed/error: unexpected-processing-error"
    quiet = {k: v for k, v in message.headers.items() if not k.startswith("disposition")}
    receiver = station(acme=connector(HUB, ACME, max_size=50_000))
    assert receiver.receive(replace(message, headers=quiet)).status == 413


def _nested(depth: int) -> bytes:
    body = b"x"
    for level in range(depth):
        body = b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n%b\r\n--b%d--\r\n" % (
            level,
            level - 1,
            body,
            level,
        )
    return body


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/mixed; boundary=b", b"--b\r\n\r\nx\r\n" * 60 + b"--b--"),
        ("multipart/mixed; boundary=b", b"--b\r\n\r\nx\r\n" * 100_000 + b"--b--"),
        ("multipart/mixed; boundary=b2999", _nested(3000)),
        ("multipart/mixed; boundary=b", b"--b\r\n" + b"x: y\r\n" * 20_000 + b"\r\n\r\n--b--"),
        ("multipart/mixed; boundary=b", b"no delimiter at all"),
        ("multipart/mixed", b"--b\r\n\r\n--b--"),
        ("multipart/signed; boundary=b", b"--b\r\n\r\nx\r\n--b--"),
        ("multipart/signed; boundary=b; " + "x=y; " * 2000, b"--b\r\n\r\nx\r\n--b--"),
    ],
    ids=[
        "60 parts",
        "100,000 parts",
        "3,000 deep",
        "20,000 fields",
        "no delimiter",
        "no boundary",
        "no signature",
        "long type",
    ],
)
def test_mime_without_measure_is_refused_in_time(content_type: str, body: bytes) -> None:
    message = request({"content-type": content_type}, body)
    found = refused(message, "AS2-109", require={"signed": False, "encrypted": False})
    assert found == "processed/error: unexpected-processing-error"


def test_without_a_wish_for_an_mdn_a_refusal_is_a_plain_4xx() -> None:
    receiver = station(acme=connector(HUB, ACME))
    message = made(Plan(signing=Signing(EVIL.pair), recipient=HUB.certificate))
    quiet = {k: v for k, v in message.headers.items() if not k.startswith("disposition")}
    answer = receiver.receive(replace(message, headers=quiet))
    assert answer.status == 403
    assert b"EVIL" not in answer.body
    assert receiver.calls[0].rejection.code == "AS2-103"


def test_a_receipt_address_that_is_not_the_agreed_one_is_not_used_and_nothing_is_accepted() -> None:
    for url in (
        "http://169.254.169.254/latest",
        "http://127.0.0.1:22/",
        "file:///etc/passwd",
        "gopher://x",
        "http://evil.example/as2",
    ):
        message = made(Plan(signing=Signing(ACME.pair), recipient=HUB.certificate), **{"receipt-delivery-option": url})
        receiver = station(acme=connector(HUB, ACME, partner_mdn_url="https://as2.acme.example/mdn"))
        answer = receiver.receive(message)
        assert receiver.calls[0].rejection.code == "AS2-116"
        assert receiver.payloads == []
        assert receiver.queued == []
        assert disposition(answer.body) == "processed/error: unexpected-processing-error"


def test_a_refusal_asked_for_later_is_queued_as_an_mdn() -> None:
    url = "https://as2.acme.example/mdn/1"
    message = made(Plan(signing=Signing(EVIL.pair), recipient=HUB.certificate), **{"receipt-delivery-option": url})
    receiver = station(acme=connector(HUB, ACME, partner_mdn_url="https://as2.acme.example/mdn"))
    assert receiver.receive(message).body == b""
    (mdn,) = receiver.queued
    assert mdn.evidence["url"] == url
    assert disposition(mdn.wire) == "processed/error: authentication-failed"


def test_a_repeat_gets_the_stored_mdn_byte_for_byte_and_no_second_delivery() -> None:
    receiver = station(acme=connector(HUB, ACME))
    message = good()
    first, second = receiver.receive(message), receiver.receive(message)
    assert (first.body, dict(first.headers)) == (second.body, dict(second.headers))
    resealed = receiver.receive(good())
    assert resealed.body == first.body
    assert receiver.payloads == [ORDER]


def test_a_repeat_of_a_message_with_a_later_mdn_sends_the_stored_one_again() -> None:
    url = "https://as2.acme.example/mdn"
    receiver = station(acme=connector(HUB, ACME, partner_mdn_url=url))
    message = made(Plan(signing=Signing(ACME.pair), recipient=HUB.certificate), **{"receipt-delivery-option": url})
    receiver.receive(message)
    receiver.receive(message)
    first, second = receiver.queued
    assert first.wire == second.wire


def test_a_message_id_used_again_for_other_content_is_told_so() -> None:
    receiver = station(acme=connector(HUB, ACME))
    receiver.receive(good())
    answer = receiver.receive(made(Plan(signing=Signing(ACME.pair), recipient=HUB.certificate), b"ISA*other~"))
    assert disposition(answer.body) == "processed/error: duplicate-document"
    assert receiver.conflicts
    assert receiver.payloads == [ORDER]


def test_a_failed_first_attempt_does_not_block_the_repeat() -> None:
    receiver = station(acme=connector(HUB, ACME))
    receiver.receive(made(Plan(signing=Signing(EVIL.pair), recipient=HUB.certificate)))
    assert disposition(receiver.receive(good()).body) == "processed"
    assert receiver.payloads == [ORDER]


def test_the_same_message_id_of_another_partner_is_another_message() -> None:
    receiver = station(acme=connector(HUB, ACME), evil=connector(HUB, EVIL))
    receiver.receive(good())
    foreign = made(Plan(signing=Signing(EVIL.pair), recipient=HUB.certificate), **{"as2-from": "EVIL"})
    receiver.receive(foreign)
    assert receiver.payloads == [ORDER, ORDER]


def test_success_is_said_only_of_what_is_stored() -> None:
    call = connector(HUB, ACME).receive(good())
    assert call.answer(()).status == 503


def test_every_fault_has_a_disposition_a_text_for_the_partner_and_a_cure_for_us() -> None:
    for code, kind in KINDS.items():
        assert re.fullmatch(r"AS2-1\d\d", code)
        assert kind.type in {"processed", "failed"}
        assert kind.modifier.partition(":")[0] in {"error", "failure"}
        assert kind.told.endswith(".")
        assert kind.hint


def test_a_body_in_base64_at_the_http_level_is_read() -> None:
    import base64

    message = good()
    encoded = replace(
        message, body=base64.encodebytes(message.body), headers={**message.headers, "content-transfer-encoding": "base64"}
    )
    receiver = station(acme=connector(HUB, ACME))
    assert disposition(receiver.receive(encoded).body) == "processed"
    assert receiver.payloads == [ORDER]


def test_an_enveloped_body_without_an_smime_type_is_recognised() -> None:
    message = good()
    bare = replace(message, headers={**message.headers, "content-type": "application/x-pkcs7-mime; name=smime.p7m"})
    receiver = station(acme=connector(HUB, ACME))
    assert disposition(receiver.receive(bare).body) == "processed"


def test_our_own_expired_certificate_still_decrypts_and_the_receipt_is_still_given() -> None:
    """A partner who has not switched yet is served; the expiry warnings are what tells us."""
    old = person("OLD-HUB", from_day=-400, to_day=-1)
    lent = FakeServices(secrets=secrets_of(old, ACME))
    receiver = station(acme=connector(HUB, ACME, our_certificates=[own(old)], services=lent))
    message = made(Plan(signing=Signing(ACME.pair), recipient=old.certificate))
    assert disposition(receiver.receive(message).body) == "processed"


def test_a_prepared_message_of_ours_is_received_by_ourselves() -> None:
    ready, arrived = prepared_request(connector(ACME, HUB))
    call = connector(HUB, ACME).receive(arrived)
    assert stored(call).status == 200
    assert call.documents[0].name == "850-1.edi"
    assert call.documents[0].evidence["mic"].split(",")[0] == ready.evidence["mic"].split(",")[0]
    assert as_request(ready.wire).headers["message-id"] == ready.reference


def test_the_audit_has_what_was_used_both_ways() -> None:
    """Row 22."""
    ready, arrived = prepared_request(connector(ACME, HUB, key_transport="rsa_oaep_sha256", signature="rsa_pss"))
    inbound = connector(HUB, ACME).receive(arrived).documents[0].evidence
    expected = {
        "message_id": ready.reference,
        "from": "ACME",
        "to": "HUB",
        "cipher": "aes256_cbc",
        "key_transport": "rsa_oaep_sha256",
        "signature": "rsa_pss",
        "digest": "sha256",
        "signed_by": ACME.certificate.sha256,
        "decrypted_with": HUB.certificate.sha256,
        "verified_over": "exact",
        "mdn_asked": "sync",
        "peer": "192.0.2.1:4711",
    }
    assert {name: inbound.get(name) for name in expected} == expected
    assert inbound["took_ms"] > 0
    outbound = {
        "message_id": ready.reference,
        "signed_with": ACME.certificate.sha256,
        "encrypted_for": HUB.certificate.sha256,
        "cipher": "aes256_cbc",
        "key_transport": "rsa_oaep_sha256",
        "signature": "rsa_pss",
        "digest": "sha256",
    }
    assert {name: ready.evidence.get(name) for name in outbound} == outbound
