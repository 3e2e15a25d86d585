"""The sheets and pages of the connectors over files tell the truth."""

import re
from pathlib import Path

import pytest
import yaml

from connectors.ftps import CONNECTOR as FTPS
from connectors.sftp import CONNECTOR as SFTP
from hub.config.check import check
from hub.config.yaml_text import load_yaml

ROOT = Path(__file__).parents[3]
SPECS = {"sftp": SFTP, "ftps": FTPS}


def source(name):
    return "\n".join(path.read_text() for path in (ROOT / "connectors" / name).glob("*.py"))


@pytest.mark.parametrize("name", SPECS)
def test_every_rule_is_answered_and_what_is_done_has_a_test(name):
    folder = yaml.safe_load((ROOT / "connectors" / "folder" / "quality.yaml").read_text())["rules"]
    rules = yaml.safe_load((ROOT / "connectors" / name / "quality.yaml").read_text())["rules"]
    assert set(rules) == set(folder)
    places = [*ROOT.joinpath("tests").rglob("*.py"), *ROOT.joinpath("hub/testing").glob("*.py")]
    text = "\n".join(path.read_text() for path in places)
    for rule, answer in rules.items():
        if answer["state"] == "done":
            assert re.search(rf"(def|class) {answer['test']}\(", text), f"{rule}: no {answer['test']}"
        else:
            assert len(answer["why"]) > 20, rule


@pytest.mark.parametrize("name", SPECS)
def test_the_example_of_the_page_is_a_valid_connection(name):
    page = (ROOT / "connectors" / name / "README.md").read_text()
    assert len(page.splitlines()) <= 60, "one page"
    (example,) = [part.partition("```")[0] for part in page.split("```yaml\n")[1:]]
    document = load_yaml(example, "README.md")
    for connection, content in document.value["connections"].items():
        assert content["connector"] == name
        assert check(document, SPECS[name].settings, ("connections", connection, "settings")).diagnostics == ()


@pytest.mark.parametrize("name", SPECS)
def test_the_page_names_every_setting_and_every_code(name):
    page = (ROOT / "connectors" / name / "README.md").read_text()
    for field in SPECS[name].settings.model_fields:
        assert f"`{field}`" in page, f"{field} is not explained"
    for code in re.findall(r'code="(DLV-\d+)"', source(name)):
        assert code in page, f"{code} is not explained"


def test_the_shared_page_names_every_shared_code():
    page = (ROOT / "connectors" / "files" / "README.md").read_text()
    codes = set(re.findall(r"DLV-4\d\d", source("files")))
    assert len(codes) > 10
    assert sorted(code for code in codes if code not in page) == []


def test_the_connectors_are_found_by_their_entry_points():
    from importlib.metadata import entry_points

    found = {each.name: each.value for each in entry_points(group="hub.connectors")}
    declared = (ROOT / "pyproject.toml").read_text()
    for name, spec in SPECS.items():
        assert spec.name == name
        assert f'{name} = "connectors.{name}:CONNECTOR"' in declared
        assert found.get(name, f"connectors.{name}:CONNECTOR") == f"connectors.{name}:CONNECTOR"
