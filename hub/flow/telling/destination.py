"""Where we post to: resolved once, checked, and then connected to exactly what was checked (no request of ours reaches inside)."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from hub.errors import PermanentDeliveryError, TemporaryDeliveryError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Iterable[str]]
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Destination:
    """A checked address: the host as it was named, and the address to connect to."""

    is_secure: bool
    host: str
    port: int
    address: str
    target: str

    @property
    def place(self) -> str:
        """Host and port, which may be shown; the path may hold a secret."""
        return f"{self.host}:{self.port}"


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system's resolver gives them."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def check(url: str, allowed: Sequence[Network] = (), lookup: Resolve = resolve) -> Destination:
    """The destination behind a URL that the site's file was checked for.

    `PermanentDeliveryError` DLV-480 where one of its addresses is neither public nor allowed, `TemporaryDeliveryError` without DNS.
    """
    parts = urlsplit(url)
    host, is_secure = str(parts.hostname), parts.scheme == "https"
    port = parts.port or (443 if is_secure else 80)
    try:
        found = list(dict.fromkeys(lookup(host, port)))
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise TemporaryDeliveryError(f"the host {host} cannot be resolved", "check the address, and DNS", code="DLV-481")
    for text in found:
        address = ip_address(text.partition("%")[0])
        if not is_allowed(address, allowed):
            raise PermanentDeliveryError(
                f"{host} is at {address}, which is not a public address",
                "correct the url in hub.toml, or add its network to allow_networks",
                code="DLV-480",
            )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(is_secure, host, port, found[0], target)


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address is public, or in a network that was allowed by name."""
    plain = (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
    return any(plain in each for each in allowed if each.version == plain.version) or _is_public(address)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address.ipv4_mapped or address.sixtofour
        inner = inner or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
