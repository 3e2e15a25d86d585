"""One spelling per idea: no grab-bag modules, test names are sentences, broad excepts give their reason."""

from __future__ import annotations

import ast
import re
from pathlib import Path

BANNED = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "core",
    "base",
    "manager",
    "managers",
    "service",
    "misc",
    "lib",
    "shared",
    "tools",
}
ALLOWED = {"hub/model/common.py": "the parts that canonical documents share; named before this rule"}

# What our glossary calls otherwise: word in a module, class or function name -> the word we use.
WORDS = {
    "invoke": "a verb of the trade", "payload_manager": "a noun of the trade", "mdn_receipt": "mdn", "txn": "transaction", "msg": "message",
    "doc_type": "document kind", "deadletter": "dead_letter", "uom_map": "table", "transformer": "guide", "translator": "guide",
}  # fmt: skip


def test_no_module_or_package_is_a_grab_bag(sources) -> None:
    names = [source.name for source in sources]
    found = [name for name in names if set(name.removesuffix(".py").split("/")) & BANNED and name not in ALLOWED]
    assert found == []


def test_names_use_the_words_of_the_trade(sources) -> None:
    found = []
    for source in sources:
        names = [source.name.rpartition("/")[2].removesuffix(".py")]
        names += [each.name for each in source.nodes if isinstance(each, ast.FunctionDef | ast.ClassDef)]
        for name in names:
            snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
            parts = set(snake.split("_")) | {snake}
            found += [f"{source.name}: {name}: say {WORDS[word]}" for word in parts & set(WORDS)]
    assert found == []


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches everything and keeps it; one that cleans up and raises again catches nothing."""
    broad = handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"})
    last = handler.body[-1]
    return broad and not (isinstance(last, ast.Raise) and last.exc is None)


def test_a_broad_except_stands_at_a_named_boundary_with_its_reason(sources) -> None:
    silent = [
        f"{source.name}:{node.lineno}"
        for source in sources
        for node in source.nodes
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
        if not re.search(r"#.*\bbound", " ".join(source.lines[node.lineno - 2 : node.lineno + 1]))
    ]
    assert silent == []


def test_every_module_says_what_it_is_for(sources) -> None:
    assert [source.name for source in sources if not ast.get_docstring(source.tree)] == []


def test_test_files_have_names_of_their_own(root: Path) -> None:
    names = [path.name for path in (root / "tests").rglob("test_*.py")]
    assert sorted(name for name in names if names.count(name) > 1) == []


def test_nothing_is_left_for_later_in_comments(sources) -> None:
    marks = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b")
    found = [f"{each.name}:{at}" for each in sources for at, line in enumerate(each.lines, start=1) if marks.search(line)]
    assert found == []
