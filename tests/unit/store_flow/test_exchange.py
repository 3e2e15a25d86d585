"""PostgreSQL: what nobody needs an answer to waits for what somebody does, and nothing else is different."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from hub.errors import HubError, TransientError
from hub.store.database import Database
from hub.store.exchange import exchange_of
from hub.store.jobs import LeaseLost
from hub.store.joined_rows import MOST_ROWS
from hub.store.locks import lock
from hub.store.statements import Prepared, insert_row, one_of_ids, write_row
from hub.store.tables import control_number, order_history

COUNT = Prepared(select(order_history.c.reason).order_by(order_history.c.id))
VALUE = Prepared(select(control_number.c.value).where(control_number.c.scope == bindparam("wanted")))


@pytest.fixture(scope="module")
def url(postgres):
    made = postgres.fresh()
    yield made
    postgres.drop(made)


@pytest.fixture
def shared(url, tmp_path):
    opened = Database(url=url, blobs=tmp_path / "payloads")
    yield opened
    with opened.transaction() as tx:
        for name in ("order_history", "control_number", "job"):
            tx.connection.execute(text(f"delete from {name}"))
    opened.close()


def write(tx, name, reason="r"):
    insert_row(tx.connection, order_history, {"id": name, "order_id": "o", "at": 1, "to_status": 3, "reason": reason})


def reasons(database):
    with database.read() as view:
        return COUNT.scalars(view.connection, {})


def exchanges(monkeypatch, connection):
    exchange = exchange_of(connection)
    counted, really = [], exchange._put
    monkeypatch.setattr(exchange, "_put", lambda statements: counted.append(len(statements)) or really(statements))
    return counted


def test_writes_go_with_the_question_after_them_or_with_the_commit(shared, monkeypatch):
    with shared.transaction() as tx:
        counted = exchanges(monkeypatch, tx.connection)
        write(tx, "a")
        write(tx, "b")
        assert counted == []
        assert COUNT.scalars(tx.connection, {}) == ["r", "r"]
        assert counted == [3], "BEGIN, two rows and the question"
        write(tx, "c")
    assert counted == [3, 2], "the write and COMMIT"
    assert len(reasons(shared)) == 3


@pytest.mark.parametrize("rows", [2, 7, 8, 9, 16, 23])
def test_rows_beside_one_another_go_in_few_statements(shared, monkeypatch, rows):
    with shared.transaction() as tx:
        counted = exchanges(monkeypatch, tx.connection)
        for place in range(rows):
            write(tx, f"{place:02}", reason=f"r{place}")
            insert_row(tx.connection, control_number, {"scope": f"s{place}", "value": place})
    assert counted == [2 + 2 * -(-rows // MOST_ROWS)], "BEGIN, the rows of two tables and COMMIT"
    assert reasons(shared) == [f"r{place}" for place in range(rows)]
    with shared.read() as view:
        assert [VALUE.scalar(view.connection, {"wanted": f"s{place}"}) for place in range(rows)] == list(range(rows))


def test_no_row_passes_a_statement_that_is_none(shared):
    with shared.transaction() as tx:
        write(tx, "a", reason="old")
        write_row(tx.connection, order_history, "a", {"reason": "new"})
        write_row(tx.connection, order_history, "b", {"reason": "never"})
        write(tx, "b", reason="as it was written")
    assert reasons(shared) == ["new", "as it was written"]


def test_what_is_asked_ahead_is_answered_in_one_exchange_each_as_often_as_it_was_asked(shared, monkeypatch):
    with shared.transaction() as tx:
        counted = exchanges(monkeypatch, tx.connection)
        for name in ("s", "t", "s"):
            VALUE.ahead(tx.connection, {"wanted": name})
        insert_row(tx.connection, control_number, {"scope": "s", "value": 1})
        assert [VALUE.scalar(tx.connection, {"wanted": name}) for name in ("t", "s", "s")] == [None, None, None]
        assert counted == [5], "BEGIN, three questions and the row"
        assert VALUE.scalar(tx.connection, {"wanted": "s"}) == 1, "asked once more, looked up once more"
        VALUE.ahead(tx.connection, {"wanted": "s"})
    with shared.transaction() as tx:
        write_row_of_number(tx, "s", 2)
        assert VALUE.scalar(tx.connection, {"wanted": "s"}) == 2, "nothing is known of another transaction's answers"


def test_a_list_among_the_values_is_as_good_a_question_as_any(shared):
    of_ids = Prepared(select(order_history.c.reason).where(one_of_ids(order_history.c.id, "ids")))
    with shared.transaction() as tx:
        write(tx, "a")
        VALUE.ahead(tx.connection, {"wanted": "s"})
        assert of_ids.scalars(tx.connection, {"ids": ["a", "b"]}) == ["r"]
        of_ids.ahead(tx.connection, {"ids": ["a"]})
        assert of_ids.scalars(tx.connection, {"ids": ["a"]}) == ["r"]


def test_after_a_failure_nothing_asked_ahead_is_waited_for(shared):
    def ask_twice():
        with shared.transaction() as tx:
            write(tx, "a")
            write(tx, "a")
            VALUE.ahead(tx.connection, {"wanted": "s"})
            for _ in range(2):
                with pytest.raises((IntegrityError, DBAPIError)):
                    VALUE.scalar(tx.connection, {"wanted": "s"})

    with pytest.raises(DBAPIError):
        ask_twice()
    assert reasons(shared) == []


def write_row_of_number(tx, scope, value):
    tx.connection.execute(text(f"update control_number set value = {value} where scope = '{scope}'"))


def test_whoever_is_told_before_the_commit_may_write_to_the_trail_and_refuse(shared):
    def told(rows):
        tx.audit.suspended("acme/out", turn="suspended", until=None, error={"rows": str(len(rows))})

    with shared.transaction() as tx:
        COUNT.rows_later(tx.connection, {}, told)
        write(tx, "a")
    with shared.read() as view:
        found = view.connection.execute(text("select detail from audit_event where subject = 'acme/out'")).scalars().all()
    assert len(found) == 1

    def refuse(_rows):
        raise LeaseLost("no longer ours")

    def go_on():
        with shared.transaction() as tx:
            write(tx, "b")
            COUNT.rows_later(tx.connection, {}, refuse)

    with pytest.raises(LeaseLost):
        go_on()
    assert reasons(shared) == ["r"]


def test_a_key_is_locked_once_in_each_transaction(shared, monkeypatch):
    for _ in range(2):
        with shared.transaction() as tx:
            counted = exchanges(monkeypatch, tx.connection)
            lock(tx.connection, "one")
            lock(tx.connection, "one")
            lock(tx.connection, "other")
            held = tx.connection.execute(
                text("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")
            )
            assert held.scalar() == 2
            assert counted == [3], "BEGIN and two locks"
    with suppress(ZeroDivisionError), shared.transaction() as tx:
        lock(tx.connection, "one")
        COUNT.scalars(tx.connection, {})
        raise ZeroDivisionError
    with shared.transaction() as tx:
        lock(tx.connection, "one")
        held = tx.connection.execute(
            text("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")
        )
        assert held.scalar() == 1, "what was undone gave its locks back"


def test_a_transaction_without_a_statement_says_nothing(shared, monkeypatch):
    with shared.transaction() as tx:
        counted = exchanges(monkeypatch, tx.connection)
    assert counted == []


def test_what_is_said_otherwise_comes_after_what_waits(shared):
    with shared.transaction() as tx:
        write(tx, "a")
        assert tx.connection.execute(text("select count(*) from order_history")).scalar() == 1
        tx.connection.execute(text("delete from order_history"))
        write(tx, "b")
    assert len(reasons(shared)) == 1


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_write_that_fails_is_told_before_the_commit_and_all_is_undone(shared, is_asked):
    def twice():
        with shared.transaction() as tx:
            write(tx, "a")
            write(tx, "a", reason="a secret value")
            if is_asked:
                COUNT.scalars(tx.connection, {})

    with pytest.raises(IntegrityError, match="INSERT INTO order_history") as failed:
        twice()
    assert "a secret value" not in str(failed.value)
    assert reasons(shared) == []


def test_a_demand_that_is_not_met_stops_the_commit(shared):
    with shared.transaction() as tx:
        tx.jobs.add("process", "message", "m")
    with shared.transaction() as tx:
        (job,) = tx.jobs.claim("process", "me", limit=1)
    with shared.transaction() as tx:
        tx.jobs.sweep(keep_owner="nobody")

    def finish():
        with shared.transaction() as tx:
            tx.jobs.finish(job)
            write(tx, "a")

    with pytest.raises(LeaseLost):
        finish()
    assert reasons(shared) == []


def test_a_demand_that_is_not_met_stops_the_commit_though_somebody_took_it_for_an_answer_to_something_else(shared):
    def go_on():
        with shared.transaction() as tx:
            tx.documents.demand_unsettled("doc-none")
            write(tx, "a")
            with suppress(HubError):
                tx.payload("msg-removed")

    with pytest.raises(LeaseLost):
        go_on()
    assert reasons(shared) == []
    with shared.transaction() as tx:
        write(tx, "a")
    assert reasons(shared) == ["r"]


def test_of_connections_that_ended_together_one_is_told(shared):
    gate = threading.Barrier(6)

    def look():
        with shared.read() as view:
            VALUE.rows(view.connection, {"wanted": "s"})
            gate.wait(10)

    def work():
        with shared.together(), shared.transaction() as tx:
            VALUE.rows(tx.connection, {"wanted": "s"})
            gate.wait(10)

    for each in (look, work):
        threads = [threading.Thread(target=each) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    with shared.transaction() as tx:
        tx.connection.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()"
            )
        )
    time.sleep(0.1)
    failed = 0
    for _ in range(20):
        try:
            with shared.together(), shared.transaction() as tx:
                tx.numbers.take("s")
            reasons(shared)
        except TransientError:
            failed += 1
    assert failed <= 1


def test_statements_stay_prepared_whatever_is_undone(shared):
    def prepared(tx):
        found = tx.connection.execute(text("select name from pg_prepared_statements where statement like '%order_history%'"))
        return set(found.scalars())

    def fail(*, hard):
        with shared.transaction() as tx:
            write(tx, "a")
            COUNT.scalars(tx.connection, {})
            write(tx, "a" if hard else "b")
            COUNT.scalars(tx.connection, {})
            raise ZeroDivisionError

    with shared.transaction() as tx:
        COUNT.scalars(tx.connection, {})
        write(tx, "first")
    with shared.transaction() as tx:
        before = prepared(tx)
    assert len(before) == 2
    with pytest.raises(ZeroDivisionError):
        fail(hard=False)
    with pytest.raises(IntegrityError):
        fail(hard=True)
    reasons(shared)
    with shared.transaction() as tx:
        assert prepared(tx) == before
    assert len(reasons(shared)) == 1


@pytest.mark.parametrize("value", ["", "100 % of %(it)s", "Grüße 漢字 🎈", "a\\b'c\"d\n\t", "$1 :x"])
def test_any_text_comes_back_as_it_was(shared, value):
    with shared.transaction() as tx:
        write(tx, "a", reason=value)
    assert reasons(shared) == [value]


def test_text_that_postgresql_cannot_hold_is_refused_not_cut(shared):
    def store():
        with shared.transaction() as tx:
            write(tx, "a", reason="be\x00fore")

    with pytest.raises(DataError):
        store()
    assert reasons(shared) == []


def test_more_writes_than_may_wait_are_written(shared):
    with shared.transaction() as tx:
        for place in range(1001):
            write(tx, f"{place:05}", reason="x" * 3000)
    assert len(reasons(shared)) == 1001


def test_a_connection_that_ends_is_told_and_replaced(shared):
    def end():
        with shared.transaction() as tx:
            pid = tx.connection.exec_driver_sql("select pg_backend_pid()").scalar()
            with shared.transaction() as other:
                other.connection.exec_driver_sql(f"select pg_terminate_backend({pid})")
            time.sleep(0.1)
            write(tx, "a")
            VALUE.rows(tx.connection, {"wanted": "s"})

    with pytest.raises(TransientError):
        end()
    assert reasons(shared) == []


def test_others_work_while_one_waits_for_a_lock(shared):
    taken, given = threading.Event(), threading.Event()

    def hold():
        with shared.transaction() as tx:
            tx.numbers.take("s")
            taken.set()
            given.wait(10)

    def wait():
        with shared.transaction() as tx:
            tx.numbers.take("s")

    threads = [threading.Thread(target=hold), threading.Thread(target=wait)]
    threads[0].start()
    assert taken.wait(10)
    threads[1].start()
    time.sleep(0.2)
    given.set()
    for thread in threads:
        thread.join(10)
    with shared.read() as view:
        assert VALUE.scalar(view.connection, {"wanted": "s"}) == 2
