"""Loop occurrences placed as a whole, and segments checked together: the same answers as one segment after the other."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.edi.columns import are_right, columns_of
from hub.edi.dictionary import MessageSpec, SegmentSpec, message_spec
from hub.edi.explain import Form, explain
from hub.edi.place import place
from hub.edi.read import read
from hub.edi.runs import Head, Runs, Stretch
from hub.edi.tree import Delimiters, Message
from hub.edi.validate import validate
from hub.edi.walk import walk

FORM = Form(standard="x12", delimiters=Delimiters(segment="~", element="*", component=">"))
KINDS = {"850": "PO", "856": "SH", "810": "IN"}
SPECS: dict[str, MessageSpec] = {name: spec for name in KINDS if (spec := message_spec("x12", name, "004010")) is not None}
TAGS = {
    "850": ["PO1", "PO1", "PID", "PO4", "DTM", "N1", "N3", "N4", "SAC", "SCH", "QTY", "CTT", "REF", "XYZ"],
    "856": ["HL", "HL", "LIN", "SN1", "MAN", "TD1", "TD5", "N1", "N3", "N4", "REF", "PRF", "CTT"],
    "810": ["IT1", "IT1", "PID", "TXI", "SAC", "N1", "N3", "N4", "TDS", "CTT", "DTM"],
}
LINES = [
    ["PO1*1*10*EA*9.25*PE*UP*012345678905", "PID*F****Blue widget", "PO4*6*1*EA", "DTM*010*20260120"],
    ["PO1**5*EA*100**UP*012345678912*VN*B1", "PID*F****Red", "DTM*010*20260230"],
    ["PO1*3*5.5*ZZZ*.5", "PO4*6*1*", "SCH*5*EA***002*20260115"],
    ["PO1*4*5*CA*7.10*PE*UP*012345678905", "PID*X****Blue>grey", "PO4*x*1*EA", "DTM*010"],
]


class Never(Runs):
    """Places nothing as a whole, and remembers no head."""

    __slots__ = ()

    def head(self, tags: list[str]) -> Head | None:
        return None

    def at(self, trigger: int, tags: list[str], index: int, room: int) -> Stretch | None:
        return None


def singly(spec: MessageSpec) -> MessageSpec:
    """The specification with a table of its own, that is walked one segment after the other."""
    apart = replace(spec, memo={})
    walk(apart).runs = Never(walk(apart))
    return apart


SINGLY = {name: singly(spec) for name, spec in SPECS.items()}


def message(name: str, body: list[str]) -> Message:
    head = "ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260105*1200*U*00401*000000101*0*T*>~"
    segments = "~".join([f"ST*{name}*0001", *body, f"SE*{len(body) + 2}*0001"])
    data = f"{head}GS*{KINDS[name]}*A*B*20260105*1200*7*X*004010~{segments}~GE*1*7~IEA*1*000000101~".encode()
    return next(event for event in read(data) if isinstance(event, Message))


@st.composite
def sequences(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Tags of a message, some of them in a row several times over."""
    name = draw(st.sampled_from(sorted(SPECS)))
    parts = draw(st.lists(st.lists(st.sampled_from(TAGS[name]), min_size=1, max_size=5), max_size=5))
    return name, [tag for part in parts for tag in part * draw(st.integers(1, 4))]


@settings(max_examples=400, deadline=None)
@given(sequences())
def test_occurrences_placed_as_a_whole_stand_where_a_walk_puts_them(drawn) -> None:
    name, tags = drawn
    whole, single = (place(message(name, tags), specs[name]) for specs in (SPECS, SINGLY))
    assert (whole.nodes, whole.findings, whole.omitted) == (single.nodes, single.findings, single.omitted)


def test_a_head_is_remembered_and_stands_where_a_walk_puts_it() -> None:
    fresh, head = replace(SPECS["850"], memo={}), ["BEG", "CUR", "REF", "REF", "N1", "N3", "N1", "N3"]
    for _ in range(2):  # the table of steps is filled as it is walked
        place(message("850", [*head, *["PO1", "PID"] * 9, "CTT"]), fresh)
    known = walk(fresh).runs
    assert isinstance(known, Runs)
    remembered = known.head(["ST", *head, "PO1"])
    assert remembered is not None
    assert len(remembered.placed) == len(head) + 1
    for tags in ([*head, "PO1", "CTT"], [*head, "PO1", "PID", "XYZ", "PO1"], [*head, "N3", "PO1"], [*head[1:], "PO1", "PID"]):
        whole, single = place(message("850", tags), fresh), place(message("850", tags), SINGLY["850"])
        assert (whole.nodes, whole.findings) == (single.nodes, single.findings)


def test_more_occurrences_than_allowed_are_too_many_either_way() -> None:
    tags = ["BEG", *["N1", "N3"] * 250, "PO1"]
    place(message("850", tags), SPECS["850"])  # the table of steps is filled as it is walked
    whole, single = (place(message("850", tags), specs["850"]) for specs in (SPECS, SINGLY))
    assert [each.times for each in whole.stretches] == [200]
    assert [found.code for found in whole.findings].count("EDI-204") == 50
    assert (whole.nodes, whole.findings) == (single.nodes, single.findings)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(LINES), st.integers(1, 9)), min_size=1, max_size=4))
def test_lines_checked_together_have_the_findings_of_lines_checked_singly(parts) -> None:
    body = ["BEG*00*SA*1**20260105", *[each for lines, times in parts for each in lines * times], "CTT*1"]
    together, single = (validate(message("850", body), specs["850"]) for specs in (SPECS, SINGLY))
    assert together.findings == single.findings


@st.composite
def alike(draw: st.DrawFn) -> tuple[SegmentSpec, list[list[str]]]:
    """Segments of one tag and length: right values mostly, of the kinds that meet in a segment."""
    spec = draw(st.sampled_from([node.spec for node in SPECS["850"].nodes]))
    count = draw(st.integers(0, min(len(spec.elements) + 1, 8)))
    values = []
    for place_ in range(count):
        codes = spec.elements[place_].codes if place_ < len(spec.elements) else None
        known = sorted(codes.values)[:6] if codes else ["1", "10.5", "20260120", "1200", "AB", "text of a line", "-7"]
        values.append(st.sampled_from(["", *known, *draw(st.sampled_from([[], [], [".5", "x", "20260230", "ZZZZ"]]))]))
    rows = draw(st.lists(st.tuples(*values), min_size=1, max_size=3))
    return spec, [[spec.tag, *row] for row in rows]


@settings(max_examples=800, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(alike())
def test_segments_found_right_together_have_no_fault_each(drawn) -> None:
    spec, segments = drawn
    if are_right(columns_of(spec), segments):
        assert [fault for segment in segments for fault in explain(segment, spec, FORM)] == []


def test_right_lines_are_found_right_together() -> None:
    nodes = {node.tag: node.spec for node in SPECS["850"].nodes}
    for line in LINES[0]:
        segment = line.split("*")
        assert are_right(columns_of(nodes[segment[0]]), [segment] * 5)
