"""The JSON Schema files are what the types say, and a document that the hub prints is valid by them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.model.json_schemas import schemas, text_of

CURE = "run: python -m hub.model.json_schemas schemas/canonical"


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_schema_file_is_what_the_types_say(name: str, root: Path) -> None:
    path = root / "schemas" / "canonical" / name
    assert path.is_file(), CURE
    assert path.read_text(encoding="utf-8") == text_of(schemas()[name]), CURE


def test_no_schema_file_is_left_over(root: Path) -> None:
    assert {path.name for path in (root / "schemas" / "canonical").iterdir()} == set(schemas()), CURE


def test_a_schema_lists_the_members_and_the_closed_sets_of_values() -> None:
    order = schemas()["order.schema.json"]["$defs"]["Order"]
    assert {"number", "lines", "extensions", "source"} <= set(order["properties"])
    purposes = json.dumps(order["properties"]["purpose"])
    assert "cancellation" in purposes
    assert "replace" in purposes
