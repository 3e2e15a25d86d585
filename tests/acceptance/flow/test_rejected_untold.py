"""What is rejected for its syntax is told by an acknowledgment of ours, or to a person: never to nobody."""

from __future__ import annotations

import pytest

from hub.flow.replay import replay
from hub.store.work_list import WorkFilter, list_work
from hub.testing.flow_site import interchange, order_850
from hub.testing.order_steps import orders_edifact, write_belmart


def waiting(bench):
    with bench.hub.read() as view:
        return [(each["kind"], each["document_id"], each["message"]) for each in list_work(view.connection, WorkFilter()).items]


def numbers(bench):
    return [each["number"] for each in bench.orders()]


def broken(control=1):
    """An order whose interchange ends under another number, so that nothing of it may be taken (X12.5)."""
    return interchange([order_850("A")], control=control).replace(b"IEA*1*%09d" % control, b"IEA*1*000000099")


@pytest.fixture
def retailer(make, tmp_path):
    """A hub that also trades with belmart, who has a CONTRL only where UNB 0031 asks for it."""
    (tmp_path / "site" / "partners").mkdir(parents=True)
    write_belmart(tmp_path / "site")
    return make()


def test_an_interchange_that_is_rejected_without_a_ta1_waits_for_a_person(bench):
    message = bench.take(broken())
    (document,) = bench.documents(message)
    assert document.state == "rejected"
    assert bench.far_side.received == []
    ((kind, about, text),) = waiting(bench)
    assert (kind, about) == ("rejected_untold", document.id)
    assert "interchange 000000001 of acme" in text
    assert "IEA02 is 000000099" in text
    assert bench.events().count("work.opened") == 1


def test_replayed_it_is_taken_as_it_is_and_leaves_the_list(bench):
    message = bench.take(broken())
    replay(message, bench.hub, actor="mara")
    bench.drain()
    assert numbers(bench) == ["A"]
    assert waiting(bench) == []


def test_where_a_ta1_tells_it_nobody_has_to(make):
    bench = make(defaults="  acknowledge: {technical: errors}")
    bench.take(broken())
    assert len(bench.far_side.received) == 1
    assert waiting(bench) == []


def test_an_acknowledgment_in_a_rejected_interchange_waits_for_a_person(bench):
    wire = interchange([["AK1*PO*77", "AK9*A*1*1*1"]], control=3, type_="997")
    bench.take(wire.replace(b"IEA*1*000000003", b"IEA*1*000000004"))
    assert [kind for kind, _, _ in waiting(bench)] == ["rejected_untold"]


def test_a_message_that_is_rejected_without_a_contrl_waits_for_a_person(retailer):
    bench = retailer
    wire = orders_edifact("B").replace(b"UNT+18+", b"UNT+17+")
    message = bench.take(wire, connection="belmart/main")
    (document,) = bench.documents(message)
    assert document.state == "rejected"
    ((kind, about, text),) = waiting(bench)
    assert (kind, about) == ("rejected_untold", document.id)
    assert text.startswith("1 message was rejected in interchange 7 of belmart, and nothing tells them: UNT says 17")


def test_what_is_right_needs_no_contrl_and_nobody(retailer):
    retailer.take(orders_edifact("B"), connection="belmart/main")
    assert numbers(retailer) == ["B"]
    assert waiting(retailer) == []
