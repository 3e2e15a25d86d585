"""A site folder is loaded whole, or every mistake in it is named at its line."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hub.errors import ConfigError
from hub.routing.identities import Identity
from hub.routing.load import examine_site, load_site

ACME = """\
partner: acme
identities:
  x12: ZZ:ACME
agreements:
  - receive: x12/004010/850
  - send: x12/004010/855
    triggered_by: [confirmed]
"""


def lines(examined) -> list[str]:
    return [f"{Path(each.file).name}:{each.line} {each.level} {each.code}" for each in examined.diagnostics]


def test_a_short_partner_file_gets_every_default(examine) -> None:
    examined = examine(acme=ACME)
    assert examined.diagnostics == ()
    site = examined.site
    order = site.agreements["acme/receive-x12-004010-850"]
    assert (order.direction, order.guide, order.connection) == ("inbound", "x12/004010/850", "drop")
    assert (order.acknowledged_as, order.acknowledged_when) == ("997", "always")
    assert order.duplicates.window == timedelta(days=90)
    assert order.findings.table == "hold"
    assert str(order.our_party().id) == "EDIHUB"
    assert order.their_party().qualifier == "ZZ"
    response = site.agreements["acme/send-x12-004010-855"]
    assert (response.direction, response.triggered_by, response.line) == ("outbound", ("confirmed",), 6)
    assert site.partners["acme"].connection == "drop"


def test_agreements_take_the_partners_defaults_key_by_key(examine) -> None:
    text = """\
partner: acme
time_zone: America/Chicago
identities: {x12: "ZZ:ACME"}
defaults:
  acknowledge: {kind: 999, within: 2h}
  writing: {delimiters: {element: "|"}, technical_request: true}
  values: {vendor_number: "1", department: "2"}
  tolerances: {price: 0.5%, total: 0.05}
agreements:
  - receive: x12/004010/850
    acknowledge: {within: 30m}
    writing: {delimiters: {segment: LF}}
    values: {vendor_number: "9"}
"""
    agreement = examine(acme=text).site.agreements["acme/receive-x12-004010-850"]
    assert (agreement.acknowledge.kind, agreement.acknowledge.within) == ("999", timedelta(minutes=30))
    characters = agreement.writing.service_characters("x12", "004010")
    assert (characters.element, characters.segment, characters.component, characters.repetition) == ("|", "\n", ">", "")
    assert agreement.writing.technical_request is True
    assert agreement.values == {"vendor_number": "9", "department": "2"}
    assert agreement.tolerances.price == Decimal("0.5")
    assert agreement.time_zone == "America/Chicago"


def test_usual_delimiters_follow_standard_and_version(examine) -> None:
    agreement = examine(acme=ACME).site.agreements["acme/receive-x12-004010-850"]
    later = agreement.writing.service_characters("x12", "005010")
    assert (later.component, later.repetition) == (":", "^")
    edifact = agreement.writing.service_characters("edifact")
    assert (edifact.segment, edifact.element, edifact.component, edifact.release, edifact.repetition) == (
        "'",
        "+",
        ":",
        "?",
        "",
    )


def test_paths_in_settings_are_joined_to_the_site_folder(write_site) -> None:
    root = write_site(acme=ACME)
    settings = load_site(root).connections["drop"].settings
    assert settings.inbox == root / "inbox"


def test_a_connection_of_the_partners_own_comes_before_the_shared_one(examine) -> None:
    text = ACME + "connections:\n  mine: {connector: folder, settings: {outbox: out}}\n"
    site = examine(acme=text).site
    assert site.agreements["acme/receive-x12-004010-850"].connection == "acme/mine"
    assert site.connections["acme/mine"].partner == "acme"


def test_every_mistake_of_a_site_is_reported_at_once(examine) -> None:
    text = """\
partner: acme
identities:
  x12: ACME
  gln: "541234500001"
connections:
  mine: {connector: floder, settings: {}}
  other: {connector: folder, settings: {inbx: a}}
agreements:
  - receive: x12/4010/999
    over: mime
  - send: x12/004010/856
    over: mine
  - receive: edifact/D96A/ORDERS
    tables: {uom: nowhere}
"""
    other = ACME.replace("acme", "other").replace("ZZ:ACME", "01:123456789").replace("x12/004010/850", "x12/004010/85")
    examined = examine(acme=text, other=other)
    assert examined.site is None
    assert lines(examined) == [
        "acme.yaml:3 error CFG-113",
        "acme.yaml:4 error CFG-113",
        "acme.yaml:6 error CFG-207",
        "acme.yaml:7 error CFG-102",
        "acme.yaml:9 error CFG-201",
        "acme.yaml:10 error CFG-204",
        "acme.yaml:11 error CFG-201",
        "acme.yaml:11 warning CFG-407",
        "acme.yaml:13 error CFG-203",
        "acme.yaml:14 error CFG-202",
        "acme.yaml:14 error CFG-210",
        "other.yaml:5 error CFG-113",
    ]


def test_a_mistake_in_one_part_hides_nothing_in_the_others(examine) -> None:
    text = (
        ACME.replace("[confirmed]", "[confirmd]").replace("x12/004010/850", "x12/004010/851")
        + "colour: red\ndefaults: {over: nowhere}\n"
    )
    broken_hub = '[identities.main]\nx12 = "EDIHUB"\n'
    expected = ["acme.yaml:5 error CFG-201", "acme.yaml:7 error CFG-105", "acme.yaml:8 error CFG-102"]
    assert lines(examine(acme=text)) == [*expected, "acme.yaml:9 error CFG-204"]
    assert lines(examine(acme=text, hub=broken_hub)) == ["hub.toml:2 error CFG-113", *expected]


@pytest.mark.parametrize(
    ("change", "code", "line"),
    [
        (("receive: x12/004010/850", "receive: edifact/D96A/ORDERS"), "CFG-208", 5),
        (("  - receive: x12/004010/850\n", "  - receive: x12/004010/850\n    ours: second\n"), "CFG-205", 6),
        (("  - receive: x12/004010/850\n", "  - receive: x12/004010/850\n    theirs: ZZ:ACNE\n"), "CFG-209", 6),
        (("  - receive: x12/004010/850\n", "  - receive: x12/004010/850\n    send: x12/004010/855\n"), "CFG-302", 5),
        (("  - receive: x12/004010/850\n", "  - receive: x12/004010/850\n    triggered_by: [confirmed]\n"), "CFG-304", 5),
        (("x12/004010/855", "x12/*/855"), "CFG-305", 6),
        (("receive: x12/004010/850", "receive: x12/*/850"), "CFG-306", 5),
        (
            ("  - send: x12/004010/855", "  - {id: receive-x12-004010-850, receive: x12/005010/850}\n  - send: x12/004010/855"),
            "CFG-307",
            6,
        ),
        (("  - send: x12/004010/855", "  - {id: again, receive: x12/004010/850}\n  - send: x12/004010/855"), "CFG-313", 6),
        (("x12/004010/850\n", "x12/004010/850\n    guide: x12/004010/855\n"), "CFG-314", 6),
        (("x12/004010/850\n", "x12/*/850\n    guide: edifact/D96A/ORDERS\n"), "CFG-314", 6),
        (("    triggered_by: [confirmed]\n", ""), "CFG-407", 6),
        (("x12: ZZ:ACME", "x12: ZZ:EDIHUB"), "CFG-309", 3),
        (("x12: ZZ:ACME", 'x12: ZZ:ACME\n  gln: "5412345000014"'), "CFG-311", 4),
        (("x12: ZZ:ACME", "x12: ZZ:ACMEWITHALONGNAME"), "CFG-113", 3),
    ],
)
def test_each_mistake_has_its_code_and_line(examine, change: tuple[str, str], code: str, line: int) -> None:
    examined = examine(acme=ACME.replace(*change))
    assert (code, line) in [(each.code, each.line) for each in examined.diagnostics]
    assert all(each.hint for each in examined.diagnostics)


def test_a_guide_of_the_same_message_may_be_of_another_version(examine) -> None:
    text = ACME.replace("x12/004010/850\n", "x12/*/850\n    guide: x12/005010/850\n")
    assert examine(acme=text).diagnostics == ()


def test_an_agreement_to_send_needs_an_event_only_where_one_sends_it(examine) -> None:
    asks = ACME.replace("    triggered_by: [confirmed]\n", "")
    assert [(each.level, each.code) for each in examine(acme=asks).diagnostics] == [("warning", "CFG-407")]
    assert examine(acme=asks.replace("send: x12/004010/855", "send: x12/004010/850")).diagnostics == ()


def test_a_default_for_x12_leaves_edifact_its_own_acknowledgment(examine) -> None:
    text = ACME.replace("x12: ZZ:ACME\n", "x12: ZZ:ACME\n  gln: '5412345000013'\ndefaults: {acknowledge: {kind: 999}}\n")
    site = examine(acme=text + "  - receive: edifact/D96A/ORDERS\n").site
    assert site.agreements["acme/receive-edifact-d96a-orders"].acknowledged_as == "contrl"
    assert site.agreements["acme/receive-x12-004010-850"].acknowledged_as == "999"
    own = ACME.replace("  - receive: x12/004010/850\n", "  - receive: x12/004010/850\n    acknowledge: {kind: contrl}\n")
    assert lines(examine(acme=own)) == ["acme.yaml:6 error CFG-312"]


def test_acknowledgments_may_go_over_another_connection(examine) -> None:
    own = "connections:\n  mine: {connector: folder, settings: {outbox: out}}\ndefaults: {over: drop, acknowledge: {over: mine}}\n"
    site = examine(acme=ACME + own).site
    agreement = site.agreements["acme/receive-x12-004010-850"]
    assert (agreement.connection, agreement.acknowledge.over) == ("drop", "acme/mine")
    assert site.partners["acme"].acknowledge.over == "acme/mine"
    assert "acme.yaml:10 error CFG-204" in lines(examine(acme=ACME + own.replace("over: mine", "over: mien")))


def test_two_partners_with_one_id_must_be_told_apart(examine) -> None:
    second = ACME.replace("partner: acme", "partner: beta")
    assert "CFG-310" in [each.code for each in examine(acme=ACME, beta=second).diagnostics]
    told = "told_apart_by: [{role: BY, id: '0042'}]\n"
    assert examine(acme=ACME + told, beta=second + told.replace("0042", "0043")).site is not None


def test_two_files_for_one_partner_are_refused(examine) -> None:
    assert "CFG-308" in [each.code for each in examine(acme=ACME, twin=ACME).diagnostics]


def test_a_partner_with_several_connections_must_say_which(examine) -> None:
    text = (
        ACME
        + "connections:\n  a: {connector: folder, settings: {outbox: a}}\n  b: {connector: folder, settings: {outbox: b}}\n"
    )
    found = examine(acme=text).diagnostics
    assert {each.code for each in found if each.level == "error"} == {"CFG-203"}
    assert examine(acme=text + "defaults: {over: b}\n").site is not None


def test_our_side_may_have_several_identities(examine) -> None:
    hub = '[identities.main]\nx12 = "ZZ:ONE"\n[identities.second]\nx12 = ["ZZ:TWO", "01:222"]\n[connections.d]\nconnector = "folder"\nsettings = {inbox = "i"}\n'
    text = ACME.replace("  - send", "  - send").replace("    triggered_by", "    ours: second\n    triggered_by")
    site = examine(hub=hub, acme=text).site
    assert [str(each) for each in site.agreements["acme/receive-x12-004010-850"].ours] == ["ZZ:ONE", "ZZ:TWO", "01:222"]
    assert site.agreements["acme/send-x12-004010-855"].our_party().id == "TWO"
    assert Identity("x12", "222", "01") in site.identities


def test_a_missing_hub_toml_still_reports_the_partners(write_site) -> None:
    root = write_site(acme=ACME.replace("receive:", "recieve:"))
    (root / "hub.toml").unlink()
    codes = [each.code for each in examine_site(root).diagnostics]
    assert "CFG-110" in codes
    assert "CFG-102" in codes


def test_load_site_raises_all_of_it(write_site) -> None:
    root = write_site(acme="partner: acme\npartner: acme\nnam: x\n")
    with pytest.raises(ConfigError) as caught:
        load_site(root)
    assert [each.code for each in caught.value.diagnostics] == ["CFG-103", "CFG-102"]


def test_an_event_names_every_agreement_that_waits_for_it(examine) -> None:
    text = ACME.replace("[confirmed]\n", "[confirmed]\n  - send: x12/005010/855\n    triggered_by: [confirmed, cancelled]\n")
    site = examine(acme=text).site
    assert [each.id for each in site.triggered("acme", "confirmed")] == ["acme/send-x12-004010-855", "acme/send-x12-005010-855"]
    assert [each.id for each in site.triggered("acme", "cancelled")] == ["acme/send-x12-005010-855"]
    assert site.triggered("acme", "shipped") == ()
    assert site.triggered("nobody", "confirmed") == ()
    assert [each.id for each in site.agreements_of("acme", direction="inbound")] == ["acme/receive-x12-004010-850"]
