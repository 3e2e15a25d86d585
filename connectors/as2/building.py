"""Build an AS2 message: MIME, compress, sign, encrypt, in one pass over the payload (RFC 4130 4, RFC 5402 2).

Sizes are counted before the first octet is made, so that DER lengths and Content-Length are right while everything streams. The
MIC is known when the last piece was taken.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Literal

from connectors.as2.certificates import Certificate
from connectors.as2.cms.algorithms import Digest, micalg, new_digest
from connectors.as2.cms.compress import compress
from connectors.as2.cms.encrypt import encrypt
from connectors.as2.cms.sign import Signing
from connectors.as2.mic import Mic
from connectors.as2.mime.names import disposition, harmless
from connectors.as2.signed_part import frame_size, signature_part, signed_type

_MEDIA_TYPE = re.compile(r"[!-~]{1,80}/[!-~]{1,80}(; ?[ -~]{1,200})?\Z")

Compression = Literal["none", "before_signing", "after_signing"]


@dataclass(frozen=True, slots=True)
class Content:
    """One document to send: its bytes, how many, what they are and their file name."""

    pieces: Iterable[bytes]
    size: int
    media_type: str = "application/octet-stream"
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a message is made: who signs, for whom it is encrypted and with what, when it is compressed."""

    signing: Signing | None = None
    recipient: Certificate | None = None
    cipher: str = "aes256_cbc"
    key_transport: str = "rsa_pkcs1v15"
    compression: Compression = "none"
    mic_digest: str = "sha256"
    folder: Path | None = None


@dataclass(slots=True)
class _Entity:
    """A MIME entity in the making: header fields, how many octets its body has, and those octets."""

    fields: dict[str, str]
    size: int
    pieces: Iterable[bytes]

    def raw_head(self) -> bytes:
        return "".join(f"{name}: {value}\r\n" for name, value in self.fields.items()).encode() + b"\r\n"

    def whole(self) -> tuple[int, Iterator[bytes]]:
        """Head and body as one run of octets."""
        head = self.raw_head()
        return len(head) + self.size, chain((head,), self.pieces)


@dataclass(slots=True)
class Built:
    """A message ready to be written: header fields of the outermost entity, size and octets of its body.

    `mic` may be asked once every piece was taken. `mic_over` says what it is over, as `evidence.mic_content` wants to know it.
    """

    fields: dict[str, str]
    size: int
    pieces: Iterator[bytes]
    mic_over: dict[str, str]
    _mic: Callable[[], Mic] = field(repr=False)

    def mic(self) -> Mic:
        """The MIC an MDN for this message must carry."""
        return self._mic()


def build(contents: tuple[Content, ...], plan: Plan, at: datetime) -> Built:
    """Make the message; several contents become one multipart/related (RFC 6362)."""
    entity = _single(contents[0]) if len(contents) == 1 else _related(contents)
    name = plan.signing.digest if plan.signing is not None else plan.mic_digest
    running = new_digest(name)
    is_plain = plan.signing is None and plan.recipient is None and plan.compression == "none"
    if plan.signing is None:
        if not is_plain:
            running.update(entity.raw_head())
        entity.pieces = _digested(entity.pieces, running)
    mic_over = {} if is_plain else {"mic_head": entity.raw_head().decode()}
    if plan.compression == "before_signing" and plan.signing is not None:
        mic_over["mic_over"] = "compressed"
    if plan.compression == "before_signing" or (plan.compression == "after_signing" and plan.signing is None):
        entity = _compressed(entity, plan.folder)
    if plan.signing is not None:
        entity = _signed(entity, plan.signing, running, at)
        if plan.compression == "after_signing":
            entity = _compressed(entity, plan.folder)
    if plan.recipient is not None:
        entity = _encrypted(entity, plan, plan.recipient)
    return Built(entity.fields, entity.size, iter(entity.pieces), mic_over, lambda: Mic(name, running.digest()))


def _single(content: Content) -> _Entity:
    fields = {
        "Content-Type": _media_type(content.media_type),
        "Content-Transfer-Encoding": "binary",
        "Content-Disposition": disposition(harmless(content.name)),
    }
    return _Entity(fields, content.size, content.pieces)


def _media_type(text: str) -> str:
    """A media type that may stand in a header; what is none is octets."""
    return text if _MEDIA_TYPE.match(text) else "application/octet-stream"


def _related(contents: tuple[Content, ...]) -> _Entity:
    boundary = f"part-{secrets.token_hex(16)}"
    size = 0
    runs: list[Iterable[bytes]] = []
    for content in contents:
        opening = f"--{boundary}\r\n".encode() + _single(content).raw_head()
        runs += [(opening,), content.pieces, (b"\r\n",)]
        size += len(opening) + content.size + 2
    closing = f"--{boundary}--\r\n".encode()
    runs.append((closing,))
    kind = _media_type(contents[0].media_type).partition(";")[0]
    fields = {"Content-Type": f'multipart/related; type="{kind}"; boundary="{boundary}"'}
    return _Entity(fields, size + len(closing), chain.from_iterable(runs))


def _digested(pieces: Iterable[bytes], running: Digest) -> Iterator[bytes]:
    for piece in pieces:
        running.update(piece)
        yield piece


def _pkcs7(kind: str, name: str, size: int, pieces: Iterable[bytes]) -> _Entity:
    fields = {
        "Content-Type": f"application/pkcs7-mime; smime-type={kind}; name={name}",
        "Content-Transfer-Encoding": "binary",
        "Content-Disposition": f"attachment; filename={name}",
    }
    return _Entity(fields, size, pieces)


def compressed_part(entity: bytes) -> bytes:
    """An entity as the compressed part that stands for it, head and body: the same octets whenever the same zlib makes them."""
    made = _pkcs7("compressed-data", "smime.p7z", *compress((entity,), None))
    return b"".join(made.whole()[1])


def _compressed(entity: _Entity, folder: Path | None) -> _Entity:
    _, pieces = entity.whole()
    return _pkcs7("compressed-data", "smime.p7z", *compress(pieces, folder))


def _encrypted(entity: _Entity, plan: Plan, recipient: Certificate) -> _Entity:
    size, pieces = entity.whole()
    encrypted = encrypt(pieces, size, recipient=recipient, cipher=plan.cipher, key_transport=plan.key_transport)
    kind = "authEnveloped-data" if plan.cipher.endswith("_gcm") else "enveloped-data"
    return _pkcs7(kind, "smime.p7m", encrypted.size, encrypted.pieces)


def _signed(entity: _Entity, signing: Signing, running: Digest, at: datetime) -> _Entity:
    boundary = f"sig-{secrets.token_hex(16)}"
    size, pieces = entity.whole()

    def stream() -> Iterator[bytes]:
        yield f"--{boundary}\r\n".encode()
        yield from _digested(pieces, running)
        yield signature_part(boundary, signing.sign(running.digest(), at))

    total = size + frame_size(boundary, signing.size(at))
    return _Entity({"Content-Type": signed_type(boundary, micalg(signing.digest))}, total, stream())
