"""Whatever is refused at /as2 with a 4xx, the audit trail has a row that explains it, under the connection where one is known."""

from __future__ import annotations

import contextlib
import socket

import httpx
import pytest
from as2_two_hubs import Pair, order, post, until

LIMIT = 1_000_000
NAMES = {"AS2-From": "ACME", "AS2-To": "EDIHUB", "Message-ID": "<told@acme>"}


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    made = Pair(tmp_path_factory.mktemp("refusals"), edihub={"max_size": LIMIT})
    toml = made.hub_root / "hub.toml"
    toml.write_text(toml.read_text().replace("[limits]\n", f"[limits]\npayload = {2 * LIMIT}\n"))
    with made as started:
        yield started


def _refusals(pair, connection=""):
    return [each["detail"] for each in pair.hub.trail(connection) if each["type"] == "request.refused"]


def _head(pair, method="POST", **fields):
    host = pair.hub_url.split("/")[2]
    lines = [
        f"{method} /as2 HTTP/1.1",
        f"Host: {host}",
        *(f"{name.replace('_', '-')}: {text}" for name, text in fields.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _line(pair):
    host, port = pair.hub_url.split("/")[2].split(":")
    return socket.create_connection((host, int(port)), timeout=20)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_than_post(pair, method):
    answer = httpx.request(method, pair.hub_url, trust_env=False)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    row = _refusals(pair)[-1]
    assert row["code"] == "AS2-120"
    assert "python-httpx" in row["explained"]
    assert "monitor" in row["explained"]


def test_a_post_that_is_no_as2_message(pair):
    assert httpx.post(pair.hub_url, content=b"hello", trust_env=False).status_code == 400
    assert _refusals(pair)[-1]["code"] == "AS2-121"
    assert "as2-from is missing" in _refusals(pair)[-1]["message"]
    assert "AS2-From" in _refusals(pair)[-1]["hint"]
    assert _refusals(pair)[-1]["evidence"]["peer"]


@pytest.mark.parametrize("field", ["AS2-From: EVE", "Message-ID: <other@acme>", "Content-Type: text/plain"])
def test_a_field_that_stands_twice_with_different_values(pair, field):
    """A proxy before us may have looked at the other one."""
    with _line(pair) as line:
        head = _head(pair, **NAMES, Content_Type="application/edi-x12", Content_Length="1")
        line.sendall(head.removesuffix(b"\r\n") + f"{field}\r\n\r\nx".encode())
        assert line.recv(4096).startswith(b"HTTP/1.1 400 ")
    row = _refusals(pair)[-1]
    assert row["code"] == "HUB-400"
    assert field.partition(":")[0].lower() in row["message"]


@pytest.mark.parametrize(
    "field", ["Content-Length: " + "9" * 30, "Content-Length: -1", "X: a\x00b", "X : y", "X: " + "y" * 200_000]
)
def test_what_is_no_http_at_all(pair, field):
    before = len(_refusals(pair))
    with _line(pair) as line, contextlib.suppress(ConnectionError):
        line.sendall(_head(pair, **NAMES).removesuffix(b"\r\n") + f"{field}\r\n\r\nx".encode())
        assert line.recv(4096).startswith(b"HTTP/1.1 400 ")
    (row,) = until(lambda: _refusals(pair)[before:], lambda rows: rows)
    assert row["code"] == "HUB-401"
    assert row["evidence"]["peer"].startswith("127.0.0.1:")
    assert row["evidence"]["why"]


def test_a_caller_who_ends_after_half_a_body_and_listens_is_told(pair):
    before = len(_refusals(pair))
    with _line(pair) as line:
        line.sendall(_head(pair, **NAMES, Content_Length="5000") + b"half of it")
        line.shutdown(socket.SHUT_WR)
        assert line.recv(4096).startswith(b"HTTP/1.1 400 ")
    until(lambda: _refusals(pair)[before:], lambda rows: "HUB-410" in [row["code"] for row in rows])


def test_a_body_announced_larger_than_agreed_is_refused_unread_under_its_connection(pair):
    with _line(pair) as line:
        line.sendall(_head(pair, **NAMES, Content_Length=str(LIMIT + 1), Expect="100-continue"))
        assert line.recv(4096).startswith(b"HTTP/1.1 413 ")
    row = _refusals(pair, "acme/as2")[-1]
    assert (row["code"], row["reference"]) == ("AS2-113", "<told@acme>")
    assert row["evidence"]["fault_size"] == str(LIMIT + 1)
    assert row["evidence"]["fault_limit"] == LIMIT
    assert "max_size" in row["explained"] or "max_size" in row["hint"]


def test_a_length_of_a_thousand_digits_from_a_stranger_is_refused_with_a_row_of_bounded_size(pair):
    with _line(pair) as line:
        line.sendall(_head(pair, AS2_From="NOBODY", AS2_To="EDIHUB", Message_ID="<x@y>", Content_Length="9" * 19))
        assert line.recv(4096).startswith(b"HTTP/1.1 413 ")
    row = _refusals(pair)[-1]
    assert row["code"] == "AS2-113"
    assert row["evidence"]["as2_from"] == "NOBODY"


def test_a_body_that_grows_beyond_the_limit_without_having_said_so(pair):
    def pieces():
        for _ in range(30):
            yield bytes(100_000)

    assert httpx.post(pair.hub_url, content=pieces(), headers=NAMES, trust_env=False).status_code == 413
    row = _refusals(pair)[-1]
    assert (row["code"], row["evidence"]["as2-from"]) == ("HUB-413", "ACME")


def test_a_body_whose_sender_hangs_up_in_the_middle(pair):
    before = len(_refusals(pair))
    with _line(pair) as line:
        line.sendall(_head(pair, **NAMES, Content_Length="5000") + b"half of it")
    until(lambda: _refusals(pair)[before:], lambda rows: [row["code"] for row in rows] == ["HUB-410"])


def test_a_stranger_who_wants_no_receipt(pair):
    names = {**NAMES, "AS2-From": "NOBODY"}
    assert httpx.post(pair.hub_url, content=b"x", headers=names, trust_env=False).status_code == 403
    assert _refusals(pair)[-1]["code"] == "AS2-101"


def test_a_partner_who_sends_in_the_open_and_wants_no_receipt(pair):
    answer = httpx.post(
        pair.hub_url, content=order(), headers={**NAMES, "Content-Type": "application/edi-x12"}, trust_env=False
    )
    assert answer.status_code == 403
    assert _refusals(pair, "acme/as2")[-1]["code"] == "AS2-106"


def test_a_receipt_that_cannot_be_read(pair):
    fields = {**NAMES, "Content-Type": 'multipart/report; report-type=disposition-notification; boundary="b"'}
    assert httpx.post(pair.hub_url, content=b"--b\r\n\r\nx\r\n--b--\r\n", headers=fields, trust_env=False).status_code == 400
    assert _refusals(pair, "acme/as2")[-1]["code"] == "AS2-307"


def test_a_message_id_that_comes_again_with_other_content_and_no_wish_for_a_receipt(pair):
    sent = pair.send(order("4500000077", control=77))
    pair.settled(sent)
    other = pair.send(order("4500000078", control=78))
    pair.settled(other)
    ids = [pair.acme.message(each).transport_id.encode() for each in (sent, other)]
    wire = pair.acme.wire(other).replace(ids[1], ids[0], 1)
    head, _, body = wire.partition(b"\r\n\r\n")
    quiet = b"\r\n".join(line for line in head.split(b"\r\n") if not line.startswith(b"Disposition-Notification"))
    assert post(pair.hub_url, quiet + b"\r\n\r\n" + body).status_code == 409
    (held,) = [each for each in pair.hub.items(direction="in", state="held") if each["error"]["code"] == "DLV-456"]
    assert "message.conflicted" in {each["type"] for each in pair.hub.trail(held["message_id"])}
