"""Test traffic is test everywhere: on every event, webhook, alert, list and figure, and never counted as live."""

from __future__ import annotations

import pytest

from hub.errors import PermanentDeliveryError, TemporaryDeliveryError
from hub.flow.clock import watch_deadlines
from hub.flow.seal import seal
from hub.flow.telling.alerts import watch_alerts
from hub.store.message_items import MessageFilter, list_messages
from hub.store.order_resources import OrderFilter, list_events, list_orders
from hub.testing.flow_site import interchange, order_850
from hub.web.metrics import gauges
from hub.worker.drain import drain

ANSWERS = (
    "    due: {response: 4h, despatch: 8h, invoice: 8h}\n  - send: x12/004010/855\n    triggered_by: [received, confirmed]\n"
)


def live(bench, clock, test):
    """One of everything that can happen to an order, its answers and its acknowledgments."""
    order = interchange([order_850("P1")], test=test)
    bench.take(order)
    bench.take(order)
    bench.take(interchange([order_850("P1", unit="XX")], test=test))
    bench.take(interchange([order_850("P2", unit="XX")], control=3, test=test))
    bench.take(interchange([order_850("P1", purpose="01")], control=4, test=test))
    bench.far_side.failures = [PermanentDeliveryError("gone", "mend it", code="DLV-403")]
    bench.take(interchange([order_850("P3")], control=5, test=test))
    bench.far_side.failures = [TemporaryDeliveryError("no answer", "wait", code="DLV-401") for _ in range(6)]
    bench.take(interchange([order_850("P4")], control=6, test=test))
    bench.take(interchange([["AK1*PR*1", "AK9*R*1*1*0"]], control=7, type_="997", test=test))
    for _ in range(8):
        clock.forward(seconds=8 * 3600)
        drain(bench.hub)
        watch_deadlines(bench.hub)
        seal(bench.hub)
        watch_alerts(bench.hub)
    seal(bench.hub)
    watch_alerts(bench.hub)
    seal(bench.hub)
    return bench


@pytest.fixture
def tested(make, clock):
    return live(make(state="test", agreements=ANSWERS, confirm="automatic"), clock, "T")


def test_everything_that_happens_to_test_traffic_is_test(tested):
    with tested.hub.read() as view:
        events = list_events(view.connection, limit=500).items
        messages = list_messages(view.connection, MessageFilter(), limit=500).items
        orders = list_orders(view.connection, OrderFilter(), limit=500).items
        alerts = view.alerts.page(limit=500).items
        unread = {each["id"] for each in messages if each["message"] is None and each["type"] is None}
    kinds = {each["type"] for each in events}
    assert kinds >= {
        "order.received",
        "document.overdue",
        "order.despatch_overdue",
        "document.dead",
        "alert.opened",
    }
    assert [each for each in events if not each["test"]] == []
    assert orders
    assert [each for each in orders if not each["test"]] == []
    assert [each for each in messages if not each["test"] and each["id"] not in unread] == []
    assert alerts
    assert [each for each in alerts if not each["test"]] == []
    with tested.hub.read() as view:
        assert list_orders(view.connection, OrderFilter(test=False), limit=500).items == []


def test_test_traffic_is_never_counted_as_live(tested):
    counted = [line for line in gauges(tested.hub) if 'test="' in line]
    assert {line.partition("{")[0] for line in counted} >= {"edihub_documents", "edihub_order_deadlines", "edihub_alerts_open"}
    live = [line for line in counted if 'test="false"' in line and not line.startswith("edihub_messages{")]
    assert [line for line in live if not line.endswith(" 0")] == []
    assert [line for line in gauges(tested.hub) if line.startswith("edihub_delivery_seconds{")] == []


def test_a_subscriber_that_wants_live_traffic_alone_hears_nothing_of_it(make, clock):
    hook = '[[webhooks]]\nname = "erp"\nurl = "{url}"\nsecret = {{env = "HOOK_SECRET"}}\nallow_networks = ["127.0.0.0/8"]\ntest = "exclude"\n'
    bench = live(make(webhook=hook, state="test", agreements=ANSWERS, confirm="automatic"), clock, "T")
    bench.tell()
    assert bench.received() == []
    assert bench.subscriber().cursor > 0
