"""AS2 partners for tests: people with keys, a station that keeps what it is sent, and connectors between them."""

from __future__ import annotations

import functools
import hashlib
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from connectors.as2 import CONNECTOR
from connectors.as2.certificates import Certificate, KeyPair, from_x509
from connectors.as2.connector import As2Connector
from connectors.as2.gateway import As2Gateway
from connectors.as2.settings import As2Settings
from hub.ports import Call, HttpRequest, HttpResponse, OutboundDocument, Receipt, Stored
from hub.testing.services import START, FakeServices

ORDER = (
    b"ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260924*1200*U*00401*000000001*0*P*>~\r\n\x00\xff\n"
)


@dataclass(frozen=True)
class Person:
    """Somebody with a key and a certificate."""

    name: str
    pair: KeyPair
    key_pem: str
    certificate_pem: str

    @property
    def certificate(self) -> Certificate:
        return self.pair.certificate


@functools.cache
def person(
    name: str, *, bits: int = 2048, from_day: int = -30, to_day: int = 365, serial: int = 0, with_key_id: bool = True
) -> Person:
    """A person whose certificate is valid from and to so many days around the frozen start."""
    key = rsa.generate_private_key(65537, bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(START + timedelta(days=from_day))
        .not_valid_after(START + timedelta(days=to_day))
    )
    if with_key_id:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    certificate = from_x509(builder.sign(key, hashes.SHA256()))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Person(name, KeyPair(certificate, key), pem.decode(), certificate.pem().decode())


def secrets_of(*people: Person) -> dict[str, str]:
    """The secrets a connection of these people refers to."""
    found = {}
    for one in people:
        found[f"file:{one.name}.pem"] = one.certificate_pem
        found[f"file:{one.name}.key"] = one.key_pem
    return found


def own(one: Person, **more: object) -> dict:
    return {"certificate": {"file": f"{one.name}.pem"}, "key": {"file": f"{one.name}.key"}, **more}


def other(one: Person, **more: object) -> dict:
    return {"certificate": {"file": f"{one.name}.pem"}, **more}


def settings(us: Person, them: Person, **more: object) -> dict:
    """Settings of `us` towards `them`; loopback is allowed."""
    return {
        "url": "http://127.0.0.1:9/as2",
        "our_name": us.name,
        "partner_name": them.name,
        "our_certificates": [own(us)],
        "partner_certificates": [other(them)],
        "allow_networks": ["127.0.0.0/8", "::1/128"],
        **more,
    }


class SpoolingServices(FakeServices):
    """Services that lend a folder for large payloads."""

    def __init__(self, folder: Path, **more: object) -> None:
        super().__init__(**more)
        self._folder = folder

    def spool(self) -> Path:
        return self._folder


def connector(us: Person, them: Person, services: FakeServices | None = None, **more: object) -> As2Connector:
    """A connection of `us` to `them`."""
    lent = services or FakeServices(secrets=secrets_of(us, them))
    built = CONNECTOR.build(As2Settings(**settings(us, them, **more)), lent)
    assert isinstance(built, As2Connector)
    return built


def document(payload: bytes = ORDER, key: str = "key-1", name: str = "850-1.edi", **more: object) -> OutboundDocument:
    return OutboundDocument(payload=payload, idempotency_key=key, name=name, media_type="application/edi-x12", **more)


def as_request(wire: bytes, *, peer: str = "192.0.2.1:4711", body_path: Path | None = None) -> HttpRequest:
    """Stored wire bytes as the request that arrives."""
    head, _, body = wire.partition(b"\r\n\r\n")
    fields = (line.split(": ", 1) for line in head.decode("latin-1").split("\r\n"))
    headers = {name.lower(): value for name, value in fields}
    return HttpRequest(method="POST", path="/as2", headers=headers, body=body, peer=peer, body_path=body_path)


def prepared_request(sender: As2Connector, sent: OutboundDocument | None = None) -> tuple[OutboundDocument, HttpRequest]:
    """A message as the sender prepares it, and as it arrives."""
    ready = sender.prepare(sent or document())
    assert ready.wire is not None
    return ready, as_request(ready.wire)


def stored(call: Call, **more: object) -> HttpResponse:
    """The answer once everything is stored for the first time."""
    return call.answer(tuple(Stored(message_id=f"M-{n}", is_duplicate=False, **more) for n, _ in enumerate(call.documents, 1)))


@dataclass
class Station:
    """A hub in small: keeps what arrives, answers repeats with what it stored, settles what it sent. `now` is the frozen start."""

    gateway: As2Gateway
    kept: dict[str, tuple[str, bytes, tuple[OutboundDocument, ...], bytes]] = field(default_factory=dict)
    payloads: list[bytes] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    queued: list[OutboundDocument] = field(default_factory=list)
    sent: dict[str, OutboundDocument] = field(default_factory=dict)
    receipts: dict[str, Receipt | Exception] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)

    def receive(self, request: HttpRequest) -> HttpResponse:
        call = self.gateway.receive(request)
        self.calls.append(call)
        for proof in call.proofs:
            known = self.sent.get(proof.reference)
            if known is None:
                continue
            try:
                self.receipts.setdefault(proof.reference, proof.judge(known.evidence))
            except Exception as fault:
                self.receipts.setdefault(proof.reference, fault)
        if not call.documents:
            self.queued += call.sends
            return call.answer(())
        return call.answer(tuple(self._keep(call, one.idempotency_key, b"".join(one.pieces())) for one in call.documents))

    def _keep(self, call: Call, key: str, payload: bytes) -> Stored:
        digest = hashlib.sha256(payload).hexdigest()
        known = self.kept.get(key)
        if known is None:
            self.kept[key] = (digest, call.answer_bytes or b"", call.sends, payload)
            self.payloads.append(payload)
            self.queued += call.sends
            return Stored(message_id=f"M-{len(self.kept)}", is_duplicate=False)
        if known[0] != digest:
            self.conflicts.append(key)
            return Stored(message_id="", is_duplicate=False, is_conflict=True)
        self.queued += known[2]
        return Stored(message_id="M-old", is_duplicate=True, answer=known[1])


def station(**connectors: As2Connector) -> Station:
    return Station(As2Gateway(connectors, FakeServices()))


class HttpStation:
    """A station behind a real HTTP server on loopback; `tls` is a server context."""

    def __init__(self, behind: Station, *, tls: object = None) -> None:
        self.behind = behind

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                pass

            def do_POST(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self._chunks() if headers.get("transfer-encoding") == "chunked" else self._whole(headers)
                request = HttpRequest(method="POST", path=self.path, headers=headers, body=body)
                answer = behind.receive(request)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def _whole(self, headers: dict[str, str]) -> bytes:
                return self.rfile.read(int(headers["content-length"]))

            def _chunks(self) -> bytes:
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._scheme = "http"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}/as2"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def at(day: int) -> datetime:
    """The frozen start, so many days later."""
    return (START + timedelta(days=day)).astimezone(UTC)
