"""Documents of one order leave in the order in which they were queued, whatever happens to each."""

from __future__ import annotations

import threading

import pytest


def add(database, *subjects, order="acme/o1"):
    for subject in subjects:
        with database.transaction() as tx:
            tx.jobs.add("deliver", "deliver", subject, resource="main", order=order)


def claim(database):
    with database.transaction() as tx:
        return tx.jobs.claim("deliver", "me", limit=10, caps={"main": 50})


def finish(database, job):
    with database.transaction() as tx:
        tx.jobs.finish(job)
    return set(tx.jobs.rung)


def test_one_after_another_and_the_bell_rings_for_the_next(database):
    add(database, "order", "change", "cancel")
    add(database, "elsewhere", order="acme/o2")
    first = claim(database)
    assert sorted(job.subject for job in first) == ["elsewhere", "order"]
    assert claim(database) == []
    assert finish(database, next(job for job in first if job.subject == "order")) == {"deliver"}
    (second,) = claim(database)
    assert second.subject == "change"
    finish(database, second)
    assert [job.subject for job in claim(database)] == ["cancel"]


def test_documents_queued_in_one_transaction_keep_their_order(database):
    with database.transaction() as tx:
        for subject in ("one", "two", "three"):
            tx.jobs.add("deliver", "deliver", subject, resource="main", order="k")
    seen = []
    while jobs := claim(database):
        assert len(jobs) == 1
        seen.append(jobs[0].subject)
        finish(database, jobs[0])
    assert seen == ["one", "two", "three"]


def test_a_retry_holds_up_those_behind_it(database, clock):
    add(database, "order", "change")
    (job,) = claim(database)
    with database.transaction() as tx:
        tx.jobs.retry(job, due_at=tx.now + 30_000_000, error="not now")
    clock.forward(seconds=29)
    assert claim(database) == []
    clock.forward(seconds=2)
    assert [job.subject for job in claim(database)] == ["order"]


def bury(database, job):
    with database.transaction() as tx:
        tx.jobs.bury(job, "refused")


def test_a_dead_letter_blocks_until_it_is_sent_again_before_the_others(database):
    add(database, "order", "change")
    bury(database, claim(database)[0])
    assert claim(database) == []
    with database.transaction() as tx:
        tx.jobs.again("deliver", "deliver", "order", resource="main")
    (job,) = claim(database)
    assert (job.subject, job.attempt) == ("order", 1)
    finish(database, job)
    assert [job.subject for job in claim(database)] == ["change"]


def test_a_dead_letter_that_is_discarded_lets_the_next_go_on(database):
    add(database, "order", "change", "cancel")
    bury(database, claim(database)[0])
    with database.transaction() as tx:
        tx.jobs.discard("order")
    assert tx.jobs.rung == {"deliver"}
    assert [job.subject for job in claim(database)] == ["change"]


def test_discarding_one_that_waits_frees_nobody_too_early(database):
    add(database, "order", "change", "cancel")
    (job,) = claim(database)
    with database.transaction() as tx:
        tx.jobs.discard("change")
    assert claim(database) == []
    finish(database, job)
    assert [job.subject for job in claim(database)] == ["cancel"]


def test_what_is_sent_once_more_after_it_arrived_waits_for_nobody(database):
    add(database, "order", "change")
    finish(database, claim(database)[0])
    with database.transaction() as tx:
        tx.jobs.again("deliver", "deliver", "order", resource="main")
    assert sorted(job.subject for job in claim(database)) == ["change", "order"]


def test_waiting_jobs_are_pending_and_counted(database):
    add(database, "order", "change")
    with database.read() as view:
        assert view.jobs.is_pending("change")
        assert view.jobs.depth() == {"deliver": 2}


def test_the_sweeper_frees_what_waits_for_nothing(database):
    add(database, "order", "change")
    (job,) = claim(database)
    with database.transaction() as tx:
        # as when the end of the first and the adding of the second did not see each other
        tx.jobs.finish(type(job)(**{name: getattr(job, name) for name in job.__slots__} | {"ordering_key": ""}))
    assert claim(database) == []
    with database.transaction() as tx:
        tx.jobs.sweep()
    assert [job.subject for job in claim(database)] == ["change"]


@pytest.mark.parametrize("workers", [4])
def test_many_workers_never_let_one_overtake(database, workers):
    for number in range(12):
        add(database, *(f"{number}-{step}" for step in range(5)), order=f"order-{number}")
    done, guard = [], threading.Lock()

    def work():
        while True:
            with database.transaction() as tx:
                jobs = tx.jobs.claim("deliver", "me", limit=3, caps={"main": 50})
            for job in jobs:
                with guard:
                    done.append(job.subject)
                finish(database, job)
            if not jobs and len(done) >= 60:
                return

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for number in range(12):
        assert [each for each in done if each.startswith(f"{number}-")] == [f"{number}-{step}" for step in range(5)]
