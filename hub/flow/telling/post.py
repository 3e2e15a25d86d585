"""One POST to a receiver: TLS verified, at least 1.2; no redirect followed; no proxy; every wait has an end."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from hub.errors import PermanentDeliveryError, TemporaryDeliveryError
from hub.flow.telling.destination import Destination

_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Answered:
    """What a receiver said: its status, what it asked us to wait, and the beginning of its text, for a person."""

    status: int
    retry_after: float | None
    text: str


def post(place: Destination, body: bytes, headers: Mapping[str, str], *, seconds: float, ca: str = "") -> Answered:
    """Post a body and read the answer within `seconds`; raises `TemporaryDeliveryError` where there is none.

    `ca` names a PEM file. A certificate that is not trusted, or a file that cannot be read, is a `PermanentDeliveryError`.
    """
    connection = _Connection(place, seconds, _context(ca) if place.is_secure else None)
    watch = threading.Timer(seconds, _cut, (connection,))
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", place.target, body, dict(headers))
        answer = connection.getresponse()
        text = answer.read(_SHOWN).decode("utf-8", "replace")
        if connection.is_cut:
            raise TimeoutError(f"not done after {seconds:g} s")
        wait = _seconds(answer.getheader("retry-after", ""), answer.getheader("date", ""))
        return Answered(answer.status, wait, " ".join(text.split()))
    except ssl.SSLCertVerificationError as fault:
        raise PermanentDeliveryError(
            f"the TLS certificate of {place.place} is not trusted: {fault.verify_message}",
            "the receiver renews it, or you name its authority with `ca`",
            code="DLV-484",
        ) from None
    except (OSError, http.client.HTTPException) as fault:
        raise TemporaryDeliveryError(
            f"{place.place} gave no answer: {fault or type(fault).__name__}", "look whether the receiver runs", code="DLV-482"
        ) from None
    finally:
        watch.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection to the address that was checked, whatever the name resolves to by now."""

    def __init__(self, place: Destination, seconds: float, context: ssl.SSLContext | None) -> None:
        super().__init__(place.host, place.port)
        # the Host header leaves out the usual port of the scheme
        self.default_port = 443 if place.is_secure else 80
        self.is_cut = False
        self._place, self._seconds, self._context = place, seconds, context

    def connect(self) -> None:
        plain = socket.create_connection((self._place.address, self._place.port), self._seconds)
        try:
            self.sock = plain if self._context is None else self._context.wrap_socket(plain, server_hostname=self._place.host)
        except BaseException:
            plain.close()
            raise


def _context(ca: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca or None)
    except OSError as wrong:
        raise PermanentDeliveryError(f"{ca} cannot be read: {wrong}", "name a PEM file with `ca`", code="DLV-485") from wrong
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _cut(connection: _Connection) -> None:
    """An answer that drips in octet by octet never times out by itself: cut the line, and take what came for nothing."""
    connection.is_cut = True
    line = connection.sock
    if line is not None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def _seconds(text: str, date: str) -> float | None:
    """Retry-After (RFC 9110 10.2.3) in seconds; a date is measured against the answer's own, so that no clock need agree."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - parsedate_to_datetime(date)).total_seconds())
    except (ValueError, TypeError):
        return None
