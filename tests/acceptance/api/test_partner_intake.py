"""What a partner may post, what it is told, and what it cannot do to us."""

import concurrent.futures
import socket
import time

import httpx
import pytest

from hub.web import patience

pytestmark = pytest.mark.network

ISA = (
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260924*1200*U*00401*{number:09}*0*P*>~"
    "GS*PO*ACME*EDIHUB*20260924*1200*{number}*X*004010~ST*850*0001~BEG*00*SA*{order}**20260924~"
    "PO1*1*10*EA*5**UP*076123400003~CTT*1~SE*5*0001~GE*1*{number}~IEA*1*{number:09}~"
)


def interchange(number, order=None):
    return ISA.format(number=number, order=order or f"PO{number}").encode()


def stored(running, message_id):
    with running.hub.read() as view:
        return view.payload(message_id)


def test_a_post_is_durable_when_it_is_answered(running):
    with running.partner() as partner:
        answer = partner.post("/in/acme/web", content=interchange(1))
    assert answer.status_code == 202
    assert answer.json()["duplicate"] is False
    assert stored(running, answer.json()["id"]) == interchange(1)


def test_the_same_key_again_is_the_same_arrival(running):
    with running.partner() as partner:
        answers = [
            partner.post("/in/acme/web", content=interchange(2), headers={"idempotency-key": "two"}).json() for _ in range(3)
        ]
    assert {answer["id"] for answer in answers} == {answers[0]["id"]}
    assert [answer["duplicate"] for answer in answers] == [False, True, True]


def test_the_same_key_with_other_bytes_is_told_and_kept_apart(running):
    with running.partner() as partner:
        partner.post("/in/acme/web", content=interchange(3), headers={"idempotency-key": "three"})
        answer = partner.post("/in/acme/web", content=interchange(4), headers={"idempotency-key": "three"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "HUB-422"


def test_fifty_at_once_are_all_kept_apart(running):
    with running.partner() as partner, concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda n: partner.post("/in/acme/web", content=interchange(100 + n)), range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 50


@pytest.mark.parametrize("authorization", ["", "Bearer guess", "Basic YTpi", "Bearer", "nonsense"])
def test_a_stranger_is_refused_before_the_body(running, authorization):
    answer = httpx.post(
        f"{running.url}/in/acme/web", content=interchange(5), headers={"authorization": authorization} if authorization else {}
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "SEC-401"


@pytest.mark.parametrize("path", ["/in/acme/nothing", "/in/nobody/web", "/in/drop", "/in/acme", "/in/a/b/c", "/in/"])
def test_an_address_where_nothing_listens_is_not_found(running, path):
    with running.partner() as partner:
        answer = partner.post(path, content=b"ISA")
    assert answer.status_code == 404
    assert answer.json()["code"] == "HUB-404"


def test_another_method_is_named(running):
    with running.partner() as partner:
        answer = partner.get("/in/acme/web")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


def test_a_body_that_says_it_is_too_large_is_refused_unread(running):
    with socket.create_connection(("127.0.0.1", running.server.port), timeout=5) as line:
        line.sendall(
            b"POST /in/acme/web HTTP/1.1\r\nhost: x\r\nauthorization: Bearer partner-token-4c1d\r\n"
            b"content-length: 900000000000\r\n\r\n"
        )
        answer = line.recv(4096)
    assert answer.startswith(b"HTTP/1.1 413")


def test_a_chunked_body_is_counted_as_it_comes(running):
    def endless():
        for _ in range(30):
            yield b"x" * 1_000_000

    started = time.monotonic()
    with running.partner() as partner:
        assert partner.post("/in/acme/web", content=endless()).status_code == 413
    assert time.monotonic() - started < 5
    assert list((running.root / "var/spool").iterdir()) == []


def test_a_large_body_goes_through_a_file_and_is_kept_whole(running):
    payload = interchange(6) + b"\n" * 3_000_000
    with running.partner() as partner:
        answer = partner.post("/in/acme/web", content=payload)
    assert answer.status_code == 202
    assert stored(running, answer.json()["id"]) == payload
    assert list((running.root / "var/spool").iterdir()) == []


def test_an_empty_body_is_refused(running):
    with running.partner() as partner:
        assert partner.post("/in/acme/web", content=b" \r\n").status_code == 400


def test_a_caller_who_hangs_up_halfway_leaves_nothing(running):
    with socket.create_connection(("127.0.0.1", running.server.port), timeout=5) as line:
        line.sendall(
            b"POST /in/acme/web HTTP/1.1\r\nhost: x\r\nauthorization: Bearer partner-token-4c1d\r\ncontent-length: 5000\r\n\r\nISA*"
        )
    with running.partner() as partner:
        assert partner.post("/in/acme/web", content=interchange(7)).status_code == 202


@pytest.mark.parametrize(
    "raw",
    [
        b"GARBAGE\r\n\r\n",
        b"POST /in/acme/web HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /in/acme/web HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 100_000 + b"\r\n\r\n",
        b"POST /in/acme/web HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
    ],
    ids=["no http", "negative length", "two lengths", "endless header", "broken chunk"],
)
def test_what_is_no_http_is_answered_or_dropped_and_harms_nobody(running, raw):
    with socket.create_connection(("127.0.0.1", running.server.port), timeout=5) as line:
        line.sendall(raw)
        line.settimeout(2)
        try:
            answer = line.recv(4096)
        except (ConnectionError, TimeoutError):
            answer = b""
    assert b" 500 " not in answer
    with running.partner() as partner:
        assert partner.get("/healthz").status_code == 200


def test_a_hundred_slow_callers_do_not_hold_up_a_healthy_one(running):
    lines = [socket.create_connection(("127.0.0.1", running.server.port), timeout=5) for _ in range(100)]
    try:
        for line in lines:
            line.sendall(
                b"POST /in/acme/web HTTP/1.1\r\nhost: x\r\nauthorization: Bearer partner-token-4c1d\r\n"
                b"content-length: 5000\r\n\r\nI"
            )
        took = []
        with running.partner() as partner:
            for number in range(20):
                started = time.monotonic()
                assert partner.post("/in/acme/web", content=interchange(200 + number)).status_code == 202
                took.append(time.monotonic() - started)
        assert sorted(took)[-2] < 0.5
    finally:
        for line in lines:
            line.close()


@pytest.mark.parametrize(
    ("begun", "is_first"), [(b"", True), (b"POST /in/acme/web HT", True), (b"POST /in/acme/web HT", False)]
)
def test_a_caller_who_never_finishes_its_head_is_let_go(running, monkeypatch, begun, is_first):
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.3)
    with socket.create_connection(("127.0.0.1", running.server.port), timeout=5) as line:
        if not is_first:
            line.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            said = b""
            while not said.endswith(b"alive\n"):
                said += line.recv(4096)
        line.sendall(begun)
        assert line.recv(4096) == b""


def test_a_connection_that_is_kept_open_between_requests_is_not_cut(running, monkeypatch):
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.3)
    with running.partner() as partner:
        for _ in range(3):
            assert partner.get("/healthz").status_code == 200
            time.sleep(0.4)


def test_every_answer_forbids_guessing_and_keeping(running):
    with running.partner() as partner:
        for path in ("/healthz", "/nothing", "/api/v1/openapi.json"):
            answer = partner.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
