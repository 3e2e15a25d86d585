"""Settings of an FTPS connection."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.files.settings import FileSettings
from hub.ports import SecretReference


class FtpsSettings(FileSettings):
    """Who is called and how both sides prove who they are.

    `tls` is `explicit` (AUTH TLS on port 21, RFC 4217) or `implicit` (TLS from the first byte, port 990). `authority` holds the
    certificates in PEM that the server's must come from; without it the system's are used. The host's name is always checked.
    """

    port: int | None = Field(default=None, ge=1, le=65_535)
    tls: Literal["explicit", "implicit"] = "explicit"
    authority: SecretReference | None = None
    password: SecretReference

    @property
    def tcp_port(self) -> int:
        """The port to call."""
        return self.port or (21 if self.tls == "explicit" else 990)
