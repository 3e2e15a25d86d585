"""What leaves: the same bytes under the same identity however often, retries, dead letters, resends."""

from __future__ import annotations

import pytest

from hub.config.secrets import MissingSecret
from hub.errors import PermanentDeliveryError, Refused, TemporaryDeliveryError, UncertainDeliveryError, UnusableConnection
from hub.flow.far_sides import try_at_once
from hub.flow.resend import resend
from hub.flow.send import send_file
from hub.store.message_items import get_item
from hub.testing.flow_site import interchange, order_850


def item(bench, wanted):
    with bench.hub.read() as view:
        return get_item(view.connection, wanted)


def test_a_delivery_that_is_refused_for_now_is_repeated_with_the_same_bytes_and_identity(bench, clock):
    bench.far_side.failures = [TemporaryDeliveryError("busy"), UncertainDeliveryError("the line went dead")]
    sent = send_file(interchange([order_850()]), "acme", bench.hub, name="order.x12")
    bench.drain()
    assert bench.far_side.received == []
    assert item(bench, sent.message_id)["state"] == "retry"
    for _ in range(2):
        clock.forward(seconds=3700)
        bench.drain()
    (document,) = bench.far_side.received
    assert document.idempotency_key == sent.message_id
    found = item(bench, sent.message_id)
    assert found["state"] == "delivered"
    assert found["lights"]["delivery"]["state"] == "ok"
    assert bench.message(sent.message_id).attempts == 3


def test_a_far_side_that_names_a_delay_is_left_alone_that_long(bench, clock):
    bench.far_side.failures = [TemporaryDeliveryError("slow down", retry_after=7200)]
    send_file(interchange([order_850()]), "acme", bench.hub, name="order.x12")
    bench.drain()
    clock.forward(seconds=7199)
    bench.drain()
    assert bench.far_side.received == []
    clock.forward(seconds=3700)
    bench.drain()
    assert len(bench.far_side.received) == 1


def test_a_refusal_for_good_is_a_dead_letter_with_a_red_light_until_a_person_resends_it(bench):
    bench.far_side.failures = [PermanentDeliveryError("no such mailbox", "ask the partner for the right one")]
    sent = send_file(interchange([order_850()]), "acme", bench.hub, name="order.x12")
    bench.drain()
    found = item(bench, sent.message_id)
    assert (found["state"], found["lights"]["delivery"]["state"]) == ("dead", "failed")
    assert found["error"]["hint"] == "ask the partner for the right one"
    assert "document.dead" in bench.events()
    resend(sent.message_id, bench.hub, actor="test")
    bench.drain()
    (document,) = bench.far_side.received
    assert document.payload == interchange([order_850()])
    assert item(bench, sent.message_id)["lights"]["delivery"]["state"] == "ok"


def test_while_a_connection_cannot_be_used_everything_waits_and_leaves_by_itself_once_it_can(bench, clock):
    changed = [UnusableConnection("HOST KEY CHANGED", "ask the partner", code="DLV-430") for _ in range(8)]
    bench.far_side.failures = list(changed)
    sent = [
        send_file(interchange([order_850()], control=n), "acme", bench.hub, name=f"{n}.x12").message_id for n in range(1, 8)
    ]
    for _ in range(3):
        bench.drain()
        clock.forward(seconds=60)
    assert {item(bench, each)["state"] for each in sent} == {"retry"}
    # the seven that were under way together; nothing has tried since
    assert len(bench.far_side.failures) == 1
    assert bench.events().count("connection.suspended") == 1
    assert "document.dead" not in bench.events()
    for _ in range(4):
        clock.forward(seconds=901)
        bench.drain()
    assert [item(bench, each)["state"] for each in sent] == ["delivered"] * 7
    assert sorted(each.name for each in bench.far_side.received) == [f"{n}.x12" for n in range(1, 8)]


def test_a_secret_that_is_not_there_holds_up_the_connection_and_sets_no_document_aside(bench, clock):
    bench.far_side.failures = [MissingSecret("the environment variable X is not set", "set X")]
    sent = send_file(interchange([order_850()]), "acme", bench.hub, name="order.x12").message_id
    bench.drain()
    found = item(bench, sent)
    assert (found["state"], found["error"]["code"], found["error"]["hint"]) == ("retry", "SEC-101", "set X")
    assert bench.events().count("connection.suspended") == 1
    clock.forward(seconds=901)
    bench.drain()
    assert item(bench, sent)["state"] == "delivered"


def test_what_waits_for_a_connection_that_was_mended_leaves_at_once_when_somebody_finds_it_works(bench, clock):
    bench.far_side.failures = [UnusableConnection("the login is refused", "ask the partner", code="DLV-432") for _ in range(3)]
    sent = [
        send_file(interchange([order_850()], control=n), "acme", bench.hub, name=f"{n}.x12").message_id for n in range(1, 4)
    ]
    bench.drain()
    clock.forward(seconds=5)
    bench.drain()
    assert {item(bench, each)["state"] for each in sent} == {"retry"}
    with bench.hub.transaction() as tx:
        assert try_at_once(tx, "acme/main")
    assert "connection.resumed" not in bench.events(), "nothing has got through yet"
    bench.drain()
    assert {item(bench, each)["state"] for each in sent} == {"delivered"}
    assert bench.events().count("connection.resumed") == 1
    with bench.hub.transaction() as tx:
        assert not try_at_once(tx, "acme/main"), "nothing was put off"


def test_a_trial_that_somebody_asked_for_and_that_fails_leaves_the_connection_alone_again(bench, clock):
    bench.far_side.failures = [UnusableConnection("the login is refused", "ask the partner", code="DLV-432") for _ in range(2)]
    sent = send_file(interchange([order_850()]), "acme", bench.hub, name="1.x12").message_id
    bench.drain()
    with bench.hub.transaction() as tx:
        assert try_at_once(tx, "acme/main")
    bench.drain()
    assert bench.far_side.failures == []
    clock.forward(seconds=890)
    bench.drain()
    assert item(bench, sent)["state"] == "retry"
    clock.forward(seconds=11)
    bench.drain()
    assert item(bench, sent)["state"] == "delivered"


def test_the_hub_gives_up_after_the_agreed_time_and_says_so(bench, clock):
    bench.far_side.failures = [TemporaryDeliveryError("down") for _ in range(200)]
    sent = send_file(interchange([order_850()]), "acme", bench.hub, name="order.x12")
    for _ in range(120):
        bench.drain()
        clock.forward(seconds=1800)
    assert item(bench, sent.message_id)["state"] == "dead"
    assert len(bench.far_side.failures) > 100


def test_a_resend_is_refused_while_the_first_is_on_its_way_and_for_what_came_in(bench):
    sent = send_file(interchange([order_850()]), "acme", bench.hub, name="order.x12")
    with pytest.raises(Refused, match="on its way"):
        resend(sent.message_id, bench.hub, actor="test")
    arrived = bench.take(interchange([order_850()]))
    with pytest.raises(Refused, match="only what we sent"):
        resend(arrived, bench.hub, actor="test")


def test_a_resend_sends_the_same_bytes_under_the_same_identity(bench):
    bench.take(interchange([order_850()]))
    with bench.hub.read() as view:
        (answer,) = view.messages.answers_to(
            view.documents.numbered("4500000042", partner="acme", kind="order", direction="in").message_id
        )
    resend(answer, bench.hub, actor="test")
    bench.drain()
    first, second = bench.far_side.received
    assert first.payload == second.payload
    assert first.idempotency_key == second.idempotency_key


def test_wire_bytes_are_made_once_and_stored_before_the_first_attempt(bench, clock):
    from dataclasses import replace

    made = []

    def prepare(document):
        made.append(document.payload)
        return replace(document, wire=b"signed " + document.payload[:10], reference="<id@edihub>", evidence={"mic": "abc"})

    class Signing(type(bench.far_side)):
        def prepare(self, document):
            return prepare(document)

    signing = Signing(failures=[TemporaryDeliveryError("busy")])
    bench.hub.build_connector = lambda name: signing
    sent = send_file(interchange([order_850()]), "acme", bench.hub, name="order.x12")
    bench.drain()
    clock.forward(seconds=3700)
    bench.drain()
    assert len(made) == 1
    (document,) = signing.received
    assert document.wire == b"signed ISA*00*   "
    assert document.evidence == {"mic": "abc"}
    assert item(bench, "<id@edihub>")["message_id"] == sent.message_id


def test_control_numbers_grow_without_gaps_over_acknowledgments(bench):
    for control in range(1, 5):
        bench.take(interchange([order_850(f"PO-{control}")], control=control))
    interchanges = [text[90:99] for text in bench.sent()]
    groups = [text.partition("~GS*")[2].split("*")[5] for text in bench.sent()]
    assert interchanges == [f"{n:09}" for n in range(1, 5)]
    assert groups == ["1", "2", "3", "4"]
