"""The hub as it runs: threads, folders, both standards, and the shell beside it."""

from __future__ import annotations

import json
import logging
import time

import pytest

from hub.bootstrap import open_hub
from hub.edi.read import read
from hub.edi.tree import Message
from hub.testing.flow_site import interchange, order_850, write_site

RESPONSE_X12 = "  - send: x12/004010/855\n    triggered_by: [confirmed]"
BELMART = """\
partner: belmart
name: Belmart
identities: {gln: "5412345000013"}
connections:
  main: {connector: folder, settings: {inbox: belmart-in, outbox: belmart-out, settle: 0}, poll: {every: 200ms}}
defaults: {over: main, confirm: automatic}
agreements:
  - receive: edifact/D96A/ORDERS
  - send: edifact/D96A/ORDRSP
    triggered_by: [confirmed]
"""


def orders_d96a(number="B-1", *, control="1", ack="1"):
    body = [
        f"BGM+220+{number}+9",
        "DTM+137:20260924:102",
        "NAD+BY+5412345000013::9",
        "NAD+SU+5412345000020::9",
        "CUX+2:EUR:9",
        "LIN+1++4000862141404:EN",
        "QTY+21:48:PCE",
        "PRI+AAA:12.5",
        "LIN+2++5449000000996:EN",
        "QTY+21:12",
        "UNS+S",
        "CNT+2:2",
    ]
    segments = [
        f"UNB+UNOC:3+5412345000013:14+5412345000020:14+260924:1200+{control}++++{ack}",
        "UNH+1+ORDERS:D:96A:UN:EAN008",
        *body,
        f"UNT+{len(body) + 2}+1",
        f"UNZ+1+{control}",
    ]
    return "".join(f"{segment}'" for segment in segments).encode()


def messages_in(folder):
    found = []
    for file in sorted(folder.iterdir()):
        if file.suffix in {".x12", ".edi"}:
            found += [event for event in read(file.read_bytes()) if isinstance(event, Message)]
    return found


def depth(hub):
    with hub.read() as view:
        return view.jobs.depth()


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def site(tmp_path):
    folder = write_site(tmp_path / "site", confirm="automatic", agreements=RESPONSE_X12)
    acme = folder / "partners" / "acme.yaml"
    acme.write_text(acme.read_text().replace("outbox: outbox}", "outbox: outbox, settle: 0}, poll: {every: 200ms}"))
    (folder / "partners" / "belmart.yaml").write_text(BELMART)
    for name in ("belmart-in", "belmart-out"):
        (folder / name).mkdir()
    return folder


def test_orders_dropped_into_folders_are_acknowledged_and_answered_in_their_own_standard(site, database_url):
    hub = open_hub(site, database_url=database_url)
    hub.start()
    try:
        (site / "inbox" / "order.x12").write_bytes(interchange([order_850("A-1")]))
        (site / "belmart-in" / "order.edi").write_bytes(orders_d96a())
        until(lambda: len(messages_in(site / "outbox")) == 2 and len(messages_in(site / "belmart-out")) == 2)
    finally:
        hub.stop()
    assert sorted(message.type for message in messages_in(site / "outbox")) == ["855", "997"]
    assert sorted(message.type for message in messages_in(site / "belmart-out")) == ["CONTRL", "ORDRSP"]
    response = next(message for message in messages_in(site / "outbox") if message.type == "855")
    segments = {segment[0]: segment for segment in response.segments}
    assert segments["BAK"][3] == "A-1"
    assert not response.findings


def test_a_hub_that_stops_gives_its_jobs_back_and_the_next_start_goes_on(site, database_url):
    hub = open_hub(site, database_url=database_url)
    hub.start()
    hub.stop()
    hub = open_hub(site, database_url=database_url)
    (site / "inbox" / "order.x12").write_bytes(interchange([order_850("A-1")]))
    hub.start()
    try:
        until(lambda: len(messages_in(site / "outbox")) == 2)
        until(lambda: not depth(hub))
    finally:
        hub.stop()


def run(site, *arguments):
    """One command at the shell, in this process."""
    from hub.cli.frame import run as run_command

    return run_command(["--site", str(site), *arguments])


@pytest.fixture
def worked(site):
    """A site whose hub has taken one good order and one strange one, and is stopped."""
    from hub.ports import InboundDocument
    from hub.worker.drain import drain

    hub = open_hub(site)
    for place, payload in enumerate((interchange([order_850("A-1")]), interchange([order_850("ODD", unit="ZY")], control=2))):
        document = InboundDocument(payload=payload, idempotency_key=str(place), received_at=hub.now())
        hub.accept(document, connection="acme/main")
    drain(hub)
    hub.stop()
    return site


def test_the_shell_lists_shows_and_verifies_what_happened(worked, capfd):
    assert run(worked, "orders", "--json") == 0
    (order,) = json.loads(capfd.readouterr().out)["items"]
    assert order["number"] == "A-1"
    assert run(worked, "show", "A-1", "--json") == 0
    chain = json.loads(capfd.readouterr().out)["documents"]
    assert [each["message"] for each in chain] == ["850", "997", "855"]
    assert run(worked, "messages", "--state", "held", "--json") == 0
    (held,) = json.loads(capfd.readouterr().out)["items"]
    assert held["business_number"] == "ODD"
    assert held["error"]["hint"]
    assert run(worked, "show", held["id"]) == 0
    shown = capfd.readouterr().out
    assert held["error"]["code"] in shown
    assert "document.translated" not in shown
    assert run(worked, "audit", "verify") == 0
    assert run(worked, "orders") == 0
    assert run(worked, "messages") == 0


@pytest.mark.parametrize(
    "words",
    [
        ("orders", "--status", "confirmd"),
        ("orders", "--approval", "yes"),
        ("messages", "--light", "syntax"),
        ("messages", "--light", "syntax:red"),
        ("messages", "--direction", "inbound"),
    ],
)
def test_a_filter_with_a_word_that_does_not_exist_is_a_usage_error_and_names_the_words(worked, capsys, words):
    assert run(worked, *words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "is none of" in said.err


def test_a_light_finds_what_it_shines_on(worked, capsys):
    assert run(worked, "messages", "--light", "syntax:overdue", "--json") == 0
    assert json.loads(capsys.readouterr().out)["items"] == []


def test_the_shell_prints_the_stored_bytes_and_nothing_else(worked, capfdbinary):
    assert run(worked, "show", "A-1", "--json") == 0
    chain = json.loads(capfdbinary.readouterr().out)["documents"]
    assert run(worked, "show", chain[0]["id"], "--payload") == 0
    assert capfdbinary.readouterr().out == interchange([order_850("A-1")])


def test_the_shell_keeps_to_the_guards_and_says_why(worked, capfd):
    run(worked, "show", "A-1", "--json")
    chain = json.loads(capfd.readouterr().out)["documents"]
    assert run(worked, "replay", chain[0]["id"]) == 8
    assert "HUB-434" in capfd.readouterr().err
    assert run(worked, "resend", chain[0]["id"]) == 8
    assert run(worked, "show", "nothing") == 7
    assert run(worked, "resend", chain[2]["id"]) == 0
    run(worked, "messages", "--state", "held", "--json")
    out = capfd.readouterr().out
    (held,) = json.loads(out[out.index("{") :])["items"]
    assert run(worked, "replay", held["id"], "--discard", "--reason", "a trial") == 0
    capfd.readouterr()
    run(worked, "messages", "--state", "held", "--json")
    assert json.loads(capfd.readouterr().out)["items"] == []


def test_the_shell_names_an_edited_row_of_the_trail(worked, capfd):
    import sqlite3

    database = sqlite3.connect(worked / "var" / "hub.db")
    database.execute("update audit_event set actor = 'somebody else' where type = 'order.status'")
    database.commit()
    database.close()
    assert run(worked, "audit", "verify", "--json") == 1
    found = json.loads(capfd.readouterr().out)
    assert [each["what"] for each in found["broken"]] == ["edited"]
    assert "order.status" in found["broken"][0]["message"]


def test_no_log_line_carries_a_partner_s_data(site, monkeypatch, capfd):
    import structlog

    from hub.flow import at_once
    from hub.flow import process as process_module
    from hub.ports import InboundDocument
    from hub.worker.drain import drain
    from hub.worker.logs import configure_logging

    structlog.reset_defaults()
    configure_logging()

    def stumble(judged, hub):
        raise ValueError(f"cannot read {judged.message.raw}")

    for module in (process_module, at_once):
        monkeypatch.setattr(module, "understand", stumble)
    hub = open_hub(site)
    payload = interchange([order_850("CANARY-7d0c1f")])
    hub.accept(InboundDocument(payload=payload, idempotency_key="1", received_at=hub.now()), connection="acme/main")
    drain(hub)
    hub.stop()
    try:
        int("CANARY in what a library stumbled over")
    except ValueError:
        logging.getLogger("some.library").exception("it failed")
    said = capfd.readouterr().err
    assert "step two failed" in said
    (line,) = [json.loads(each) for each in said.splitlines() if "some.library" in each]
    assert (line["event"], line["level"], line["exception"]) == ("it failed", "error", "ValueError")
    assert "ValueError" in said
    assert "CANARY" not in said
