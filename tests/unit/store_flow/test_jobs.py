"""Leases, fencing, crash counters, caps: the same promises on both databases."""

from __future__ import annotations

import threading

import pytest

from hub.store.jobs import LeaseLost
from hub.store.messages import Body


def add(database, *subjects, lane="process", resource=""):
    with database.transaction() as tx:
        for subject in subjects:
            tx.jobs.add(lane, "message", subject, resource=resource)


def add_and_fail(database):
    with database.transaction() as tx:
        tx.jobs.add("process", "message", "b")
        raise ZeroDivisionError


def claim(database, owner="me", *, lane="process", limit=10, caps=None):
    with database.transaction() as tx:
        return tx.jobs.claim(lane, owner, limit=limit, caps=caps)


def sweep(database, **options):
    with database.transaction() as tx:
        return tx.jobs.sweep(**options)


def test_a_claimed_job_is_nobody_elses_until_its_lease_runs_out(database, clock):
    add(database, "a")
    (job,) = claim(database)
    assert (job.subject, job.attempt, job.crashes) == ("a", 1, 0)
    assert claim(database, "other") == []
    clock.forward(seconds=59)
    sweep(database)
    assert claim(database, "other") == []
    clock.forward(seconds=2)
    sweep(database)
    (again,) = claim(database, "other")
    assert (again.subject, again.attempt, again.crashes) == ("a", 2, 1)


def test_a_zombie_that_wakes_after_its_lease_changes_nothing(database, clock):
    add(database, "a")
    (zombie,) = claim(database, "zombie")
    clock.forward(seconds=61)
    sweep(database)
    (job,) = claim(database, "other")
    for late in ("finish", "holds"):
        with pytest.raises(LeaseLost):
            work_and(late, database, zombie)
    with pytest.raises(LeaseLost), database.transaction() as tx:
        tx.jobs.retry(zombie, due_at=0, error="")
    with database.transaction() as tx:
        tx.jobs.finish(job)
    with database.read() as view:
        assert view.jobs.depth() == {}
        assert view.messages.answers_to("nothing") == []


def work_and(late, database, zombie):
    with database.transaction() as tx:
        tx.messages.put_out({"connection": "x", "answer_to": "nothing"}, Body(sha256="0" * 64, size=1, in_row=b"x"))
        getattr(tx.jobs, late)(zombie)


def test_a_job_that_three_workers_died_of_is_set_aside_and_others_flow(database, clock):
    add(database, "poison")
    for _ in range(3):
        assert [job.subject for job in claim(database)] == ["poison"]
        clock.forward(seconds=61)
        poisoned = sweep(database)
    assert [job.subject for job in poisoned] == ["poison"]
    add(database, "good")
    assert [job.subject for job in claim(database)] == ["good"]


def test_a_reported_failure_is_no_crash(database, clock):
    add(database, "a")
    for attempt in range(1, 6):
        (job,) = claim(database)
        assert (job.attempt, job.crashes) == (attempt, 0)
        with database.transaction() as tx:
            tx.jobs.retry(job, due_at=tx.now + 1_000_000, error="refused")
        assert claim(database) == []
        clock.forward(seconds=1)


def test_after_a_crash_jobs_are_claimed_one_at_a_time_so_that_the_innocent_are_not_condemned(database, clock):
    add(database, "a", "b", "c")
    assert len(claim(database)) == 3
    clock.forward(seconds=61)
    sweep(database)
    first = claim(database)
    assert len(first) == 1
    with database.transaction() as tx:
        tx.jobs.finish(first[0])
    add(database, "fresh")
    assert len(claim(database)) == 1


def test_at_start_every_lease_of_another_boot_is_void_at_once(database):
    add(database, "a", "b")
    claim(database, "before")
    sweep(database, keep_owner="now")
    assert {job.subject for job in claim(database, "now")} <= {"a", "b"}


def test_the_heartbeat_keeps_a_long_job(database, clock):
    add(database, "a")
    (job,) = claim(database)
    for _ in range(5):
        clock.forward(seconds=40)
        with database.transaction() as tx:
            tx.jobs.extend([job.id], "me")
        sweep(database)
    with database.transaction() as tx:
        tx.jobs.finish(job)


def test_an_orderly_stop_gives_jobs_back_uncounted(database):
    add(database, "a")
    claim(database)
    with database.transaction() as tx:
        tx.jobs.release("me")
    (job,) = claim(database, "next")
    assert (job.attempt, job.crashes) == (1, 0)


def test_one_partner_takes_no_more_than_its_cap_and_leaves_room_for_the_others(database):
    add(database, *(f"slow-{n}" for n in range(50)), lane="deliver", resource="slow")
    add(database, *(f"quick-{n}" for n in range(3)), lane="deliver", resource="quick")
    first = claim(database, lane="deliver", limit=10, caps={"slow": 2, "quick": 5})
    assert sorted(job.resource for job in first) == ["quick"] * 3 + ["slow"] * 2
    assert claim(database, lane="deliver", limit=10, caps={"slow": 2, "quick": 5}) == []
    with database.transaction() as tx:
        tx.jobs.finish(next(job for job in first if job.resource == "slow"))
    assert len(claim(database, lane="deliver", limit=10, caps={"slow": 2, "quick": 5})) == 1


def more(database, *, lane="process", limit=10, caps=None):
    """How many are claimed, and whether any may have been left."""
    with database.transaction() as tx:
        return len(tx.jobs.claim(lane, "me", limit=limit, caps=caps)), tx.jobs.may_be_more


def test_a_claim_says_whether_any_may_have_been_left(database):
    add(database, "a", "b", "c")
    assert more(database, limit=2) == (2, True)
    assert more(database, limit=2) == (1, False)
    assert more(database, limit=2) == (0, False)


def test_what_a_cap_kept_back_may_have_been_left_also_for_those_who_got_nothing(database):
    with database.transaction() as tx:
        for name in ("s1", "s2", "s3"):
            tx.jobs.add("deliver", "deliver", name, resource="slow")
    caps = {"slow": 2}
    assert more(database, lane="deliver", caps=caps) == (2, True)
    assert more(database, lane="deliver", caps=caps) == (0, True)
    with database.transaction() as tx:
        tx.jobs.release("me")
    assert more(database, lane="deliver", caps={"slow": 4}) == (3, False)


def test_a_job_is_not_claimed_before_it_is_due(database, clock):
    with database.transaction() as tx:
        tx.jobs.add("process", "message", "later", due_at=tx.now + 5_000_000)
    assert claim(database) == []
    clock.forward(seconds=5)
    assert [job.subject for job in claim(database)] == ["later"]


def test_many_claimers_never_share_a_job(database):
    add(database, *(f"j{n:03}" for n in range(120)))
    taken: list[str] = []

    def work(name):
        while jobs := claim(database, name, limit=7):
            taken.extend(job.subject for job in jobs)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"j{n:03}" for n in range(120)]


def test_a_dead_job_waits_for_a_person_and_can_be_revived(database):
    add(database, "a")
    (job,) = claim(database)
    with database.transaction() as tx:
        tx.jobs.bury(job, "refused for good")
    assert claim(database) == []
    with database.transaction() as tx:
        assert tx.jobs.revive("a") == 1
    (again,) = claim(database)
    assert again.attempt == 1


def test_the_bell_is_rung_only_after_the_commit(database):
    rung = []

    class Bell:
        def ring(self, lanes):
            with database.read() as view:
                rung.append((set(lanes), view.jobs.depth()))

        def wait(self, lane, seconds):
            return False

        def close(self):
            pass

    database.bell = Bell()
    add(database, "a")
    assert rung == [({"process"}, {"process": 1})]
    with pytest.raises(ZeroDivisionError):
        add_and_fail(database)
    assert len(rung) == 1
