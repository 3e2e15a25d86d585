"""What we ship and what we show: stock files lint clean, schemas are current, YAML in the pages is real."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from hub.cli.init import HUB_TOML
from hub.config import check, load_yaml
from hub.routing.json_schema import config_schemas
from hub.routing.lint import lint_root
from hub.routing.partner_file import PartnerFile

YAML_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
MENDED_BY = ".venv/bin/python -m hub.routing.json_schema schemas/config"


def test_the_stock_lints_clean(root: Path) -> None:
    linted = lint_root(root)
    assert [str(each) for each in linted.diagnostics] == []
    assert len(linted.files) > 10


def test_the_schemas_for_editors_are_those_of_the_models(root: Path) -> None:
    for name, text in config_schemas().items():
        assert (root / "schemas" / "config" / name).read_text() == text, f"out of date: {MENDED_BY}"


@pytest.mark.parametrize("partner", ["acme", "belmart"])
def test_the_sample_partners_satisfy_their_schema(root: Path, partner: str) -> None:
    validators = pytest.importorskip("jsonschema_rs", reason="jsonschema_rs (of schemathesis) is not installed")
    schema = json.loads((root / "schemas" / "config" / "partner.schema.json").read_text())
    value = yaml.safe_load((root / "partners" / f"{partner}.yaml").read_text())
    assert list(validators.validator_for(schema).iter_errors(value)) == []
    value["agreements"][0]["recieve"] = "x"
    assert list(validators.validator_for(schema).iter_errors(value)) != []


def test_the_sample_hub_toml_satisfies_its_schema(root: Path) -> None:
    validators = pytest.importorskip("jsonschema_rs", reason="jsonschema_rs (of schemathesis) is not installed")
    schema = json.loads((root / "schemas" / "config" / "hub.schema.json").read_text())
    assert list(validators.validator_for(schema).iter_errors(tomllib.loads(HUB_TOML))) == []


def test_yaml_in_the_pages_is_read_without_a_mistake(root: Path) -> None:
    wrong = []
    for page in sorted(path for path in root.rglob("*.md") if ".venv" not in path.parts):
        for number, block in enumerate(YAML_BLOCK.findall(page.read_text())):
            document = load_yaml(block, f"{page.relative_to(root)}#{number}")
            wrong += list(document.diagnostics)
            if isinstance(document.value, dict) and "partner" in document.value:
                wrong += check(document, PartnerFile).diagnostics
    assert [str(each) for each in wrong] == []


def test_every_yaml_file_we_ship_is_read_without_a_mistake(root: Path) -> None:
    wrong = []
    for folder in ("partners", "mappings"):
        for path in sorted((root / folder).rglob("*.yaml")):
            wrong += load_yaml(path.read_text(), str(path.relative_to(root))).diagnostics
    assert [str(each) for each in wrong] == []
