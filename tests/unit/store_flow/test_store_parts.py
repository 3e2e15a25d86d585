"""Control numbers, large payloads, idempotency, keys, events, migrations: each small promise of the store."""

from __future__ import annotations

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from hub.errors import Conflict, NotFound, Refused
from hub.store.blobs import DamagedPayload
from hub.store.database import Database
from hub.store.engine import has_wal_reset_bug
from hub.store.events import sequence_events
from hub.store.messages import Body, body_of
from hub.store.migrate import HEAD, TooNew, present_revision, upgrade
from hub.store.order_resources import list_events
from hub.store.process_lock import ProcessLock
from hub.store.tables import message, metadata


def take(database, scope="s", **bounds):
    with database.transaction() as tx:
        return tx.numbers.take(scope, **bounds)


def test_control_numbers_count_from_the_first_and_come_round_after_the_last(database):
    assert [take(database, first=5, last=7) for _ in range(5)] == [5, 6, 7, 5, 6]


def test_each_scope_has_its_own_count(database):
    assert (take(database, "a"), take(database, "b"), take(database, "a")) == (1, 1, 2)


def test_a_transaction_that_is_undone_uses_no_number(database):
    assert take(database) == 1
    with pytest.raises(ZeroDivisionError):
        take_and_fail(database)
    assert take(database) == 2


def take_and_fail(database):
    with database.transaction() as tx:
        tx.numbers.take("s")
        raise ZeroDivisionError


def test_many_threads_get_every_number_once(database):
    taken = []

    def work():
        taken.extend(take(database) for _ in range(15))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 61))


def test_a_count_can_go_on_from_an_older_system(database):
    with database.transaction() as tx:
        tx.numbers.raise_to("s", 41_000)
        tx.numbers.raise_to("s", 12)
    assert take(database) == 41_001


def test_a_payload_of_more_than_256_kib_lies_in_a_file_named_by_its_hash(database):
    small, large = body_of(b"x" * 262_144, database.blobs), body_of(b"x" * 262_145, database.blobs)
    assert small.in_row is not None
    assert large.in_row is None
    assert database.blobs.get(large.sha256) == b"x" * 262_145
    assert not list(database.blobs.file(large.sha256).parent.glob("*.part"))


def test_the_same_large_payload_twice_is_one_file(database):
    first, second = body_of(b"y" * 300_000, database.blobs), body_of(b"y" * 300_000, database.blobs)
    assert first.sha256 == second.sha256
    assert len(list(database.blobs.file(first.sha256).parent.iterdir())) == 1


def test_stored_bytes_that_changed_are_never_handed_out(database):
    large = body_of(b"z" * 300_000, database.blobs)
    database.blobs.file(large.sha256).write_bytes(b"other")
    with pytest.raises(DamagedPayload, match="other bytes"):
        database.blobs.get(large.sha256)
    with database.transaction() as tx:
        stored = tx.messages.put_out({"connection": "c"}, body_of(b"small", database.blobs))
    with database.transaction() as tx:
        tx.connection.execute(update(message).values(payload=b"changed"))
    with database.read() as view, pytest.raises(DamagedPayload):
        view.payload(stored)


def test_a_download_is_moved_into_the_store_without_being_read_into_memory(database, tmp_path):
    file = tmp_path / "download"
    file.write_bytes(b"w" * 400_000)
    body = body_of(b"", database.blobs, file=file)
    assert (body.size, body.in_row, file.exists()) == (400_000, None, False)
    assert database.blobs.get(body.sha256) == b"w" * 400_000


def begin(database, key="k", body="b", route="r"):
    with database.transaction() as tx:
        return tx.idempotency.begin("client", route, key, body)


def test_the_first_request_reserves_its_key_and_the_second_waits_for_its_answer(database):
    assert begin(database) is None
    with pytest.raises(Conflict) as still:
        begin(database)
    assert still.value.code == "HUB-409"
    with database.transaction() as tx:
        tx.idempotency.finish("client", "r", "k", status=201, response=b"made")
    again = begin(database)
    assert (again.status, again.response) == (201, b"made")


def test_the_same_key_with_another_body_is_a_conflict_and_on_another_route_its_own(database):
    begin(database)
    with pytest.raises(Conflict) as other:
        begin(database, body="c")
    assert other.value.code == "HUB-422"
    assert begin(database, route="q") is None


def test_a_key_whose_request_died_is_free_again_after_a_minute(database, clock):
    begin(database)
    clock.forward(seconds=61)
    assert begin(database) is None


def test_an_api_key_is_shown_once_and_known_by_its_hash(database, clock):
    with database.transaction() as tx:
        made = tx.keys.create("erp", ("orders:read",), expires_at=tx.now + 10_000_000)
    with database.read() as view:
        found = view.keys.find(made)
        assert found.may("orders:read")
        assert not found.may("orders:write")
        assert view.keys.find(made + "x") is None
        assert view.keys.find(made.partition(".")[0] + ".") is None
        assert view.keys.find("nobody.secret") is None
        secret = made.partition(".")[2]
        dump = [str(row) for row in view.connection.execute(text("select * from api_key"))]
    assert not any(secret in row for row in dump)
    clock.forward(seconds=11)
    with database.read() as view:
        assert view.keys.find(made) is None


def test_a_revoked_key_opens_nothing_and_an_unknown_scope_is_refused(database):
    with database.transaction() as tx:
        made = tx.keys.create("erp", ("admin",))
    with database.transaction() as tx:
        tx.keys.revoke("erp")
    with database.read() as view:
        assert view.keys.find(made) is None
    with database.transaction() as tx, pytest.raises(NotFound):
        tx.keys.revoke("erp")
    with database.transaction() as tx, pytest.raises(Refused):
        tx.keys.create("erp", ("orders:everything",))


def tell(database, name):
    with database.transaction() as tx:
        tx.events.tell(name, test=False, data={})


def sequence(database, after=""):
    with database.transaction() as tx:
        return sequence_events(tx.connection, after=after)[0]


def test_a_reader_that_resumes_from_any_cursor_misses_and_repeats_nothing(database):
    for name in "abc":
        tell(database, name)
    sequence(database)
    tell(database, "d")
    sequence(database)
    with database.read() as view:
        items = list_events(view.connection).items
        assert [each["type"] for each in items] == list("abcd")
        for place, each in enumerate(items):
            rest = list_events(view.connection, after=each["cursor"]).items
            assert [later["type"] for later in rest] == list("abcd")[place + 1 :]


def test_an_event_that_commits_late_comes_after_those_already_read(postgres, tmp_path):
    """Two transactions overlap: the earlier one commits last. Its event must not slip in behind a reader's cursor."""
    address = postgres.fresh()
    database = Database(url=address, blobs=tmp_path / "blobs")
    slow_began, may_end = threading.Event(), threading.Event()

    def slow():
        with database.transaction() as tx:
            tx.events.tell("early but slow", test=False, data={})
            tx.events.flush()
            slow_began.set()
            may_end.wait()

    thread = threading.Thread(target=slow)
    thread.start()
    slow_began.wait()
    tell(database, "late but quick")
    sequence(database)
    with database.read() as view:
        first = list_events(view.connection).items
    may_end.set()
    thread.join()
    sequence(database)
    with database.read() as view:
        rest = list_events(view.connection, after=first[-1]["cursor"]).items
    assert [each["type"] for each in first] == ["late but quick"]
    assert [each["type"] for each in rest] == ["early but slow"]
    database.close()
    postgres.drop(address)


def test_those_of_one_order_are_told_in_their_order_though_only_the_newest_are_looked_for(postgres, tmp_path):
    address = postgres.fresh()
    database = Database(url=address, blobs=tmp_path / "blobs")

    def tell_of(order, *names):
        with database.transaction() as tx:
            for name in names:
                tx.events.tell(name, order=order, test=False, data={})

    tell_of("o1", "first", "second")
    tell_of("o2", "of another order")
    tell_of(None, "of none")
    border = database.new_id("evt")
    tell_of("o1", "third")
    tell_of("o3", "new")
    assert sequence(database, after=border) == 2
    with database.read() as view:
        assert [each["type"] for each in list_events(view.connection).items] == ["first", "second", "third", "new"]
    assert sequence(database, after=border) == 0
    assert sequence(database) == 2
    with database.read() as view:
        cursors = view.connection.execute(text("select cursor from event order by cursor")).scalars().all()
    assert cursors == list(range(1, 7))
    database.close()
    postgres.drop(address)


def test_the_migrations_make_exactly_the_tables_of_the_program(database):
    with database.read() as view:
        context = MigrationContext.configure(view.connection)
        assert compare_metadata(context, metadata) == []


def test_a_migration_that_ran_is_not_run_again_and_a_newer_database_is_refused(database):
    assert present_revision(database._write_engine) == HEAD
    upgrade(database._write_engine)
    with database.transaction() as tx:
        tx.connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(TooNew):
        Database(url=database.url, blobs=database.blobs._folder)


def test_reading_can_write_nothing(database):
    with pytest.raises(Exception, match=r"(?i)read.?only|query_only"):
        write_while_reading(database)


def write_while_reading(database):
    with database.read() as view:
        view.messages.put_out({"connection": "c"}, Body(sha256="0", size=1, in_row=b"x"))


def test_a_driver_s_refusal_arrives_as_sqlalchemy_says_it_and_without_values(database):
    with pytest.raises(IntegrityError) as refused:
        insert_twice(database)
    assert "canary-value" not in str(refused.value.params)


def insert_twice(database):
    with database.transaction() as tx:
        for _ in range(2):
            row = {"connection": "c", "dedupe_key": "canary-value"}
            tx.messages.put_out(row, Body(sha256="0", size=1, in_row=b"x"))


def test_two_hubs_do_not_share_an_embedded_store(tmp_path):
    first, second = ProcessLock(tmp_path / "hub.lock"), ProcessLock(tmp_path / "hub.lock")
    first.acquire()
    with pytest.raises(Refused, match="another edihub"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


@pytest.mark.parametrize(
    ("version", "has_bug"),
    [((3, 40, 1), True), ((3, 51, 2), True), ((3, 51, 3), False), ((3, 50, 7), False), ((3, 50, 6), True), ((3, 53, 4), False)],
)
def test_a_sqlite_that_can_lose_commits_is_known_by_its_version(version, has_bug):
    assert has_wal_reset_bug(version) is has_bug
