"""An order arrives: stored, acknowledged, translated; and everything that can be wrong with it."""

from __future__ import annotations

import pytest

from hub.errors import Refused
from hub.flow import process as process_module
from hub.flow.replay import discard, replay
from hub.store.message_items import MessageFilter, chain_of, get_item, list_messages
from hub.testing.flow_site import interchange, order_850


def test_an_order_becomes_an_order_and_its_acknowledgment_leaves(bench):
    message = bench.take(interchange([order_850()]))
    (order,) = bench.orders()
    assert order["number"] == "4500000042"
    assert order["status"]["slug"] == "draft"
    assert [line["quantity"] for line in order["order"]["lines"]] == ["10", "10"]
    (acknowledgment,) = bench.sent()
    assert "AK1*PO*1~" in acknowledgment
    assert "AK9*A*1*1*1~" in acknowledgment
    assert bench.message(message).state == "done"
    assert bench.events() == ["order.received"]


def test_the_chain_of_an_order_holds_it_and_its_acknowledgment(bench):
    bench.take(interchange([order_850()]))
    (order,) = bench.orders()
    with bench.hub.read() as view:
        chain = chain_of(view.connection, order["id"])
    assert [(each["message"], each["direction"]) for each in chain] == [("850", "in"), ("997", "out")]
    assert chain[1]["lights"]["delivery"]["state"] == "ok"


def test_the_same_arrival_twice_is_one_message(bench):
    first = bench.accept(interchange([order_850()]), key="same")
    second = bench.accept(interchange([order_850()]), key="same")
    assert second.is_duplicate
    assert second.message_id == first.message_id
    bench.drain()
    assert len(bench.orders()) == 1
    assert len(bench.sent()) == 1


def test_other_bytes_under_a_used_transport_key_are_kept_apart(bench):
    bench.accept(interchange([order_850()]), key="same")
    second = bench.accept(interchange([order_850("OTHER")], control=2), key="same")
    assert second.is_conflict
    assert not second.is_duplicate
    bench.drain()
    assert sorted(order["number"] for order in bench.orders()) == ["4500000042", "OTHER"]


def test_the_same_interchange_again_is_answered_again_with_the_stored_bytes_and_not_processed(bench):
    bench.take(interchange([order_850()]))
    again = bench.take(interchange([order_850()]))
    assert bench.message(again).state == "duplicate"
    assert len(bench.orders()) == 1
    first, second = bench.sent()
    assert first == second
    assert bench.far_side.received[0].idempotency_key == bench.far_side.received[1].idempotency_key


def test_a_used_control_number_with_other_content_is_held_and_changes_nothing(bench):
    bench.take(interchange([order_850()]))
    held = bench.take(interchange([order_850("OTHER")]))
    message = bench.message(held)
    assert (message.state, message.error["code"]) == ("held", "RTE-310")
    assert message.error["hint"]
    assert len(bench.orders()) == 1
    assert len(bench.sent()) == 1


def test_a_used_control_number_with_other_content_is_accepted_where_the_agreement_says_so(make):
    bench = make(defaults="  duplicates: {other_bytes: accept}")
    bench.take(interchange([order_850()]))
    bench.take(interchange([order_850("OTHER")]))
    assert len(bench.orders()) == 2


def test_a_used_control_number_with_other_content_is_refused_aloud_where_the_agreement_says_so(make):
    bench = make(defaults="  duplicates: {other_bytes: reject}\n  acknowledge: {technical: errors}")
    bench.take(interchange([order_850()]))
    refused = bench.take(interchange([order_850("OTHER")]))
    message = bench.message(refused)
    assert [each.state for each in bench.documents(refused)] == ["rejected"]
    assert message.state == "rejected"
    assert len(bench.orders()) == 1
    _, answer = bench.sent()
    assert "TA1*000000001*260924*1200*R*025~" in answer
    assert "AK1" not in answer


def test_a_count_of_lines_that_does_not_hold_keeps_the_order_for_a_person(make):
    bench = make()
    lost = bench.take(interchange([[*order_850()[:-1], "CTT*3"]]))
    assert bench.orders() == []
    (document,) = bench.documents(lost)
    assert (document.state, document.error["code"]) == ("held", "BUS-325")
    assert "AK9*A*1*1*1~" in bench.sent()[0]


def test_a_difference_within_the_tolerance_holds_nothing(make):
    bench = make(defaults="  tolerances: {count: 1, total: 0.50}")
    bench.take(interchange([[*order_850()[:-1], "CTT*3", "AMT*TT*250.40"]]))
    assert len(bench.orders()) == 1
    beyond = bench.take(interchange([[*order_850("OTHER")[:-1], "CTT*3", "AMT*TT*250.60"]], control=2))
    assert len(bench.orders()) == 1
    assert [each.error["code"] for each in bench.documents(beyond)] == ["BUS-326"]


def test_what_the_standard_found_stays_with_the_document_beside_what_the_guide_found(bench):
    body = order_850()
    taken = bench.take(interchange([[*body[:4], "XYZ*1", *body[4:-1], "CTT*2*99"]]))
    (document,) = bench.documents(taken)
    with bench.hub.read() as view:
        found = [(each["layer"], each["code"]) for each in view.documents.findings(document.id)]
    assert ("standard", "EDI-201") in found
    assert ("guide", "MAP-221") in found


def test_a_partners_own_table_reads_its_orders_and_writes_their_answers(make, tmp_path):
    table = tmp_path / "site" / "mappings" / "tables" / "acme" / "units.yaml"
    table.parent.mkdir(parents=True)
    table.write_text("table: acme/units\nextends: uom/x12\nrows: {QQ: XPK}\n")
    bench = make(
        confirm="automatic",
        defaults="  tables: {uom/x12: acme/units}",
        agreements="  - send: x12/004010/855\n    triggered_by: [confirmed]\n",
    )
    bench.take(interchange([order_850(unit="QQ")]))
    (order,) = bench.orders()
    assert {line["unit"] for line in order["order"]["lines"]} == {"XPK"}
    assert any("ACK*IA*10*QQ" in sent for sent in bench.sent())


def test_a_control_number_may_come_round_again_after_the_window(bench, clock):
    bench.take(interchange([order_850()]))
    clock.forward(days=91)
    again = bench.take(interchange([order_850("NEXT-YEAR")]))
    assert bench.message(again).state == "done"
    assert len(bench.orders()) == 2


def test_test_and_production_do_not_share_control_numbers(bench):
    bench.take(interchange([order_850()]))
    bench.take(interchange([order_850("T1")], test="T"))
    assert {(order["number"], order["test"]) for order in bench.orders()} == {("4500000042", False), ("T1", True)}


def test_an_unknown_sender_is_held_with_a_cure_and_goes_on_once_it_is_known(bench):
    message = bench.take(interchange([order_850()], between=("STRANGER", "EDIHUB")))
    stored = bench.message(message)
    assert (stored.state, stored.error["code"]) == ("held", "RTE-301")
    assert "identities" in stored.error["hint"]
    assert bench.sent() == []
    partner = bench.hub.site.root / "partners" / "acme.yaml"
    partner.write_text(partner.read_text().replace("ZZ:ACME", "ZZ:STRANGER"))
    from hub.routing.agreements import Directory
    from hub.routing.load import load_site

    bench.hub.site = load_site(bench.hub.site.root)
    bench.hub.directory = Directory(bench.hub.site)
    replay(message, bench.hub, actor="test")
    bench.drain()
    assert bench.message(message).state == "done"
    assert len(bench.orders()) == 1
    assert len(bench.sent()) == 1


def test_what_is_no_edi_at_all_is_held_and_never_dropped(bench):
    message = bench.take(b"Dear Sir, please find our order attached.")
    stored = bench.message(message)
    assert (stored.state, stored.error["code"]) == ("held", "EDI-001")
    assert stored.error["hint"]
    with bench.hub.read() as view:
        assert view.payload(message).startswith(b"Dear Sir")


def test_a_message_nobody_agreed_on_is_held_but_its_syntax_is_answered(bench):
    message = bench.take(interchange([["BMG*00*TEXT", "MIT*1*Hello", "MSG*Hello"]], type_="864"))
    (document,) = bench.documents(message)
    assert (document.state, document.error["code"]) == ("held", "RTE-303")
    assert len(bench.sent()) == 1


def test_one_bad_message_among_many_affects_only_itself(bench):
    messages = [order_850(f"PO-{n}", lines=1) for n in range(40)]
    messages[17] = [segment for segment in messages[17] if not segment.startswith("BEG")]
    message = bench.take(interchange(messages))
    states = [row.state for row in bench.documents(message)]
    assert states.count("done") == 39
    assert states[17] == "rejected"
    assert len(bench.orders()) == 39
    (acknowledgment,) = bench.sent()
    assert acknowledgment.count("AK5*R") == 1
    assert acknowledgment.count("AK5*A") == 39
    assert "AK9*P*40*40*39~" in acknowledgment


def test_a_unit_in_no_table_holds_its_order_and_leaves_the_acknowledgment_positive(bench):
    message = bench.take(interchange([order_850("GOOD"), order_850("ODD", unit="ZY")]))
    good, odd = bench.documents(message)
    assert good.state == "done"
    assert odd.state == "held"
    assert odd.error["code"].startswith("MAP-25")
    assert odd.number == "ODD"
    assert {"message", "hint", "who", "where"} <= set(odd.error)
    (acknowledgment,) = bench.sent()
    assert "AK5*R" not in acknowledgment
    assert bench.message(message).state == "held"


def test_our_own_mistake_in_one_message_sets_aside_that_one_and_loses_nothing(bench, monkeypatch):
    original = process_module.understand

    def stumble(judged, hub):
        if judged.message.control_number == "0002":
            raise KeyError("a bug of ours")
        return original(judged, hub)

    monkeypatch.setattr(process_module, "understand", stumble)
    message = bench.take(interchange([order_850(f"PO-{n}") for n in range(3)]))
    for _ in range(3):
        bench.clock.forward(days=1)
        bench.drain()
    assert [row.state for row in bench.documents(message)] == ["done", "quarantined", "done"]
    assert len(bench.orders()) == 2
    monkeypatch.setattr(process_module, "understand", original)
    replay(bench.documents(message)[1].id, bench.hub, actor="test")
    bench.drain()
    assert len(bench.orders()) == 3
    assert bench.message(message).state == "done"
    assert len(bench.sent()) == 1


def test_a_file_with_several_interchanges_is_judged_one_by_one(bench):
    payload = interchange([order_850("A")], control=1) + interchange(
        [order_850("B")], control=2, between=("STRANGER", "EDIHUB")
    )
    message = bench.take(payload)
    assert [row.state for row in bench.documents(message)] == ["done", "held"]
    assert bench.message(message).state == "held"
    assert [order["number"] for order in bench.orders()] == ["A"]


def test_the_same_order_again_under_a_new_control_number_is_held_by_default(bench):
    bench.take(interchange([order_850()]))
    again = bench.take(interchange([order_850()], control=2))
    (document,) = bench.documents(again)
    assert (document.state, document.error["code"]) == ("held", "BUS-302")
    assert len(bench.orders()) == 1
    assert len(bench.sent()) == 2


def test_the_same_order_again_is_answered_as_a_duplicate_where_agreed(make):
    bench = make(defaults="  duplicates: {business: answer}")
    bench.take(interchange([order_850()]))
    again = bench.take(interchange([order_850()], control=2))
    (document,) = bench.documents(again)
    assert document.state == "duplicate"
    assert len(bench.orders()) == 1


def test_another_content_under_the_same_business_key_is_a_new_version_where_agreed(make):
    bench = make(defaults="  duplicates: {business: accept}")
    bench.take(interchange([order_850(quantity="10")]))
    bench.take(interchange([order_850(quantity="25")], control=2))
    (order,) = bench.orders()
    assert [line["quantity"] for line in order["order"]["lines"]] == ["25", "25"]
    assert "order.changed" in bench.events()


def test_a_copy_creates_no_order(bench):
    bench.take(interchange([order_850()]))
    copy = bench.take(interchange([order_850(purpose="07")], control=2))
    (document,) = bench.documents(copy)
    assert document.state == "done"
    assert len(bench.orders()) == 1


def test_a_cancellation_by_its_purpose_cancels_the_order_it_names(bench):
    bench.take(interchange([order_850()]))
    bench.take(interchange([order_850(purpose="01")], control=2))
    (order,) = bench.orders()
    assert order["status"]["slug"] == "cancelled"


def test_a_cancellation_of_nothing_is_held(bench):
    message = bench.take(interchange([order_850(purpose="01")]))
    (document,) = bench.documents(message)
    assert (document.state, document.error["code"]) == ("held", "BUS-304")


def test_an_agreement_may_confirm_by_itself(make):
    bench = make(confirm="automatic")
    bench.take(interchange([order_850()]))
    (order,) = bench.orders()
    assert order["status"]["slug"] == "confirmed"
    assert bench.events() == ["order.received", "order.confirmed"]


def test_what_had_its_effect_is_not_replayed(bench):
    message = bench.take(interchange([order_850()]))
    with pytest.raises(Refused, match="had its effect"):
        replay(message, bench.hub, actor="test")


def test_a_held_document_can_be_discarded_and_stays_as_evidence(bench):
    message = bench.take(interchange([order_850(unit="ZY")]))
    (document,) = bench.documents(message)
    discard(document.id, bench.hub, actor="test", reason="a trial")
    assert bench.message(message).state == "discarded"
    with bench.hub.read() as view:
        assert get_item(view.connection, document.id)["state"] == "discarded"
        assert view.payload(message).startswith(b"ISA")


def test_a_partner_that_is_switched_off_is_held_and_nothing_is_sent(make):
    bench = make(state="off")
    message = bench.take(interchange([order_850()]))
    assert bench.message(message).state == "held"
    assert bench.sent() == []


def test_a_large_file_lies_beside_the_database_and_is_processed_all_the_same(bench):
    messages = [order_850(f"PO-{n}", lines=40) for n in range(150)]
    payload = interchange(messages)
    assert len(payload) > 256 * 1024
    message = bench.take(payload)
    assert len(bench.orders()) == 150
    with bench.hub.read() as view:
        assert view.messages.place_of(message)[0] is None
        assert view.payload(message) == payload


def test_messages_let_go_between_the_steps_are_read_again(bench, monkeypatch):
    monkeypatch.setattr("hub.flow.reading.read_file.__kwdefaults__", {"keep": 20})
    bench.take(interchange([order_850(f"PO-{n}") for n in range(12)]))
    assert len(bench.orders()) == 12


def test_the_list_shows_every_document_and_pages_without_gaps(bench):
    for control in range(1, 6):
        bench.take(interchange([order_850(f"PO-{control}-{n}") for n in range(3)], control=control))
    seen, after = [], None
    while True:
        with bench.hub.read() as view:
            page = list_messages(view.connection, MessageFilter(), limit=4, after=after)
        seen += [item["id"] for item in page.items]
        after = page.next
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5 * 3 + 5
