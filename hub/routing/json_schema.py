"""JSON Schema of the files a person writes, for editors; generated from the same models that check them.

`python -m hub.routing.json_schema FOLDER` writes them anew; a test compares them with the committed ones.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from hub.routing.hub_file import HubFile
from hub.routing.partner_file import PartnerFile
from hub.routing.price_lists import PriceListFile, StockFile
from hub.routing.rules import RulesFile
from hub.routing.status import StatusRulesFile

FILES: dict[str, tuple[type[BaseModel], str]] = {
    "partner": (PartnerFile, "A trading partner: partners/NAME.yaml"),
    "hub": (HubFile, "A site: hub.toml"),
    "status": (StatusRulesFile, "Statuses of an order: mappings/status/order.yaml"),
    "rules": (RulesFile, "Rules about orders: mappings/rules/NAME.yaml"),
    "prices": (PriceListFile, "A price list: mappings/prices/NAME.yaml"),
    "stock": (StockFile, "A stock table: mappings/stock/NAME.yaml"),
}


def config_schemas() -> dict[str, str]:
    """File name to the text of its JSON Schema (draft 2020-12)."""
    schemas = {}
    for name, (model, title) in FILES.items():
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **_adapt(model.model_json_schema()),
            "title": title,
        }
        schemas[f"{name}.schema.json"] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return schemas


def _adapt(schema: Any) -> Any:
    """Allow what our reader allows: `004010` and `997` without quotes are text to us, numbers to an editor."""
    if isinstance(schema, list):
        return [_adapt(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    adapted = {key: _adapt(value) for key, value in schema.items() if key != "default"}
    if "properties" in adapted:
        adapted["properties"] = {key: _adapt(value) for key, value in schema["properties"].items()}
    if adapted.get("type") == "string" and "pattern" not in adapted:
        adapted["type"] = ["string", "number"]
    if "enum" in adapted:
        adapted["enum"] += [int(each) for each in adapted["enum"] if isinstance(each, str) and each.isdigit()]
    return adapted


def main(folder: str) -> None:
    """Write every schema into a folder."""
    for name, text in config_schemas().items():
        (Path(folder) / name).write_text(text)


if __name__ == "__main__":
    main(sys.argv[1])
