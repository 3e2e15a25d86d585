"""What an HTTP connection can be told in a partner file. Secrets are named, never written there."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from hub.ports import ConnectorSettings, SecretReference

Seconds = Annotated[float, Field(gt=0, le=3600)]
_TOKEN = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"  # noqa: S105 - the grammar of a header name (RFC 9110 5.6.2)


def _address(value: str) -> str:
    """An absolute http or https address without credentials in it."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an address starts with https:// (or http://) and names a host")
    if parts.username or parts.password:
        raise ValueError("credentials do not belong in the address; use `bearer` or `basic`")
    if parts.fragment:
        raise ValueError("an address to post to has no #fragment")
    return value


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Basic(ConnectorSettings):
    """RFC 7617: a user name, and where its password is kept."""

    user: Annotated[str, Field(min_length=1, pattern=r"^[^:\x00-\x1f\x7f]+$")]
    password: SecretReference


class Credentials(ConnectorSettings):
    """Who the caller is: `bearer` says where the token is kept (RFC 6750), or `basic`."""

    bearer: SecretReference | None = None
    basic: Basic | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.bearer is None) == (self.basic is None):
            raise ValueError("name either `bearer` or `basic`")
        return self


class Receive(ConnectorSettings):
    """What a partner may post to us, and as whom. `open` takes posts from anybody who reaches the address."""

    auth: Credentials | None = None
    open: bool = False
    max_size: Annotated[int, Field(gt=0)] = 20 * 1024 * 1024

    @model_validator(mode="after")
    def _closed(self) -> Self:
        if (self.auth is None) != self.open:
            raise ValueError("name `auth`, or say `open: true` when the network itself keeps strangers out")
        return self


class Send(ConnectorSettings):
    """Where we post, as whom, and how long we wait; `total_timeout` bounds the whole exchange, in seconds.

    The server's certificate is always verified, against `ca_file` where that is given. An address without TLS needs
    `plaintext: true` unless it is this machine.
    """

    url: Annotated[str, AfterValidator(_address)]
    auth: Credentials | None = None
    headers: dict[Annotated[str, Field(pattern=_TOKEN)], Annotated[str, Field(pattern=r"^[\x20-\x7e]*$")]] = Field(
        default_factory=dict
    )
    ca_file: Path | None = None
    plaintext: bool = False
    connect_timeout: Seconds = 10
    read_timeout: Seconds = 60
    total_timeout: Seconds = 300

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme == "http" and not self.plaintext and not is_loopback(parts.hostname or ""):
            raise ValueError("this address has no TLS: use https://, or say `plaintext: true`")
        reserved = {"authorization", "idempotency-key", "content-length", "transfer-encoding", "host"}
        for name in self.headers:
            if name.lower() in reserved:
                raise ValueError(f"the header {name} is set by the hub")
        return self


class HttpSettings(ConnectorSettings):
    """`receive` takes documents, `send` delivers them; one of them is enough."""

    receive: Receive | None = None
    send: Send | None = None

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if self.receive is None and self.send is None:
            raise ValueError("an http connection needs `receive`, `send` or both")
        return self
