"""Processes of one PostgreSQL know who of them lives, so that what a dead one had at work is taken up soon."""

from __future__ import annotations

import pytest

from hub.store import presence as presence_module
from hub.store.database import Database


@pytest.fixture
def shared(postgres, tmp_path):
    url = postgres.fresh()
    opened = [Database(url=url, blobs=tmp_path / "payloads") for _ in range(2)]
    yield opened
    for each in opened:
        each.close()
    postgres.drop(url)


def sweep(database, watch):
    with database.transaction() as tx:
        gone = watch.gone(tx.connection, tx.jobs.owners())
        tx.jobs.sweep(gone=gone)
    return gone


def claim(database, owner):
    with database.transaction() as tx:
        return tx.jobs.claim("process", owner, limit=10)


def test_the_jobs_of_a_process_that_died_are_free_long_before_its_leases_end(shared, monkeypatch):
    mine, other = shared
    watch, theirs = mine.presence("me"), other.presence("other")
    watch.hold()
    theirs.hold()
    with other.transaction() as tx:
        tx.jobs.add("process", "message", "a")
    assert len(claim(other, "other")) == 1
    for _ in range(2):
        theirs.hold()
        assert sweep(mine, watch) == set()
    theirs.let_go()
    assert sweep(mine, watch) == set()  # it may be on its way back
    monkeypatch.setattr(presence_module, "ABSENT_SECONDS", 0.0)
    assert sweep(mine, watch) == {"other"}
    (job,) = claim(mine, "me")
    assert (job.subject, job.crashes) == ("a", 1)
    watch.let_go()


def test_one_that_comes_back_in_time_keeps_its_jobs(shared, monkeypatch):
    mine, other = shared
    watch, theirs = mine.presence("me"), other.presence("other")
    theirs.hold()
    with other.transaction() as tx:
        tx.jobs.add("process", "message", "a")
    claim(other, "other")
    theirs.let_go()
    assert sweep(mine, watch) == set()
    theirs.hold()
    monkeypatch.setattr(presence_module, "ABSENT_SECONDS", 0.0)
    assert sweep(mine, watch) == set()
    assert claim(mine, "me") == []
    theirs.let_go()


def test_a_process_never_takes_its_own_jobs_for_a_dead_ones(shared, monkeypatch):
    mine, _ = shared
    monkeypatch.setattr(presence_module, "ABSENT_SECONDS", 0.0)
    watch = mine.presence("me")
    with mine.transaction() as tx:
        tx.jobs.add("process", "message", "a")
    claim(mine, "me")
    assert sweep(mine, watch) == sweep(mine, watch) == set()


def test_an_embedded_store_has_one_process_and_needs_none(sqlite_files, tmp_path):
    database = Database(url=sqlite_files.fresh(tmp_path / "db"), blobs=tmp_path / "payloads")
    assert database.presence("me") is None
    database.close()
