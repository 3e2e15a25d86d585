"""The server's identity: pinned host keys, as `known_hosts` lines, public key lines or SHA-256 fingerprints."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence

# Negotiated names by the family of the key they prove.
FAMILIES = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa": ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
_FINGERPRINT = re.compile(r"SHA256:([A-Za-z0-9+/]{43})=?")


def fingerprint_of(blob: bytes) -> str:
    """The fingerprint as OpenSSH prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def read_pin(text: str) -> tuple[str, str]:
    """A pin as (fingerprint, key type); the type is "" where only the fingerprint is known. Raises ValueError with the cure."""
    text = text.strip()
    match = _FINGERPRINT.fullmatch(text)
    if match:
        return f"SHA256:{match[1]}", ""
    words = text.split()
    for at, word in enumerate(words[:-1]):
        if word.startswith(("ssh-", "ecdsa-")):
            try:
                blob = base64.b64decode(words[at + 1], validate=True)
            except binascii.Error as error:
                raise ValueError(f"the key after {word} is not base64; copy the whole line") from error
            if blob[4 : 4 + int.from_bytes(blob[:4], "big")] != word.encode():
                raise ValueError(f"the key after {word} is of another type; copy the whole line")
            if not word.startswith(tuple(FAMILIES)):
                raise ValueError(f"host keys of type {word} are too weak or unknown; use ed25519, ecdsa or rsa")
            return fingerprint_of(blob), word
    raise ValueError("give 'SHA256:...', a line of known_hosts or of `ssh-keyscan`; MD5 fingerprints are not accepted")


def families_to_offer(pins: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The host key families to offer, one connection after the other.

    A server with several keys shows one of the family that is negotiated. Where a pin says its type, that family is asked for;
    a bare fingerprint may be of any.
    """
    known = {family for family in FAMILIES for _, kind in pins if kind and kind.startswith(family)}
    if all(kind for _, kind in pins):
        return [tuple(family for family in FAMILIES if family in known)]
    return [tuple(FAMILIES), *((family,) for family in FAMILIES)]
