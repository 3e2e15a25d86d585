"""One writing connection, many threads: apart from each other, durable together."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import text

from hub.errors import TransientError
from hub.store import group_commit
from hub.store.engine import sqlite_bare_engine, sqlite_engine
from hub.store.group_commit import GroupCommit


@pytest.fixture
def commits(tmp_path):
    engine = sqlite_bare_engine(tmp_path / "group.db", writer=True)
    opened = GroupCommit(engine)
    with opened.transaction() as connection:
        connection.execute(text("create table n (value integer primary key)"))
    yield opened
    opened.close()
    engine.dispose()


def insert(commits, value):
    with commits.transaction() as connection:
        connection.execute(text("insert into n values (:value)"), {"value": value})


def fail_after(commits, value):
    with commits.transaction() as connection:
        connection.execute(text("insert into n values (:value)"), {"value": value})
        raise ZeroDivisionError


def values(tmp_path):
    engine = sqlite_engine(tmp_path / "group.db", writer=False)
    with engine.connect() as connection:
        found = {row[0] for row in connection.execute(text("select value from n"))}
    engine.dispose()
    return found


def test_what_was_left_cleanly_is_seen_by_another_connection(commits, tmp_path):
    insert(commits, 1)
    assert values(tmp_path) == {1}


def test_a_body_that_raises_leaves_nothing_behind(commits, tmp_path):
    with pytest.raises(ZeroDivisionError):
        fail_after(commits, 7)
    insert(commits, 8)
    assert values(tmp_path) == {8}


def test_of_many_threads_only_those_that_fail_are_undone(commits, tmp_path):
    failed = []

    def work(start):
        for value in range(start, start + 40):
            try:
                (fail_after if value % 5 == 0 else insert)(commits, value)
            except ZeroDivisionError:
                failed.append(value)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(0, 320, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failed) == 64
    assert values(tmp_path) == set(range(320)) - set(failed)


def test_a_violated_constraint_undoes_one_member_and_not_the_group(commits, tmp_path):
    insert(commits, 1)
    barrier = threading.Barrier(8)
    outcomes = []

    def work(value):
        barrier.wait()
        try:
            insert(commits, value)
            outcomes.append("kept")
        except Exception as failure:
            outcomes.append(type(failure).__name__)

    threads = [threading.Thread(target=work, args=(value,)) for value in (1, 1, 2, 3, 4, 5, 6, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["IntegrityError"] * 2 + ["kept"] * 6
    assert values(tmp_path) == {1, 2, 3, 4, 5, 6, 7}


def test_threads_that_wait_together_share_a_commit(commits):
    """The point of it all: far fewer commits than transactions once several threads write."""
    counted = []
    original = commits._commit
    commits._commit = lambda group: (counted.append(group.members), original(group))[1]
    release = threading.Event()

    def hold():
        with commits.transaction() as connection:
            connection.execute(text("insert into n values (1000)"))
            release.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    while commits._owner is None:
        pass
    threads = [threading.Thread(target=insert, args=(commits, value)) for value in range(10)]
    for thread in threads:
        thread.start()
    while commits._waiting < 10:
        pass
    release.set()
    for thread in (holder, *threads):
        thread.join()
    assert sum(counted) == 11
    assert len(counted) <= 4


def test_a_failed_commit_is_told_to_every_member_of_its_group(commits, tmp_path):
    original = commits._driver

    def refuse(statement):
        if statement == "COMMIT":
            raise OSError("disk full")
        original(statement)

    commits._driver = refuse
    with pytest.raises(TransientError, match="disk full"):
        insert(commits, 5)
    commits._driver = original
    insert(commits, 6)
    assert values(tmp_path) == {6}


def test_a_transaction_inside_a_transaction_is_refused_rather_than_waited_for(commits):
    with commits.transaction(), pytest.raises(RuntimeError, match="inside"), commits.transaction():
        pass


def test_transactions_of_one_thread_are_durable_together_when_the_block_is_left(commits, tmp_path, monkeypatch):
    monkeypatch.setattr(group_commit, "LEFT_OPEN_SECONDS", 60)
    with commits.together():
        insert(commits, 1)
        insert(commits, 2)
        assert values(tmp_path) == set()
    assert values(tmp_path) == {1, 2}


def test_what_must_be_durable_at_once_takes_along_what_was_done_before(commits, tmp_path, monkeypatch):
    monkeypatch.setattr(group_commit, "LEFT_OPEN_SECONDS", 60)
    with commits.together():
        insert(commits, 1)
        with commits.transaction(at_once=True) as connection:
            connection.execute(text("insert into n values (2)"))
        assert values(tmp_path) == {1, 2}


def test_one_that_raises_among_those_together_is_undone_alone(commits, tmp_path):
    with commits.together():
        insert(commits, 1)
        with pytest.raises(ZeroDivisionError):
            fail_after(commits, 2)
        insert(commits, 3)
    assert values(tmp_path) == {1, 3}


def test_a_group_that_was_left_open_ends_though_its_thread_is_long_at_work(commits, tmp_path):
    with commits.together():
        insert(commits, 1)
        until = time.monotonic() + 10
        while values(tmp_path) != {1} and time.monotonic() < until:
            time.sleep(0.005)
        assert values(tmp_path) == {1}
        insert(commits, 2)
    assert values(tmp_path) == {1, 2}


def test_a_failed_commit_is_told_where_those_together_are_awaited(commits, tmp_path, monkeypatch):
    monkeypatch.setattr(group_commit, "LEFT_OPEN_SECONDS", 60)
    original = commits._driver

    def refuse(statement):
        if statement == "COMMIT":
            raise OSError("disk full")
        original(statement)

    def together():
        with commits.together():
            insert(commits, 1)
            insert(commits, 2)

    commits._driver = refuse
    with pytest.raises(TransientError, match="disk full"):
        together()
    commits._driver = original
    insert(commits, 3)
    assert values(tmp_path) == {3}


def test_together_inside_together_is_refused(commits):
    with commits.together(), pytest.raises(RuntimeError, match="inside"), commits.together():
        pass
