"""The only place that builds things and hands them to each other."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hub.errors import HubError, NotFound, Refused
from hub.flow.crash import NEVER, CrashPoints
from hub.flow.hub import Hub
from hub.flow.tracing import NoTracing, Tracing
from hub.flow.turn import Turn
from hub.guides.library import Library
from hub.ports import Connector, ConnectorSpec, Gateway, SecretReference
from hub.routing.agreements import Directory
from hub.routing.load import load_site
from hub.routing.registry import UnknownConnector, connector, installed
from hub.routing.site import Site
from hub.secrets.resolve import resolve
from hub.settings import Settings
from hub.store.database import Database, system_micros
from hub.store.doorbell import Doorbell, ThreadDoorbell
from hub.store.instants import from_micros, to_micros
from hub.store.jobs import CRASH_LIMIT
from hub.worker.background import Background, Role
from hub.worker.logs import configure_logging

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Services:
    """What the hub lends its connectors: the clock, named secrets, and a folder for large downloads."""

    clock: Callable[[], int]
    root: Path

    def now(self) -> datetime:
        return from_micros(self.clock())

    def secret(self, name: str) -> str:
        return resolve(name, self.root)

    def spool(self) -> Path:
        folder = self.root / "var" / "spool"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class _Connectors:
    """Builds the connectors of a site, each on its first use."""

    def __init__(self, site: Callable[[], Site], services: _Services) -> None:
        """`site` gives the present one: the settings of a connection may change while the hub runs."""
        self._site = site
        self._services = services

    def __call__(self, name: str) -> Connector:
        connection = self._site().connections[name]
        return connection.spec.build(connection.settings, self._services)


class _Gateways:
    """Builds the receivers of connectors that share one address."""

    def __init__(self, kinds: Mapping[str, ConnectorSpec], services: _Services) -> None:
        self._kinds = kinds
        self._services = services

    def __call__(self, kind: str, connectors: Mapping[str, Connector]) -> Gateway:
        spec = self._kinds.get(kind)
        if spec is None or spec.gateway is None:
            raise NotFound(f"connections of kind {kind} have no address in common")
        return spec.gateway(connectors, self._services)


def _gateway_kinds() -> dict[str, ConnectorSpec]:
    """The installed connectors with one address for all their connections; one that cannot be loaded is the linter's to name."""
    found = {}
    for name in installed():
        try:
            spec = connector(name)
        except UnknownConnector:
            continue
        if spec.gateway is not None:
            found[name] = spec
    return found


def build_connector(site: Site, connection: str) -> Connector:
    """The connector of one connection on its own, as for a check: the store stays closed, and the caller closes it."""
    return _Connectors(lambda: site, _Services(system_micros, site.root))(connection)


def open_hub(
    site: Path | Site,
    *,
    clock: Clock | None = None,
    database_url: str | None = None,
    queue_url: str | None = None,
    role: Role = "all",
    workers: int | None = None,
) -> Hub:
    """Load a site, open its store and build the hub; nothing runs until `Hub.start`.

    `database_url` and `queue_url` override the site's store and queue, `clock` the machine's clock (all for tests). `role` is what
    the process does once it is started, with so many `workers` (hub.toml says the default). Raises `ConfigError` with every mistake
    of the site's files.
    """
    configure_logging()
    loaded = site if isinstance(site, Site) else load_site(site)
    micros = system_micros if clock is None else _micros(clock)
    store_url = _store_url(loaded, database_url)
    bell = _bell(queue_of(loaded, queue_url), store_url)
    try:
        database = Database(url=store_url, blobs=loaded.var / "payloads", clock=micros, bell=bell)
    except BaseException:
        bell.close()
        raise
    database.blobs.in_row = loaded.file.limits.inline
    services = _Services(micros, loaded.root)
    kinds = _gateway_kinds()
    hub = Hub(
        site=loaded,
        database=database,
        directory=Directory(loaded),
        library=Library(loaded.root / "mappings"),
        build_connector=_Connectors(lambda: hub.site, services),
        build_gateway=_Gateways(kinds, services),
        gateway_kinds=kinds,
        channels={name: connection.spec.name for name, connection in loaded.connections.items()},
        caps={name: connection.in_flight for name, connection in loaded.connections.items()},
        crash_point=CrashPoints.of(os.environ),
        crash_limit=CRASH_LIMIT if "EDIHUB_KILL" not in os.environ else NEVER,
        turn=Turn(is_on=database.is_embedded),
    )
    hub.tracing = _tracing(loaded, database)
    hub.background = Background(hub, workers=workers or loaded.file.limits.workers, stopping=threading.Event(), role=role)
    return hub


def _tracing(site: Site, database: Database) -> Tracing:
    """Spans to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names; none where nobody asked."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return NoTracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        from hub.worker.tracing import OpenTelemetry
    except ImportError as missing:
        raise HubError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed",
            "pip install 'edihub[traces]', or unset it",
            code="HUB-565",
        ) from missing
    return OpenTelemetry(database, OTLPSpanExporter(), site=site.file.name)


def open_store(url: str, blobs: Path) -> Database:
    """A store on its own, as for filling it: `url` as in hub.toml. It is migrated where needed; the caller closes it."""
    return Database(url=plain_url(url), blobs=blobs)


def store_url(site: Site) -> str:
    """The address of a site's store, with what its secrets say; EDIHUB_STORE_URL wins."""
    return _store_url(site, None)


def plain_url(url: str) -> str:
    """An address with the driver of our choice; raises `HubError` for a database that is none of ours."""
    url = url.replace("postgresql+psycopg://", "postgresql://", 1)
    if not url.startswith(("sqlite:", "postgresql:")):
        hint = "postgresql+psycopg://user@host/name, or sqlite:///FILE"
        raise HubError("the store's address is of no database edihub works on", hint, code="HUB-552")
    return url


def _store_url(site: Site, override: str | None) -> str:
    override = override or Settings.read().store_url
    if override:
        return plain_url(override)
    url = site.file.store.url
    if isinstance(url, SecretReference):
        return plain_url(resolve(url.name, site.root))
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        return f"sqlite:///{site.root.resolve() / url.removeprefix('sqlite:///')}"
    return plain_url(url)


def queue_of(site: Site, override: str | None = None) -> str:
    """The address of the site's queue; empty where one process does everything."""
    override = override or Settings.read().queue_url
    if override:
        return override
    url = site.file.queue.url
    return resolve(url.name, site.root) if isinstance(url, SecretReference) else url


def _bell(queue_url: str, store_url: str) -> Doorbell:
    if not queue_url:
        return ThreadDoorbell()
    if store_url.startswith("sqlite:"):
        raise Refused(
            "a queue is set, but the store is SQLite, on which one process does everything",
            "set `url` under [store] to PostgreSQL too, or remove [queue]",
            code="HUB-551",
        )
    from hub.store.queue_doorbell import QueueDoorbell

    return QueueDoorbell(queue_url)


def _micros(clock: Clock) -> Callable[[], int]:
    return lambda: to_micros(clock())
