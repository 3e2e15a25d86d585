"""The algorithms AS2 knows, by one name each: their object identifiers, spellings on the wire and parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from connectors.as2.asn1 import writer
from connectors.as2.asn1.reader import (
    CONTEXT_0,
    CONTEXT_1,
    CONTEXT_2,
    NULL,
    OCTET_STRING,
    SEQUENCE,
    TAG,
    BerError,
    Cursor,
    walk,
)

DATA: Final = "1.2.840.113549.1.7.1"
SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
ENVELOPED_DATA: Final = "1.2.840.113549.1.7.3"
COMPRESSED_DATA: Final = "1.2.840.113549.1.9.16.1.9"
AUTH_ENVELOPED_DATA: Final = "1.2.840.113549.1.9.16.1.23"
CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
ZLIB: Final = "1.2.840.113549.1.9.16.3.8"
RSA: Final = "1.2.840.113549.1.1.1"
RSA_OAEP: Final = "1.2.840.113549.1.1.7"
RSA_PSS: Final = "1.2.840.113549.1.1.10"
MGF1: Final = "1.2.840.113549.1.1.8"
PSPECIFIED: Final = "1.2.840.113549.1.1.9"


class Digest(Protocol):
    """A running digest."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes."""

    def digest(self) -> bytes:
        """The digest of what was taken so far."""
        ...


_DIGEST_OIDS: Final = {
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha224": "2.16.840.1.101.3.4.2.4",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_DIGEST_NAMES: Final = {dotted: name for name, dotted in _DIGEST_OIDS.items()}
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "md5": hashes.MD5(),  # noqa: S303  a partner's old signature, refused unless a dated exception allows it
    "sha1": hashes.SHA1(),  # noqa: S303  the same; and the default of OAEP, where collisions do not matter
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_MAKERS: Final[Mapping[str, Callable[[], Digest]]] = {
    "md5": partial(hashlib.md5, usedforsecurity=False),
    "sha1": partial(hashlib.sha1, usedforsecurity=False),
    "sha224": hashlib.sha224,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
DIGESTS: Final = tuple(_DIGEST_OIDS)

#: signature algorithms that name their digest -> that digest
SIGNATURE_DIGESTS: Final = {
    "1.2.840.113549.1.1.4": "md5",
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}


@dataclass(frozen=True, slots=True)
class CipherKind:
    """A content cipher: its object identifier, its key and its block in octets, whether tampering shows (GCM)."""

    name: str
    oid: str
    key: int
    block: int = 16
    is_authenticated: bool = False


CIPHERS: Final = {
    kind.name: kind
    for kind in (
        CipherKind("aes128_cbc", "2.16.840.1.101.3.4.1.2", 16),
        CipherKind("aes192_cbc", "2.16.840.1.101.3.4.1.22", 24),
        CipherKind("aes256_cbc", "2.16.840.1.101.3.4.1.42", 32),
        CipherKind("aes128_gcm", "2.16.840.1.101.3.4.1.6", 16, is_authenticated=True),
        CipherKind("aes192_gcm", "2.16.840.1.101.3.4.1.26", 24, is_authenticated=True),
        CipherKind("aes256_gcm", "2.16.840.1.101.3.4.1.46", 32, is_authenticated=True),
        CipherKind("3des_cbc", "1.2.840.113549.3.7", 24, 8),
    )
}
CIPHERS_BY_OID: Final = {kind.oid: kind for kind in CIPHERS.values()}

#: ciphers we name in a refusal but never decrypt
UNSUPPORTED_CIPHERS: Final = {
    "1.2.840.113549.3.2": "rc2_cbc",
    "1.2.840.113549.3.4": "rc4",
    "1.3.14.3.2.7": "des_cbc",
}


class UnknownAlgorithm(Exception):
    """An algorithm we have no implementation of; carries what the sender called it."""


@lru_cache(maxsize=256)
def digest_name(spelling: str) -> str | None:
    """Our name of a digest, however it is spelled: `sha-256`, `SHA256`, `sha_256`, `rsa-sha256`; None where unknown."""
    name = spelling.strip().strip('"').lower().replace("-", "").replace("_", "").replace(" ", "").removeprefix("rsa")
    return name if name in _DIGEST_OIDS else None


def micalg(name: str) -> str:
    """How a digest is spelled in `micalg` and in a MIC (RFC 5751 3.4.3.2): `sha-256`."""
    return name if name == "md5" else f"sha-{name[3:]}"


def digest_for(dotted: str) -> str:
    """Our name of a digest's object identifier."""
    name = _DIGEST_NAMES.get(dotted) or SIGNATURE_DIGESTS.get(dotted)
    if name is None:
        raise UnknownAlgorithm(f"digest {dotted}")
    return name


def new_digest(name: str) -> Digest:
    """A running digest."""
    return _MAKERS[name]()


def hash_for(name: str) -> hashes.HashAlgorithm:
    """The same digest as `cryptography` names it."""
    return _HASHES[name]


@lru_cache(maxsize=32)
def digest_identifier(name: str, *, null: bool = False) -> bytes:
    """AlgorithmIdentifier of a digest; parameters absent (RFC 5754 2) but where an older structure wants NULL."""
    return writer.sequence(writer.oid(_DIGEST_OIDS[name]), writer.NULL_VALUE if null else b"")


def _mgf1_identifier(name: str) -> bytes:
    return writer.sequence(writer.oid(MGF1), digest_identifier(name, null=True))


@lru_cache(maxsize=32)
def pss_identifier(name: str) -> bytes:
    """AlgorithmIdentifier of RSASSA-PSS with MGF1 over the same digest and a salt as long as the digest (RFC 4056)."""
    salt = _HASHES[name].digest_size
    return writer.sequence(
        writer.oid(RSA_PSS),
        writer.sequence(
            writer.explicit(0, digest_identifier(name, null=True)),
            writer.explicit(1, _mgf1_identifier(name)),
            writer.explicit(2, writer.integer(salt)),
        ),
    )


@lru_cache(maxsize=32)
def oaep_identifier(name: str) -> bytes:
    """AlgorithmIdentifier of RSAES-OAEP with MGF1 over the same digest and an empty label (RFC 8017 A.2.1)."""
    return writer.sequence(
        writer.oid(RSA_OAEP),
        writer.sequence(writer.explicit(0, digest_identifier(name, null=True)), writer.explicit(1, _mgf1_identifier(name))),
    )


RSA_IDENTIFIER: Final = writer.sequence(writer.oid(RSA), writer.NULL_VALUE)


def read_identifier(cursor: Cursor) -> tuple[str, bytes]:
    """The next AlgorithmIdentifier: its object identifier, and its parameters as they stand (b"" where absent or NULL)."""
    raw = cursor.raw(cursor.next(SEQUENCE))
    return _known_identifier(raw) if len(raw) <= _SHORT else _identifier(raw)


def _identifier(raw: bytes) -> tuple[str, bytes]:
    outer = walk(raw)
    inner = outer.enter(outer.next(SEQUENCE))
    dotted = inner.oid()
    parameters = inner.peek()
    if parameters is None:
        return dotted, b""
    inner.next()
    own = b"" if parameters[TAG] == NULL else inner.raw(parameters)
    inner.finish()
    return dotted, own


_SHORT = 20
_known_identifier = lru_cache(maxsize=128)(_identifier)


def _parameters(raw: bytes) -> Cursor:
    outer = walk(raw)
    return outer.enter(outer.next(SEQUENCE))


def _digest_parameter(cursor: Cursor, number: int) -> str:
    """The digest under an explicit tag; SHA-1 where the sender left the default (RFC 8017 A.2)."""
    tagged = cursor.optional(CONTEXT_0 + number)
    return "sha1" if tagged is None else digest_for(read_identifier(cursor.enter(tagged))[0])


def _mgf_parameter(cursor: Cursor) -> str:
    tagged = cursor.optional(CONTEXT_1)
    if tagged is None:
        return "sha1"
    dotted, inner = read_identifier(cursor.enter(tagged))
    if dotted != MGF1:
        raise UnknownAlgorithm(f"mask generation {dotted}")
    return digest_for(read_identifier(walk(inner))[0]) if inner else "sha1"


def read_oaep(raw: bytes) -> tuple[padding.OAEP, str]:
    """The OAEP padding as the sender parametrised it, and the name of its digest."""
    if not raw:
        return padding.OAEP(padding.MGF1(_HASHES["sha1"]), _HASHES["sha1"], None), "sha1"
    cursor = _parameters(raw)
    digest, mask = _digest_parameter(cursor, 0), _mgf_parameter(cursor)
    label: bytes | None = None
    if (tagged := cursor.optional(CONTEXT_2)) is not None:
        source = cursor.enter(tagged)
        source = source.enter(source.next(SEQUENCE))
        if source.oid() != PSPECIFIED:
            raise UnknownAlgorithm("an OAEP label source")
        label = source.value(source.next(OCTET_STRING, OCTET_STRING | 0x20)) or None
    return padding.OAEP(padding.MGF1(_HASHES[mask]), _HASHES[digest], label), digest


def read_pss(raw: bytes, content_digest: str) -> tuple[padding.PSS, str]:
    """The PSS padding as the signer parametrised it, and the name of its digest.

    Some products leave the parameters out, which RFC 4056 forbids; they mean the digest of the content throughout.
    """
    if not raw:
        return padding.PSS(padding.MGF1(_HASHES[content_digest]), padding.PSS.AUTO), content_digest
    cursor = _parameters(raw)
    digest, mask = _digest_parameter(cursor, 0), _mgf_parameter(cursor)
    salt = 20
    if (tagged := cursor.optional(CONTEXT_2)) is not None:
        salt = cursor.enter(tagged).integer()
    if not 0 <= salt <= 512:
        raise BerError(f"a PSS salt of {salt} octets")
    return padding.PSS(padding.MGF1(_HASHES[mask]), salt), digest
