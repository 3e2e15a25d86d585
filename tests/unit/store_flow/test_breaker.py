"""When a far side counts as dead: the arithmetic, and what the store makes of it on both databases."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.store.breaker import FIRST_PAUSE, LONGEST_PAUSE, Endpoint, after_failure, after_success

NOW = 1_000_000_000


def after(outcomes, seen=None):
    for outcome in outcomes:
        seen = seen or Endpoint()
        seen = after_failure(seen, now=NOW, is_probe=True) if outcome == "x" else after_success(seen)
    return seen


def test_the_fifth_failure_in_a_row_suspends_and_a_success_between_starts_the_count_again():
    assert not after("xxxx").is_open
    assert after("xxxxx").is_open
    assert not after("xxxx.xxxx").is_open


def test_half_of_the_last_twenty_suspends_though_no_five_came_in_a_row():
    assert not after("x." * 9 + "x").is_open
    assert after("x." * 9 + "xx").is_open
    assert not after("x.." * 30).is_open


def test_each_trial_that_fails_doubles_the_pause_up_to_a_quarter_of_an_hour():
    seen, pauses = after("xxxxx"), []
    for _ in range(6):
        pauses.append((seen.open_until - NOW) / FIRST_PAUSE)
        seen = after_failure(seen, now=NOW, is_probe=True)
    assert pauses == [1, 2, 4, 8, 15, 15]
    assert seen.open_until - NOW == LONGEST_PAUSE


def test_a_connection_that_cannot_be_used_is_suspended_at_once_and_tried_rarely():
    seen = after_failure(Endpoint(), now=NOW, is_probe=False, is_unusable=True)
    for _ in range(3):
        assert (seen.is_open, seen.open_until - NOW) == (True, LONGEST_PAUSE)
        seen = after_failure(seen, now=NOW, is_probe=True, is_unusable=True)
    assert not after_success(seen).is_open


def test_while_it_is_suspended_only_the_trial_counts():
    seen = after("xxxxx")
    assert after_failure(seen, now=NOW + 5, is_probe=False) == seen
    assert after_success(seen) == Endpoint()


@given(st.text(alphabet="x.", max_size=80))
def test_it_never_suspends_below_its_limits_and_always_above(outcomes):
    seen, row, window = Endpoint(), 0, ""
    for outcome in outcomes:
        row = row + 1 if outcome == "x" else 0
        window = (window + outcome)[-20:] if window or outcome == "x" else ""
        if "x" not in window:
            window = ""
        seen = after(outcome, seen)
        assert seen.is_open == (row >= 5 or (len(window) == 20 and window.count("x") >= 10))
        if seen.is_open:
            return


def add(database, *subjects, resource="dead"):
    with database.transaction() as tx:
        for subject in subjects:
            tx.jobs.add("deliver", "deliver", subject, resource=resource)


def claim(database, limit=10):
    with database.transaction() as tx:
        return tx.jobs.claim("deliver", "me", limit=limit, caps={})


def fail(database, job):
    with database.transaction() as tx:
        turn = tx.endpoints.failed(job.resource, job.id)
        tx.jobs.retry(job, due_at=tx.now, error="no answer")
    return turn


def suspend(database):
    turns = [fail(database, claim(database, limit=1)[0]) for _ in range(5)]
    assert turns == ["", "", "", "", "suspended"]


def test_a_suspended_far_side_is_not_claimed_and_no_attempt_is_lost_but_others_are_served(database, clock):
    add(database, "a")
    suspend(database)
    add(database, "b", "c")
    add(database, "other", resource="well")
    assert [job.subject for job in claim(database)] == ["other"]
    clock.forward(seconds=59)
    assert claim(database) == []
    with database.read() as view:
        assert view.endpoints.shaky()["dead"].is_open


def test_after_the_pause_one_job_tries_and_only_one(database, clock):
    add(database, "a", "b", "c")
    suspend(database)
    clock.forward(seconds=61)
    (trial,) = claim(database)
    assert trial.is_watched
    assert claim(database) == []
    assert fail(database, trial) == ""
    clock.forward(seconds=119)
    assert claim(database) == []
    clock.forward(seconds=2)
    (again,) = claim(database)
    with database.transaction() as tx:
        assert tx.endpoints.worked(again.resource) == "resumed"
        tx.jobs.finish(again)
    assert len(claim(database)) == 2


def test_a_trial_whose_worker_died_is_followed_by_another(database, clock):
    add(database, "a", "b")
    suspend(database)
    clock.forward(seconds=61)
    assert len(claim(database)) == 1
    clock.forward(seconds=61)
    with database.transaction() as tx:
        tx.jobs.sweep()
    assert len(claim(database)) == 1


def test_a_far_side_that_works_is_never_written_down(database):
    add(database, "a")
    (job,) = claim(database)
    assert not job.is_watched
    with database.transaction() as tx:
        assert tx.endpoints.worked("dead") == ""
    with database.read() as view:
        assert view.endpoints.shaky() == {}
