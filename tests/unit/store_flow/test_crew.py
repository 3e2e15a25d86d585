"""Threads of one lane: nothing waits behind a slow job, and a batch in one hand is everybody's."""

from __future__ import annotations

import threading
import time
from itertools import chain

import pytest

import hub.worker.crew as crew_module
from hub.errors import TransientError
from hub.store.doorbell import ThreadDoorbell
from hub.store.jobs import Job
from hub.worker.crew import Claimed, Crew, never


def job(name):
    return Job(name, "deliver", "deliver", name, "", 1, 0, "t", 0)


class Rig:
    """A crew, what it was given to claim, and what it has done."""

    def __init__(self, *, size, most, are_alike=never, quick=0.02):
        self.batches, self.done, self.handfuls, self.slow = [], [], [], threading.Event()
        self.stopping, self.bell = threading.Event(), ThreadDoorbell()
        self.crew = Crew(
            lane="deliver",
            size=size,
            most=most,
            quick=quick,
            claim=lambda: Claimed(self.batches.pop(0) if self.batches else [], bool(self.batches)),
            run=self.run,
            are_alike=are_alike,
            bell=self.bell,
            idle=0.05,
            stopping=self.stopping,
        )

    def run(self, handfuls):
        for each in chain.from_iterable(self.noted(handfuls)):
            if each.id.startswith("slow"):
                self.slow.wait(10)
            self.done.append(each.id)

    def noted(self, handfuls):
        for handful in handfuls:
            self.handfuls.append([each.id for each in handful])
            yield handful

    def until(self, done, seconds=8.0):
        end = time.monotonic() + seconds
        while set(self.done) != set(done) and time.monotonic() < end:
            self.crew.look_after()
            time.sleep(0.02)
        return sorted(self.done)


@pytest.fixture
def rig():
    made = []

    def build(**options):
        made.append(Rig(**options))
        return made[-1]

    yield build
    for each in made:
        each.slow.set()
        each.stopping.set()
        for thread in each.crew.threads:
            each.bell.ring(["deliver"])
            thread.join(5)


def test_jobs_in_hand_are_taken_over_while_their_claimer_waits_for_a_slow_far_side(rig):
    bench = rig(size=2, most=2)
    bench.batches.append([job("slow"), job("a"), job("b")])
    bench.crew.start()
    assert bench.until(["a", "b"]) == ["a", "b"]
    bench.slow.set()
    assert bench.until(["a", "b", "slow"]) == ["a", "b", "slow"]


def test_while_all_wait_for_slow_far_sides_another_joins_up_to_the_limit(rig):
    bench = rig(size=2, most=4)
    bench.batches += [[job("slow-1")], [job("slow-2")]]
    bench.crew.start()
    time.sleep(0.2)
    bench.batches.append([job("quick")])
    assert bench.until(["quick"]) == ["quick"]
    assert len(bench.crew.threads) == 3


def test_no_more_than_the_limit_join(rig):
    bench = rig(size=1, most=2)
    bench.batches += [[job("slow-1")], [job("slow-2")], [job("never")]]
    bench.crew.start()
    assert bench.until(["never"], seconds=3.5) == []
    assert len(bench.crew.threads) == 2


def test_a_store_that_is_away_ends_no_thread(rig):
    bench = rig(size=1, most=1)
    fails = [TransientError("away"), RuntimeError("odd")]

    def claim():
        if fails:
            raise fails.pop(0)
        return Claimed([job("later")] if not bench.done else [])

    bench.crew.claim = claim
    bench.crew.start()
    assert bench.until(["later"]) == ["later"]


def test_only_one_is_at_a_job_that_may_be_a_quick_one(rig):
    bench = rig(size=4, most=4, quick=5.0)
    at_work = []
    run = bench.run

    def watched(handfuls):
        at_work.append(threading.get_ident())
        try:
            run(handfuls)
        finally:
            at_work.remove(threading.get_ident())

    bench.crew.run = watched
    bench.batches += [[job("slow-1"), job("b")], [job("c")]]
    bench.crew.start()
    time.sleep(0.5)
    assert len(at_work) == 1
    assert bench.done == []
    bench.slow.set()
    assert bench.until(["slow-1", "b", "c"]) == ["b", "c", "slow-1"]


def test_whoever_is_longer_at_a_job_lets_the_next_begin(rig):
    bench = rig(size=4, most=4, quick=0.05)
    bench.batches += [[job("slow-1"), job("slow-2"), job("slow-3"), job("a")]]
    bench.crew.start()
    assert bench.until(["a"], seconds=1.0) == ["a"]
    assert len(bench.handfuls) == 4


def test_jobs_that_are_alike_are_one_handful_and_the_others_wait_for_none_of_them(rig):
    bench = rig(size=2, most=2, are_alike=lambda one, other: one.id[:4] == other.id[:4])
    bench.batches.append([job("slow-1"), job("a"), job("slow-2"), job("b")])
    bench.crew.start()
    assert bench.until(["a", "b"]) == ["a", "b"]
    bench.slow.set()
    assert bench.until(["a", "b", "slow-1", "slow-2"]) == ["a", "b", "slow-1", "slow-2"]
    assert sorted(bench.handfuls) == [["a"], ["b"], ["slow-1", "slow-2"]]


class Claims:
    """Counts the claims of a crew: what there is now, and no more."""

    def __init__(self, bench):
        self.bench, self.times = bench, []
        bench.crew.claim = self.claim

    def claim(self):
        self.times.append(time.monotonic())
        batches = self.bench.batches
        return Claimed(batches.pop(0) if batches else [], bool(batches))


def test_who_did_all_there_was_claims_again_when_the_bell_rings_and_not_before(rig, monkeypatch):
    monkeypatch.setattr(crew_module, "PAUSE", 30.0)
    bench = rig(size=1, most=1)
    bench.crew.idle = 30.0
    claims = Claims(bench)
    bench.batches.append([job("a")])
    bench.crew.start()
    assert bench.until(["a"]) == ["a"]
    time.sleep(0.1)
    bench.batches.append([job("b")])
    time.sleep(0.3)
    assert len(claims.times) == 1
    bench.bell.ring(["deliver"])
    assert bench.until(["a", "b"]) == ["a", "b"]


def test_what_a_claim_may_have_left_is_claimed_at_once(rig, monkeypatch):
    monkeypatch.setattr(crew_module, "PAUSE", 30.0)
    bench = rig(size=1, most=1)
    bench.crew.idle = 30.0
    claims = Claims(bench)
    bench.batches += [[job("a")], [job("b")], [job("c")]]
    bench.crew.start()
    assert bench.until(["a", "b", "c"]) == ["a", "b", "c"]
    assert len(claims.times) == 3


def test_without_a_bell_one_of_them_looks_again_after_the_pause(rig, monkeypatch):
    monkeypatch.setattr(crew_module, "PAUSE", 0.1)
    bench = rig(size=3, most=3)
    bench.crew.idle = 30.0
    claims = Claims(bench)
    bench.crew.start()
    time.sleep(0.2)
    bench.batches.append([job("a")])
    bench.bell.ring(["deliver"])
    assert bench.until(["a"]) == ["a"]
    before = len(claims.times)
    bench.batches.append([job("b")])
    assert bench.until(["a", "b"]) == ["a", "b"]
    assert len(claims.times) == before + 1


def test_a_thread_that_is_no_longer_needed_leaves_no_ring_unheard(rig, monkeypatch):
    monkeypatch.setattr(crew_module, "SPARE_SECONDS", 0.2)
    monkeypatch.setattr(crew_module, "PAUSE", 0.01)
    bench = rig(size=1, most=4)
    bench.crew.idle = 30.0
    Claims(bench)
    bench.crew.start()
    time.sleep(0.1)
    bench.crew._join_in()
    time.sleep(0.5)
    for name in ("a", "b", "c"):
        bench.batches.append([job(name)])
        bench.bell.ring(["deliver"])
        assert bench.until([*bench.done, name], seconds=3.0)[-1] == name
