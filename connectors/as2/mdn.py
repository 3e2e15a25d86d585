"""The message disposition notification: what one says, and reading it from the part that was signed (RFC 8098, RFC 4130 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from connectors.as2.disposition import Disposition, parse_disposition
from connectors.as2.mic import Mic, parse_mic
from connectors.as2.mime import transfer
from connectors.as2.mime.fields import Head, MimeError, parse_head, parse_value, read_head
from connectors.as2.mime.multipart import Parts, boundary_of, gather
from connectors.as2.source import Source, TooLarge

MAX_REPORT: Final = 256 * 1024
_NOTIFICATIONS: Final = frozenset({"message/disposition-notification", "message/disposition-notification-original"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mdn:
    """What a disposition notification says. `mic` is None where it carries none that can be read."""

    original_message_id: str
    disposition: Disposition
    mic: Mic | None = None
    mic_text: str = ""
    final_recipient: str = ""
    reporting_ua: str = ""
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def is_report(head: Head) -> bool:
    """Whether an entity is a disposition notification."""
    content_type = parse_value(head.get("content-type"))
    kind = content_type.get("report-type").lower()
    return content_type.main == "multipart/report" and kind in {"disposition-notification", ""}


def read_mdn(head: Head, body: Source) -> Mdn:
    """The notification in a multipart/report; `MimeError` where it is none, or more than one."""
    if body.size > MAX_REPORT:
        raise MimeError(f"a report of more than {MAX_REPORT} bytes")
    parts = Parts(body.pieces(), boundary_of(parse_value(head.get("content-type"))))
    found: Mdn | None = None
    text = ""
    while (part := parts.next_part()) is not None:
        inner, content = _read_part(part)
        kind = parse_value(inner.get("content-type")).main
        if kind in _NOTIFICATIONS:
            if found is not None:
                raise MimeError("a report with two notifications")
            found = _notification(content)
        elif kind in {"text/plain", ""} and not text:
            text = content[:4096].decode("utf-8", "replace").strip()
    if found is None:
        raise MimeError("a report without a notification")
    return replace(found, text=text)


def _read_part(part: Iterator[bytes]) -> tuple[Head, bytes]:
    inner, rest = read_head(part)
    try:
        return inner, gather(transfer.decode(inner.get("content-transfer-encoding"), rest), MAX_REPORT)
    except TooLarge as fault:
        raise MimeError(str(fault)) from None


def _notification(content: bytes) -> Mdn:
    lines = [line for line in content.replace(b"\r\n", b"\n").split(b"\n") if line.strip()]
    fields = parse_head(b"\n".join(lines), is_strict=True).fields
    try:
        disposition = parse_disposition(fields.get("disposition", ""))
    except ValueError as fault:
        raise MimeError(str(fault)) from None
    mic_text = fields.get("received-content-mic", "")
    return Mdn(
        original_message_id=fields.get("original-message-id", "").strip(),
        disposition=disposition,
        mic=parse_mic(mic_text),
        mic_text=mic_text,
        final_recipient=fields.get("final-recipient", ""),
        reporting_ua=fields.get("reporting-ua", "")[:200],
        fields=fields,
    )
