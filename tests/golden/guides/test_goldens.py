"""The pairs of wire and canonical that were written by hand from the published specifications, never by the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import check
from hub.guides.cases import run_case
from hub.guides.guide import guide
from hub.guides.library import stock_library

CASES = [
    pytest.param(name, case, id=f"{name}:{Path(case['wire']).stem}")
    for name in stock_library().guide_names()
    for case in stock_library().text(name).tests
]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_golden_pair_holds(name: str, case: dict[str, str], root: Path) -> None:
    assert run_case(guide(name, stock_library()), case, root) == ""


@pytest.mark.parametrize("name", stock_library().guide_names())
def test_every_stock_guide_has_a_golden(name: str) -> None:
    assert stock_library().text(name).tests


def test_contrl_has_at_least_ten_goldens() -> None:
    names = [name for name in stock_library().guide_names() if name.endswith("/CONTRL")]
    assert sum(len(stock_library().text(name).tests) for name in names) >= 10


@pytest.mark.parametrize(("name", "case"), [each for each in CASES if each.values[1].get("write") == "true"])
def test_a_golden_that_is_written_is_clean_by_the_dictionary(name: str, case: dict[str, str], root: Path) -> None:
    for event in read((root / case["wire"]).read_bytes()):
        if isinstance(event, Message):
            assert [found.message for found in [*event.findings, *check(event).findings] if found.severity == "error"] == []


def test_no_fixture_is_without_a_test(root: Path) -> None:
    used = {case["wire"] for name in stock_library().guide_names() for case in stock_library().text(name).tests}
    kinds = {Path(wire).parent.name for wire in used}
    files = [path for folder in ("x12", "edifact") for path in (root / "fixtures" / folder).rglob("*.edi")]
    mine = {path.relative_to(root).as_posix() for path in files if path.parent.name in kinds}
    assert mine == used
