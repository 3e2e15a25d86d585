"""Webhooks out: signed, at least once, in order, replayed, and nothing lost while the receiver is away."""

from __future__ import annotations

import itertools
import threading
import time
from email.utils import formatdate

import pytest

from hub.flow.seal import seal
from hub.flow.telling.signature import is_signed
from hub.flow.telling.webhooks import key_of, subscriptions, tell
from hub.store.order_resources import list_events
from hub.store.paging import from_cursor
from hub.testing.flow_site import interchange, order_850


def test_an_event_arrives_as_the_api_lists_it_and_signed(make, clock):
    bench = make()
    bench.take(interchange([order_850()]))
    assert bench.tell() == ["told"]
    with bench.hub.read() as view:
        listed = list_events(view.connection, limit=500).items
    assert bench.received() == listed
    assert "order.received" in [each["type"] for each in listed]
    request = bench.receiver.requests[0]
    assert request.headers["edihub-event"] == listed[0]["type"]
    assert request.headers["edihub-id"] == listed[0]["id"]
    assert is_signed(request.headers["edihub-signature"], request.body, ["first secret"], now=clock() // 1_000_000)
    assert bench.tell() == ["idle"]


def test_during_a_rotation_both_secrets_sign(make, clock, monkeypatch):
    bench = make(webhook="", more=ROTATING)
    monkeypatch.setenv("HOOK_SECRET", "second secret")
    monkeypatch.setenv("HOOK_SECRET_BEFORE", "first secret")
    bench.happen()
    bench.tell()
    (request,) = bench.receiver.requests
    for secret in ("first secret", "second secret"):
        assert is_signed(request.headers["edihub-signature"], request.body, [secret], now=clock() // 1_000_000)


ROTATING = """
[[webhooks]]
name = "erp"
url = "{url}"
secret = {env = "HOOK_SECRET"}
secret_before = {env = "HOOK_SECRET_BEFORE"}
allow_networks = ["127.0.0.0/8"]
"""


def test_a_receiver_that_was_down_an_hour_misses_nothing_and_gets_everything_in_order(make, clock):
    bench = make()
    bench.receiver.behaviour.status = 503
    for number in range(10):
        bench.happen(number=number)
        bench.tell()
        clock.forward(seconds=360)
    refused = len(bench.receiver.requests)
    assert {each["data"]["number"] for each in bench.received()} == {0}, "a later event never overtakes"
    assert refused <= 10
    bench.receiver.behaviour.status = 0
    bench.receiver.requests.clear()
    clock.forward(seconds=3600)
    assert bench.tell() == ["told"]
    assert [each["data"]["number"] for each in bench.received()] == list(range(10))
    assert bench.receiver.requests[0].headers["edihub-attempt"] == str(refused + 1)
    assert bench.receiver.requests[1].headers["edihub-attempt"] == "1"


def test_a_refused_event_is_not_tried_before_its_pause_is_over_nor_before_the_receiver_asked(make, clock):
    bench = make()
    bench.receiver.behaviour.status, bench.receiver.behaviour.headers = 429, {"retry-after": "120"}
    bench.happen()
    assert bench.tell() == ["failed"]
    clock.forward(seconds=119)
    assert bench.tell() == ["idle"]
    clock.forward(seconds=2)
    bench.receiver.behaviour.status = 0
    assert bench.tell() == ["told"]


def test_a_date_in_retry_after_is_honoured(make, clock):
    bench = make()
    bench.receiver.behaviour.status = 503
    bench.receiver.behaviour.headers = {"retry-after": formatdate(time.time() + 1800, usegmt=True)}
    bench.happen()
    bench.tell()
    assert 1700 < (bench.subscriber().due_at - clock()) / 1_000_000 <= 1801


@pytest.mark.parametrize("fault", ["during", "after", "drips", "stalls"])
def test_an_answer_that_does_not_come_is_a_failure_with_its_reason_and_the_event_comes_again(make, clock, fault):
    bench = make()
    bench.happen(number=1)
    if fault in {"during", "after"}:
        bench.receiver.behaviour.cut = fault
    else:
        setattr(bench.receiver.behaviour, fault, True)
    assert bench.tell() == ["failed"]
    assert bench.subscriber().error.startswith("DLV-482 127.0.0.1:")
    bench.receiver.behaviour.cut, bench.receiver.behaviour.drips, bench.receiver.behaviour.stalls = None, False, False
    clock.forward(seconds=10)
    assert bench.tell() == ["told"]
    assert bench.received()[-1]["data"]["number"] == 1
    assert bench.subscriber().error is None


def test_a_redirect_is_not_followed(make):
    bench = make()
    bench.receiver.behaviour.status, bench.receiver.behaviour.headers = 307, {"location": bench.receiver.url + "/elsewhere"}
    bench.happen()
    assert bench.tell() == ["failed"]
    assert len(bench.receiver.requests) == 1


def test_an_address_inside_is_refused_unless_its_network_is_allowed(make):
    bench = make(webhook='[[webhooks]]\nname = "erp"\nurl = "{url}"\nsecret = {{env = "HOOK_SECRET"}}\n')
    bench.happen()
    assert bench.tell() == ["failed"]
    assert bench.receiver.requests == []
    assert bench.subscriber().error.startswith("DLV-480")


def test_a_receiver_that_takes_nothing_for_a_day_counts_as_failing_once_and_recovers(make, clock):
    bench = make()
    bench.receiver.behaviour.status = 500
    bench.happen(number=1)
    for _ in range(40):
        bench.tell()
        clock.forward(seconds=3700)
    assert bench.subscriber().state == "failing"
    assert types(bench).count("webhook.failing") == 1
    bench.receiver.behaviour.status = 0
    bench.tell()
    bench.tell()
    assert bench.subscriber().state == "ok"
    assert types(bench).count("webhook.recovered") == 1
    assert [each["type"] for each in bench.received()][-2:] == ["webhook.failing", "webhook.recovered"]


def types(bench):
    seal(bench.hub)
    with bench.hub.read() as view:
        return [each["type"] for each in list_events(view.connection, limit=500).items]


def test_a_subscriber_is_told_again_from_a_cursor_on(make):
    bench = make()
    for number in range(5):
        bench.happen(number=number)
    bench.tell()
    second = from_cursor(bench.received()[1]["cursor"], (int,))[0]
    with bench.hub.transaction() as tx:
        tx.subscribers.rewind(key_of("erp"), second)
    bench.receiver.requests.clear()
    bench.tell()
    assert [each["data"]["number"] for each in bench.received()] == [2, 3, 4]


def test_a_new_subscriber_begins_with_what_happens_from_now_on(make, clock):
    bench = make(webhook="")
    bench.happen(number=1)
    later = make()
    later.happen(number=2)
    later.tell()
    assert [each["data"]["number"] for each in later.received()] == [2]


FILTERED = """
[[webhooks]]
name = "some"
url = "{url}"
secret = {env = "HOOK_SECRET"}
allow_networks = ["127.0.0.0/8"]
events = ["order.*", "document.overdue"]
partners = ["acme"]
test = "exclude"
"""


def test_a_subscriber_gets_the_types_and_partners_it_asked_for_and_no_test_traffic_where_it_wants_none(make):
    bench = make(webhook="", more=FILTERED)
    bench.happen("order.received", partner="acme")
    bench.happen("order.received", partner="other")
    bench.happen("order.received", partner="acme", test=True)
    bench.happen("document.overdue", partner="acme")
    bench.happen("document.sent", partner="acme")
    bench.happen("certificate.ends", connection="acme/as2")
    bench.take(interchange([order_850()]))
    bench.tell()
    assert [(each["type"], each["test"]) for each in bench.received()] == [
        ("order.received", False),
        ("document.overdue", False),
        ("order.received", False),
    ]


def test_test_traffic_is_told_as_test(make):
    bench = make()
    bench.take(interchange([order_850()], test="T"))
    bench.tell()
    assert bench.received()
    assert {each["test"] for each in bench.received()} == {True}


def test_several_processes_tell_a_subscriber_one_at_a_time_each_event_once_and_in_order(make):
    bench = make()
    for number in range(30):
        bench.happen(number=number)
    (subscription,) = subscriptions(bench.hub)
    threads = [threading.Thread(target=tell, args=(subscription, bench.hub)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each["data"]["number"] for each in bench.received()] == list(range(30))


def test_whoever_died_while_it_told_is_followed_by_another_once_its_lease_is_over(make, clock):
    bench = make()
    bench.happen(number=1)
    with bench.hub.transaction() as tx:
        assert tx.subscribers.claim("webhook erp", "a dead one") is not None
    assert bench.tell() == ["idle"]
    clock.forward(seconds=91)
    assert bench.tell() == ["told"]
    with bench.hub.transaction() as tx:
        assert not tx.subscribers.advance("webhook erp", "a dead one", 99, delivered=True), "the dead one wakes up"
    assert bench.subscriber().cursor == 1


def test_a_clock_set_back_stops_nobody(make, clock):
    bench = make()
    clock.forward(days=400)
    bench.receiver.behaviour.status = 503
    bench.happen(number=1)
    bench.tell()
    clock.forward(days=-400)
    bench.receiver.behaviour.status = 0
    assert bench.tell() == ["told"]


def test_events_of_one_order_never_change_places(make):
    bench = make()
    steps = ("order.received", "order.confirmed", "order.shipped")
    for order, step in itertools.product(("a", "b"), steps):
        bench.happen(step, order=order)
    bench.tell()
    for order in ("a", "b"):
        assert [each["type"] for each in bench.received() if each["order_id"] == order] == list(steps)
