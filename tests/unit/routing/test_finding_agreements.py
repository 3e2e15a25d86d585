"""The agreement for an envelope, or a refusal that names what was looked for, what is near, and the cure."""

from __future__ import annotations

import pytest

from hub.edi.tree import PartyId
from hub.errors import HeldForOperator
from hub.routing.agreements import Directory, Envelope, demand_agreement, find_agreement
from hub.routing.refusals import Refusal

PARTNERS = {
    "acme": """\
partner: acme
identities: {x12: ["ZZ:ACME", "ZZ:ACMETEST"]}
agreements:
  - receive: x12/004010/850
    id: orders
  - receive: x12/004010VICS/850
    id: vics
    guide: acme/850
  - receive: x12/004010/850
    id: test-orders
    test: test
    theirs: ZZ:ACMETEST
  - receive: x12/*/864
    id: text
    keep: true
""",
    "belmart": """\
partner: belmart
identities: {gln: "5412345000013", edifact: "ZZZ:BELMART"}
agreements:
  - {receive: edifact/D96A/ORDERS, id: d96a}
  - {receive: edifact/D01B/ORDERS, id: d01b}
  - {receive: edifact/D01B/EAN010/ORDERS, id: ean010}
""",
    "off": """\
partner: asleep
state: off
identities: {x12: "ZZ:ASLEEP"}
agreements: [{receive: x12/004010/850}]
""",
    "groups": """\
partner: groups
identities: {x12: "ZZ:GROUPS"}
agreements:
  - {receive: x12/004010/850, id: shoes, groups: {theirs: SHOES}}
  - {receive: x12/004010/850, id: hats, groups: {theirs: HATS, ours: US}}
""",
    "van1": """\
partner: store-a
identities: {x12: "12:5551234"}
told_apart_by: [{role: BY, id: "0042"}]
agreements: [{receive: x12/004010/850}]
""",
    "van2": """\
partner: store-b
identities: {x12: "12:5551234", x12_group: STOREB}
told_apart_by: [{role: BY, id: "0043"}]
agreements: [{receive: x12/004010/850}]
""",
    "twice": """\
partner: twice
identities: {x12: "ZZ:TWICE"}
agreements:
  - {receive: x12/004010/850, id: one, groups: {theirs: A}}
  - {receive: x12/004010/850, id: two, groups: {ours: B}}
""",
    "prod": """\
partner: prod
identities: {x12: "ZZ:PROD"}
agreements: [{receive: x12/004010/850, test: production}]
""",
}


@pytest.fixture
def site(examine):
    examined = examine(**PARTNERS)
    assert examined.site is not None, examined.diagnostics
    return examined.site


def x12(sender: str, message: str = "850", version: str = "004010", **more) -> Envelope:
    qualifier, _, name = sender.partition(":")
    receiver = PartyId(qualifier="ZZ", id="EDIHUB         ")
    return Envelope(
        standard="x12",
        sender=PartyId(qualifier=qualifier, id=name),
        receiver=receiver,
        message=message,
        version=version,
        **more,
    )


def edifact(sender: str, version: str = "D96A", qualifier: str = "14", **more) -> Envelope:
    receiver = PartyId(qualifier="14", id="5412345000020")
    party = PartyId(qualifier=qualifier, id=sender)
    return Envelope(standard="edifact", sender=party, receiver=receiver, message="ORDERS", version=version, **more)


@pytest.mark.parametrize(
    ("envelope", "agreement"),
    [
        (x12("ZZ:ACME"), "acme/orders"),
        (x12("ZZ:ACME           "), "acme/orders"),
        (x12("ZZ:ACME", version="4010"), "acme/orders"),
        (x12("ZZ:ACME", version="004010UCS"), "acme/orders"),
        (x12("ZZ:ACME", version="004010VICS"), "acme/vics"),
        (x12("ZZ:ACME", test="test"), "acme/orders"),
        (x12("ZZ:ACMETEST", test="test"), "acme/test-orders"),
        (x12("ZZ:ACMETEST"), "acme/orders"),
        (x12("ZZ:ACME", message="864", version="003040"), "acme/text"),
        (edifact("5412345000013"), "belmart/d96a"),
        (edifact("5412345000013", qualifier=""), "belmart/d96a"),
        (edifact("BELMART", qualifier="ZZZ"), "belmart/d96a"),
        (edifact("5412345000013", association="EAN008"), "belmart/d96a"),
        (edifact("5412345000013", version="D:01B"), "belmart/d01b"),
        (edifact("5412345000013", version="D01B", association="EAN010"), "belmart/ean010"),
        (edifact("5412345000013", version="D01B", association="EAN011"), "belmart/d01b"),
        (x12("ZZ:GROUPS", group_sender="SHOES", group_receiver="EDIHUB"), "groups/shoes"),
        (x12("ZZ:GROUPS", group_sender="HATS", group_receiver="US"), "groups/hats"),
        (x12("12:5551234", parties=(("ST", "0043"), ("BY", "0042"))), "store-a/receive-x12-004010-850"),
        (x12("12:5551234", parties=(("BY", "0043"),)), "store-b/receive-x12-004010-850"),
        (x12("12:5551234", group_sender="STOREB"), "store-b/receive-x12-004010-850"),
        (x12("ZZ:PROD"), "prod/receive-x12-004010-850"),
    ],
)
def test_the_most_exact_agreement_governs(site, envelope: Envelope, agreement: str) -> None:
    found = find_agreement(site, envelope)
    assert not isinstance(found, Refusal), found
    assert found.id == agreement


@pytest.mark.parametrize(
    ("envelope", "code", "near"),
    [
        (x12("01:ACME"), "RTE-301", "ZZ:ACME"),
        (x12("ZZ:ACNE"), "RTE-301", "ZZ:ACME"),
        (x12("ZZ:ACME", message="860"), "RTE-303", "x12/004010/850"),
        (x12("ZZ:ACME", version="005010"), "RTE-304", "x12/004010/850"),
        (edifact("5412345000013", version="D93A"), "RTE-304", "edifact/D96A/ORDERS"),
        (edifact("BELMART", qualifier="14"), "RTE-301", "ZZZ:BELMART"),
        (x12("ZZ:PROD", test="test"), "RTE-305", "prod/receive-x12-004010-850"),
        (x12("ZZ:PROD", test="information"), "RTE-305", "prod/receive-x12-004010-850"),
        (x12("ZZ:TWICE", group_sender="A", group_receiver="B"), "RTE-306", "twice/one"),
        (x12("12:5551234"), "RTE-306", "store-a/receive-x12-004010-850"),
        (x12("ZZ:ASLEEP"), "RTE-307", "asleep"),
        (x12("ZZ:GROUPS", group_sender="BOOTS"), "RTE-308", "groups/shoes"),
    ],
)
def test_a_miss_or_a_tie_is_a_named_refusal(site, envelope: Envelope, code: str, near: str) -> None:
    refusal = find_agreement(site, envelope)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert near in refusal.candidates
    assert refusal.hint


def test_an_interchange_for_somebody_else_is_refused(site) -> None:
    envelope = x12("ZZ:ACME")
    stray = Envelope(
        standard="x12", sender=envelope.sender, receiver=PartyId(qualifier="ZZ", id="EDIHAB"), message="850", version="004010"
    )
    refusal = find_agreement(site, stray)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.candidates) == ("RTE-302", ("ZZ:EDIHUB",))


def test_a_refusal_holds_the_message_when_it_is_raised(site) -> None:
    with pytest.raises(HeldForOperator) as caught:
        demand_agreement(site, x12("ZZ:NOBODY"))
    assert caught.value.code == "RTE-301"
    assert "ZZ:NOBODY" in caught.value.message


def test_an_x12_id_does_not_answer_for_edifact(site) -> None:
    refusal = find_agreement(site, edifact("ACME", qualifier="ZZ"))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "RTE-301"


def test_the_partner_is_known_by_the_interchange_alone(site) -> None:
    directory = Directory(site)
    assert [each.id for each in directory.partners("x12", PartyId(qualifier="ZZ", id="ACME"))] == ["acme"]
    shared = directory.partners("x12", PartyId(qualifier="12", id="5551234"))
    assert [each.id for each in shared] == ["store-a", "store-b"]
