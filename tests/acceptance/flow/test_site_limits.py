"""What `[limits]` in hub.toml bounds: segments of one message, findings kept of it, bytes that stand in the database."""

from __future__ import annotations

import pytest

from hub.bootstrap import open_hub
from hub.ports import InboundDocument
from hub.store.instants import from_micros
from hub.testing.flow_site import FarSide, interchange, order_850, write_site
from hub.worker.drain import drain


@pytest.fixture
def taken(database_url, tmp_path, clock):
    """Take one payload on a site with these limits; the hub and the message's id."""
    opened = []

    def take(payload, **limits):
        root = write_site(tmp_path / "site")
        toml = root / "hub.toml"
        toml.write_text(toml.read_text() + "".join(f"{name} = {value}\n" for name, value in limits.items()))
        hub = open_hub(root, clock=lambda: from_micros(clock()), database_url=database_url)
        opened.append(hub)
        hub.build_connector = lambda name: FarSide()
        arrived = InboundDocument(payload=payload, idempotency_key="a", received_at=hub.now(), name="order.x12")
        stored = hub.accept(arrived, connection="acme/main")
        drain(hub)
        return hub, stored.message_id

    yield take
    for hub in opened:
        hub.stop()


def test_a_message_with_more_segments_than_the_site_takes_is_answered_and_becomes_no_order(taken):
    body = interchange([order_850(lines=20)])
    hub, message = taken(body, segments=15)
    with hub.read() as view:
        (document,) = view.documents.of_message(message)
    assert document.state == "rejected"
    assert document.error["code"] == "EDI-177"


def test_the_same_message_is_an_order_within_the_limit(taken):
    hub, message = taken(interchange([order_850(lines=20)]), segments=40)
    with hub.read() as view:
        assert [each.state for each in view.documents.of_message(message)] == ["done"]


def test_findings_are_kept_up_to_the_sites_number(taken):
    wrong = [*order_850(lines=12, unit="EA")]
    wrong = [each.replace("*10*EA", "*1O*EA") for each in wrong]
    hub, message = taken(interchange([wrong]), findings=5)
    with hub.read() as view:
        (document,) = view.documents.of_message(message)
        assert len(view.documents.findings(document.id)) == 5


@pytest.mark.parametrize(("inline", "is_file"), [(100, True), (100_000, False)])
def test_a_payload_over_the_inline_limit_stands_in_a_file(taken, inline, is_file):
    hub, message = taken(interchange([order_850()]), inline=inline)
    files = [each for each in (hub.site.var / "payloads").rglob("*") if each.is_file()]
    assert bool(files) == is_file
    with hub.read() as view:
        assert view.messages.get(message).state == "done"
