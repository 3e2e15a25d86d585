"""What `edihub bench as2` measures: our work on one message, and beside it the bare primitives the same message needs.

The floor is what nobody can go below with these keys: each RSA, AES and SHA-256 operation called once, on content that lies in
memory as one run, with nothing parsed, written or decided.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connectors.as2 import keys, sending, wire
from connectors.as2.cms.sign import Signing
from connectors.as2.connector import As2Connector
from connectors.as2.disposition import Disposition
from connectors.as2.judging import from_unwrapped
from connectors.as2.mdn_write import MdnToWrite, write_mdn
from connectors.as2.receiving import content_head
from connectors.as2.roles import load_roles
from connectors.as2.settings import As2Settings
from connectors.as2.source import FileSource, MemorySource, Source
from connectors.as2.transport import Answer
from connectors.as2.unwrapping import unwrap
from hub.ports import HttpRequest, HttpResponse, OutboundDocument, Stored

_SHA256 = hashes.SHA256()


@dataclass(frozen=True, slots=True)
class Case:
    """One row: what it is, our work, and the floor under it."""

    name: str
    ours: Callable[[], object]
    floor: Callable[[], object]


class _Lent:
    """Services for one measurement: real time, keys from memory, one folder."""

    def __init__(self, secrets: Mapping[str, str], folder: Path) -> None:
        self._secrets = secrets
        self._folder = folder

    def now(self) -> datetime:
        return datetime.now(UTC)

    def secret(self, name: str) -> str:
        return self._secrets[name]

    def spool(self) -> Path:
        return self._folder


def people() -> dict[str, dict[str, str]]:
    """Two partners with fresh RSA-2048 keys: name, certificate and key as PEM, as the peer's script wants them too."""
    at = datetime.now(UTC)
    made = {name: keys.create(name, at=at) for name in ("HUB", "ACME")}
    return {name: {"name": name, "certificate": pair.certificate, "key": pair.key} for name, pair in made.items()}


def site_settings(us: str, them: str) -> dict[str, Any]:
    """The settings of a connection whose keys lie in the site's folder `keys`."""
    own = {"certificate": {"file": f"keys/{us}.pem"}, "key": {"file": f"keys/{us}.key"}}
    return {
        "url": "http://127.0.0.1:9/as2",
        "our_name": us,
        "partner_name": them,
        "our_certificates": [own],
        "partner_certificates": [{"certificate": {"file": f"keys/{them}.pem"}}],
    }


def _settings(us: str, them: str) -> As2Settings:
    return As2Settings.model_validate(site_settings(us, them))


def posted(both: Mapping[str, Mapping[str, str]], payloads: Sequence[bytes]) -> list[tuple[dict[str, str], bytes]]:
    """Each payload as ACME posts it to HUB: headers and body."""
    acme = As2Connector(_settings("ACME", "HUB"), _Lent(_secrets(both), Path()))
    sample = OutboundDocument(payload=b"", idempotency_key="", name="850.edi", media_type="application/edi-x12")
    found = []
    for number, payload in enumerate(payloads):
        document = replace(sample, payload=payload, idempotency_key=f"bench {number}")
        headers, body = wire.split(acme.prepare(document).wire or b"")
        found.append((headers, body))
    return found


def verified(
    both: Mapping[str, Mapping[str, str]],
    sent: Sequence[tuple[Mapping[str, str], bytes]],
    answers: Sequence[tuple[Mapping[str, str], bytes]],
) -> int:
    """How many answers are MDNs that HUB signed about one of the messages; raises where one is not."""
    acme = As2Connector(_settings("ACME", "HUB"), _Lent(_secrets(both), Path()))
    known = {headers["Message-ID"] for headers, _ in sent}
    for headers, body in answers:
        opened = unwrap(content_head(headers), MemorySource(body), acme.receipt_relation, at=datetime.now(UTC))
        received = from_unwrapped(opened, wire.join(dict(headers), body))
        if opened.signed is None or received.mdn.original_message_id not in known or not received.mdn.mic:
            raise ValueError(f"no receipt of ours: {body[:2000]!r}")
    return len(answers)


def _secrets(both: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    certificates = {f"file:keys/{name}.pem": person["certificate"] for name, person in both.items()}
    return certificates | {f"file:keys/{name}.key": person["key"] for name, person in both.items()}


def cases(both: Mapping[str, Mapping[str, str]], size: int, folder: Path) -> list[Case]:
    """Building, receiving with a signed MDN, and judging that MDN, for a payload of `size` octets."""
    lent = _Lent(_secrets(both), folder)
    acme, hub = As2Connector(_settings("ACME", "HUB"), lent), As2Connector(_settings("HUB", "ACME"), lent)
    payload = os.urandom(size)
    document = OutboundDocument(payload=payload, idempotency_key="bench", name="order.edi", media_type="application/edi-x12")

    def build() -> OutboundDocument:
        made = acme.prepare(document)
        if made.wire_body is not None:
            made.wire_body.unlink()
        return made

    ready = acme.prepare(document)
    request = _request(ready, folder)

    stored = (Stored(message_id="M", is_duplicate=False),)

    def receive() -> HttpResponse:
        return hub.receive(request).answer(stored)

    signing = Signing(load_roles(_settings("HUB", "ACME"), lent.secret).signing(lent.now()))
    answer = receive()
    mdn = Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.body)
    now = lent.now()

    def judge() -> object:
        return sending.outcome(mdn, ready, acme.settings, acme.receipt_relation, now)

    def core() -> object:
        return _received(hub, request, signing)

    judge()
    floors = _Floors(_settings("HUB", "ACME"), lent, payload)
    return [
        Case("build", build, floors.build),
        Case("receive + signed MDN", core, floors.receive),
        Case("the same through the connector", receive, floors.receive),
        Case("judge MDN", judge, floors.judge),
    ]


def _received(hub: As2Connector, request: HttpRequest, signing: Signing) -> object:
    """Decrypted, verified, digested for the MIC, and the signed MDN written; without audit evidence and answer."""
    body: Source = FileSource(request.body_path) if request.body_path is not None else MemorySource(request.body)
    opened = unwrap(content_head(request.headers), body, hub.relation, at=datetime.now(UTC))
    mdn = MdnToWrite(
        sender="HUB",
        receiver="ACME",
        original_message_id=request.headers["message-id"],
        disposition=Disposition(),
        mic=str(opened.mic("sha256")),
    )
    made = write_mdn(mdn, at=datetime.now(UTC), signing=signing, domain="edihub")
    opened.discard()
    if isinstance(body, FileSource):
        body.close()
    return made


def _request(ready: OutboundDocument, folder: Path) -> HttpRequest:
    """The prepared message as it arrives: small in memory, large in a file, as the edge hands it over."""
    headers, _, pieces = wire.split_pieces(ready.pieces())
    names = {name.lower(): value for name, value in headers.items()}
    if ready.wire_body is None:
        return HttpRequest(method="POST", path="/as2", headers=names, body=b"".join(pieces))
    body = folder / "bench-body"
    with body.open("wb") as file:
        file.writelines(pieces)
    ready.wire_body.unlink()
    return HttpRequest(method="POST", path="/as2", headers=names, body=b"", body_path=body)


class _Floors:
    """The primitives of one message."""

    def __init__(self, settings: As2Settings, lent: _Lent, payload: bytes) -> None:
        own = load_roles(settings, lent.secret).decrypting()[0]
        self._key, self._public = own.key, own.certificate.public_key
        self._payload = payload
        self._report = os.urandom(700)
        self._session = os.urandom(32)
        self._vector = os.urandom(16)
        self._sealed_key = self._public.encrypt(self._session, padding.PKCS1v15())
        padded = payload + bytes(3200 + (16 - len(payload) % 16))
        self._sealed = self._cipher().encryptor().update(padded)
        self._digest = hashlib.sha256(payload).digest()
        self._signature = self._key.sign(self._digest, padding.PKCS1v15(), Prehashed(_SHA256))

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._session), modes.CBC(self._vector))

    def build(self) -> None:
        """Sign the content, encrypt it, encrypt its key."""
        self._key.sign(hashlib.sha256(self._payload).digest(), padding.PKCS1v15(), Prehashed(_SHA256))
        self._public.encrypt(self._session, padding.PKCS1v15())
        stream = self._cipher().encryptor()
        stream.update(self._payload[: len(self._payload) // 16 * 16])
        stream.finalize()

    def receive(self) -> None:
        """Decrypt the key and the content, verify, and sign a receipt."""
        self._key.decrypt(self._sealed_key, padding.PKCS1v15())
        stream = self._cipher().decryptor()
        clear = stream.update(self._sealed)
        stream.finalize()
        digest = hashlib.sha256(clear).digest()
        assert digest
        self._public.verify(self._signature, self._digest, padding.PKCS1v15(), Prehashed(_SHA256))
        self._key.sign(hashlib.sha256(self._report).digest(), padding.PKCS1v15(), Prehashed(_SHA256))

    def judge(self) -> None:
        """Verify a receipt."""
        assert hashlib.sha256(self._report).digest()
        self._public.verify(self._signature, self._digest, padding.PKCS1v15(), Prehashed(_SHA256))
