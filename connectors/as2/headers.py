"""The header fields AS2 adds to HTTP (RFC 4130 6), read from what arrived and written for what leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from connectors.as2.cms.algorithms import digest_name

MAX_NAME = 128
_QUOTED_PAIR = re.compile(r"\\(.)")
_NAME = re.compile(r"[\x20-\x7e]{1,128}\Z")
_BARE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+\Z")
_MESSAGE_ID = re.compile(r"[\x20-\x7e]{1,998}\Z")


class HeaderError(ValueError):
    """A header field that AS2 needs is missing or cannot be read; the message says which."""


@lru_cache(maxsize=512)
def read_name(text: str) -> str:
    """An AS2 name as a partner means it: quotes taken off, quoted pairs resolved (RFC 4130 6.2)."""
    name = text.strip()
    if len(name) >= 2 and name[0] == name[-1] == '"':
        name = _QUOTED_PAIR.sub(r"\1", name[1:-1])
    if not _NAME.match(name):
        raise HeaderError("an AS2 name has 1 to 128 printable ASCII characters")
    return name


@lru_cache(maxsize=512)
def write_name(name: str) -> str:
    """An AS2 name as it stands in a header: in quotes where it holds a space, a quote or a backslash."""
    if _BARE.match(name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read_message_id(text: str) -> str:
    """A Message-ID as it stands, with its angle brackets; compared octet for octet and used as a key, never as a path.

    Spaces are taken, though RFC 5322 has none: products make the identifier of the AS2 names, which may hold some.
    """
    found = text.strip()
    if not _MESSAGE_ID.match(found):
        raise HeaderError("Message-ID must be 1 to 998 printable ASCII characters")
    return found


def bracketed(message_id: str) -> str:
    """A Message-ID in its angle brackets, which are not part of its value (RFC 4130 5.3.3); "" stays ""."""
    found = message_id.strip()
    return found if not found or (found.startswith("<") and found.endswith(">")) else f"<{found}>"


class ReceiptRequest(NamedTuple):
    """What the sender wants back: nothing (`wanted` false), or an MDN, signed or not, at once or to `url` later.

    `micalgs` are the requested MIC algorithms as they were spelled, in order; `mic_required` that none other will do.
    """

    wanted: bool = False
    signed: bool = False
    micalgs: tuple[str, ...] = ()
    mic_required: bool = False
    protocol_required: bool = False
    url: str = ""

    def mic(self, *, excused: frozenset[str] = frozenset()) -> tuple[str, str] | None:
        """The first requested algorithm we have, by our name and as the sender spelled it; MD5 only where it is excused.

        SHA-1 is computed when asked for: the MIC tells the sender what arrived, the signature around it is what protects it.
        """
        for spelling in self.micalgs:
            name = digest_name(spelling)
            if name is not None and (name != "md5" or name in excused):
                return name, spelling
        return None


class Address(NamedTuple):
    """Who sent a message to whom, and its identity."""

    sender: str
    receiver: str
    message_id: str
    version: str = "1.0"
    subject: str = ""


def read_address(headers: Mapping[str, str]) -> Address:
    """The AS2 names and the Message-ID; `HeaderError` where one is missing. An absent AS2-Version means 1.0."""
    said = headers.get
    sender, receiver, message_id = said("as2-from", ""), said("as2-to", ""), said("message-id", "")
    for name, text in (("as2-from", sender), ("as2-to", receiver), ("message-id", message_id)):
        if not text or text.isspace():
            raise HeaderError(f"{name} is missing")
    version = said("as2-version", "").strip()[:16] or "1.0"
    return Address(read_name(sender), read_name(receiver), read_message_id(message_id), version, said("subject", "")[:200])


def read_receipt_request(headers: Mapping[str, str]) -> ReceiptRequest:
    """The wish for a receipt (RFC 4130 7.3)."""
    if not headers.get("disposition-notification-to", "").strip():
        return ReceiptRequest()
    url = headers.get("receipt-delivery-option", "").strip()
    return _receipt_request(headers.get("disposition-notification-options", "")[:4096], url[:4096])


@lru_cache(maxsize=128)
def _receipt_request(text: str, url: str) -> ReceiptRequest:
    options = _options(text)
    protocol_required, protocols = options.get("signed-receipt-protocol", (False, ()))
    mic_required, micalgs = options.get("signed-receipt-micalg", (False, ()))
    return ReceiptRequest(
        wanted=True,
        signed=any("pkcs7-signature" in protocol.lower() for protocol in protocols),
        micalgs=micalgs,
        mic_required=mic_required,
        protocol_required=protocol_required,
        url=url,
    )


def _options(text: str) -> Mapping[str, tuple[bool, tuple[str, ...]]]:
    """`name=importance, value, value; name=...` (RFC 8098 2.2): name -> (required, values)."""
    result: dict[str, tuple[bool, tuple[str, ...]]] = {}
    for option in text.split(";"):
        name, equals, rest = option.partition("=")
        if not equals:
            continue
        importance, *values = (part.strip().strip('"') for part in rest.split(","))
        if importance.lower() not in {"required", "optional"}:
            values = [importance, *values]
        result.setdefault(
            name.strip().lower(), (importance.lower() == "required", tuple(value for value in values if value)[:10])
        )
    return result
