"""What waits for a commit is bounded, one bad request does not spoil its batch, and a slow body is given up."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from starlette.requests import Request

from hub.bootstrap import open_hub
from hub.errors import TransientError
from hub.flow import pressure
from hub.flow.take import Taking
from hub.ports import InboundDocument
from hub.routing.load import load_site
from hub.web import body as body_module
from hub.web import intake as intake_module
from hub.web.body import BodyRefused, read_body
from hub.web.intake import Intake


def completed(coroutine):
    """What a coroutine returns, run in a thread of its own: a browser's tests may have a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@pytest.fixture(scope="module")
def hub(site_root):
    hub = open_hub(load_site(site_root))
    yield hub
    hub.stop()


def arriving(number, body=None):
    document = InboundDocument(
        payload=b"ISA%d" % number, idempotency_key=f"k{number}", received_at=datetime.now(UTC), body=body
    )
    return Taking(connection="acme/web", documents=(document,))


def test_one_request_that_cannot_be_stored_does_not_spoil_the_others(hub, tmp_path):
    intake = Intake(hub)
    spooled = tmp_path / "spooled"
    spooled.write_bytes(b"ISA")

    async def gather():
        waiting = [asyncio.ensure_future(intake.keep(arriving(n))) for n in range(10)]
        spoiled = asyncio.ensure_future(intake.keep(arriving(11, spooled)))
        await asyncio.sleep(0)
        spooled.unlink()
        intake.start()
        return await asyncio.gather(*waiting, spoiled, return_exceptions=True)

    try:
        outcomes = completed(gather())
    finally:
        intake.stop()
    assert isinstance(outcomes.pop(), TransientError)
    assert len({stored[0].message_id for stored in outcomes}) == 10


def test_what_was_taken_before_the_stop_is_stored(hub):
    intake = Intake(hub)

    async def gather():
        waiting = [asyncio.ensure_future(intake.keep(arriving(n))) for n in range(20, 220)]
        await asyncio.sleep(0)
        intake.start()
        intake.stop()
        return await asyncio.gather(*waiting)

    assert len(completed(gather())) == 200


def test_a_stopping_hub_takes_nothing_more(hub):
    intake = Intake(hub)
    intake.start()
    intake.stop()
    assert isinstance(intake.refusal(), TransientError)
    with pytest.raises(TransientError):
        completed(intake.keep(arriving(1)))


def test_too_many_waiting_requests_turn_the_next_away(hub, monkeypatch):
    monkeypatch.setattr(intake_module, "MOST_WAITING", 3)
    intake = Intake(hub)

    async def gather():
        waiting = [asyncio.ensure_future(intake.keep(arriving(n))) for n in range(300, 303)]
        await asyncio.sleep(0)
        assert isinstance(intake.refusal(), TransientError)
        intake.start()
        await asyncio.gather(*waiting)
        assert intake.refusal() is None

    try:
        completed(gather())
    finally:
        intake.stop()


def test_too_many_waiting_bytes_turn_the_next_away(hub, monkeypatch):
    monkeypatch.setattr(intake_module, "MOST_BYTES", 4)
    intake = Intake(hub)

    async def gather():
        waiting = asyncio.ensure_future(intake.keep(arriving(400)))
        await asyncio.sleep(0)
        assert isinstance(intake.refusal(), TransientError)
        intake.start()
        await waiting

    try:
        completed(gather())
    finally:
        intake.stop()


def test_a_full_disk_turns_requests_away_before_they_are_read(hub, monkeypatch):
    monkeypatch.setattr(pressure, "least_free", lambda total: total * 2)
    refusal = Intake(hub).refusal()
    assert refusal is not None
    assert "disk" in refusal.message


def test_too_deep_and_too_old_a_backlog_turns_requests_away_until_it_is_worked_off(hub, monkeypatch):
    with hub.read() as view:
        monkeypatch.setattr(pressure, "DEEP", view.jobs.depth().get("process", 0) + 2)
    monkeypatch.setattr(pressure, "OLD", 0)
    with hub.transaction() as tx:
        for number in range(3):
            tx.jobs.add("process", "message", f"msg_{number}", due_at=tx.now - 1)
    pressure.watch_pressure(hub)
    assert "messages wait" in Intake(hub).refusal().message
    with hub.transaction() as tx:
        for number in range(3):
            tx.jobs.discard(f"msg_{number}")
    pressure.watch_pressure(hub)
    assert Intake(hub).refusal() is None


@pytest.mark.parametrize(("total", "least"), [(3 << 20, (3 << 20) // 5), (10 << 30, 1 << 30), (200 << 30, 10 << 30)])
def test_how_much_of_a_disk_must_be_free_follows_its_size(total, least):
    assert pressure.least_free(total) == least


def slow_request(pieces, pause):
    """A request whose body comes in pieces with a pause before each."""
    left = list(pieces)

    async def receive():
        await asyncio.sleep(pause)
        if not left:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


def test_a_body_that_pauses_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(body_module, "SILENCE_SECONDS", 0.05)
    with pytest.raises(BodyRefused) as refused:
        completed(read_body(slow_request([b"a", b"b"], 0.2), limit=100))
    assert refused.value.status == 408


def test_a_body_that_drips_is_given_up_although_no_single_pause_is_long(monkeypatch):
    monkeypatch.setattr(body_module, "SILENCE_SECONDS", 0.1)
    with pytest.raises(BodyRefused) as refused:
        completed(read_body(slow_request([b"a"] * 100, 0.02), limit=1000))
    assert refused.value.status == 408


def test_a_slow_but_steady_body_is_taken(monkeypatch):
    monkeypatch.setattr(body_module, "SILENCE_SECONDS", 0.1)
    body = completed(read_body(slow_request([b"a" * 100] * 10, 0.03), limit=1000))
    assert body.content == b"a" * 1000


def test_a_body_that_breaks_off_is_no_body(tmp_path):
    left = [{"type": "http.request", "body": b"x" * 2_000_000, "more_body": True}, {"type": "http.disconnect"}]

    async def receive():
        return left.pop(0)

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(BodyRefused) as refused:
        completed(read_body(request, limit=10_000_000, spool=tmp_path))
    assert refused.value.status == 400
    assert list(tmp_path.iterdir()) == []
