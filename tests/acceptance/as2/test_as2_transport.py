"""Done right 15, 16 and the three delivery errors: logins, TLS both ways, retries with the same bytes, cut and silent lines."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time

import pytest
from as2_partner import ORDER, HttpStation, connector, document, person, secrets_of, station
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.errors import PermanentDeliveryError, TemporaryDeliveryError, UncertainDeliveryError
from hub.testing.certificates import self_signed
from hub.testing.http_server import StandInServer
from hub.testing.services import FakeServices

HUB, ACME = person("HUB"), person("ACME")
pytestmark = pytest.mark.network
FAST = {"connect_timeout": "2s", "read_timeout": "1s", "total_timeout": "3s"}


@pytest.fixture
def stand_in():
    server = StandInServer()
    yield server
    server.close()


def sender(url: str, extra: dict[str, str] | None = None, **more):
    return connector(HUB, ACME, FakeServices(secrets={**secrets_of(HUB, ACME), **(extra or {})}), url=url, **{**FAST, **more})


def real_partner(**more):
    return HttpStation(station(hub=connector(ACME, HUB)), **more)


@pytest.mark.parametrize(("status", "kind"), [
    (200, UncertainDeliveryError), (301, PermanentDeliveryError), (302, PermanentDeliveryError), (307, PermanentDeliveryError),
    (400, PermanentDeliveryError), (401, PermanentDeliveryError), (403, PermanentDeliveryError), (404, PermanentDeliveryError),
    (408, TemporaryDeliveryError), (413, PermanentDeliveryError), (425, TemporaryDeliveryError), (429, TemporaryDeliveryError),
    (500, TemporaryDeliveryError), (502, TemporaryDeliveryError), (503, TemporaryDeliveryError), (504, TemporaryDeliveryError),
])  # fmt: skip
def test_a_status_is_tried_again_only_where_that_can_help(stand_in: StandInServer, status: int, kind: type) -> None:
    stand_in.behaviour.status, stand_in.behaviour.body = status, b""
    with pytest.raises(kind) as failed:
        sender(stand_in.url).send(document())
    assert failed.value.hint
    assert len(stand_in.requests) == 1


def test_the_delay_the_far_side_names_is_handed_on(stand_in: StandInServer) -> None:
    stand_in.behaviour.status, stand_in.behaviour.headers = 503, {"Retry-After": "37"}
    with pytest.raises(TemporaryDeliveryError) as failed:
        sender(stand_in.url).send(document())
    assert failed.value.retry_after == 37


def test_a_redirect_is_not_followed(stand_in: StandInServer) -> None:
    stand_in.behaviour.status, stand_in.behaviour.headers = 307, {"Location": stand_in.url + "/elsewhere"}
    with pytest.raises(PermanentDeliveryError):
        sender(stand_in.url).send(document())
    assert [one.path for one in stand_in.requests] == ["/in"]


def test_every_attempt_sends_the_same_bytes_under_the_same_message_id(stand_in: StandInServer) -> None:
    stand_in.behaviour.status = 500
    one = sender(stand_in.url)
    ready = one.prepare(document())
    assert one.prepare(ready) is ready
    for _ in range(3):
        with pytest.raises(TemporaryDeliveryError):
            one.send(ready)
    assert len({request.body for request in stand_in.requests}) == 1
    assert {request.headers["message-id"] for request in stand_in.requests} == {ready.reference}
    assert {request.headers["date"] for request in stand_in.requests} == {stand_in.requests[0].headers["date"]}


def test_the_message_id_follows_from_the_key_so_that_a_crash_before_the_store_does_not_make_two(
    stand_in: StandInServer,
) -> None:
    first, second = sender(stand_in.url).prepare(document()), sender(stand_in.url).prepare(document())
    assert first.reference == second.reference
    assert first.reference != sender(stand_in.url).prepare(document(key="key-2")).reference


def test_nobody_at_the_address_is_temporary() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/as2"
        with pytest.raises(TemporaryDeliveryError) as failed:
            sender(url).send(document())
    assert failed.value.code == "AS2-315"


def test_a_name_that_does_not_resolve_is_temporary() -> None:
    with pytest.raises(TemporaryDeliveryError) as failed:
        sender("http://no-such-host.invalid/as2").send(document())
    assert failed.value.code == "AS2-311"


@pytest.mark.parametrize("when", ["during", "after"])
def test_a_line_that_is_cut_once_the_request_left_is_uncertain(stand_in: StandInServer, when: str) -> None:
    stand_in.behaviour.cut = when
    with pytest.raises(UncertainDeliveryError):
        sender(stand_in.url).send(document(b"x" * 3_000_000))


def test_a_silent_far_side_is_given_up(stand_in: StandInServer) -> None:
    stand_in.behaviour.stalls = True
    started = time.monotonic()
    with pytest.raises(UncertainDeliveryError):
        sender(stand_in.url).send(document())
    assert time.monotonic() - started < 2.5


def test_an_answer_that_drips_byte_by_byte_is_given_up_at_the_total_timeout(stand_in: StandInServer) -> None:
    stand_in.behaviour.drips = True
    started = time.monotonic()
    with pytest.raises(UncertainDeliveryError):
        sender(stand_in.url, total_timeout="1s").send(document())
    assert time.monotonic() - started < 2.5


def test_a_server_that_answers_and_hangs_up_before_it_has_read_everything_is_heard() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def refuse() -> None:
            line, _ = listening.accept()
            with line:
                line.recv(1000)
                line.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                line.shutdown(socket.SHUT_WR)
                line.settimeout(1)
                while line.recv(65536):
                    pass

        thread = threading.Thread(target=refuse)
        thread.start()
        with pytest.raises(PermanentDeliveryError) as failed:
            sender(f"http://127.0.0.1:{listening.getsockname()[1]}/").send(document(b"x" * 5_000_000, name="big"))
        thread.join(5)
    assert failed.value.detail["http_status"] == 413


def test_a_chunked_message_arrives() -> None:
    partner = real_partner()
    try:
        assert sender(partner.url, transfer="chunked").send(document())
    finally:
        partner.close()
    assert partner.behind.payloads == [ORDER]
    assert "content-length" not in partner.behind.calls[0].documents[0].headers


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ({"user": "edi", "password": {"secret": "login"}}, "Basic ZWRpOk9wZW4tU2VzYW1l"),
        ({"token": {"secret": "login"}}, "Bearer Open-Sesame"),
    ],
)
def test_logins_are_sent_to_the_partner(stand_in: StandInServer, auth: dict, expected: str) -> None:
    stand_in.expected_authorization = expected
    with pytest.raises(PermanentDeliveryError) as failed:
        sender(stand_in.url).send(document())
    assert failed.value.detail["http_status"] == 401
    stand_in.behaviour.status, stand_in.behaviour.body = 200, b""
    with pytest.raises(UncertainDeliveryError):
        sender(stand_in.url, {"secret:login": "Open-Sesame\n"}, auth=auth).send(document())


def test_a_login_never_goes_to_another_host_than_the_partners(stand_in: StandInServer) -> None:
    other = StandInServer()
    try:
        auth = {"token": {"secret": "login"}}
        one = sender(other.url, {"secret:login": "Open-Sesame"}, auth=auth, partner_mdn_url=stand_in.url)
        mdn = document(
            wire=b"Content-Type: text/plain\r\n\r\nx", evidence={"kind": "mdn", "url": stand_in.url}, reference="<m@h>"
        )
        one.send(mdn)
    finally:
        other.close()
    assert "authorization" not in stand_in.requests[0].headers


def authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    return issue(key, key, "Local CA", is_authority=True), key


def issue(key, signer, name: str, *, is_authority: bool = False, issuer: str = "Local CA") -> x509.Certificate:
    import datetime as dt
    import ipaddress

    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.KeyUsage(True, False, False, False, False, is_authority, is_authority, False, False), critical=True)
        .sign(signer, hashes.SHA256())
    )


def pem(value) -> str:
    if isinstance(value, x509.Certificate):
        return value.public_bytes(serialization.Encoding.PEM).decode()
    return value.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture
def tls(tmp_path):
    """A local authority, a server context that demands client certificates of it, and the secrets of a client."""
    root, root_key = authority()
    server_key, client_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "server.pem").write_text(pem(issue(server_key, root_key, "localhost")) + pem(server_key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    context.load_verify_locations(cadata=pem(root))
    context.verify_mode = ssl.CERT_REQUIRED
    secrets = {"secret:ca": pem(root), "secret:cert": pem(issue(client_key, root_key, "hub")), "secret:key": pem(client_key)}
    return context, secrets


def test_tls_is_mutual_where_it_is_set_so(tls) -> None:
    context, secrets = tls
    partner = real_partner(tls=context)
    both = {"ca": {"secret": "ca"}, "certificate": {"secret": "cert"}, "key": {"secret": "key"}}
    try:
        assert sender(partner.url, secrets, tls=both).send(document())
        with pytest.raises((TemporaryDeliveryError, UncertainDeliveryError)):
            sender(partner.url, secrets, tls={"ca": {"secret": "ca"}}).send(document(key="2"))
    finally:
        partner.close()
    assert len(partner.behind.payloads) == 1


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(tmp_path) -> None:
    server = StandInServer(certificate=self_signed(tmp_path))
    try:
        with pytest.raises(TemporaryDeliveryError) as failed:
            sender(server.url).send(document())
    finally:
        server.close()
    assert failed.value.code == "AS2-312"
    assert server.requests == []


def test_a_server_that_only_speaks_old_tls_gets_nothing(tmp_path) -> None:
    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    partner = HttpStation(station(), tls=context)
    try:
        with pytest.raises(TemporaryDeliveryError) as failed:
            sender(partner.url, {"secret:ca": certificate.read_text()}, tls={"ca": {"secret": "ca"}}).send(document())
    finally:
        partner.close()
    assert failed.value.code == "AS2-313"


def test_neither_payload_nor_key_nor_login_is_ever_logged_or_said(stand_in: StandInServer, caplog) -> None:
    """Row 10, as far as it is the connector's."""
    caplog.set_level(logging.DEBUG)
    canary = b"CANARY-PAYLOAD-4711"
    said = []
    for status in (200, 404, 500):
        stand_in.behaviour.status = status
        auth = {"user": "edi", "password": {"secret": "login"}}
        with pytest.raises(Exception) as failed:
            sender(stand_in.url, {"secret:login": "CANARY-LOGIN"}, auth=auth).send(document(canary))
        said += [repr(failed.value), failed.value.message, failed.value.hint, repr(failed.value.detail)]
    ready = sender(stand_in.url).prepare(document(canary))
    receiver = station(hub=connector(ACME, HUB, require={"signed": True, "encrypted": True}))
    from as2_partner import as_request

    receiver.receive(as_request(ready.wire[:-40] + bytes(40)))
    said += [repr(receiver.calls[0].rejection), caplog.text]
    private = "".join(HUB.key_pem.splitlines()[1:3])
    for text in said:
        assert "CANARY" not in text
        assert private not in text.replace("\n", "")
