"""What an order costs must not depend on how many came before it: no statement of its way looks through a whole table."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from hub.bootstrap import open_hub
from hub.flow.clock import watch_deadlines
from hub.flow.seal import seal
from hub.flow.sweep import sweep
from hub.store import statements
from hub.store.message_items import MessageFilter, answers_of, chain_of, count_by_state, get_item, list_messages
from hub.store.order_resources import OrderFilter, get_order, list_events, list_orders
from hub.store.work_list import WorkFilter, list_work
from hub.testing.flow_site import FarSide, interchange, order_850, write_site

GROWING = (
    "message", "document", "interchange", "orders", "order_history", "audit_event", "audit_seal", "event", "work_item", "order_change",
    "stock_figure", "job", "same_key", "before",
)  # fmt: skip

AGREED = """\
  - receive: x12/004010/860
  - receive: x12/004010/861
  - send: x12/004010/855
    triggered_by: [confirmed, changed]
"""


@pytest.fixture
def said(monkeypatch):
    """Every statement that was run, with values for its parameters."""
    seen = {}
    original = statements.Prepared._run

    def run(self, connection, params):
        text, names, fixed = self._text(connection, params)
        seen.setdefault(text, statements._values(names, fixed, params))
        return original(self, connection, params)

    monkeypatch.setattr(statements.Prepared, "_run", run)
    return seen


@pytest.fixture
def hub(tmp_path, sqlite_files, said):
    site = write_site(tmp_path / "site", confirm="automatic", agreements=AGREED)
    opened = open_hub(site, database_url=sqlite_files.fresh(tmp_path / "db"))
    opened.build_connector = lambda name: FarSide()

    def note(connection, cursor, text, values, context, many):
        seen = values[0] if many else values
        said.setdefault(text, seen)

    for engine in (opened.database._write_engine, opened.database._read_engine):
        event.listen(engine, "before_cursor_execute", note)
    yield opened
    opened.stop()


def plans(hub, said):
    with hub.read() as view:
        cursor = view.connection.connection.cursor()
        for text, values in said.items():
            if text.split(None, 1)[0].lower() in {"insert", "select", "update", "delete", "with"}:
                cursor.execute(f"explain query plan {text}", values)
                yield from ((text, row[3]) for row in cursor.fetchall())


def scans(hub, said):
    tables = {f"SCAN {table}" for table in GROWING}
    return [(plan, text) for text, plan in plans(hub, said) if " ".join(plan.split()[:2]) in tables and "USING" not in plan]


def work(hub):
    from hub.ports import InboundDocument
    from hub.worker.drain import drain

    answer = ["AK1*PR*2", "AK9*A*1*1*1"]
    arrivals = (
        interchange([order_850()]),
        interchange([order_850()]),
        interchange([order_850()], control=2),
        interchange([answer], control=3, type_="997"),
        interchange(
            [["BCH*04*SA*4500000042**1*20260924*****20260926", "POC*1*QD*6**EA*12.5**BP*BUY00001", "CTT*1"]],
            control=4,
            type_="860",
        ),
        interchange(
            [["BRA*RA-1*20261006*00*2", "DTM*050*20261005", "PRF*4500000042", "RCD*1*6*EA", "LIN*1*BP*BUY00001", "CTT*1"]],
            control=5,
            type_="861",
        ),
    )
    for place, payload in enumerate(arrivals):
        document = InboundDocument(payload=payload, idempotency_key=str(place), received_at=hub.now())
        hub.accept(document, connection="acme/main")
        drain(hub)
    sweep(hub)
    watch_deadlines(hub)
    seal(hub)


def test_no_step_of_an_order_s_way_reads_a_whole_table(hub, said):
    work(hub)
    assert len(said) > 40
    assert scans(hub, said) == []


def test_orders_of_a_number_are_found_by_it_however_many_their_partner_has(hub, said):
    work(hub)
    by_number = [plan for text, plan in plans(hub, said) if "FROM orders" in text and "orders.number = " in text]
    assert by_number
    assert all("ix_orders_number" in plan for plan in by_number)


def test_no_list_or_look_up_reads_a_whole_table(hub, said):
    work(hub)
    said.clear()
    with hub.read() as view:
        connection = view.connection
        item = list_messages(connection, MessageFilter(), limit=2).items[0]
        list_messages(connection, MessageFilter(), limit=2, after=list_messages(connection, MessageFilter(), limit=2).next)
        get_item(connection, item["id"])
        get_item(connection, item["message_id"])
        order = list_orders(connection, OrderFilter(), limit=1).items[0]
        get_order(connection, order["id"])
        get_order(connection, order["number"])
        chain_of(connection, order["id"])
        answers_of(connection, item["id"], item["message_id"])
        count_by_state(connection)
        list_events(connection, after=list_events(connection).items[0]["cursor"])
        list_work(connection, WorkFilter(), limit=2)
        list_work(connection, WorkFilter(handled=True), limit=2)
        view.stock.of_item("gtin", "00076123400003")
    assert len(said) > 8
    assert scans(hub, said) == []
