"""Write a disposition notification, signed or not, as the body of an HTTP message (RFC 4130 7.4, RFC 8098 3)."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import NamedTuple

from connectors.as2.cms.algorithms import micalg, new_digest
from connectors.as2.cms.sign import Signing
from connectors.as2.disposition import Disposition
from connectors.as2.headers import write_name
from connectors.as2.mime.names import disposition as content_disposition
from connectors.as2.signed_part import signature_part, signed_type

AGENT = "edihub"
FEATURES = "multiple-attachments, AS2-Reliability"


class MdnToWrite(NamedTuple):
    """What to say, about which message, in whose name. `mic` is the Received-Content-MIC as it will stand, "" for none.

    `file_name` is the name the payload came with, given back so that the sender can match it.
    """

    sender: str
    receiver: str
    original_message_id: str
    disposition: Disposition
    mic: str = ""
    text: str = ""
    file_name: str = ""


class HttpMessage(NamedTuple):
    """Header fields and body of an HTTP request or response."""

    headers: dict[str, str]
    body: bytes


def stable_message_id(domain: str, *parts: str) -> str:
    """The Message-ID of one document on its way from one name to another: the same however often it is made."""
    return f"<{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:40]}@{domain}>"


@lru_cache(maxsize=4)
def _http_date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


def common_headers(sender: str, receiver: str, message_id: str, at: datetime) -> dict[str, str]:
    """The header fields that messages and MDNs share."""
    return {
        "AS2-Version": "1.2",
        "AS2-From": write_name(sender),
        "AS2-To": write_name(receiver),
        "Message-ID": message_id,
        "Date": _http_date(at.replace(microsecond=0)),
        "MIME-Version": "1.0",
        "EDIINT-Features": FEATURES,
        "User-Agent": AGENT,
    }


def _report(mdn: MdnToWrite, boundary: str) -> bytes:
    fields = [
        f"Reporting-UA: {AGENT}",
        f"Original-Recipient: rfc822; {write_name(mdn.sender)}",
        f"Final-Recipient: rfc822; {write_name(mdn.sender)}",
        f"Original-Message-ID: {mdn.original_message_id}",
        f"Disposition: {mdn.disposition}",
    ]
    if mdn.mic:
        fields.append(f"Received-Content-MIC: {mdn.mic}")
    notification = "\r\n".join(fields)
    named = f"Content-Disposition: {content_disposition(mdn.file_name)}\r\n" if mdn.file_name else ""
    return (
        f"--{boundary}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n"
        f"{mdn.text}\r\n\r\n"
        f"--{boundary}\r\n"
        "Content-Type: message/disposition-notification\r\n"
        f"{named}"
        "Content-Transfer-Encoding: 7bit\r\n\r\n"
        f"{notification}\r\n\r\n"
        f"--{boundary}--\r\n"
    ).encode()


def write_mdn(mdn: MdnToWrite, *, at: datetime, signing: Signing | None, domain: str) -> HttpMessage:
    """The notification, ready to be answered or posted."""
    chance = os.urandom(40).hex()
    boundary = f"mdn-{chance[:24]}"
    content_type = f'multipart/report; report-type=disposition-notification; boundary="{boundary}"'
    body = _report(mdn, boundary)
    if signing is not None:
        content = f"Content-Type: {content_type}\r\n\r\n".encode() + body
        digest = new_digest(signing.digest)
        digest.update(content)
        boundary = f"sig-{chance[24:48]}"
        body = b"".join((f"--{boundary}\r\n".encode(), content, signature_part(boundary, signing.sign(digest.digest(), at))))
        content_type = signed_type(boundary, micalg(signing.digest))
    headers = common_headers(mdn.sender, mdn.receiver, f"<{chance[48:]}@{domain}>", at)
    headers["Content-Type"] = content_type
    return HttpMessage(headers, body)
