"""The whole hub and a partner's file host: orders are picked up, answered by files, and seen in the audit log."""

import json
import time

import pytest

from hub.bootstrap import open_hub
from hub.cli.frame import run
from hub.flow.send import send_file
from hub.secrets import Vault
from hub.store.message_items import MessageFilter, list_messages
from hub.testing.certificates import self_signed
from hub.testing.flow_site import interchange, order_850, write_site
from hub.testing.ftps_server import PASSWORD, FtpsHost
from hub.testing.sftp_server import SftpHost

PATIENCE = 20


def wait_for(what):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail(f"waited {PATIENCE} s in vain")


@pytest.fixture(params=["sftp", "ftps"])
def partner(request, tmp_path):
    root = tmp_path / "partner"
    for folder in ("to-edihub", "from-edihub"):
        (root / folder).mkdir(parents=True)
    host = SftpHost(root) if request.param == "sftp" else FtpsHost(root, self_signed(tmp_path))
    host.start()
    yield request.param, host
    host.close()


@pytest.fixture
def site(partner, tmp_path):
    kind, host = partner
    folder = write_site(tmp_path / "site")
    Vault(folder).put("acme-password", PASSWORD)
    settings = host.settings(
        inbox="to-edihub", outbox="from-edihub", settle=0.2, password={"secret": "acme-password"}, name="{stem}-{key}{suffix}"
    )
    if kind == "ftps":
        (folder / "keys" / "partner-ca.pem").write_text(host.certificate[0].read_text())
    connection = json.dumps({"connector": kind, "settings": settings, "poll": {"every": "1s"}, "retry": {"first": "1s"}})
    path = folder / "partners" / "acme.yaml"
    text = path.read_text()
    main = next(line for line in text.splitlines() if line.startswith("  main:"))
    path.write_text(text.replace(main, f"  main: {connection}"))
    return folder


@pytest.fixture
def hub(site):
    opened = open_hub(site)
    opened.start()
    yield opened
    opened.stop()


def messages(hub):
    with hub.read() as view:
        return list_messages(view.connection, MessageFilter(), limit=100).items


def test_an_order_file_is_answered_by_a_file_and_each_way_is_in_the_log(hub, partner):
    root = partner[1].root
    (root / "to-edihub" / "orders.edi.part").write_bytes(interchange([order_850()]))
    (root / "to-edihub" / "orders.edi.part").rename(root / "to-edihub" / "orders.edi")
    (answer,) = wait_for(lambda: [path for path in (root / "from-edihub").iterdir() if path.suffix != ".part"])
    assert b"AK9*A*1*1*1~" in answer.read_bytes()
    wait_for(lambda: list((root / "to-edihub").iterdir()) == [])
    sent = wait_for(
        lambda: [each for each in messages(hub) if each["direction"] == "out" and each["lights"]["delivery"]["state"] == "ok"]
    )
    assert [each["message"] for each in sent] == ["997"]
    assert {each["message"] for each in messages(hub)} == {"850", "997"}


def test_a_host_that_goes_away_and_comes_back_loses_and_doubles_nothing(hub, partner):
    host = partner[1]
    for number in range(1, 6):
        (host.root / "to-edihub" / f"{number}.edi").write_bytes(interchange([order_850(f"PO{number}")], control=number))
        if number == 3:
            wait_for(lambda: len(messages(hub)) > 0)
            host.stop()
            time.sleep(0.3)
            host.start()
    wait_for(
        lambda: (
            sum(1 for each in messages(hub) if each["direction"] == "out" and each["lights"]["delivery"]["state"] == "ok") == 5
        )
    )
    assert sorted(each["message"] for each in messages(hub)) == ["850"] * 5 + ["997"] * 5
    assert len([path for path in (host.root / "from-edihub").iterdir() if path.suffix != ".part"]) == 5
    wait_for(lambda: list((host.root / "to-edihub").iterdir()) == [])


def test_the_connection_check_says_what_is_wrong_in_plain_words(site, partner, capsys):
    kind, host = partner
    assert run(["--site", str(site), "connection", "check"]) == 0
    assert capsys.readouterr().out.startswith(f"works  acme/main  {kind}")
    (host.root / "from-edihub").rmdir()
    assert run(["--site", str(site), "connection", "check", "acme/main", "--json"]) == 5
    (result,) = json.loads(capsys.readouterr().out)["connections"]
    assert result["message"] == "the outbox folder from-edihub is not there"
    host.close()
    assert run(["--site", str(site), "connection", "check"]) == 5
    said = capsys.readouterr().out
    assert "cannot be reached" in said
    assert PASSWORD not in said


def test_after_a_password_is_put_right_the_check_lets_what_waits_go_on_at_once(hub, site, partner, capsys):
    root = partner[1].root
    Vault(site).put("acme-password", "last year's")
    sent = send_file(interchange([order_850("PO7")], control=7), "acme", hub, name="order.x12").message_id
    wait_for(lambda: not_polled(hub) and suspended(hub))
    assert run(["--site", str(site), "connection", "check", "acme/main"]) == 5
    assert suspended(hub)
    (root / "to-edihub" / "orders.edi").write_bytes(interchange([order_850()]))
    Vault(site).put("acme-password", PASSWORD)
    assert run(["--site", str(site), "connection", "check", "acme/main"]) == 0
    assert "acme/main was left alone since it failed; the hub tries it again now" in capsys.readouterr().err
    wait_for(lambda: [each for each in messages(hub) if each["message_id"] == sent and each["state"] == "delivered"])
    wait_for(lambda: [each for each in messages(hub) if each["direction"] == "in"])
    wait_for(lambda: not suspended(hub))


def suspended(hub):
    with hub.read() as view:
        return view.endpoints.open_until("acme/main") is not None


def not_polled(hub):
    with hub.read() as view:
        return view.polls.state("acme/main").failures > 0
