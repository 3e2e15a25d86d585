"""`edihub init` writes a site that lints clean; `edihub lint` says everything at once, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.cli.frame import run
from hub.cli.init import write_site
from hub.edi.tree import PartyId
from hub.errors import Refused
from hub.routing.agreements import Envelope, find_agreement
from hub.routing.load import load_site


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDIHUB_SITE", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write_site(tmp_path / "shop")
    return tmp_path / "shop"


def test_a_new_site_lints_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "shop"
    assert run(["init", str(folder)]) == 0
    assert run(["lint", "--site", str(folder)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "3 files clean" in printed.err


def test_a_new_site_knows_its_two_partners(site: Path) -> None:
    loaded = load_site(site)
    us = {"x12": PartyId(qualifier="ZZ", id="EDIHUB"), "edifact": PartyId(qualifier="14", id="5412345000020")}
    them = {"x12": PartyId(qualifier="ZZ", id="ACME"), "edifact": PartyId(qualifier="14", id="5412345000013")}
    for standard, message, version in (("x12", "850", "004010"), ("edifact", "ORDERS", "D96A")):
        envelope = Envelope(
            standard=standard, sender=them[standard], receiver=us[standard], message=message, version=version, test="test"
        )
        agreement = find_agreement(loaded, envelope)
        assert agreement.direction == "inbound"
        assert loaded.connections[agreement.connection].settings.inbox == site / "inbox"


def test_the_first_steps_of_the_readme_work_as_they_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    block = readme.partition("## A partner in five minutes")[2].split("```")[1]
    lines = [line.partition("#")[0].split() for line in block.splitlines() if line.strip()]
    monkeypatch.chdir(tmp_path)
    assert lines[0] == ["edihub", "init", "shop", "&&", "cd", "shop"]
    assert run(["init", "shop"]) == 0
    monkeypatch.chdir(tmp_path / "shop")
    for words in lines[1:-1]:
        assert run(words[1:]) == 0, words
    assert lines[-1] == ["edihub", "serve"]
    printed = capsys.readouterr().out
    assert "no findings" in printed
    assert '"number": "4500000042"' in printed
    assert "ST*997*0001~AK1*PO*1~AK2*850*0001~AK5*A~AK9*A*1*1*1~" in printed.replace("\n", "")


def test_keys_are_kept_from_other_users(site: Path) -> None:
    assert (site / "keys").stat().st_mode & 0o077 == 0
    assert {"inbox", "outbox", "var", "partners", "mappings", "schemas"} <= {each.name for each in site.iterdir()}


def test_init_refuses_a_folder_that_holds_anything_and_changes_nothing(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "hub.toml").write_text("# mine\n")
    before = sorted((path, path.stat().st_mtime_ns) for path in site.rglob("*"))
    assert run(["init", str(site)]) == 8
    assert "HUB-421" in capsys.readouterr().err
    assert sorted((path, path.stat().st_mtime_ns) for path in site.rglob("*")) == before
    with pytest.raises(Refused):
        write_site(site / "hub.toml")


def test_init_takes_an_empty_folder(tmp_path: Path) -> None:
    assert run(["init", str(tmp_path)]) == 0
    assert (tmp_path / "hub.toml").is_file()


def test_init_says_so_when_it_may_not_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert run(["init", str(tmp_path / "file" / "below")]) == 8
    assert "cannot be written" in capsys.readouterr().err


def test_lint_prints_every_finding_with_its_place_and_exits_four(site: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = site / "partners" / "acme.yaml"
    acme.write_text(
        acme.read_text()
        .replace("x12/004010/850", "x12/004010/998")
        .replace("receive: x12/005010/850", "recieve: x12/005010/850")
    )
    (site / "hub.toml").write_text((site / "hub.toml").read_text().replace("port = 8080", "prot = 8080"))
    monkeypatch.chdir(site)
    assert run(["lint"]) == 4
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        'hub.toml:23:1 error CFG-102 unknown key "prot"; did you mean "port"?',
        'partners/acme.yaml:19:14 error CFG-201 there is no guide "x12/004010/998"; did you mean "x12/004010/997"?',
        'partners/acme.yaml:20:5 error CFG-102 unknown key "recieve"; did you mean "receive"?',
    ]
    assert "in 2 files" in printed.err


def test_lint_of_one_file_says_only_what_is_wrong_there(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    acme = site / "partners" / "acme.yaml"
    acme.write_text(acme.read_text().replace("x12/004010/850", "x12/004010/998"))
    assert run(["lint", str(acme)]) == 4
    assert capsys.readouterr().out.startswith(f"{acme}:19:14 error CFG-201 ")
    assert run(["lint", str(site / "partners" / "belmart.yaml"), str(site / "hub.toml")]) == 0


def test_lint_prints_json(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    acme = site / "partners" / "acme.yaml"
    acme.write_text(acme.read_text() + "partner: twice\n")
    last = len(acme.read_text().splitlines())
    assert run(["lint", str(site), "--json"]) == 4
    document = json.loads(capsys.readouterr().out)
    assert (document["errors"], document["warnings"]) == (1, 0)
    (found,) = document["diagnostics"]
    assert (found["code"], found["line"], found["file"]) == ("CFG-103", last, str(acme))


def test_lint_of_a_path_that_is_not_there_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "no/such/file.yaml"]) == 2


def test_lint_of_a_named_site_that_is_none_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "--site", str(tmp_path / "none")]) == 7


def test_unused_files_of_a_site_are_warnings(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = site / "mappings" / "tables" / "mine"
    tables.mkdir(parents=True)
    stock = next(path for path in (Path(__file__).parents[3] / "mappings" / "tables" / "uom").glob("*.yaml"))
    (tables / "left-over.yaml").write_text(stock.read_text().replace(f"table: uom/{stock.stem}", "table: mine/left-over"))
    assert run(["lint", "--site", str(site)]) == 0
    assert 'warning CFG-405 nothing uses the table "mine/left-over"' in capsys.readouterr().out


def test_without_a_site_the_shipped_files_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["lint"]) == 0, capsys.readouterr().out
    assert int(capsys.readouterr().err.split()[0]) > 10
