"""What a person writes about one AS2 connection; checked when the site is loaded."""

from __future__ import annotations

import re
from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from connectors.as2.policy import WEAK
from hub.ports import ConnectorSettings, SecretReference

_SPAN = re.compile(r"(\d{1,6})\s*(s|m|h|d)\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_NAME = re.compile(r"[\x20-\x7e]{1,128}\Z")


def _span(value: Any) -> Any:
    if isinstance(value, str) and (found := _SPAN.match(value.strip())):
        return timedelta(**{_UNITS[found.group(2)]: int(found.group(1))})
    return value


def _none(value: Any) -> Any:
    return None if isinstance(value, str) and value.lower() == "none" else value


Span = Annotated[timedelta, BeforeValidator(_span)]
Digest = Literal["sha256", "sha384", "sha512", "sha1"]
Cipher = Literal["aes128_cbc", "aes192_cbc", "aes256_cbc", "aes128_gcm", "aes192_gcm", "aes256_gcm", "3des_cbc"]
KeyTransport = Literal["rsa_pkcs1v15", "rsa_oaep_sha1", "rsa_oaep_sha256", "rsa_oaep_sha384", "rsa_oaep_sha512"]


class OwnCertificate(ConnectorSettings):
    """A certificate of ours with its key. `use` says what for.

    From the day `starts` on it is the one that signs; after the day `ends` it no longer does. It decrypts as long as it is listed.
    """

    certificate: SecretReference
    key: SecretReference
    password: SecretReference | None = None
    use: tuple[Literal["sign", "decrypt"], ...] = ("sign", "decrypt")
    starts: date | None = None
    ends: date | None = None


class PartnerCertificate(ConnectorSettings):
    """A certificate of the partner. It is pinned: who issued it does not matter.

    From the day `starts` on we encrypt for it; a signature of it is good before that day too, but not after the day `ends`.
    """

    certificate: SecretReference
    use: tuple[Literal["verify", "encrypt"], ...] = ("verify", "encrypt")
    starts: date | None = None
    ends: date | None = None


class MdnSettings(ConnectorSettings):
    """The receipt we ask for. `url` is our own address for asynchronous ones, `within` how long we wait for them."""

    mode: Literal["sync", "async", "none"] = "sync"
    signed: bool = True
    within: Span = timedelta(hours=1)
    url: str = ""

    @model_validator(mode="after")
    def _has_address(self) -> MdnSettings:
        if self.mode == "async" and not self.url:
            raise ValueError("an asynchronous MDN needs `url`: our address the partner posts it to")
        return self


class Requirement(ConnectorSettings):
    """The least the partner's messages must do."""

    signed: bool = True
    encrypted: bool = True


class WeakException(ConnectorSettings):
    """A weak algorithm that is let pass up to and including a day."""

    algorithm: Literal["md5", "sha1", "3des_cbc", "rsa_1024"]
    until: date


class Authentication(ConnectorSettings):
    """How we log in at the partner's address: `user` and `password`, or `token`."""

    user: str = ""
    password: SecretReference | None = None
    token: SecretReference | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Authentication:
        if (self.password is None) == (self.token is None):
            raise ValueError("give user and password, or token")
        if self.password is not None and not self.user:
            raise ValueError("a password needs a user")
        return self


class TlsSettings(ConnectorSettings):
    """Whom we trust at the partner's address (`ca` in place of the public ones), and the client certificate we show."""

    ca: SecretReference | None = None
    certificate: SecretReference | None = None
    key: SecretReference | None = None

    @model_validator(mode="after")
    def _key_and_certificate(self) -> TlsSettings:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("a client certificate needs its key, and the key its certificate")
        return self


class As2Settings(ConnectorSettings):
    """One AS2 connection: who we are, who they are, how messages and receipts travel."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    our_name: str
    partner_name: str
    our_certificates: tuple[OwnCertificate, ...] = ()
    partner_certificates: tuple[PartnerCertificate, ...] = ()
    sign: Annotated[Digest | None, BeforeValidator(_none)] = "sha256"
    signature: Literal["rsa_pkcs1v15", "rsa_pss"] = "rsa_pkcs1v15"
    encrypt: Annotated[Cipher | None, BeforeValidator(_none)] = "aes256_cbc"
    key_transport: KeyTransport = "rsa_pkcs1v15"
    compress: Literal["before_signing", "after_signing", "none"] = "none"
    mdn: MdnSettings = MdnSettings()
    require: Requirement = Requirement()
    exceptions: tuple[WeakException, ...] = ()
    partner_mdn_url: str = ""
    auth: Authentication | None = None
    tls: TlsSettings = TlsSettings()
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    transfer: Literal["length", "chunked"] = "length"
    subject: str = "EDI"
    domain: str = "edihub"
    max_size: Annotated[int, Field(gt=0)] = 512 * 1024 * 1024
    connect_timeout: Span = timedelta(seconds=10)
    read_timeout: Span = timedelta(seconds=60)
    total_timeout: Span = timedelta(seconds=300)

    @field_validator("url", "partner_mdn_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None or parts.fragment:
            raise ValueError("an address is http://host/path or https://host/path, without user or fragment")
        return value

    @field_validator("our_name", "partner_name")
    @classmethod
    def _is_as2_name(cls, value: str) -> str:
        if not _NAME.match(value):
            raise ValueError("an AS2 name has 1 to 128 printable ASCII characters")
        return value

    @field_validator("domain", "subject")
    @classmethod
    def _is_plain(cls, value: str) -> str:
        if not value.isascii() or not value.isprintable() or len(value) > 200:
            raise ValueError("printable ASCII, at most 200 characters")
        return value

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> As2Settings:
        ours = {use for own in self.our_certificates for use in own.use}
        theirs = {use for other in self.partner_certificates for use in other.use}
        wanted = (
            (self.sign is not None and "sign" not in ours, "signing needs one of our_certificates with use `sign`"),
            (
                self.encrypt is not None and "encrypt" not in theirs,
                "encrypting needs one of partner_certificates with use `encrypt`",
            ),
            (
                self.require.encrypted and "decrypt" not in ours,
                "require.encrypted needs one of our_certificates with use `decrypt`",
            ),
            (
                self.require.signed and "verify" not in theirs,
                "require.signed needs one of partner_certificates with use `verify`",
            ),
            (
                self.mdn.mode != "none" and self.mdn.signed and "verify" not in theirs,
                "a signed MDN needs one of partner_certificates with use `verify`",
            ),
        )
        missing = [text for is_missing, text in wanted if is_missing]
        weak = {self.sign, self.encrypt} & WEAK
        missing += [f"{name} needs a dated exception" for name in weak if name not in {e.algorithm for e in self.exceptions}]
        if missing:
            raise ValueError("; ".join(missing))
        return self
