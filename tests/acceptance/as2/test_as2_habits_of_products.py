"""Messages and receipts as products in the field write them: read for what they mean, over real HTTP to a real hub."""

from __future__ import annotations

import base64
import re
import socket

import pytest
from as2_openssl_peer import OpenSslPeer, compressed
from as2_two_hubs import Pair, key_files, order, post, until

ENVELOPED = "application/pkcs7-mime; smime-type=enveloped-data"
SIGNED_RECEIPT = "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha-256"


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    with Pair(tmp_path_factory.mktemp("habits")) as started:
        yield started


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    folder = tmp_path_factory.mktemp("openssl")
    for name in ("ACME", "EDIHUB"):
        (folder / f"{name}.pem").write_text(key_files(name).certificate)
        (folder / f"{name}.key").write_text(key_files(name).key)
    return OpenSslPeer(folder, "ACME", "EDIHUB")


def part(number: str, control: int) -> bytes:
    return b"Content-Type: application/edi-x12\r\n\r\n" + order(number, control=control)


def related(*parts: bytes) -> bytes:
    inside = b"".join(b"--set\r\n" + each + b"\r\n" for each in parts)
    return b"Content-Type: multipart/related; boundary=set\r\n\r\n" + inside + b"--set--\r\n"


def wire(acme, content: bytes, message_id: str, **fields: str) -> bytes:
    """A signed and encrypted message; a field of the head may be replaced."""
    kind, body = acme.signed(content)
    sealed = acme.encrypted(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    if fields.get("Content_Transfer_Encoding") == "base64":
        sealed = base64.encodebytes(sealed)
    head = {
        "AS2-From": "ACME",
        "AS2-To": "EDIHUB",
        "Message-ID": message_id,
        "Disposition-Notification-To": "edi@acme.example",
        "Disposition-Notification-Options": SIGNED_RECEIPT,
        "Content-Type": ENVELOPED,
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    return "".join(f"{name}: {value}\r\n" for name, value in head.items()).encode() + b"\r\n" + sealed


def said(answer: bytes) -> str:
    return re.search(rb"Disposition: automatic-action/MDN-sent-automatically; ([^\r]*)\r\n", answer).group(1).decode()


def test_an_identifier_made_of_names_with_spaces_is_taken_and_given_back(pair, acme):
    spaced = "<OPENAS2-30112026-4711@Acme Corp_Edi Hub>"
    answer = post(pair.hub_url, wire(acme, part("4500000101", 101), spaced)).content
    assert said(answer) == "processed"
    assert f"Original-Message-ID: {spaced}\r\n".encode() in answer


@pytest.mark.parametrize(
    "fields",
    [
        {"Content_Type": "application/pkcs7-mime; name=smime.p7m"},
        {"Content_Type": "application/pkcs7-mime; name=smime.p7m", "Content_Transfer_Encoding": "base64"},
    ],
)
def test_cms_that_does_not_say_which_kind_it_is(pair, acme, fields):
    number = 110 + len(fields)
    assert (
        said(post(pair.hub_url, wire(acme, part(f"4500000{number}", number), f"<{number}@x>", **fields)).content) == "processed"
    )


def test_compression_that_does_not_say_so_inside_of_a_signature(pair, acme):
    squeezed = b"Content-Type: application/pkcs7-mime; name=smime.p7z\r\n\r\n" + compressed(part("4500000113", 113))
    assert said(post(pair.hub_url, wire(acme, squeezed, "<113@x>")).content) == "processed"


@pytest.mark.parametrize(
    ("importance", "becomes"), [("required", "failed/failure: unsupported format"), ("optional", "processed")]
)
def test_a_receipt_of_another_protocol(pair, acme, importance, becomes):
    """RFC 4130 7.3: what is only wished for is left out, what is required fails."""
    wish = f"signed-receipt-protocol={importance}, pgp-signature; signed-receipt-micalg=optional, sha-256"
    number = {"required": 115, "optional": 116}[importance]
    message = wire(acme, part(f"4500000{number}", number), f"<{number}@x>", Disposition_Notification_Options=wish)
    assert said(post(pair.hub_url, message).content) == becomes


def test_something_that_is_not_encrypted_at_all_is_explained_as_that(pair, acme):
    head, _, _ = wire(acme, b"", "<117@x>").partition(b"\r\n\r\n")
    assert said(post(pair.hub_url, head + b"\r\n\r\n").content) == "processed/error: decryption-failed"
    row = [each["detail"] for each in pair.hub.trail("acme/as2") if each["type"] == "request.refused"][-1]
    assert "no encrypted message" in row["explained"]
    assert "unknown" not in row["explained"]


def test_a_sender_who_ends_its_side_of_the_line_still_gets_its_receipt(pair, acme):
    host, port = pair.hub_url.split("/")[2].split(":")
    head, _, body = wire(acme, part("4500000118", 118), "<118@x>").partition(b"\r\n\r\n")
    request = b"POST /as2 HTTP/1.1\r\n" + head + f"\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert said(answer) == "processed"


OTHER_SETS = [
    ((1,), (1, 2)),
    ((1, 2), (1, 2, 3)),
    ((1, 2), (1,)),
    ((1, 2), (2, 1)),
    ((1, 2), (1, 3)),
    ((1, 2), (3,)),
    ((1,), (2, 3)),
]


@pytest.mark.parametrize(("first", "again"), OTHER_SETS)
def test_an_identifier_that_comes_again_with_other_attachments_is_told_so_and_makes_no_order(pair, acme, first, again):
    base = 200 + 10 * OTHER_SETS.index((first, again))

    def content(which):
        parts = [part(f"45{base + each:08d}", base + each) for each in which]
        return parts[0] if len(parts) == 1 else related(*parts)

    message_id = f"<{base}@x>"
    stored = post(pair.hub_url, wire(acme, content(first), message_id))
    assert said(stored.content) == "processed"
    assert said(post(pair.hub_url, wire(acme, content(again), message_id)).content) == "processed/error: duplicate-document"
    assert post(pair.hub_url, wire(acme, content(first), message_id)).content == stored.content
    numbers = until(lambda: [each["number"] for each in _orders(pair, base)], lambda found: len(found) >= len(first))
    assert sorted(numbers) == [f"45{base + each:08d}" for each in sorted(first)]
    assert _alarms(pair, message_id)


def _orders(pair, base):
    return [each for each in pair.hub.orders() if (each["number"] or "").startswith(f"45{base:08d}"[:-1])]


def _alarms(pair, message_id):
    arrived = [each["message_id"] for each in pair.hub.items(direction="in") if each["transport_id"] == message_id]
    return [each for each in pair.hub.trail(*arrived) if each["type"] == "message.conflicted"]
