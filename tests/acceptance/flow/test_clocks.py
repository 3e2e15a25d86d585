"""Every deadline on a clock that the test moves: warned, overdue, late; ours and theirs; silence; twice is once."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from hub.errors import TemporaryDeliveryError
from hub.flow.clock import watch_deadlines
from hub.flow.seal import seal
from hub.flow.send import send_document
from hub.model import OrderResponse
from hub.store.order_resources import list_events
from hub.testing.flow_site import interchange, order_850

HOUR = 3600
# the clock starts on Thursday 24 September 2026, 10:00 UTC, 13:00 in Bucharest
RESPONSE = OrderResponse(
    number="R1",
    order_number="P1",
    order_issued_on=dt.date(2026, 9, 23),
    status="accepted",
    purpose="original",
    issued_on=dt.date(2026, 9, 24),
)
SENDS = "  - send: x12/004010/855\n"


def told(bench, *, only=("overdue", "due_soon", "late", "silent")):
    seal(bench.hub)
    with bench.hub.read() as view:
        items = list_events(view.connection, limit=500).items
    return [(each["type"], each["data"]) for each in items if each["type"].endswith(only)]


def types(bench):
    return [each for each, _ in told(bench)]


def light(bench, issued, name):
    from hub.store.message_items import get_item

    with bench.hub.read() as view:
        return get_item(view.connection, issued.document_id)["lights"][name]


def respond(bench):
    issued = send_document(RESPONSE, "acme", bench.hub)
    bench.drain()
    return issued


def accept_all(bench, issued):
    with bench.hub.read() as view:
        row = view.documents.get(issued.document_id)
    bench.take(interchange([[f"AK1*PR*{row.group_number}", "AK9*A*1*1*1"]], control=77, type_="997"))


def test_a_functional_acknowledgment_is_warned_about_at_three_quarters_overdue_at_the_end_and_closed_as_late(make, clock):
    bench = make(agreements=SENDS)
    issued = respond(bench)
    clock.forward(seconds=18 * HOUR - 1)
    assert (watch_deadlines(bench.hub), types(bench)) == (0, [])
    clock.forward(seconds=1)
    assert (watch_deadlines(bench.hub), watch_deadlines(bench.hub)) == (0, 0)
    assert light(bench, issued, "syntax")["state"] == "waiting"
    clock.forward(seconds=6 * HOUR)
    assert (watch_deadlines(bench.hub), watch_deadlines(bench.hub)) == (1, 0)
    assert light(bench, issued, "syntax")["state"] == "overdue"
    ((_, soon), (_, late)) = told(bench)
    assert types(bench) == ["document.due_soon", "document.overdue"]
    assert (soon["light"], soon["left"]) == ("syntax", "6 h")
    assert late["due_at"].startswith("2026-09-25T10:00:00")
    clock.forward(seconds=2 * HOUR + 300)
    accept_all(bench, issued)
    closed = light(bench, issued, "syntax")
    assert (closed["state"], closed["reason"]) == ("ok", "late by 2 h 5 min; 997: accepted (A)")
    clock.forward(days=9)
    assert watch_deadlines(bench.hub) == 0


def test_an_answer_after_its_deadline_is_late_even_if_no_clock_looked_meanwhile(make, clock):
    bench = make(agreements=SENDS)
    issued = respond(bench)
    clock.forward(days=2)
    accept_all(bench, issued)
    assert light(bench, issued, "syntax")["reason"].startswith("late by 1 d; 997")
    assert (watch_deadlines(bench.hub), types(bench)) == (0, [])


def test_an_answer_in_time_stops_the_clock_and_a_clock_set_back_repeats_nothing(make, clock):
    bench = make(agreements=SENDS)
    issued = respond(bench)
    clock.forward(seconds=20 * HOUR)
    watch_deadlines(bench.hub)
    clock.forward(seconds=-19 * HOUR)
    assert watch_deadlines(bench.hub) == 0
    clock.forward(seconds=19 * HOUR)
    watch_deadlines(bench.hub)
    accept_all(bench, issued)
    assert light(bench, issued, "syntax")["reason"] == "997: accepted (A)"
    clock.forward(days=2)
    watch_deadlines(bench.hub)
    assert types(bench) == ["document.due_soon"]


CALENDAR = """calendar: {days: [mon, tue, wed, thu, fri], hours: "08:00-16:00", holidays: [2026-09-28], usual_by: "09:00"}
time_zone: Europe/Bucharest"""


def on_calendar(make, *, defaults="", agreements=SENDS, state="production"):
    bench = make(defaults=defaults, agreements=agreements + CALENDAR, state=state)
    assert bench.hub.site.partners["acme"].calendar.usual_by == "09:00"
    return bench


def test_the_deadline_of_an_answer_runs_on_the_partner_s_calendar(make, clock):
    bench = on_calendar(make, defaults="  tolerances: {}")
    issued = respond(bench)
    # 24 h of open time: 3 h on Thursday, 8 h on Friday and Tuesday, 5 h on Wednesday, none on the weekend and on the holiday
    clock.forward(seconds=6 * 24 * HOUR - 1)
    watch_deadlines(bench.hub)
    assert light(bench, issued, "syntax")["state"] == "waiting"
    with bench.hub.read() as view:
        due = view.documents.get(issued.document_id).syntax_due
    assert dt.datetime.fromtimestamp(due / 1e6, tz=dt.UTC) == dt.datetime.fromisoformat("2026-09-30T13:00+03:00")


def test_several_processes_that_look_at_once_tell_once(make, clock):
    bench = make(agreements=SENDS)
    for _ in range(5):
        respond(bench)
    clock.forward(days=2)
    moved = []
    threads = [threading.Thread(target=lambda: moved.append(watch_deadlines(bench.hub))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(moved) == 5
    assert types(bench) == ["document.overdue"] * 5


def test_our_own_acknowledgment_that_cannot_leave_is_overdue_and_late(make, clock):
    bench = make()
    bench.far_side.failures = [TemporaryDeliveryError("their server is down", "wait", code="DLV-401")]
    taken = bench.take(interchange([order_850()]))
    clock.forward(seconds=HOUR - 60)
    assert watch_deadlines(bench.hub) == 0
    clock.forward(seconds=60)
    assert watch_deadlines(bench.hub) == 1
    clock.forward(seconds=HOUR)
    bench.drain()
    with bench.hub.read() as view:
        (answer,) = view.messages.answers_to(taken)
        (row,) = view.documents.of_message(answer)
        from hub.store.message_items import get_item

        lit = get_item(view.connection, row.id)["lights"]["delivery"]
    assert (lit["state"], lit["reason"]) == ("ok", "late by 1 h")
    assert types(bench) == ["document.due_soon", "document.overdue"]


DUE = "    due: {response: 4h, despatch: 24h, invoice: 3d}\n"


def order_with_due(make, **options):
    bench = make(agreements=DUE + SENDS + "    triggered_by: [confirmed]\n", **options)
    bench.take(interchange([order_850()]))
    (order,) = bench.orders()
    return bench, order["id"]


def state(bench, order_id, kind):
    with bench.hub.read() as view:
        return view.deadlines.state_of(order_id, kind)


def test_what_we_owe_on_an_order_is_warned_about_overdue_and_then_late(make, clock):
    bench, order_id = order_with_due(make)
    clock.forward(seconds=3 * HOUR)
    assert (watch_deadlines(bench.hub), state(bench, order_id, "response")) == (0, "due_soon")
    clock.forward(seconds=HOUR)
    assert (watch_deadlines(bench.hub), watch_deadlines(bench.hub)) == (1, 0)
    assert state(bench, order_id, "response") == "overdue"
    clock.forward(seconds=HOUR)
    confirm(bench, order_id)
    watch_deadlines(bench.hub)
    assert state(bench, order_id, "response") == "late"
    assert types(bench) == ["order.response_due_soon", "order.response_overdue", "order.response_late"]
    assert told(bench)[-1][1]["late_by"] == "1 h"


def confirm(bench, order_id):
    from hub.flow.orders.act import carry_out, prepare_act

    act = prepare_act("confirm", order_id, actor="test", hub=bench.hub)
    with bench.hub.transaction() as tx:
        carry_out(tx, act, bench.hub)


def test_an_order_answered_at_once_owes_no_response(make, clock):
    bench, order_id = order_with_due(make, confirm="automatic")
    watch_deadlines(bench.hub)
    assert state(bench, order_id, "response") == "met"
    clock.forward(seconds=5 * HOUR)
    assert (watch_deadlines(bench.hub), types(bench)) == (0, [])


def test_the_despatch_is_due_from_the_requested_ship_date(make, clock):
    bench = make(agreements=DUE)
    shipped = [each.replace("DTM*002*20261001", "DTM*010*20260928") for each in order_850()]
    bench.take(interchange([shipped]))
    (order,) = bench.orders()
    with bench.hub.read() as view:
        rows = {row.kind: row.due_at for row in view.deadlines.to_look_at()}
    assert dt.datetime.fromtimestamp(rows["despatch"] / 1e6, tz=dt.UTC) == dt.datetime(2026, 9, 29, tzinfo=dt.UTC)
    assert dt.datetime.fromtimestamp(rows["invoice"] / 1e6, tz=dt.UTC).day == 27
    assert order["test"] is False


def test_goods_and_invoice_that_left_meet_their_deadlines_and_a_cancelled_order_owes_nothing(make, clock):
    from hub.flow.orders import matrix
    from hub.store.orders import CANCELLED, CONFIRMED

    bench, order_id = order_with_due(make)
    with bench.hub.transaction() as tx:
        order = tx.orders.get(order_id)
        rows = matrix.confirm(order.matrix)
        tx.orders.move(order, CONFIRMED, actor="test", reason="", matrix=rows)
    watch_deadlines(bench.hub)
    assert state(bench, order_id, "despatch") == "running"
    clock.forward(seconds=HOUR)
    ship(bench, order_id, {"1": "10"})
    assert state(bench, order_id, "despatch") == "running", "half of it is still here"
    ship(bench, order_id, {"2": "10"})
    assert (state(bench, order_id, "despatch"), state(bench, order_id, "invoice")) == ("met", "running")
    with bench.hub.transaction() as tx:
        tx.orders.move(tx.orders.get(order_id), CANCELLED, actor="test", reason="")
    clock.forward(seconds=HOUR)
    watch_deadlines(bench.hub)
    assert state(bench, order_id, "invoice") == "void"


def ship(bench, order_id, quantities):
    from decimal import Decimal

    from hub.flow.orders import matrix

    with bench.hub.transaction() as tx:
        order = tx.orders.get(order_id)
        rows = matrix.add(order.matrix, "shipped", {line: Decimal(value) for line, value in quantities.items()})
        tx.orders.set(order, matrix=rows)
    bench.clock.forward(seconds=1)
    watch_deadlines(bench.hub)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-09-25T08:59:59+03:00", []),
        ("2026-09-25T09:00:00+03:00", ["partner.silent"]),
        ("2026-09-25T23:00:00+03:00", ["partner.silent"]),
        ("2026-09-26T12:00:00+03:00", []),  # a Saturday
        ("2026-09-28T12:00:00+03:00", []),  # a holiday
    ],
)
def test_a_partner_that_sends_nothing_by_its_usual_hour_is_silent_once_that_day(make, clock, at, expected):
    bench = on_calendar(make)
    clock.micros = int(dt.datetime.fromisoformat(at).timestamp() * 1_000_000)
    for _ in range(3):
        watch_deadlines(bench.hub)
    assert types(bench) == expected


def test_a_partner_that_sent_an_order_today_is_not_silent_and_tomorrow_is_another_day(make, clock):
    bench = on_calendar(make)
    clock.micros = int(dt.datetime.fromisoformat("2026-09-24T00:01:00+03:00").timestamp() * 1_000_000)
    bench.take(interchange([order_850()]))
    clock.forward(seconds=10 * HOUR)
    watch_deadlines(bench.hub)
    assert types(bench) == []
    clock.forward(days=1)
    watch_deadlines(bench.hub)
    assert [data["day"] for _, data in told(bench, only=("silent",))] == ["2026-09-25"]


def test_an_acknowledgment_or_a_test_order_is_no_sign_of_life_of_a_production_partner(make, clock):
    bench = on_calendar(make)
    issued = respond(bench)
    clock.forward(seconds=15 * HOUR)
    accept_all(bench, issued)
    bench.take(interchange([order_850()], test="T"))
    clock.forward(seconds=5 * HOUR)
    watch_deadlines(bench.hub)
    assert types(bench) == ["partner.silent"]


def test_deadlines_of_test_traffic_are_told_as_test(make, clock):
    bench = make(state="test", agreements=DUE + SENDS)
    bench.take(interchange([order_850()], test="T"))
    respond(bench)
    clock.forward(days=5)
    watch_deadlines(bench.hub)
    seal(bench.hub)
    with bench.hub.read() as view:
        items = list_events(view.connection, limit=500).items
    assert {each["test"] for each in items} == {True}
    assert sorted(each["type"] for each in items if each["type"].endswith("overdue")) == [
        "document.overdue",
        "order.despatch_overdue",
        "order.invoice_overdue",
        "order.response_overdue",
    ]
