"""The Authorization header: made for what we send, compared in constant time on what we receive."""

from __future__ import annotations

import base64
import binascii
import hmac

from connectors.http.settings import Credentials
from hub.ports import Services


def authorization(credentials: Credentials, services: Services) -> str:
    """The header's value for these credentials."""
    if credentials.bearer is not None:
        return f"Bearer {services.secret(credentials.bearer.name)}"
    if credentials.basic is None:
        raise ValueError("credentials name neither bearer nor basic")
    pair = f"{credentials.basic.user}:{services.secret(credentials.basic.password.name)}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def challenge(credentials: Credentials) -> str:
    """What a caller without credentials is asked for (RFC 9110 11.6.1)."""
    return 'Bearer realm="edihub"' if credentials.bearer is not None else 'Basic realm="edihub", charset="UTF-8"'


def is_authorized(header: str, expected: str) -> bool:
    """Whether the received header says what is expected; the scheme's case does not matter, the rest does."""
    scheme, _, given = header.strip().partition(" ")
    wanted_scheme, _, wanted = expected.partition(" ")
    if scheme.lower() != wanted_scheme.lower():
        return False
    if wanted_scheme == "Basic":
        return hmac.compare_digest(_decoded(given.strip()), _decoded(wanted))
    return hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), wanted.encode())


def _decoded(value: str) -> bytes:
    """The user and password; base64 has more than one spelling of the same bytes."""
    try:
        return base64.b64decode(value.encode("ascii", "replace"), validate=True)
    except binascii.Error:
        return b""
