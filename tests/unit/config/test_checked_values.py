"""Every mistake of a file at its line, in our own words, with a cure where there is one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub.config import check, load_yaml, mistake
from hub.config.spans import Percent, Size, Span


class Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Inner(Frozen):
    count: int
    mode: Literal["async", "sync"] = "sync"


class Outer(Frozen):
    name: str
    inner: Inner | None = None
    items: list[Inner] = Field(default_factory=list)
    named: dict[str, Inner] = Field(default_factory=dict)
    either: str | Inner = ""
    amount: Decimal = Decimal(0)
    flag: bool = False
    code: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "ABC"

    @model_validator(mode="after")
    def _meaning(self) -> Outer:
        if self.name == "bad {name}":
            raise mistake("CFG-399", "the name is {bad}", "choose another")
        return self


def said(text: str, model: Any = Outer) -> list[str]:
    return [str(each).removeprefix("f.yaml:") for each in check(load_yaml(text, "f.yaml"), model).diagnostics]


def test_a_right_file_is_a_typed_value() -> None:
    checked = check(load_yaml("name: NO\namount: 12.50\nflag: yes\ninner: {count: 3}\n", "f.yaml"), Outer)
    assert checked.diagnostics == ()
    assert checked.value == Outer(name="NO", amount=Decimal("12.50"), flag=True, inner=Inner(count=3))
    assert str(checked.value.amount) == "12.50"


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file() -> None:
    text = "nam: x\ninner: {count: three, mode: asink}\nitems:\n  - {count: 1, cuont: 2}\n  - {}\namount: 1,5\nflag: ja\ncode: abc\n"
    assert said(text) == [
        '1:1 error CFG-101 key "name" is missing; add it',
        '1:1 error CFG-102 unknown key "nam"; did you mean "name"?',
        '2:16 error CFG-113 "three" is not a whole number; digits only',
        '2:29 error CFG-105 "asink" is not a value this key takes; did you mean "async"?',
        '4:16 error CFG-102 unknown key "cuont"; known: mode',
        '5:5 error CFG-101 key "count" is missing; add it',
        '6:9 error CFG-113 "1,5" is not a number; digits and a decimal point, such as 12.50',
        '7:7 error CFG-113 "ja" is not true or false; write true or false',
        '8:7 error CFG-113 "abc" has the wrong form; must match ^[A-Z]{3}$',
    ]


def test_mistakes_of_reading_and_of_meaning_come_together() -> None:
    assert said("name: x\nname: y\nflagg: z\n") == [
        '2:1 error CFG-103 key "name" stands twice: on line 1 and on line 2; keep one of them',
        '3:1 error CFG-102 unknown key "flagg"; did you mean "flag"?',
    ]


def test_a_key_of_a_named_entry_is_suggested_from_its_model() -> None:
    assert said("name: x\nnamed:\n  one: {Count: 1}\n") == [
        '3:8 error CFG-101 key "count" is missing; add it',
        '3:9 error CFG-102 unknown key "Count"; did you mean "count"?',
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: [x]\n", "1:7 error CFG-104 expected text, found a list"),
        ("name: x\nitems: y\n", "2:8 error CFG-104 expected a list, found text"),
        ("name: x\ninner: y\n", "2:8 error CFG-104 expected keys and values, found text"),
        ("name: x\ninner:\n", "2:7 error CFG-104 expected keys and values, found nothing"),
        ("- x\n", "1:1 error CFG-104 expected keys and values, found a list"),
        ("just text\n", "1:1 error CFG-104 expected keys and values, found text"),
    ],
)
def test_a_wrong_shape_says_what_was_expected_and_found(text: str, expected: str) -> None:
    assert expected in [line.partition(";")[0] for line in said(text)]


def test_a_union_reports_the_branch_that_was_meant() -> None:
    assert said("name: x\neither: {count: q}\n") == ['2:17 error CFG-113 "q" is not a whole number; digits only']


def test_a_mistake_of_ours_keeps_its_code_its_cure_and_its_braces() -> None:
    assert said("name: bad {name}\n") == ["1:1 error CFG-399 the name is {bad}; choose another"]


def test_a_part_that_was_left_out_counts_as_an_empty_one() -> None:
    checked = check(load_yaml("name: x\n", "f.yaml"), Inner, ("settings",))
    assert [str(each) for each in checked.diagnostics] == ['f.yaml:1:1 error CFG-101 key "count" is missing; add it']


def test_an_unreadable_document_gives_its_own_diagnostics_and_no_value() -> None:
    checked = check(load_yaml("a: [", "f.yaml"), Outer)
    assert checked.value is None
    assert [each.code for each in checked.diagnostics] == ["CFG-100"]


class Units(Frozen):
    span: Span = timedelta(0)
    size: Size = 0
    share: Percent = Decimal(0)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("30s", timedelta(seconds=30)),
        ("1.5h", timedelta(minutes=90)),
        ("90 d", timedelta(days=90)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_spans_are_a_number_and_a_unit(written: str, meant: timedelta) -> None:
    checked = check(load_yaml(f"span: {written}\n", "f.yaml"), Units)
    assert checked.value is not None
    assert checked.value.span == meant


@pytest.mark.parametrize(("written", "meant"), [("10", 10), ("64KB", 65536), ("20 MB", 20 << 20), ("2GB", 2 << 30)])
def test_sizes_are_a_number_and_a_unit(written: str, meant: int) -> None:
    checked = check(load_yaml(f"size: {written}\n", "f.yaml"), Units)
    assert checked.value is not None
    assert checked.value.size == meant


def test_a_percentage_is_an_exact_decimal() -> None:
    checked = check(load_yaml("share: 0.1%\n", "f.yaml"), Units)
    assert checked.value is not None
    assert checked.value.share == Decimal("0.1")


@pytest.mark.parametrize(
    "text", ["span: 24", "span: -1h", "span: 1y", "size: 1TB", "size: 1.5MB", "share: 5", "share: -5%", "span: {}"]
)
def test_a_number_without_its_unit_is_a_mistake_that_shows_how(text: str) -> None:
    (found,) = check(load_yaml(text, "f.yaml"), Units).diagnostics
    assert found.code == "CFG-113"
    assert found.hint
