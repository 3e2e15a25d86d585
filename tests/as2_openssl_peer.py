"""An AS2 partner made of the OpenSSL command line and a few lines of MIME: shares no code with the product."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import uuid
import zlib
from dataclasses import dataclass
from pathlib import Path


def _tlv(tag: int, *content: bytes) -> bytes:
    data = b"".join(content)
    size = len(data)
    if size < 128:
        return bytes([tag, size]) + data
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(octets)]) + octets + data


_ZLIB = bytes.fromhex("060b2a864886f70d0109100308")
_DATA = bytes.fromhex("06092a864886f70d010701")
_COMPRESSED = bytes.fromhex("060b2a864886f70d0109100109")


def compressed(data: bytes) -> bytes:
    """CompressedData: OpenSSL has the structure, but its usual builds lack zlib."""
    inner = _tlv(0x30, _DATA, _tlv(0xA0, _tlv(0x04, zlib.compress(data))))
    return _tlv(0x30, _COMPRESSED, _tlv(0xA0, _tlv(0x30, b"\x02\x01\x00", _tlv(0x30, _ZLIB), inner)))


def uncompressed(der: bytes) -> bytes:
    return zlib.decompress(der[der.index(b"\x78") :]) if der[der.index(b"\x78") + 1] in {0x01, 0x5E, 0x9C, 0xDA} else b""


@dataclass
class OpenSslPeer:
    """`us` and `them` are folders of name.pem and name.key; everything cryptographic is a run of `openssl`."""

    folder: Path
    us: str
    them: str

    def run(self, *arguments: str, data: bytes = b"", check: bool = True) -> bytes:
        done = subprocess.run(
            ["openssl", *arguments], input=data, capture_output=True, cwd=self.folder, check=False, timeout=60
        )
        if check and done.returncode:
            raise AssertionError(f"openssl {' '.join(arguments)}: {done.stderr.decode()}")
        return done.stdout

    def detached(self, data: bytes, *, digest: str = "sha256", options: tuple[str, ...] = ()) -> bytes:
        own = ("-signer", f"{self.us}.pem", "-inkey", f"{self.us}.key")
        return self.run("cms", "-sign", "-binary", "-outform", "DER", "-md", digest, *own, *options, data=data)

    def signed(
        self, part: bytes, *, digest: str = "sha256", options: tuple[str, ...] = (), signed_bytes: bytes | None = None
    ) -> tuple[str, bytes]:
        """multipart/signed around a part; `signed_bytes` are what a peer with habits of its own signs instead."""
        signature = self.detached(part if signed_bytes is None else signed_bytes, digest=digest, options=options)
        mark = f"b-{uuid.uuid4().hex}"
        body = (
            f"--{mark}\r\n".encode()
            + part
            + f"\r\n--{mark}\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n".encode()
            + b"Content-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(signature).replace(b"\n", b"\r\n")
            + f"\r\n--{mark}--\r\n".encode()
        )
        return f'multipart/signed; protocol="application/pkcs7-signature"; micalg={digest}; boundary="{mark}"', body

    def encrypted(
        self, data: bytes, *, cipher: str = "aes-256-cbc", options: tuple[str, ...] = (), stream: bool = False
    ) -> bytes:
        recipient = ("-recip", f"{self.them}.pem", *options) if options else (f"{self.them}.pem",)
        more = ("-stream",) if stream else ()
        return self.run("cms", "-encrypt", "-binary", "-outform", "DER", f"-{cipher}", *more, *recipient, data=data)

    def decrypted(self, der: bytes) -> bytes:
        own = ("-recip", f"{self.us}.pem", "-inkey", f"{self.us}.key")
        return self.run("cms", "-decrypt", "-binary", "-inform", "DER", *own, data=der)

    def verified(self, content_type: str, body: bytes) -> bytes:
        """The signed part of a multipart/signed, after OpenSSL has verified it against the pinned certificate."""
        mark = content_type.split('boundary="')[1].rstrip('"').encode()
        _, part, second, rest = body.split(b"--" + mark)
        assert rest.startswith(b"--")
        part = part.removeprefix(b"\r\n").removesuffix(b"\r\n")
        head, _, encoded = second.partition(b"\r\n\r\n")
        assert b"base64" in head
        name = uuid.uuid4().hex
        (self.folder / f"{name}.p7s").write_bytes(base64.b64decode(encoded))
        (self.folder / f"{name}.part").write_bytes(part)
        pinned = ("-certfile", f"{self.them}.pem", "-nointern", "-noverify")
        self.run("cms", "-verify", "-binary", "-inform", "DER", "-in", f"{name}.p7s", "-content", f"{name}.part", *pinned)
        return part

    def mdn(
        self, message_id: str, mic: str, *, sign: bool, disposition: str = "processed", options: tuple[str, ...] = ()
    ) -> tuple[str, bytes]:
        """A disposition notification as another product would write it."""
        mark = f"r-{uuid.uuid4().hex}"
        fields = [
            "Reporting-UA: openssl peer",
            f"Final-Recipient: rfc822; {self.us}",
            f"Original-Message-ID: {message_id}",
            f"Disposition: automatic-action/MDN-sent-automatically; {disposition}",
        ]
        if mic:
            fields.append(f"Received-Content-MIC: {mic}")
        body = (
            f"--{mark}\r\nContent-Type: text/plain\r\n\r\nTook it.\r\n"
            f"--{mark}\r\nContent-Type: message/disposition-notification\r\n\r\n"
            + "\r\n".join(fields)
            + f"\r\n\r\n--{mark}--\r\n"
        ).encode()
        content_type = f'multipart/report; report-type=disposition-notification; boundary="{mark}"'
        if not sign:
            return content_type, body
        return self.signed(f"Content-Type: {content_type}\r\n\r\n".encode() + body, options=options)


def mic_of(data: bytes, digest: str = "sha256") -> str:
    return f"{base64.b64encode(hashlib.new(digest, data).digest()).decode()}, {digest}"
