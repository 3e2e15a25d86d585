"""Bytes made visible: lines, offsets, control characters, and the tree with names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.testing.flow_site import interchange, order_850
from hub.web.console.raw_view import LINES, raw_view
from hub.web.console.tree_view import SEGMENTS, tree_view

EDIFACT = (
    b"UNA:+.? '\r\nUNB+UNOC:3+A:14+B:14+260924:1200+7'\r\nUNH+1+ORDERS:D:96A:UN'\r\nBGM+220+4?'5+9'\r\nUNT+3+1'\r\nUNZ+1+7'\r\n"
)


def text(pieces):
    return "".join(text for _, text in pieces)


def test_every_segment_is_a_line_with_its_offset_and_the_message_is_numbered():
    data = interchange([order_850("A"), order_850("B")], control=1)
    view = raw_view(data, position=1, first=None)
    tags = [pieces[0][1] for _, pieces in view.lines]
    assert tags[:3] == ["ISA", "GS", "ST"]
    assert all(data[line.offset :].startswith(tag.encode()) for (line, _), tag in zip(view.lines, tags, strict=True))
    mine = [line for line, _ in view.lines if line.index]
    assert [line.index for line in mine] == list(range(1, len(mine) + 1))
    assert data[mine[0].offset :].startswith(b"ST*850*0002")
    assert data[mine[-1].offset : mine[-1].end].startswith(b"SE*")


def test_line_ends_are_seen_and_a_released_terminator_ends_nothing():
    view = raw_view(EDIFACT, position=0, first=None)
    shown = [text(pieces) for _, pieces in view.lines]
    assert shown[0] == "UNA:+.? 'CRLF"
    assert shown[3] == "BGM+220+4?'5+9'CRLF"
    assert [line.index for line, _ in view.lines] == [0, 0, 1, 2, 3, 0]
    assert ("control", "CR") in view.lines[0][1]


def test_two_interchanges_with_other_separators_are_read_each_by_its_own():
    data = interchange([order_850("A")], control=1) + EDIFACT
    view = raw_view(data, position=1, first=None)
    assert [text(pieces)[:3] for line, pieces in view.lines if line.index] == ["UNH", "BGM", "UNT"]
    assert view.lines[-1][0].end == len(data)


def test_marks_that_turn_the_direction_of_writing_are_shown_as_numbers():
    view = raw_view("abc\u202edef\x00".encode(), position=None, first=None)
    assert text(view.lines[0][1]) == "abcU+202EdefNUL"


def test_a_long_file_is_shown_in_parts():
    data = interchange([order_850("A", lines=1000)], control=1)
    first = raw_view(data, position=0, first=None)
    later = raw_view(data, position=0, first=1 + LINES)
    assert (len(first.lines), first.first, later.first) == (LINES, 1, 1 + LINES)
    assert later.lines[0][0].offset == first.lines[-1][0].end
    assert raw_view(data, position=0, first=10**8).first == first.total


def test_a_late_message_of_a_file_is_where_the_view_begins():
    data = interchange([order_850(str(n), lines=30) for n in range(40)], control=1)
    view = raw_view(data, position=35, first=None)
    assert view.lines[0][0].index == 1


@given(
    st.binary(max_size=400)
    | st.binary(max_size=200).map(lambda rest: EDIFACT + rest)
    | st.binary(max_size=200).map(lambda rest: interchange([order_850("A")]) + rest)
)
def test_every_byte_of_anything_stands_in_exactly_one_line(data):
    view = raw_view(data, position=0, first=None)
    at = 0
    for line, _ in view.lines:
        assert line.offset == at
        assert line.end > at or not data
        at = line.end
    assert at == len(data) or view.total > LINES


def test_the_tree_names_segments_and_elements_and_tells_what_codes_mean(root):
    data = interchange([order_850("A")], control=1)
    tree = tree_view(data, position=0, first=1, schemas=Path("nowhere"))
    assert (tree.release, tree.total) == ("004010", len(tree.branches))
    by_ref = {value.ref: value for branch in tree.branches for value in branch.values}
    assert by_ref["BEG03"].value == "A"
    assert by_ref["PO103"].meaning == "each"
    line = next(branch for branch in tree.branches if branch.tag == "PO1")
    assert (line.depth, line.loop) == (1, "PO1")


def test_components_of_edifact_have_names_of_their_own():
    tree = tree_view(EDIFACT, position=0, first=1, schemas=Path("nowhere"))
    values = {value.ref: value.value for branch in tree.branches for value in branch.values}
    assert values["UNH02-1"] == "ORDERS"
    assert "4'5" in values.values()


def test_a_segment_without_a_place_says_so():
    tree = tree_view(interchange([["BEG*00*SA*A**20260924", "ZZZ*1"]], control=1), position=0, first=1, schemas=Path("nowhere"))
    assert [(branch.tag, branch.is_placed) for branch in tree.branches if branch.tag == "ZZZ"] == [("ZZZ", False)]


def test_a_long_message_is_shown_in_parts_and_what_is_no_edi_has_no_tree():
    data = interchange([order_850("A", lines=500)], control=1)
    assert len(tree_view(data, position=0, first=1, schemas=Path("nowhere")).branches) == SEGMENTS
    assert tree_view(data, position=0, first=SEGMENTS + 1, schemas=Path("nowhere")).branches[0].index == SEGMENTS + 1
    assert tree_view(b"no EDI", position=0, first=1, schemas=Path("nowhere")) is None
    assert tree_view(data, position=9, first=1, schemas=Path("nowhere")) is None


@pytest.mark.parametrize("data", [b"ISA", b"UNA:+.? '", b"UNB+", b"ISA*" + b"x" * 200])
def test_the_beginning_of_something_is_shown_all_the_same(data):
    assert raw_view(data, position=0, first=None).lines
