"""The envelope: every secret is encrypted with a key of its own, and that key with the master key (AES-256-GCM both times).

The name of the secret is authenticated with it, so that no sealed value can be moved under another name.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import HubError

KEY_BYTES = 32
_NONCE_BYTES = 12


class SealBroken(HubError):
    """A sealed secret that does not open: changed by somebody, moved under another name, or sealed with another master key."""

    code = "SEC-103"


@dataclass(frozen=True, slots=True)
class MasterKey:
    """256 bits that open every secret of a site. Never printed; `id` is safe to show."""

    value: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Eight letters that tell master keys apart and say nothing about their value."""
        return hashlib.sha256(b"edihub master key id\0" + self.value).hexdigest()[:8]

    @property
    def text(self) -> str:
        """The form it is stored in."""
        return base64.b64encode(self.value).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One sealed secret as it lies on the disk, each member in base64 but `key_id`."""

    key_id: str
    wrapped_key: str
    ciphertext: str


def new_master_key() -> MasterKey:
    """A fresh key from the operating system's generator."""
    return MasterKey(os.urandom(KEY_BYTES))


def read_master_key(text: str) -> MasterKey:
    """A key from its stored form; raises ValueError where it is not 32 bytes in base64."""
    try:
        value = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError("a master key is 32 bytes in base64") from error
    if len(value) != KEY_BYTES:
        raise ValueError(f"a master key is 32 bytes in base64, not {len(value)}")
    return MasterKey(value)


def seal(name: str, secret: str, master: MasterKey) -> Sealed:
    """Encrypt a secret under a fresh key and wrap that key."""
    key = AESGCM.generate_key(8 * KEY_BYTES)
    return Sealed(
        key_id=master.id,
        wrapped_key=_encrypt(master.value, key, f"key of {name}"),
        ciphertext=_encrypt(key, secret.encode(), f"secret {name}"),
    )


def unseal(name: str, sealed: Sealed, master: MasterKey) -> str:
    """The secret; raises `SealBroken` where anything was changed."""
    try:
        key = _decrypt(master.value, sealed.wrapped_key, f"key of {name}")
        return _decrypt(key, sealed.ciphertext, f"secret {name}").decode()
    except (InvalidTag, ValueError):
        raise SealBroken(
            f"the secret {name} does not open with master key {master.id}",
            "somebody changed the file of secrets: restore it, or store the secret anew with `edihub secret set`",
        ) from None


def _encrypt(key: bytes, plain: bytes, bound_to: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())).decode()


def _decrypt(key: bytes, text: str, bound_to: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], bound_to.encode())
