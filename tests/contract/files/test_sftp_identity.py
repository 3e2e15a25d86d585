"""Who the SFTP host is, and who we are: pinned keys, strong algorithms, logins."""

import asyncssh
import pytest
from pydantic import ValidationError

from connectors.sftp import CONNECTOR
from connectors.sftp.identity import read_pin
from connectors.sftp.session import open_session
from hub.errors import DeliveryError, PermanentDeliveryError
from hub.ports import OutboundDocument
from hub.testing.services import FakeServices
from hub.testing.sftp_server import PASSWORD, SftpHost

WEAK = {
    "cipher": {"encryption_algs": ["aes256-cbc", "3des-cbc"]},
    "mac": {"encryption_algs": ["aes256-ctr"], "mac_algs": ["hmac-sha1", "hmac-md5"]},
    "key exchange": {"kex_algs": ["diffie-hellman-group14-sha1"]},
}


@pytest.fixture
def make_host(tmp_path):
    hosts = []

    def make(**more):
        (tmp_path / "in").mkdir(exist_ok=True)
        hosts.append(SftpHost(tmp_path, **more).start())
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


@pytest.fixture
def check():
    made = []

    def run(host, secrets=None, **more):
        services = FakeServices(secrets={"env:SFTP_PASSWORD": PASSWORD, **(secrets or {})})
        settings = CONNECTOR.settings(**host.settings(inbox="in", **more))
        made.append(CONNECTOR.build(settings, services))
        made[-1].check()

    yield run
    for connector in made:
        connector.close()


def key_text(kind, passphrase=None, form="openssh"):
    key = asyncssh.generate_private_key(kind)
    options = {"passphrase": passphrase, "rounds": 50} if passphrase else {}
    return key, key.export_private_key(form, **options).decode()


def test_a_host_with_another_key_is_refused_before_any_login(make_host, check):
    host = make_host()
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(PermanentDeliveryError) as refused:
        check(host, host_keys=[other])
    assert refused.value.code == "DLV-430"
    assert refused.value.message.startswith("HOST KEY CHANGED: 127.0.0.1")
    assert host.fingerprint in refused.value.message
    assert "no login was tried" in refused.value.hint
    assert host.logins == 0


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_another_fingerprint_is_refused_before_any_login_whatever_keys_the_host_has(make_host, check, kind):
    host = make_host(more_keys=(asyncssh.generate_private_key("ecdsa-sha2-nistp256"),))
    other = asyncssh.generate_private_key(kind, **({"key_size": 2048} if kind == "ssh-rsa" else {}))
    with pytest.raises(PermanentDeliveryError) as refused:
        check(host, host_keys=[other.get_fingerprint()])
    assert refused.value.code == "DLV-430"
    assert host.logins == 0


def test_a_key_line_a_known_hosts_line_and_a_fingerprint_pin_the_same_key(make_host, check):
    host = make_host()
    for pin in (host.host_key, f"[127.0.0.1]:{host.port} {host.host_key} comment", host.fingerprint, f"{host.fingerprint}="):
        check(host, host_keys=[pin])
    assert host.logins == 4


def test_a_new_key_can_be_pinned_beside_the_old_one(make_host, check):
    host = make_host()
    old = asyncssh.generate_private_key("ssh-ed25519")
    check(host, host_keys=[old.get_fingerprint(), host.fingerprint])


def test_a_pinned_key_is_found_on_a_host_that_prefers_another_kind(make_host, check):
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    ecdsa = asyncssh.generate_private_key("ecdsa-sha2-nistp384")
    host = make_host(more_keys=(ecdsa, rsa))
    for key in (rsa, ecdsa):
        check(host, host_keys=[key.get_fingerprint()])
        check(host, host_keys=[key.export_public_key().decode()])


def test_a_host_without_a_key_of_the_pinned_kind_is_refused_before_any_login(make_host, check):
    host = make_host()
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    with pytest.raises(PermanentDeliveryError) as refused:
        check(host, host_keys=[rsa.export_public_key().decode()])
    assert refused.value.code == "DLV-431"
    assert host.logins == 0


@pytest.mark.parametrize("what", WEAK)
def test_a_host_that_offers_only_weak_algorithms_is_refused_before_any_login(make_host, check, what):
    host = make_host(options=WEAK[what])
    with pytest.raises(PermanentDeliveryError, match="no acceptable algorithm") as refused:
        check(host)
    assert refused.value.code == "DLV-431"
    assert host.logins == 0


def test_one_old_algorithm_can_be_switched_on_by_name(make_host, check):
    check(make_host(options=WEAK["cipher"]), weak_algorithms=["aes256-cbc"])
    check(make_host(options=WEAK["mac"]), weak_algorithms=["hmac-sha1"])
    with pytest.raises(ValidationError):
        check(make_host(), weak_algorithms=["3des-cbc"])


def test_key_exchange_is_strict(make_host):
    host = make_host()
    settings = CONNECTOR.settings(**host.settings(inbox="in"))
    session = open_session(settings, FakeServices(secrets={"env:SFTP_PASSWORD": PASSWORD}))
    try:
        assert session._transport.agreed_on_strict_kex is True
    finally:
        session.close()


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_a_private_key_logs_in(make_host, check, kind):
    key, text = key_text(kind)
    host = make_host(authorized=[key.convert_to_public()])
    check(host, {"file:keys/id": text}, password=None, key={"file": "keys/id"})


@pytest.mark.parametrize("form", ["pkcs1-pem", "pkcs8-pem"])
def test_a_key_in_pem_and_a_locked_key_log_in(make_host, check, form):
    plain, plain_text = key_text("ecdsa-sha2-nistp256", form=form)
    locked, locked_text = key_text("ssh-ed25519", passphrase="open sesame")
    host = make_host(authorized=[plain.convert_to_public(), locked.convert_to_public()])
    check(host, {"file:keys/id": plain_text}, password=None, key={"file": "keys/id"})
    secrets = {"file:keys/id": locked_text, "secret:phrase": "open sesame"}
    check(host, secrets, password=None, key={"file": "keys/id"}, key_passphrase={"secret": "phrase"})


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("ssh-ed25519 AAAA public", {}, "cannot be used"),
        (key_text("ssh-ed25519", passphrase="x")[1], {}, "it is locked"),
        (key_text("ssh-ed25519", passphrase="x")[1], {"key_passphrase": {"env": "WRONG"}}, "passphrase is wrong"),
    ],
)
def test_an_unusable_key_is_named_without_showing_it(make_host, check, text, more, words):
    host = make_host()
    with pytest.raises(PermanentDeliveryError, match=words) as refused:
        check(host, {"file:keys/id": text, "env:WRONG": "no"}, password=None, key={"file": "keys/id"}, **more)
    assert refused.value.code == "DLV-433"
    assert "file:keys/id" in refused.value.message
    assert text[-30:-15] not in refused.value.message + refused.value.hint


def test_a_refused_login_is_permanent_and_tried_once(make_host, check):
    host = make_host()
    with pytest.raises(PermanentDeliveryError) as refused:
        check(host, {"env:SFTP_PASSWORD": "wrong-canary"})
    assert refused.value.code == "DLV-432"
    assert "canary" not in refused.value.message + refused.value.hint
    assert host.logins == 1


def test_a_key_the_host_does_not_know_is_a_refused_login(make_host, check):
    host = make_host()
    with pytest.raises(PermanentDeliveryError) as refused:
        check(host, {"file:keys/id": key_text("ssh-ed25519")[1]}, password=None, key={"file": "keys/id"})
    assert refused.value.code == "DLV-432"


@pytest.mark.parametrize(
    "pin",
    [
        "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
        "16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
        "ssh-dss AAAAB3NzaC1kc3MAAACB",
        "ssh-ed25519 not-base64!",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIJ0",
        "SHA256:short",
        "",
        "accept-anything",
    ],
)
def test_a_pin_that_pins_nothing_is_a_mistake_of_the_settings(pin):
    with pytest.raises(ValueError, match=r"key|fingerprint|SHA256"):
        read_pin(pin)


def test_settings_without_a_pinned_key_or_a_login_are_refused():
    base = {"host": "h", "user": "u", "inbox": "in", "host_keys": ["SHA256:" + "A" * 43], "password": {"env": "P"}}
    CONNECTOR.settings(**base)
    for wrong in ({"host_keys": []}, {"host_keys": None}, {"password": None}, {"password": "plain text"}, {"inbox": None}):
        with pytest.raises(ValidationError):
            CONNECTOR.settings(**{**base, **wrong})


def test_sending_to_a_host_that_changed_its_key_sends_nothing(make_host, tmp_path):
    host = make_host()
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    (tmp_path / "out").mkdir()
    connector = CONNECTOR.build(
        CONNECTOR.settings(**host.settings(outbox="out", host_keys=[other])),
        FakeServices(secrets={"env:SFTP_PASSWORD": PASSWORD}),
    )
    with pytest.raises(DeliveryError):
        connector.send(OutboundDocument(payload=b"ISA", idempotency_key="k", name="a.edi"))
    assert host.logins == 0
    assert list((tmp_path / "out").iterdir()) == []
