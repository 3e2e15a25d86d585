"""Each connector's quality sheet tells the truth, and the example of its README is a connection."""

from pathlib import Path

import pytest
import yaml

from connectors.as2 import CONNECTOR as AS2
from connectors.folder import CONNECTOR as FOLDER
from connectors.http import CONNECTOR as HTTP
from hub.config.check import check
from hub.config.yaml_text import load_yaml

ROOT = Path(__file__).parents[3]
CONNECTORS = {spec.name: spec for spec in (AS2, FOLDER, HTTP)}
RULES = {
    "host-identity-checked",
    "timeouts-everywhere",
    "large-payload",
    "contract-suite",
    "fault-suite",
    "secrets-masked",
    "readme-example-runs",
    "live-tested-on",
}


def sheet(name):
    return yaml.safe_load((ROOT / "connectors" / name / "quality.yaml").read_text())


def written_tests():
    places = [*ROOT.joinpath("tests/contract").rglob("*.py"), *ROOT.joinpath("hub/testing").glob("*.py")]
    return "\n".join(path.read_text() for path in places)


@pytest.mark.parametrize("name", CONNECTORS)
def test_every_rule_is_answered_and_what_is_done_has_a_test(name):
    rules = sheet(name)["rules"]
    assert set(rules) == RULES
    text = written_tests()
    for rule, answer in rules.items():
        assert answer["state"] in {"done", "todo", "exempt"}, rule
        if answer["state"] == "done":
            assert f"def {answer['test']}(" in text or f"class {answer['test']}(" in text, f"{rule}: no {answer['test']}"
        else:
            assert len(answer["why"]) > 20, rule


@pytest.mark.parametrize("name", CONNECTORS)
def test_every_exemption_has_a_reason(name):
    for exempt in sheet(name)["exempt"].values():
        assert all(len(reason) > 20 for reason in exempt.values())


@pytest.mark.parametrize("name", CONNECTORS)
def test_the_example_of_the_readme_is_a_valid_connection(name):
    readme = (ROOT / "connectors" / name / "README.md").read_text()
    assert len(readme.splitlines()) <= 60, "one page"
    examples = [part.partition("```")[0] for part in readme.split("```yaml\n")[1:]]
    assert examples
    for example in examples:
        document = load_yaml(example, "README.md")
        for connection, content in document.value["connections"].items():
            assert content["connector"] == name
            checked = check(document, CONNECTORS[name].settings, ("connections", connection, "settings"))
            assert checked.diagnostics == ()


@pytest.mark.parametrize("name", CONNECTORS)
def test_the_readme_names_every_setting_and_every_code(name):
    readme = (ROOT / "connectors" / name / "README.md").read_text()
    source = "\n".join(path.read_text() for path in (ROOT / "connectors" / name).glob("*.py"))
    for field in CONNECTORS[name].settings.model_fields:
        assert f"`{field}" in readme, f"{field} is not explained"
    for code in {part[:7] for part in source.split('code="')[1:]}:
        assert code in readme, f"{code} is not explained"
