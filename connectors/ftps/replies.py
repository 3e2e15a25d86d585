"""What a server's reply means: a refusal, a fault, or a lost connection (RFC 959 4.2, RFC 4217)."""

from __future__ import annotations

import ftplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.files.remote import NoRoom, NotAllowed, NotDone, NotThere, RemoteRefusal
from hub.errors import TemporaryDeliveryError, UnusableConnection

FAILURES = (ftplib.Error, OSError, EOFError, ValueError)
_NOT_ALLOWED_WORDS = ("permission", "denied", "not allowed", "forbidden", "not permitted", "privilege")
_TLS_REFUSED = ("522", "533", "534", "536")


@contextmanager
def replies(path: bytes) -> Iterator[None]:
    """Raise what a failed command on `path` means."""
    try:
        yield
    except (ftplib.error_perm, ftplib.error_temp) as error:
        raise _refusal(path, str(error)) from error
    except ssl.SSLCertVerificationError as error:
        raise untrusted(error) from error
    except ftplib.Error as error:
        raise TemporaryDeliveryError(
            "the FTP server sent a reply that makes no sense", "tried again; if it stays so, tell the partner", code="DLV-438"
        ) from error
    except (OSError, EOFError) as error:
        raise lost(error) from error
    except ValueError as error:
        raise NotDone(path, "FTP cannot carry the name") from error


def reason_of(reply: str) -> str:
    """The server's words, one line, at most 200 letters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in reply[4:]).split())[:200]


def lost(error: BaseException) -> TemporaryDeliveryError:
    """The connection broke or a time limit passed."""
    what = "did not answer in time" if isinstance(error, TimeoutError) else "closed the connection"
    return TemporaryDeliveryError(f"the FTP server {what}", "tried again; nothing is half done", code="DLV-437")


def untrusted(error: ssl.SSLCertVerificationError) -> UnusableConnection:
    """The certificate does not hold."""
    return UnusableConnection(
        f"CERTIFICATE NOT TRUSTED: the FTP server's does not hold: {error.verify_message}",
        "no login was tried; put the partner's certificate or its authority under `authority:` once the partner has confirmed it,"
        " and call the host by the name that the certificate carries",
        code="DLV-434",
    )


def _refusal(path: bytes, reply: str) -> RemoteRefusal | UnusableConnection | TemporaryDeliveryError:
    code, reason = reply[:3], reason_of(reply)
    if code in _TLS_REFUSED:
        return UnusableConnection(
            f"the FTP server will not protect data connections ({code})",
            "nothing is sent in clear; ask the partner to allow PROT P with session resumption",
            code="DLV-435",
        )
    if code in ("421", "425", "426"):
        return TemporaryDeliveryError(f"the FTP server ended the transfer ({code})", "tried again", code="DLV-437")
    if code in ("452", "552"):
        return NoRoom(path, reason)
    if code in ("550", "553", "530", "532"):
        lowered = reason.lower()
        if code != "550" or any(word in lowered for word in _NOT_ALLOWED_WORDS):
            return NotAllowed(path, reason)
        return NotThere(path, reason)
    return NotDone(path, reason or code)
