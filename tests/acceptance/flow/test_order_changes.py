"""A buyer changes an order: applied where it harms nobody, kept for a person, or refused; always answered as agreed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hub.edi.dictionary import message_spec
from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import validate
from hub.errors import Refused
from hub.flow.orders.change_decision import Said, carry_out_change_decision, prepare_change_decision
from hub.flow.orders.matrix import add, problems
from hub.store.changes import changes_of
from hub.store.order_resources import get_order, list_events
from hub.store.orders import STATUSES
from hub.store.work_list import WorkFilter, list_work
from hub.testing.flow_site import interchange, order_850

AGREED = """\
  - receive: x12/004010/860
  - send: x12/004010/865
    triggered_by: [changed]
"""
NUMBER = "4500000042"


@pytest.fixture
def automatic(make):
    """A partner whose harmless changes are left to us."""
    return make(confirm="automatic", agreements=AGREED)


@pytest.fixture
def manual(make):
    """A partner whose changes are for a person."""
    return make(confirm="manual", agreements=AGREED)


def poc(line, code, quantity="", *, price="", item=None, unit="EA"):
    item = item or f"BUY{int(line):05}"
    return f"POC*{line}*{code}*{quantity}**{unit if quantity else ''}*{price}**BP*{item}"


def change(bench, *lines, control, purpose="04", sequence="1", number=NUMBER, extra=()):
    body = [
        f"BCH*{purpose}*SA*{number}**{sequence}*20260924*****20260926",
        *extra,
        *lines,
        f"CTT*{sum('POC' in x for x in lines)}",
    ]
    return bench.take(interchange([body], control=control, type_="860"))


def order(bench, number=NUMBER):
    with bench.hub.read() as view:
        return get_order(view.connection, number)


def changes(bench):
    with bench.hub.read() as view:
        return changes_of(view.connection, order(bench)["id"])


def counts(bench, column):
    return {row["line"]: row[column] for row in order(bench)["matrix"]}


def ship(bench, **quantities):
    """What the warehouse sent, written as the use case for despatch advices writes it."""
    with bench.hub.transaction() as tx:
        row = tx.orders.numbered(NUMBER, "acme")
        lines = {line.removeprefix("line"): Decimal(quantity) for line, quantity in quantities.items()}
        tx.orders.move(
            row, STATUSES.index("shipping"), actor="test", reason="shipped", matrix=add(row.matrix, "shipped", lines)
        )


def answers(bench):
    """Every 865 that was sent, as segments; each is clean by our own validator."""
    found = []
    for payload in bench.far_side.received:
        for message in (each for each in read(payload.payload) if isinstance(each, Message)):
            if message.type == "865":
                spec = message_spec("x12", "865", "004010")
                faults = [each for each in validate(message, spec).findings if each.severity == "error"]
                assert [*message.findings, *faults] == []
                found.append(message.segments)
    return found


def said(segments, tag):
    return [each for each in segments if each[0] == tag]


def events(bench, type_):
    with bench.hub.read() as view:
        return [each["data"] for each in list_events(view.connection, limit=500).items if each["type"] == type_]


def work(bench):
    with bench.hub.read() as view:
        return list_work(view.connection, WorkFilter()).items


def decide(bench, choice, *, lines=(), reason=""):
    (waiting,) = [each for each in changes(bench) if each["state"] == "pending"]
    decision = prepare_change_decision(
        choice, order(bench)["id"], waiting["document"], hub=bench.hub, actor="mara", said=Said(reason=reason, lines=lines)
    )
    with bench.hub.transaction() as tx:
        carry_out_change_decision(tx, decision, bench.hub)
    bench.drain()


def test_a_harmless_change_is_applied_and_accepted(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "QD", "6"), poc(2, "DI"), poc(3, "AI", "24", price="99.00", unit="CA"), control=2)
    shown = order(bench)
    lines = {line["number"]: (line["quantity"], line["unit"]) for line in shown["order"]["lines"]}
    assert lines == {"1": ("6", "EA"), "3": ("24", "XCS")}
    assert counts(bench, "ordered") == {"1": "6", "2": "10", "3": "24"}
    assert counts(bench, "cancelled") == {"1": "0", "2": "10", "3": "0"}
    assert counts(bench, "confirmed") == {"1": "6", "2": "0", "3": "24"}
    assert problems(shown["matrix"]) == []
    assert shown["status"]["slug"] == "confirmed"
    assert "line 1 quantity 10 to 6" in shown["history"][-1]["reason"]
    assert [each["state"] for each in changes(bench)] == ["applied"]
    (answer,) = answers(bench)
    assert said(answer, "BCA")[0][1:7] == ["00", "AD", NUMBER, "", "1", "20260924"]
    assert [(each[1], each[2]) for each in said(answer, "POC")] == [("1", "QD"), ("2", "DI"), ("3", "AI")]
    assert [each[1] for each in said(answer, "ACK")] == ["IA", "IA", "IA"]
    assert said(answer, "POC")[2][5] == "CA"


def test_the_new_date_of_a_line_comes_back_with_the_answer(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "RS", "10"), "SCH*10*EA***002*20261024**010*20261020", control=2)
    assert order(bench)["order"]["lines"][0]["schedule"] == [
        {"quantity": "10", "unit": "EA", "delivery_on": "2026-10-24", "ship_on": "2026-10-20"}
    ]
    (answer,) = answers(bench)
    assert said(answer, "ACK") == [["ACK", "IA", "10", "EA", "068", "20261020"]]
    assert said(answer, "DTM") == [["DTM", "067", "20261024"]]


def test_the_document_that_asks_stays_as_it_came(automatic):
    bench = automatic
    first = bench.take(interchange([order_850()]))
    change(bench, poc(1, "QD", "6"), control=2)
    (document,) = bench.documents(first)
    assert document.canonical is not None
    assert b'"quantity":"10"' in document.canonical
    (document_of_change,) = [each for each in order(bench)["documents"] if each["message"] == "860"]
    assert document_of_change["type"] == "order_change"
    assert changes(bench)[0]["document"] == document_of_change["id"]


def test_a_change_of_date_and_price_keeps_what_it_does_not_speak_of(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "PC", "10", price="11.9"), "DTM*002*20261015", control=2)
    first, second = order(bench)["order"]["lines"]
    assert (first["price"], first["quantity"], first["requested"]["delivery_on"]) == ("11.9", "10", "2026-10-15")
    assert first["echo"]["ids"][0] == {"qualifier": "BP", "value": "BUY00001"}
    assert (second["price"], second["quantity"]) == ("12.5", "10")


@pytest.mark.parametrize("purpose", ["04", "05"])
def test_a_quantity_below_what_was_shipped_is_answered_and_not_applied(automatic, purpose):
    bench = automatic
    bench.take(interchange([order_850()]))
    ship(bench, line1="7")
    before = order(bench)
    message = change(bench, poc(1, "CA", "5"), poc(2, "NC"), control=2, purpose=purpose)
    after = order(bench)
    assert after["order"] == before["order"]
    assert after["matrix"] == before["matrix"]
    (document,) = bench.documents(message)
    assert (document.state, document.error["code"]) == ("rejected", "BUS-404")
    (answer,) = answers(bench)
    assert said(answer, "BCA")[0][2] == "RD"
    assert [each[1] for each in said(answer, "ACK")] == ["IR", "IR"]
    (told,) = events(bench, "order.change_rejected")
    assert "7 were shipped" in told["reason"]


def test_an_unknown_line_rejects_the_whole_change(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    message = change(bench, poc(1, "QI", "20"), poc(9, "QI", "20"), control=2)
    (document,) = bench.documents(message)
    assert (document.state, document.error["code"]) == ("rejected", "BUS-405")
    assert counts(bench, "ordered") == {"1": "10", "2": "10"}
    assert changes(bench)[0]["state"] == "rejected"


def test_a_change_after_delivery_is_answered_and_not_applied(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    with bench.hub.transaction() as tx:
        tx.orders.move(tx.orders.numbered(NUMBER, "acme"), STATUSES.index("delivered"), actor="test", reason="delivered")
    change(bench, poc(1, "QI", "20"), control=2)
    assert counts(bench, "ordered") == {"1": "10", "2": "10"}
    (answer,) = answers(bench)
    assert said(answer, "BCA")[0][2] == "RD"


def test_a_line_that_left_in_full_is_not_changed(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    ship(bench, line1="10")
    message = change(bench, poc(1, "PC", "10", price="1.00"), control=2)
    (document,) = bench.documents(message)
    assert (document.state, document.error["code"]) == ("rejected", "BUS-404")


def test_a_change_of_what_has_not_left_waits_for_a_person_once_shipping_began(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    ship(bench, line1="4")
    change(bench, poc(2, "QI", "20"), control=2)
    (waiting,) = changes(bench)
    assert (waiting["state"], waiting["problem"]["code"]) == ("pending", "BUS-416")
    decide(bench, "accept")
    assert counts(bench, "ordered") == {"1": "10", "2": "20"}
    assert counts(bench, "shipped") == {"1": "4", "2": "0"}


def test_a_change_of_an_order_we_do_not_have_is_held(automatic):
    message = change(automatic, poc(1, "QI", "20"), control=1, number="4711")
    (document,) = automatic.documents(message)
    assert (document.state, document.error["code"]) == ("held", "BUS-400")
    assert [each["kind"] for each in work(automatic)] == ["document_held"]
    assert answers(automatic) == []


def test_a_change_of_an_order_we_do_not_have_is_answered_where_business_findings_are_rejected(make):
    bench = make(confirm="automatic", agreements=AGREED, defaults="  findings: {business: reject}")
    message = change(bench, poc(1, "QI", "20"), control=1, number="4711")
    (document,) = bench.documents(message)
    assert document.state == "rejected"
    (answer,) = answers(bench)
    assert said(answer, "BCA")[0][2:4] == ["RJ", "4711"]


def test_a_refused_change_without_an_answer_that_is_agreed_is_held(make):
    bench = make(confirm="automatic", agreements="  - receive: x12/004010/860")
    bench.take(interchange([order_850()]))
    message = change(bench, poc(9, "QI", "20"), control=2)
    (document,) = bench.documents(message)
    assert (document.state, document.error["code"]) == ("held", "BUS-405")


def test_a_cancellation_cancels_the_order_and_is_accepted(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    change(bench, control=2, purpose="01")
    shown = order(bench)
    assert shown["status"]["slug"] == "cancelled"
    assert counts(bench, "cancelled") == {"1": "10", "2": "10"}
    assert counts(bench, "confirmed") == {"1": "0", "2": "0"}
    (answer,) = answers(bench)
    assert said(answer, "BCA")[0][2] == "AK"
    assert len(events(bench, "order.cancelled")) == 1


def test_a_cancellation_that_comes_as_an_order_is_answered_before_anybody_looked_at_it(manual):
    manual.take(interchange([order_850()]))
    manual.take(interchange([order_850(purpose="01")], control=2))
    assert order(manual)["status"]["slug"] == "cancelled"
    (answer,) = answers(manual)
    assert said(answer, "BCA")[0][2:4] == ["AK", NUMBER]


def test_a_cancellation_after_shipping_is_answered_and_not_applied(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    ship(bench, line1="1")
    change(bench, control=2, purpose="01")
    assert order(bench)["status"]["slug"] == "shipping"
    (answer,) = answers(bench)
    assert said(answer, "BCA")[0][2] == "RJ"


def test_a_change_that_takes_away_every_line_cancels_the_order(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "DI"), poc(2, "QD", "0"), control=2)
    assert order(bench)["status"]["slug"] == "cancelled"
    assert problems(order(bench)["matrix"]) == []


def test_a_replacement_drops_the_lines_it_does_not_name(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "RZ", "3"), poc(4, "RZ", "8", item="NEW4"), control=2, purpose="05")
    assert [line["number"] for line in order(bench)["order"]["lines"]] == ["1", "4"]
    assert counts(bench, "cancelled") == {"1": "0", "2": "10", "4": "0"}
    assert counts(bench, "confirmed") == {"1": "3", "2": "0", "4": "8"}


def test_an_order_that_replaces_one_is_a_change_of_it(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    bench.take(interchange([order_850(purpose="05", quantity="25")], control=2))
    (only,) = bench.orders()
    assert [line["quantity"] for line in only["order"]["lines"]] == ["25", "25"]
    assert counts(bench, "confirmed") == {"1": "25", "2": "25"}
    assert len(answers(bench)) == 1


def test_an_order_that_replaces_one_already_shipped_changes_nothing(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    ship(bench, line1="10", line2="10")
    message = bench.take(interchange([order_850(purpose="05", quantity="5")], control=2))
    (document,) = bench.documents(message)
    assert document.state == "rejected"
    assert counts(bench, "ordered") == {"1": "10", "2": "10"}


def test_the_same_change_again_has_one_effect(make):
    bench = make(confirm="automatic", agreements=AGREED, defaults="  duplicates: {business: answer}")
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "QD", "6"), control=2)
    message = change(bench, poc(1, "QD", "6"), control=3)
    (document,) = bench.documents(message)
    assert document.state == "duplicate"
    assert len(changes(bench)) == 1
    first, second = answers(bench)
    assert first == second


def test_an_older_change_waits_for_a_person(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "QI", "20"), control=2, sequence="2")
    change(bench, poc(1, "QI", "15"), control=3, sequence="1")
    assert counts(bench, "ordered")["1"] == "20"
    late = changes(bench)[1]
    assert (late["state"], late["problem"]["code"]) == ("pending", "BUS-402")
    assert [each["kind"] for each in work(bench)] == ["change_pending"]
    decide(bench, "reject", reason="superseded by change 2")
    assert work(bench) == []
    assert said(answers(bench)[-1], "BCA")[0][2] == "RD"


def test_a_code_that_contradicts_its_quantity_waits_for_a_person(automatic):
    bench = automatic
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "QI", "4"), control=2)
    assert changes(bench)[0]["problem"]["code"] == "BUS-409"
    assert counts(bench, "ordered")["1"] == "10"


def test_where_a_person_decides_a_change_is_a_proposal_until_then(manual):
    bench = manual
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "QD", "6"), control=2)
    shown = order(bench)
    assert [line["quantity"] for line in shown["order"]["lines"]] == ["10", "10"]
    (waiting,) = changes(bench)
    assert waiting["lines"] == [
        {
            "line": "1",
            "action": "change",
            "before": {"quantity": "10", "unit": "EA", "price": "12.5"},
            "after": {"quantity": "6", "unit": "EA", "price": "12.5"},
        }
    ]
    assert answers(bench) == []
    decide(bench, "accept", reason="agreed by phone")
    assert counts(bench, "ordered") == {"1": "6", "2": "10"}
    assert counts(bench, "confirmed") == {"1": "0", "2": "0"}
    (decided,) = changes(bench)
    assert (decided["state"], decided["decided_by"], decided["reason"]) == ("applied", "mara", "agreed by phone")
    assert said(answers(bench)[0], "BCA")[0][2] == "AD"


def test_a_person_may_accept_some_lines_only(manual):
    bench = manual
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "QD", "6"), poc(2, "QI", "50"), control=2)
    decide(bench, "accept", lines=["1"])
    assert counts(bench, "ordered") == {"1": "6", "2": "10"}
    (answer,) = answers(bench)
    assert said(answer, "BCA")[0][2] == "AC"
    assert [each[1] for each in said(answer, "ACK")] == ["IA", "IR"]


def test_a_person_may_reject_a_change(manual):
    bench = manual
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "QD", "6"), control=2)
    decide(bench, "reject", reason="already picked")
    assert counts(bench, "ordered") == {"1": "10", "2": "10"}
    (answer,) = answers(bench)
    assert said(answer, "BCA")[0][2] == "RD"
    assert any("already picked" in "".join(map(str, each)) for each in said(answer, "MSG"))
    with pytest.raises(ValueError, match="not enough values"):
        decide(bench, "accept")


def test_a_change_that_waits_no_more_is_not_decided_again(manual):
    bench = manual
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "QD", "6"), control=2)
    document = changes(bench)[0]["document"]
    decide(bench, "accept")
    with pytest.raises(Refused) as refused:
        prepare_change_decision("reject", order(bench)["id"], document, hub=bench.hub, actor="mara", said=Said())
    assert refused.value.code == "BUS-426"


def test_a_change_accepted_after_the_goods_left_is_refused(manual):
    bench = manual
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "QD", "6"), control=2)
    ship(bench, line1="8")
    with pytest.raises(Refused) as refused:
        decide(bench, "accept")
    assert refused.value.code == "BUS-404"


def test_another_change_waits_behind_one_that_waits(manual):
    bench = manual
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "QD", "6"), control=2)
    change(bench, poc(1, "QD", "5"), control=3, sequence="2")
    assert [each["problem"]["code"] for each in changes(bench)] == ["BUS-419", "BUS-414"]


def test_an_order_held_for_its_quantity_goes_on_once_a_replacement_says_better(manual):
    bench = manual
    bench.take(interchange([order_850(quantity="-5")]))
    assert order(bench)["held"] is not None
    bench.take(interchange([order_850(purpose="05")], control=2))
    assert order(bench)["held"] is None


def test_an_855_answers_a_change_where_that_is_agreed(make):
    agreements = "  - receive: x12/004010/860\n  - send: x12/004010/855\n    triggered_by: [changed]"
    bench = make(confirm="automatic", agreements=agreements)
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "QD", "6"), control=2)
    (sent,) = [each for each in bench.sent() if "ST*855" in each]
    assert "BAK*00*AD*4500000042*20260924" in sent


RULES = """\
rules: site
approval:
  - rule: large
    title: over 260
    approver: sales manager
    when: {all: [{field: currency, operator: equals, value: USD}, {field: amount, operator: above, value: "260"}]}
"""


def test_a_change_that_makes_an_order_need_approval_waits_and_takes_the_approval_with_it(make, tmp_path):
    rules = tmp_path / "site" / "mappings" / "rules"
    rules.mkdir(parents=True)
    (rules / "site.yaml").write_text(RULES)
    bench = make(confirm="automatic", agreements=AGREED, defaults="  orders: {currency: USD}")
    bench.take(interchange([order_850()]))
    assert (order(bench)["status"]["slug"], order(bench)["approval"]) == ("confirmed", "not_required")
    change(bench, poc(1, "QI", "20"), control=2)
    assert changes(bench)[0]["problem"]["code"] == "BUS-427"
    assert order(bench)["approval"] == "not_required"
    decide(bench, "accept")
    assert counts(bench, "ordered")["1"] == "20"
    assert order(bench)["approval"] == "pending"
    assert "order.approval_needed" in bench.events()


def test_a_change_beyond_what_is_usual_waits_with_the_guard_that_says_so(make):
    bench = make(confirm="automatic", agreements=AGREED, defaults="  orders: {currency: USD, largest: {quantity: 50}}")
    bench.take(interchange([order_850()]))
    change(bench, poc(1, "QI", "51"), control=2)
    assert changes(bench)[0]["problem"]["code"] == "BUS-363"
    change(bench, control=3, purpose="01", sequence="2")
    assert order(bench)["status"]["slug"] == "cancelled"
    assert [each["state"] for each in changes(bench)] == ["superseded", "applied"]
