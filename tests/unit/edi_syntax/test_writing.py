"""The writer: padding, counts, escaping, trimmed ends, and what happens to characters a partner cannot read."""

import pytest

from hub.edi.characters import CharacterPolicy, FreeText, Repertoire
from hub.edi.tree import Delimiters, PartyId
from hub.edi.write import (
    X12_DELIMITERS,
    Body,
    EdifactEnvelope,
    GroupBody,
    Writer,
    X12Envelope,
    write_edifact,
    write_x12,
)

BUYER, SELLER = PartyId(qualifier="ZZ", id="GREENFIELD"), PartyId(qualifier="14", id="5412345000020", internal="BOX")


def x12(segments, **more):
    envelope = X12Envelope(sender=BUYER, receiver=SELLER, control_number="9", date="260924", time="1059", **more)
    group = GroupBody(
        type="PR",
        sender=BUYER,
        receiver=SELLER,
        control_number="4",
        date="20260924",
        time="1059",
        version="004010",
        messages=[Body(type="855", control_number="0001", segments=segments)],
    )
    return write_x12(envelope, [group])


def test_isa_is_padded_to_its_106_characters_and_counts_are_right():
    data = x12([["BAK", "00", "AD", "PO-1"]], line_end="\n").data.decode().splitlines()
    assert data == [
        "ISA*00*          *00*          *ZZ*GREENFIELD     *14*5412345000020  *260924*1059*U*00401*000000009*0*P*>~",
        "GS*PR*GREENFIELD*5412345000020*20260924*1059*4*X*004010~",
        "ST*855*0001~",
        "BAK*00*AD*PO-1~",
        "SE*3*0001~",
        "GE*1*4~",
        "IEA*1*000000009~",
    ]
    assert len(data[0]) == 106


def test_isa11_is_the_repetition_separator_from_00402_on():
    assert b"*U*00401*" in x12([]).data
    assert b"*^*00501*" in x12([], version="00501").data


def test_trailing_empty_elements_and_components_are_not_written():
    writer = Writer("edifact", Delimiters(segment="'", element="+", component=":", release="?"))
    assert writer.segment(["NAD", "BY", ["541", "", "9", ""], "", ""]) == b"NAD+BY+541::9'"
    assert writer.segment(["UNS", ""]) == b"UNS'"


def test_service_characters_in_edifact_data_are_released():
    writer = Writer("edifact", Delimiters(segment="'", element="+", component=":", release="?"))
    assert writer.segment(["IMD", "F", "O'NEIL 1+1: 2?"]) == b"IMD+F+O?'NEIL 1?+1?: 2??'"


def test_edifact_envelope_with_una_groups_and_flags():
    envelope = EdifactEnvelope(
        sender=BUYER,
        receiver=SELLER,
        control_number="R7",
        date="260924",
        time="1059",
        ack_requested=True,
        test="test",
        application_reference="ORDRSP",
        line_end="\n",
    )
    message = Body(type="ORDRSP", version="D", release="96A", association="EAN005", control_number="1", segments=[["UNS", "S"]])
    assert write_edifact(envelope, [message]).data.decode().splitlines() == [
        "UNA:+.? '",
        "UNB+UNOC:3+GREENFIELD:ZZ+5412345000020:14:BOX+260924:1059+R7++ORDRSP++1++1'",
        "UNH+1+ORDRSP:D:96A:UN:EAN005'",
        "UNS+S'",
        "UNT+3+1'",
        "UNZ+1+R7'",
    ]


def test_an_identifier_with_a_service_character_is_refused_and_nothing_is_written():
    written = x12([["REF", "VN", "A*1"]])
    assert written.data == b""
    assert written.refused
    (found,) = written.findings
    assert (found.code, found.where.segment, found.where.element, found.where.message) == ("EDI-194", "REF", 2, "0001")
    assert found.who == "operator"


@pytest.mark.parametrize("bad", ["PO~1", "PO>1", "ȘT-1", "A\nB"])
def test_values_that_are_not_free_text_are_never_changed(bad):
    assert x12([["REF", "VN", bad]]).refused


def test_free_text_is_transliterated_blanked_and_cut_with_a_finding_each():
    written = x12([["N1", "ST", FreeText("Băcănia Țăranului~Iași", 20)]])
    assert b"N1*ST*Bacania Taranului Ia~" in written.data
    assert [found.code for found in written.findings] == ["EDI-190", "EDI-192", "EDI-193"]
    assert not written.refused


def test_letters_the_character_set_has_are_left_alone():
    writer = Writer("x12", X12_DELIMITERS, charset="iso8859-1")
    assert (
        writer.segment(["N1", "ST", FreeText("Épicerie Ștefan – 5 €")]).decode("iso8859-1") == "N1*ST*Épicerie Stefan - 5 EUR~"
    )


def test_policy_replaces_or_refuses_where_the_agreement_says_so():
    replaced = Repertoire("ascii", "", CharacterPolicy(lacking="replace", replacement="_")).fit(FreeText("Ștefan"))
    assert (replaced.text, replaced.done) == ("_tefan", ("replaced",))
    assert Repertoire("ascii", "", CharacterPolicy(lacking="refuse")).fit(FreeText("Ștefan")).refused == "Ș"
    assert Repertoire("ascii", "~", CharacterPolicy(blocked="refuse")).fit(FreeText("a~b")).refused == "~"
    assert Repertoire("UNOA", "", CharacterPolicy(upper=True)).fit(FreeText("abc")).text == "ABC"


def test_a_name_that_does_not_fit_isa_is_refused():
    long = PartyId(qualifier="ZZ", id="A" * 16)
    envelope = X12Envelope(sender=long, receiver=SELLER, control_number="1", date="260924", time="1059")
    written = write_x12(envelope, [])
    assert written.refused
    assert [(found.code, found.where.element) for found in written.findings] == [("EDI-195", 6)]


def test_elements_as_read_keep_their_component_separators():
    assert x12([["SV1", "HC>99213"]]).refused
    assert b"SV1*HC>99213~" in x12([["SV1", "HC>99213"]], joined=True).data


def test_a_composite_of_x12_is_joined_by_its_separator():
    assert b"SV1*HC>99213~" in x12([["SV1", ["HC", "99213", ""]]]).data


def test_ta1_stands_before_the_groups_and_is_not_counted():
    envelope = X12Envelope(sender=BUYER, receiver=SELLER, control_number="1", date="260924", time="1059")
    data = write_x12(envelope, [], ta1=[["TA1", "000000007", "260924", "1059", "A", "000"]]).data
    assert data.endswith(b"TA1*000000007*260924*1059*A*000~IEA*0*000000001~")
