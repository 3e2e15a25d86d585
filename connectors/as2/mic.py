"""The message integrity check: how it is written, read and compared (RFC 4130 7.3.1, 7.4.3)."""

from __future__ import annotations

import binascii
import hmac
from typing import NamedTuple

from connectors.as2.cms.algorithms import digest_name, micalg


class Mic(NamedTuple):
    """A digest and its algorithm, by our name."""

    algorithm: str
    digest: bytes

    def __str__(self) -> str:
        return self.spelled(micalg(self.algorithm))

    def spelled(self, algorithm: str) -> str:
        """As it stands in an MDN, with the algorithm spelled as the sender of the message does."""
        return f"{binascii.b2a_base64(self.digest, newline=False).decode()}, {algorithm}"

    def matches(self, other: Mic) -> bool:
        """Whether both are of the same algorithm and equal."""
        return self.algorithm == other.algorithm and hmac.compare_digest(self.digest, other.digest)


def parse_mic(text: str) -> Mic | None:
    """A Received-Content-MIC, in every spelling; None where it is none."""
    encoded, comma, algorithm = text.rpartition(",")
    name = digest_name(algorithm)
    if not comma or name is None:
        return None
    try:
        digest = binascii.a2b_base64("".join(encoded.split()), strict_mode=True)
    except (binascii.Error, ValueError):
        return None
    return Mic(name, digest)
