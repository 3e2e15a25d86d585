"""A guide's own cases are run by lint: what is read must be what the guide's author wrote down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.guides.library import Library
from hub.routing.guide_cases import _understood
from hub.routing.lint import lint_paths, lint_root

WIRE = (
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *261101*0930*U*00401*000000007*0*T*>~"
    "GS*PO*ACME*EDIHUB*20261101*0930*7*X*004010~ST*850*0001~BEG*00*SA*4500000042**20261101~"
    "PO1*1*10*EA*12.5**VN*WIDGET-001~CTT*1~SE*5*0001~GE*1*7~IEA*1*000000007~"
)
GUIDE = """\
guide: acme/850
extends: x12/004010/850
tests:
  - {wire: cases/order.edi, canonical: cases/order.json}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one guide of a partner's own and one case, whose expectation holds only two members yet."""
    guide = tmp_path / "mappings" / "guides" / "acme" / "850.yaml"
    guide.parent.mkdir(parents=True)
    guide.write_text(GUIDE)
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "order.edi").write_text(WIRE)
    (tmp_path / "cases" / "order.json").write_text(json.dumps({"type": "order", "number": "4500000043"}))
    return tmp_path


def test_a_case_that_fails_names_every_difference_at_its_line(root: Path) -> None:
    (found,) = lint_root(root).diagnostics
    assert (found.code, found.line, found.level) == ("CFG-501", 4, "error")
    assert 'number is "4500000042", not "4500000043"' in found.message
    assert 'purpose is "original", not absent' in found.message
    assert " and 3 more" in found.message
    assert "source" not in found.message


def test_a_case_that_holds_says_nothing_and_one_changed_value_is_named_alone(root: Path) -> None:
    (read,) = _understood(WIRE.encode(), Library(root / "mappings"), "acme/850")
    assert read["lines"][0]["quantity"] == "10"
    expected = {name: value for name, value in read.items() if name != "source"}
    (root / "cases" / "order.json").write_text(json.dumps(expected))
    assert lint_root(root).diagnostics == ()
    expected["lines"][0]["quantity"] = "11"
    (root / "cases" / "order.json").write_text(json.dumps(expected))
    (found,) = lint_root(root).diagnostics
    assert found.message == 'the case fails: lines[0].quantity is "10", not "11"'


def test_a_case_without_its_files_is_an_error(root: Path) -> None:
    (root / "cases" / "order.edi").unlink()
    (found,) = lint_root(root).diagnostics
    assert (found.code, found.line) == ("CFG-502", 4)


def test_a_case_whose_wire_is_no_edi_fails(root: Path) -> None:
    (root / "cases" / "order.edi").write_text("hello")
    (found,) = lint_root(root).diagnostics
    assert found.code == "CFG-501"


def test_a_case_expects_as_many_documents_as_the_wire_has_messages(root: Path) -> None:
    (root / "cases" / "order.json").write_text("[]")
    (found,) = lint_root(root).diagnostics
    assert "1 documents, 0 expected" in found.message


def test_one_guide_can_be_checked_by_its_path(root: Path) -> None:
    linted = lint_paths([root / "mappings" / "guides" / "acme" / "850.yaml"])
    assert [each.code for each in linted.diagnostics] == ["CFG-501"]
    assert len(linted.files) == 1
