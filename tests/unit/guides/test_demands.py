"""A partner's guide may ask for more than the standard; a stock guide names what nobody can do without, and asks for no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.guides.library import Library, stock_library
from hub.guides.understand import Choice, understand
from hub.testing.wire import edifact, only_message, x12

GUIDE = """
guide: acme/850
extends: x12/004010/850
segments:
  - BEG: {04: {use: M}}
  - CUR: {use: M}
  - REF: {01: "=IA", 02: {to: delivery_terms.code}, use: M, max: "1"}
  - FOB: {use: N}
  - loop: N1
    require: [ship_to]
  - loop: PO1
    max: "2"
    segments:
      - PO1: {04-05: {use: M}, 02: {use: M}}
      - DTM: {01: "=002", use: M}
tests: []
"""

GOOD = (
    "BEG*00*SA*1*R1*20260924",
    "CUR*BY*USD",
    "REF*IA*4711",
    "N1*ST**92*1",
    "PO1*1*10*EA*5**VN*1",
    "DTM*002*20261001",
    "CTT*1",
)


def findings(tmp_path: Path, *body: str) -> list[tuple[str, str, int | None]]:
    path = tmp_path / "guides" / "acme" / "850.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(GUIDE)
    found = understand(only_message(x12("850", *body)), Library(tmp_path), Choice(guide="acme/850")).findings
    return [(each.code, each.severity, each.where.segment_index) for each in found if each.code.startswith("MAP-23")]


def without(*tags: str) -> tuple[str, ...]:
    return tuple(segment for segment in GOOD if not segment.startswith(tags))


def test_what_meets_every_demand_has_no_finding(tmp_path: Path) -> None:
    assert findings(tmp_path, *GOOD) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (without("CUR"), ("MAP-230", "error", None)),
        (without("REF"), ("MAP-230", "error", None)),
        (("BEG*00*SA*1**20260924", *GOOD[1:]), ("MAP-231", "error", 2)),
        (without("N1"), ("MAP-230", "error", None)),
        (without("DTM"), ("MAP-230", "error", 6)),
        ((*GOOD[:4], "PO1*1*10*EA***VN*1", *GOOD[5:]), ("MAP-231", "error", 6)),
        ((*GOOD[:3], "FOB*CC", *GOOD[3:]), ("MAP-232", "error", 5)),
        ((*GOOD[:3], "REF*IA*4712", *GOOD[3:]), ("MAP-233", "error", 5)),
    ],
)
def test_a_demand_that_is_not_met_is_a_finding_at_its_place(
    tmp_path: Path, body: tuple[str, ...], found: tuple[str, str, int | None]
) -> None:
    assert findings(tmp_path, *body) == [found]


def test_a_demand_in_a_loop_counts_in_every_occurrence(tmp_path: Path) -> None:
    lines = ("PO1*1*10*EA*5**VN*1", "DTM*002*20261001", "PO1*2*10*EA*5**VN*1", "PO1*3*10*EA*5**VN*1", "DTM*002*20261001")
    found = findings(tmp_path, *GOOD[:4], *lines, "CTT*3")
    assert found == [("MAP-233", "error", 9), ("MAP-230", "error", 8)]


def needs(data: bytes) -> list[tuple[str, str, str | None, int | None]]:
    found = understand(only_message(data), stock_library(), Choice()).findings
    return [(each.code, each.message, each.where.segment, each.where.element) for each in found if each.layer == "guide"]


def test_the_stock_guide_holds_no_order_for_what_its_standard_leaves_open() -> None:
    bare = [
        x12("850", "BEG*00*SA*1**20260924", "PO1**1*EA***VN*1", "CTT*1"),
        edifact("ORDERS", "BGM+220+1+9", "DTM+2:20261001:102", "LIN+1++4012345000009:EN", "QTY+21:1", "UNS+S"),
    ]
    for data in bare:
        assert needs(data) == []


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (
            edifact("ORDERS", "BGM+220++9", "DTM+137:20261001:102", "LIN+1++4012345000009:EN", "QTY+21:1", "UNS+S"),
            [("MAP-234", "no number of the order", "BGM", 2)],
        ),
        (
            edifact("ORDERS", "BGM+220+1+9", "DTM+137:20261001:102", "UNS+S"),
            [("MAP-234", "no line", "UNH", None)],
        ),
        (
            edifact("ORDERS", "BGM+220+1+9", "DTM+137:20261001:102", "LIN+1", "QTY+21:1", "LIN+2++X:SA", "UNS+S"),
            [
                ("MAP-235", "line 1 does not say what is ordered", "LIN", None),
                ("MAP-235", "line 2 does not say how many are ordered", "LIN", None),
            ],
        ),
        (
            edifact("ORDRSP", "BGM+231+1+29", "DTM+137:20261001:102", "RFF+VN:7", "NAD+BY+1::92", "UNS+S"),
            [("MAP-234", "no number of the order that it answers", "UNH", None)],
        ),
        (
            edifact("INVOIC", "BGM+380+1+9", "DTM+3:20261001:102", "NAD+BY+1::92", "UNS+S", "MOA+77:1"),
            [("MAP-234", "no date of the invoice", "UNH", None)],
        ),
        (
            x12("850", "BEG*00*SA***20260924", "PO1**1*EA***VN*1", "CTT*1"),
            [("MAP-234", "no number of the order", "BEG", 3)],
        ),
    ],
)
def test_what_nobody_can_act_without_is_named_where_it_should_stand(
    data: bytes, found: list[tuple[str, str, str | None, int | None]]
) -> None:
    assert needs(data) == found


@pytest.mark.parametrize("function", ["1", "7", "31"])
def test_a_cancellation_or_a_copy_needs_no_lines(function: str) -> None:
    assert needs(edifact("ORDERS", f"BGM+220+1+{function}", "DTM+137:20261001:102", "UNS+S")) == []


def test_a_line_that_heads_others_may_say_nothing_itself() -> None:
    lines = ("LIN+1", "LIN+2++4012345000009:EN+1:1", "QTY+21:1")
    assert needs(edifact("ORDERS", "BGM+220+1+9", "DTM+137:20261001:102", *lines, "UNS+S")) == []


def test_what_came_and_could_not_be_read_is_not_said_to_be_missing_as_well() -> None:
    lines = ("LIN+1++4012345000009:EN", "QTY+21:many", "LIN+2++X:SA", "QTY+21:1")
    found = needs(edifact("ORDERS", "BGM+220+1+9", "DTM+137:20261001:102", *lines, "UNS+S"))
    assert found == [("MAP-210", '"many" is not a number', "QTY", 1)]
    dated = needs(edifact("INVOIC", "BGM+380+1+9", "DTM+137:2026-99-99:102", "NAD+BY+1::92", "UNS+S", "MOA+77:1"))
    assert [code for code, *_ in dated] == ["MAP-210"]
