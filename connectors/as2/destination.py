"""Where we connect to: resolved once, checked, and then connected to exactly what was checked.

A partner may name an address in Receipt-Delivery-Option, and DNS may answer differently the second time it is asked. So an
asynchronous MDN goes to the agreed address only, nothing goes to an address that is not public unless the connection allows
its network, and no redirect is followed.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from hub.errors import PermanentDeliveryError, TemporaryDeliveryError

Resolve = Callable[[str, int], Iterable[str]]
_PORTS = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Destination:
    """A checked address: the host as it was named, and the address to connect to."""

    scheme: str
    host: str
    port: int
    address: str
    target: str

    @property
    def host_header(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system's resolver gives them."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _refuse(why: str) -> PermanentDeliveryError:
    return PermanentDeliveryError(
        f"the address is refused: {why}",
        "correct the address in the connection, or add its network to allow_networks",
        code="AS2-310",
    )


def _parse(url: str) -> tuple[SplitResult, int]:
    if len(url) > 2000 or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _refuse("it is not a plain URL")
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise _refuse("it is not a plain URL") from None
    if parts.scheme not in _PORTS:
        raise _refuse("only http and https are")
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise _refuse("it must name a host, and no user or fragment")
    return parts, port


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4, Teredo, NAT64 (RFC 6052)."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    inner = _inner(address) if isinstance(address, IPv6Address) else None
    if inner is not None:
        return _is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def check(url: str, *, networks: tuple[IPv4Network | IPv6Network, ...] = (), lookup: Resolve = resolve) -> Destination:
    """The destination behind a URL; `PermanentDeliveryError` where it is not allowed, `TemporaryDeliveryError` without DNS."""
    parts, port = _parse(url)
    host = str(parts.hostname)
    try:
        found = list(dict.fromkeys(lookup(host, port)))
    except (OSError, UnicodeError):
        raise TemporaryDeliveryError(
            f"the host {host} cannot be resolved", "check the address in the connection, and DNS", code="AS2-311"
        ) from None
    addresses = [ip_address(text.partition("%")[0]) for text in found]
    if not addresses:
        raise TemporaryDeliveryError(f"the host {host} has no address", "check DNS", code="AS2-311")
    for address in addresses:
        plain = (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
        if any(plain in network for network in networks if network.version == plain.version):
            continue
        if not _is_public(address):
            raise _refuse(f"{host} is at {address}, which is not a public address")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme, host, port, found[0], target)


def is_agreed(url: str, agreed: str, *, is_exact: bool) -> bool:
    """Whether a URL a partner names is the agreed one, or lies under it; with `is_exact` false the same host and port are enough."""
    try:
        (wanted, port), (known, known_port) = _parse(url), _parse(agreed)
    except PermanentDeliveryError:
        return False
    if (wanted.scheme, wanted.hostname, port) != (known.scheme, known.hostname, known_port):
        return False
    if not is_exact:
        return True
    path, prefix = unquote(wanted.path or "/"), unquote(known.path or "/")
    if ".." in path.split("/"):
        return False
    return path == prefix or path.startswith(prefix.rstrip("/") + "/")
