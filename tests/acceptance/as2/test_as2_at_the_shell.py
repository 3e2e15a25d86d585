"""Done right 14 and 23 at the shell: ping, evidence that openssl confirms, and a change of certificates on both sides."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from as2_two_hubs import Pair, key_files, order

from hub.cli.yaml_edit import replaced


def edihub(site, *arguments, status=0):
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", "--site", str(site), *arguments], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == status, done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_partner_is_pinged_and_a_receipt_is_proved_by_openssl_alone(mode, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is missing")
    with Pair(tmp_path, mode=mode) as pair:
        sent = pair.send(order())
        message = pair.settled(sent)
        assert message.state == "delivered"
        pinged = {"sync": "processed", "async": "its MDN comes to our own address later"}[mode]
        assert pinged in edihub(pair.acme_root, "as2", "ping", "edihub", "--message")
        edihub(pair.acme_root, "evidence", message.transport_id, "--to", str(tmp_path / "proof.zip"))
        edihub(pair.hub_root, "evidence", message.transport_id, "--to", str(tmp_path / "given.zip"))
    _is_proof_of_what_came(tmp_path)
    assert "refused" not in edihub(pair.acme_root, "as2", "ping", "edihub", status=5)
    folder = tmp_path / "elsewhere"
    with zipfile.ZipFile(tmp_path / "proof.zip") as archive:
        archive.extractall(folder)
    summary = json.loads((folder / "summary.json").read_text())
    assert (folder / "payload.bin").read_bytes() == order()
    assert summary["mic_received"].split(",")[0] == summary["mic_sent"].split(",")[0]
    command = next(shlex.split(line) for line in (folder / "VERIFY.txt").read_text().splitlines() if "cms -verify" in line)
    said = subprocess.run(["sh", "-e", "VERIFY.txt"], cwd=folder, check=True, capture_output=True)
    assert said.stdout.decode().strip() == summary["mic_received"].split(",")[0]
    assert b"disposition-notification" in (folder / "verified.txt").read_bytes()
    (folder / "mdn-content.txt").write_bytes((folder / "mdn-content.txt").read_bytes().replace(b"processed", b"failed!!!"))
    assert subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode != 0


def _is_proof_of_what_came(tmp_path):
    """The receiver's own bundle says the same: the MDN it gave, and the octets it computed the MIC over."""
    folder = tmp_path / "received"
    with zipfile.ZipFile(tmp_path / "given.zip") as archive:
        archive.extractall(folder)
    summary = json.loads((folder / "summary.json").read_text())
    assert (folder / "payload.bin").read_bytes() == order()
    said = subprocess.run(["sh", "-e", "VERIFY.txt"], cwd=folder, check=True, capture_output=True)
    assert said.stdout.decode().strip() == summary["mic_given"].split(",")[0] == summary["mic_computed"].split(",")[0]
    assert summary["signer"] == "CN=EDIHUB"


def test_both_sides_change_certificates_and_orders_go_on(tmp_path):
    made = Pair(tmp_path)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    hub, acme = made.hub_root, made.acme_root
    lines = edihub(hub, "cert", "create", "edihub-2")
    assert lines.startswith("our_certificates: ")
    assert "PRIVATE KEY" not in "".join(each.read_text() for each in (hub / "keys").glob("edihub-2*"))
    edihub(acme, "cert", "import", str(hub / "keys/edihub-2.pem"), "--name", "edihub-2")
    steps = edihub(hub, "cert", "rehearse", "acme", "--new", "edihub-2", "--on", today)
    assert "FAILS" not in steps
    edihub(acme, "cert", "rotate", "edihub", "--new", "edihub-2", "--on", today, "--theirs")
    edihub(hub, "cert", "rotate", "acme", "--new", "edihub-2", "--on", today)
    new = edihub(hub, "cert", "export", "acme")
    assert new == (hub / "keys/edihub-2.pem").read_text()
    assert new != key_files("EDIHUB").certificate
    listed = json.loads(edihub(acme, "cert", "list", "--json"))["certificates"]
    assert [each["role"] for each in listed].count("theirs: encrypt, verify") == 2
    with made as pair:
        sent = pair.send(order())
        message = pair.settled(sent)
        assert message.state == "delivered", message.error
        fingerprint = next(each["sha256"] for each in listed if each["subject"] == "CN=edihub-2")
        assert message.evidence["prepared"]["encrypted_for"] == fingerprint
        assert message.receipt["evidence"]["mdn_signed_by"] == fingerprint


def test_a_change_that_would_leave_a_gap_is_refused_and_writes_nothing(tmp_path):
    made = Pair(tmp_path)
    for each in made.sockets:
        each.close()
    edihub(made.hub_root, "cert", "create", "short", "--days", "5")
    before = (made.hub_root / "partners/acme.yaml").read_text()
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert "FAILS" in edihub(made.hub_root, "cert", "rotate", "acme", "--new", "short", "--on", today, status=1)
    assert (made.hub_root / "partners/acme.yaml").read_text() == before
    listed = json.loads(edihub(made.hub_root, "cert", "list", "--json"))["certificates"]
    assert {each["warning"] for each in listed} == {None}


@pytest.mark.parametrize(
    ("days", "side", "said"),
    [
        (0, (), "that is at once: as long as the partner does not list it beside the old one, what leaves is refused"),
        (0, ("--theirs",), "that is at once: as long as the partner does not hold its key, what leaves cannot be read"),
        (3, (), "before that day the partner must list it beside the old one"),
        (3, ("--theirs",), "before that day the partner must hold its key"),
    ],
)
def test_a_change_says_what_the_partner_must_have_done_by_then(days, side, said, tmp_path):
    made = Pair(tmp_path)
    for each in made.sockets:
        each.close()
    edihub(made.hub_root, "cert", "create", "next")
    on = f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"
    command = ("cert", "rotate", "acme", "--new", "next", "--on", on, *side)
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", "--site", str(made.hub_root), *command], capture_output=True, check=True, timeout=60
    )
    assert said in done.stderr.decode()


def test_a_key_that_does_not_belong_to_the_certificate_is_not_taken(tmp_path):
    made = Pair(tmp_path)
    for each in made.sockets:
        each.close()
    (tmp_path / "other.key").write_text(key_files("EVIL").key)
    certificate = made.hub_root / "keys/ACME.pem"
    command = ("cert", "import", str(certificate), "--name", "wrong", "--key", str(tmp_path / "other.key"))
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", "--site", str(made.hub_root), *command], capture_output=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert b"AS2-201" in done.stderr
    assert not (made.hub_root / "keys/wrong.pem").exists()


@pytest.mark.parametrize(
    "text",
    [
        "a:\n  b:\n  - x: 1\n  - y: 2\n  # after\n  c: 3\n",
        "a:\n  b:\n    - x: 1  # one\n    - y: 2\n  # after\n  c: 3\n",
        "a: {b: [{x: 1}, {y: 2}], c: 3}\n",
    ],
)
def test_one_value_of_a_file_is_replaced_and_all_else_stays(text):
    import yaml

    changed = replaced(text, ("a", "b"), [{"z": "2027-01-01"}])
    assert yaml.safe_load(changed) == {"a": {"b": [{"z": "2027-01-01"}], "c": 3}}
    assert ("# after" in changed) == ("# after" in text)
