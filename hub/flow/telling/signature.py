"""The signature on everything we post: HMAC-SHA256 over the instant and the body, so that neither can be changed or used again.

The header is `Edihub-Signature: t=1790244000,v1=HEX[,v1=HEX]`: `t` is seconds since 1970, each `v1` the HMAC of `t`, a dot and the raw
body under one secret. While a secret is rotated there are two; a receiver accepts a request when one of them fits its own.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

HEADER = "Edihub-Signature"
TOLERANCE = 300
"""Seconds that a signature may be old, or its clock ahead."""


def sign(body: bytes, secrets: Iterable[str], *, at: int) -> str:
    """The header's value for a body that leaves at `at`, in seconds since 1970."""
    return ",".join([f"t={at}", *(f"v1={_digest(secret, at, body)}" for secret in secrets)])


def is_signed(header: str, body: bytes, secrets: Iterable[str], *, now: int, tolerance: int = TOLERANCE) -> bool:
    """Whether a header fits the body under one of the secrets, and is not too old: what a receiver does."""
    members = [each.strip().partition("=") for each in header.split(",")]
    instants = [value for name, _, value in members if name == "t"]
    if len(instants) != 1 or not (instants[0].isascii() and instants[0].isdigit()) or len(instants[0]) > 12:
        return False
    at = int(instants[0])
    given = [value for name, _, value in members if name == "v1" and value.isascii()]
    if abs(now - at) > tolerance:
        return False
    return any(hmac.compare_digest(_digest(secret, at, body), each) for secret in secrets for each in given)


def _digest(secret: str, at: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
