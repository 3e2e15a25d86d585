"""Whatever stands in an element: nothing crashes, the fast way and the slow way agree, every answer is right itself."""

from __future__ import annotations

import string

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.edi.dictionary import SegmentSpec, message_spec
from hub.edi.explain import EMPTY_SEGMENT, Form, explain
from hub.edi.patterns import compile_pattern
from hub.edi.tree import Delimiters
from hub.testing.acknowledging import answered, taken_apart

X12 = Delimiters(segment="~", element="*", component=">")
EDIFACT = Delimiters(segment="'", element="+", component=":", release="?")
FORMS = {"x12": Form(standard="x12", delimiters=X12), "edifact": Form(standard="edifact", delimiters=EDIFACT)}
SPECS = {
    "x12": [message_spec("x12", name, version) for name in ("850", "855") for version in ("004010", "005010")],
    "edifact": [message_spec("edifact", name, version) for name in ("ORDERS", "ORDRSP") for version in ("D96A", "D01B")],
}
SEGMENTS = {
    standard: sorted({(spec.release, node.tag): node.spec for spec in specs if spec is not None for node in spec.nodes}.items())
    for standard, specs in SPECS.items()
}

# Values that are right here and wrong there: codes, dates, times, numbers with and without marks, text, nothing.
VALUES = st.one_of(
    st.just(""),
    st.sampled_from(
        ["00", "9", "EA", "UP", "102", "203", "20260228", "20260230", "260101", "202601012559", "1200", "2575", "S", "A"]
    ),
    st.sampled_from(["1", "-1", "10.5", ".5", "5.", "1,5", "-", "1E3", "12345678901234567890", "0", "007"]),
    st.text(alphabet=string.ascii_letters + string.digits + " .-/", max_size=40),
)


def joined(segment: list, delimiters: Delimiters) -> str:
    return delimiters.element.join(
        delimiters.component.join(element) if isinstance(element, list) else element for element in segment
    )


@st.composite
def x12_segments(draw: st.DrawFn) -> tuple[SegmentSpec, list]:
    _, spec = draw(st.sampled_from(SEGMENTS["x12"]))
    count = draw(st.integers(0, len(spec.elements) + 2))
    values = [draw(VALUES) for _ in range(count)]
    for place, element in enumerate(spec.elements[:count]):
        if element.components and draw(st.booleans()):
            values[place] = ">".join(draw(VALUES) for _ in range(draw(st.integers(1, len(element.components) + 1))))
    return spec, [spec.tag, *values]


@st.composite
def edifact_segments(draw: st.DrawFn) -> tuple[SegmentSpec, list]:
    _, spec = draw(st.sampled_from(SEGMENTS["edifact"]))
    values: list = []
    for element in spec.elements[: draw(st.integers(0, len(spec.elements)))]:
        parts = [draw(VALUES) for _ in range(draw(st.integers(1, max(1, len(element.components) + 1))))]
        values.append(parts if len(parts) > 1 else parts[0])
    return spec, [spec.tag, *values]


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(x12_segments())
def test_a_pattern_accepts_no_x12_segment_that_the_explanation_faults(drawn) -> None:
    spec, segment = drawn
    accepted = compile_pattern(spec, X12).accepts(joined(segment, X12))
    if accepted:
        faults = [fault for fault in explain(segment, spec, FORMS["x12"]) if fault.code != EMPTY_SEGMENT]
        assert faults == []


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(edifact_segments())
def test_a_pattern_accepts_no_edifact_segment_that_the_explanation_faults(drawn) -> None:
    spec, segment = drawn
    accepted = compile_pattern(spec, EDIFACT).accepts(joined(segment, EDIFACT))
    if accepted:
        faults = [fault for fault in explain(segment, spec, FORMS["edifact"]) if fault.code != EMPTY_SEGMENT]
        assert faults == []


ORDER = """\
BEG*00*SA*4500012345**20260105~CUR*BY*USD~REF*DP*042~DTM*002*20260120~N1*ST*Store 7*92*0007~N3*1 Main Street~\
N4*Springfield*IL*62701*US~PO1*1*10*EA*9.25*PE*UP*012345678905~PID*F****Blue widget~CTT*1"""


@st.composite
def disturbed_orders(draw: st.DrawFn) -> bytes:
    """An 850 with segments moved, doubled, dropped, replaced, and with values of any kind in them."""
    lines = [line.split("*") for line in ORDER.split("~")]
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(lines) - 1))
        what = draw(st.sampled_from(["move", "double", "drop", "value", "tag"]))
        if what == "move":
            lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(place))
        elif what == "double":
            lines[place:place] = [lines[place]] * draw(st.integers(1, 12))
        elif what == "drop" and len(lines) > 1:
            lines.pop(place)
        elif what == "value":
            line = [*lines[place], ""]
            line[draw(st.integers(1, len(line) - 1))] = draw(VALUES)
            lines[place] = line
        elif what == "tag":
            lines[place] = [draw(st.sampled_from(["XYZ", "N1", "SE1", "PO1", "LIN", "Q"])), *lines[place][1:]]
    body = "~".join("*".join(line) for line in lines)
    head = "ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260105*1200*U*00401*000000101*0*T*>~"
    count = len(lines) + 2
    return f"{head}GS*PO*A*B*20260105*1200*7*X*004010~ST*850*0001~{body}~SE*{count}*0001~GE*1*7~IEA*1*000000101~".encode()


@settings(max_examples=150, deadline=None)
@given(disturbed_orders())
def test_every_997_and_999_is_right_whatever_it_answers(data) -> None:
    for answer in answered(data):
        assert taken_apart(answer.data).findings == []


@settings(max_examples=150, deadline=None)
@given(disturbed_orders())
def test_checking_twice_finds_the_same(data) -> None:
    assert answered(data) == answered(data)
