"""A mistake in a guide or a table is reported with its line and a cure, all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import ConfigError
from hub.guides.guide import guide
from hub.guides.library import Library
from hub.guides.lint import lint_guide, lint_table

HEAD = """guide: acme/order
document: order
dictionary: x12/004010/850
segments:
"""


def lint(
    tmp_path: Path, text: str, tables: dict[str, str] | None = None, name: str = "acme/order"
) -> list[tuple[str, int, str]]:
    for kind, files in (("guides", {name: text}), ("tables", tables or {})):
        for each, content in files.items():
            path = tmp_path / kind / f"{each}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    library = Library(tmp_path)
    found = lint_guide(name, library) + [each for table in tables or {} for each in lint_table(table, library)]
    return [(each.code, each.line, each.hint) for each in found]


@pytest.mark.parametrize(
    ("segment", "code", "hint"),
    [
        ("  - BEG: {03: {too: number}}", "CFG-102", 'did you mean "to"?'),
        ("  - BEG: {3x: {to: number}}", "CFG-102", "an element is a number such as 03"),
        ("  - BEG: {03: number}", "CFG-133", 'a constant is written "=number"'),
        ("  - BEG: {03: {to: numbr}}", "CFG-232", 'did you mean "number"?'),
        ("  - BEG: {99: {to: number}}", "CFG-235", ""),
        ("  - REF: {02: {to: lines.number}}", "CFG-232", "say `each: lines` where one of them begins"),
        ("  - BGE: {03: {to: number}}", "CFG-234", 'did you mean "BEG"?'),
        ("  - BEG: {03: {to: number, as: decimall}}", "CFG-236", 'did you mean "decimal"?'),
        ("  - BEG: {03: {to: number, as: date}}", "CFG-331", "choose another conversion or member"),
        ("  - BEG: {01: {to: purpose}}", "CFG-331", "name a table whose words it can hold"),
        ("  - BEG: {01: {to: purpose, table: x12/purpose}}", "CFG-230", 'did you mean "x12/order-purpose"?'),
        ("  - BEG: {01: {to: purpose, table: x12/price-code}}", "CFG-332", "it holds original"),
        ("  - BEG: {05: {read: {to: issued_on, as: date}, write: {to: issued_on, as: date6}}}", "CFG-134", "add `why:`"),
        ("  - loop: N2\n    segments: []", "CFG-234", ""),
        (
            "  - DTM: {01: '=002', 02-06: {as: moment, to: requested.ship_on, slots: {tme: requested.ship_time}}}",
            "CFG-241",
            "time",
        ),
        ("  - REF: {each: references, 02: {to: value}}", "CFG-338", "map an element to it"),
        ("  - REF: {each: requested, 02: {to: value}}", "CFG-330", ""),
        ("  - DTM: {01: '=002', 02: {to: issued_on}}\n  - BEG: {03: {to: number}}", "CFG-336", "list segments in the order"),
        ("  - {BEG: {}, CUR: {}}", "CFG-132", ""),
        ("  - BEG: {05: {to: issued_on, as: date, default: soon}}", "CFG-332", "write a date"),
        ("  - BEG: {use: M, set: {issued_on: soon}}", "CFG-332", "write a date"),
        ("  - BEG: {01: {to: purpose, table: x12/order-purpose, default: orignal}}", "CFG-332", 'did you mean "original"?'),
        ("  - BEG: {when: {nubmer: present}, 03: {to: number}}", "CFG-232", 'did you mean "number"?'),
        ("  - BEG: {03: {to: number, when: {kind: standalon}}}", "CFG-332", 'did you mean "standalone"?'),
        ("  - BEG: {03: {to: number, fallback_for: BGE-03}}", "CFG-234", 'did you mean "BEG"?'),
        ("  - BEG: {03: {is: [G], beside: 99}}", "CFG-235", "the elements of BEG are 01 to 12"),
        ("  - BEG: {00: {to: number}}", "CFG-235", "the elements of BEG are 01 to 12"),
        ("  - CTT: {01: {count: lines}}", "CFG-234", "write it inside `loop: CTT`"),
        ("  - loop: CTT\n    segments:\n      - CTT: {01: {count: lnes}}", "CFG-232", 'did you mean "lines"?'),
        ("  - loop: CTT\n    segments:\n      - CTT: {01: {count: lines by nubmer}}", "CFG-232", 'did you mean "number"?'),
        ("  - loop: CTT\n    segments:\n      - CTT: {02: {sum: lines}}", "CFG-331", "adds up numbers"),
        ("  - loop: CTT\n    segments:\n      - CTT: {01: {count: segments ZZ}}", "CFG-234", "known: "),
        ("  - loop: PO1\n    each: lines\n    group: [nubmer]\n    segments: [PO1: {01: {to: number}}]", "CFG-232", "number"),
        (
            "  - loop: PO1\n    each: lines\n    segments:\n      - PO1: {04-05: {as: price, to: price, table: x12/price-code}}",
            "CFG-241",
            "add it",
        ),
        ("  - BEG: {use: X}", "CFG-105", "M mandatory"),
    ],
)
def test_a_mistake_in_a_segment_has_its_code_and_cure(tmp_path: Path, segment: str, code: str, hint: str) -> None:
    found = lint(tmp_path, f"{HEAD}{segment}\n")
    assert [(each, cure) for each, line, cure in found if each == code and hint in cure and line >= 5], found


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    text = f"{HEAD}  - BEG: {{03: {{to: numbr}}, 05: {{to: issud_on, as: date}}}}\n  - CUR: {{02: {{to: curency}}}}\n"
    assert [(code, line) for code, line, _ in lint(tmp_path, text)] == [("CFG-232", 5), ("CFG-232", 5), ("CFG-232", 6)]


def test_a_document_type_and_a_step_that_are_not_there(tmp_path: Path) -> None:
    assert lint(tmp_path, HEAD.replace("document: order", "document: ordr") + "  []\n")[0][0] == "CFG-233"
    found = lint(tmp_path, HEAD.replace("segments:", "steps: [number_line]\nsegments:") + "  - BEG: {03: {to: number}}\n")
    assert [(code, hint) for code, _, hint in found] == [("CFG-240", 'did you mean "number_lines"?')]


def test_a_guide_is_named_by_its_path(tmp_path: Path) -> None:
    found = lint(tmp_path, HEAD.replace("acme/order", "acme/ordr") + "  - BEG: {03: {to: number}}\n")
    assert found[0][0] == "CFG-333"


def test_a_guide_that_extends_itself_or_nothing(tmp_path: Path) -> None:
    assert lint(tmp_path, "guide: acme/order\nextends: acme/order\nsegments: []\n")[0][0] == "CFG-334"
    assert lint(tmp_path, "guide: acme/order\nextends: x12/004010/580\nsegments: []\n")[0][0] == "CFG-237"


def test_nothing_to_remove(tmp_path: Path) -> None:
    text = "guide: acme/order\nextends: x12/004010/850\nsegments:\n  - REF: {01: '=ZZ', remove: true}\n"
    assert [(code, line) for code, line, _ in lint(tmp_path, text)] == [("CFG-238", 4)]


def test_a_table_must_say_which_of_several_codes_is_written(tmp_path: Path) -> None:
    table = "table: acme/units\nrows:\n  EA: EA\n  PC: EA\n"
    assert lint(tmp_path, HEAD + "  - BEG: {03: {to: number}}\n", {"acme/units": table}) == [
        ("CFG-337", 3, "add `prefer: {EA: EA}`")
    ]
    preferred = table + "prefer: {EA: PC}\n"
    assert lint(tmp_path, HEAD + "  - BEG: {03: {to: number}}\n", {"acme/units": preferred}) == []


def test_a_table_that_prefers_a_code_it_has_not(tmp_path: Path) -> None:
    table = "table: acme/units\nrows: {EA: EA}\nprefer: {EA: EAA}\n"
    found = lint(tmp_path, HEAD + "  - BEG: {03: {to: number}}\n", {"acme/units": table})
    assert [(code, hint) for code, _, hint in found] == [("CFG-242", 'did you mean "EA"?')]


def test_a_broken_guide_does_not_compile(tmp_path: Path) -> None:
    path = tmp_path / "guides" / "acme" / "order.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(f"{HEAD}  - BEG: {{03: {{to: numbr}}}}\n")
    with pytest.raises(ConfigError) as refused:
        guide("acme/order", Library(tmp_path))
    assert [each.code for each in refused.value.diagnostics] == ["CFG-232"]


def test_an_unknown_guide_is_not_found_with_a_suggestion(tmp_path: Path) -> None:
    from hub.errors import NotFound

    with pytest.raises(NotFound) as missing:
        guide("x12/004010/580", Library(tmp_path))
    assert missing.value.code == "MAP-200"
    assert "x12/004010/8" in missing.value.hint


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "", "a\0b"])
def test_a_guide_name_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    assert not Library(tmp_path).has_guide(name)
