"""What `edihub doctor` finds, and what it says to do."""

import json
import os
import socket
import stat
from datetime import UTC, datetime, timedelta

import pytest

from hub.cli.checkup import keys, machine, site
from hub.cli.frame import run
from hub.secrets import Vault
from hub.testing.certificates import self_signed


@pytest.mark.parametrize(
    ("version", "broken"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 0), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
    ],
)
def test_the_wal_reset_bug_is_known_by_its_versions(version, broken):
    assert machine.can_lose_commits(version) is broken
    finding = machine.sqlite(version, "sqlite3")
    assert finding.verdict == ("warning" if broken else "ok")
    assert bool(finding.cure) is broken


def test_the_sqlite_in_use_is_named():
    assert machine.sqlite().found.startswith("SQLite 3.")


def test_an_old_python_is_an_error():
    assert machine.python((3, 10, 14)).verdict == "error"
    assert machine.python().verdict == "ok"


def test_a_clock_before_the_build_or_before_the_newest_file_is_wrong(tmp_path):
    assert machine.clock(tmp_path, now=0).verdict == "error"
    assert machine.clock(tmp_path / "missing").verdict == "ok"
    file = tmp_path / "hub.db"
    file.touch()
    ahead = file.stat().st_mtime + 86_400
    os.utime(file, (ahead, ahead))
    assert "before the site's newest file" in machine.clock(tmp_path, now=ahead - 86_400).found
    assert machine.clock(tmp_path, now=ahead - 60).verdict == "ok"


@pytest.mark.parametrize(
    ("total", "free", "verdict"),
    [(100, 50, "ok"), (100, 9, "warning"), (100, 4.9, "error"), (10, 1.5, "warning"), (10, 0.9, "error"), (10, 3, "ok")],
)
def test_room_is_measured_against_the_bound_at_which_work_is_refused(tmp_path, total, free, verdict):
    gib = 1 << 30
    assert machine.disk(tmp_path / "not" / "there", usage=(int(total * gib), int(free * gib))).verdict == verdict
    assert machine.disk(tmp_path).found.endswith(str(tmp_path))


def test_a_port_is_free_taken_or_ours(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        monkeypatch.setattr(machine, "_is_alive", lambda *_: False)
        assert machine.port("127.0.0.1", number).verdict == "error"
        monkeypatch.setattr(machine, "_is_alive", lambda *_: True)
        assert machine.port("127.0.0.1", number).found.startswith("an edihub answers")
    assert machine.port("127.0.0.1", number).found.endswith("is free")
    assert machine.port("127.0.0.1", 0).verdict == "ok"
    assert "no address of this machine" in machine.port("192.0.2.1", number).found


def test_secret_files_that_others_may_read_are_named_with_the_command(tmp_path):
    for name, text in {"id": "key", "ca.pem": "-----BEGIN CERTIFICATE-----", "both.pem": "-----BEGIN PRIVATE KEY-----"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o644)
    found = {each.cure for each in keys.modes(tmp_path)}
    assert found == {f"chmod 600 {tmp_path / name}" for name in ("id", "both.pem")}
    for name in ("id", "both.pem"):
        (tmp_path / name).chmod(0o600)
    assert [each.verdict for each in keys.modes(tmp_path)] == ["ok"]
    assert [each.verdict for each in keys.modes(tmp_path / "missing")] == ["ok"]


@pytest.mark.parametrize(
    ("days", "verdict", "words"), [(-40, "ok", "days left"), (0, "warning", "0 days left"), (2, "error", "ended on")]
)
def test_certificates_are_judged_by_the_days_they_have_left(tmp_path, monkeypatch, days, verdict, words):
    self_signed(tmp_path)
    monkeypatch.setattr(keys, "SOON", 30 if days == 0 else 0)
    now = datetime.now(UTC) + timedelta(days=max(days, 0))
    (finding,) = keys.certificates([tmp_path], now)
    assert finding.verdict == verdict
    assert words in finding.found


def test_a_certificate_that_has_not_begun_is_named(tmp_path):
    self_signed(tmp_path)
    (finding,) = keys.certificates([tmp_path], datetime.now(UTC) - timedelta(days=9))
    assert (finding.verdict, "is not valid before" in finding.found) == ("warning", True)


def test_what_is_no_certificate_is_passed_over(tmp_path):
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nxxxx\n-----END CERTIFICATE-----\n")
    (tmp_path / "odd.cer").write_bytes(b"\x30\x80nothing")
    assert [each.found for each in keys.certificates([tmp_path])] == ["the site has none"]


def test_secrets_that_do_not_open_are_errors(tmp_path):
    Vault(tmp_path).put("acme", "x")
    assert [each.verdict for each in keys.secrets(tmp_path)] == ["ok"]
    (tmp_path / "keys" / "master.key").unlink()
    (finding,) = keys.secrets(tmp_path)
    assert (finding.verdict, "acme" in finding.found) == ("error", True)
    (tmp_path / "keys" / "secrets.json").write_text("?")
    assert [each.verdict for each in keys.secrets(tmp_path)] == ["error"]


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    assert site.writable(tmp_path / "var").verdict == "ok"
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert site.writable(tmp_path / "var").verdict == "error"


def test_the_command_prints_every_check_and_its_cure(tmp_path, capsys):
    (tmp_path / "hub.toml").write_text("nonsense = 1\n")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "id").write_text("x")
    (tmp_path / "keys" / "id").chmod(stat.S_IRUSR | stat.S_IROTH)
    assert run(["--site", str(tmp_path), "doctor", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["healthy"] is False
    by_check = {each["check"]: each for each in document["checks"]}
    assert {"python", "sqlite", "clock", "disk", "var", "site", "key-files", "certificates", "secrets"} <= set(by_check)
    assert all(each["cure"] for each in document["checks"] if each["verdict"] != "ok")
    assert run(["--site", str(tmp_path), "doctor"]) == 1
    assert "chmod 600" in capsys.readouterr().out


def test_without_a_site_the_machine_is_looked_at(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EDIHUB_SITE", raising=False)
    assert run(["doctor", "--json"]) == 0
    assert [each["check"] for each in json.loads(capsys.readouterr().out)["checks"]] == ["python", "sqlite"]
