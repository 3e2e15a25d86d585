"""One fault in a right 850: the 997 and the 999 say exactly what and where."""

from __future__ import annotations

import pytest

from hub.testing.acknowledging import answered, taken_apart

# name: (how the fault gets in, AK3 as tag, segment it stands at, code; AK4s as position, element number, code, value)
# The position of the AK3 is that of the segment named by a prefix (and which of them), or a number.
E8 = "8"
ELEMENTS = {
    "a mandatory element is empty": (
        lambda m: m.replace("BEG", "BEG*00*SA***20260105"), ("BEG", "BEG", E8), [("3", "324", "1", "")],
    ),
    "a mandatory element at the end is missing": (
        lambda m: m.replace("BEG", "BEG*00*SA*4500012345"), ("BEG", "BEG", E8), [("5", "373", "1", "")],
    ),
    "two mandatory elements are missing": (
        lambda m: m.replace("BEG", "BEG*00**4500012345"), ("BEG", "BEG", E8), [("2", "92", "1", ""), ("5", "373", "1", "")],
    ),
    "a code is not in its closed list": (
        lambda m: m.replace("BEG", "BEG*XX*SA*4500012345**20260105"), ("BEG", "BEG", E8), [("1", "353", "7", "XX")],
    ),
    "a code is too short": (
        lambda m: m.replace("BEG", "BEG*0*SA*4500012345**20260105"), ("BEG", "BEG", E8), [("1", "353", "4", "0")],
    ),
    "a code is too long": (
        lambda m: m.replace("BEG", "BEG*000*SA*4500012345**20260105"), ("BEG", "BEG", E8), [("1", "353", "5", "000")],
    ),
    "a text is too long": (
        lambda m: m.replace("BEG", "BEG*00*SA*12345678901234567890123**20260105"), ("BEG", "BEG", E8),
        [("3", "324", "5", "12345678901234567890123")],
    ),
    "a date has month 13": (
        lambda m: m.replace("BEG", "BEG*00*SA*1**20261301"), ("BEG", "BEG", E8), [("5", "373", "8", "20261301")],
    ),
    "a date is the thirtieth of February": (
        lambda m: m.replace("DTM*002", "DTM*002*20260230"), ("DTM", "DTM*002", E8), [("2", "373", "8", "20260230")],
    ),
    "a date is the twenty-ninth of February of a common year": (
        lambda m: m.replace("DTM*002", "DTM*002*20260229"), ("DTM", "DTM*002", E8), [("2", "373", "8", "20260229")],
    ),
    "a date has letters": (
        lambda m: m.replace("DTM*002", "DTM*002*2026JANU"), ("DTM", "DTM*002", E8), [("2", "373", "8", "2026JANU")],
    ),
    "a date has six digits": (
        lambda m: m.replace("DTM*002", "DTM*002*260120"), ("DTM", "DTM*002", E8), [("2", "373", "4", "260120")],
    ),
    "a time has hour 25": (
        lambda m: m.replace("DTM*002", "DTM*002*20260120*2500"), ("DTM", "DTM*002", E8), [("3", "337", "9", "2500")],
    ),
    "a time has minute 60": (
        lambda m: m.replace("DTM*002", "DTM*002*20260120*1260"), ("DTM", "DTM*002", E8), [("3", "337", "9", "1260")],
    ),
    "a time is too short": (
        lambda m: m.replace("DTM*002", "DTM*002*20260120*12"), ("DTM", "DTM*002", E8), [("3", "337", "4", "12")],
    ),
    "none of the elements of which one is required": (
        lambda m: m.replace("DTM*002", "DTM*002"), ("DTM", "DTM*002", E8), [("2", "373", "2", "")],
    ),
    "a reference without number and description": (
        lambda m: m.replace("REF*DP", "REF*DP"), ("REF", "REF*DP", E8), [("2", "127", "2", "")],
    ),
    "the second of a pair is missing": (
        lambda m: m.replace("PER", "PER*BD*Ann Buyer*TE"), ("PER", "PER", E8), [("4", "364", "2", "")],
    ),
    "the first of a pair is missing": (
        lambda m: m.replace("PER", "PER*BD*Ann Buyer**5551234"), ("PER", "PER", E8), [("3", "365", "2", "")],
    ),
    "a product id without its qualifier": (
        lambda m: m.replace("PO1*1", "PO1*1*10*EA*9.25*PE**012345678905*IN*A100"), ("PO1", "PO1*1", E8), [("6", "235", "2", "")],
    ),
    "a qualifier without its product id": (
        lambda m: m.replace("PO1*2", "PO1*2*5*CA*100**UP*012345678912*VN"), ("PO1", "PO1*2", E8), [("9", "234", "2", "")],
    ),
    "a unit without its quantity": (
        lambda m: m.replace("PO1*1", "PO1*1**EA*9.25*PE*UP*012345678905"), ("PO1", "PO1*1", E8), [("2", "330", "2", "")],
    ),
    "a price basis without its price": (
        lambda m: m.replace("PO1*1", "PO1*1*10*EA**PE*UP*012345678905"), ("PO1", "PO1*1", E8), [("4", "212", "2", "")],
    ),
    "a decimal comma": (
        lambda m: m.replace("PO1*1", "PO1*1*10*EA*9,25*PE*UP*012345678905"), ("PO1", "PO1*1", E8), [("4", "212", "6", "9,25")],
    ),
    "a quantity in letters": (
        lambda m: m.replace("PO1*1", "PO1*1*ten*EA*9.25*PE*UP*012345678905"), ("PO1", "PO1*1", E8), [("2", "330", "6", "ten")],
    ),
    "a quantity with a thousands separator": (
        lambda m: m.replace("PO1*1", "PO1*1*1,000*EA*9.25*PE*UP*012345678905"), ("PO1", "PO1*1", E8), [("2", "330", "6", "1,000")],
    ),
    "a quantity of sixteen digits": (
        lambda m: m.replace("PO1*1", "PO1*1*1234567890123456*EA*9.25*PE*UP*012345678905"), ("PO1", "PO1*1", E8),
        [("2", "330", "5", "1234567890123456")],
    ),
    "a unit of four letters": (
        lambda m: m.replace("PO1*1", "PO1*1*10*EACH*9.25*PE*UP*012345678905"), ("PO1", "PO1*1", E8), [("3", "355", "5", "EACH")],
    ),
    "a unit of one letter": (
        lambda m: m.replace("PO1*1", "PO1*1*10*E*9.25*PE*UP*012345678905"), ("PO1", "PO1*1", E8), [("3", "355", "4", "E")],
    ),
    "a decimal point in an amount with implied decimals": (
        lambda m: m.replace("SAC", "SAC*A*C310***10.00"), ("SAC", "SAC", E8), [("5", "610", "6", "10.00")],
    ),
    "an allowance indicator that does not exist": (
        lambda m: m.replace("SAC", "SAC*Z*C310***1000"), ("SAC", "SAC", E8), [("1", "248", "7", "Z")],
    ),
    "a party without name and id": (
        lambda m: m.replace("N1*ST", "N1*ST"), ("N1", "N1*ST", E8), [("2", "93", "2", "")],
    ),
    "a party id without its value": (
        lambda m: m.replace("N1*ST", "N1*ST*Store 7*92"), ("N1", "N1*ST", E8), [("4", "67", "2", "")],
    ),
    "a location without its qualifier": (
        lambda m: m.replace("N4", "N4*Springfield*IL*62701*US**DOCK"), ("N4", "N4", E8), [("5", "309", "2", "")],
    ),
    "two elements that exclude each other": (
        lambda m: m.replace("QTY", "QTY*21*5**five"), ("QTY", "QTY", E8), [("4", "61", "10", "five")],
    ),
    "an element too many": (
        lambda m: m.replace("N3", "N3*1 Main Street*Floor 2*Door 3"), ("N3", "N3", E8), [("3", "", "3", "Door 3")],
    ),
    "an element too many, said with the bad value that would break the answer left out": (
        lambda m: m.replace("N3", "N3*1 Main Street*Floor 2*Door>3"), ("N3", "N3", E8), [("3", "", "3", "")],
    ),
    "a count of lines that is no number": (
        lambda m: m.replace("CTT", "CTT*two*15"), ("CTT", "CTT", E8), [("1", "354", "6", "two")],
    ),
    "a count of lines missing": (
        lambda m: m.replace("CTT", "CTT**15"), ("CTT", "CTT", E8), [("1", "354", "1", "")],
    ),
    "a store's quantity in letters": (
        lambda m: m.replace("SDQ", "SDQ*EA*92*0007*four*0008*6"), ("SDQ", "SDQ", E8), [("4", "380", "6", "four")],
    ),
    "a store without its quantity": (
        lambda m: m.replace("SDQ", "SDQ*EA*92*0007*4*0008"), ("SDQ", "SDQ", E8), [("6", "380", "2", "")],
    ),
    "a composite without its mandatory component": (
        lambda m: m.replace("CTP", "CTP**UCP*9.25*1*>2"), ("CTP", "CTP", E8), [("5>1", "355", "1", "")],
    ),
    "a component that is too long": (
        lambda m: m.replace("CTP", "CTP**UCP*9.25*1*EACH>2"), ("CTP", "CTP", E8), [("5>1", "355", "5", "EACH")],
    ),
    "a component in letters": (
        lambda m: m.replace("CTP", "CTP**UCP*9.25*1*EA>two"), ("CTP", "CTP", E8), [("5>2", "1018", "6", "two")],
    ),
}  # fmt: skip

SEGMENTS = {
    "a segment nobody knows": (lambda m: m.before("TD5", "XYZ*1"), ("XYZ", "XYZ", "1")),
    "two segments nobody knows": (lambda m: m.before("TD5", "XYZ*1", "XYA*2"), ("XYZ", "XYZ", "1"), ("XYA", "XYA", "1")),
    "a tag in small letters": (lambda m: m.before("TD5", "ref*IA*7"), ("REF", "ref", "1")),
    "a segment of another set": (lambda m: m.before("TD5", "BAK*00*AC*1*20260105"), ("BAK", "BAK", "6")),
    "an address before its party": (lambda m: m.before("N1*ST", "N3*1 Main Street"), ("N3", "N3", "2")),
    "a date behind the parties": (lambda m: m.remove("DTM*010").before("PO1*1", "DTM*010*20260115"), ("DTM", "DTM*010", "7")),
    "a reference behind the dates": (lambda m: m.remove("REF*IA").before("TD5", "REF*IA*V1234"), ("REF", "REF*IA", "7")),
    "the totals before the lines": (lambda m: m.remove("CTT").before("PO1*1", "CTT*2*15"), ("CTT", "CTT", "7")),
    "no begin segment": (lambda m: m.remove("BEG"), ("BEG", 2, "3")),
    "no line": (
        lambda m: type(m)((*m.lines[:18], *m.lines[26:]), m.mark), ("PO1", 19, "3"),
    ),
    "a third address line": (
        lambda m: m.after("N3", "N3*Floor 2", "N3*Door 3"), ("N3", ("N3", 3), "5"),
    ),
    "a second currency": (lambda m: m.after("CUR", "CUR*BY*EUR"), ("CUR", ("CUR", 2), "5")),
    "a fourth contact": (
        lambda m: m.after("PER", *["PER*BD*Bo*TE*1"] * 3), ("PER", ("PER", 4), "5"),
    ),
    "an eleventh date": (
        lambda m: m.after("DTM*010", *["DTM*010*20260116"] * 9), ("DTM", ("DTM", 11), "5"),
    ),
    "a twenty-sixth allowance": (
        lambda m: m.after("SAC", *["SAC*A*C310***1"] * 25), ("SAC", ("SAC", 26), "4"),
    ),
    "a begin segment twice": (lambda m: m.after("BEG", "BEG*00*SA*2**20260105"), ("BEG", ("BEG", 2), "5")),
}  # fmt: skip


def position(message, place) -> int:
    if isinstance(place, int):
        return place
    return message.at(*place) if isinstance(place, tuple) else message.at(place)


def only_set(data: bytes) -> list:
    """The segments of the one transaction set in an answer that our own dictionary finds nothing wrong with."""
    seen = taken_apart(data)
    assert seen.findings == []
    (segments,) = seen.messages
    return segments


def notes(segments: list, tag: str) -> list:
    return [segment for segment in segments if segment[0] == tag]


def expected_elements(tag: str, rows: list) -> list:
    made = []
    for row in rows:
        segment = [tag, *row]
        while not segment[-1]:
            segment.pop()
        made.append(segment)
    return made


@pytest.mark.parametrize(("ack", "segment", "element"), [("997", "AK3", "AK4"), ("999", "IK3", "IK4")])
@pytest.mark.parametrize("name", ELEMENTS)
def test_a_fault_in_an_element_is_named_by_position_number_and_code(samples, name, ack, segment, element) -> None:
    from hub.edi.acknowledge import AckPolicy

    put, (tag, place, code), rows = ELEMENTS[name]
    message = put(samples.order_850).counted()
    (answer,) = answered(samples.x12(message), AckPolicy(functional=ack))
    found = only_set(answer.data)
    assert notes(found, segment) == [[segment, tag, str(position(message, place)), "", code]]
    assert notes(found, element) == expected_elements(element, rows)


@pytest.mark.parametrize("name", SEGMENTS)
def test_a_fault_in_the_structure_is_named_by_segment_position_and_code(samples, name) -> None:
    put, *rows = SEGMENTS[name]
    message = put(samples.order_850).counted()
    (answer,) = answered(samples.x12(message))
    found = only_set(answer.data)
    assert notes(found, "AK3") == [["AK3", tag, str(position(message, place)), "", code] for tag, place, code in rows]
    assert notes(found, "AK4") == []


def test_a_right_850_is_accepted_without_a_word(samples) -> None:
    (answer,) = answered(samples.x12(samples.order_850))
    assert only_set(answer.data)[1:-1] == [
        ["AK1", "PO", "77"], ["AK2", "850", "0001"], ["AK5", "A"], ["AK9", "A", "1", "1", "1"],
    ]  # fmt: skip
    assert answer.verdict == "accepted"


@pytest.mark.parametrize("version", ["004010", "004010VICS", "005010"])
def test_the_samples_are_right_in_every_release(samples, version) -> None:
    assert taken_apart(samples.x12(samples.order_850, version=version)).findings == []


def test_two_faults_of_one_segment_share_its_note(samples) -> None:
    message = samples.order_850.replace("BEG", "BEG*XX*SA*1**20261301").counted()
    found = only_set(answered(samples.x12(message))[0].data)
    assert found[3:-2] == [
        ["AK3", "BEG", "2", "", "8"], ["AK4", "1", "353", "7", "XX"], ["AK4", "5", "373", "8", "20261301"], ["AK5", "R", "5"],
    ]  # fmt: skip


def test_notes_stand_in_the_order_of_the_message(samples) -> None:
    message = (
        samples.order_850.replace("CTT", "CTT*two").before("TD5", "XYZ*1").replace("BEG", "BEG*XX*SA*1**20260105").counted()
    )
    found = only_set(answered(samples.x12(message))[0].data)
    assert [segment[1] for segment in notes(found, "AK3")] == ["BEG", "XYZ", "CTT"]


@pytest.mark.parametrize(("ack", "segment", "element"), [("997", "AK3", "AK4"), ("999", "IK3", "IK4")])
def test_a_note_holds_one_code_so_that_a_misplaced_segment_with_a_bad_element_has_two(samples, ack, segment, element) -> None:
    from hub.edi.acknowledge import AckPolicy

    message = samples.order_850.remove("REF*IA").before("TD5", "REF*IA*" + "1" * 31).counted()
    (answer,) = answered(samples.x12(message), AckPolicy(functional=ack))
    found = only_set(answer.data)
    assert found[3:-2] == [
        [segment, "REF", "11", "", "7"], [segment, "REF", "11", "", "8"], [element, "2", "127", "5", "1" * 31],
        [segment.replace("3", "5"), "E", "5"],
    ]  # fmt: skip


def test_an_element_that_two_conditions_ask_for_is_named_once(samples) -> None:
    message = samples.order_850.replace("SAC", "SAC*A****1000********R1").counted()
    found = only_set(answered(samples.x12(message))[0].data)
    assert notes(found, "AK4") == [["AK4", "2", "1300", "2"]]
