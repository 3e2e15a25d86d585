"""Posts one document; a 2xx with the far side's id is the proof of delivery."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.http.credentials import authorization
from connectors.http.exchange import Answer, Exchange
from connectors.http.settings import Send
from hub.errors import PermanentDeliveryError, TemporaryDeliveryError, UncertainDeliveryError
from hub.ports import OutboundDocument, Receipt, Services

_NOT_NOW = frozenset({408, 425, 429, 503})
_LONGEST_DELAY = 86_400.0
_ID_MEMBERS = ("id", "message_id", "reference")
_PLAIN = re.compile(r"[\x20-\x7e]*")


class HttpSender:
    """Delivers to one address with the document's key as `Idempotency-Key`."""

    def __init__(self, settings: Send, services: Services) -> None:
        self._settings = settings
        self._services = services
        self._exchange = Exchange(settings)

    def check(self) -> None:
        """Raise unless the address answers and proves who it is; nothing is posted."""
        self._exchange.connect()

    def close(self) -> None:
        """Nothing stays open between documents."""

    def send(self, document: OutboundDocument) -> Receipt:
        """Post the document once."""
        digest = hashlib.sha256()

        def body() -> Iterator[bytes]:
            for piece in document.pieces():
                digest.update(piece)
                yield piece

        answer = self._exchange.post(body(), self._headers(document))
        if 200 <= answer.status < 300:
            return _receipt(answer, document, digest.hexdigest())
        raise self._refusal(answer)

    def _headers(self, document: OutboundDocument) -> dict[str, str]:
        headers = {**document.headers, **self._settings.headers, "content-type": document.media_type}
        headers["accept-encoding"] = "identity"
        headers["content-length"] = str(document.size)
        headers["idempotency-key"] = _header_key(document.idempotency_key)
        if self._settings.auth is not None:
            headers["authorization"] = authorization(self._settings.auth, self._services)
        return headers

    def _refusal(self, answer: Answer) -> PermanentDeliveryError | TemporaryDeliveryError | UncertainDeliveryError:
        """What a status that is no success means for the next attempt."""
        place, status = self._exchange.place, answer.status
        delay = _retry_after(answer.headers, self._services.now())
        # 409 with a delay is the answer to a key whose first request is still at work.
        if status in _NOT_NOW or (status == 409 and delay is not None):
            message = f"{place} answered {status}: not now"
            return TemporaryDeliveryError(message, "the hub tries again by itself", code="DLV-421", retry_after=delay)
        if status >= 500:
            return UncertainDeliveryError(
                f"{place} answered {status}; it may or may not have the document",
                "sent again with the same Idempotency-Key where the partner honours it; else ask the partner first",
                code="DLV-427",
            )
        if 300 <= status < 400:
            return PermanentDeliveryError(
                f"{place} answered {status}: the address has moved", "put the new address into the connection", code="DLV-426"
            )
        cure = {401: "the credentials", 403: "the credentials", 404: "the address", 413: "the size limit of the far side"}
        return PermanentDeliveryError(
            f"{place} refused the document with {status}",
            f"look at {cure.get(status, 'the document, and ask the partner what it found wrong')}, then resend",
            code="DLV-422",
        )


def _receipt(answer: Answer, document: OutboundDocument, digest: str) -> Receipt:
    """The far side's id, or our key where it gave none: that is the name both sides know."""
    given = _id_of(answer)
    evidence = {
        "status": answer.status, "id": given, "size": document.size, "sha256": digest,
    }  # fmt: skip
    return Receipt(reference=given or document.idempotency_key, evidence=evidence, raw=answer.body)


def _id_of(answer: Answer) -> str | None:
    """The id in a JSON answer, else the last part of `Location`, else `X-Message-Id`."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        for member in _ID_MEMBERS:
            if isinstance(body.get(member), str | int) and body[member] != "":
                return str(body[member])[:200]
    given = answer.headers.get("location", "").rstrip("/").rpartition("/")[2] or answer.headers.get("x-message-id", "")
    return given[:200] or None


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """`Retry-After` in seconds, given as seconds or as a date (RFC 9110 10.2.3); at most a day."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return min(float(value[:9]), _LONGEST_DELAY)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(0.0, (until - now).total_seconds()), _LONGEST_DELAY)


def _header_key(key: str) -> str:
    """The key as a header can carry it; one that cannot be is named by its digest, the same at every attempt."""
    if _PLAIN.fullmatch(key) and 0 < len(key) <= 255:
        return key
    return hashlib.sha256(key.encode()).hexdigest()
