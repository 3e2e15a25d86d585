"""Imports point one way (`[tool.importlinter]` in pyproject.toml), and every module has a place in the layers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path


def test_every_import_contract_is_kept(root: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter], cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:]


def imported(source) -> set[str]:
    names: set[str] = set()
    for node in source.nodes:
        if isinstance(node, ast.Import):
            names.update(each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def test_connectors_stand_on_ports_errors_and_model_alone(sources) -> None:
    allowed = ("hub.ports", "hub.errors", "hub.model")
    strays = {
        source.name: name
        for source in sources
        if source.name.startswith("connectors/")
        for name in imported(source)
        if name.split(".")[0] == "hub" and not name.startswith(allowed)
    }
    assert strays == {}


def test_only_the_store_speaks_sql(sources) -> None:
    allowed = ("hub/store/", "hub/bootstrap.py", "hub/testing/", "hub/bench/")
    strays = [
        source.name
        for source in sources
        if not source.name.startswith(allowed) and any(name.split(".")[0] == "sqlalchemy" for name in imported(source))
    ]
    assert strays == []
