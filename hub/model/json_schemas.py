"""The JSON Schema of every canonical document as files: `python -m hub.model.json_schemas schemas/canonical`.

One file for each type, self-contained, and `document.schema.json` for any of them. A test holds the files against the types.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from hub.model.document import document_types, json_schema


def schemas() -> dict[str, dict[str, Any]]:
    """File name to schema."""
    found = {"document.schema.json": json_schema()}
    for name, kind in document_types.items():
        (schema,), components = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
        draft = "https://json-schema.org/draft/2020-12/schema"
        found[f"{name}.schema.json"] = {"$schema": draft, "title": name, **schema, "$defs": components}
    return found


def text_of(schema: dict[str, Any]) -> str:
    """A schema as its file's text."""
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write(folder: Path) -> None:
    """Write every schema into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (folder / name).write_text(text_of(schema), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
