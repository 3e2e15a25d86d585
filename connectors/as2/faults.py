"""What can be wrong with an arriving message: our code, the disposition the partner is told, and what our operator reads.

A fault knows its modifier on the wire (RFC 4130 7.4.3, 7.5.4). The text a partner gets says nothing that helps to attack; the
detail for the operator stays with us, as evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from hub.errors import InsecureMessage


class Kind(NamedTuple):
    """How a fault is reported: disposition type, modifier kind and text, then the two texts."""

    type: str
    modifier: str
    told: str
    hint: str


_SECURITY = "error: insufficient-message-security"
_UNEXPECTED = "error: unexpected-processing-error"

KINDS: Final[Mapping[str, Kind]] = {
    "AS2-101": Kind(
        "processed",
        "error: unknown-trading-partner",
        "There is no trading relation between these AS2 names.",
        "compare AS2-From and AS2-To, letter by letter, with the names in the partner's connection",
    ),
    "AS2-102": Kind(
        "processed",
        "error: decryption-failed",
        "The message could not be decrypted.",
        "ask which certificate the partner encrypts for; it must be one of ours that is listed and in force",
    ),
    "AS2-103": Kind(
        "processed",
        "error: authentication-failed",
        "The signature was not made with a certificate known for this sender.",
        "ask the partner for the certificate they sign with, `edihub cert import` it, compare its fingerprint by telephone, and list it",
    ),
    "AS2-104": Kind(
        "processed",
        "error: integrity-check-failed",
        "The content is not what was signed.",
        "something changed the message after it was signed: a proxy, a gateway, a line end conversion at the sender",
    ),
    "AS2-105": Kind(
        "processed",
        _SECURITY,
        "The message must be signed.",
        "the agreement asks for signed messages; the partner has to switch signing on",
    ),
    "AS2-106": Kind(
        "processed",
        _SECURITY,
        "The message must be encrypted.",
        "the agreement asks for encrypted messages; the partner has to switch encryption on",
    ),
    "AS2-107": Kind(
        "processed",
        _SECURITY,
        "An algorithm or key of the message is too weak or not supported.",
        "ask the partner for SHA-256 and AES, RSA of 2048 bits or more; a dated exception in the connection is the way out meanwhile",
    ),
    "AS2-108": Kind(
        "processed",
        "error: decompression-failed",
        "The message could not be decompressed.",
        "the compressed content is damaged, or larger than the connection's limit allows",
    ),
    "AS2-109": Kind(
        "processed",
        _UNEXPECTED,
        "The message is not well-formed MIME.",
        "look at the raw message; the sender's software wrote it in a way no MIME reader understands",
    ),
    "AS2-110": Kind(
        "failed",
        "failure: unsupported format",
        "The format of the message is not supported.",
        "the message is wrapped in a way AS2 does not define; compare the partner's settings with RFC 4130",
    ),
    "AS2-111": Kind(
        "failed",
        "failure: unsupported MIC-algorithms",
        "None of the requested MIC algorithms is supported.",
        "the partner insists on a MIC algorithm we do not compute; SHA-256 is the one to ask for",
    ),
    "AS2-112": Kind(
        "processed",
        "error: authentication-failed",
        "The certificate of the signer is not in force.",
        "the partner's certificate has expired or is not valid yet; ask for the new one and add it beside the old",
    ),
    "AS2-113": Kind(
        "processed",
        _UNEXPECTED,
        "The message is larger than agreed.",
        "raise max_size in the connection, or agree on smaller files",
    ),
    "AS2-114": Kind(
        "processed",
        "error: authentication-failed",
        "The message carries no signature that counts.",
        "the signature part names no signer, or several; the sender's software is at fault",
    ),
    "AS2-115": Kind(
        "processed",
        "error: duplicate-document",
        "Another message with this Message-ID and other content was received before.",
        "the partner uses a Message-ID twice; each new message needs a new one",
    ),
    "AS2-116": Kind(
        "processed",
        _UNEXPECTED,
        "The address for the asynchronous receipt is not the one agreed.",
        "compare Receipt-Delivery-Option with partner_mdn_url in the connection; receipts go nowhere else",
    ),
    "AS2-117": Kind(
        "processed",
        _UNEXPECTED,
        "The signature cannot be read.",
        "the signature part is not CMS SignedData; look at the raw message",
    ),
    "AS2-118": Kind(
        "failed",
        "failure: unsupported format",
        "Receipts are signed as pkcs7-signature only.",
        "the partner insists on a receipt signed by another protocol; pkcs7-signature is the one to ask for",
    ),
}


class Fault(InsecureMessage):
    """One of `KINDS`, with what only our operator sees in `detail`."""

    def __init__(self, code: str, why: str = "", *, detail: Mapping[str, Any] | None = None) -> None:
        kind = KINDS[code]
        super().__init__(f"{kind.told} {why}".strip() if why else kind.told, kind.hint, code=code, detail=detail)
        self.kind = kind
        self.why = why
        self.evidence: dict[str, Any] = {}
