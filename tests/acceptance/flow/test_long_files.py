"""Files longer than one transaction writes: step one in pieces, taken up where a crash left it, each message in effect once."""

from __future__ import annotations

import pytest

from hub.flow.replay import replay
from hub.store.documents import Documents
from hub.testing.flow_site import interchange, order_850


class Crash(BaseException):
    """The process is gone: nothing in it gets to say anything more."""


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """What is long here: more than three messages; step two looks at two at a time and keeps two or three in memory."""
    monkeypatch.setattr("hub.flow.receive.ROWS", 3)
    monkeypatch.setattr("hub.flow.receive.PAGE", 2)
    monkeypatch.setattr("hub.flow.process.PAGE", 2)
    monkeypatch.setattr("hub.flow.reading.read_file.__kwdefaults__", {"keep": 25})


def orders(count, *, control=1, wrong=()):
    texts = [order_850(f"PO-{control}-{n}") for n in range(count)]
    for place in wrong:
        texts[place] = [line for line in texts[place] if not line.startswith("BEG")]
    return interchange(texts, control=control)


def crash_at(bench, point, nth):
    """Run the hub until it passes a point for the nth time, and lose it there; then another process finds what it left."""
    left = [nth]

    def pass_by(name):
        left[0] -= name == point
        if left[0] == 0 and name == point:
            raise Crash

    before, bench.hub.crash_point = bench.hub.crash_point, pass_by
    with pytest.raises(Crash):
        bench.drain()
    bench.hub.crash_point = before
    with bench.hub.transaction() as tx:
        tx.jobs.sweep(keep_owner="the next process")


def numbers(bench):
    return sorted(item["number"] for item in bench.orders())


def test_every_message_of_a_long_interchange_has_its_effect_and_is_acknowledged_once(bench):
    message = bench.take(orders(11, wrong=[4]))
    rows = [row for row in bench.documents(message) if row.direction == "in"]
    assert [row.position for row in rows] == list(range(11))
    assert [row.state for row in rows] == ["done"] * 4 + ["rejected"] + ["done"] * 6
    assert len(bench.orders()) == 10
    (answer,) = bench.sent()
    assert "AK9*P*11*11*10" in answer
    assert bench.message(message).state == "rejected"


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_what_a_crash_left_unwritten_is_written_and_nothing_twice(bench, nth, monkeypatch):
    add, left = Documents.add, [nth]

    def crash(self, rows):
        left[0] -= rows[0]["direction"] == "in"
        if left[0] == 0:
            raise Crash
        return add(self, rows)

    message = bench.accept(orders(11)).message_id
    monkeypatch.setattr("hub.store.documents.Documents.add", crash)
    with pytest.raises(Crash):
        bench.drain()
    monkeypatch.setattr("hub.store.documents.Documents.add", add)
    with bench.hub.transaction() as tx:
        tx.jobs.sweep(keep_owner="the next process")
    bench.drain()
    assert numbers(bench) == sorted(f"PO-1-{n}" for n in range(11))
    assert [row.position for row in bench.documents(message)] == list(range(11))
    assert len(bench.sent()) == 1
    assert bench.message(message).state == "done"


@pytest.mark.parametrize("point", ["before-message-commit", "after-message", "after-acknowledge"])
@pytest.mark.parametrize("nth", [1, 3])
def test_a_crash_between_the_messages_of_several_interchanges_loses_and_doubles_nothing(bench, point, nth):
    bench.accept(orders(5, control=1) + orders(1, control=2) + orders(1, control=3) + orders(4, control=4))
    crash_at(bench, point, nth)
    bench.drain()
    expected = [(1, 5), (2, 1), (3, 1), (4, 4)]
    assert numbers(bench) == sorted(f"PO-{control}-{n}" for control, count in expected for n in range(count))
    assert len(bench.sent()) == 4


def test_a_long_interchange_that_nobody_knows_waits_whole_and_is_replayed_whole(bench):
    strange = interchange([order_850(f"PO-{n}") for n in range(8)], between=("NOBODY", "EDIHUB"))
    message = bench.take(strange)
    assert {row.state for row in bench.documents(message)} == {"held"}
    assert len(bench.documents(message)) == 8
    replay(message, bench.hub, actor="operator")
    bench.drain()
    assert len(bench.documents(message)) == 8
    assert bench.sent() == []
