"""Whatever a person saves as YAML or TOML gives a value or diagnostics, never another exception."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.config import check, load_toml, load_yaml, yaml_text
from hub.routing.hub_file import HubFile
from hub.routing.load import examine_partner
from hub.routing.partner_file import PartnerFile

PIECES = [
    "a", "partner", ": ", "\n", "  ", "- ", "{", "}", "[", "]", ", ", "&x ", "*x", "!!str ", "|", ">", "'", '"', "#", "\t",
    "---\n", "...", "%YAML 1.2\n", "? ", "<<: ", "\\x", "\\U0011FFFF", "\0", "\ufeff", "\x85", "\u2028", "ș", "=", "[[", "]]", "0x", "9" * 20,
]  # fmt: skip
TEXT = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))

WORDS = st.one_of(
    st.sampled_from(
        ["partner", "identities", "x12", "agreements", "receive", "x12/004010/850", "defaults", "connections", "1h", "5%", ""]
    ),
    st.text(max_size=8),
)
TREES = st.recursive(
    WORDS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=20
)
KEYS = st.sampled_from([*PartnerFile.model_fields, *HubFile.model_fields, "unknown"])


def lines_of(text: str) -> int:
    """The most lines a text can have: YAML breaks at more characters than editors do."""
    return 2 + sum(text.count(each) for each in ("\n", "\r", "\x85", "\u2028", "\u2029"))


@given(TEXT)
@settings(max_examples=400, deadline=None)
@example("\ud800")
@example("a: \\U0011FFFF")
@example("%YAML 999999999999999999999.1\n---\na")
@example('"\\U00110000"')
def test_any_yaml_text_gives_a_value_or_diagnostics(text: str) -> None:
    document = load_yaml(text, "any.yaml")
    assert document.value is not None or document.diagnostics
    lines = lines_of(text)
    for diagnostic in document.diagnostics:
        assert 1 <= diagnostic.line <= lines
        assert diagnostic.column >= 1
        assert diagnostic.hint or diagnostic.code == "CFG-100"


@given(TEXT)
@settings(max_examples=200, deadline=None)
@example("%YAML 999999999999999999999.1\n---\na")
@example('"\\U00110000"')
def test_the_slow_yaml_reader_escapes_with_nothing_either(text: str) -> None:
    quick = yaml_text._LOADER
    yaml_text._LOADER = yaml.BaseLoader
    try:
        document = load_yaml(text, "any.yaml")
    finally:
        yaml_text._LOADER = quick
    assert document.value is not None or document.diagnostics


@given(TEXT)
@settings(max_examples=200, deadline=None)
def test_any_toml_text_gives_a_value_or_diagnostics(text: str) -> None:
    document = load_toml(text, "hub.toml")
    assert (document.value is None) == bool(document.diagnostics)


@given(st.dictionaries(KEYS, TREES, max_size=6), st.sampled_from([PartnerFile, HubFile]))
@settings(max_examples=300, deadline=None)
def test_any_tree_against_a_model_gives_a_value_or_places_in_the_file(tree: dict[str, Any], model: Any) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True)
    document = load_yaml(text, "any.yaml")
    checked = check(document, model)
    assert (checked.value is None) == any(each.level == "error" for each in checked.diagnostics)
    for diagnostic in checked.diagnostics:
        assert diagnostic.message
        assert diagnostic.line <= lines_of(text)


AGREEMENTS = st.lists(
    st.dictionaries(
        st.sampled_from(
            ["id", "receive", "send", "guide", "keep", "over", "ours", "theirs", "test", "tables", "acknowledge", "writing"]
        ),
        st.one_of(TREES, st.sampled_from(["x12/004010/850", "edifact/D96A/ORDERS", "drop", "acme", "true"])),
        max_size=4,
    ),
    max_size=3,
)
CONNECTIONS = st.dictionaries(
    st.sampled_from(["drop", "Drop", "a/b"]),
    st.one_of(
        TREES,
        st.fixed_dictionaries(
            {"connector": st.sampled_from(["folder", "http", "none"])}, optional={"settings": TREES, "poll": TREES}
        ),
    ),
    max_size=2,
)
PARTNERS = st.fixed_dictionaries(
    {"partner": st.one_of(st.just("acme"), WORDS)},
    optional={
        "identities": st.one_of(TREES, st.just({"x12": "ZZ:ACME"})),
        "agreements": st.one_of(TREES, AGREEMENTS),
        "connections": st.one_of(TREES, CONNECTIONS),
        "defaults": TREES,
    },
)


@given(PARTNERS)
@settings(max_examples=120, deadline=None)
def test_any_partner_file_is_examined_to_the_end(tree: dict[str, Any]) -> None:
    document = load_yaml(yaml.safe_dump(tree, default_style='"'), "partners/any.yaml")
    for diagnostic in examine_partner(document):
        assert diagnostic.file == "partners/any.yaml"
        assert diagnostic.code.startswith("CFG-")


@given(TREES)
@settings(max_examples=300, deadline=None)
def test_what_yaml_writes_is_read_back_as_text(tree: Any) -> None:
    document = load_yaml(yaml.safe_dump(tree, default_style='"'), "any.yaml")
    assert document.value == tree
