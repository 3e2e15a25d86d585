"""An SSH connection whose server is known before anything secret is sent, and the SFTP session on it."""

from __future__ import annotations

import logging
import socket
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from typing import get_args

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from connectors.files.remote import Entry, join
from connectors.sftp.credentials import log_in
from connectors.sftp.identity import FAMILIES, families_to_offer, fingerprint_of, read_pin
from connectors.sftp.protocol import FAILURES, SftpChannel, entry_of
from connectors.sftp.settings import SftpSettings, WeakAlgorithm
from hub.errors import DeliveryError, TemporaryDeliveryError, UnusableConnection
from hub.ports import Services

# What it has to say is in our errors; left alone it prints tracebacks to whoever runs a command.
logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)

_ALWAYS_OFF = {
    "ciphers": ("3des-cbc",),
    "macs": ("hmac-sha1-96", "hmac-md5", "hmac-md5-96"),
    "kex": ("diffie-hellman-group1-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha1"),
}


class SftpSession:
    """A `connectors.files.remote.Session` over SFTP version 3."""

    def __init__(self, transport: paramiko.Transport, channel: paramiko.Channel, timeout: float) -> None:
        self._transport = transport
        self._sftp = SftpChannel(channel, timeout)

    def entries(self, folder: bytes) -> Generator[Entry, None, None]:
        """The regular files as the server lists them; a symbolic link is not followed and not listed."""
        for name, attributes in self._sftp.listing(folder):
            complete = attributes
            if (attributes.size is None or attributes.mode is None) and b"/" not in name:
                complete = self._sftp.look(join(folder, name)) or attributes
            entry = entry_of(name, complete)
            if entry is not None:
                yield entry

    def has_folder(self, folder: bytes) -> bool:
        """Whether the folder is there; where the server does not say what it is, it is taken for one."""
        found = self._sftp.look(folder or b".", follow=True)
        return found is not None and (found.mode is None or found.mode & 0o170000 == 0o040000)

    def find(self, path: bytes) -> Entry | None:
        """The file under the path."""
        attributes = self._sftp.look(path)
        return None if attributes is None else entry_of(path.rsplit(b"/", 1)[-1], attributes)

    def read(self, path: bytes, size: int) -> Generator[bytes, None, None]:
        """The file's bytes."""
        return self._sftp.read(path, size)

    def write(self, path: bytes, pieces: Iterator[bytes]) -> None:
        """Upload."""
        self._sftp.write(path, pieces)

    def rename(self, old: bytes, new: bytes) -> None:
        """Move a file."""
        self._sftp.rename(old, new)

    def remove(self, path: bytes) -> None:
        """Delete a file."""
        self._sftp.remove(path)

    def alive(self) -> bool:
        """Whether the SSH connection is up."""
        return self._transport.is_active()

    def abort(self) -> None:
        """Cut the connection."""
        with suppress(OSError):
            self._transport.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection."""
        self._transport.close()


def open_session(settings: SftpSettings, services: Services) -> SftpSession:
    """Connect, check the host key, log in, start SFTP: in this order, each within its time limit."""
    transport = _known_server(settings)
    try:
        log_in(transport, settings, services)
        channel = transport.open_session(timeout=settings.timeouts.channel)
        channel.settimeout(settings.timeouts.channel)
        channel.invoke_subsystem("sftp")
        return _session(transport, channel, settings)
    except DeliveryError:
        transport.close()
        raise
    except FAILURES as error:
        transport.close()
        raise _not_started(settings) from error


def _session(transport: paramiko.Transport, channel: paramiko.Channel, settings: SftpSettings) -> SftpSession:
    """SFTP on the channel; a login that may not use it is answered with a shell's words, or with nothing."""
    try:
        return SftpSession(transport, channel, settings.timeouts.read)
    except TemporaryDeliveryError as fault:
        if isinstance(fault.__cause__, TimeoutError):
            raise
        raise _not_started(settings) from fault


def _not_started(settings: SftpSettings) -> TemporaryDeliveryError:
    return TemporaryDeliveryError(
        f"{settings.host} let {settings.user} in but did not start SFTP",
        "tried again; if it stays so, ask the partner whether the login may use SFTP",
        code="DLV-439",
    )


def _known_server(settings: SftpSettings) -> paramiko.Transport:
    """A transport to a server that showed a pinned key; nothing has been sent but the key exchange."""
    pins = [read_pin(pin) for pin in settings.host_keys]
    shown: list[str] = []
    unusable: DeliveryError | None = None
    for families in families_to_offer(pins):
        try:
            transport = _negotiated(settings, families)
        except UnusableConnection as error:
            unusable = unusable or error
            continue
        key = transport.get_remote_server_key()
        found = fingerprint_of(key.asbytes())
        if any(found == fingerprint for fingerprint, _ in pins):
            return transport
        transport.close()
        shown.append(f"{key.get_name()} {found}")
    if unusable is not None and (not shown or all(kind for _, kind in pins)):
        raise unusable
    raise UnusableConnection(
        f"HOST KEY CHANGED: {settings.host} does not show a pinned key but {' and '.join(dict.fromkeys(shown))}",
        "no login was tried and nothing is exchanged until a person decides: ask the partner by telephone whether they changed"
        " their key, then add the new one to `host_keys:`; if they did not, somebody stands in between",
        code="DLV-430",
    )


def _negotiated(settings: SftpSettings, families: Sequence[str]) -> paramiko.Transport:
    transport = paramiko.Transport(_connected(settings), disabled_algorithms=_switched_off(settings, families), strict_kex=True)
    limits = settings.timeouts
    transport.banner_timeout = limits.banner
    transport.handshake_timeout = limits.banner
    transport.auth_timeout = limits.auth
    transport.channel_timeout = limits.channel
    try:
        transport.start_client(timeout=2 * limits.banner)
        transport.get_remote_server_key()  # raises where the time ran out without an answer
        transport.set_keepalive(settings.keepalive)
    except IncompatiblePeer as error:
        transport.close()
        raise UnusableConnection(
            f"{settings.host} and we have no acceptable algorithm in common: {error}",
            "ask the partner to offer current algorithms (aes-ctr or aes-gcm, hmac-sha2, ed25519, ecdsa or rsa-sha2 keys);"
            " `weak_algorithms:` switches single old ones on, and `host_keys:` must be of a type the host has",
            code="DLV-431",
        ) from error
    except FAILURES as error:
        transport.close()
        raise TemporaryDeliveryError(
            f"{settings.host}:{settings.port} is no SSH server, or fell silent before the login ({error or type(error).__name__})",
            "tried again later; check host and port",
            code="DLV-436",
        ) from error
    return transport


def _connected(settings: SftpSettings) -> socket.socket:
    try:
        return socket.create_connection((settings.host, settings.port), settings.timeouts.connect)
    except OSError as error:
        raise TemporaryDeliveryError(
            f"{settings.host}:{settings.port} cannot be reached: {error.strerror or error or 'no answer in time'}",
            "tried again later; check name, port and firewall",
            code="DLV-436",
        ) from error


def _switched_off(settings: SftpSettings, families: Sequence[str]) -> dict[str, list[str]]:
    off = {kind: list(names) for kind, names in _ALWAYS_OFF.items()}
    for name in get_args(WeakAlgorithm):
        if name not in settings.weak_algorithms:
            off["macs" if name.startswith("hmac") else "ciphers"].append(name)
    off["keys"] = [name for family, names in FAMILIES.items() if family not in families for name in names]
    return off
