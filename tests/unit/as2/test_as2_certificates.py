"""Done right 14: certificates by role and date, warnings before they end, changes that are rehearsed and leave no gap."""

from __future__ import annotations

from datetime import timedelta

import pytest
from as2_partner import as_request, at, connector, document, other, own, person, secrets_of, station
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from connectors.as2 import keys, rotation
from connectors.as2.certificates import CertificateError, load_certificates, load_key, pair
from connectors.as2.desk import As2Desk
from hub.errors import PermanentDeliveryError
from hub.ports import CertificateStatus
from hub.testing.services import FakeServices

HUB, ACME = person("HUB"), person("ACME")
NEW_HUB, NEW_ACME = person("HUB-2027", from_day=-2, to_day=800), person("ACME-2027", from_day=-2, to_day=800)
EVERYBODY = secrets_of(HUB, ACME, NEW_HUB, NEW_ACME)


def test_both_sides_change_certificates_under_traffic_and_no_message_fails() -> None:
    """Eleven days, both changing on the sixth, one of them learning of it late; a message each way each day, MDNs signed."""
    ours = {"our_certificates": [own(HUB), own(NEW_HUB, starts=at(5).date())]}
    theirs = {"partner_certificates": [other(ACME), other(NEW_ACME, starts=at(5).date())]}
    mirrored = {
        "our_certificates": [own(ACME), own(NEW_ACME, starts=at(5).date())],
        "partner_certificates": [other(HUB), other(NEW_HUB, starts=at(7).date())],
    }
    used = set()
    for day in range(11):
        lent = FakeServices(secrets=EVERYBODY)
        lent.clock.advance(day * 86400)
        hub, acme = connector(HUB, ACME, lent, **ours, **theirs), connector(ACME, HUB, lent, **mirrored)
        for sender, receiver in ((hub, acme), (acme, hub)):
            ready = sender.prepare(document(key=f"{day}"))
            behind = station(peer=receiver)
            answer = behind.receive(as_request(ready.wire))
            assert behind.calls[0].rejection is None, (day, behind.calls[0].rejection)
            from connectors.as2 import sending
            from connectors.as2.transport import Answer

            answered = Answer(200, {k.lower(): v for k, v in answer.headers.items()}, answer.body)
            receipt = sending.outcome(answered, ready, sender.settings, sender.receipt_relation, lent.now())
            used |= {ready.evidence["signed_with"], ready.evidence["encrypted_for"], receipt.evidence["mdn_signed_by"]}
    assert used == {one.certificate.sha256 for one in (HUB, ACME, NEW_HUB, NEW_ACME)}


def test_outbound_picks_the_certificate_in_force_that_began_last() -> None:
    lent = FakeServices(secrets=EVERYBODY)
    both = connector(
        HUB, ACME, lent, our_certificates=[own(NEW_HUB), own(HUB)], partner_certificates=[other(NEW_ACME), other(ACME)]
    )
    assert both.prepare(document()).evidence["signed_with"] == NEW_HUB.certificate.sha256
    assert both.prepare(document()).evidence["encrypted_for"] == NEW_ACME.certificate.sha256


def test_a_connection_without_a_certificate_in_force_says_so_before_it_sends() -> None:
    lent = FakeServices(secrets=EVERYBODY)
    lent.clock.advance(400 * 86400)
    with pytest.raises(PermanentDeliveryError) as refused:
        connector(HUB, ACME, lent).prepare(document())
    assert refused.value.code == "AS2-320"
    with pytest.raises(PermanentDeliveryError):
        connector(HUB, ACME, lent).check()


def status(role: str, end: int, start: int = -30) -> CertificateStatus:
    return CertificateStatus(role=role, subject="CN=x", sha256=f"{end}", not_before=at(start), not_after=at(end))


@pytest.mark.parametrize(
    ("left", "step"), [(61, None), (60, None), (59, 60), (30, 60), (29, 30), (14, 30), (13, 14), (7, 14), (6, 7), (1, 7), (0, 1), (-1, 0), (-99, 0)]
)  # fmt: skip
def test_warnings_come_at_60_30_14_7_and_1_days(left: int, step: int | None) -> None:
    found = keys.warnings([status("ours: sign", left)], at(0))
    assert [one for one, _ in found] == ([] if step is None else [step])


def test_a_certificate_whose_successor_is_listed_is_not_warned_of() -> None:
    assert keys.warnings([status("ours: sign", 5), status("ours: sign", 700, -1)], at(0)) == []
    assert keys.warnings([status("ours: sign", 5), status("theirs: verify", 700, -1)], at(0))
    assert keys.warnings([status("ours: sign", 5), status("ours: sign", 700, 10)], at(0))


def test_a_connector_lists_its_certificates_by_role() -> None:
    found = {one.role: one for one in connector(HUB, ACME).certificates()}
    assert found["ours: decrypt, sign"].sha256 == HUB.certificate.sha256
    assert found["theirs: encrypt, verify"].not_after == ACME.certificate.not_after


def test_a_change_of_ours_is_rehearsed_with_real_messages() -> None:
    steps = rotation.rehearse_ours(HUB.pair, NEW_HUB.pair, on=at(5), overlap=timedelta(days=30))
    assert len(steps) == 6
    assert [step for step in steps if not step.holds] == []


def test_a_rehearsal_names_what_would_fail() -> None:
    late = person("LATE", from_day=10)
    weak = person("SHORT", bits=1024)
    failing = [s for s in rotation.rehearse_ours(HUB.pair, late.pair, on=at(5), overlap=timedelta(days=30)) if not s.holds]
    assert any("in force from" in step.why for step in failing)
    failing = [s for s in rotation.rehearse_ours(HUB.pair, weak.pair, on=at(5), overlap=timedelta(days=30)) if not s.holds]
    assert any("1024 bits" in step.why for step in failing)


def test_a_change_of_theirs_is_rehearsed() -> None:
    steps = rotation.rehearse_theirs(ACME.certificate, NEW_ACME.certificate, HUB.pair, on=at(5), overlap=timedelta(days=30))
    assert all(step.holds for step in steps)


def test_the_dates_of_a_change_leave_no_gap_or_are_refused() -> None:
    made = rotation.window(on=at(5).date(), overlap_days=30, old=HUB.certificate, new=NEW_HUB.certificate)
    assert (made.new_starts, made.old_ends) == (at(5).date(), at(35).date())
    bad = [
        {"on": at(5).date(), "overlap_days": 0, "old": HUB.certificate, "new": NEW_HUB.certificate},
        {"on": at(-9).date(), "overlap_days": 9, "old": HUB.certificate, "new": NEW_HUB.certificate},
        {"on": at(500).date(), "overlap_days": 9, "old": HUB.certificate, "new": NEW_HUB.certificate},
        {"on": at(360).date(), "overlap_days": 9, "old": NEW_HUB.certificate, "new": HUB.certificate},
    ]
    for one in bad:
        with pytest.raises(rotation.RotationRefused):
            rotation.window(**one)


@pytest.mark.parametrize("password", [None, "correct horse"])
def test_a_certificate_is_made_that_can_be_loaded_and_used(password: str | None) -> None:
    made = keys.create("EDIHUB", at=at(0), days=100, password=password)
    loaded = keys.read_pair(made.certificate.encode(), made.key.encode(), password)
    assert loaded.certificate == made.certificate
    assert ("ENCRYPTED" in made.key) is (password is not None)
    described = keys.describe(load_certificates(made.certificate.encode())[0], at(0))
    assert (described.subject, described.bits, described.days_left) == ("CN=EDIHUB", 2048, 100)
    if password is not None:
        with pytest.raises(CertificateError):
            load_key(made.key.encode(), b"wrong")


def test_certificates_are_read_from_pem_der_and_pkcs7() -> None:
    certificate = ACME.certificate
    chain = pkcs7.serialize_certificates([certificate.x509], serialization.Encoding.PEM)
    der_chain = pkcs7.serialize_certificates([certificate.x509], serialization.Encoding.DER)
    for data in (certificate.pem(), certificate.der, chain, der_chain, b"text before\n" + certificate.pem()):
        text, found = keys.read(data)
        assert found[0].sha256 == certificate.sha256
        assert text.startswith("-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize("data", [b"", b"x", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", bytes(100)])
def test_what_is_no_certificate_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(CertificateError) as refused:
        load_certificates(data)
    assert refused.value.hint


def test_a_key_that_belongs_to_another_certificate_is_refused() -> None:
    with pytest.raises(CertificateError, match="belongs to none"):
        pair((ACME.certificate,), HUB.pair.key)


def test_a_key_that_is_not_rsa_is_refused_in_words() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with pytest.raises(CertificateError, match="not an RSA key"):
        load_key(pem)


def test_a_connection_names_the_certificate_that_cannot_be_read() -> None:
    lent = FakeServices(secrets={**secrets_of(HUB, ACME), "file:ACME.pem": "rubbish"})
    with pytest.raises(CertificateError, match=r"file:ACME\.pem"):
        connector(HUB, ACME, lent)


@pytest.mark.parametrize(("bits", "days"), [(1024, 10), (2048, 0), (2048, 9999)])
def test_a_certificate_nobody_should_have_is_not_made(bits: int, days: int) -> None:
    with pytest.raises(CertificateError):
        keys.create("x", at=at(0), days=days, bits=bits)


def chain(*, roots: int = 1) -> tuple[list[x509.Certificate], x509.Certificate]:
    """Authorities of one another, the root first, and the certificate that the last of them issued."""
    made: list[x509.Certificate] = []
    issuer_key = None
    for level in range(roots + 1):
        key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"level {level}")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(made[-1].subject if made else name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at(-1))
            .not_valid_after(at(300))
        )
        made.append(builder.sign(issuer_key or key, hashes.SHA256()))
        issuer_key = key
    return made[:-1], made[-1]


@pytest.mark.parametrize("roots", [1, 2])
@pytest.mark.parametrize("reverse", [False, True])
def test_of_a_chain_the_partners_own_certificate_is_pinned_and_never_its_authority(roots: int, *, reverse: bool) -> None:
    authorities, own = chain(roots=roots)
    members = [*authorities, own][:: -1 if reverse else 1]
    pem = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in members)
    packed = [pkcs7.serialize_certificates(members, kind) for kind in (serialization.Encoding.PEM, serialization.Encoding.DER)]
    for data in (pem, *packed):
        read = As2Desk().read(data)
        assert load_certificates(read.certificate.encode())[0].x509 == own
    services = FakeServices(secrets=secrets_of(HUB) | {"file:chain.pem": pem.decode()})
    listed = {"partner_certificates": [{"certificate": {"file": "chain.pem"}}]}
    assert [each.x509 for each in connector(HUB, ACME, services, **listed).roles.verifying()] == [own]


def test_of_two_that_may_both_be_meant_none_is_guessed() -> None:
    both = HUB.certificate.pem() + ACME.certificate.pem()
    with pytest.raises(CertificateError, match="CN=ACME") as refused:
        As2Desk().read(both)
    assert refused.value.hint
    services = FakeServices(secrets=secrets_of(HUB) | {"file:both.pem": both.decode()})
    with pytest.raises(CertificateError, match=r"both\.pem"):
        connector(HUB, ACME, services, partner_certificates=[{"certificate": {"file": "both.pem"}}])


def test_a_file_of_pkcs7_that_is_in_no_order_is_read_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    """Other products write the members as they come, which is not the order of DER; rebuilt here with the two swapped."""
    authorities, own = chain()
    ordered = pkcs7.serialize_certificates([*authorities, own], serialization.Encoding.DER)
    encoded = [each.public_bytes(serialization.Encoding.DER) for each in (*authorities, own)]
    first, second = sorted(encoded, key=ordered.index)
    swapped = ordered.replace(first + second, second + first)
    assert swapped != ordered
    assert len(load_certificates(swapped)) == 2
    assert not recwarn.list
