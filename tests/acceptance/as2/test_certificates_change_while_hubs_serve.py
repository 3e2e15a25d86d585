"""Done right 14: certificates are changed while both hubs serve and orders flow; no message fails, none waits for a restart."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from as2_two_hubs import Pair, Side, order, until

from hub.cli import toml_edit
from hub.errors import NotFound, Refused
from hub.flow.renewal import Renewal
from hub.web.server import listen


def edihub(site, *arguments):
    command = [sys.executable, "-m", "hub.cli", "--site", str(site), *arguments]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def _rotate_both(acme, hub, *, on, overlap=30):
    """Each side makes a certificate, gives it to the other, and both write the change down; the fingerprints of the new ones."""
    fingerprints = {}
    for owner, other, ours, theirs, new in ((hub, acme, "acme", "edihub", "edihub-2"), (acme, hub, "edihub", "acme", "acme-2")):
        edihub(owner, "cert", "create", new)
        edihub(other, "cert", "import", str(owner / "keys" / f"{new}.pem"), "--name", new)
        days = ("--on", on, "--overlap", str(overlap))
        edihub(other, "cert", "rotate", theirs, "--new", new, *days, "--theirs")
        edihub(owner, "cert", "rotate", ours, "--new", new, *days)
        listed = json.loads(edihub(owner, "cert", "list", "--json"))["certificates"]
        fingerprints[new] = next(each["sha256"] for each in listed if each["subject"] == f"CN={new}")
    return fingerprints


class Clock:
    """Virtual time that both hubs share."""

    def __init__(self):
        self.at = datetime.now(UTC)

    def __call__(self):
        return self.at


class Traffic:
    """Orders from ACME, one after the other, until it is told to stop."""

    def __init__(self, pair):
        self.pair, self.sent, self._stop = pair, [], threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stop.wait(0.3):
            number = len(self.sent) + 1
            self.sent.append(self.pair.send(order(f"45{number:08}", control=number)))

    def stop(self):
        self._stop.set()
        self._thread.join()


@pytest.mark.parametrize("mode", ["sync", pytest.param("async", marks=pytest.mark.long)])
def test_both_certificates_change_under_traffic_and_every_order_gets_through_at_its_first_attempt(mode, tmp_path):
    clock = Clock()
    with Pair(tmp_path, mode=mode, clock=clock) as pair:
        traffic = Traffic(pair)
        try:
            new = _rotate_both(pair.acme_root, pair.hub_root, on=f"{clock.at + timedelta(days=1):%Y-%m-%d}")
            looked = _listed(pair)
            until(lambda: _listed(pair), lambda now: now == looked | set(new.values()))
            before = len(traffic.sent)
            clock.at += timedelta(days=1)
            until(lambda: pair.settled(traffic.sent[-1]), lambda message: _used(message) == (new["edihub-2"], new["acme-2"]))
            seen = len(traffic.sent)
            until(lambda: len(traffic.sent), lambda count: count >= seen + 5)
        finally:
            traffic.stop()
        messages = [pair.settled(each) for each in traffic.sent]
        assert [(each.state, each.error) for each in messages if each.state != "delivered"] == []
        assert max(message.attempts for message in messages) == 1
        assert not set(_used(messages[before - 1])) & set(new.values())
        assert messages[-1].receipt["evidence"]["mdn_signed_by"] == new["edihub-2"]
        until(lambda: len(pair.hub.orders()), lambda count: count == min(len(messages), 100))
        rows = pair.hub.trail("acme/as2", "") + pair.acme.trail("edihub/as2", "")
        assert [each for each in rows if each["type"] == "request.refused"] == []


def _listed(pair):
    """Every certificate that the running hubs know of."""
    both = (pair.acme.hub.connector("edihub/as2"), pair.hub.hub.connector("acme/as2"))
    return {each.sha256 for connector in both for each in connector.certificates()}


def _used(message):
    prepared = message.evidence["prepared"]
    return prepared["encrypted_for"], prepared["signed_with"]


def test_what_is_on_its_way_when_the_day_comes_arrives_on_both_sides_of_it(tmp_path):
    made, clock = Pair(tmp_path, mode="async"), Clock()
    ports = [each.getsockname()[1] for each in made.sockets]
    for each in made.sockets:
        each.close()
    day = clock.at + timedelta(days=10)
    new = _rotate_both(made.acme_root, made.hub_root, on=f"{day:%Y-%m-%d}")
    clock.at = day.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(minutes=1)
    made.acme = acme = Side(made.acme_root, listen("127.0.0.1", ports[0]), clock=clock)
    waiting = made.send(order("4500000001", control=1))
    until(lambda: acme.message(waiting).state, lambda state: state == "retry")
    old_used = _used(acme.message(waiting))
    acme.server.stop()

    # the order left ACME's hands before the day; its receipt is made, and waits, after it
    clock.at += timedelta(minutes=2)
    made.acme = acme = Side(made.acme_root, listen("127.0.0.1", ports[0]), clock=clock)
    hub = Side(made.hub_root, listen("127.0.0.1", ports[1]), clock=clock)
    try:
        clock.at += timedelta(minutes=5)
        message = made.settled(waiting)
        assert (message.state, _used(message)) == ("delivered", old_used)
        assert not set(old_used) & set(new.values())
        assert message.receipt["evidence"]["mdn_signed_by"] == new["edihub-2"]
        fresh = made.settled(made.send(order("4500000002", control=2)))
        assert (fresh.state, _used(fresh)) == ("delivered", (new["edihub-2"], new["acme-2"]))

        clock.at += timedelta(days=31)
        last = made.settled(made.send(order("4500000003", control=3)))
        assert last.state == "delivered"
        until(lambda: len(hub.orders()), lambda count: count == 3)
    finally:
        acme.server.stop()
        hub.server.stop()


def test_a_mistake_in_a_file_leaves_the_connection_as_it_was_and_its_cure_is_taken_up(tmp_path):
    with Pair(tmp_path) as pair:
        renewal, file = Renewal(pair.hub.hub), pair.hub_root / "partners" / "acme.yaml"
        before = pair.hub.hub.connector("acme/as2")
        good = file.read_text()
        file.write_text(good.replace("our_certificates:", "our_certificate:"))
        assert renewal.look() == []
        file.write_text(good.replace("keys/EDIHUB.pem", "keys/nothing.pem"))
        assert renewal.look() == []
        assert pair.hub.hub.connector("acme/as2") is before
        assert pair.settled(pair.send()).state == "delivered"
        file.write_text(good + "\n# looked at\n")
        (pair.hub_root / "keys" / "another.pem").write_text((pair.hub_root / "keys" / "ACME.pem").read_text())
        assert renewal.look() == ["acme/as2"]
        assert pair.hub.hub.connector("acme/as2") is not before
        assert renewal.look() == []
        assert pair.settled(pair.send(order("4500000052", control=52))).state == "delivered"


def test_a_connection_that_partners_share_is_rotated_in_hub_toml(tmp_path):
    made = Pair(tmp_path)
    file, toml = made.hub_root / "partners" / "acme.yaml", made.hub_root / "hub.toml"
    partner = yaml.safe_load(file.read_text())
    settings = partner.pop("connections")["as2"]["settings"]
    file.write_text(yaml.safe_dump(partner, sort_keys=False))
    lines = [f"{name} = {toml_edit._inline(value)}" for name, value in settings.items()]
    written = (
        '\n[connections.as2]\nconnector = "as2"\n[connections.as2.settings]  # of all partners\n' + "\n".join(lines) + "\n"
    )
    toml.write_text(toml.read_text() + written)
    with made as pair:
        assert pair.settled(pair.send()).state == "delivered"
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        edihub(pair.hub_root, "cert", "create", "shared-2")
        edihub(pair.acme_root, "cert", "import", str(pair.hub_root / "keys/shared-2.pem"), "--name", "shared-2")
        edihub(pair.acme_root, "cert", "rotate", "edihub", "--new", "shared-2", "--on", today, "--theirs")
        edihub(pair.hub_root, "cert", "rotate", "as2", "--new", "shared-2", "--on", today)
        assert "# of all partners" in toml.read_text()
        assert toml.read_text().count("keys/EDIHUB.pem") == 1
        time.sleep(2.5)
        sent = pair.settled(pair.send(order("4500000061", control=61)))
        listed = json.loads(edihub(pair.hub_root, "cert", "list", "--json"))["certificates"]
        assert sent.receipt["evidence"]["mdn_signed_by"] in {each["sha256"] for each in listed if "shared-2" in each["subject"]}


TOML = [
    "[a.b]\nc = [\n  {x = 1},  # one\n  {y = 2},\n]\nd = 3 # after\n",
    "a.b.c = [1]\na.b.d = 3 # after\n",
    "[a]\nb = {c = [{x = 1}], d = 3} # after\n",
    '[a."b"]\n"c" = "]"\nd = 3 # after\n[a.e]\nc = 4\n',
]


@pytest.mark.parametrize("text", TOML)
def test_one_value_of_a_toml_file_is_replaced_and_all_else_stays(text):
    import tomllib

    changed = toml_edit.replaced(text, ("a", "b", "c"), [{"certificate": {"file": "k.pem"}, "starts": "2027-01-01"}])
    expected = tomllib.loads(text)
    expected["a"]["b"]["c"] = [{"certificate": {"file": "k.pem"}, "starts": "2027-01-01"}]
    assert tomllib.loads(changed) == expected


def test_a_value_that_is_not_there_or_stands_where_it_cannot_be_replaced_is_said_so():
    with pytest.raises(NotFound):
        toml_edit.replaced("[a]\nx = 1\n", ("a", "b"), 1)
    with pytest.raises(Refused, match="cannot be replaced"):
        toml_edit.replaced("[[a.b]]\nx = 1\n", ("a", "b"), [1])
