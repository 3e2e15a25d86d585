"""YAML is read as text with places; what YAML allows and people regret is refused at its line."""

from __future__ import annotations

import pytest
import yaml

from hub.config import Document, load_yaml, yaml_text
from hub.diagnostics import Diagnostic


def codes(document: Document) -> list[str]:
    return [diagnostic.code for diagnostic in document.diagnostics]


def only(document: Document) -> Diagnostic:
    (diagnostic,) = document.diagnostics
    return diagnostic


@pytest.mark.parametrize(
    "text", ["004010", "NO", "ON", "yes", "12:30", "1_000", "1e3", "~", "null", "0x1D", "2026-01-01", ".5"]
)
def test_a_scalar_stays_the_text_that_was_written(text: str) -> None:
    assert load_yaml(f"value: {text}\n", "f.yaml").value == {"value": text}


def test_a_key_called_on_stays_a_word() -> None:
    assert load_yaml("on: off\n", "f.yaml").value == {"on": "off"}


def test_every_key_and_value_knows_its_line_and_column() -> None:
    document = load_yaml("a: 1\nlist:\n  - {b: x}\n  - c\n", "f.yaml")
    assert document.value == {"a": "1", "list": [{"b": "x"}, "c"]}
    assert document.place(("a",)) == (1, 4)
    assert document.place(("list",), key=True) == (2, 1)
    assert document.place(("list", 0, "b")) == (3, 9)
    assert document.place(("list", 0, "b"), key=True) == (3, 6)
    assert document.place(("list", 1)) == (4, 5)


def test_an_unknown_path_has_the_place_of_what_encloses_it() -> None:
    document = load_yaml("a:\n  b: 1\n", "f.yaml")
    assert document.place(("a", "b", "c", 3)) == (2, 6)
    assert document.place(("nothing",)) == (1, 1)


def test_a_duplicate_key_shows_both_lines_and_keeps_the_first_value() -> None:
    document = load_yaml("a: 1\nb: 2\na: {deep: [1, 2]}\nc: 3\n", "f.yaml")
    found = only(document)
    assert (found.line, found.column, found.code) == (3, 1, "CFG-103")
    assert "line 1" in found.message
    assert "line 3" in found.message
    assert document.value == {"a": "1", "b": "2", "c": "3"}


def test_duplicates_are_found_at_every_depth_at_once() -> None:
    document = load_yaml("x: {a: 1, a: 2}\ny:\n  - {b: 1, b: 2, b: 3}\n", "f.yaml")
    assert [(each.line, each.code) for each in document.diagnostics] == [(1, "CFG-103"), (3, "CFG-103"), (3, "CFG-103")]


def test_the_same_key_in_two_mappings_is_no_duplicate() -> None:
    assert not load_yaml("- {a: 1}\n- {a: 2}\n", "f.yaml").diagnostics


def test_an_alias_bomb_costs_nothing_and_every_alias_is_named() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    document = load_yaml("\n".join(lines), "bomb.yaml")
    assert set(codes(document)) == {"CFG-106"}
    assert document.diagnostics[0].line == 1
    assert document.get(("a11",)) == [""] * 9


def test_a_merge_key_is_no_way_round() -> None:
    assert "CFG-106" in codes(load_yaml("a: &x {k: 1}\nb:\n  <<: *x\n", "f.yaml"))


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system [x]", "!include secret.yaml", "!!int 3", "!!binary aGk="])
def test_a_tag_is_refused(tag: str) -> None:
    found = only(load_yaml(f"a: {tag}\n", "f.yaml"))
    assert (found.code, found.line, found.column) == ("CFG-107", 1, 4)


@pytest.mark.parametrize("text", ["a:\n\tb: 1\n", "a:\n  - x\n\t- y\n", "a:\n  b: 1\n \tc: 2\n"])
def test_a_tab_in_the_indentation_is_named_as_one(text: str) -> None:
    found = only(load_yaml(text, "f.yaml"))
    assert found.code == "CFG-108"
    assert text.splitlines()[found.line - 1][found.column - 1] == "\t"


def test_a_tab_inside_a_value_is_data() -> None:
    assert load_yaml('a: "x\ty"\n', "f.yaml").value == {"a": "x\ty"}


def test_depth_is_capped_without_recursion() -> None:
    found = only(load_yaml("[" * 100_000, "deep.yaml"))
    assert found.code in {"CFG-109", "CFG-100"}
    assert codes(load_yaml("[" * 45 + "]" * 45, "deep.yaml")) == ["CFG-109"]
    assert not load_yaml("[" * 39 + "]" * 39, "deep.yaml").diagnostics


def test_size_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "MAX_CHARACTERS", 10)
    assert codes(load_yaml("a: 123456789\n", "f.yaml")) == ["CFG-109"]


def test_the_number_of_values_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "MAX_VALUES", 5)
    document = load_yaml("- 1\n- 2\n- 3\n- 4\n- 5\n", "f.yaml")
    assert codes(document) == ["CFG-109"]
    assert document.value is None


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: [1, 2\nb: 3\n", "CFG-100", 2),
        ("a: b: c\n", "CFG-100", 1),
        ("a: 1\n  b: 2\n", "CFG-100", 2),
        ("a: 'x\n", "CFG-100", 2),
        ("a: @x\n", "CFG-100", 1),
        ("a: x\0y\n", "CFG-100", 1),
        ("a: 1\n---\nb: 2\n", "CFG-112", 2),
        ("? [x, y]\n: 1\n", "CFG-111", 1),
        ("? {x: y}\n: {a: 1, a: 2}\n", "CFG-103", 2),
        ("", "CFG-115", 1),
        ("# only a comment\n", "CFG-115", 1),
        ("a: \ud800\n", "CFG-110", 1),
    ],
)
def test_what_cannot_be_read_is_one_diagnostic_at_its_line(text: str, code: str, line: int) -> None:
    document = load_yaml(text, "f.yaml")
    assert (code, line) in [(each.code, each.line) for each in document.diagnostics]
    assert document.is_broken


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert load_yaml("\ufeffa: 1\n", "f.yaml").value == {"a": "1"}


def test_places_count_characters_not_bytes() -> None:
    assert load_yaml("a: {ș: 1, b: 2}\n", "f.yaml").place(("a", "b"), key=True) == (1, 11)


def test_the_slow_reader_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: 1\nb: {c: [x, y], c: z}\nd: *e\n"
    quick = load_yaml(text, "f.yaml")
    monkeypatch.setattr(yaml_text, "_LOADER", yaml.BaseLoader)
    slow = load_yaml(text, "f.yaml")
    assert slow.value == quick.value
    assert slow.diagnostics == quick.diagnostics
    assert slow.values == quick.values


def test_a_diagnostic_prints_as_editors_expect() -> None:
    found = load_yaml("a: 1\na: 2\n", "partners/x.yaml").diagnostics[0]
    assert str(found) == 'partners/x.yaml:2:1 error CFG-103 key "a" stands twice: on line 1 and on line 2; keep one of them'
    assert found.as_json()["hint"] == "keep one of them"
