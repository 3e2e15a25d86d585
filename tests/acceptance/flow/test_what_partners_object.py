"""Acknowledgments and objections that come back: every case moves the right light, and a rejection is explained by our own bytes."""

from __future__ import annotations

import datetime as dt

import pytest

from hub.edi.dictionary import message_spec
from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import validate
from hub.flow.clocks.lights import watch_lights
from hub.flow.replay import replay
from hub.flow.send import send_document, send_file
from hub.flow.work import handle_work
from hub.model import OrderResponse
from hub.store.message_items import get_item
from hub.store.work_list import WorkFilter, get_work, list_work
from hub.testing.flow_site import ACME, interchange, order_850


@pytest.fixture
def sent(bench):
    """Two orders of ours, on their way in group 77."""
    orders = [order_850("A"), order_850("B")]
    return send_file(interchange(orders, control=77, between=("EDIHUB", "ACME")), "acme", bench.hub, name="o.x12")


def answer(bench, *segments, control=1, type_="997"):
    return bench.take(interchange([segments], control=control, type_=type_))


def light(bench, document, name="syntax"):
    with bench.hub.read() as view:
        return get_item(view.connection, document)["lights"][name]


def lights(bench, sent):
    return [light(bench, each)["state"] for each in sent.documents]


def work(bench, **wanted):
    with bench.hub.read() as view:
        return list_work(view.connection, WorkFilter(**wanted)).items


def test_a_rejected_segment_is_explained_with_the_value_that_we_sent(bench, sent):
    answer(bench, "AK1*PO*77", "AK2*850*0002", "AK3*PO1*6**8", "AK4*3*355*7", "AK5*R*5", "AK9*P*2*2*1")
    (item,) = work(bench)
    assert (item["kind"], item["subject"], item["code"]) == ("syntax_failed", sent.documents[1], "BUS-340")
    (error,) = item["detail"]["errors"]
    assert error["sent"] == "PO1*1*10*EA*12.5**BP*BUY00001*VP*WIDGET-001"
    assert error["value"] == "EA"
    assert error["text"].startswith("PO103 at position 6")
    assert error["text"].endswith('"EA": code not in the list (code 7)')
    assert "PO103" in light(bench, sent.documents[1])["reason"]


def test_a_rejection_that_names_no_error_says_so(bench, sent):
    answer(bench, "AK1*PO*77", "AK9*R*2*2*0*1")
    items = work(bench)
    assert {each["subject"] for each in items} == set(sent.documents)
    assert all("group not supported" in each["message"] for each in items)


def test_a_group_that_is_rejected_takes_the_sets_it_names_with_it(bench, sent):
    answer(bench, "AK1*PO*77", "AK2*850*0001", "AK5*A", "AK9*R*2*2*0*4")
    assert lights(bench, sent) == ["failed", "failed"]


def test_a_group_accepted_in_part_says_nothing_of_sets_it_does_not_name(bench, sent):
    answer(bench, "AK1*PO*77", "AK2*850*0001", "AK5*A", "AK9*P*2*2*1")
    assert lights(bench, sent) == ["ok", "none"]


def test_several_997_each_speak_of_their_own_sets(bench, sent):
    answer(bench, "AK1*PO*77", "AK2*850*0001", "AK5*A", "AK9*P*2*2*1")
    answer(bench, "AK1*PO*77", "AK2*850*0002", "AK5*A", "AK9*P*2*2*1", control=2)
    assert lights(bench, sent) == ["ok", "ok"]
    assert work(bench) == []


def test_a_set_accepted_with_errors_is_accepted_and_its_errors_are_shown(bench, sent):
    answer(bench, "AK1*PO*77", "AK2*850*0001", "AK3*REF*3**8", "AK4*2*127*5", "AK5*E*5", "AK9*E*2*2*2")
    assert lights(bench, sent) == ["ok", "ok"]
    (item,) = work(bench)
    assert (item["kind"], item["detail"]["errors"][0]["value"]) == ("syntax_errors", "099")


def test_a_contradiction_is_one_alarm_and_the_light_stays(bench, sent):
    answer(bench, "AK1*PO*77", "AK9*A*2*2*2")
    for control in (2, 3):
        answer(bench, "AK1*PO*77", "AK2*850*0001", "AK5*R*5", "AK9*P*2*2*1", control=control)
    assert lights(bench, sent) == ["ok", "ok"]
    alarms = work(bench, kind="contradiction")
    assert [each["subject"] for each in alarms] == [sent.documents[0]]


def test_an_answer_to_nothing_we_sent_is_recorded_and_waits_for_a_person(bench):
    answer(bench, "AK1*PO*4711", "AK9*A*1*1*1")
    (item,) = work(bench)
    assert (item["kind"], item["code"]) == ("document_held", "RTE-340")
    assert "4711" in item["message"]


def edifact_order(control="88"):
    """An order of ours in EDIFACT: two messages of one interchange."""
    body = [
        "BGM+220+P1+9",
        "DTM+137:20260924:102",
        "NAD+BY+5412345000020::9",
        "LIN+1++4000862141404:EN",
        "QTY+21:5",
        "UNS+S",
        "CNT+2:1",
    ]
    messages = [[f"UNH+{number}+ORDERS:D:96A:UN", *body, f"UNT+{len(body) + 2}+{number}"] for number in ("1", "2")]
    parts = [
        f"UNB+UNOC:3+5412345000020:14+5412345000013:14+260924:1200+{control}",
        *(segment for message in messages for segment in message),
        f"UNZ+2+{control}",
    ]
    return ("'".join(parts) + "'").encode()


def contrl(*segments, control):
    parts = [
        f"UNB+UNOC:3+5412345000013:14+5412345000020:14+260924:1300+{control}",
        "UNH+1+CONTRL:D:3:UN",
        *segments,
        f"UNT+{len(segments) + 2}+1",
        f"UNZ+1+{control}",
    ]
    return ("'".join(parts) + "'").encode()


UCI = "UCI+88+5412345000020:14+5412345000013:14"


@pytest.fixture
def sent_edifact(make, monkeypatch):
    """The same partner, with a GLN as well."""
    both = ACME.replace('{{x12: "ZZ:ACME"}}', '{{x12: "ZZ:ACME", gln: "5412345000013"}}')
    monkeypatch.setattr("hub.testing.flow_site.ACME", both)
    bench = make()
    return bench, send_file(edifact_order(), "acme", bench.hub, name="o.edi")


@pytest.mark.parametrize(("verdict", "after"), [("7", ["ok", "ok"]), ("4", ["failed", "failed"])], ids=["accepted", "rejected"])
def test_a_contrl_that_only_says_received_may_be_followed_by_one_that_decides(sent_edifact, verdict, after):
    bench, sent = sent_edifact
    bench.take(contrl(f"{UCI}+8", control="1"))
    assert lights(bench, sent) == ["none", "none"]
    bench.take(contrl(f"{UCI}+{verdict}", control="2"))
    assert lights(bench, sent) == after


def test_a_contrl_that_rejects_one_message_accepts_the_others(sent_edifact):
    bench, sent = sent_edifact
    bench.take(contrl(f"{UCI}+7", "UCM+2+ORDERS:D:96A:UN+4", "UCS+6", "UCD+12+2:1", control="1"))
    assert lights(bench, sent) == ["ok", "failed"]
    (item,) = work(bench)
    (error,) = item["detail"]["errors"]
    assert (error["sent"], error["value"]) == ("QTY+21:5", "21")
    assert "value wrong (code 12)" in error["text"]


@pytest.fixture
def response(make):
    """A response of ours that waits for its acknowledgment for a day."""
    bench = make(agreements="  - receive: x12/004010/824\n  - send: x12/004010/855")
    document = OrderResponse(
        number="R1",
        order_number="P1",
        order_issued_on=dt.date(2026, 9, 23),
        status="accepted",
        purpose="original",
        issued_on=dt.date(2026, 9, 24),
    )
    issued = send_document(document, "acme", bench.hub)
    bench.drain()
    with bench.hub.read() as view:
        return bench, view.documents.get(issued.document_id)


def test_an_acknowledgment_after_its_deadline_closes_the_light_as_late_and_its_work_item(response, clock):
    bench, row = response
    clock.forward(seconds=86_401)
    watch_lights(bench.hub)
    (item,) = work(bench)
    assert (item["kind"], item["id"]) == ("syntax_overdue", f"{row.id}.syntax_overdue")
    answer(bench, f"AK1*PR*{row.group_number}", "AK9*A*1*1*1")
    shown = light(bench, row.id)
    assert shown["state"] == "ok"
    assert "late" in shown["reason"]
    assert work(bench) == []


def test_an_824_that_rejects_is_explained(response):
    bench, row = response
    answer(
        bench,
        "BGN*00*AA-1*20261006",
        f"OTI*TR*VN*R1*****{row.group_number}*{row.control_number}*855",
        "TED*007*Order date missing*BAK*2*4",
        type_="824",
    )
    shown = light(bench, row.id, "business")
    assert shown["state"] == "failed"
    assert "Order date missing" in shown["reason"]
    (item,) = work(bench)
    assert (item["kind"], item["code"]) == ("business_failed", "BUS-335")
    (error,) = item["detail"]["errors"]
    assert (error["segment"], error["value"]) == ("BAK", "20260923")


def test_an_824_that_accepts_turns_the_business_light_on(response):
    bench, row = response
    answer(bench, "BGN*00*AA-1*20261006", f"OTI*TA*VN*R1*****{row.group_number}*{row.control_number}*855", type_="824")
    assert light(bench, row.id, "business")["state"] == "ok"
    assert work(bench) == []


def test_an_824_about_nothing_we_sent_is_held(response):
    bench, _ = response
    message = answer(bench, "BGN*00*AA-1*20261006", "OTI*TR*IV*INV-9", "TED*012", type_="824")
    (document,) = bench.documents(message)
    assert (document.state, document.error["code"]) == ("held", "BUS-311")


def test_a_document_refused_by_policy_is_told_by_an_824_that_our_own_validator_finds_clean(make):
    bench = make(defaults="  findings: {table: reject}", agreements="  - send: x12/004010/824")
    message = bench.take(interchange([order_850(unit="ZY")]))
    (document,) = bench.documents(message)
    assert document.state == "rejected"
    (advice,) = [
        each
        for payload in bench.far_side.received
        for each in read(payload.payload)
        if isinstance(each, Message) and each.type == "824"
    ]
    faults = [each for each in validate(advice, message_spec("x12", "824", "004010")).findings if each.severity == "error"]
    assert faults == []
    (named,) = [segment for segment in advice.segments if segment[0] == "OTI"]
    assert named[1:4] == ["TR", "PO", "4500000042"]
    assert named[8:11] == ["1", "0001", "850"]
    errors = [segment for segment in advice.segments if segment[0] == "TED"]
    assert errors[0][1] == "024"
    assert errors[0][7] == "ZY"
    assert work(bench) == []


def test_a_document_refused_by_policy_that_nobody_tells_waits_for_a_person(make):
    bench = make(defaults="  findings: {table: reject}")
    bench.take(interchange([order_850(unit="ZY")]))
    (item,) = work(bench)
    assert (item["kind"], item["code"]) == ("rejected_untold", "BUS-345")


def test_a_handled_item_leaves_the_list_and_keeps_who_and_why(bench, sent):
    answer(bench, "AK1*PO*77", "AK2*850*0002", "AK3*PO1*6**8", "AK4*3*355*7", "AK5*R*5", "AK9*P*2*2*1")
    (item,) = work(bench)
    with bench.hub.transaction() as tx:
        handle_work(tx, item["id"], actor="mara", reason="sent again with PCE")
    assert work(bench) == []
    (handled,) = work(bench, handled=True)
    assert (handled["handled_by"], handled["note"]) == ("mara", "sent again with PCE")


def test_what_other_rows_say_is_handled_too_and_listed_again_once_it_happens_again(make, clock):
    bench = make()
    message = bench.take(interchange([order_850(unit="ZY")]))
    (item,) = work(bench)
    assert item["kind"] == "document_held"
    assert item["code"].startswith("MAP-")
    clock.forward(seconds=1)
    with bench.hub.transaction() as tx:
        done = handle_work(tx, item["id"], actor="mara", reason="asked the buyer")
    assert work(bench) == []
    with bench.hub.read() as view:
        assert get_work(view.connection, done["id"])["note"] == "asked the buyer"
    clock.forward(seconds=1)
    (document,) = bench.documents(message)
    replay(document.id, bench.hub, actor="mara")
    bench.drain()
    assert [each["kind"] for each in work(bench)] == ["document_held"]
