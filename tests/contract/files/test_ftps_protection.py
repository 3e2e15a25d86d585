"""Who the FTP host is, and that nothing travels outside TLS."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from connectors.ftps import CONNECTOR
from hub.errors import PermanentDeliveryError
from hub.ports import OutboundDocument
from hub.testing.certificates import self_signed
from hub.testing.ftps_server import Behaviour, FtpsHost
from hub.testing.services import FakeServices


@pytest.fixture
def make(tmp_path):
    opened = []

    def build(host=None, secrets=None, **more):
        host = host or FtpsHost(tmp_path, self_signed(tmp_path), **more.pop("host_options", {}))
        if host.port == 0:
            (tmp_path / "in").mkdir(exist_ok=True)
            (tmp_path / "out").mkdir(exist_ok=True)
            host.start()
            opened.append(host)
        settings = CONNECTOR.settings(**host.settings(inbox="in", outbox="out", settle=0, **more))
        connector = CONNECTOR.build(settings, FakeServices(secrets={**host.secrets(), **(secrets or {})}))
        opened.append(connector)
        return host, connector

    yield build
    for each in reversed(opened):
        each.close()


def general_name(text):
    return x509.IPAddress(ipaddress.ip_address(text)) if text[0].isdigit() else x509.DNSName(text)


def certificate(folder, *, names=("127.0.0.1",), days=(-2, 2)):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([general_name(each) for each in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "made.pem", folder / "made.key.pem"
    files[0].write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
    return files


def refused(connector):
    with pytest.raises(PermanentDeliveryError) as error:
        connector.check()
    return error.value


def test_a_certificate_of_somebody_else_is_refused_before_any_login(make, tmp_path):
    other = self_signed(tmp_path, "somebody-else")[0].read_text()
    host, connector = make(secrets={"file:keys/partner-ca.pem": other})
    error = refused(connector)
    assert error.code == "DLV-434"
    assert error.message.startswith("CERTIFICATE NOT TRUSTED")
    assert "USER" not in host.commands


def test_without_an_authority_of_its_own_a_self_signed_certificate_is_refused(make):
    host, connector = make(authority=None)
    assert refused(connector).code == "DLV-434"
    assert "USER" not in host.commands


@pytest.mark.parametrize(("options", "words"), [({"names": ("ftp.example",)}, "127.0.0.1"), ({"days": (-9, -1)}, "expired")])
def test_a_certificate_for_another_name_or_time_is_refused_before_any_login(make, tmp_path, options, words):
    host, connector = make(FtpsHost(tmp_path, certificate(tmp_path, **options)))
    error = refused(connector)
    assert error.code == "DLV-434"
    assert words in error.message
    assert "USER" not in host.commands


def test_a_server_without_tls_is_never_told_a_name_or_password(make):
    host, connector = make(host_options={"behaviour": Behaviour(unknown=("AUTH",))})
    assert refused(connector).code == "DLV-435"
    assert not {"USER", "PASS"} & set(host.commands)


@pytest.mark.parametrize("command", ["PBSZ", "PROT"])
def test_a_server_that_leaves_data_in_clear_is_refused(make, command):
    host, connector = make(host_options={"behaviour": Behaviour(refuse={command: "536 Not supported"})})
    assert refused(connector).code == "DLV-435"
    assert not {"MLSD", "STOR", "PASV"} & set(host.commands)


def test_a_server_that_asks_for_more_about_a_data_connection_is_named(make):
    host, connector = make(host_options={"behaviour": Behaviour(refuse={"STOR": "522 Session reuse required"})})
    with pytest.raises(PermanentDeliveryError) as error:
        connector.send(OutboundDocument(payload=b"ISA", idempotency_key="k", name="a.edi"))
    assert error.value.code == "DLV-435"
    assert host.commands.count("STOR") == 1


def test_a_wrong_password_is_permanent_and_tried_once(make):
    host, connector = make(secrets={"env:FTPS_PASSWORD": "wrong-canary"})
    error = refused(connector)
    assert error.code == "DLV-432"
    assert "canary" not in error.message + error.hint
    assert host.commands.count("PASS") == 1


@pytest.mark.parametrize("secret", ["two\r\nlines", "NOOP\ninjected"])
def test_a_password_that_would_be_two_commands_is_never_sent(make, secret):
    host, connector = make(secrets={"env:FTPS_PASSWORD": secret})
    assert refused(connector).code == "DLV-433"
    assert "PASS" not in host.commands


def test_an_authority_that_is_no_certificate_is_named(make):
    host, connector = make(secrets={"file:keys/partner-ca.pem": "not a certificate"})
    assert refused(connector).code == "DLV-433"
    assert host.commands == []


def test_data_connections_resume_the_session_of_the_control_connection(make, tmp_path):
    host, connector = make()
    (tmp_path / "in" / "a.edi").write_bytes(b"ISA")
    assert len(list(connector.poll())) == 1
    connector.send(OutboundDocument(payload=b"ISA", idempotency_key="k", name="a.edi"))
    assert host.resumed
    assert all(host.resumed)


def test_the_address_that_pasv_claims_is_ignored(make, tmp_path):
    _, connector = make(host_options={"behaviour": Behaviour(masquerade="192.0.2.1")})
    (tmp_path / "in" / "a.edi").write_bytes(b"ISA")
    assert [arrival.document.payload for arrival in connector.poll()] == [b"ISA"]


def test_implicit_tls_works(make, tmp_path):
    host, connector = make(host_options={"implicit": True})
    (tmp_path / "in" / "a.edi").write_bytes(b"ISA")
    assert [arrival.document.payload for arrival in connector.poll()] == [b"ISA"]
    assert "AUTH" not in host.commands
    assert CONNECTOR.settings(host="h", user="u", password={"env": "P"}, tls="implicit", inbox="in").tcp_port == 990


@pytest.mark.parametrize("missing", [("MLSD", "MLST"), ("MLSD", "MLST", "MDTM")])
def test_a_server_without_machine_listings_is_read_by_names_and_sizes(make, tmp_path, missing, stored):
    _, connector = make(host_options={"behaviour": Behaviour(unknown=missing)})
    assert list(connector.poll()) == [], "an empty folder"
    (tmp_path / "in" / "folder").mkdir()
    for name in ("a.edi", "b.edi"):
        (tmp_path / "in" / name).write_bytes(name.encode())
    arrivals = list(connector.poll())
    assert sorted(arrival.document.payload for arrival in arrivals) == [b"a.edi", b"b.edi"]
    for arrival in arrivals:
        arrival.release(stored)
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["folder"]
    sent = connector.send(OutboundDocument(payload=b"ISA", idempotency_key="k", name="a.edi"))
    assert sent.evidence["proof"] == "listed at its size"


@pytest.mark.parametrize("reply", ["550 No files found.", "450 No files found."])
def test_an_empty_folder_may_be_answered_with_an_error(make, reply):
    behaviour = Behaviour(unknown=("MLSD", "MLST"), refuse={"NLST": reply})
    _, connector = make(host_options={"behaviour": behaviour})
    assert list(connector.poll()) == []


def test_a_reply_that_does_not_end_is_cut_off(make):
    endless = "250-" + "\r\nmore" * 5_000
    _, connector = make(host_options={"behaviour": Behaviour(refuse={"CWD": endless})})
    with pytest.raises(Exception, match="makes no sense"):
        connector.check()


def test_a_session_the_server_ended_is_opened_again(make, tmp_path):
    host, connector = make()
    (tmp_path / "in" / "a.edi").write_bytes(b"ISA")
    assert len(list(connector.poll())) == 1
    host.close()
    host.start()
    with pytest.raises(Exception, match="closed the connection"):
        list(connector.poll())
    assert len(list(connector.poll())) == 1


def test_settings_need_a_password_by_reference():
    base = {"host": "h", "user": "u", "inbox": "in", "password": {"env": "P"}}
    CONNECTOR.settings(**base)
    for wrong in (
        {"password": None},
        {"password": "plain"},
        {"tls": "none"},
        {"inbox": None},
        {"password": {"env": "A", "file": "b"}},
    ):
        with pytest.raises(ValidationError):
            CONNECTOR.settings(**{**base, **wrong})
