"""PostgreSQL: what commits inside `together` waits for the disk at its end, and nobody outside sees what may still be lost."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from hub.errors import TransientError
from hub.store.database import Database
from hub.testing.servers import postgres_cluster


@pytest.fixture(scope="module")
def cluster():
    with postgres_cluster() as started:
        with psycopg.connect(started.url, autocommit=True) as admin:
            # nobody but who waits for it has the log written
            admin.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
            admin.execute("ALTER SYSTEM SET wal_writer_flush_after = '1GB'")
            admin.execute("ALTER SYSTEM SET autovacuum = off")
            admin.execute("SELECT pg_reload_conf()")
        yield started


@pytest.fixture
def shared(cluster, tmp_path):
    opened = Database(url=cluster.url, blobs=tmp_path / "payloads")
    yield opened
    opened.close()


@pytest.fixture
def watch(cluster):
    """What an administrator sees: where the log stands, and what of it is on the disk."""
    with psycopg.connect(cluster.url, autocommit=True) as admin:
        yield admin


def end(admin):
    """Where the log ends by now."""
    return admin.execute("SELECT pg_current_wal_insert_lsn()").fetchone()[0]


def is_on_disk(admin, place):
    return admin.execute("SELECT pg_current_wal_flush_lsn() >= %s::pg_lsn", (place,)).fetchone()[0]


def number(database, name, **how):
    with database.transaction(**how) as tx:
        return tx.numbers.take(name)


def test_transactions_together_commit_at_once_and_are_on_the_disk_when_the_block_is_left(shared, watch):
    number(shared, "late")
    with shared.together():
        number(shared, "late")
        place = end(watch)
        assert not is_on_disk(watch, place), "the commit waited for the disk"
        assert watch.execute("SELECT value FROM control_number WHERE scope = 'late'").fetchone()[0] == 2
    assert is_on_disk(watch, place)


def test_one_at_once_is_on_the_disk_with_all_before_it(shared, watch):
    with shared.together():
        number(shared, "before")
        place = end(watch)
        assert not is_on_disk(watch, place)
        number(shared, "sent", at_once=True)
        assert is_on_disk(watch, place)
        number(shared, "after")
        assert not is_on_disk(watch, end(watch)), "the connection stayed slow"


@pytest.mark.parametrize("is_writing", [False, True])
def test_what_was_seen_from_outside_is_on_the_disk_when_the_look_is_left(shared, watch, is_writing):
    with shared.together():
        number(shared, "seen")
        place = end(watch)
        assert not is_on_disk(watch, place)
        look_from_outside(shared, is_writing=is_writing)
        assert is_on_disk(watch, place)


def test_what_a_block_saw_is_on_the_disk_when_it_is_left_though_it_wrote_nothing(shared, watch):
    def look():
        with shared.together(), shared.read() as view:
            view.jobs.depth()

    with shared.together():
        number(shared, "seen")
        place = end(watch)
        assert not is_on_disk(watch, place)
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert is_on_disk(watch, place)


def test_what_was_seen_by_a_transaction_that_found_nothing_to_write_is_on_the_disk_too(shared, watch):
    def claim():
        with shared.transaction() as tx:
            assert tx.jobs.claim("process", "me", limit=1, caps={}) == []
            tx.documents.set("doc-none", state="done")

    with shared.together():
        number(shared, "seen")
        place = end(watch)
        assert not is_on_disk(watch, place)
        thread = threading.Thread(target=claim)
        thread.start()
        thread.join()
        assert is_on_disk(watch, place)


def test_however_many_blocks_there_are_others_get_a_connection(shared):
    count = 30
    begun, over = threading.Barrier(count + 1), threading.Event()

    def work():
        with shared.together():
            number(shared, "many")
            begun.wait(10)
            over.wait(10)

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        begun.wait(10)
        with shared.read() as view:
            assert view.jobs.depth() == {}
    finally:
        over.set()
        for thread in threads:
            thread.join(10)
    assert number(shared, "many") == count + 1


def look_from_outside(database, *, is_writing):
    def look():
        with database.transaction() if is_writing else database.read() as view:
            view.jobs.depth()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()


def test_a_look_inside_sees_what_the_block_did_and_waits_for_nothing(shared, watch):
    with shared.together():
        number(shared, "inside")
        place = end(watch)
        with shared.read() as view:
            assert view.connection.exec_driver_sql("SELECT value FROM control_number WHERE scope = 'inside'").scalar() == 1
        assert not is_on_disk(watch, place)


def test_one_that_raises_is_undone_alone(shared):
    def fail():
        with shared.transaction() as tx:
            tx.numbers.take("alone")
            raise ZeroDivisionError

    with shared.together():
        assert number(shared, "alone") == 1
        with pytest.raises(ZeroDivisionError):
            fail()
        assert number(shared, "alone") == 2


def test_together_inside_together_is_refused(shared):
    with shared.together(), pytest.raises(RuntimeError, match="inside"), shared.together():
        pass


def test_a_connection_that_ends_inside_is_told_at_the_end_and_replaced(shared, cluster):
    def lose():
        with shared.together():
            number(shared, "ended")
            cluster.terminate_all()
            with pytest.raises(TransientError):
                number(shared, "ended")
            assert number(shared, "ended") == 2

    with pytest.raises(TransientError):
        lose()
    assert number(shared, "ended") == 3


def test_when_the_server_dies_what_a_block_left_is_there_and_of_an_open_one_only_the_last_is_lost(cluster, tmp_path):
    database = Database(url=cluster.url, blobs=tmp_path / "payloads")

    def die():
        with database.together():
            for place in range(30):
                number(database, f"open {place}")
            cluster.kill()

    try:
        with database.together():
            for place in range(30):
                number(database, f"left {place}")
        with pytest.raises(TransientError):
            die()
    finally:
        database.close()
    cluster.again()
    assert found(cluster, "left") == list(range(30))
    there = found(cluster, "open")
    assert there == list(range(len(there)))
    assert len(there) < 30, "nothing was late"


def found(cluster, name):
    until = time.monotonic() + 20
    while True:
        try:
            with psycopg.connect(cluster.url) as admin:
                rows = admin.execute("SELECT scope FROM control_number WHERE scope LIKE %s", (f"{name} %",)).fetchall()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
            continue
        return sorted(int(scope.split()[1]) for (scope,) in rows)
