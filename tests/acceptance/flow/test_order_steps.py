"""An order taken through its life: every step by the table, and every partner answered line by line."""

from __future__ import annotations

import pytest

from hub.errors import Refused
from hub.flow.statuses import status_table
from hub.store.orders import STATUSES
from hub.testing.flow_site import interchange, order_850
from hub.testing.order_steps import orders_edifact, responses, step, write_belmart

SENDS = "  - send: x12/004010/855\n    triggered_by: [confirmed, backordered, rejected, cancelled]"


@pytest.fixture
def answering(make):
    """A hub whose X12 retailer is answered with an 855."""
    return make(agreements=SENDS)


@pytest.fixture
def edifact(make, tmp_path):
    """A hub whose EDIFACT retailer is answered with an ORDRSP."""
    (tmp_path / "site" / "partners").mkdir(parents=True)
    write_belmart(tmp_path / "site")
    return make()


def order_id(bench, number="4500000042", *, quantity="100"):
    bench.take(interchange([order_850(number, quantity=quantity)], control=bench.arrivals + 1))
    return next(order["id"] for order in bench.orders() if order["number"] == number)


def edifact_order(bench):
    bench.take(orders_edifact(), connection="belmart/main")
    return bench.orders()[0]["id"]


def told(bench):
    """The last response that was sent, and its bytes as text."""
    bench.drain()
    sent = [document.payload for document in bench.far_side.received]
    return responses(bench.hub, sent)[-1], sent[-1].decode()


def refusal(bench, action, order, **how):
    with pytest.raises(Refused) as refused:
        step(bench.hub, action, order, **how)
    assert refused.value.hint
    return refused.value.code


def reached(bench, order, status):
    """The status an order is moved to, or the code it was refused with."""
    try:
        return step(bench.hub, "move", order, to=status)["status"]["slug"]
    except Refused as refused:
        return refused.code


def test_all_289_pairs_are_allowed_and_refused_as_the_table_says(bench):
    order, table = order_id(bench), status_table(bench.hub)
    seen = {}
    for before in range(17):
        for after in range(17):
            with bench.hub.transaction() as tx:
                tx.orders.set(tx.orders.get(order), status=before, held=None)
            seen[before, after] = reached(bench, order, STATUSES[after])
    wanted = {
        (b, a): "BUS-351" if table.answer(STATUSES[b], STATUSES[a]) == "refused" else STATUSES[a]
        for b in range(17)
        for a in range(17)
    }
    assert seen == wanted


@pytest.mark.parametrize("after", ["confirmed", "ready", "stock_unavailable", "processing"])
def test_a_person_takes_an_order_off_hold_to_where_the_table_allows_and_the_hold_is_over(bench, after):
    order = order_id(bench)
    step(bench.hub, "hold", order, reason="price looks odd")
    final = step(bench.hub, "move", order, to=after)
    assert (final["status"]["slug"], final["held"]) == (after, None)


def test_an_order_on_hold_that_nobody_approved_stays_there(bench):
    order = order_id(bench)
    step(bench.hub, "hold", order)
    with bench.hub.transaction() as tx:
        tx.orders.set(tx.orders.get(order), approval="pending")
    assert refusal(bench, "confirm", order) == "BUS-353"


def test_every_step_keeps_who_when_and_why_and_is_told(bench):
    order = order_id(bench)
    step(bench.hub, "move", order, to="processing", reason="stock is being counted")
    step(bench.hub, "confirm", order)
    step(bench.hub, "ready", order)
    step(bench.hub, "move", order, to="shipping")
    final = step(bench.hub, "delivered", order, reason="signed by the store")
    assert [(entry["actor"], entry["from"], entry["to"]) for entry in final["history"][1:]] == [
        ("tester", "draft", "processing"),
        ("tester", "processing", "confirmed"),
        ("tester", "confirmed", "ready"),
        ("tester", "ready", "shipping"),
        ("tester", "shipping", "delivered"),
    ]
    assert final["history"][1]["reason"] == "stock is being counted"
    assert all(entry["at"] for entry in final["history"])
    bench.drain()
    assert bench.events() == [
        "order.received",
        "order.processing",
        "order.confirmed",
        "order.ready",
        "order.shipping",
        "order.delivered",
    ]


def test_a_confirmed_order_is_answered_with_an_855_that_accepts_every_line(answering):
    final = step(answering.hub, "confirm", order_id(answering))
    response, wire = told(answering)
    assert (response.status, [line.status for line in response.lines]) == ("accepted", ["accepted", "accepted"])
    assert wire.count("ACK*IA*100*EA~") == 2
    assert "BAK*00*AD*4500000042*20260924**" in wire
    assert [row["confirmed"] for row in final["matrix"]] == ["100", "100"]


def test_lines_are_answered_one_by_one_and_the_matrix_follows(answering):
    order = order_id(answering)
    lines = [
        {"order_line": "1", "status": "accepted", "quantity": "60", "delivery_on": "2026-10-01"},
        {"order_line": "1", "status": "backordered", "quantity": "40", "delivery_on": "2026-10-15"},
        {"order_line": "2", "status": "rejected", "reason": "no longer made"},
    ]
    final = step(answering.hub, "confirm", order, given={"lines": lines})
    response, wire = told(answering)
    assert response.status == "changed"
    assert "BAK*00*AC*" in wire
    assert "ACK*IA*60*EA*067*20261001~" in wire
    assert "ACK*IB*40*EA*067*20261015~" in wire
    assert "ACK*IR*100*EA" in wire
    assert "N9*L1*REASON~MSG*line 2: no longer made~" in wire
    assert [(row["confirmed"], row["cancelled"]) for row in final["matrix"]] == [("60", "0"), ("0", "100")]
    assert final["status"]["slug"] == "confirmed"


@pytest.mark.parametrize(
    ("outcome", "code", "confirmed", "cancelled"),
    [
        ({"status": "changed", "quantity": "80"}, "ACK*IQ*80*EA", "80", "20"),
        ({"status": "changed", "price": "13.00"}, "ACK*IP*100*EA", "100", "0"),
        ({"status": "changed", "delivery_on": "2026-10-20"}, "ACK*DR*100*EA*067*20261020", "100", "0"),
        ({"status": "changed", "quantity": "80", "price": "13.00"}, "ACK*IC*80*EA", "80", "20"),
        ({"status": "substituted", "substitute": {"supplier_id": "NEW-1"}}, "ACK*IS*100*EA", "100", "0"),
        ({"status": "backordered"}, "ACK*IB*100*EA", "0", "0"),
    ],
)
def test_each_outcome_has_its_code(answering, outcome, code, confirmed, cancelled):
    final = step(answering.hub, "confirm", order_id(answering), given={"lines": [{"order_line": "1", **outcome}]})
    response, wire = told(answering)
    assert code in wire
    assert response.lines[0].status == outcome["status"]
    assert (final["matrix"][0]["confirmed"], final["matrix"][0]["cancelled"]) == (confirmed, cancelled)
    assert final["matrix"][1]["confirmed"] == "100"
    if "price" in outcome:
        assert "PO1*1*100*EA*13.00*" in wire
    if "substitute" in outcome:
        assert "*VP*NEW-1~" in wire or "*VN*NEW-1~" in wire
        assert "WIDGET-001" in wire


def test_a_schedule_is_told_as_one_outcome_a_date(answering):
    schedule = [{"quantity": "70", "delivery_on": "2026-10-01"}, {"quantity": "30", "delivery_on": "2026-10-08"}]
    line = {"order_line": "1", "status": "accepted", "schedule": schedule}
    step(answering.hub, "confirm", order_id(answering), given={"lines": [line]})
    _, wire = told(answering)
    assert "ACK*IA*70*EA*067*20261001~" in wire
    assert "ACK*IA*30*EA*067*20261008~" in wire


def test_a_whole_response_may_be_given_and_keeps_its_own_number(answering):
    given = {
        "type": "order_response",
        "number": "ERP-77",
        "order_number": "4500000042",
        "status": "changed",
        "lines": [{"order_line": "2", "status": "backordered"}],
    }
    step(answering.hub, "confirm", order_id(answering), given=given)
    response, _ = told(answering)
    assert (response.number, response.order_number, response.status) == ("ERP-77", "4500000042", "changed")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([{"order_line": "9", "status": "accepted"}], "BUS-370"),
        ([{"order_line": "1", "status": "accepted", "quantity": "60"}], "BUS-356"),
        ([{"order_line": "1", "status": "accepted", "quantity": "101"}], "BUS-356"),
        ([{"order_line": "1", "status": "accepted", "quantity": "-1"}], "BUS-356"),
        ([{"order_line": "1", "status": "accepted", "unit": "KGM"}], "BUS-356"),
        ([{"order_line": "1", "quantity": "100"}], "BUS-356"),
        ([{"order_line": "1", "status": "substituted"}], "BUS-356"),
        ([{"order_line": "1", "status": "accepted"}, {"order_line": "1", "status": "rejected"}], "BUS-356"),
        ([{"order_line": "1", "status": "rejected"}, {"order_line": "2", "status": "rejected"}], "BUS-357"),
        ([{"order_line": "1", "status": "backordered"}, {"order_line": "2", "status": "backordered"}], "BUS-357"),
    ],
)
def test_outcomes_that_do_not_add_up_are_refused_and_change_nothing(answering, lines, code):
    order = order_id(answering)
    assert refusal(answering, "confirm", order, given={"lines": lines}) == code
    assert answering.orders()[0]["status"]["slug"] == "draft"
    assert answering.events() == ["order.received"]


def test_a_response_that_contradicts_itself_is_refused(answering):
    order = order_id(answering)
    assert refusal(answering, "confirm", order, given={"order_number": "OTHER"}) == "BUS-357"
    given = {"status": "accepted", "lines": [{"order_line": "1", "status": "backordered"}]}
    assert refusal(answering, "confirm", order, given=given) == "BUS-357"


def test_a_backordered_order_tells_its_buyer_and_never_leaves_16_without_a_person(answering):
    order = order_id(answering)
    waiting = step(answering.hub, "backorder", order, reason="the ship is late")
    response, wire = told(answering)
    assert waiting["status"] == {"code": 16, "slug": "stock_unavailable", "label": "Stock unavailable"}
    assert response.status == "changed"
    assert [line.status for line in response.lines] == ["backordered", "backordered"]
    assert wire.count("ACK*IB*100*EA") == 2
    table = status_table(answering.hub)
    assert table.next("stock_unavailable", by_person=False) == ()
    with pytest.raises(Refused) as refused:
        table.demand("stock_unavailable", "confirmed", by_person=False)
    assert refused.value.code == "BUS-352"


def test_goods_that_came_are_confirmed_by_a_second_response_that_replaces_the_first(answering):
    order = order_id(answering)
    step(answering.hub, "backorder", order)
    first, _ = told(answering)
    step(answering.hub, "confirm", order)
    second, wire = told(answering)
    assert (second.status, second.purpose) == ("accepted", "replace")
    assert "BAK*05*AD*" in wire
    assert second.number != first.number
    assert len(second.number) <= 16


def test_a_cancelled_order_answers_with_a_rejection_and_gives_its_lines_up(answering):
    order = order_id(answering)
    step(answering.hub, "confirm", order)
    final = step(answering.hub, "cancel", order, reason="the buyer called")
    response, wire = told(answering)
    assert response.status == "rejected"
    assert "BAK*05*RD*" in wire
    assert (response.reason, "MSG*the buyer called~" in wire) == ("the buyer called", True)
    assert [(row["confirmed"], row["cancelled"]) for row in final["matrix"]] == [("0", "100"), ("0", "100")]


def test_an_order_confirmed_again_as_it_stands_is_not_answered_again(answering):
    order = order_id(answering)
    step(answering.hub, "confirm", order)
    step(answering.hub, "ready", order)
    step(answering.hub, "confirm", order)
    answering.drain()
    assert len(responses(answering.hub, [each.payload for each in answering.far_side.received])) == 1


def test_an_ordrsp_says_29_4_and_27(edifact):
    order = edifact_order(edifact)
    short = {
        "lines": [
            {"order_line": "1", "status": "accepted", "quantity": "5"},
            {"order_line": "1", "status": "backordered", "quantity": "7"},
        ]
    }
    step(edifact.hub, "confirm", order, given=short)
    changed, wire = told(edifact)
    assert f"BGM+231+{changed.number}+4'" in wire
    assert "QTY+83:7'" in wire
    assert "QTY+113:5'" in wire
    assert wire.count("RFF+LI:1'") == 2
    step(edifact.hub, "move", order, to="stock_unavailable")
    step(edifact.hub, "confirm", order)
    accepted, wire = told(edifact)
    assert f"BGM+231+{accepted.number}+29'" in wire
    assert [line.status for line in accepted.lines] == ["accepted", "accepted"]
    step(edifact.hub, "cancel", order, reason="not made any more")
    rejected, wire = told(edifact)
    assert f"BGM+231+{rejected.number}+27'" in wire
    assert "LIN+1+7+" in wire
    assert "not made any more" in wire


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ({"status": "changed", "quantity": "10"}, "LIN+1+6+"),
        ({"status": "changed", "price": "3"}, "PRI+AAA:3'"),
        ({"status": "changed", "delivery_on": "2026-10-20"}, "DTM+67:20261020:102'"),
        ({"status": "rejected", "reason": "no longer made"}, "FTX+ACD+++no longer made'"),
        (
            {"status": "substituted", "substitute": {"ids": [{"scheme": "supplier", "value": "NEW-1", "code": "SA"}]}},
            "PIA+3+NEW-1:SA'",
        ),
    ],
)
def test_an_ordrsp_says_each_outcome(edifact, outcome, said):
    step(edifact.hub, "confirm", edifact_order(edifact), given={"lines": [{"order_line": "1", **outcome}]})
    response, wire = told(edifact)
    assert said in wire
    assert response.lines[0].status == outcome["status"]
    assert response.lines[1].status == "accepted"


def test_nobody_promises_anything_on_an_order_that_waits_for_approval(bench):
    order = order_id(bench)
    with bench.hub.transaction() as tx:
        tx.orders.set(tx.orders.get(order), approval="pending")
    for action, to in (("confirm", ""), ("backorder", ""), ("move", "confirmed")):
        assert refusal(bench, action, order, to=to) == "BUS-353"
    approved = step(bench.hub, "approve", order, reason="a good customer")
    assert approved["approval"] == "approved"
    assert (approved["history"][-1]["actor"], approved["history"][-1]["reason"]) == ("tester", "approved: a good customer")
    assert refusal(bench, "approve", order) == "BUS-355"
    assert step(bench.hub, "confirm", order)["status"]["slug"] == "confirmed"


def test_a_refused_approval_rejects_the_order_and_it_never_ships(answering):
    order = order_id(answering)
    with answering.hub.transaction() as tx:
        tx.orders.set(tx.orders.get(order), approval="pending")
    final = step(answering.hub, "reject", order, reason="over the credit limit")
    response, wire = told(answering)
    assert (final["approval"], final["status"]["slug"]) == ("rejected", "cancelled")
    assert response.status == "rejected"
    assert "BAK*00*RD*" in wire
    assert len(responses(answering.hub, [each.payload for each in answering.far_side.received])) == 1
    assert [each for each in answering.events() if each.startswith("order.")] == ["order.received", "order.rejected"]
    assert refusal(answering, "move", order, to="shipping") == "BUS-354"


def test_a_status_that_is_none_is_refused_with_the_nearest(bench):
    assert refusal(bench, "move", order_id(bench), to="confirmd") == "BUS-350"
