"""Done right 1, 2, 3 and 19: what makes a receipt count, and what happens to one that is late, early or foreign."""

from __future__ import annotations

import base64

import pytest
from as2_partner import ORDER, HttpStation, as_request, at, connector, document, person, station

from connectors.as2.cms.sign import Signing
from connectors.as2.disposition import MODIFIERS, Disposition
from connectors.as2.mdn_write import MdnToWrite, write_mdn
from connectors.as2.transport import Answer
from hub.errors import PermanentDeliveryError, UncertainDeliveryError
from hub.ports import HttpRequest, Receipt

HUB, ACME, EVIL = person("HUB"), person("ACME"), person("EVIL")


def exchange(**more):
    """Our sender, the message it prepared, and the MDN the partner answers with."""
    sender = connector(HUB, ACME, **more)
    ready = sender.prepare(document())
    receiver = station(hub=connector(ACME, HUB))
    answer = receiver.receive(as_request(ready.wire))
    return sender, ready, Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.body)


def settle(sender, ready, answer) -> Receipt:
    from connectors.as2 import sending

    return sending.outcome(answer, ready, sender.settings, sender.receipt_relation, sender._services.now())


def changed(answer: Answer, old: bytes, new: bytes) -> Answer:
    assert old in answer.body
    return Answer(answer.status, answer.headers, answer.body.replace(old, new, 1))


def boundary(answer: Answer) -> bytes:
    return answer.headers["content-type"].split('boundary="')[1].split('"')[0].encode()


def parts_of(answer: Answer) -> tuple[bytes, bytes]:
    _, content, signature, _ = answer.body.split(b"--" + boundary(answer))
    return content.removeprefix(b"\r\n").removesuffix(b"\r\n"), signature


def framed(answer: Answer, *parts: bytes) -> Answer:
    mark = b"--" + boundary(answer)
    body = b"".join(mark + b"\r\n" + part.strip(b"\r\n") + b"\r\n" for part in parts) + mark + b"--\r\n"
    return Answer(answer.status, answer.headers, body)


def test_an_mdn_of_the_partner_over_what_was_sent_counts() -> None:
    receipt = settle(*exchange())
    assert receipt.reference.startswith("<")
    assert receipt.evidence["mdn_signed_by"] == ACME.certificate.sha256
    assert receipt.evidence["mdn_disposition"].endswith("; processed")
    assert receipt.raw


def test_an_mdn_signed_with_another_key_does_not_count() -> None:
    sender, ready, _ = exchange()
    evil = station(hub=connector(EVIL, HUB, our_name="ACME", require={"signed": False, "encrypted": False}))
    answer = evil.receive(as_request(connector(HUB, EVIL, partner_name="ACME", encrypt="none").prepare(document()).wire))
    forged = Answer(200, {k.lower(): v for k, v in answer.headers.items()}, answer.body)
    with pytest.raises(PermanentDeliveryError) as refused:
        settle(sender, ready, forged)
    assert refused.value.code == "AS2-302"


def test_an_mdn_of_another_partner_of_ours_does_not_count() -> None:
    """OTHER is a partner of ours too, and signs with a certificate we know; for ACME it is a stranger's."""
    other = person("OTHER")
    sender, ready, _ = exchange()
    receiver = station(hub=connector(other, HUB, our_name="ACME", require={"signed": False, "encrypted": False}))
    response = receiver.receive(as_request(connector(HUB, other, partner_name="ACME").prepare(document()).wire))
    with pytest.raises(PermanentDeliveryError) as refused:
        settle(sender, ready, Answer(200, {k.lower(): v for k, v in response.headers.items()}, response.body))
    assert refused.value.code == "AS2-302"


def test_an_mdn_whose_signed_report_was_changed_does_not_count() -> None:
    sender, ready, answer = exchange()
    with pytest.raises(PermanentDeliveryError) as refused:
        settle(sender, ready, changed(answer, b"; processed", b"; Processed"))
    assert refused.value.code == "AS2-302"


def test_an_mdn_with_no_signer_does_not_count() -> None:
    sender, ready, answer = exchange()
    content, _ = parts_of(answer)
    empty = bytes.fromhex("3023 06092a864886f70d010702 a016 3014 020101 3100 300b06092a864886f70d010701 3100".replace(" ", ""))
    bare = b"Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(empty)
    with pytest.raises(PermanentDeliveryError) as refused:
        settle(sender, ready, framed(answer, content, bare))
    assert refused.value.code == "AS2-302"
    assert refused.value.detail.get("why") == "no signer"


@pytest.mark.parametrize("where", ["before", "between", "after"])
def test_a_second_report_wrapped_beside_the_signed_one_does_not_count(where: str) -> None:
    sender, ready, answer = exchange()
    content, signature = parts_of(answer)
    lie = content.replace(b"; processed", b"; failed/failure: x")
    order = {"before": (lie, content, signature), "between": (content, lie, signature), "after": (content, signature, lie)}
    with pytest.raises(PermanentDeliveryError) as refused:
        settle(sender, ready, framed(answer, *order[where]))
    assert refused.value.code in {"AS2-302", "AS2-307"}


def test_signature_and_report_in_the_wrong_order_do_not_count() -> None:
    sender, ready, answer = exchange()
    content, signature = parts_of(answer)
    with pytest.raises(PermanentDeliveryError):
        settle(sender, ready, framed(answer, signature, content))


def test_a_report_that_holds_two_notifications_does_not_count() -> None:
    """The signer of the whole is the partner; which of two notifications they mean nobody can say."""
    sender, ready, answer = exchange(mdn={"signed": False})
    mark = b"--" + boundary(answer)
    notification = answer.body.split(mark)[2]
    twice = answer.body.replace(mark + notification, (mark + notification) * 2, 1)
    with pytest.raises(PermanentDeliveryError) as refused:
        settle(sender, ready, Answer(200, answer.headers, twice))
    assert refused.value.code == "AS2-307"


def test_an_unsigned_mdn_does_not_count_where_a_signed_one_was_asked_for() -> None:
    sender, ready, answer = exchange()
    content, _ = parts_of(answer)
    head, _, body = content.partition(b"\r\n\r\n")
    with pytest.raises(PermanentDeliveryError) as refused:
        settle(sender, ready, Answer(200, {"content-type": head.decode().removeprefix("Content-Type: ")}, body))
    assert refused.value.code == "AS2-301"


def _unsigned(mic: str, **more) -> tuple:
    sender, ready, answer = exchange(mdn={"signed": False}, **more)
    own = ready.evidence["mic"]
    return sender, ready, changed(answer, f"Received-Content-MIC: {own}\r\n".encode(), mic.encode())


def _written(ready, mic: str, *, signed: bool) -> Answer:
    """An MDN with that MIC, by the partner's own key."""
    mdn = MdnToWrite(sender="ACME", receiver="HUB", original_message_id=ready.reference, disposition=Disposition(), mic=mic)
    made = write_mdn(mdn, at=at(0), signing=Signing(ACME.pair) if signed else None, domain="acme")
    return Answer(200, {name.lower(): value for name, value in made.headers.items()}, made.body)


@pytest.mark.parametrize("mic", ["", "rubbish", "YWJj, crc32"])
def test_a_signed_mdn_whose_mic_is_missing_or_unreadable_is_a_failure(mic: str) -> None:
    sender, ready, _ = exchange()
    with pytest.raises(PermanentDeliveryError) as refused:
        settle(sender, ready, _written(ready, mic, signed=True))
    assert refused.value.code == "AS2-304"


def test_an_unsigned_mdn_may_leave_the_mic_out_but_not_write_rubbish() -> None:
    sender, ready, _ = exchange(mdn={"signed": False})
    assert settle(sender, ready, _written(ready, "", signed=False)).evidence["mdn_mic"] == ""
    with pytest.raises(PermanentDeliveryError):
        settle(sender, ready, _written(ready, "rubbish", signed=False))


def test_a_different_mic_is_a_failure() -> None:
    with pytest.raises(PermanentDeliveryError) as refused:
        settle(*_unsigned(f"Received-Content-MIC: {base64.b64encode(bytes(32)).decode()}, sha-256\r\n"))
    assert refused.value.code == "AS2-303"
    assert "mdn_raw" in refused.value.detail


def test_a_mic_under_another_algorithm_is_a_failure() -> None:
    with pytest.raises(PermanentDeliveryError) as refused:
        settle(*_unsigned(f"Received-Content-MIC: {base64.b64encode(bytes(20)).decode()}, sha1\r\n"))
    assert refused.value.code == "AS2-303"


@pytest.mark.parametrize("spelling", ["sha256", "SHA256", "sha-256", "SHA-256", "Sha_256", "rsa-sha256"])
def test_spellings_of_algorithm_and_base64_make_no_difference_to_a_mic(spelling: str) -> None:
    sender, ready, answer = exchange(mdn={"signed": False})
    digest = ready.evidence["mic"].partition(",")[0]
    mended = f"Received-Content-MIC:   {digest[:20]} {digest[20:]} ,  {spelling} \r\n".encode()
    assert settle(sender, ready, changed(answer, f"Received-Content-MIC: {ready.evidence['mic']}\r\n".encode(), mended))


def test_an_mdn_about_another_message_does_not_count() -> None:
    sender, ready, answer = exchange(mdn={"signed": False})
    with pytest.raises(PermanentDeliveryError) as refused:
        settle(sender, ready, changed(answer, ready.reference.encode(), b"<other@acme>"))
    assert refused.value.code == "AS2-306"


def test_angle_brackets_are_no_part_of_a_message_id() -> None:
    """RFC 4130 5.3.3; there are products that take them off, and an asynchronous MDN has to be found all the same."""
    sender, ready, answer = exchange(mdn={"signed": False})
    bare = changed(answer, ready.reference.encode(), ready.reference.strip("<>").encode())
    assert settle(sender, ready, bare).reference == ready.reference
    ours = station(acme=sender)
    ours.sent[ready.reference] = ready
    ours.receive(mdn_request(bare))
    assert isinstance(ours.receipts[ready.reference], Receipt)


@pytest.mark.parametrize("modifier", MODIFIERS)
def test_every_refusal_of_the_partner_is_final_and_says_what_to_do(modifier: str) -> None:
    kind = "failed/failure" if "unsupported" in modifier else "processed/error"
    sender, ready, answer = exchange(mdn={"signed": False})
    refusal = changed(answer, b"; processed", f"; {kind}: {modifier}".encode())
    if modifier == "duplicate-document":
        assert settle(sender, ready, refusal).evidence["mdn_disposition"].endswith(modifier)
        return
    with pytest.raises(PermanentDeliveryError) as refused:
        settle(sender, ready, refusal)
    assert refused.value.code == "AS2-305"
    assert modifier in refused.value.message
    assert refused.value.hint


def test_an_answer_without_an_mdn_is_uncertain() -> None:
    sender, ready, _ = exchange()
    with pytest.raises(UncertainDeliveryError):
        settle(sender, ready, Answer(200, {}, b""))


@pytest.mark.parametrize("body", [b"<html>ok</html>", b"\x00" * 100, b"--x--", b"Content-Type: text/plain\r\n\r\nhello"])
def test_an_answer_that_is_something_else_is_no_proof(body: bytes) -> None:
    sender, ready, _ = exchange()
    for kind in ("text/html", "multipart/report; boundary=x", "multipart/signed; boundary=x", "", "multipart/mixed"):
        with pytest.raises(PermanentDeliveryError) as refused:
            settle(sender, ready, Answer(200, {"content-type": kind}, body))
        assert refused.value.code in {"AS2-302", "AS2-307"}


def mdn_request(answer: Answer, **headers: str) -> HttpRequest:
    names = {"as2-from": "ACME", "as2-to": "HUB", "message-id": "<mdn@acme>", **headers}
    return HttpRequest(method="POST", path="/as2", headers={**answer.headers, **names}, body=answer.body)


def asynchronous():
    """A message whose MDN comes later: our sender, the message, and the MDN as it will be posted."""
    sender = connector(HUB, ACME, mdn={"mode": "async", "url": "http://127.0.0.1:9/mdn"})
    ready = sender.prepare(document())
    receiver = station(hub=connector(ACME, HUB, partner_mdn_url="http://127.0.0.1:9/mdn"))
    assert receiver.receive(as_request(ready.wire)).body == b""
    (mdn,) = receiver.queued
    return sender, ready, as_request(mdn.wire)


def test_an_asynchronous_mdn_is_correlated_by_partner_and_message_id() -> None:
    sender, ready, request = asynchronous()
    ours = station(acme=sender)
    ours.sent[ready.reference] = ready
    assert ours.receive(request).status == 200
    assert isinstance(ours.receipts[ready.reference], Receipt)
    assert ours.calls[0].connection == "acme"
    assert ours.payloads == []


def test_an_mdn_about_a_message_nobody_sent_is_handed_on_and_changes_nothing() -> None:
    sender, _, request = asynchronous()
    ours = station(acme=sender)
    assert ours.receive(request).status == 200
    (proof,) = ours.calls[0].proofs
    assert proof.raw
    assert proof.evidence["mdn_disposition"]
    assert ours.receipts == {}


def test_an_mdn_that_another_partner_posts_for_our_message_is_not_a_proof() -> None:
    """EVIL has a connection of its own; in its own name it cannot settle what was sent to ACME."""
    _, _, request = asynchronous()
    evil_connection = connector(HUB, EVIL, our_name="HUB")
    ours = station(acme=connector(HUB, ACME), evil=evil_connection)
    foreign = mdn_request(Answer(200, dict(request.headers), request.body), **{"as2-from": "EVIL"})
    ours.receive(foreign)
    (call,) = ours.calls
    assert call.proofs == ()
    assert call.rejection is not None
    assert call.rejection.code == "AS2-103"


def test_an_mdn_that_overtakes_the_http_answer_comes_late_or_twice_settles_once() -> None:
    sender, ready, request = asynchronous()
    ours = station(acme=sender)
    ours.sent[ready.reference] = ready
    ours.receive(request)
    first = ours.receipts[ready.reference]
    assert isinstance(first, Receipt)
    sender._services.clock.advance(10 * 86400)
    assert ours.receive(request).status == 200
    assert ours.receipts[ready.reference] is first
    late = settle(sender, ready, Answer(200, {}, b""))
    assert late.answer_due == sender.settings.mdn.within


def test_a_synchronous_mdn_where_a_later_one_was_asked_for_is_taken_too() -> None:
    sender, ready, request = asynchronous()
    receipt = settle(sender, ready, Answer(200, dict(request.headers), request.body))
    assert receipt.answer_due is None
    assert receipt.evidence["mdn_signed"] is True


@pytest.mark.network
def test_over_real_http_a_message_is_delivered_and_its_mdn_settles_it() -> None:
    receiver = station(hub=connector(ACME, HUB))
    server = HttpStation(receiver)
    try:
        receipt = connector(HUB, ACME, url=server.url).send(document())
    finally:
        server.close()
    assert receiver.payloads == [ORDER]
    assert receipt.evidence["http_status"] == 200
    assert receipt.evidence["mdn_signed_by"] == ACME.certificate.sha256
