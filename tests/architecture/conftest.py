"""Every source file, read and parsed once."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Source:
    """One Python file of ours."""

    name: str
    lines: list[str]
    tree: ast.Module
    nodes: list[ast.AST]


@pytest.fixture(scope="session")
def sources(root: Path) -> list[Source]:
    found = []
    for folder in ("hub", "connectors"):
        for path in sorted((root / folder).rglob("*.py")):
            text = path.read_text()
            tree = ast.parse(text)
            found.append(Source(path.relative_to(root).as_posix(), text.splitlines(), tree, list(ast.walk(tree))))
    return found
