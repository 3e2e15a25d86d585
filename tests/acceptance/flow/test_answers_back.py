"""What comes back for what we sent: lights move forward only, contradictions and strangers are seen."""

from __future__ import annotations

import datetime as dt

import pytest

from hub.flow.replay import replay
from hub.flow.send import send_file
from hub.store.message_items import get_item
from hub.testing.flow_site import interchange, order_850


@pytest.fixture
def sent(bench):
    """An order of ours, on its way under group 77 with two messages."""
    return send_file(
        interchange([order_850("A"), order_850("B")], control=77, between=("EDIHUB", "ACME")),
        "acme",
        bench.hub,
        name="o.x12",
    )


def answer(bench, segments, control):
    return bench.take(interchange([segments], control=control, type_="997"))


def lights(bench, sent):
    with bench.hub.read() as view:
        return [get_item(view.connection, each)["lights"]["syntax"]["state"] for each in sent.documents]


def test_a_997_turns_on_the_light_of_each_message_it_names(bench, sent):
    answer(bench, ["AK1*PO*77", "AK2*850*0001", "AK5*A", "AK2*850*0002", "AK5*R*5", "AK9*P*2*2*1"], 1)
    assert lights(bench, sent) == ["ok", "failed"]


def test_a_group_accepted_without_naming_its_messages_accepts_them_all(bench, sent):
    answer(bench, ["AK1*PO*77", "AK9*A*2*2*2"], 1)
    assert lights(bench, sent) == ["ok", "ok"]


def test_a_light_never_goes_back_and_a_contradiction_is_an_alarm(bench, sent):
    answer(bench, ["AK1*PO*77", "AK9*A*2*2*2"], 1)
    answer(bench, ["AK1*PO*77", "AK9*R*2*2*0"], 2)
    assert lights(bench, sent) == ["ok", "ok"]
    assert bench.events().count("document.contradicted") == 2


def test_the_same_answer_twice_is_no_alarm(bench, sent):
    answer(bench, ["AK1*PO*77", "AK9*A*2*2*2"], 1)
    answer(bench, ["AK1*PO*77", "AK9*A*2*2*2"], 2)
    assert "document.contradicted" not in bench.events()


def test_an_acknowledgment_of_nothing_we_sent_is_held(bench):
    message = answer(bench, ["AK1*PO*4711", "AK9*A*1*1*1"], 1)
    (document,) = bench.documents(message)
    assert (document.state, document.error["code"]) == ("held", "RTE-340")
    assert "4711" in document.error["message"]


def test_an_acknowledgment_is_never_acknowledged(bench, sent):
    bench.drain()
    before = len(bench.far_side.received)
    answer(bench, ["AK1*PO*77", "AK9*A*2*2*2"], 1)
    assert len(bench.far_side.received) == before


def test_a_ta1_that_rejects_turns_the_lights_red_and_one_that_accepts_says_nothing_yet(bench, sent):
    bench.take(interchange([], control=1, ta1=["TA1*000000077*260924*1200*A*000"]))
    assert lights(bench, sent) == ["none", "none"]
    bench.take(interchange([], control=2, ta1=["TA1*000000077*260924*1200*R*006"]))
    assert lights(bench, sent) == ["failed", "failed"]
    with bench.hub.read() as view:
        reason = get_item(view.connection, sent.documents[0])["lights"]["syntax"]["reason"]
    assert reason.startswith("TA1: rejected (006) ")
    assert "sender" in reason


def test_an_acknowledgment_that_breaks_its_standard_waits_for_a_person_and_is_taken_as_far_as_it_goes_when_replayed(
    bench, sent
):
    message = answer(bench, ["AK1*PO*77", "AK2*850*0001", "AK5*A", "AK2*850*0002", "AK5*P", "AK9*P*2*2*1"], 1)
    (document,) = bench.documents(message)
    assert (document.state, document.error["code"], document.error["value"]) == ("held", "EDI-217", "P")
    assert lights(bench, sent) == ["none", "none"]
    assert bench.events().count("document.held") == 1
    replay(document.id, bench.hub, actor="test")
    bench.drain()
    (document,) = bench.documents(message)
    assert document.state == "done"
    assert lights(bench, sent) == ["ok", "none"]


def test_an_acknowledgment_with_a_wrong_count_moves_its_lights_when_it_is_replayed(bench, sent):
    wire = interchange([["AK1*PO*77", "AK9*A*2*2*2"]], control=1, type_="997").replace(b"SE*4*", b"SE*9*")
    message = bench.take(wire)
    (document,) = bench.documents(message)
    assert document.state == "held"
    replay(document.id, bench.hub, actor="test")
    bench.drain()
    assert lights(bench, sent) == ["ok", "ok"]


def test_an_answer_that_is_late_is_overdue_once_and_then_still_counts(make, clock):
    from hub.flow.clock import watch_deadlines
    from hub.flow.send import send_document
    from hub.model import OrderResponse

    bench = make(agreements="  - send: x12/004010/855")
    response = OrderResponse(
        number="R1",
        order_number="P1",
        order_issued_on=dt.date(2026, 9, 23),
        status="accepted",
        purpose="original",
        issued_on=dt.date(2026, 9, 24),
    )
    issued = send_document(response, "acme", bench.hub)
    bench.drain()
    assert watch_deadlines(bench.hub) == 0
    clock.forward(seconds=86_401)
    assert watch_deadlines(bench.hub) == 1
    assert watch_deadlines(bench.hub) == 0
    with bench.hub.read() as view:
        row = view.documents.get(issued.document_id)
    assert row.syntax == "overdue"
    answer(bench, [f"AK1*PR*{row.group_number}", "AK9*A*1*1*1"], 1)
    with bench.hub.read() as view:
        assert view.documents.get(issued.document_id).syntax == "ok"
