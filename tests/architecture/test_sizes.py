"""Files and functions stay small enough to be read on a screen; what is larger says why here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from statistics import median
from typing import Any

MOST_LINES = 500
MEDIAN_LINES = 150
MOST_FUNCTION_LINES = 60
MOST_PARAMETERS = 6
DEEPEST = 3

LARGE_FILES: dict[str, str] = {}
LONG_FUNCTIONS = {
    "hub/store/migrations/versions/r0001_first_tables.py:upgrade": "a migration states every table once, in order",
}
MANY_PARAMETERS = {
    "hub/edi/lexer.py:__init__": "the service characters of an interchange, one parameter each",
    "hub/edi/envelope_reader.py:where": "the members of a place, all optional and named",
    "hub/edi/envelope_reader.py:note": "the members of a finding and its place, all named",
}
DEEP_FUNCTIONS = {
    "hub/edi/split.py:_some": "the codec's inner loop: a call per segment would halve its speed",
    "hub/edi/place.py:place": "the inner loop of placing: a call per segment costs a third of its time",
}


def functions(sources: list[Any]) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for source in sources:
        for node in source.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{source.name}:{node.name}", node


def depth(node: ast.AST) -> int:
    """How deep control flow nests below a node; `elif` is no deeper than its `if`."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        step = isinstance(child, ast.If | ast.For | ast.While | ast.Match) and not is_elif
        deepest = max(deepest, step + depth(child))
    return deepest


def test_no_file_is_longer_than_five_hundred_lines(sources) -> None:
    lengths = {source.name: len(source.lines) for source in sources}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES and name not in LARGE_FILES} == {}
    assert median(lengths.values()) <= MEDIAN_LINES


def test_no_function_is_longer_than_a_screen(sources) -> None:
    long = {name: node.end_lineno - node.lineno + 1 for name, node in functions(sources) if node.end_lineno is not None}
    assert {name: lines for name, lines in long.items() if lines > MOST_FUNCTION_LINES and name not in LONG_FUNCTIONS} == {}


def test_no_function_takes_more_parameters_than_a_reader_can_hold(sources) -> None:
    counts = {
        name: len(
            [
                each
                for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                if each.arg not in {"self", "cls"}
            ]
        )
        for name, node in functions(sources)
        if "/cli/" not in name
    }
    assert {name: count for name, count in counts.items() if count > MOST_PARAMETERS and name not in MANY_PARAMETERS} == {}


def test_control_flow_nests_at_most_three_deep(sources) -> None:
    found = {name: depth(node) for name, node in functions(sources)}
    assert {name: levels for name, levels in found.items() if levels > DEEPEST and name not in DEEP_FUNCTIONS} == {}


def test_every_exception_is_still_needed(sources) -> None:
    names = {name for name, _ in functions(sources)} | {source.name for source in sources}
    listed = {*LARGE_FILES, *LONG_FUNCTIONS, *MANY_PARAMETERS, *DEEP_FUNCTIONS}
    assert listed - names == set()
