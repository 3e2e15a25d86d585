"""What the readers put into interchange, group and message values, and where findings point."""

import mmap

import pytest

from hub.edi.limits import Limits
from hub.edi.locate import locate
from hub.edi.read import read
from hub.edi.tree import Group, GroupEnd, Interchange, InterchangeEnd, Message, Repeats
from hub.errors import InputError

ISA = b"ISA*00*          *00*          *ZZ*GREENFIELD     *01*049876543      *260924*1059*U*00401*000000101*1*T*>~"
GS = b"GS*PO*GREEN*0498*20260924*1059*7*X*004010VICS~"
ORDER = b"ST*850*0001~BEG*00*SA*PO-1**20260924~PO1*1*2*EA*3.5**UP*036000291452~CTT*1~SE*5*0001~"
TAIL = b"GE*1*7~IEA*1*000000101~"
UNB = b"UNB+UNOC:3+5412345000013:14:DIV+5412345000020:14:BOX+260924:1059+R1+PW:AA+ORDERS+A+1+EANCOM+1'"
UNH = b"UNH+1+ORDERS:D:96A:UN:EAN008'"


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def codes(*holders):
    return [found.code for holder in holders for found in holder.findings]


def test_events_come_in_the_order_of_the_file():
    events = list(read(ISA + GS + ORDER + TAIL))
    assert [type(event) for event in events] == [Interchange, Group, Message, GroupEnd, InterchangeEnd]
    assert events[3].group is events[1]
    assert events[4].interchange is events[0]


@pytest.mark.parametrize("count", [1, 499, 1200])
def test_the_tags_of_a_message_are_those_of_its_segments(count):
    lines = b"PO1*1*2*EA~PID*F****x~" * count
    (order,) = of(Message, read(ISA + GS + b"ST*850*0001~" + lines + b"SE*%d*0001~" % (2 * count + 2) + TAIL))
    edifact = UNB + UNH + b"LIN+1++4:EN'FTX+AAI+++a?'b'" * count + b"UNT+%d+1'UNZ+1+R1'" % (2 * count + 2)
    for message in (order, *of(Message, read(edifact))):
        assert message.findings == []
        assert message.tags == [segment[0] for segment in message.segments]
    (indented,) = of(Message, read(UNB + UNH + b"LIN:1+1'UNT+3+1'UNZ+1+R1'"))
    assert [segment[0] for segment in indented.segments] == ["UNH", "LIN", "UNT"]


def test_an_isa_says_who_when_what_and_whether_it_is_a_test():
    interchange = next(iter(read(ISA + GS + ORDER + TAIL)))
    assert (interchange.sender.qualifier, interchange.sender.id) == ("ZZ", "GREENFIELD")
    assert (interchange.receiver.qualifier, interchange.receiver.id) == ("01", "049876543")
    assert (interchange.control_number, interchange.version, interchange.date, interchange.time) == (
        "000000101",
        "00401",
        "260924",
        "1059",
    )
    assert interchange.test == "test"
    assert interchange.ack_requested
    assert len(interchange.header) == 17


def test_a_group_keeps_its_version_as_sent_and_governs_its_transaction_sets():
    events = list(read(ISA + GS + ORDER + TAIL))
    group, message = of(Group, events)[0], of(Message, events)[0]
    assert (group.type, group.sender.id, group.control_number, group.version) == ("PO", "GREEN", "7", "004010VICS")
    assert message.version == "004010VICS"
    assert message.segments[2] == ["PO1", "1", "2", "EA", "3.5", "", "UP", "036000291452"]
    assert message.raw.encode() == ORDER
    assert message.offset == len(ISA + GS)


def test_a_unb_says_addresses_reference_application_agreement_and_test():
    data = UNB + UNH + b"BGM+220+PO-1+9'UNT+3+1'UNZ+1+R1'"
    interchange = next(iter(read(data)))
    assert (interchange.sender.id, interchange.sender.qualifier, interchange.sender.internal) == ("5412345000013", "14", "DIV")
    assert interchange.receiver.internal == "BOX"
    assert (interchange.application_reference, interchange.agreement) == ("ORDERS", "EANCOM")
    assert interchange.ack_requested
    assert interchange.test == "test"
    assert interchange.charset == "iso8859-1"


def test_an_edifact_element_is_text_components_or_repetitions():
    body = b"BGM+220+A?+B+9'IMD+F++:::X ?: Y'RFF+A:1*B:2'"
    data = UNB.replace(b"UNOC:3", b"UNOC:4") + UNH + body + b"UNT+5+1'UNZ+1+R1'"
    message = of(Message, read(data))[0]
    assert message.segments[1] == ["BGM", "220", "A+B", "9"]
    assert message.segments[2] == ["IMD", "F", "", ["", "", "", "X : Y"]]
    assert message.segments[3] == ["RFF", Repeats([["A", "1"], ["B", "2"]])]


def test_the_asterisk_is_data_before_syntax_4():
    data = b"UNA:+.?*'" + UNB + UNH + b"IMD+F++:::A*B'UNT+3+1'UNZ+1+R1'"
    interchange, _, message, *_ = read(data)
    assert message.segments[1] == ["IMD", "F", "", ["", "", "", "A*B"]]
    assert interchange.delimiters.repetition == ""


@pytest.mark.parametrize(("version", "eleventh", "expected"), [("00401", "^", ""), ("00402", "^", "^"), ("00501", "U", "")])
def test_isa11_separates_repetitions_from_version_00402_on_and_never_as_a_letter(version, eleventh, expected):
    isa = ISA.replace(b"*U*00401", f"*{eleventh}*{version}".encode())
    interchange = next(iter(read(isa + GS + ORDER + TAIL)))
    assert interchange.delimiters.repetition == expected


def test_a_decimal_mark_is_given_as_declared():
    data = b"UNA:+,? '" + UNB + UNH + b"UNT+2+1'UNZ+1+R1'"
    assert next(iter(read(data))).delimiters.decimal == ","


def test_a_wrong_count_points_at_its_trailer_and_counts_segments_from_st():
    data = ISA + GS + ORDER.replace(b"SE*5", b"SE*4") + TAIL
    finding = of(Message, read(data))[0].findings[0]
    where = finding.where
    assert (finding.code, where.segment, where.element, where.segment_index) == ("EDI-172", "SE", 1, 5)
    assert data[where.offset :].startswith(b"SE*4")
    assert (where.interchange, where.group, where.message) == ("000000101", "7", "0001")
    assert finding.value == "4"


def test_control_numbers_of_numeric_elements_are_compared_as_numbers_and_others_as_text():
    data = ISA + GS + ORDER + b"GE*1*0007~IEA*1*101~"
    assert not codes(*of(Interchange, read(data)), *of(Group, read(data)))
    data = ISA + GS + ORDER.replace(b"SE*5*0001", b"SE*5*1") + TAIL
    assert codes(*of(Message, read(data))) == ["EDI-171"]
    data = UNB + UNH + b"UNT+2+1'UNZ+1+0R1'"
    assert codes(*of(Interchange, read(data))) == ["EDI-151"]


def test_one_missing_trailer_leaves_the_other_messages_alone():
    broken = ORDER.replace(b"SE*5*0001~", b"")
    data = ISA + GS + broken + ORDER.replace(b"0001", b"0002") + b"GE*2*7~IEA*1*000000101~"
    first, second = of(Message, read(data))
    assert codes(first) == ["EDI-170"]
    assert data[first.findings[0].where.offset :].startswith(b"ST*850*0002")
    assert not codes(second)


def test_a_second_use_of_a_control_number_is_a_warning():
    data = ISA + GS + ORDER + ORDER + b"GE*2*7~IEA*1*000000101~"
    first, second = of(Message, read(data))
    assert not first.findings
    assert [(found.code, found.severity) for found in second.findings] == [("EDI-179", "warning")]


def test_a_reference_of_edifact_is_used_again_only_with_the_same_type_and_version():
    again = UNB + (UNH + b"UNT+2+1'") * 2 + b"UNZ+2+R1'"
    assert [codes(message) for message in of(Message, read(again))] == [[], ["EDI-179"]]
    other = UNB + UNH + b"UNT+2+1'" + UNH.replace(b"ORDERS", b"ORDCHG") + b"UNT+2+1'UNZ+2+R1'"
    assert not codes(*of(Message, read(other)))


def test_messages_without_a_number_are_not_told_that_it_occurs_again():
    data = ISA + GS + ORDER.replace(b"*0001", b"*") * 2 + b"GE*2*7~IEA*1*000000101~"
    assert [codes(message) for message in of(Message, read(data))] == [["EDI-174"], ["EDI-174"]]


def test_messages_and_groups_side_by_side_are_an_error_of_the_interchange():
    group = b"UNG+ORDERS+A+B+260924:1059+5+UN+D:96A'" + UNH + b"UNT+2+1'UNE+1+5'"
    data = UNB + group + UNH.replace(b"UNH+1", b"UNH+2") + b"UNT+2+2'UNZ+1+R1'"
    assert codes(*of(Interchange, read(data))) == ["EDI-135"]


def test_another_message_type_in_a_group_is_an_error_of_the_group():
    group = b"UNG+ORDERS+A+B+260924:1059+5+UN+D:96A'" + UNH.replace(b"ORDERS", b"INVOIC") + b"UNT+2+1'UNE+1+5'"
    found = of(Group, read(UNB + group + b"UNZ+1+R1'"))[0].findings
    assert [(one.code, one.wire[0].code) for one in found] == [("EDI-136", "31")]


def test_data_can_come_as_memoryview_and_as_a_mapped_file(tmp_path):
    data = ISA + GS + ORDER + TAIL
    path = tmp_path / "order.edi"
    path.write_bytes(data)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert of(Message, read(mapped, forget=True))[0].segments == of(Message, read(memoryview(data)))[0].segments


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "EDI-002"),
        (b" \r\n", "EDI-002"),
        (b'{"order": 1}', "EDI-001"),
        (b"STX=ANA:1+A+B'", "EDI-003"),
        (b"ISAAC", "EDI-001"),
        (b"ISA*00*bad~GS*PO~ST*850~SE*2*1~", "EDI-006"),
        (b"GS*PO~", "EDI-006"),
        (b"STREET*1", "EDI-001"),
    ],
)
def test_what_is_neither_x12_nor_edifact_is_refused_with_a_cure(data, code):
    with pytest.raises(InputError) as caught:
        next(iter(read(data)))
    assert caught.value.code == code
    assert caught.value.hint


def test_an_isa_cut_at_a_line_end_does_not_swallow_the_group_behind_it():
    lines = [
        b"ISA*00*          *00*          *ZZ*SENDER        *ZZ*RECEIVER",
        b"GS*PO*SENDER*RECEIVER*20240315*1430*1*X*004010",
    ]
    lines += [b"ST*850*0001", b"BEG*00*SA*PO123456**20240315", b"SE*3*0001", b"GE*1*1", b"IEA*1*000000001", b""]
    events = list(read(b"\n".join(lines)))
    message = of(Message, events)[0]
    assert (message.type, message.version, message.control_number, message.segment_count) == ("850", "004010", "0001", 3)
    assert message.interchange.sender.id == "SENDER"
    assert message.interchange.receiver.id == "RECEIVER"
    assert "EDI-111" in {each.code for each in message.interchange.findings}


def test_a_place_behind_the_end_is_the_terminator():
    data = ISA + GS + ORDER + TAIL
    message = of(Message, read(data))[0]
    assert data[locate(message, 4, 9) :].startswith(b"~SE")
    assert locate(message, 99) == message.offset + len(ORDER)


def test_offsets_count_bytes_also_behind_letters_of_several():
    name = "Crèmerie Été".encode()
    order = ORDER.replace(b"CTT*1~", b"N1*ST*" + name + b"*92*7~CTT*1~").replace(b"SE*5", b"SE*6")
    data = ISA + GS + order + TAIL
    message = of(Message, read(data))[0]
    assert data[locate(message, 4, 3) :].startswith(b"92*7")
    assert message.codec == "utf-8"


def test_limits_count_what_they_do_not_keep():
    body = b"PO1*1*2*EA*3.5~" * 200
    data = ISA + GS + b"ST*850*0001~" + body + b"SE*202*0001~" + ORDER.replace(b"0001", b"0002") + b"GE*2*7~IEA*1*000000101~"
    for limits in (
        Limits(message_segments=100),
        Limits(message_segments=100, quick_bytes=0),
        Limits(message_segments=100, quick_bytes=10),
    ):
        long, short = of(Message, read(data, limits))
        assert (long.segment_count, long.complete, codes(long)) == (202, False, ["EDI-177"])
        assert [segment[0] for segment in long.segments] == ["ST", "SE"]
        assert (short.segment_count, short.complete, codes(short)) == (5, True, [])


def test_one_endless_segment_is_a_finding_not_memory():
    data = ISA + GS + b"ST*850*0001~BEG*" + b"A" * 5000 + b"~SE*3*0001~" + TAIL
    for limits in (
        Limits(segment_bytes=1000, quick_bytes=0),
        Limits(segment_bytes=1000, quick_bytes=1),
        Limits(segment_bytes=1000, message_bytes=2000, quick_bytes=1),
    ):
        message = of(Message, read(data, limits))[0]
        assert message.segment_count == 3
        assert not message.complete
