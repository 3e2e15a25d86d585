"""What is removed when its time is over, and what never is."""

from __future__ import annotations

import json
import zipfile

import pytest
from sqlalchemy import text

from hub.errors import NotFound, Refused
from hub.flow.keeping.redact import redact, without_person
from hub.flow.keeping.retention import archive_folder, retain, terms, would_remove
from hub.flow.seal import read_head, seal
from hub.store.seals import verify
from hub.testing.flow_site import interchange, order_850

LARGE = 300_000


@pytest.fixture
def bench(make):
    """A hub that keeps payloads for 90 days and records for 400, ACME's payloads for 30."""
    bench = make(confirm="automatic")
    root = bench.hub.site.root
    with (root / "hub.toml").open("a") as file:
        file.write('[retention]\npayloads = "90d"\nmessages = "400d"\narchive = "var/archive"\n')
    acme = root / "partners" / "acme.yaml"
    acme.write_text(acme.read_text() + "retention: {payloads: 30d}\n")
    from hub.routing.load import load_site

    bench.hub.site = load_site(root)
    return bench


def rows(bench, table):
    with bench.hub.read() as view:
        return view.connection.scalar(text(f"select count(*) from {table}"))


def payload(bench, message):
    with bench.hub.read() as view:
        return view.payload(message)


def test_a_partner_s_own_term_wins_over_the_site_s(bench):
    assert [(each.partner, each.payloads.days, each.messages.days) for each in terms(bench.hub)] == [
        ("acme", 30, 400),
        (None, 90, 400),
    ]


def test_bytes_go_when_their_time_is_over_and_the_story_stays(bench, clock):
    message = bench.take(interchange([order_850("A")]))
    clock.forward(days=29)
    assert retain(bench.hub).payloads == 0
    assert b"BEG*00*SA*A" in payload(bench, message)
    clock.forward(days=2)
    done = retain(bench.hub)
    assert done.payloads == 2  # the order and its acknowledgment
    with pytest.raises(NotFound, match="removed on 2026-10-2") as gone:
        payload(bench, message)
    assert gone.value.code == "HUB-564"
    assert bench.message(message).size > 0
    assert retain(bench.hub).payloads == 0


def test_a_dry_run_says_what_would_go_and_touches_nothing(bench, clock):
    message = bench.take(interchange([order_850("A")]))
    clock.forward(days=31)
    would = would_remove(bench.hub)
    assert payload(bench, message)
    done = retain(bench.hub)
    assert (would.payloads, would.size) == (done.payloads, done.size)


def test_bytes_are_archived_before_they_go(bench, clock):
    message = bench.take(interchange([order_850("A")]))
    before = payload(bench, message)
    clock.forward(days=31)
    folder = archive_folder(bench.hub)
    retain(bench.hub, archive=folder)
    (file,) = folder.glob("*.zip")
    with zipfile.ZipFile(file) as archive:
        assert archive.read(f"payloads/{message}") == before
        manifest = json.loads(archive.read("manifest.json"))
    assert {"message", "partner", "sha256", "size"} == set(manifest["messages"][0])
    assert manifest["head"]["number"] > 0


def test_large_bytes_leave_the_disk_unless_they_arrived_again(bench, clock):
    message = bench.take(interchange([order_850("A")]) + b"\n" * LARGE)
    digest = bench.message(message).sha256
    blobs = bench.hub.database.blobs
    clock.forward(days=31)
    retain(bench.hub)
    assert blobs.file(digest).exists()  # written within the hour: the same bytes may be on their way into a row
    assert blobs.remove(digest, untouched_for=0)
    assert not blobs.remove(digest, untouched_for=0)


def test_nothing_under_legal_hold_goes_whether_held_by_message_order_or_partner(bench, clock):
    message = bench.take(interchange([order_850("A")]))
    (order,) = bench.orders()
    clock.forward(days=500)
    for subject in (message, order["id"], "partner:acme"):
        with bench.hub.transaction() as tx:
            hold = tx.keeping.hold(subject, reason="case", actor="test")
        retain(bench.hub)
        assert payload(bench, message)
        with bench.hub.transaction() as tx:
            tx.keeping.end_hold(hold)
    retain(bench.hub)
    with pytest.raises(NotFound):
        payload(bench, message)


def test_an_order_under_legal_hold_keeps_what_proves_that_it_was_acknowledged(bench, clock):
    bench.take(interchange([order_850("A")]))
    bench.take(interchange([order_850("B")], control=2))
    chains = {each["number"]: each for each in bench.orders()}
    messages = {}
    with bench.hub.read() as view:
        for number, order in chains.items():
            own = [row.message_id for row in view.documents.of_order(order["id"])]
            messages[number] = {*own, *(each for asked in own for each in view.messages.answers_to(asked))}
    # the order and its 997
    assert [len(each) for each in messages.values()] == [2, 2]
    with bench.hub.transaction() as tx:
        tx.keeping.hold(chains["A"]["id"], reason="case", actor="test")
    clock.forward(days=31)
    retain(bench.hub)
    assert all(payload(bench, each) for each in messages["A"])
    for each in messages["B"]:
        with pytest.raises(NotFound):
            payload(bench, each)


def test_records_go_only_when_their_order_has_come_to_its_end_and_the_chain_still_holds(bench, clock):
    bench.take(interchange([order_850("A")]))
    (order,) = bench.orders()
    clock.forward(days=500)
    retain(bench.hub)
    assert rows(bench, "orders") == 1  # confirmed is no end
    with bench.hub.transaction() as tx:
        row = tx.orders.get(order["id"])
        tx.orders.move(row, 8, actor="test", reason="given up")
    clock.forward(days=401)
    done = retain(bench.hub)
    assert (done.orders, rows(bench, "orders"), rows(bench, "message"), rows(bench, "document")) == (1, 0, 0, 0)
    seal(bench.hub)
    with bench.hub.read() as view:
        assert list(verify(view.connection, read_head(bench.hub))) == []


def test_a_redacted_order_says_nobody_s_name_and_still_adds_up(bench, clock):
    message = bench.take(interchange([order_850("A")]))
    (order,) = bench.orders()
    done = redact(bench.hub, order["id"], reason="asked for", actor="test")
    assert done.fields > 0
    (order,) = bench.orders()
    assert "STORE 42" not in json.dumps(order)
    assert [line["quantity"] for line in order["order"]["lines"]] == ["10", "10"]
    with pytest.raises(NotFound, match="redacted"):
        payload(bench, message)
    with bench.hub.read() as view:
        assert view.connection.scalar(text("select count(*) from document where canonical like '%STORE 42%'")) == 0


def test_bytes_of_other_orders_are_removed_only_when_asked_for(bench):
    bench.take(interchange([order_850("A"), order_850("B")]))
    first = next(each for each in bench.orders() if each["number"] == "A")
    with pytest.raises(Refused, match="1 other orders") as refused:
        redact(bench.hub, first["id"], reason="asked for", actor="test")
    assert refused.value.code == "BUS-460"
    assert redact(bench.hub, first["id"], reason="asked for", actor="test", shared=True).payloads == 1


def test_an_order_under_legal_hold_is_not_redacted(bench):
    bench.take(interchange([order_850("A")]))
    (order,) = bench.orders()
    with bench.hub.transaction() as tx:
        tx.keeping.hold("partner:acme", reason="case", actor="test")
    with pytest.raises(Refused, match="legal hold"):
        redact(bench.hub, order["id"], reason="asked for", actor="test")


def test_names_addresses_contacts_and_notes_go_wherever_they_stand():
    document = {
        "buyer": {"name": "A", "ids": [{"value": "1"}], "address": {"city": "X", "country": "RO"}},
        "notes": [{"text": "hi"}],
    }
    document["lines"] = [{"number": "1", "ship_to": {"contacts": [{"phone": "1"}], "names": ["A", "B"]}}]
    cleaned, count = without_person(json.dumps(document).encode())
    assert json.loads(cleaned) == {
        "buyer": {"name": "redacted", "ids": [{"value": "1"}], "address": {"country": "RO"}},
        "lines": [{"number": "1", "ship_to": {"names": []}}],
    }
    assert count == 5
