"""The shape of what `hub.toml` says about telling others: webhooks out, alerts, mail."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from hub.config.check import mistake
from hub.config.spans import Span
from hub.ports import SecretReference
from hub.routing.options import Block
from hub.routing.partner_file import Slug

FAMILIES = (
    "alert",
    "approval",
    "audit",
    "catalogue",
    "certificate",
    "connection",
    "delivery",
    "document",
    "invoice",
    "message",
    "order",
    "partner",
    "shipment",
    "stock",
    "webhook",
    "work",
)
"""What an event's type may begin with."""


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None and not parts.fragment
    except ValueError:
        is_url = False
    if not is_url:
        raise mistake("CFG-113", f'"{value}" is not an address to post to', "https://host/path, without a user or a fragment")
    return value


def _pattern(value: str) -> str:
    family, dot, name = value.partition(".")
    if value != "*" and (family not in FAMILIES or not dot or not (name == "*" or name.replace("_", "").isalpha())):
        raise mistake(
            "CFG-113", f'"{value}" names no events', f"`*`, `order.*` or `order.received`; families: {', '.join(FAMILIES)}"
        )
    return value


def _timeout(value: timedelta) -> timedelta:
    if not timedelta(seconds=1) <= value <= timedelta(seconds=30):
        raise mistake("CFG-113", "a subscriber is waited for between 1 s and 30 s", "such as 10s")
    return value


def _mail_address(value: str) -> str:
    if not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", value):
        raise mistake("CFG-113", f'"{value}" is not a mail address', "such as ops@example.com, without a name")
    return value


def _somebody(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise mistake("CFG-113", "nobody is named", 'such as ["ops@example.com"]')
    return value


def _something(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise mistake("CFG-113", "no events are named", '["*"] for all of them, or leave it out')
    return value


MailAddress = Annotated[str, AfterValidator(_mail_address)]
Events = Annotated[tuple[Annotated[str, AfterValidator(_pattern)], ...], AfterValidator(_something)]


class Receiver(Block):
    """Somebody we post events to.

    secret          signs every request; `secret_before` signs too while a rotation is under way
    allow_networks  networks that are not public and may be posted to all the same, such as 127.0.0.0/8
    ca              a PEM file with the authority of the receiver's certificate, where it is not a public one
    failing_after   how long nothing may get through before the receiver counts as failing and somebody is alerted
    """

    url: Annotated[str, AfterValidator(_url)]
    secret: SecretReference
    secret_before: SecretReference | None = None
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    ca: str = ""
    timeout: Annotated[Span, AfterValidator(_timeout)] = timedelta(seconds=10)
    failing_after: Span = timedelta(days=1)


class Webhook(Receiver):
    """A subscription: every business event of these types, of these partners (all, where none is named), in order.

    test  whether events of test traffic are sent too, always marked `"test": true`; `only` for a test system
    """

    name: Slug
    events: Events = ("*",)
    partners: tuple[Slug, ...] = ()
    test: Literal["include", "exclude", "only"] = "include"


class Mail(Block):
    """How alerts are mailed, through any SMTP server.

    security  starttls (usual on 587), tls (465), none
    per_hour  the most mails in an hour; what is more waits, and leaves together in the last of them
    test      whether alerts of test traffic are mailed too
    """

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca: str = ""
    user: str = ""
    password: SecretReference | None = None
    sender: Annotated[MailAddress, Field(alias="from")]
    to: Annotated[tuple[MailAddress, ...], AfterValidator(_somebody)]
    per_hour: Annotated[int, Field(ge=1, le=1000)] = 12
    timeout: Annotated[Span, AfterValidator(_timeout)] = timedelta(seconds=20)
    test: bool = False


class Alerts(Block):
    """Where alerts go, besides the pages and `edihub alerts`."""

    mail: Mail | None = None
    webhook: Receiver | None = None
