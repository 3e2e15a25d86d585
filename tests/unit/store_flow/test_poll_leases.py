"""Polls as rows: whoever leases one polls alone, and what a dead poller held is polled again."""

from __future__ import annotations

import pytest

from hub.store.jobs import LeaseLost
from hub.store.polls import PollState

SECOND = 1_000_000
NAMES = ["acme/in", "belmart/in", "colossal/in"]


@pytest.fixture
def enrolled(database):
    with database.transaction() as tx:
        tx.polls.enrol(NAMES)
    return database


def claim(database, owner="me", names=NAMES, limit=10):
    with database.transaction() as tx:
        return tx.polls.claim(names, owner, limit=limit)


def finish(database, turn, after=None, *, due_in=30):
    with database.transaction() as tx:
        tx.polls.finish(turn, after or turn.state, due_at=tx.now + due_in * SECOND)


def test_a_leased_poll_is_nobody_elses_until_it_is_done_and_due_again(enrolled, clock):
    turns = claim(enrolled)
    assert sorted(turn.connection for turn in turns) == NAMES
    assert claim(enrolled, "other") == []
    finish(enrolled, turns[0], PollState("c-7", 2, "DLV-401 gone"))
    assert claim(enrolled, "other") == []
    clock.forward(seconds=31)
    (again,) = claim(enrolled, "other")
    assert again.state == PollState("c-7", 2, "DLV-401 gone")


def test_each_process_takes_no_more_than_it_has_room_for_and_the_longest_waiting_first(enrolled, clock):
    (first,) = claim(enrolled, limit=1)
    clock.forward(seconds=1)
    finish(enrolled, first, due_in=0)
    taken = {turn.connection for turn in claim(enrolled, "a", limit=2)}
    assert first.connection not in taken
    assert [turn.connection for turn in claim(enrolled, "b", limit=2)] == [first.connection]


def test_the_lease_of_a_dead_poller_runs_out_and_a_zombie_changes_nothing(enrolled, clock):
    (zombie,) = claim(enrolled, limit=1)
    clock.forward(seconds=59)
    assert zombie.connection not in {turn.connection for turn in claim(enrolled, "other")}
    clock.forward(seconds=2)
    taken = {turn.connection: turn for turn in claim(enrolled, "other")}
    assert zombie.connection in taken
    with pytest.raises(LeaseLost):
        finish(enrolled, zombie, PollState("old", 0, None))
    finish(enrolled, taken[zombie.connection], PollState("new", 0, None))
    with enrolled.read() as view:
        assert view.polls.state(zombie.connection).cursor == "new"


def test_the_heartbeat_keeps_a_long_poll(enrolled, clock):
    turns = claim(enrolled)
    for _ in range(4):
        clock.forward(seconds=40)
        with enrolled.transaction() as tx:
            tx.polls.extend([turn.token for turn in turns])
        assert claim(enrolled, "other") == []
    finish(enrolled, turns[0])


def test_an_orderly_stop_and_a_new_boot_give_leases_back_at_once(enrolled):
    claim(enrolled, "old")
    with enrolled.transaction() as tx:
        tx.polls.release("old")
    assert len(claim(enrolled, "mine")) == 3
    with enrolled.transaction() as tx:
        tx.polls.void("new-boot")
    assert len(claim(enrolled, "new-boot")) == 3


def test_only_known_connections_are_polled(enrolled):
    assert [turn.connection for turn in claim(enrolled, names=["acme/in", "unheard/of"])] == ["acme/in"]
    with enrolled.read() as view:
        assert view.polls.next_due(["unheard/of"]) is None


def test_enrolling_again_changes_nothing(enrolled):
    (turn,) = claim(enrolled, limit=1)
    finish(enrolled, turn, PollState("kept", 1, "x"))
    with enrolled.transaction() as tx:
        tx.polls.enrol(NAMES)
    with enrolled.read() as view:
        assert view.polls.state(turn.connection) == PollState("kept", 1, "x")
