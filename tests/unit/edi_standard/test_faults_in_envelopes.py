"""Faults in headers and trailers: TA1, AK5, AK9, UCI, UCF and UCM say which; one bad message affects only itself."""

from __future__ import annotations

import pytest

from hub.edi.acknowledge import AckPolicy
from hub.testing.acknowledging import answered, taken_apart


def segments(data: bytes, tag: str) -> list:
    """The segments with `tag` in an answer that our own reader and dictionary find nothing wrong with."""
    seen = taken_apart(data)
    assert seen.findings == []
    return [segment for message in [*seen.messages, seen.ta1] for segment in message if segment[0] == tag]


@pytest.fixture
def right(samples) -> bytes:
    return samples.x12(samples.order_850)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"SE*28*0001", b"SE*27*0001", "4"),
        (b"SE*28*0001", b"SE*28*0002", "3"),
        (b"SE*28*0001~", b"", "2"),
        (b"ST*850*0001", b"ST*850*", "7"),
        (b"ST*850*", b"ST**", "6"),
        (b"SE*28*", b"SE*X*", "4"),
        (b"SE*28*", b"SE**", "4"),
    ],
)
def test_a_fault_in_the_envelope_of_a_set_rejects_the_set(right, old, new, code) -> None:
    (answer,) = answered(right.replace(old, new))
    assert segments(answer.data, "AK5") == [["AK5", "R", code]]
    assert segments(answer.data, "AK3") == []
    assert segments(answer.data, "AK9") == [["AK9", "R", "1", "1", "0"]]


def test_a_control_number_that_is_too_short_is_told_of_the_set_and_not_of_a_segment(right) -> None:
    (answer,) = answered(right.replace(b"*0001", b"*1"))
    (seen,) = taken_apart(answer.data).messages
    assert seen[2:4] == [["AK2", "850", "1"], ["AK5", "E", "7"]]  # the number as it was sent: by it the sender finds the set


def test_a_fault_in_a_set_of_a_type_that_nobody_knows_is_told_without_a_word_on_its_type(right) -> None:
    (answer,) = answered(right.replace(b"ST*850*", b"ST*864*").replace(b"SE*28*", b"SE*27*"))
    assert segments(answer.data, "AK5") == [["AK5", "R", "4"]]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"*260105*1200*U", b"*260231*1200*U", "014"),
        (b"*1200*U*", b"*1200*Q*", "016"),
        (b"*1200*U*", b"*1200* *", "016"),
        (b"GS*PO*", b"GS**", "024"),
    ],
)
def test_an_odd_header_is_noted_where_a_ta1_is_asked_for(samples, old, new, code) -> None:
    made = answered(samples.x12(samples.order_850, requested="1").replace(old, new))
    assert [segment[5] for segment in segments(made[0].data, "TA1")] == [code]
    assert made[1].verdict != "rejected"


def test_a_repetition_separator_before_its_version_is_no_fault(samples) -> None:
    data = samples.x12(samples.order_850, requested="1").replace(b"*1200*U*", b"*1200*^*")
    assert answered(data)[0].verdict == "accepted"


@pytest.mark.parametrize(
    ("old", "new", "code", "stated"),
    [(b"GE*1*77", b"GE*2*77", "5", "2"), (b"GE*1*77", b"GE*1*78", "4", "1"), (b"GE*1*77~", b"", "3", "1")],
)
def test_a_fault_in_the_envelope_of_a_group_rejects_the_group(right, old, new, code, stated) -> None:
    (answer,) = answered(right.replace(old, new))
    assert segments(answer.data, "AK9") == [["AK9", "R", stated, "1", "0", code]]
    assert segments(answer.data, "AK5") == [["AK5", "R"]]  # no set of a group that is dropped is told to be in


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"IEA*1*000000101", b"IEA*2*000000101", "021"),
        (b"IEA*1*000000101", b"IEA*1*000000102", "001"),
        (b"IEA*1*000000101~", b"", "023"),
    ],
)
def test_a_fault_in_the_envelope_of_an_interchange_is_a_ta1_and_nothing_else(right, old, new, code) -> None:
    (answer,) = answered(right.replace(old, new))
    assert answer.kind == "TA1"
    assert segments(answer.data, "TA1") == [["TA1", "000000101", "260105", "1200", "R", code]]


def test_isa14_asks_for_a_ta1_in_an_interchange_of_its_own(samples) -> None:
    made = answered(samples.x12(samples.order_850, requested="1"))
    assert [answer.kind for answer in made] == ["TA1", "997"]
    assert segments(made[0].data, "TA1") == [["TA1", "000000101", "260105", "1200", "A", "000"]]
    assert made[0].control_number != made[1].control_number


def test_by_agreement_a_ta1_is_only_sent_when_it_is_asked_for(right) -> None:
    assert answered(right.replace(b"IEA*1", b"IEA*2"), AckPolicy(ta1="requested")) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "tag", "place"),
    [
        (b"UNT+32+1", b"UNT+31+1", "29", "UNT", "2"),
        (b"UNT+32+1", b"UNT+32+2", "28", "UNT", "3"),
        (b"UNT+32+1'", b"", "13", "UNT", None),
        (b"UNT+32", b"UNT+X", "29", "UNT", "2"),
        (b"UNH+1+", b"UNH++", "13", "UNH", "2"),
        (b"ORDERS:D:96A", b":D:96A", "13", "UNH", ["3", "1"]),
        (b"ORDERS:D:96A", b"ORDERS::96A", "13", "UNH", ["3", "2"]),
        (b":96A:UN:EAN008", b":96A", "13", "UNH", ["3", "4"]),
    ],
)
def test_a_fault_in_the_envelope_of_a_message_rejects_the_message(samples, old, new, code, tag, place) -> None:
    (answer,) = answered(samples.edifact(samples.orders).replace(old, new))
    (report,) = segments(answer.data, "UCM")
    assert report[3:] == ["4", code, tag, *([place] if place else [])]
    assert segments(answer.data, "UCI")[0][4] == "7"
    assert segments(answer.data, "UCS") == []


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        (b"UNZ+1+REF42", b"UNZ+2+REF42", "29", ["UNZ", "2"]),
        (b"UNZ+1+REF42", b"UNZ+1+REF43", "28", ["UNZ", "3"]),
        (b"UNZ+1+REF42'", b"", "13", ["UNZ"]),
        (b"+260105:1200", b"+", "13", ["UNB", "5"]),
        (b"+260105:1200", b"+260105", "13", ["UNB", ["5", "2"]]),
        (b"UNOC:3", b"UNOC", "13", ["UNB", ["2", "2"]]),
    ],
)
def test_a_fault_in_the_envelope_of_an_edifact_interchange_rejects_all_of_it(samples, old, new, code, place) -> None:
    (answer,) = answered(samples.edifact(samples.orders).replace(old, new))
    assert segments(answer.data, "UCI") == [
        ["UCI", "REF42", ["5412345000013", "14"], ["5412345000020", "14"], "4", code, *place]
    ]
    assert segments(answer.data, "UCM") == []


def test_groups_of_edifact_get_their_own_response(samples) -> None:
    body = "".join(line + "'" for line in samples.orders.lines)
    group = f"UNG+ORDERS+A:14+B:14+260105:1200+G1+UN+D:96A:EAN008'{body}UNE+1+G1'"
    data = f"UNB+UNOC:3+5412345000013:14+5412345000020:14+260105:1200+REF42'{group}UNZ+1+REF42'".encode()
    (answer,) = answered(data)
    assert segments(answer.data, "UCF") == [["UCF", "G1", ["A", "14"], ["B", "14"], "7"]]
    assert segments(answer.data, "UCM") == [["UCM", "1", ["ORDERS", "D", "96A", "UN", "EAN008"], "7"]]
    (answer,) = answered(data.replace(b"UNE+1", b"UNE+2"))
    assert segments(answer.data, "UCF") == [["UCF", "G1", ["A", "14"], ["B", "14"], "4", "29", "UNE", "2"]]
    assert segments(answer.data, "UCM") == []


def test_one_bad_set_among_five_hundred_affects_only_itself(samples) -> None:
    order = samples.order_850
    sets = []
    for number in range(1, 501):
        lines = (f"ST*850*{number:04}", *order.lines[1:-1], f"SE*28*{number:04}")
        edited = type(order)(lines, "*")
        sets.append(edited.replace("BEG", "BEG*XX*SA*1**20260105") if number == 250 else edited)
    (answer,) = answered(samples.x12(*sets))
    verdicts = segments(answer.data, "AK5")
    assert len(verdicts) == 500
    assert [place for place, verdict in enumerate(verdicts, 1) if verdict != ["AK5", "A"]] == [250]
    assert segments(answer.data, "AK9") == [["AK9", "P", "500", "500", "499"]]


def test_one_bad_message_among_many_affects_only_itself(samples) -> None:
    messages = []
    for number in range(1, 51):
        lines = (f"UNH+{number}+ORDERS:D:96A:UN:EAN008", *samples.orders.lines[1:-1], f"UNT+32+{number}")
        edited = type(samples.orders)(lines, "+")
        messages.append(edited.replace("BGM", "BGM+220+1+XX") if number == 25 else edited)
    (answer,) = answered(samples.edifact(*messages))
    actions = [report[3] for report in segments(answer.data, "UCM")]
    assert (len(actions), actions[24], actions.count("4")) == (50, "4", 1)


def test_each_group_gets_a_group_and_each_interchange_an_interchange(samples) -> None:
    one = samples.x12(samples.order_850).decode()
    two_groups = one.replace("GE*1*77~", "GE*1*77~" + one[one.index("GS*") : one.index("IEA")].replace("*77", "*78")).replace(
        "IEA*1", "IEA*2"
    )
    made = answered((two_groups + one).encode())
    assert [answer.groups for answer in made] == [("1", "2"), ("3",)]
    assert [segment[2] for segment in segments(made[0].data, "AK1")] == ["77", "78"]


def test_what_is_an_acknowledgment_gets_none(samples) -> None:
    for answer in (*answered(samples.x12(samples.order_850, requested="1")), *answered(samples.edifact(samples.orders))):
        assert answered(answer.data) == []


def test_only_what_is_no_acknowledgment_is_answered_in_a_mixed_interchange(samples) -> None:
    (contrl,) = taken_apart(answered(samples.edifact(samples.orders))[0].data).messages
    inside = "".join("+".join(":".join(e) if isinstance(e, list) else e for e in segment) + "'" for segment in contrl)
    data = samples.edifact(samples.orders).replace(b"UNZ+1", inside.encode() + b"UNZ+2")
    (answer,) = answered(data)
    assert [report[2][0] for report in segments(answer.data, "UCM")] == ["ORDERS"]


def test_a_blank_behind_a_tag_is_no_fault_of_the_standard(samples) -> None:
    data = samples.x12(samples.order_850.replace("FOB", "FOB *PP"))
    assert answered(data)[0].verdict == "accepted"


def test_a_type_that_no_dictionary_has_still_gets_its_verdict(samples) -> None:
    data = samples.x12(samples.order_850).replace(b"ST*850*", b"ST*864*")
    (answer,) = answered(data)
    assert segments(answer.data, "AK5") == [["AK5", "A"]]
    (answer,) = answered(data, AckPolicy(unknown_types="reject"))
    assert segments(answer.data, "AK5") == [["AK5", "R", "1"]]
    other = samples.edifact(samples.orders).replace(b"+ORDERS:", b"+PRODAT:")
    (answer,) = answered(other, AckPolicy(unknown_types="reject"))
    assert segments(answer.data, "UCM")[0][3:] == ["4", "17"]


def test_the_answer_echoes_release_identities_and_test_flag(samples) -> None:
    data = samples.x12(samples.order_850, version="005010", isa="00501")
    (answer,) = answered(data)
    isa, gs, st, ak1 = (line.split("*") for line in answer.data.decode().split("~")[:4])
    assert (isa[5:9], isa[11:13], isa[15]) == (["ZZ", "EDIHUB         ", "ZZ", "ACME           "], ["^", "00501"], "T")
    assert gs[1:4] == ["FA", "EDIHUBPO", "ACMEPO"]
    assert (gs[8], st[1], ak1) == ("005010", "997", ["AK1", "PO", "77", "005010"])


@pytest.mark.parametrize("version", ["004010", "004010VICS", "004030", "003060", "005010"])
def test_a_997_is_written_in_the_release_it_answers(samples, version) -> None:
    (answer,) = answered(samples.x12(samples.order_850, version=version))
    gs = next(line for line in answer.data.decode().split("~") if line.startswith("GS")).split("*")
    assert gs[8] == version
    assert len(gs[4]) == (6 if version < "004010" else 8)


def test_a_999_is_always_005010_and_names_the_convention_it_was_sent_by(samples) -> None:
    order = samples.order_850.replace("ST", "ST*850*0001*005010VICS")
    data = samples.x12(order, version="005010", isa="00501")
    (answer,) = answered(data, AckPolicy(functional="999"))
    assert segments(answer.data, "ST") == [["ST", "999", "0001", "005010X231A1"]]
    assert segments(answer.data, "AK2") == [["AK2", "850", "0001", "005010VICS"]]
    assert b"*005010X231A1~ST*999" in answer.data


@pytest.mark.parametrize(
    ("header", "syntax", "identifier"),
    [
        ("UNH+1+ORDERS:D:96A:UN:EAN008", "UNOA:2", ["CONTRL", "2", "2", "UN", "EAN002"]),
        ("UNH+1+ORDERS:D:01B:UN:EAN010", "UNOC:3", ["CONTRL", "D", "3", "UN", "EAN004"]),
        ("UNH+1+ORDERS:D:96A:UN", "UNOC:3", ["CONTRL", "D", "3", "UN"]),
        ("UNH+1+ORDERS:D:01B:UN:EAN010", "UNOC:4", ["CONTRL", "4", "1", "UN"]),
    ],
)
def test_a_contrl_is_in_the_directory_that_its_syntax_asks_for(samples, header, syntax, identifier) -> None:
    (answer,) = answered(samples.edifact(samples.orders.replace("UNH", header), syntax=syntax))
    assert segments(answer.data, "UNH") == [["UNH", "0001", identifier]]


def test_a_directory_that_was_agreed_wins(samples) -> None:
    (answer,) = answered(samples.edifact(samples.orders), AckPolicy(directory="D:3:UN:EAN004"))
    assert segments(answer.data, "UNH") == [["UNH", "0001", ["CONTRL", "D", "3", "UN", "EAN004"]]]


def test_the_sender_and_recipient_of_uci_are_those_of_the_interchange_and_the_envelope_has_them_swapped(samples) -> None:
    (answer,) = answered(samples.edifact(samples.orders))
    assert b"UNB+UNOC:3+5412345000020:14+5412345000013:14+260106:0930+" in answer.data
    assert segments(answer.data, "UCI")[0][1:4] == ["REF42", ["5412345000013", "14"], ["5412345000020", "14"]]


def test_a_receipt_judges_nothing(samples) -> None:
    (answer,) = answered(samples.edifact(samples.orders.replace("BGM", "BGM+220+1+XX")), AckPolicy(receipt_only=True))
    assert segments(answer.data, "UCI")[0][4:] == ["8"]
    assert segments(answer.data, "UCM") == []


@pytest.mark.parametrize(
    ("detail", "tags"), [("element", {"AK2", "AK3", "AK4", "AK5"}), ("message", {"AK2", "AK5"}), ("group", set())]
)
def test_an_agreement_chooses_how_much_is_explained(samples, detail, tags) -> None:
    data = samples.x12(samples.order_850.replace("BEG", "BEG*XX*SA*1**20260105"))
    (answer,) = answered(data, AckPolicy(detail=detail))
    found = {segment[0] for segment in taken_apart(answer.data).messages[0]}
    assert found - {"ST", "AK1", "AK9", "SE"} == tags
    assert segments(answer.data, "AK9")[0][1] == "R"


@pytest.mark.parametrize(
    ("reaction", "verdict"),
    [("accept", ["AK5", "A"]), ("accept_with_errors", ["AK5", "E", "5"]), ("reject", ["AK5", "R", "5"])],
)
def test_an_agreement_decides_what_an_error_of_the_standard_leads_to(samples, reaction, verdict) -> None:
    data = samples.x12(samples.order_850.replace("BEG", "BEG*XX*SA*1**20260105"))
    (answer,) = answered(data, AckPolicy(standard=reaction))
    assert segments(answer.data, "AK5") == [verdict]


def test_a_group_without_names_is_answered_under_those_of_its_interchange(samples) -> None:
    (answer,) = answered(samples.x12(samples.order_850).replace(b"GS*PO*ACMEPO*EDIHUBPO*", b"GS*PO***"))
    assert b"GS*FA*EDIHUB*ACME*" in answer.data


def test_what_cannot_be_written_back_is_told_and_not_sent(samples) -> None:
    data = samples.x12(samples.order_850).replace(b"ACME           ", b"A NAME OF TWENTY LETTERS")
    (answer,) = answered(data)
    assert answer.data == b""
    assert [found.code for found in answer.findings] == ["EDI-195"]


def test_references_that_are_too_long_are_echoed_as_far_as_the_answer_holds_them(samples) -> None:
    data = samples.edifact(samples.orders).replace(b"REF42", b"R" * 15)
    (answer,) = answered(data.replace(b"UNH+1+", b"UNH+" + b"1" * 15 + b"+").replace(b"UNT+32+1", b"UNT+32+" + b"1" * 15))
    assert segments(answer.data, "UCI")[0][1] == "R" * 14
    assert segments(answer.data, "UCM")[0][1] == "1" * 14


def test_a_syntax_version_that_does_not_exist_is_answered_in_one_that_does(samples) -> None:
    (answer,) = answered(samples.edifact(samples.orders, syntax="UNOA:0"))
    assert b"UNB+UNOA:3+" in answer.data
    assert segments(answer.data, "UCI")[0][4] == "7"
