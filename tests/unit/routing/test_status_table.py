"""The seventeen statuses and all 289 steps between them; mistakes in a table are found at their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.config import load_file, load_yaml
from hub.errors import Refused
from hub.routing.status import StatusTable, read_status_table

SLUGS = (
    "draft", "processing", "pending_payment", "confirmed", "shipping", "delivered", "refund", "return", "cancelled", "on_hold",
    "failed", "return_pending", "partial_return", "partial_refund", "paid", "ready", "stock_unavailable",
)  # fmt: skip

# Row: before, column: after, both 0 to 16. x always, p only by a person, . never.
MATRIX = """\
. x x x . . . . x x x . . . x . x
. . x x . . . . x x x . . . x . x
. x . p . . . . x x x . . . x . .
. . x . x . . . x x x . . . x x x
. . . . . x . x . . x x x . . . .
. . . . . . x . . . . x . x . . .
. . . . . . . . . . . . . . . . .
. . . . . . x . . . . . . x . . .
. . . . . . x . . . . . . . . . .
p p p p . . . . x . p . . . p p p
p p p p . . p . x . . . . . . . .
. . . . . x . x . . . . x . . . .
. . . . . . x x . . . x . x . . .
. . . . . . x x . . . x x . . . .
. x . x x . x . x x x . . x . x x
. . . x x . . . x x x . . . . . x
. p . p . . . . p p . . . . . . .
"""
ANSWERS = {"x": "allowed", "p": "needs_person", ".": "refused"}
STEPS = [
    (before, after, ANSWERS[mark]) for before, row in enumerate(MATRIX.splitlines()) for after, mark in enumerate(row.split())
]


@pytest.fixture(scope="module")
def table(root: Path) -> StatusTable:
    table, found = read_status_table(load_file(root / "mappings" / "status" / "order.yaml"))
    assert found == []
    assert table is not None
    return table


def test_the_codes_and_slugs_are_those_of_the_contract(table: StatusTable) -> None:
    assert tuple(table.statuses) == SLUGS
    assert [each.code for each in table.statuses.values()] == list(range(17))
    assert table.by_code(3).slug == "confirmed"
    assert table.initial == "draft"


def test_the_matrix_is_complete() -> None:
    assert len(STEPS) == 17 * 17


@pytest.mark.parametrize(("before", "after", "answer"), STEPS)
def test_every_step_is_answered(table: StatusTable, before: int, after: int, answer: str) -> None:
    one, other = SLUGS[before], SLUGS[after]
    assert table.answer(one, other) == answer
    for by_person in (False, True):
        if answer == "allowed" or (answer == "needs_person" and by_person):
            assert table.demand(one, other, by_person=by_person).code == after
        else:
            with pytest.raises(Refused):
                table.demand(one, other, by_person=by_person)


def test_stock_unavailable_is_never_left_without_a_person(table: StatusTable) -> None:
    assert table.next("stock_unavailable", by_person=False) == ()
    assert "confirmed" in [each.slug for each in table.next("stock_unavailable", by_person=True)]


def test_no_step_leads_to_itself(table: StatusTable) -> None:
    assert all(before != after for before, after in table.steps)


def test_a_refusal_names_what_may_come_instead(table: StatusTable) -> None:
    with pytest.raises(Refused) as caught:
        table.demand("delivered", "draft", by_person=True)
    assert (caught.value.code, caught.value.hint) == (
        "BUS-351",
        "after delivered comes: refund, return_pending, partial_refund",
    )
    with pytest.raises(Refused) as caught:
        table.demand("stock_unavailable", "confirmed", by_person=False)
    assert caught.value.code == "BUS-352"
    with pytest.raises(Refused) as caught:
        table.demand("draft", "confirmd", by_person=True)
    assert (caught.value.code, caught.value.hint) == ("BUS-350", 'did you mean "confirmed"?')
    with pytest.raises(Refused):
        table.by_code(17)


def test_a_channel_may_show_other_labels(table: StatusTable) -> None:
    assert table.label("processing") == "Processing"
    assert table.label("processing", "woocommerce") == "New"
    assert table.label("draft", "woocommerce") == "Draft"


TEXT = """\
status_rules: small
initial: new
statuses:
  - {code: 0, slug: new, label: New, to: [done]}
  - {code: 1, slug: done, label: Done, final: true, to: []}
"""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("initial: new", "initial: nwe"), ["2 CFG-213"]),
        (("to: [done]", "to: [doen]"), ["4 CFG-213"]),
        (("code: 1", "code: 0"), ["5 CFG-341"]),
        (("slug: done", "slug: new"), ["4 CFG-213", "5 CFG-341"]),
        (("final: true, to: []", "to: []"), ["5 CFG-342"]),
        (("final: true, to: []", "final: true, to: [new]"), ["5 CFG-342"]),
        (("to: [done]", "to: [done, done]"), ["4 CFG-342"]),
        (("to: [done]", "to: [new]"), ["4 CFG-342", "5 CFG-403"]),
        (("label: New", "lable: New"), ["4 CFG-101", "4 CFG-102"]),
        (("code: 0", "code: -1"), ["4 CFG-113"]),
    ],
)
def test_mistakes_in_a_table_are_found_at_their_lines(change: tuple[str, str], expected: list[str]) -> None:
    assert read_status_table(load_yaml(TEXT, "s.yaml"))[1] == []
    _, found = read_status_table(load_yaml(TEXT.replace(*change), "s.yaml"))
    assert [f"{each.line} {each.code}" for each in found] == expected
    assert all(each.hint for each in found)
