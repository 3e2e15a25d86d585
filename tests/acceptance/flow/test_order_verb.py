"""`edihub order`: every step from the shell, with the guards and exit codes of the API."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from hub.bootstrap import open_hub
from hub.ports import InboundDocument
from hub.routing.load import load_site
from hub.testing.flow_site import interchange, order_850, write_site
from hub.worker.drain import drain

RULES = "rules: site\napproval:\n  - {rule: all, title: every order, approver: Ana}\n"


def edihub(site, *words, said=""):
    command = [sys.executable, "-m", "hub.cli", "--site", str(site), *words]
    environment = {**os.environ, "USER": "ana"}
    return subprocess.run(command, input=said, capture_output=True, text=True, timeout=60, check=False, env=environment)


def site_with(folder, *numbers, rules=""):
    """A site on disk that has received these orders."""
    site = write_site(
        folder, agreements="  - send: x12/004010/855\n    triggered_by: [confirmed, backordered, rejected, cancelled]"
    )
    if rules:
        (site / "mappings/rules").mkdir(parents=True)
        (site / "mappings/rules/site.yaml").write_text(rules)
    hub = open_hub(load_site(site))
    for place, number in enumerate(numbers, 1):
        arrival = InboundDocument(
            payload=interchange([order_850(number)], control=place), idempotency_key=number, received_at=hub.now(), name=number
        )
        hub.accept(arrival, connection="acme/main")
    drain(hub)
    hub.stop()
    return site


def id_of(site, number):
    return json.loads(edihub(site, "orders", "--number", number, "--json").stdout)["items"][0]["id"]


def shown(site, number):
    return json.loads(edihub(site, "show", id_of(site, number), "--json").stdout)


def test_an_order_is_confirmed_line_by_line_from_a_file_and_its_answer_queued(tmp_path):
    site = site_with(tmp_path / "site", "PO1")
    (tmp_path / "lines.json").write_text('{"reason": "short", "lines": [{"order_line": "1", "status": "backordered"}]}')
    done = edihub(site, "order", "confirm", "PO1", "--lines", str(tmp_path / "lines.json"))
    assert (done.returncode, done.stdout.strip()) == (0, shown(site, "PO1")["id"])
    assert "queued for acme: x12/004010/855" in done.stderr
    order = shown(site, "PO1")
    assert [row["confirmed"] for row in order["matrix"]] == ["0", "10"]
    assert (order["history"][-1]["actor"], order["history"][-1]["reason"]) == ("shell:ana", "short")


def test_refusals_have_a_cure_and_their_exit_code(tmp_path):
    site = site_with(tmp_path / "site", "PO1")
    for words, status, code in (
        (("confirm", "NOBODY"), 7, "HUB-404"),
        (("delivered", "PO1"), 8, "BUS-351"),
        (("approve", "PO1"), 8, "BUS-355"),
        (("status", "PO1", "procesing"), 8, "BUS-350"),
    ):
        done = edihub(site, "order", *words)
        assert (done.returncode, done.stdout) == (status, "")
        assert code in done.stderr
        assert "cure" in done.stderr
    wrong = edihub(site, "order", "confirm", "PO1", "--lines", "-", said='{"lines": [{"status": "late"}]}')
    assert (wrong.returncode, "BUS-367" in wrong.stderr) == (3, True)
    assert shown(site, "PO1")["status"]["slug"] == "draft"


def test_approval_from_the_shell(tmp_path):
    site = site_with(tmp_path / "site", "PO1", "PO2", rules=RULES)
    listed = json.loads(edihub(site, "orders", "--approval", "pending", "--json").stdout)["items"]
    assert {each["number"] for each in listed} == {"PO1", "PO2"}
    assert "every order, Ana" in edihub(site, "show", id_of(site, "PO1")).stdout
    assert edihub(site, "order", "approve", "PO1", "--reason", "fine").returncode == 0
    done = edihub(site, "order", "reject", "PO2", "--reason", "too much", "--json")
    assert (json.loads(done.stdout)["approval"], json.loads(done.stdout)["status"]["slug"]) == ("rejected", "cancelled")
    assert "pending" not in edihub(site, "show", id_of(site, "PO1")).stdout


@pytest.mark.parametrize(
    "verb", ["confirm", "backorder", "cancel", "hold", "release", "approve", "reject", "ready", "paid", "delivered", "status"]
)
def test_every_step_of_the_contract_has_its_verb(verb):
    from hub.cli.order import app

    assert verb in {command.name or command.callback.__name__ for command in app.registered_commands}
