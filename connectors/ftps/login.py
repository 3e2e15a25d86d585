"""From an address to a session: connect, check the certificate, log in, protect data connections, in this order."""

from __future__ import annotations

import ftplib
import re
import ssl
import threading
from contextlib import suppress

from connectors.files.remote import RemoteRefusal
from connectors.ftps.control import Control, tls_context
from connectors.ftps.replies import FAILURES, reason_of, replies, untrusted
from connectors.ftps.session import FtpsSession
from connectors.ftps.settings import FtpsSettings
from hub.errors import TemporaryDeliveryError, UnusableConnection
from hub.ports import Services


def open_session(settings: FtpsSettings, services: Services) -> FtpsSession:
    """Connect, check the certificate, log in, protect data connections: in this order, within the sum of the time limits."""
    limits = settings.timeouts
    authority = services.secret(settings.authority.name) if settings.authority is not None else None
    control = Control(context=tls_context(authority), timeout=limits.banner)
    guard = threading.Timer(limits.connect + 2 * limits.banner + limits.auth + limits.channel, control.cut)
    guard.daemon = True
    guard.start()
    try:
        _secure(control, settings)
        _log_in(control, settings, services)
        return _prepared(control, settings)
    except BaseException:
        control.leave()
        raise
    finally:
        guard.cancel()


def _secure(control: Control, settings: FtpsSettings) -> None:
    host, port = settings.host, settings.tcp_port
    try:
        if settings.tls == "implicit":
            control.connect_within_tls(host, port, settings.timeouts.connect)
        else:
            control.connect_in_clear(host, port, settings.timeouts.connect)
            control.auth()
    except ssl.SSLCertVerificationError as error:
        raise untrusted(error) from error
    except ftplib.error_perm as error:
        raise UnusableConnection(
            f"{host}:{port} does not offer TLS ({reason_of(str(error))})",
            "no login was tried in clear; ask the partner for FTPS, or try `tls: implicit`",
            code="DLV-435",
        ) from error
    except ssl.SSLError as error:
        raise UnusableConnection(
            f"{host}:{port} and we have no acceptable TLS in common ({error.reason or 'no reason given'})",
            "TLS 1.2 or later is needed; for a port that expects TLS at once set `tls: implicit`",
            code="DLV-431",
        ) from error
    except FAILURES as error:
        why = (error.strerror if isinstance(error, OSError) else "") or "no answer in time, or none that is FTP"
        raise TemporaryDeliveryError(
            f"{host}:{port} cannot be reached: {why}",
            "tried again later; check name, port, firewall and `tls:`",
            code="DLV-436",
        ) from error


def _log_in(control: Control, settings: FtpsSettings, services: Services) -> None:
    secret = services.secret(settings.password.name)
    assert isinstance(control.sock, ssl.SSLSocket)
    control.timeout = settings.timeouts.auth
    control.sock.settimeout(settings.timeouts.auth)
    try:
        control.login(settings.user, secret)
    except ftplib.error_perm as error:
        raise UnusableConnection(
            f"{settings.host} refuses the login of {settings.user}",
            "it is tried again every quarter of an hour only, so that the account is not locked; agree user and password with the partner",
            code="DLV-432",
        ) from error
    except ValueError:
        raise UnusableConnection(
            f"the password under {settings.password.name} holds a line end", "store it without one", code="DLV-433"
        ) from None
    except FAILURES as error:
        raise TemporaryDeliveryError(
            f"{settings.host} did not answer the login of {settings.user}", "tried again later", code="DLV-437"
        ) from error


def _prepared(control: Control, settings: FtpsSettings) -> FtpsSession:
    """Protect data connections, switch to bytes, and learn what the server can do."""
    control.timeout = settings.timeouts.read
    control.sock.settimeout(settings.timeouts.read)
    try:
        control.prot_p()
    except ftplib.Error as error:
        raise UnusableConnection(
            f"{settings.host} will not protect data connections ({reason_of(str(error))})",
            "nothing is sent in clear; ask the partner to allow PROT P",
            code="DLV-435",
        ) from error
    except (OSError, EOFError) as error:
        raise TemporaryDeliveryError(f"{settings.host} fell silent after the login", "tried again", code="DLV-437") from error
    try:
        with replies(b""):
            control.voidcmd("TYPE I")
            features = _features(control)
            if "UTF8" in features:
                with suppress(ftplib.error_perm, ftplib.error_temp):
                    control.voidcmd("OPTS UTF8 ON")
            home = control.pwd() or "/"
    except RemoteRefusal as refusal:
        raise UnusableConnection(
            f"{settings.host} refuses what every FTP server can do: {refusal.reason}", "tell the partner", code="DLV-439"
        ) from refusal
    return FtpsSession(control, features=features, home=home)


def _features(control: Control) -> frozenset[str]:
    """The names of the extensions the server says it has (RFC 2389); none where it does not know the question."""
    try:
        reply = control.sendcmd("FEAT")
    except (ftplib.error_perm, ftplib.error_temp):
        return frozenset()
    return frozenset(match[1].upper() for line in reply.split("\n")[1:] if (match := re.match(r"\s+(\w+)", line)))
