"""Several documents for one folder leave together, and what is wrong with one of them concerns no other."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import structlog

from connectors.folder.outbox import FolderSender
from hub.bootstrap import open_hub
from hub.flow.run import run_jobs
from hub.flow.send import send_file
from hub.store.message_items import get_item
from hub.testing.flow_site import interchange, order_850, write_site

NAMES = ["a.x12", "b.x12", "c.x12"]


@pytest.fixture
def site(tmp_path, stage, monkeypatch):
    monkeypatch.setenv("EDIHUB_STORE_URL", stage.database_url)
    monkeypatch.setenv("EDIHUB_QUEUE_URL", stage.queue_url)
    folder = write_site(tmp_path / "site")
    hub = open_hub(folder)
    yield hub, folder / "outbox"
    hub.stop()


def queue(hub):
    return [
        send_file(interchange([order_850()], control=n), "acme", hub, name=name).message_id for n, name in enumerate(NAMES, 1)
    ]


def claim(hub):
    with hub.transaction() as tx:
        return tx.jobs.claim("deliver", "test", limit=10, caps=hub.caps)


def states(hub, sent):
    with hub.read() as view:
        return [get_item(view.connection, each)["state"] for each in sent]


def names(outbox):
    return sorted(path.name for path in outbox.iterdir())


def test_all_leave_with_one_look_at_the_disk_each_with_its_own_proof(site, monkeypatch):
    hub, outbox = site
    sent = queue(hub)
    together = []
    sender = hub.sender("acme/main")
    send_many = type(sender).send_many
    monkeypatch.setattr(type(sender), "send_many", lambda self, all_, w: together.append(len(all_)) or send_many(self, all_, w))
    run_jobs([claim(hub)], hub)
    assert together == [3]
    assert states(hub, sent) == ["delivered"] * 3
    assert names(outbox) == NAMES
    with hub.read() as view:
        assert [view.messages.get(each).attempts for each in sent] == [1, 1, 1]
        assert sorted(view.messages.get(each).receipt["reference"] for each in sent) == NAMES
    assert claim(hub) == []


def test_one_whose_name_is_taken_is_tried_again_and_the_others_have_arrived(site):
    hub, outbox = site
    sent = queue(hub)
    (outbox / "b.x12").write_bytes(b"not taken yet")
    run_jobs([claim(hub)], hub)
    assert states(hub, sent) == ["delivered", "retry", "delivered"]
    assert (outbox / "b.x12").read_bytes() == b"not taken yet"
    with hub.read() as view:
        assert get_item(view.connection, sent[1])["error"]["code"] == "DLV-419"


def test_where_one_job_is_not_ours_any_more_the_others_are_settled_and_nothing_is_sent_twice(site):
    hub, outbox = site
    sent = queue(hub)
    jobs = claim(hub)
    jobs[1] = replace(jobs[1], token="somebody else's")
    run_jobs([jobs], hub)
    lost = jobs[1].subject
    assert [state for each, state in zip(sent, states(hub, sent), strict=True) if each != lost] == ["delivered"] * 2
    assert states(hub, [lost]) == ["ready"]
    assert names(outbox) == NAMES
    with hub.read() as view:
        assert [view.messages.get(each).attempts for each in sent if each != lost] == [1, 1]


def test_where_one_job_is_not_ours_any_more_what_the_partner_took_does_not_come_again(site, monkeypatch):
    hub, outbox = site
    sent = queue(hub)
    jobs = claim(hub)
    jobs[1] = replace(jobs[1], token="somebody else's")
    send_many, taken = FolderSender.send_many, []

    def taken_at_once(self, documents, waiting):
        found = send_many(self, documents, waiting)
        for path in outbox.iterdir():
            taken.append(path.name)
            path.unlink()
        return found

    monkeypatch.setattr(FolderSender, "send_many", taken_at_once)
    run_jobs([jobs], hub)
    assert sorted(taken) == NAMES
    assert sorted(states(hub, sent)) == ["delivered", "delivered", "ready"]


def test_one_whose_bytes_are_gone_is_set_aside_alone(site):
    hub, outbox = site
    sent = queue(hub)
    with hub.transaction() as tx:
        tx.messages.set(sent[0], removed_at=tx.now, removed_why="retention")
    run_jobs([claim(hub)], hub)
    assert states(hub, sent) == ["held", "delivered", "delivered"]
    assert names(outbox) == NAMES[1:]


def test_nothing_leaves_for_a_partner_that_is_switched_off(site, monkeypatch):
    hub, outbox = site
    sent = queue(hub)
    monkeypatch.setattr(type(hub), "is_switched_off", lambda _hub, _partner: True)
    run_jobs([claim(hub)], hub)
    assert states(hub, sent) == ["dead"] * 3
    assert names(outbox) == []


def test_a_hub_at_work_delivers_many_of_one_folder_each_once(site):
    hub, outbox = site
    hub.start()
    sent = [send_file(interchange([order_850()], control=n + 1), "acme", hub, name=f"{n:02}.x12").message_id for n in range(60)]
    until = time.monotonic() + 30
    while set(states(hub, sent)) != {"delivered"} and time.monotonic() < until:
        time.sleep(0.05)
    assert set(states(hub, sent)) == {"delivered"}
    assert names(outbox) == [f"{n:02}.x12" for n in range(60)]


def test_where_the_short_way_fails_by_a_fault_of_ours_every_document_goes_the_long_one_and_the_log_says_so(site, monkeypatch):
    hub, outbox = site
    sent = queue(hub)
    monkeypatch.delattr("connectors.folder.connector.FolderPair.send_many")
    with structlog.testing.capture_logs() as said:
        run_jobs([claim(hub)], hub)
    assert states(hub, sent) == ["delivered"] * 3
    assert names(outbox) == NAMES
    assert [each["log_level"] for each in said if each["event"] == "delivered one by one"] == ["error"]
