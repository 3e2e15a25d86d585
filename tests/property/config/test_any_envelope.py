"""Whatever stands on an envelope, there is one agreement or one refusal, and never a guess."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.cli.init import write_site
from hub.edi.tree import PartyId
from hub.routing.agreements import Directory, Envelope
from hub.routing.load import load_site
from hub.routing.refusals import Refusal
from hub.routing.site import Agreement
from hub.routing.versions import normalise_version

IDS = st.one_of(
    st.sampled_from(["ACME", "ACME   ", "EDIHUB", "5412345000013", "5412345000020", "acme", ""]), st.text(max_size=16)
)
QUALIFIERS = st.one_of(st.sampled_from(["ZZ", "14", "01", "1", ""]), st.text(max_size=4))
PARTIES = st.builds(lambda q, i: PartyId(qualifier=q, id=i), QUALIFIERS, IDS)
VERSIONS = st.one_of(
    st.sampled_from(["004010", "4010", "004010VICS", "005010X220A1", "00401", "D96A", "D:96A", "D01B", "", "*"]),
    st.text(max_size=14),
)
ENVELOPES = st.builds(
    Envelope,
    standard=st.sampled_from(["x12", "edifact"]),
    sender=PARTIES,
    receiver=PARTIES,
    message=st.one_of(st.sampled_from(["850", "855", "ORDERS", "ORDRSP", ""]), st.text(max_size=6)),
    version=VERSIONS,
    association=st.sampled_from(["", "EAN008", "EAN010", "ean010", "X"]),
    test=st.sampled_from(["test", "production", "information"]),
    group_sender=IDS,
    group_receiver=IDS,
)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    folder = tmp_path_factory.mktemp("property") / "site"
    write_site(folder)
    return Directory(load_site(folder))


@given(envelope=ENVELOPES)
@settings(max_examples=500, deadline=None)
def test_any_envelope_finds_what_it_names_or_a_refusal(directory: Directory, envelope: Envelope) -> None:
    found = directory.find(envelope)
    assert found == directory.find(envelope)
    if isinstance(found, Refusal):
        assert found.code in {f"RTE-30{digit}" for digit in range(1, 9)}
        assert found.message
        assert found.hint
        return
    assert isinstance(found, Agreement)
    assert found.direction == "inbound"
    assert (found.standard, found.message) == (envelope.standard, envelope.message)
    assert envelope.sender.id.strip() in {identity.id for identity in found.theirs}
    assert envelope.receiver.id.strip() in {identity.id for identity in found.ours}
    assert normalise_version(envelope.standard, envelope.version).base == found.document.version.base


@given(st.sampled_from(["x12", "edifact"]), VERSIONS)
@settings(deadline=None)
def test_a_version_has_one_spelling(standard, version: str) -> None:
    once = normalise_version(standard, version)
    assert normalise_version(standard, str(once)) == once
