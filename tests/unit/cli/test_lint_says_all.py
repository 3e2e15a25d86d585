"""One mistake hides no other: tables, guides, rules and the site's own files are all looked at, each to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.bootstrap import open_hub
from hub.cli.frame import run
from hub.cli.init import write_site
from hub.errors import HubError
from hub.routing.lint import lint_root


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write_site(tmp_path / "shop")
    return tmp_path / "shop"


def write(site: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def said(site: Path) -> dict[str, list[tuple[int, int, str, str]]]:
    """Every finding by its file: line, column, code and cure."""
    found: dict[str, list[tuple[int, int, str, str]]] = {}
    for each in lint_root(site).diagnostics:
        name = Path(each.file).relative_to(site).as_posix()
        found.setdefault(name, []).append((each.line, each.column, each.code, each.hint))
    return found


def test_a_broken_table_hides_nothing(site: Path) -> None:
    write(
        site,
        {
            "mappings/tables/t/broken.yaml": "table: t/broken\nunlisted: guess\nrows: {A: x}\n",
            "mappings/tables/t/list.yaml": "- A\n",
            "mappings/tables/t/over.yaml": "table: t/over\nextends: t/list\nrows: {A: B}\n",
            "mappings/tables/t/circle.yaml": "table: t/circle\nextends: t/circle\nrows: {A: B}\n",
            "mappings/tables/t/bare.yaml": "table: t/bare\n",
            "mappings/tables/t/unlike.yaml": "table: t/unlike\nextends: uom/x21\nrows: {A: B}\n",
            "mappings/guides/g/order.yaml": "guide: g/order\nextends: x12/004010/850\nsegments:\n  - BEG: {03: {to: numbr}}\n",
            "partners/acme.yaml": "partner: acme\nnmae: ACME\nidentities: {x12: ZZ:ACME}\n",
        },
    )
    found = said(site)
    assert found["mappings/tables/t/broken.yaml"][0][:3] == (2, 11, "CFG-105")
    assert found["mappings/tables/t/list.yaml"] == [(1, 1, "CFG-104", "begin with `table: NAME`")]
    assert [each[2] for each in found.get("mappings/tables/t/over.yaml", [])] == []
    assert found["mappings/tables/t/circle.yaml"][0][:3] == (2, 10, "CFG-334")
    assert found["mappings/tables/t/bare.yaml"][0] == (1, 1, "CFG-101", "write `rows: {CODE: WORD}`")
    assert found["mappings/tables/t/unlike.yaml"][0] == (2, 10, "CFG-230", 'did you mean "uom/x12"?')
    assert found["mappings/guides/g/order.yaml"] == [(4, 15, "CFG-232", 'did you mean "number"?')]
    assert found["partners/acme.yaml"][0] == (2, 1, "CFG-102", 'did you mean "name"?')


def test_a_guide_of_a_wrong_shape_is_looked_at_to_its_end(site: Path) -> None:
    text = (
        "guide: g/order\nextends: x12/004010/850\nsteps: [no_such_step]\nsegments:\n"
        '  - REF: {01: "=IA", uze: M}\n  - BGE: {02: {only: [SA]}}\n  - BEG: {05: {to: issued_on, as: datum}}\n'
    )
    write(site, {"mappings/guides/g/order.yaml": text})
    assert [each[:3] for each in said(site)["mappings/guides/g/order.yaml"] if each[2] != "CFG-404"] == [
        (3, 9, "CFG-240"),
        (5, 22, "CFG-102"),
        (6, 5, "CFG-234"),
        (7, 15, "CFG-236"),
    ]


def test_a_rule_of_a_wrong_shape_does_not_hide_its_neighbours(site: Path) -> None:
    text = (
        "rules: r\napproval:\n"
        '  - {rule: a, when: {field: amount, operator: greater, value: "10"}}\n'
        '  - {rule: b, when: {field: amuont, operator: above, value: "10"}}\n'
        "  - {rule: c, partners: [acmee], when: {field: currency, operator: equals, value: RON}}\n"
        "status:\n  - {rule: c, status: delivered}\n"
    )
    write(site, {"mappings/rules/r.yaml": text, "mappings/rules/s.yaml": "rules: s\nstatus:\n  - {rule: c, status: on_hold}\n"})
    found = said(site)
    assert [each[:3] for each in found["mappings/rules/r.yaml"]] == [
        (3, 47, "CFG-105"),
        (4, 29, "CFG-212"),
        (5, 26, "CFG-214"),
        (7, 12, "CFG-351"),
        (7, 23, "CFG-353"),
    ]
    assert [each[:3] for each in found["mappings/rules/s.yaml"]] == [(3, 12, "CFG-351")]


def test_a_file_that_nothing_reads_is_named(site: Path) -> None:
    order = "guide: acme/850\nextends: x12/004010/850\n"
    write(site, {"mappings/guide/acme/850.yaml": order, "mappings/guides/acme/850.yml": order})
    found = said(site)
    assert found["mappings/guide/acme/850.yaml"] == [(1, 1, "CFG-406", 'did you mean "guides"?')]
    assert found["mappings/guides/acme/850.yml"] == [(1, 1, "CFG-406", "call it .yaml")]


def test_a_secret_that_is_not_there_is_a_warning_and_doctors_error(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    partner = (site / "partners/acme.yaml").read_text()
    settings = "{host: 127.0.0.1, user: x, password: {env: ACME_PASSWORD}, inbox: in, outbox: out}"
    connections = f"connections:\n  far:\n    connector: ftps\n    settings: {settings}\nagreements:"
    (site / "partners/acme.yaml").write_text(partner.replace("agreements:", connections, 1))
    monkeypatch.delenv("ACME_PASSWORD", raising=False)
    line, column, code, hint = said(site)["partners/acme.yaml"][0]
    assert (code, hint) == ("CFG-409", "set ACME_PASSWORD for the process that runs edihub")
    assert (site / "partners/acme.yaml").read_text().splitlines()[line - 1][column - 1 :].startswith("{env: ACME_PASSWORD}")
    assert run(["--site", str(site), "lint"]) == 0
    assert run(["--site", str(site), "doctor"]) == 1
    assert "CFG-409 the environment variable ACME_PASSWORD is not set" in capsys.readouterr().out
    monkeypatch.setenv("ACME_PASSWORD", "x")
    assert "partners/acme.yaml" not in said(site)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ('[store]\nurl = "mysql://x"', "one of sqlite://, postgresql+psycopg://, postgresql://"),
        ('[queue]\nurl = "amqp://x"', "one of redis://, rediss://, unix://"),
        ('[sscc]\nprefix = "54-12345"', "such as 5412345"),
        ("[http]\nport = 99999", "a number of at most 65535"),
    ],
)
def test_a_value_out_of_form_is_given_an_example(site: Path, wrong: str, hint: str) -> None:
    identities = '[identities.main]\nx12 = "ZZ:EDIHUB"\ngln = "5412345000020"\nas2 = "EDIHUB"\n'
    drop = '[connections.drop]\nconnector = "folder"\nsettings = {inbox = "inbox", outbox = "outbox"}\n'
    (site / "hub.toml").write_text(f"{identities}{drop}{wrong}\n")
    assert [each[2:] for each in said(site)["hub.toml"]] == [("CFG-113", hint)]


def test_hours_out_of_form_are_given_an_example(site: Path) -> None:
    partner = (site / "partners/acme.yaml").read_text()
    (site / "partners/acme.yaml").write_text(partner + 'calendar: {hours: "9 to 5", usual_by: "25:00"}\n')
    assert [each[2:] for each in said(site)["partners/acme.yaml"]] == [
        ("CFG-113", "such as 08:00-18:00"),
        ("CFG-113", "such as 09:30"),
    ]


def test_the_address_of_another_database_is_refused_wherever_it_comes_from(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDIHUB_STORE_URL", "mysql://somewhere/hub")
    with pytest.raises(HubError, match="no database edihub works on") as refused:
        open_hub(site)
    assert refused.value.code == "HUB-552"


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("partner: x\nname: I\n identities: {x12: 'ZZ:I'}\n", "line this one up with its neighbours"),
        ("partner: x\nname: 'oops\nidentities: {x12: 'ZZ:U'\n", "close every quote"),
        ("partner: x\nname: ACME: the stores\n", "put quotes around a value"),
    ],
)
def test_what_is_no_yaml_has_the_cure_that_fits(site: Path, text: str, cure: str) -> None:
    write(site, {"partners/x.yaml": text})
    ((_, _, code, hint),) = said(site)["partners/x.yaml"]
    assert code == "CFG-100"
    assert cure in hint
