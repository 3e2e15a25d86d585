"""Where segments stand: order, repeats, loops that start alike, and how one mistake stays one."""

from __future__ import annotations

import pytest

from hub.edi.dictionary import message_spec
from hub.edi.place import place
from hub.edi.tree import Delimiters, Group, Interchange, Message, PartyId


def message(*tags: str) -> Message:
    """A message of bare segments."""
    nobody = PartyId(qualifier="", id="")
    interchange = Interchange(
        standard="x12", sender=nobody, receiver=nobody, control_number="1", version="00401", date="", time="", test="test",
        delimiters=Delimiters(segment="~", element="*", component=">"), charset="ascii", ack_requested=False,
    )  # fmt: skip
    group = Group(interchange=interchange, type="PO", sender=nobody, receiver=nobody, control_number="1", version="004010")
    segments = [[tag] for tag in ("ST", *tags, "SE")]
    return Message(interchange=interchange, group=group, type="T", version="004010", control_number="1", segments=segments)


@pytest.fixture
def spec_of(tmp_path):
    """A specification from its text, with the segments of 004010."""

    def build(text: str):
        folder = tmp_path / "x12" / "004010" / "messages"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "T.txt").write_text(f"ST!\n{text}SE!\n", encoding="utf-8")
        spec = message_spec("x12", "T", "004010", roots=(tmp_path,))
        assert spec is not None
        return spec

    return build


def paths(spec, placement) -> list[str]:
    """The path of every placed segment, `-` where it has none; without ST and SE."""
    shown = []
    for node in placement.nodes[1:-1]:
        at = spec.nodes[node] if node >= 0 else None
        shown.append("-" if at is None else f"{at.path}/{at.tag}".lstrip("/") if not at.is_trigger else at.path)
    return shown


ALIKE = """\
loop N9 10
  N9
  DTM *
loop N9 10
  N9
  MSG *
"""
NESTED = """\
BEG!
loop PO1! 10
  PO1
  PID 2
  loop N1 3
    N1
    N3 2
  REF *
CTT
"""


def test_loops_that_start_alike_are_told_apart_by_what_follows(spec_of) -> None:
    spec = spec_of(ALIKE)
    first, second = (node.index for node in spec.nodes if node.tag == "N9")
    placement = place(message("N9", "MSG", "N9", "MSG"), spec)
    assert placement.findings == []
    assert placement.nodes[1:5] == [second, second + 1, second, second + 1]
    placement = place(message("N9", "DTM", "N9", "DTM", "N9", "MSG"), spec)
    assert placement.findings == []
    assert placement.nodes[1:7] == [first, first + 1, first, first + 1, second, second + 1]


def test_of_equals_the_nearest_loop_is_taken(spec_of) -> None:
    spec = spec_of(ALIKE)
    first = next(node.index for node in spec.nodes if node.tag == "N9")
    assert place(message("N9", "N9"), spec).nodes[1:3] == [first, first]


def test_a_loop_that_is_full_passes_to_the_next_that_starts_alike(spec_of) -> None:
    spec = spec_of(ALIKE.replace("loop N9 10", "loop N9 1", 1))
    first, second = (node.index for node in spec.nodes if node.tag == "N9")
    placement = place(message("N9", "N9"), spec)
    assert (placement.findings, placement.nodes[1:3]) == ([], [first, second])


def test_nested_loops_repeat_each_within_the_one_around_it(spec_of) -> None:
    spec = spec_of(NESTED)
    tags = ["BEG", "PO1", "PID", "N1", "N3", "N1", "REF", "PO1", "N1", "N3", "N3", "CTT"]
    placement = place(message(*tags), spec)
    assert placement.findings == []
    assert paths(spec, placement) == [
        "BEG", "PO1", "PO1/PID", "PO1/N1", "PO1/N1/N3", "PO1/N1", "PO1/REF", "PO1", "PO1/N1", "PO1/N1/N3", "PO1/N1/N3", "CTT",
    ]  # fmt: skip


def test_counts_begin_again_in_every_instance_of_a_loop(spec_of) -> None:
    spec = spec_of(NESTED)
    assert place(message("BEG", "PO1", *["N1"] * 3, "PO1", *["N1"] * 3), spec).findings == []
    placement = place(message("BEG", "PO1", *["N1"] * 4, "PO1", "N1"), spec)
    assert [(each.code, each.where.segment_index, each.where.loop) for each in placement.findings] == [("EDI-204", 7, "N1")]


@pytest.mark.parametrize(
    ("tags", "findings"),
    [
        (["PO1"], [("EDI-203", 2, "BEG")]),
        (["BEG"], [("EDI-203", 3, "PO1")]),
        ([], [("EDI-203", 2, "BEG"), ("EDI-203", 2, "PO1")]),
        (["BEG", "XXX", "PO1"], [("EDI-201", 3, "XXX")]),
        (["BEG", "HL", "PO1"], [("EDI-206", 3, "HL")]),
        (["BEG", "", "PO1"], [("EDI-201", 3, "")]),
        (["REF", "BEG", "PO1"], [("EDI-207", 2, "REF")]),
        (["BEG", "CTT", "PO1"], [("EDI-202", 3, "CTT")]),
        (["BEG", "PO1", "REF", "PID"], [("EDI-202", 5, "PID")]),
        (["BEG", "PO1", "REF", "N1", "N3"], [("EDI-202", 5, "N1")]),
        (["BEG", "PO1", "CTT", "PO1", "PID"], [("EDI-202", 5, "PO1")]),
        (["BEG", "BEG", "PO1"], [("EDI-205", 3, "BEG")]),
        (["BEG", "PO1", "PID", "PID", "PID"], [("EDI-205", 6, "PID")]),
    ],
)
def test_one_mistake_is_one_finding(spec_of, tags, findings) -> None:
    placement = place(message(*tags), spec_of(NESTED))
    assert [(each.code, each.where.segment_index, each.where.segment) for each in placement.findings] == findings
    assert len(placement.nodes) == len(tags) + 2


def test_a_segment_out_of_order_keeps_the_node_it_belongs_to(spec_of) -> None:
    spec = spec_of(NESTED)
    placement = place(message("BEG", "PO1", "REF", "PID"), spec)
    assert paths(spec, placement) == ["BEG", "PO1", "PO1/REF", "PO1/PID"]


def test_a_segment_without_a_place_has_no_node_and_moves_nothing(spec_of) -> None:
    spec = spec_of(NESTED)
    placement = place(message("BEG", "PO1", "XXX", "PID", "HL", "REF"), spec)
    assert paths(spec, placement) == ["BEG", "PO1", "-", "PO1/PID", "-", "PO1/REF"]


def test_a_long_message_is_placed_in_linear_time(spec_of) -> None:
    spec = spec_of(NESTED.replace("PO1! 10", "PO1! *"))
    placement = place(message("BEG", *["PO1", "PID", "N1", "N3", "REF"] * 20_000), spec)
    assert (len(placement.nodes), placement.findings) == (100_003, [])


SECTIONS = """\
loop PO1! 10
  PO1
  PID *
  loop REF *
    REF
CTT!
AMT *
PID *
"""


def test_a_segment_out_of_its_order_does_not_jump_over_the_section_separator_that_is_still_to_come(spec_of) -> None:
    spec = spec_of(SECTIONS)
    placement = place(message("PO1", "REF", "PID", "PO1", "CTT", "PID"), spec)
    assert paths(spec, placement) == ["PO1", "PO1/REF", "PO1/PID", "PO1", "CTT", "PID"]
    assert [(each.code, each.where.segment) for each in placement.findings] == [("EDI-202", "PID")]


def test_where_the_separator_never_comes_the_summary_is_still_read(spec_of) -> None:
    spec = spec_of(SECTIONS)
    placement = place(message("PO1", "AMT"), spec)
    assert paths(spec, placement) == ["PO1", "AMT"]
    assert [(each.code, each.where.segment) for each in placement.findings] == [("EDI-203", "CTT")]
