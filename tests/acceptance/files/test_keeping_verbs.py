"""Backup, restore, retention, legal hold and the move to another database, as a person types them."""

from __future__ import annotations

import json

import pytest

from hub.bootstrap import open_hub
from hub.cli.frame import run
from hub.ports import InboundDocument
from hub.testing.flow_site import interchange, order_850
from hub.worker.drain import drain


@pytest.fixture
def site(tmp_path):
    """What `edihub init` writes, with one order in it."""
    folder = tmp_path / "shop"
    assert run(["init", str(folder)]) == 0
    hub = open_hub(folder)
    order = interchange([order_850("4500000042")])
    hub.accept(InboundDocument(payload=order, idempotency_key="1", received_at=hub.now(), name="o.x12"), connection="drop")
    drain(hub)
    hub.stop()
    return folder


def ask(capsys, *words):
    capsys.readouterr()
    code = run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_backup_becomes_a_site_with_the_same_orders_and_a_whole_chain(site, tmp_path, capsys):
    code, told = ask(capsys, "--site", str(site), "backup", str(tmp_path / "b.zip"))
    assert (code, told["rows"] > 0) == (0, True)
    code, back = ask(capsys, "restore", str(tmp_path / "b.zip"), str(tmp_path / "again"))
    assert (code, back["rows"], back["broken"]) == (0, told["rows"], [])
    code, orders = ask(capsys, "--site", str(tmp_path / "again"), "orders")
    assert [each["number"] for each in orders["items"]] == ["4500000042"]
    assert ask(capsys, "--site", str(tmp_path / "again"), "audit", "verify")[0] == 0


def test_a_folder_with_something_in_it_is_never_restored_over(site, tmp_path, capsys):
    ask(capsys, "--site", str(site), "backup", str(tmp_path / "b.zip"))
    assert run(["restore", str(tmp_path / "b.zip"), str(site)]) == 8
    assert "HUB-561" in capsys.readouterr().err


def test_what_is_no_backup_is_refused_and_leaves_nothing(tmp_path, capsys):
    (tmp_path / "b.zip").write_bytes(b"PK no")
    assert run(["restore", str(tmp_path / "b.zip"), str(tmp_path / "again")]) == 3
    assert "name a file that `edihub backup` wrote" in capsys.readouterr().err
    assert sorted(each.name for each in tmp_path.iterdir()) == ["b.zip"]


def test_the_store_moves_and_the_site_goes_on_there(site, tmp_path, capsys, monkeypatch):
    target = f"sqlite:///{tmp_path}/other.db"
    code, moved = ask(capsys, "--site", str(site), "migrate-store", "--to", target)
    assert (code, moved["tables"]["orders"]) == (0, 1)
    monkeypatch.setenv("EDIHUB_STORE_URL", target)
    _, orders = ask(capsys, "--site", str(site), "orders")
    assert [each["number"] for each in orders["items"]] == ["4500000042"]


def test_the_store_does_not_move_while_a_hub_works_on_it(site, tmp_path, capsys):
    hub = open_hub(site)
    hub.start()
    try:
        assert run(["--site", str(site), "migrate-store", "--to", f"sqlite:///{tmp_path}/other.db"]) == 8
    finally:
        hub.stop()
    assert "HUB-450" in capsys.readouterr().err


def test_holds_are_listed_and_an_unknown_subject_is_named(site, capsys):
    assert run(["--site", str(site), "legal-hold", "add", "partner:acme", "--reason", "case 1"]) == 0
    hold = capsys.readouterr().out.strip().splitlines()[-1]
    _, holds = ask(capsys, "--site", str(site), "legal-hold", "list")
    assert [(each["subject"], each["ended_at"]) for each in holds["items"]] == [("partner:acme", None)]
    assert run(["--site", str(site), "legal-hold", "end", hold, "--reason", "closed"]) == 0
    assert run(["--site", str(site), "legal-hold", "add", "partner:nobody", "--reason", "x"]) == 7
    assert "partners are" in capsys.readouterr().err


def test_nothing_is_removed_where_nothing_was_said(site, capsys):
    _, done = ask(capsys, "--site", str(site), "retention", "run")
    assert (done["payloads"], done["messages"], done["orders"]) == (0, 0, 0)
    _, terms = ask(capsys, "--site", str(site), "retention", "list")
    assert terms["items"] == [{"partner": "everybody else", "payloads": "for ever", "messages": "for ever"}]


def test_an_order_is_redacted_by_its_id(site, capsys):
    _, orders = ask(capsys, "--site", str(site), "orders")
    code, done = ask(capsys, "--site", str(site), "redact", orders["items"][0]["id"], "--reason", "asked for")
    assert (code, done["payloads"]) == (0, 1)
    _, orders = ask(capsys, "--site", str(site), "orders")
    assert "STORE 42" not in json.dumps(orders)
