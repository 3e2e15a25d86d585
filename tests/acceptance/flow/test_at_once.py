"""An order or an acknowledgment that is alone in its file takes both steps in one transaction, and leaves behind what the two would have left."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter

import pytest
from sqlalchemy import select

from hub.bootstrap import open_hub
from hub.flow import at_once, process_many
from hub.flow import run as run_module
from hub.flow.orders.act import carry_out, prepare_act
from hub.flow.process import process
from hub.ports import InboundDocument
from hub.store.documents import Documents
from hub.store.instants import from_micros
from hub.store.numbers import Numbers
from hub.store.tables import metadata, orders
from hub.testing.flow_site import FarSide, interchange, order_850, write_site
from hub.worker.drain import drain

RESPONSE = "  - send: x12/004010/855\n    triggered_by: [received, confirmed]"
LEFT_OUT = {"audit_seal", "alembic_version", "control_number", "clock_mark"}
OF_OUR_NUMBER = {"digest", "sha256", "content_sha256"}
"""Hashes of what contains the number of a response of ours, which is made of its document's id."""
OUR_NUMBER = re.compile(r"OR0[0-9A-F]{11,13}(-\d+)?")
AN_ID = re.compile(r"\b(msg|doc|ord|ich|job|evt|aud|hist|[a-z]{2,5})_[0-9a-f]{22}\b")


def answer(verdict="A", *, control=7, group=None, broken=(b"", b"")):
    """The 997 of a partner who got what we sent last: accepted, rejected, of a group that never was, or broken itself."""

    def made(far_side):
        sent = [each.split("*") for each in far_side.received[-1].payload.decode().split("~")]
        header = next(each for each in sent if each[0] == "GS")
        message = next(each for each in sent if each[0] == "ST")
        body = [f"AK1*{header[1]}*{group or header[6]}", f"AK2*{message[1]}*{message[2]}", f"AK5*{verdict}"]
        wire = interchange([[*body, f"AK9*{verdict}*1*1*{int(verdict == 'A')}"]], control=control, type_="997")
        assert broken[0] in wire
        return wire.replace(*broken)

    return made


def asking(wire):
    """The interchange with ISA14 at 1: it asks for a TA1."""
    assert b"*0*P*>" in wire
    return wire.replace(b"*0*P*>", b"*1*P*>")


STORIES = {
    "an order": [interchange([order_850()])],
    "one of test traffic": [interchange([order_850()], test="T")],
    "the same interchange again": [interchange([order_850()])] * 2,
    "its number with another order": [interchange([order_850()]), interchange([order_850("OTHER")])],
    "the same order under another number": [interchange([order_850()]), interchange([order_850()], control=2)],
    "its number with other content": [interchange([order_850()]), interchange([order_850(quantity="12")], control=2)],
    "a replacement": [interchange([order_850()]), interchange([order_850(purpose="05", quantity="12")], control=2)],
    "a cancellation": [interchange([order_850()]), interchange([order_850(purpose="01")], control=2)],
    "a copy": [interchange([order_850()]), interchange([order_850(purpose="07")], control=2)],
    "a unit in no table": [interchange([order_850(unit="ZY")])],
    "a wrong count": [interchange([order_850()]).replace(b"CTT*2", b"CTT*3")],
    "a broken segment": [interchange([order_850()]).replace(b"BEG*00*SA", b"BEG*00*")],
    "no number": [interchange([order_850("")])],
    "an unknown sender": [interchange([order_850()], between=("NOBODY", "EDIHUB"))],
    "it is acknowledged": [interchange([order_850()]), answer()],
    "its answer is rejected": [interchange([order_850()]), answer("R")],
    "it is acknowledged twice": [interchange([order_850()]), answer(), answer(control=8)],
    "it is acknowledged and then rejected": [interchange([order_850()]), answer(), answer("R", control=8)],
    "what we never sent is acknowledged": [interchange([order_850()]), answer(group="999")],
    "an acknowledgment in a group of another number": [interchange([order_850()]), answer(broken=(b"GE*1*7~", b"GE*1*99999~"))],
    "an acknowledgment in a group of another count": [interchange([order_850()]), answer(broken=(b"GE*1*7~", b"GE*2*7~"))],
    "an order in a group of another count": [interchange([order_850()]).replace(b"GE*1*1~", b"GE*2*1~")],
    "an order that asks for a TA1": [asking(interchange([order_850()])), asking(interchange([order_850("B")], control=2))],
    "an acknowledgment that asks for a TA1": [interchange([order_850()]), lambda far_side: asking(answer()(far_side))],
    "an order with its errors noted": [interchange([order_850()]).replace(b"BEG*00*SA*", b"BEG*00*SA*X")],
    "two in one file": [interchange([order_850("A"), order_850("B")])],
}


@pytest.fixture(params=["sqlite", "postgres"])
def play(request, tmp_path, clock):
    """Runs a story on a site and a database of its own; the hub it leaves, and what the far side has."""
    opened, made = [], []
    postgres = request.getfixturevalue("postgres") if request.param == "postgres" else None

    def run(name, arrivals, *, confirm="automatic", together=False):
        site = write_site(tmp_path / name, confirm=confirm, agreements=RESPONSE)
        if postgres is not None:
            made.append(postgres.fresh())
        hub = open_hub(site, clock=lambda: from_micros(clock()), **({"database_url": made[-1]} if made else {}))
        far_side = FarSide()
        hub.build_connector = lambda _name: far_side
        opened.append(hub)
        for number, arrival in enumerate(arrivals):
            payload = arrival(far_side) if callable(arrival) else arrival
            document = InboundDocument(
                payload=payload, idempotency_key=f"arrival-{number}", received_at=hub.now(), name=f"{number}.x12"
            )
            hub.accept(document, connection="acme/main")
            if not together:
                drain(hub)
        drain(hub)
        return hub, far_side

    yield run
    for hub in opened:
        hub.stop()
    for url in made:
        postgres.drop(url)


def rows_of(hub):
    """Every row, its ids replaced by what they stand for; how many there are of each."""
    with hub.read() as view:
        tables = {
            table.name: [dict(row._mapping) for row in view.connection.execute(select(table))]
            for table in metadata.sorted_tables
            if table.name not in LEFT_OUT
        }
    names = {}
    for row in tables["message"]:
        names[row["id"]] = f"message {row['direction']} {row['transport_id']} {row['evidence']}"
    for row in tables["document"]:
        names[row["id"]] = f"document {row['direction']} {row['type']} {row['interchange_number']} {row['control_number']}"
    for row in tables["orders"]:
        names[row["id"]] = f"order {row['number']}"

    def said(value):
        text = bytes(value).decode("latin-1") if isinstance(value, (bytes, memoryview)) else str(value)
        text = AN_ID.sub(lambda found: names.get(found[0], found[1]), text)
        return re.sub(r"[0-9a-f]{64}", "a hash", OUR_NUMBER.sub("OUR NUMBER", text))

    return Counter(
        json.dumps([table, {name: said(value) for name, value in row.items() if name not in OF_OUR_NUMBER}], sort_keys=True)
        for table, rows in tables.items()
        for row in rows
    )


@pytest.mark.parametrize("confirm", ["automatic", "manual"])
@pytest.mark.parametrize("story", STORIES)
def test_the_short_way_leaves_what_the_long_way_leaves(story, confirm, play, monkeypatch):
    short, there = play("short", STORIES[story], confirm=confirm)
    monkeypatch.setattr(process_many, "_foresee", lambda *_arguments: {})
    long, also_there = play("long", STORIES[story], confirm=confirm)
    ours, theirs = rows_of(short), rows_of(long)
    assert (sorted(ours - theirs), sorted(theirs - ours)) == ([], [])
    assert sent_by(there) == sent_by(also_there)


@pytest.mark.parametrize("story", [name for name, arrivals in STORIES.items() if not any(map(callable, arrivals))])
def test_files_read_together_leave_what_they_leave_one_after_the_other(story, play, monkeypatch):
    many = [*STORIES[story], interchange([order_850("C"), order_850("D")], control=8), interchange([order_850("E")], control=9)]
    many.append(interchange([order_850("C", purpose="05", quantity="12")], control=10))
    short, there = play("short", many, together=True)
    monkeypatch.setattr(process_many, "_foresee", lambda *_arguments: {})
    long, also_there = play("long", many, together=True)
    ours, theirs = rows_of(short), rows_of(long)
    assert (sorted(ours - theirs), sorted(theirs - ours)) == ([], [])
    assert sent_by(there) == sent_by(also_there)


def test_files_that_are_read_together_are_told_apart(bench):
    """What is no file of a kind we know, what needs a person and what is long stand among others, which go on."""
    kept = [bench.accept(payload).message_id for payload in (
        interchange([order_850("A")]),
        b"no file of any kind",
        interchange([order_850("B", unit="ZY")], control=2),
        interchange([order_850("C", lines=1500)], control=3),
        interchange([order_850("D")], control=4),
    )]  # fmt: skip
    bench.drain()
    assert [bench.message(each).state for each in kept] == ["done", "held", "held", "done", "done"]
    assert sorted(each["number"] for each in bench.orders()) == ["A", "C", "D"]


def sent_by(far_side):
    """What a far side was sent, but for our own numbers."""
    return [OUR_NUMBER.sub("OUR NUMBER", each.payload.decode()) for each in far_side.received]


def long_ways(monkeypatch):
    """The messages that go the long way from now on, in a list that grows."""
    went = []
    original = run_module._STEPS["message"]

    def noted(job, hub):
        went.append(job.subject)
        original(job, hub)

    monkeypatch.setitem(run_module._STEPS, "message", noted)
    return went


def test_an_order_alone_takes_the_short_way_and_one_that_a_person_must_see_does_not(bench, monkeypatch):
    went = long_ways(monkeypatch)
    bench.take(interchange([order_850("A")]))
    assert went == []
    held = bench.take(interchange([order_850("B", unit="ZY")], control=2))
    repeated = bench.take(interchange([order_850("C")], control=1))
    two = bench.take(interchange([order_850("D"), order_850("E")], control=4))
    unknown = bench.take(interchange([["AK1*PO*999", "AK9*A*1*1*1"]], control=5, type_="997"))
    assert went == [held, repeated, two, unknown]


def test_an_acknowledgment_alone_takes_the_short_way(make, monkeypatch):
    bench = make(confirm="automatic", agreements=RESPONSE)
    bench.take(interchange([order_850()]))
    went = long_ways(monkeypatch)
    message = bench.take(answer()(bench.far_side))
    assert went == []
    assert bench.message(message).state == "done"
    (answered,) = [row for row in sent_documents(bench) if row.syntax == "ok"]
    assert answered.type == "855"


def sent_documents(bench):
    """What went out for the one order there is."""
    (order,) = bench.orders()
    with bench.hub.read() as view:
        return [row for row in view.documents.of_order(order["id"]) if row.direction == "out"]


def test_a_message_that_was_tried_before_takes_the_long_way(bench, monkeypatch):
    went = long_ways(monkeypatch)
    stored = bench.accept(interchange([order_850()]))
    with bench.hub.transaction() as tx:
        (job,) = tx.jobs.claim("process", "test", limit=1)
        tx.jobs.retry(job, due_at=tx.now, error="the machine stopped")
    bench.drain()
    assert went == [stored.message_id]
    assert bench.message(stored.message_id).state == "done"


@pytest.mark.parametrize("where", ["understand", "settle_document", "settle_message"])
def test_our_own_mistake_on_the_short_way_costs_nothing(where, bench, monkeypatch):
    def stumble(*_arguments, **_named):
        raise KeyError("a bug of ours")

    monkeypatch.setattr(at_once, where, stumble)
    message = bench.take(interchange([order_850()]))
    assert bench.message(message).state == "done"
    assert len(bench.orders()) == 1
    assert len(bench.sent()) == 1


def test_somebody_who_lost_the_lease_writes_nothing(bench):
    from hub.store.jobs import LeaseLost

    stored = bench.accept(interchange([order_850()]))
    with bench.hub.transaction() as tx:
        (job,) = tx.jobs.claim("process", "slow", limit=1)
    with bench.hub.transaction() as tx:
        tx.jobs.sweep(crash_limit=9, keep_owner="nobody")
    with pytest.raises(LeaseLost):
        by_either_way(job, bench.hub)
    assert bench.orders() == []
    assert bench.documents(stored.message_id) == []
    bench.drain()
    assert len(bench.orders()) == 1


def by_either_way(job, hub):
    """Process as a worker does, but let everybody hear of what a worker tries again."""
    made = process_many._foresee([job], hub).get(job.id)
    if made is None or not at_once.take_foreseen(made, job, hub):
        process(job, hub)


class Meeting:
    """Two threads on one database: each waits, at most three seconds, until the other has taken its first lock."""

    def __init__(self):
        self.taken = {"one": threading.Event(), "other": threading.Event()}
        self.ends = {}

    def wait(self, *, taken):
        self.taken[threading.current_thread().name].set()
        self.taken[taken].wait(3)

    def run(self, **acts):
        def act(name, what):
            try:
                what()
                self.ends[name] = "ok"
            except Exception as failure:
                self.ends[name] = repr(failure)

        threads = [threading.Thread(target=act, args=each, name=each[0]) for each in acts.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return self.ends


@pytest.fixture
def shared(tmp_path, postgres):
    """Opens a hub on PostgreSQL, where two transactions may stand in each other's way."""
    opened = []

    def build(confirm):
        site = write_site(tmp_path / "site", confirm=confirm, agreements=RESPONSE)
        hub = open_hub(site, database_url=postgres.fresh())
        far_side = FarSide()
        hub.build_connector = lambda _name: far_side
        opened.append(hub)
        return hub

    yield build
    for hub in opened:
        hub.stop()


def accept(hub, payload, key):
    hub.accept(InboundDocument(payload=payload, idempotency_key=key, received_at=hub.now(), name=key), connection="acme/main")


def claimed(hub):
    with hub.transaction() as tx:
        return tx.jobs.claim("process", "test", limit=10)


def test_the_two_ways_lock_in_the_same_sequence(shared, monkeypatch):
    hub, meeting = shared("automatic"), Meeting()
    accept(hub, interchange([order_850("A"), order_850("B")]), "two orders")
    accept(hub, interchange([order_850("A", quantity="11")], control=2), "one of them again")
    two, one = claimed(hub)
    of_key, of_pair = Documents.with_business_key, Numbers.take_both

    def with_business_key(self, key, *, but):
        found = of_key(self, key, but=but)
        if threading.current_thread().name == "other" and not meeting.taken["other"].is_set():
            meeting.wait(taken="one")
        return found

    def take_both(self, *numbers, **named):
        taken = of_pair(self, *numbers, **named)
        if threading.current_thread().name == "one":
            meeting.wait(taken="other")
        return taken

    monkeypatch.setattr(Documents, "with_business_key", with_business_key)
    monkeypatch.setattr(Numbers, "take_both", take_both)
    assert meeting.run(other=lambda: by_either_way(two, hub), one=lambda: by_either_way(one, hub)) == {
        "other": "ok",
        "one": "ok",
    }


def test_a_change_that_arrives_while_somebody_confirms_its_order_makes_nobody_a_victim(shared, monkeypatch):
    hub, meeting = shared("manual"), Meeting()
    accept(hub, interchange([order_850("A")]), "an order")
    drain(hub)
    with hub.read() as view:
        (order_id,) = view.connection.scalars(select(orders.c.id))
    accept(hub, interchange([order_850("A", purpose="01")], control=2), "its cancellation")
    (job,) = claimed(hub)
    of_pair = Numbers.take_both

    def take_both(self, *numbers, **named):
        if threading.current_thread().name == "other":
            meeting.wait(taken="one")
            return of_pair(self, *numbers, **named)
        taken = of_pair(self, *numbers, **named)
        if threading.current_thread().name == "one":
            meeting.wait(taken="other")
        return taken

    def confirm():
        act = prepare_act("confirm", order_id, hub=hub, actor="erp")
        with hub.transaction() as tx:
            carry_out(tx, act, hub)

    monkeypatch.setattr(Numbers, "take_both", take_both)
    assert meeting.run(other=confirm, one=lambda: by_either_way(job, hub)) == {"other": "ok", "one": "ok"}
