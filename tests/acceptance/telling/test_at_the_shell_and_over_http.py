"""What people and supervisors see: webhooks and alerts at the shell, over the API, and as figures, test apart from live."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from hub.errors import NotFound, Refused, TemporaryDeliveryError
from hub.flow.clock import watch_deadlines
from hub.flow.seal import seal
from hub.flow.telling.alerts import watch_alerts
from hub.flow.telling.operate import replay_from, skip_event, standing, try_out
from hub.store.paging import BadCursor
from hub.store.polls import PollState
from hub.testing.flow_site import interchange, order_850
from hub.web.metrics import gauges


def samples(bench, name):
    return [line.removeprefix(name) for line in gauges(bench.hub) if line.startswith((f"{name}{{", f"{name} "))]


def test_a_webhook_shows_how_far_behind_it_is_and_why(make, clock):
    bench = make()
    bench.receiver.behaviour.status = 500
    bench.receiver.behaviour.body = b"we are full"
    for number in range(3):
        bench.happen(number=number)
    bench.tell()
    (found,) = standing(bench.hub)
    assert (found["name"], found["state"], found["behind"], found["failures"]) == ("erp", "retrying", 3, 1)
    assert "answered 500: we are full" in found["error"]
    assert found["host"] in bench.receiver.url
    assert samples(bench, "edihub_webhook_behind") == ['{webhook="erp"} 3']
    assert samples(bench, "edihub_webhook_failing") == ['{webhook="erp"} 0']


def test_an_event_that_is_never_taken_is_passed_over_by_a_person_alone(make):
    bench = make()
    bench.receiver.behaviour.status = 422
    bench.happen(number=1)
    with pytest.raises(Refused):
        skip_event("erp", bench.hub, actor="ops", reason="nothing is wrong yet")
    bench.happen(number=2)
    bench.tell()
    assert skip_event("erp", bench.hub, actor="ops", reason="they cannot read it")["data"] == {"number": 1}
    bench.receiver.behaviour.status = 0
    bench.receiver.requests.clear()
    bench.tell()
    assert [each["data"] for each in bench.received()] == [{"number": 2}]


def test_trying_a_webhook_moves_nothing(make):
    bench = make()
    bench.happen(number=1)
    assert try_out("erp", bench.hub) == 201
    assert bench.received()[0]["type"] == "webhook.test"
    assert standing(bench.hub)[0]["behind"] == 1
    bench.receiver.behaviour.status = 404
    with pytest.raises(TemporaryDeliveryError):
        try_out("erp", bench.hub)
    with pytest.raises(NotFound):
        try_out("nobody", bench.hub)


def test_telling_again_from_the_first_event_from_a_cursor_and_from_none(make):
    bench = make()
    for number in range(3):
        bench.happen(number=number)
    bench.tell()
    assert replay_from("erp", "", bench.hub, actor="ops")["behind"] == 3
    assert replay_from("erp", bench.received()[1]["cursor"], bench.hub, actor="ops")["behind"] == 1
    with pytest.raises(BadCursor):
        replay_from("erp", "no-cursor", bench.hub, actor="ops")


DUE = "    due: {response: 4h}\n"


def test_what_is_due_soon_overdue_or_alerted_is_counted_test_apart_from_live(make, clock):
    bench = make(agreements=DUE)
    for control, test in ((1, "P"), (2, "T"), (3, "T")):
        bench.take(interchange([order_850(str(control))], control=control, test=test))
    clock.forward(seconds=3 * 3600 + 60)
    watch_deadlines(bench.hub)
    assert samples(bench, "edihub_order_deadlines") == [
        '{duty="response",state="due_soon",test="false"} 1',
        '{duty="response",state="due_soon",test="true"} 2',
    ]
    clock.forward(seconds=3600)
    watch_deadlines(bench.hub)
    seal(bench.hub)
    watch_alerts(bench.hub)
    # zeros too: a rule that compares with an hour ago must see the first failure
    assert len(samples(bench, "edihub_lights")) == 18
    assert '{light="syntax",state="failed",test="false"} 0' in samples(bench, "edihub_lights")
    with bench.hub.transaction() as tx:
        tx.polls.enrol(["acme/main", "not in the site"])
        (turn, _) = tx.polls.claim(["acme/main", "not in the site"], "me", limit=2)
        tx.polls.finish(turn, PollState(failures=1234567), due_at=0)
    assert samples(bench, "edihub_connection_poll_failures") == ['{connection="acme/main"} 1234567']
    assert samples(bench, "edihub_alerts_open") == ['{code="ALT-103",test="false"} 1', '{code="ALT-103",test="true"} 2']


def test_lights_that_are_due_soon_are_counted(make, clock):
    bench = make(agreements="  - send: x12/004010/855\n    triggered_by: [confirmed]\n", confirm="automatic")
    bench.take(interchange([order_850()]))
    assert samples(bench, "edihub_lights_due_soon") == []
    clock.forward(seconds=20 * 3600)
    watch_deadlines(bench.hub)
    assert samples(bench, "edihub_lights_due_soon") == ['{light="syntax",test="false"} 1']


def test_the_threads_of_a_running_hub_tell_by_themselves(make):
    bench = make()
    bench.hub.start()
    bench.happen(number=1)
    until = time.monotonic() + 15
    while not bench.receiver.requests and time.monotonic() < until:
        time.sleep(0.05)
    assert bench.received()[0]["data"] == {"number": 1}


def edihub(site, *words):
    command = [sys.executable, "-m", "hub.cli", "--site", str(site), *words]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"}, check=False)


def test_webhooks_and_alerts_at_the_shell(tmp_path, receiver, monkeypatch):
    from hub.bootstrap import open_hub
    from hub.testing.flow_site import write_site

    monkeypatch.setenv("HOOK_SECRET", "first secret")
    site = write_site(tmp_path / "site")
    file = site / "hub.toml"
    text = f'\n[[webhooks]]\nname = "erp"\nurl = "{receiver.url}"\nsecret = {{env = "HOOK_SECRET"}}\n'
    file.write_text(file.read_text() + text + 'allow_networks = ["127.0.0.0/8"]\n')
    hub = open_hub(site)
    with hub.transaction() as tx:
        tx.events.tell("document.contradicted", test=False, data={"document_id": "doc_1", "stands": "ok", "told": "failed"})
    seal(hub)
    watch_alerts(hub)
    hub.stop()
    tried = edihub(site, "webhook", "test", "erp")
    assert (tried.returncode, "taken: 201" in tried.stderr) == (0, True), tried.stderr
    assert edihub(site, "webhook", "replay", "erp", "--after", "").returncode == 0
    (listed,) = json.loads(edihub(site, "webhook", "list", "--json").stdout)["webhooks"]
    assert (listed["name"], listed["behind"] >= 1) == ("erp", True)
    receiver.behaviour.status = 500
    assert edihub(site, "webhook", "test", "erp").returncode == 5
    assert edihub(site, "webhook", "test", "nobody").returncode == 7
    (found,) = json.loads(edihub(site, "alerts", "--json").stdout)["items"]
    assert found["code"] == "ALT-111"
    assert edihub(site, "alerts", "clear", found["id"], "--reason", "settled").returncode == 0
    assert json.loads(edihub(site, "alerts", "--json").stdout)["items"] == []
    assert "ALT-111" in edihub(site, "alerts", "--cleared").stdout
