"""The shape of `hub.toml`: who we are, where things are kept, which addresses and limits hold."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from hub.config.check import mistake
from hub.config.spans import Size
from hub.ports import SecretReference
from hub.routing.identities import Identities
from hub.routing.options import Block, OrderHandling, Retention, Tolerances
from hub.routing.partner_file import ConnectionFile, Slug
from hub.routing.telling_file import Alerts, Webhook
from hub.routing.writing import TimeZone


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_base = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_base = False
    if value and not is_base:
        raise mistake(
            "CFG-113", f'"{value}" is not a base address', "https://host or http://host:port, without a path of its own"
        )
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]


def _without_password(value: str | SecretReference) -> str | SecretReference:
    try:
        has_password = isinstance(value, str) and bool(urlsplit(value).password)
    except ValueError:
        raise mistake("CFG-113", "not an address", "such as sqlite:///var/hub.db or postgresql+psycopg://host/name") from None
    if has_password:
        raise mistake(
            "CFG-114", "a password does not stand in a file", 'put the whole address into a secret: {env = "STORE_URL"}'
        )
    return value


Url = Annotated[str | SecretReference, AfterValidator(_without_password)]


def _on_servers(*schemes: str) -> AfterValidator:
    def known(value: str | SecretReference) -> str | SecretReference:
        if isinstance(value, str) and value and not value.startswith(tuple(f"{scheme}:" for scheme in schemes)):
            raise mistake(
                "CFG-113",
                f'"{value}" is no address of a kind this key takes',
                f"one of {', '.join(f'{each}://' for each in schemes)}",
            )
        return value

    return AfterValidator(known)


class Store(Block):
    """The database. SQLite under `var/` unless a `postgresql+psycopg://` address is given (or named as a secret)."""

    url: Annotated[Url, _on_servers("sqlite", "postgresql+psycopg", "postgresql")] = "sqlite:///var/hub.db"


class Queue(Block):
    """The doorbell of a scaled site: a `redis://` address; empty where one process does everything."""

    url: Annotated[Url, _on_servers("redis", "rediss", "unix")] = ""


class Http(Block):
    """Where `edihub serve` listens, and the address others reach it by."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    address: Address = ""


class Sizes(Block):
    """Bounds of what is accepted.

    payload   one file or body
    inline    the largest payload that stands in the database itself; what is larger is a file beside it
    findings  how many findings are kept of one message
    segments  how many segments one message may have; a longer one is held, and answered as the standard asks
    workers   how many threads of a process may process at a time: one does, others join while a long file holds it up
    """

    payload: Size = 512 << 20
    inline: Size = 256 << 10
    findings: Annotated[int, Field(ge=1, le=100_000)] = 1000
    segments: Annotated[int, Field(ge=1, le=5_000_000)] = 120_000
    workers: Annotated[int, Field(ge=1, le=64)] = 2


class Sscc(Block):
    """Serial shipping container codes we allocate: our GS1 company prefix and extension digit."""

    prefix: Annotated[str, Field(pattern=r"^\d{6,12}$", examples=["5412345"])]
    extension: Annotated[str, Field(pattern=r"^\d$", examples=["0"])] = "0"


class SiteRetention(Retention):
    """How long things are kept where a partner's file says nothing.

    archive  a folder, from the site's: bytes go into a ZIP there before they are removed
    """

    archive: str = ""


class Api(Block):
    """The HTTP API: `keys` asks every caller for one."""

    authentication: Literal["keys", "none"] = "keys"


class ChannelFile(Block):
    """How orders of a channel are handled that come by no agreement: over the API, from a store.

    `tables` may name a price list (`prices`) and a stock table (`stock`).
    """

    confirm: Literal["manual", "automatic"] = "manual"
    orders: OrderHandling = OrderHandling()
    tolerances: Tolerances = Tolerances()
    tables: dict[Literal["prices", "stock"], str] = Field(default_factory=dict)


class HubFile(Block):
    """A whole `hub.toml`.

    The first identity is the one we write with, unless an agreement names another (`ours:`). `connections` are those that
    partners share (a drop folder, the mailbox at a VAN); `channels` say how their orders are handled; `systems` are base addresses of outside systems by name.
    """

    name: str = "edihub"
    time_zone: TimeZone = "UTC"
    identities: dict[Slug, Identities] = Field(min_length=1)
    store: Store = Store()
    queue: Queue = Queue()
    http: Http = Http()
    api: Api = Api()
    limits: Sizes = Sizes()
    sscc: Sscc | None = None
    retention: SiteRetention = SiteRetention()
    connections: dict[Slug, ConnectionFile] = Field(default_factory=dict)
    channels: dict[Slug, ChannelFile] = Field(default_factory=dict)
    webhooks: tuple[Webhook, ...] = ()
    alerts: Alerts = Alerts()
    systems: dict[Slug, Address] = Field(default_factory=dict)
