"""Which segments and values each release has at which place: what is right there is not found fault with, what is not is."""

from __future__ import annotations

import pytest

from hub.testing.acknowledging import answered, taken_apart

ANSWER = "BAK*00*AC*4500012345*20260105"
LINE = ["PO1*1*10*EA*9.25**UP*012345678905", "ACK*IA*10*EA"]

# set, release: segments between ST and SE that are right there
RIGHT = {
    "an 855 has dates, carriers and ACK in this order, and behind them totals, stores and notes of the line": (
        "855", "004010", [ANSWER, LINE[0], "PID*F****Widget", "REF*VR*1", "SDQ*EA*92*0007*10", "DTM*002*20260120", "LDT*AF*5*DA",
                          "TD1*CTN25*1", "TD5*B*2*UPSN", LINE[1], "DTM*067*20260121", "MAN*GM*00012345678905", "AMT*1*92.5",
                          "QTY*21*10", "SCH*10*EA***067*20260121", "N9*L1*NOTES", "MSG*Thanks", "N1*ST*Store*92*0007",
                          "SLN*1**I*1*EA*1", "CTT*1"],
    ),
    "an 855 has text in the header's N1 loop": ("855", "004010", [ANSWER, "N1*ST*Store*92*0007", "MSG*Dock 4", *LINE, "CTT*1"]),
    "an 850 has commodities in its header": (
        "850", "004010", ["BEG*00*SA*1**20260105", "TC2*J*0101", "SAC*A*C310***100", "PO1*1*1*EA"],
    ),
    "an 850 has delivery times between LS and LE": (
        "850", "004010", ["BEG*00*SA*1**20260105", "PO1*1*1*EA", "LS*LDT", "LDT*AF*5*DA", "QTY*21*1", "LE*LDT"],
    ),
    "an 850 of 005010 has text as MTX, in its notes and below the delivery times of its header": (
        "850", "005010", ["BEG*00*SA*1**20260105", "LDT*AF*5*DA", "QTY*21*1", "MTX**Soon", "N9*L1*NOTES", "MTX**Dock 4",
                          "PO1*1*1*EA", "N9*L1*NOTES", "MTX**Blue"],
    ),
    "an 860 of 005010 has text as MTX, and second names as IN2": (
        "860", "005010", ["BCH*04*SA*1***20260105", "N9*L1*NOTES", "MTX**Dock 4", "N1*ST*Store*92*0007", "IN2*02*Ann", "POC*1*AI*1*0*EA"],
    ),
    "an 865 of 005010 has text as MTX": (
        "865", "005010", ["BCA*04*AC*1***20260105", "N9*L1*NOTES", "MTX**Dock 4", "POC*1*AI*1*0*EA", "MTX**Blue"],
    ),
    "an 810 has taxes by jurisdiction": (
        "810", "004010", ["BIG*20260105*1", "IT1*1*1*EA*1", "TDS*100", "TXI*ST*5*7.5*CD*NY"],
    ),
    "an 810 of 005010 has a structure code, quantities of fifteen digits and long equipment numbers": (
        "810", "005010", ["BIG*20260105*1*********0001", "IT1*1*123456789012345*EA*1", "TDS*100", f"CAD*M*ABCD*{'1' * 15}*UPSN"],
    ),
}  # fmt: skip

# set, release, segments, the AK3 and AK4 rows
WRONG = {
    "an 855 has no text below PO1 itself": (
        "855", "004010", [ANSWER, LINE[0], "MSG*Thanks", LINE[1]], [["AK3", "MSG", "4", "", "2"]],
    ),
    "an 855 has its components behind the parties of the line": (
        "855", "004010", [ANSWER, *LINE, "SLN*1**I*1*EA*1", "SCH*10*EA***067*20260121"], [["AK3", "SCH", "6", "", "7"]],
    ),
    "LS is closed by LE": (
        "850", "004010", ["BEG*00*SA*1**20260105", "PO1*1*1*EA", "LS*LDT", "LDT*AF*5*DA", "CTT*1"], [["AK3", "LE", "6", "", "3"]],
    ),
    "an equipment initial has four letters": (
        "810", "005010", ["BIG*20260105*1", "IT1*1*1*EA*1", "TDS*100", "CAD*M*ABCDE*1*UPSN"],
        [["AK3", "CAD", "5", "", "8"], ["AK4", "2", "206", "5", "ABCDE"]],
    ),
    "a jurisdiction qualifier has two letters": (
        "810", "004010", ["BIG*20260105*1", "IT1*1*1*EA*1", "TDS*100", "TXI*ST*5*7.5*C*NY"],
        [["AK3", "TXI", "5", "", "8"], ["AK4", "4", "955", "4", "C"]],
    ),
    "a quantity ordered has its number of 005010": (
        "856", "005010", ["BSN*00*S1*20260105*1200", "HL*1**I", "SN1**1*EA**X*EA"],
        [["AK3", "SN1", "4", "", "8"], ["AK4", "5", "380", "6", "X"]],
    ),
}  # fmt: skip
GROUPS = {"810": "IN", "850": "PO", "855": "PR", "856": "SH", "860": "PC", "865": "CA"}


def interchange(kind: str, release: str, segments: list[str]) -> bytes:
    isa, repetition = ("00401", "U") if release == "004010" else ("00501", "^")
    body = "".join(line + "~" for line in (f"ST*{kind}*0001", *segments, f"SE*{len(segments) + 2}*0001"))
    head = (
        f"ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260105*1200*{repetition}*{isa}*000000101*0*T*>~"
    )
    return f"{head}GS*{GROUPS[kind]}*ACME*EDIHUB*20260105*1200*77*X*{release}~{body}GE*1*77~IEA*1*000000101~".encode()


@pytest.mark.parametrize("name", RIGHT)
def test_what_a_release_has_at_its_place_is_right(name) -> None:
    kind, release, segments = RIGHT[name]
    assert [(found.code, found.message) for found in taken_apart(interchange(kind, release, segments)).findings] == []


@pytest.mark.parametrize("name", WRONG)
def test_what_a_release_does_not_have_is_named(name) -> None:
    kind, release, segments, rows = WRONG[name]
    (answer,) = answered(interchange(kind, release, segments))
    (seen,) = taken_apart(answer.data).messages
    assert [segment for segment in seen if segment[0] in {"AK3", "AK4"}] == rows


@pytest.mark.parametrize(
    ("prefix", "line"),
    [
        ("NAD+BY", "NAD+BY+5412345000013::9++Buyer+1 Street+Springfield+ILLINOIS+62701+US"),
        ("NAD+BY", "NAD+BY+5412345000013::9++Buyer+1 Street+Springfield+IL::5:Illinois+62701+US"),
        ("QTY+21:48", "MEA+PD+AAA::12:net weight+KGM:5"),
    ],
)
def test_a_region_and_a_measure_have_all_their_components_in_d01b(samples, prefix, line) -> None:
    newer = samples.orders.replace("UNH", "UNH+1+ORDERS:D:01B:UN:EAN010").replace("IMD", "IMD+C++TU::9")
    edited = (newer.replace if line[:3] == prefix[:3] else newer.before)(prefix, line).counted()
    assert [
        (found.code, found.message) for found in taken_apart(samples.edifact(edited)).findings if found.severity == "error"
    ] == []


def test_an_order_of_d01b_has_as_many_lines_as_one_of_d96a(samples) -> None:
    from hub.edi.dictionary import message_spec

    for version in ("D96A", "D01B"):
        spec = message_spec("edifact", "ORDERS", version)
        assert spec is not None
        assert [node.loop_max for node in spec.nodes if node.tag == "LIN"] == [200_000]
